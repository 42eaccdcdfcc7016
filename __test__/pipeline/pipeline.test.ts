import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { defineExperiment, Learner, loadRun, type RunEvent, runExperiment, XmrlError } from '../../ts/index.js'
import { folder, TINY } from '../helpers.js'

const experiment = (change: object = {}) => defineExperiment({ ...TINY, ...change } as Parameters<typeof defineExperiment>[0])

/** Runs until the events end or fail. */
async function collect(
  run: AsyncIterable<RunEvent>,
  seen: (event: RunEvent) => void = () => {}
): Promise<{ events: RunEvent[]; error?: XmrlError }> {
  const events: RunEvent[] = []
  try {
    for await (const event of run) {
      events.push(event)
      seen(event)
    }
  } catch (error) {
    if (error instanceof XmrlError) return { events, error }
    throw error
  }
  return { events }
}

test('two seeds run one after the other into folders of their own, with one table over both', async (t) => {
  const out = join(folder(t), 'run')
  const small = { seeds: [0, 3], retrain: { ...TINY.retrain, arms: ['maml'] } }
  const { events, error } = await collect(runExperiment(experiment(small), { out, threads: 2 }))
  t.is(error, undefined)
  const finished = events.flatMap((event) => (event.type === 'stage-finished' && event.stage === 'train' ? [event.seed] : []))
  t.deepEqual(finished, [0, 3])
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  t.deepEqual(
    run.seeds.map((seed) => seed.seed),
    [0, 3]
  )
  t.notDeepEqual(run.seeds[0].records.tasks?.pools.training.values, run.seeds[1].records.tasks?.pools.training.values)
  const table = events.find((event) => event.type === 'table')
  t.deepEqual(table?.type === 'table' ? table.table.seeds : [], [0, 3])
  t.true(existsSync(join(out, 'seed-3', 'checkpoints', 'train-12')) && existsSync(join(out, 'report.html')))
})

test('every iteration reports growing steps and a share of its stage, and figures that are finite', async (t) => {
  const abort = new AbortController()
  const out = join(folder(t), 'run')
  const { events, error } = await collect(runExperiment(experiment(), { out, signal: abort.signal }), (event) => {
    if (event.type === 'stage-started' && event.stage === 'retrain') abort.abort()
  })
  t.is(error?.code, 'ERR_ABORTED')
  t.regex(error?.message ?? '', /--resume/)
  t.is((await loadRun(out)).manifest.status, 'stopped')
  for (const stage of ['train', 'evaluate', 'augment']) {
    const iterations = events.flatMap((event) => (event.type === 'iteration' && event.stage === stage ? [event] : []))
    t.deepEqual(
      iterations.map((event) => event.iteration),
      iterations.map((_, i) => i + 1)
    )
    t.is(iterations.at(-1)?.progress, 1)
    t.is(iterations.at(-1)?.of, iterations.length)
    for (const [i, event] of iterations.entries()) {
      t.true(event.envSteps > (iterations[i - 1]?.envSteps ?? 0))
      t.true(Object.values(event.metrics).every((value) => typeof value === 'boolean' || Number.isFinite(value)))
    }
  }
  // Where a figure is wanted of a stage that another process finished, the stage says that it is skipped.
  const again = await collect(runExperiment(experiment(), { out, resume: true, signal: AbortSignal.abort() }))
  t.is(again.error?.code, 'ERR_ABORTED')
  t.true(again.events.some((event) => event.type === 'stage-started' && event.stage === 'train' && event.skipped === true))
})

test('steps that are charged are those that were taken, and every arm spends the same', async (t) => {
  const out = join(folder(t), 'run')
  const { error } = await collect(runExperiment(experiment({ retrain: { ...TINY.retrain, arms: ['xmrl', 'maml'] } }), { out }))
  t.is(error, undefined)
  const { seeds, manifest } = await loadRun(out)
  const [{ records }] = seeds
  const [xmrl, maml] = [records.arms?.xmrl, records.arms?.maml]
  const charged = (records.explanation?.envSteps ?? 0) + (records.augmentation?.envSteps ?? 0)
  t.true(charged > 0)
  t.is(xmrl?.chargedSteps, charged)
  t.is(maml?.chargedSteps, 0)
  // The last iteration goes over the budget by less than itself.
  for (const arm of [xmrl, maml]) {
    const total = (arm?.extraSteps ?? 0) + (arm?.chargedSteps ?? 0)
    const before = arm?.curve.at(-2)?.envSteps ?? 0
    t.true(total >= TINY.retrain.extraSteps && before + (arm?.chargedSteps ?? 0) < TINY.retrain.extraSteps, `${arm?.arm}: ${total}`)
  }
  t.is(manifest.envSteps[0].explain, records.explanation?.envSteps ?? -1)
})

test('poor tasks that two evaluations disagree about stop the run, unless the spec allows it', async (t) => {
  const out = join(folder(t), 'run')
  const strict = experiment({ poor: { minimumCorrelation: 1 }, explain: { episodes: 10 } })
  const { events, error } = await collect(runExperiment(strict, { out }))
  t.is(error?.code, 'ERR_UNRELIABLE')
  t.regex(error?.message ?? '', /evaluate\.supportEpisodes.*explain\.allowUnreliable=true/)
  t.is(events.at(-1)?.type, 'stage-finished')
  t.is((await loadRun(out)).manifest.status, 'failed')
})

