import test from 'ava'
import type { NativeLearner } from '../../ts/native.js'
import { sampleTasks } from '../../ts/worlds/index.js'
import { advantage, learner, refused, STEP, type StepOptions, TASKS } from './learner.js'

const REGULARISE = { weight: 1e-3, prior: 'theta_0', priorStd: 0.1, initialStd: 0.01 }
const EVALUATION = { stream: 41, adaptations: 1, supportEpisodes: 10, queryEpisodes: 5, steps: 1, advantage }

/** The weights after one step of a fresh learner. */
async function stepped(made: NativeLearner, change: Partial<StepOptions>): Promise<Uint8Array> {
  await made.metaStep(TASKS, { ...STEP, ...change })
  return made.checkpoint()
}

test('weights of places: equal ones are those left out, others move the policy elsewhere', async (t) => {
  const plain = await stepped(learner(t), {})
  t.deepEqual(await stepped(learner(t), { weights: new Array(6).fill(1 / 6) }), plain)
  t.notDeepEqual(await stepped(learner(t), { weights: [1, 0, 0, 0, 0, 0] }), plain)
  t.is((await refused(() => learner(t).metaStep(TASKS, { ...STEP, weights: [1] }))).code, 'ERR_SHAPE')
  t.is((await refused(() => learner(t).metaStep(TASKS, { ...STEP, weights: [Number.NaN, 0, 0, 0, 0, 0] }))).code, 'ERR_NOT_FINITE')
})

test('streams of defined arms have random numbers of their own, up to where their iterations end', async (t) => {
  const seen = new Set<string>()
  for (const stream of [0, 1, 128, 128 + 256, 129 + 256, 255 + 4095 * 256]) {
    const bytes = await stepped(learner(t), { stream, iteration: 3 })
    seen.add(Buffer.from(bytes).toString('base64'))
  }
  t.is(seen.size, 6)
  const cases: Partial<StepOptions>[] = [{ stream: 2 ** 20 }, { stream: 300, iteration: 2 ** 20 }]
  for (const change of cases) t.is((await refused(() => learner(t).metaStep(TASKS, { ...STEP, ...change }))).code, 'ERR_USAGE')
  t.is((await refused(() => learner(t).metaStep(TASKS, { ...STEP, stream: 255, iteration: 2 ** 20 }))).code, 'none')
})

test('a Gaussian goes on from its checkpoint bit for bit, and ends with a plain step', async (t) => {
  const steps = [0, 1, 2, 3].map((iteration) => ({ iteration, regularise: REGULARISE }))
  const whole = learner(t)
  const start = whole.checkpoint()
  for (const step of steps) await whole.metaStep(TASKS, { ...STEP, ...step })
  const first = learner(t, { threads: 2 })
  for (const step of steps.slice(0, 2)) await first.metaStep(TASKS, { ...STEP, ...step })
  const second = learner(t, { seed: 5, threads: 3 })
  second.restore(first.checkpoint())
  t.deepEqual(second.checkpoint(), first.checkpoint())
  for (const step of steps.slice(2)) await second.metaStep(TASKS, { ...STEP, ...step })
  t.deepEqual(second.checkpoint(), whole.checkpoint())
  // Four rows of Q doubles in place of one: mean, spread and prior; none of it is left after a plain step.
  t.true(whole.checkpoint().length > 3 * 8 * whole.parameters)
  await whole.metaStep(TASKS, { ...STEP, iteration: 4 })
  t.true(whole.checkpoint().length < start.length + 8)
  // The mean alone is measured: evaluation does not know the spread.
  const evaluate = (made: NativeLearner) => made.evaluate(TASKS, EVALUATION)
  t.deepEqual(await evaluate(second), await evaluate(second))
})

