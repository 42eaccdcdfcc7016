/** The repair: directions of the evaluation's own adaptations, the verdict, the step along the move, the dose that an audit steers. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun, type WrittenSpec } from '../../ts/index.js'
import { decodeTensors, encodeTensors } from '../../ts/policies/index.js'
import { STREAMS } from '../../ts/stages/index.js'
import { movedAlong } from '../../ts/stages/weights.js'
import { outcome } from '../helpers.js'
import { during, freshRun, idsIn, type Recorded, record, small } from './recorded.js'

const EXPLAIN = { source: 'evaluation', lengths: 'kept', adaptationSteps: 3 }
const repaired = (retrain: object = {}, explain: object = {}): WrittenSpec =>
  small({ explain: { ...EXPLAIN, ...explain }, retrain: { arms: ['omega-only', 'maml'], ...retrain } })

const done = async (written: WrittenSpec, options: Parameters<typeof record>[1] = {}): Promise<Recorded> => {
  const run = await record(written, options)
  if (run.error !== undefined) throw run.error
  return run
}

test('directions are those of the evaluation in which poor tasks were found, and cost nothing', async (t) => {
  const run = await done(repaired(), { until: 'explain' })
  t.is(run.calls.filter((call) => call.stage === 'explain').length, 0)
  t.is(run.records.explanation?.envSteps, 0)
  t.like(run.records.explanation, { source: 'evaluation', lengths: 'kept', adaptationSteps: 3 })
  const kept = during(run, 'evaluate theta_0').filter((call) => (call.options as { displacements?: number }).displacements === 3)
  t.deepEqual(kept.map((call) => call.options.stream).sort(), [1, 1, 1, 2, 2, 2])
  const further = 2 * 2 * 14 * 10 * (8 + 6 + 4) * 2
  t.is(run.records.evaluations.theta_0.furtherSteps, further, 'two streams, two adaptations, two further steps of 14 episodes')
  // The stand-in's displacements hold stream, number and the step: the third of the two mining streams is what is explained by.
  const [space] = run.tape.spaces
  const column = (values: Float64Array, at: number) => Array.from({ length: values.length / 4 }, (_, row) => values[4 * row + at])
  t.deepEqual(
    [space.trainA, space.trainB].map((half) => [...new Set(column(half, 0))]),
    [[1], [2]]
  )
  const poor = run.records.poor?.evaluation ?? []
  t.deepEqual(column(space.poorA, 1), poor, 'poor tasks by their own numbers')
  t.deepEqual(column(space.trainA, 1), [6, 7, 8, 9, 10, 11, 12, 13], 'training tasks by numbers that no poor task has')
  // Foretold by the second step, which in the stand-in is the first once more.
  const foretold = run.records.explanation?.foretold
  t.deepEqual([foretold?.evaluation.length, foretold?.heldOut.length], [6, 4])
  t.true([...(foretold?.evaluation ?? [])].every((value) => value > 0))
  // The move: the weighted less the even Reptile step, of the mean of both halves.
  const weights = run.records.explanation?.weights ?? []
  const bytes = readFileSync(join(run.out, 'seed-5', 'checkpoints', 'move-1', 'move.f64'))
  const expected = Array.from({ length: 4 }, (_, at) =>
    weights.reduce((sum, weight, task) => sum + ((weight - 1 / 8) * (space.trainA[4 * task + at] + space.trainB[4 * task + at])) / 2, 0)
  )
  const move = expected.map((_, at) => bytes.readDoubleLE(8 * at))
  t.true(expected.some((value) => Math.abs(value) > 0.01) && move.every((value, at) => Math.abs(value - expected[at]) < 1e-9), `${move}`)
  const none = await done(repaired({}, { adaptationSteps: 1 }), { until: 'explain' })
  t.is(none.records.explanation?.foretold, undefined, 'one step foretells nothing')
})

test('episodes of the explanation’s own fly on one set of random numbers a half, or on numbers of their own', async (t) => {
  const ids = async (commonNumbers: boolean) => {
    const run = await done(repaired({}, { source: 'own', commonNumbers }), { until: 'explain' })
    return during(run, 'explain', 'directions').map((call) => call.ids)
  }
  const [training, poor] = [new Array(8).fill(0), new Array(2).fill(0)]
  t.deepEqual(await ids(true), [training, poor, training, poor])
  const [own, targets] = await ids(false)
  t.deepEqual(own, [0, 1, 2, 3, 4, 5, 6, 7])
  t.true(targets.every((id) => id >= 8))
})

test('where nothing is singled out an arm trains on all tasks alike, unless it is told to ignore that', async (t) => {
  const define = { bold: { base: 'omega-only', verdict: 'ignored' } }
  const written = repaired({ arms: ['omega-only', 'maml', 'bold', 'random'], define }, { verdict: { effectiveShare: 0, foretold: 99 } })
  const run = await done(written)
  t.is(run.records.explanation?.verdict?.finding, 'spread')
  const { arms } = run.records
  t.deepEqual([arms['omega-only'].held, arms.bold.held, arms.random.held], ['spread', undefined, undefined])
  t.deepEqual([arms['omega-only'].favoured, arms['omega-only'].reptileStep], [undefined, undefined])
  const flown = (arm: string) => during(run, `retrain ${arm}`, 'metaStep').map((call) => idsIn(run, 'training', call.tasks))
  // Six places of eight tasks: without favourites none comes twice.
  t.true(flown('omega-only').every((ids) => new Set(ids).size === 6))
  t.false(flown('bold').every((ids) => new Set(ids).size === 6))
  t.true(run.events.some((event) => event.type === 'note' && /train on as MAML does/.test(event.text)))
  const repair = await done(repaired({}, { verdict: { effectiveShare: 1, foretold: 99 } }))
  t.is(repair.records.explanation?.verdict?.finding, 'repair')
  t.is(repair.records.arms['omega-only'].held, undefined)
})

/** A world in which an audit finds what `looks` say, one entry a set of weights that it sees: of poor tasks, and of the others. */
function audits(looks: readonly (readonly [poor: number, other: number])[], poor: () => readonly number[]) {
  const seen: string[] = []
  return {
    success: undefined,
    score: ({ task, id, stream, weights }: { task: readonly number[]; id: number; stream: number; weights: string }) => {
      if (stream !== STREAMS.audit) return -100 + id + 0.001 * stream + 0.0001 * (task[0] ?? 0)
      if (!seen.includes(weights)) seen.push(weights)
      const look = looks[Math.min(seen.indexOf(weights), looks.length - 1)]
      return -100 + look[poor().includes(id) ? 0 : 1] + (id % 2)
    }
  }
}
/** Ids with the lowest returns: the worst third of six. */
const POOR = [0, 1]

