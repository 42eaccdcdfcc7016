/** Which random numbers a seed's stages open: where they must never meet, and where they must. */

import test from 'ava'
import { ARMS, streamOf } from '../../ts/arms/index.js'
import { defineExperiment } from '../../ts/index.js'
import { STREAMS } from '../../ts/stages/index.js'
import { during, freshRun, idsIn, poolOf, type Recorded, record, type Staged, small, theta0 } from './recorded.js'
import { numbersOf } from './recording.js'

const DEFINE = {
  fisher: { base: 'omega-only', explain: { metric: 'fisher', fisherEpisodes: 2, fisherRows: 3 } },
  implicit: { base: 'omega-only', explain: { solver: 'implicit' } },
  rounds: { base: 'omega-only', explain: { solver: 'alternating', alternating: { rounds: 2, supportEpisodes: 4, queryEpisodes: 3 } } },
  twice: { base: 'xmrl', rounds: 2 }
}
const DEFINED = Object.keys(DEFINE)
const SPEC = small({
  evaluate: { transfer: ['drone-planar/uniform'], upToSteps: 2 },
  retrain: { arms: [...ARMS, ...DEFINED], define: DEFINE, extraSteps: 24_000 }
})

/** A seed with every arm, and its validation. */
let run: Recorded
test.before(async (t) => {
  const out = freshRun()
  const validated = await record(SPEC, { out, until: 'validate' })
  const rest = await record(SPEC, { out })
  t.is(validated.error ?? rest.error, undefined)
  run = { ...rest, calls: [...validated.calls, ...rest.calls] }
})

const all = (calls: readonly Staged[]) => new Set(calls.flatMap(numbersOf))
const stream = (calls: readonly Staged[]) => [...new Set(calls.map((call) => call.options.stream))].sort((a, b) => Number(a) - Number(b))
const arms = [...ARMS, ...DEFINED]

test('the streams of stages are part of the random-number contract: none is ever renumbered', (t) => {
  t.deepEqual(
    { ...STREAMS },
    {
      mining: [1, 2],
      fresh: 3,
      halves: [11, 12],
      fisher: 13,
      augment: 21,
      audit: 51,
      pictures: 31,
      matching: 41,
      weighting: [42, 43],
      validation: 64,
      interventions: 200
    }
  )
})

test('mining, fresh, halves, Fisher states, weighting, validation, every training and every arm open numbers of their own', (t) => {
  const { calls } = run
  const fresh = all(arms.flatMap((arm) => during(run, `evaluate ${arm}`)))
  const theta = during(run, 'evaluate theta_0')
  const groups: [string, Set<string>][] = [
    ['training', all(during(run, 'train'))],
    ...arms.map((arm): [string, Set<string>] => [arm, all(during(run, `retrain ${arm}`, 'metaStep'))]),
    ['interventions', all(during(run, 'validate', 'metaStep'))],
    ['fresh', fresh],
    ['mining, first', all(theta.filter((call) => call.options.stream === STREAMS.mining[0]))],
    ['mining, second', all(theta.filter((call) => call.options.stream === STREAMS.mining[1]))],
    ['judging interventions', all(during(run, 'validate', 'evaluate'))],
    ['directions', all(calls.filter((call) => call.method === 'directions'))],
    ['Fisher states', all(calls.filter((call) => call.method === 'fisherProducts'))],
    ['influence', all(during(run, 'explain implicit'))],
    ['rounds', all(during(run, 'explain rounds'))],
    ['choice of tw-influence', all(calls.filter((call) => call.stage === '' && call.method === 'explainInfluence'))],
    ['choice of tw', all(calls.filter((call) => call.method === 'transitions'))],
    ['mixing law', all(calls.filter((call) => call.method === 'augmentStep'))],
    ['pictures', all(calls.filter((call) => call.method === 'episodes'))]
  ]
  for (const [at, [name, numbers]] of groups.entries()) {
    t.true(numbers.size > 0, name)
    for (const [other, others] of groups.slice(at + 1)) {
      const met = [...numbers].filter((number) => others.has(number))
      t.deepEqual(met, [], `${name} meets ${other}`)
    }
  }
})

