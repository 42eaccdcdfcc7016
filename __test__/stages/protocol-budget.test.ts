/** What arms pay for, when a stage ends, and that stopping and going on asks for nothing else. */

import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { ARMS } from '../../ts/arms/index.js'
import { type RunEvent, runExperiment } from '../../ts/index.js'
import { during, freshRun, idsIn, type Recorded, record, type Staged, small, theta0 } from './recorded.js'
import { newTape, onTape } from './recording.js'

const DEFINE = {
  own: { base: 'xmrl', explain: { episodes: 5 }, augment: { steps: 2, family: 'beta' } },
  rounds: { base: 'omega-only', explain: { solver: 'alternating', alternating: { rounds: 2, supportEpisodes: 4, queryEpisodes: 3 } } },
  thrice: { base: 'xmrl', rounds: 3 }
}
const arms = [...ARMS, ...Object.keys(DEFINE)]
const SPEC = small({ evaluate: { transfer: ['drone-planar/uniform'] }, retrain: { arms, define: DEFINE, extraSteps: 40_000 } })

/** Where each run ended, uninterrupted. */
let out: string
let run: Recorded
test.before(async () => {
  out = freshRun()
  run = await record(SPEC, { out })
  if (run.error) throw run.error
})

const cost = (calls: readonly Staged[]) => calls.reduce((sum, { envSteps }) => sum + envSteps, 0)
/** Of a mixing law: what learning it took (at the least), and that with its figures. */
const lawCost = (stage: string) => [cost(during(run, stage).filter(({ options }) => !options.figures)), cost(during(run, stage))]

test('every arm spends its budget, what is charged to it included, and stops with the iteration that reaches it', (t) => {
  const { extraSteps } = run.spec.retrain
  for (const arm of arms) {
    const { extraSteps: flown, chargedSteps, budget, iterations, curve } = run.records.arms[arm]
    const steps = during(run, `retrain ${arm}`, 'metaStep')
    t.is(flown, cost(steps), `${arm}: the steps that were flown`)
    t.is(iterations, steps.length)
    t.is(budget, extraSteps)
    t.true(flown + chargedSteps >= extraSteps, `${arm}: ${flown} + ${chargedSteps}`)
    t.true(flown + chargedSteps - (steps.at(-1)?.envSteps ?? 0) < extraSteps, `${arm} would have been done an iteration earlier`)
    t.deepEqual([curve.length, curve.at(-1)?.envSteps], [iterations, flown])
  }
})

test('an arm is charged what its explanation, its mixing law and its choice flew, and nothing else', (t) => {
  const explained = cost(during(run, 'explain'))
  t.is(run.records.explanation?.envSteps, explained)
  const [learned, withFigures] = lawCost('augment')
  const law = run.records.augmentation?.envSteps ?? 0
  t.true(law >= learned && law <= withFigures && learned > 0)
  const chosen = (method: Staged['method']) => cost(run.calls.filter((call) => call.stage === '' && call.method === method))
  const expected: Record<string, number> = {
    xmrl: explained + law,
    'omega-only': explained,
    'ma-critical': explained,
    tw: chosen('transitions'),
    'tw-influence': chosen('explainInfluence'),
    own: cost(during(run, 'explain own')) + (run.records.ownAugmentations?.own.envSteps ?? Number.NaN),
    rounds: cost(during(run, 'explain rounds')),
    thrice: explained + law + cost(during(run, 'explain thrice@2')) + cost(during(run, 'explain thrice@3'))
  }
  for (const arm of arms) t.is(run.records.arms[arm].chargedSteps, expected[arm] ?? 0, arm)
  for (const [arm, charged] of Object.entries(expected)) t.true(charged > 0, arm)
})