test('the step goes as far as the poor tasks gain and the others hold', async (t) => {
  const lengths = [0.1, 0.2, 0.4, 0.8]
  const step = async (looks: [number, number][]) => {
    const run = await done(repaired({ reptileStep: { lengths } }), { world: audits(looks, () => POOR) })
    t.deepEqual(run.records.poor?.evaluation, POOR)
    return { run, step: run.records.arms['omega-only'].reptileStep }
  }
  // Success of the stand-in rises by 1 in 200 of return.
  const held = await step([
    [0, 0],
    [10, 0],
    [20, 1],
    [15, 2],
    [12, 2],
    [0, 0]
  ])
  t.is(held.step?.length, 0.2, 'the poor tasks do best there')
  t.deepEqual(
    held.step?.tried.map(({ length }) => length),
    [0, ...lengths]
  )
  const fallen = await step([
    [0, 0],
    [10, 0],
    [20, -1],
    [90, 0],
    [90, 0],
    [0, 0]
  ])
  t.is(fallen.step?.length, 0.1, 'beyond it the others fall')
  t.deepEqual(
    fallen.step?.tried.map(({ length }) => length),
    [0, 0.1, 0.2]
  )
  const none = await step([
    [0, 0],
    [-1, 0],
    [-2, 0],
    [-3, 0],
    [-4, 0],
    [0, 0]
  ])
  t.is(none.step?.length, 0)
  // Its audits are of the arm's own budget, and its first meta-step starts where it ended.
  const { run } = held
  const looks = run.calls.filter((call) => call.options.stream === STREAMS.audit)
  t.is(
    held.step?.envSteps,
    looks.reduce((sum, call) => sum + call.envSteps, 0)
  )
  const [first] = during(run, 'retrain omega-only', 'metaStep')
  t.is(first.weights, looks[2].weights)
  t.not(first.weights, looks[0].weights)
  const arm = run.records.arms['omega-only']
  t.is(
    arm.extraSteps,
    [...looks, ...during(run, 'retrain omega-only', 'metaStep')].reduce((sum, call) => sum + call.envSteps, 0)
  )
  t.is(during(run, 'retrain maml', 'metaStep')[0].weights, looks[0].weights, 'others start from theta_0')
})