test('figures of a Gaussian: a heavier penalty keeps it nearer its prior', async (t) => {
  const divergence = async (weight: number) => {
    const made = learner(t)
    let last = 0
    for (let iteration = 0; iteration < 3; iteration++) {
      const { posterior } = await made.metaStep(TASKS, { ...STEP, iteration, regularise: { ...REGULARISE, weight } })
      last = posterior?.divergence ?? Number.NaN
    }
    return last
  }
  // Before any step: Q (ln(s/sigma) + (sigma/s)^2 / 2 - 1/2) with s = 10 sigma.
  const start = learner(t).parameters * (Math.log(10) + 0.005 - 0.5)
  const [light, heavy] = [await divergence(1e-6), await divergence(1)]
  t.true(Math.abs(light / start - 1) < 0.2 && heavy < light, `${start} ${light} ${heavy}`)
  const { posterior } = await learner(t).metaStep(TASKS, STEP)
  t.true(posterior === undefined || posterior === null)
})

test('penalties that make no sense are named, and the weights stay', async (t) => {
  const made = learner(t)
  const before = made.checkpoint()
  const cases: [Partial<typeof REGULARISE>, RegExp][] = [
    [{ weight: -1 }, /retrain\.mr\.weight is -1/],
    [{ priorStd: 0 }, /retrain\.mr\.priorStd is 0/],
    [{ prior: 'theta' }, /retrain\.mr\.prior.*"theta".*theta_0, zero/],
    [{ initialStd: -1 }, /retrain\.mr\.initialStd/]
  ]
  for (const [change, message] of cases) {
    const error = await refused(() => made.metaStep(TASKS, { ...STEP, regularise: { ...REGULARISE, ...change } }))
    t.is(error.code, 'ERR_SPEC_INVALID', error.message)
    t.regex(error.message, message)
  }
  t.deepEqual(made.checkpoint(), before)
})

test('rows of tasks come by task number, and a pool that copies some tasks is matched by those', async (t) => {
  const made = learner(t)
  const rows = 60
  const train = await made.transitions(TASKS, EVALUATION, rows)
  t.is(train.width, 4 + 2 + 1)
  t.is(train.values.length, 6 * rows * 7)
  const second = await made.transitions(TASKS.slice(2, 4), EVALUATION, rows, [1])
  t.deepEqual(Array.from(second.values), Array.from(train.values.slice(rows * 7, 2 * rows * 7)))
  t.true(second.envSteps > 0 && second.envSteps < train.envSteps)
  const copy = (task: number) => Array.from(train.values.slice(task * rows * 7, (task + 1) * rows * 7))
  const target = Float64Array.from([copy(4), copy(4), copy(1), copy(4)].flat())
  const settings = { train: train.values, target, rows, width: 7, ridge: 0 }
  const found = await made.matchTasks(settings)
  const near = (a: number, b: number) => Math.abs(a - b) < 0.02
  t.true(near(found.weights[4], 0.75) && near(found.weights[1], 0.25), `${found.weights}`)
  // Without self pairs the copies are matched in the mean alone, and the unbiased discrepancy may be below 0.
  t.true(found.discrepancy < 1e-3 && found.evenDiscrepancy > 1e-2, `${found.discrepancy} ${found.evenDiscrepancy}`)
  t.is((await refused(() => made.matchTasks({ ...settings, width: 8 }))).code, 'ERR_SHAPE')
  t.is((await refused(() => made.transitions(TASKS, EVALUATION, 0))).code, 'ERR_SPEC_INVALID')
})

test('tasks that differ in what happens in them are told apart: the near ones of a far corner get the weight', async (t) => {
  const made = learner(t)
  const { values } = sampleTasks('drone-planar', 'training', 0, 6)
  // An unadapted policy flies alike everywhere; only rewards tell where the goal is.
  const corner = Float64Array.from([values[0], values[0], values[0]].flat())
  const train = await made.transitions(TASKS, { ...EVALUATION, supportEpisodes: 60, queryEpisodes: 40 }, 200)
  const target = await made.transitions(corner, { ...EVALUATION, supportEpisodes: 60, queryEpisodes: 40 }, 200, [10, 11, 12])
  const { weights } = await made.matchTasks({ train: train.values, target: target.values, rows: 200, width: 7, ridge: 1e-3 })
  const best = weights.indexOf(Math.max(...weights))
  const distance = (task: number) => Math.hypot(values[task][0] - values[0][0], values[task][1] - values[0][1])
  const nearest = [1, 2, 3, 4, 5].reduce((a, b) => (distance(a) < distance(b) ? a : b))
  t.true(best === 0 || best === nearest, `${weights} ${best} ${nearest}`)
})