test('theta_0 is measured on both mining streams and the fresh one, the training pool on the first, arms on the fresh one alone', (t) => {
  const measured = (name: string) =>
    during(run, `evaluate ${name}`)
      .filter((call) => call.options.steps === 1)
      .map((call) => `${poolOf(run, call)} ${call.options.stream}`)
  t.deepEqual(measured('theta_0'), ['training 1', 'evaluation 1', 'evaluation 2', 'evaluation 3', 'heldOut 1', 'heldOut 2', 'heldOut 3'])
  for (const arm of arms) t.deepEqual(measured(arm), ['evaluation 3', 'heldOut 3'], arm)
})

test('arms meet where they are compared: on the fresh stream, on other presets, in pictures, in every repeat of an intervention', (t) => {
  const [first, ...others] = ['theta_0', ...arms].map((arm) =>
    during(run, `evaluate ${arm}`).filter(({ options }) => options.stream === STREAMS.fresh && options.steps === 1)
  )
  for (const other of others) {
    t.deepEqual(other.flatMap(numbersOf), first.flatMap(numbersOf))
    t.deepEqual(
      other.map((call) => call.tasks),
      first.map((call) => call.tasks)
    )
  }
  const abroad = during(run, 'transfer')
  t.is(abroad.length, 2 * (1 + arms.length))
  t.deepEqual(stream(abroad), [STREAMS.fresh])
  for (const [at, call] of abroad.entries()) t.deepEqual(call.tasks, first[at % 2].tasks)
  const flown = run.calls.filter((call) => call.method === 'episodes')
  const half = flown.length / 2
  for (const [at, after] of flown.slice(half).entries()) {
    t.deepEqual(numbersOf(after), numbersOf(flown[at]))
    t.deepEqual(after.tasks, flown[at].tasks)
  }
  const { iterations, repeats } = run.spec.explain.validate
  const steps = during(run, 'validate', 'metaStep')
  const judged = during(run, 'validate', 'evaluate')
  const perRepeat = judged.length / repeats
  for (const [unit, call] of judged.entries()) {
    const repeat = Math.floor(unit / perRepeat)
    t.deepEqual([call.options.stream, call.ids], [STREAMS.validation + repeat, run.records.poor?.evaluation])
    for (const [iteration, step] of steps.slice(unit * iterations, (unit + 1) * iterations).entries())
      t.deepEqual([step.options.stream, step.options.iteration], [STREAMS.interventions + repeat, iteration])
  }
})

test('an explanation has two halves on streams of their own; poor tasks are numbered past the training pool', (t) => {
  const halves = (stage: string) =>
    during(run, stage, 'directions').map((call) => `${poolOf(run, call)} ${call.options.stream} ${call.ids}`)
  const poor = run.records.poor?.evaluation ?? []
  const past = poor.map((task) => 8 + task)
  const expected = [11, 12].flatMap((half) => [`training ${half} 0,1,2,3,4,5,6,7`, `evaluation ${half} ${past}`])
  for (const stage of ['explain', 'explain fisher', 'explain twice@2']) t.deepEqual(halves(stage), expected, stage)
  // Each half reaches the solver as itself.
  for (const { trainA, trainB, poorA, poorB } of run.tape.spaces) {
    for (const [half, train, aim] of [
      [11, trainA, poorA],
      [12, trainB, poorB]
    ] as const) {
      t.deepEqual([train[0], train[1], aim[0], aim[1]], [half, 0, half, past[0]])
    }
  }
  const [influence] = during(run, 'explain implicit')
  t.deepEqual([influence.options.streamA, influence.options.streamB], [11, 12])
  const rounds = during(run, 'explain rounds')
  t.deepEqual(
    rounds.map(({ options }) => `${options.stream} ${options.iteration}`),
    ['11 0', '11 1', '12 0', '12 1']
  )
  for (const call of [influence, ...rounds]) {
    t.deepEqual(idsIn(run, 'training', call.tasks), [0, 1, 2, 3, 4, 5, 6, 7])
    t.deepEqual(idsIn(run, 'evaluation', call.targets ?? []), poor)
  }
})