test('too small a budget for retraining says what explaining and augmenting took', async (t) => {
  const { error } = await collect(
    runExperiment(experiment({ retrain: { ...TINY.retrain, extraSteps: 1000 } }), { out: join(folder(t), 'run') })
  )
  t.is(error?.code, 'ERR_SPEC_INVALID')
  t.regex(error?.message ?? '', /^retrain\.extraSteps: 1000 steps are no more than the \d{4,} charged to xmrl/)
})

test('threads and seeds that are none are refused before anything is made', (t) => {
  const { spec } = experiment()
  for (const threads of [0, -1, 1.5, 1e9]) t.throws(() => new Learner(spec, 0, { threads }), { code: 'ERR_USAGE', message: /^threads/ })
  t.throws(() => new Learner(spec, -1), { code: 'ERR_USAGE', message: /^seed/ })
})

test('a run can stop after training or measuring, and goes on to the same records', async (t) => {
  const dir = folder(t)
  const whole = join(dir, 'whole')
  const parts = join(dir, 'parts')
  const small = { retrain: { ...TINY.retrain, arms: ['maml'] } }
  t.is((await collect(runExperiment(experiment(small), { out: whole }))).error, undefined)
  const trained = await collect(runExperiment(experiment(small), { out: parts, until: 'train' }))
  t.false(trained.events.some((event) => event.type === 'table' || ('stage' in event && event.stage === 'evaluate')))
  t.is((await loadRun(parts)).manifest.status, 'stopped')
  await collect(runExperiment(experiment(small), { out: parts, until: 'evaluate', resume: true }))
  const measured = (await loadRun(parts)).seeds[0].records
  t.truthy(measured.evaluations.theta_0)
  t.is(measured.explanation, undefined)
  t.is((await collect(runExperiment(experiment(small), { out: parts, resume: true }))).error, undefined)
  t.is(readFileSync(join(parts, 'seed-0', 'metrics.jsonl'), 'utf8'), readFileSync(join(whole, 'seed-0', 'metrics.jsonl'), 'utf8'))
})

test('training starts from given weights, or takes them as theta_0', async (t) => {
  const dir = folder(t)
  const first = join(dir, 'first')
  t.is((await collect(runExperiment(experiment(), { out: first, until: 'evaluate' }))).error, undefined)
  const initial = join(first, 'seed-0', 'checkpoints', 'train-12', 'weights.safetensors')
  const given = (train: object) => experiment({ train: { ...TINY.train, initial, ...train } })
  // As theta_0: the same scores without any training.
  const taken = join(dir, 'taken')
  const { events } = await collect(runExperiment(given({ phases: [] }), { out: taken, until: 'evaluate' }))
  t.true(events.some((event) => event.type === 'stage-finished' && /weights as given/.test(event.summary)))
  const scores = async (out: string) => (await loadRun(out)).seeds[0].records.evaluations.theta_0?.pools
  t.deepEqual(await scores(taken), await scores(first))
  // As a start: other weights than from the seed.
  const longer = join(dir, 'longer')
  t.is((await collect(runExperiment(given({}), { out: longer, until: 'evaluate' }))).error, undefined)
  t.notDeepEqual(await scores(longer), await scores(first))
  // What cannot be used is named.
  const none = experiment({ train: { ...TINY.train, initial: join(dir, 'nothing') } })
  const { error } = await collect(runExperiment(none, { out: join(dir, 'none') }))
  t.is(error?.code, 'ERR_SPEC_INVALID')
  t.regex(error?.message ?? '', /^train\.initial: no file .*nothing/)
  t.throws(() => experiment({ train: { ...TINY.train, phases: [] } }), { message: /train\.phases: empty/ })
})

test('a Reptile step whose trials take most of what an arm has is a note with the figures, and one that leaves enough is none', async (t) => {
  const { reptileStep: _, ...retrain } = TINY.retrain
  const told = async (extraSteps: number, verdict?: object) => {
    const out = join(folder(t), 'run')
    const { events, error } = await collect(
      runExperiment(experiment({ retrain: { ...retrain, arms: ['xmrl'], extraSteps }, ...verdict }), { out })
    )
    t.is(error, undefined)
    const notes = events.flatMap((event) => (event.type === 'note' && /Reptile step took/.test(event.text) ? [event.text] : []))
    return { notes, arm: (await loadRun(out)).seeds[0].records.arms.xmrl }
  }
  const explain = { explain: { ...TINY.explain, source: undefined, lengths: undefined } }
  const small = await told(24000, explain)
  const spent = small.arm?.reptileStep?.envSteps ?? 0
  const budget = (small.arm?.budget ?? 0) - (small.arm?.chargedSteps ?? 0)
  t.true(spent >= budget, `${spent} of ${budget}`)
  t.deepEqual(small.notes.length, 1)
  t.regex(
    small.notes[0],
    new RegExp(`^seed 0, xmrl: trying lengths of the Reptile step took ${spent} steps, all of the ${budget} that this arm has`)
  )
  t.regex(small.notes[0], /raise retrain\.extraSteps, make retrain\.audit smaller, or leave the step out/)
  t.deepEqual((await told(20 * spent, explain)).notes, [])
})