test('a steered dose: audits before the first iteration and after every few, shares that meta-batches are drawn by', async (t) => {
  const define = { dosed: { base: 'omega-only', dose: 'audited' } }
  const retrain = {
    arms: ['dosed', 'maml'],
    define,
    criticalShare: 0.5,
    extraSteps: 60_000,
    reptileStep: null,
    dose: { every: 2, step: 0.5, low: 0.1, high: 1 }
  }
  const looks: [number, number][] = [
    [0, 0],
    [1, 0],
    [1, -9],
    [1, -9],
    [1, 0]
  ]
  const run = await done(repaired(retrain), { world: audits(looks, () => POOR) })
  const dose = run.records.arms.dosed.dose
  t.deepEqual(
    dose?.audits.map(({ iteration }) => iteration),
    dose?.audits.map((_, at) => 2 * at)
  )
  t.deepEqual(
    dose?.audits.slice(0, 4).map(({ share }) => share),
    [0.5, 1, 0.5, 0.1]
  )
  t.deepEqual([dose?.poor, dose?.other], [POOR, [2, 3, 4, 5]])
  const critical = new Set(run.records.explanation?.critical)
  const favoured = during(run, 'retrain dosed', 'metaStep').map(
    (call) => idsIn(run, 'training', call.tasks).filter((id) => critical.has(id)).length
  )
  t.deepEqual(favoured.slice(0, 6), [3, 3, 6, 6, 3, 3])
})

test('a run that stops anywhere in its repair goes on to the same bytes', async (t) => {
  const define = { dosed: { base: 'omega-only', dose: 'audited' }, twice: { base: 'omega-only', rounds: 2 } }
  const written = repaired({
    arms: ['omega-only', 'dosed', 'twice'],
    define,
    reptileStep: { lengths: [0.1, 0.2] },
    dose: { every: 2 }
  })
  const whole = await done(written)
  const out = freshRun()
  let stops = 0
  for (;;) {
    // A few events further every time; what is done already is passed over with an event.
    let left = stops + 1
    const part = await record(written, { out, stop: (event) => event.type !== 'note' && left-- <= 0 })
    if (part.error === undefined) break
    t.is(part.error.code, 'ERR_ABORTED')
    if (stops++ > 200) return t.fail('it never ends')
  }
  t.true(stops > 10, `${stops}`)
  t.deepEqual(outcome(out), outcome(whole.out))
  t.deepEqual((await loadRun(out)).seeds[0].records.arms, whole.records.arms)
  t.is(whole.records.arms.twice.reptileStep?.tried.length, 3)
})

test('a step is made once, also where an earlier round favoured nothing and made none', async (t) => {
  const define = { twice: { base: 'omega-only', rounds: 2 } }
  const written = repaired(
    { arms: ['twice'], define, extraSteps: 60_000, reptileStep: { lengths: [0.1] } },
    { verdict: { effectiveShare: 0.5, foretold: 99 } }
  )
  // Round 1 reads the mining streams, 1 and 2: its weights are even. Round 2 flies halves of its own.
  const world = {
    omega: ({ trainA, parameters }: { trainA: Float64Array; parameters: number }) =>
      Array.from({ length: trainA.length / parameters }, (_, task) => (trainA[0] === 1 ? parameters / trainA.length : Number(task === 0)))
  }
  const whole = await done(written, { world })
  t.deepEqual(
    [whole.records.explanation?.verdict?.finding, whole.records.ownExplanations?.['twice@2'].verdict?.finding],
    ['spread', 'repair']
  )
  t.truthy(whole.records.arms.twice.reptileStep)
  const out = freshRun()
  for (let stops = 0; ; stops++) {
    let left = stops + 1
    const part = await record(written, { out, world, stop: (event) => event.type !== 'note' && left-- <= 0 })
    if (part.error === undefined) break
    if (stops > 200) return t.fail('it never ends')
  }
  t.deepEqual(outcome(out), outcome(whole.out))
  t.deepEqual((await loadRun(out)).seeds[0].records.arms, whole.records.arms)
})

test('weights: a policy moved by hand, its rates left alone', (t) => {
  const file = (theta: number[]) =>
    encodeTensors({ log_rates: { shape: [1], values: Float64Array.of(7) }, theta: { shape: [2], values: Float64Array.from(theta) } }, 'x')
  const theta = (bytes: Uint8Array) => Object.entries(decodeTensors(bytes, 'x')).map(([name, { values }]) => [name, ...values])
  t.deepEqual(theta(movedAlong(file([1, 2]), Float64Array.of(10, -4), 0.5)), [
    ['log_rates', 7],
    ['theta', 6, 0]
  ])
  t.throws(() => movedAlong(file([1, 2]), Float64Array.of(1), 1), { code: 'ERR_SHAPE', message: /2 parameters .* 1/ })
})