test('an arm of several rounds explains anew at its own weights whenever an equal share is spent; its law stays', (t) => {
  const { extraSteps } = run.spec.retrain
  const stages = run.calls.filter(({ stage }) => /thrice/.test(stage)).map(({ stage }) => stage)
  t.deepEqual(
    stages.filter((stage, at) => stage !== stages[at - 1]),
    ['retrain thrice', 'explain thrice@2', 'retrain thrice', 'explain thrice@3', 'retrain thrice', 'evaluate thrice']
  )
  const steps = during(run, 'retrain thrice', 'metaStep')
  let charged = (run.records.explanation?.envSteps ?? 0) + (run.records.augmentation?.envSteps ?? 0)
  for (const round of [2, 3]) {
    const again = during(run, `explain thrice@${round}`)
    const done = Number(/\+(\d+)$/.exec(again[0].weights)?.[1])
    t.true(
      again.every(({ weights }) => weights === steps[done].weights),
      'at the weights that the arm has then'
    )
    const flown = cost(steps.slice(0, done))
    const share = (extraSteps * (round - 1)) / 3
    t.true(flown + charged >= share && flown + charged - steps[done - 1].envSteps < share, `round ${round} begins after ${flown + charged}`)
    // What is poor stays what it was at theta_0.
    t.deepEqual(idsIn(run, 'evaluation', again[1].tasks), run.records.poor?.evaluation)
    charged += cost(again)
    const critical = run.records.ownExplanations?.[`thrice@${round}`].critical ?? []
    const favoured = new Set(idsIn(run, 'training', steps[done].tasks.slice(0, 3)))
    t.true(
      [...favoured].every((id) => critical.includes(id)),
      'and its batches follow'
    )
  }
  t.is(new Set(steps.map(({ options }) => String(options.phi))).size, 1)
  t.deepEqual(steps[0].options.phi, run.records.augmentation?.phi)
})

test('an arm that explains for itself does so at theta_0, by its own keys, and leaves the run with its explanation', (t) => {
  const explained = during(run, 'explain own', 'directions')
  t.true(explained.length > 0 && explained.every(({ weights, options }) => weights === theta0(run) && options.supportEpisodes === 5))
  const law = during(run, 'augment own')
  t.true(law.length > 0 && law.every(({ weights, options }) => weights === theta0(run) && options.family === 'beta'))
  t.deepEqual(law[0].ids, run.records.ownExplanations?.own.critical)
  t.notDeepEqual(law[0].ids, run.records.explanation?.critical, 'fewer episodes find others here')
  t.is(law.filter(({ options }) => !options.figures).length, 2)
  const [step] = during(run, 'retrain own', 'metaStep')
  t.like(step.options, { family: 'beta', phi: run.records.ownAugmentations?.own.phi })
  const [rounds] = during(run, 'explain rounds')
  t.like(rounds, { weights: theta0(run), method: 'alternatingRound' })
  t.true(during(run, 'explain', 'directions').every(({ options }) => options.supportEpisodes === 15))
})

test('a seed that is done asks the learner for nothing', async (t) => {
  const again = await record(SPEC, { out })
  t.is(again.error, undefined)
  t.deepEqual(again.calls, [])
  t.true(again.events.every((event) => event.type !== 'iteration'))
  t.deepEqual(again.records, run.records)
})

test('two seeds of a run: each has a learner of its own and asks of it what it asks for alone', async (t) => {
  const seeds = [5, 6]
  const tape = newTape()
  await onTape(tape, async () => {
    const options = { out: freshRun(), until: 'augment', device: 'cpu', threads: 1 } as const
    for await (const _ of runExperiment({ ...small(), seeds }, options));
  })
  t.deepEqual([...new Set(tape.learners.map(({ seed }) => seed))], seeds)
  const alone: Recorded[] = []
  for (const seed of seeds) alone.push(await record({ ...small(), seeds: [seed] }, { until: 'augment' }))
  t.deepEqual(
    tape.calls,
    alone.flatMap((each) => each.tape.calls)
  )
})

test('an arm more is flown alone: what is there is not flown again', async (t) => {
  const place = freshRun()
  const few = await record(small({ retrain: { arms: ['maml'] } }), { out: place })
  const more = await record(small({ retrain: { arms: ['maml', 'maml-null'] } }), { out: place })
  t.is(few.error ?? more.error, undefined)
  t.deepEqual([...new Set(more.calls.map(({ stage }) => stage))], ['retrain maml-null', 'evaluate maml-null'])
  t.true(during(more, 'retrain maml-null')[0].weights === theta0(more))
})