test('Fisher states are those of the training tasks at theta_0, once, and every set of directions is multiplied', (t) => {
  const [call, ...more] = run.calls.filter(({ method }) => method === 'fisherProducts')
  t.is(more.length, 0)
  t.like(call, { weights: theta0(run), stage: 'explain fisher' })
  t.like(call.options, { stream: STREAMS.fisher, supportEpisodes: 2, rows: 3 })
  t.is(poolOf(run, call), 'training')
  const { images = [], trainA, trainB, poorA, poorB } = run.tape.spaces.find(({ images }) => images !== undefined) ?? run.tape.spaces[0]
  t.deepEqual(
    images.map((image) => Array.from(image)),
    [trainA, trainB, poorA, poorB].map((set) => Array.from(set, (value) => 2 * value))
  )
})

test('tw compares both pools on one stream, the evaluation pool numbered past the training pool; tw-influence on streams of its own', (t) => {
  const [train, target, ...more] = run.calls.filter(({ method }) => method === 'transitions')
  t.is(more.length, 0)
  t.deepEqual([poolOf(run, train), train.ids, train.options.stream], ['training', [0, 1, 2, 3, 4, 5, 6, 7], STREAMS.matching])
  t.deepEqual([poolOf(run, target), target.ids, target.options.stream], ['evaluation', [8, 9, 10, 11, 12, 13], STREAMS.matching])
  const [matching] = run.tape.matchings
  t.deepEqual([matching.train[0], matching.target[0], matching.rows], [0, 8, 5], 'the training tasks are matched to the evaluation pool')
  const [influence, ...others] = run.calls.filter(({ method, stage }) => method === 'explainInfluence' && stage === '')
  t.is(others.length, 0)
  t.deepEqual([influence.options.streamA, influence.options.streamB], [...STREAMS.weighting])
  t.deepEqual(idsIn(run, 'evaluation', influence.targets ?? []), [0, 1, 2, 3, 4, 5], 'the whole pool, not the poor tasks')
  for (const { options } of [train, target, influence]) t.like(options, { supportEpisodes: 21, queryEpisodes: 9 })
})

test('another seed opens other numbers, with other tasks', async (t) => {
  const other = await record({ ...small({ retrain: { arms: ['maml'] } }), seeds: [6] })
  const met = [...all(other.calls)].filter((number) => all(run.calls).has(number))
  t.deepEqual(met, [])
  for (const pool of ['training', 'evaluation', 'heldOut'] as const)
    t.notDeepEqual(other.records.tasks?.pools[pool].values, run.records.tasks?.pools[pool].values, pool)
})

test('no arm has the streams of the retrainings that check an explanation: a name that falls on them is refused', (t) => {
  const define = (name: string) => defineExperiment({ retrain: { arms: [name], define: { [name]: { base: 'ma', mixedShare: 0.25 } } } })
  const { interventions } = STREAMS
  // As many as a validation may have repeats.
  t.throws(() => defineExperiment({ explain: { validate: { repeats: 33 } } }))
  t.is(defineExperiment({ explain: { validate: { repeats: 32 } } }).spec.explain.validate.repeats, 32)
  for (const [name, stream] of [
    ['a15ina', interventions],
    ['arm-8997', 211],
    ['rho-10002', 212],
    ['ah4u', interventions + 31]
  ] as const) {
    t.is(streamOf(name), stream)
    t.throws(() => define(name), { code: 'ERR_SPEC_INVALID', message: new RegExp(`^retrain\\.define\\.${name}: its random numbers`) }, name)
  }
  for (const [name, stream] of [
    ['a16sjs', interventions - 1],
    ['a39qo', interventions + 32]
  ] as const) {
    t.is(streamOf(name), stream)
    t.notThrows(() => define(name), name)
  }
})