test('a run up to a stage does that stage and no other; going on does the rest, and in all the same calls', async (t) => {
  const spec = small({ retrain: { arms: ['maml'] } })
  const whole = await record(spec)
  const place = freshRun()
  const parts: Staged[] = []
  const stages: string[][] = []
  for (const until of ['train', 'evaluate', 'explain', 'augment', undefined] as const) {
    const { calls, error } = await record(spec, { out: place, ...(until ? { until } : {}) })
    t.is(error, undefined)
    parts.push(...calls)
    stages.push([...new Set(calls.map(({ stage }) => stage))])
  }
  t.deepEqual(stages, [['train'], ['evaluate theta_0'], ['explain'], ['augment'], ['retrain maml', 'evaluate maml', '']])
  t.deepEqual(parts, whole.calls)
})

/** A few of everything that can be interrupted. */
const PARTS = small({
  evaluate: { transfer: ['drone-planar/uniform'] },
  retrain: { arms: ['thrice', 'tw', 'rounds'], define: { ...DEFINE, thrice: { base: 'xmrl', rounds: 2 } }, extraSteps: 18_000 }
})
const named = (event: RunEvent) => (event.type === 'iteration' ? `${event.stage} ${event.arm ?? ''} ${event.iteration}` : '')
/** Calls in the order of their first time: a stage that keeps nothing of a half-done measurement flies it again. */
const once = (calls: readonly Staged[]) => [...new Set(calls.map((call) => JSON.stringify(call)))]
const metrics = (place: string) => readFileSync(join(place, 'seed-5', 'metrics.jsonl'), 'utf8')

test('stopped once after every iteration of every stage, a seed goes on to the calls, records and metrics of an uninterrupted one', async (t) => {
  const whole = await record(PARTS)
  const place = freshRun()
  const calls: Staged[] = []
  const stopped = new Set([''])
  let last: Recorded
  do {
    // One stop a run: the first iteration that none was stopped at yet.
    let free = true
    const stop = (event: RunEvent) => {
      const now = free && !stopped.has(named(event))
      if (now) stopped.add(named(event))
      if (now) free = false
      return now
    }
    last = await record(PARTS, { out: place, stop })
    calls.push(...last.calls)
  } while (last.error?.code === 'ERR_ABORTED')
  t.is(last.error, undefined)
  t.deepEqual([...stopped].slice(1).sort(), [...new Set(whole.events.map(named))].slice(1).sort())
  t.deepEqual(once(calls), once(whole.calls))
  t.deepEqual(last.records, whole.records)
  t.is(metrics(place), metrics(whole.out))
})

test('after a power cut anywhere, a seed goes on with the calls that came after its last checkpoint, and no others', async (t) => {
  const place = freshRun()
  const cuts: string[] = []
  let events = 0
  const whole = await record(PARTS, {
    out: place,
    stop: () => {
      // What is on the disk at this moment is what a power cut leaves.
      if (events++ % 9 === 4) {
        const copy = freshRun()
        cpSync(place, copy, { recursive: true })
        rmSync(join(copy, '.lock'), { force: true })
        cuts.push(copy)
      }
      return false
    }
  })
  t.true(cuts.length > 8, `${cuts.length}`)
  let before = whole.calls.length
  for (const cut of cuts) {
    const rest = await record(PARTS, { out: cut })
    t.is(rest.error, undefined)
    t.deepEqual(rest.calls, whole.calls.slice(whole.calls.length - rest.calls.length))
    t.true(rest.calls.length <= before, 'a later cut leaves no more to do')
    before = rest.calls.length
    t.deepEqual(rest.records, whole.records)
    t.is(metrics(cut), metrics(place))
  }
  t.true(before < whole.calls.length / 2)
})

test('weights that diverge end the arm with its name and its last good checkpoint, from which the seed goes on', async (t) => {
  const place = freshRun()
  const spec = small({ retrain: { arms: ['maml'] } })
  let steps = 0
  const before = ({ method }: { method: string }) => {
    if (method === 'metaStep' && ++steps === 6 + 7) throw new Error('ERR_NOT_FINITE: theta: NaN')
  }
  const failed = await record(spec, { out: place, world: { before } })
  t.is(failed.error?.code, 'ERR_DIVERGED')
  t.regex(failed.error?.message ?? '', /^retrain-maml, iteration 7: theta: NaN; last good checkpoint checkpoints\/retrain-maml-\d$/)
  const rest = await record(spec, { out: place })
  t.is(rest.error, undefined)
  t.is(during(rest, 'retrain maml')[0].options.iteration, 6, 'what was good is saved')
  t.is(during(rest, 'retrain maml')[0].weights, `${theta0(rest)} 2:0+6`)
})
