import test from 'ava'
import type { NativeLearner } from '../../ts/native.js'
import { sampleTasks } from '../../ts/worlds/index.js'
import { advantage, core, learner, OPTIONS, refused, TASKS } from './learner.js'

type Influence = Parameters<NativeLearner['explainInfluence']>[2]
type Rounds = Parameters<NativeLearner['alternatingRound']>[2]

const POOR = Float64Array.from(sampleTasks('drone-planar', 'evaluation', 0, 3).values.flat())
const INFLUENCE: Influence = {
  solver: 'implicit',
  supportEpisodes: 20,
  queryEpisodes: 10,
  streamA: 11,
  streamB: 12,
  damping: 60,
  maxIterations: 200,
  tolerance: 1e-9,
  top: 2,
  seed: 0,
  advantage
}
const ROUNDS: Rounds = {
  rounds: 4,
  upperRate: 1,
  lowerRate: 1,
  adjointRate: 1,
  averageRate: 1,
  entropy: 0.1,
  damping: 20,
  supportEpisodes: 10,
  queryEpisodes: 6,
  stream: 11,
  advantage
}
const EVALUATE = { stream: 13, adaptations: 1, supportEpisodes: 6, queryEpisodes: 1, steps: 1, advantage }

const finite = (values: Iterable<number>) => [...values].every(Number.isFinite)
const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...a.map((value, i) => value - b[i])) / Math.hypot(...b)

test('scores by inner products are those of the task gradients, which common random numbers make alike', async (t) => {
  const made = learner(t)
  const { scoresA, envSteps } = await made.explainInfluence(TASKS, POOR, { ...INFLUENCE, solver: 'gradient' })
  const sample = { stream: INFLUENCE.streamA, supportEpisodes: 20, queryEpisodes: 10, advantage }
  const train = await made.taskGradients(TASKS, sample)
  const poor = await made.taskGradients(POOR, sample, [6, 7, 8])
  const size = made.parameters
  const row = ({ gradients }: { gradients: Float64Array }, task: number) => gradients.subarray(task * size, (task + 1) * size)
  const aim = Array.from({ length: size }, (_, k) => [0, 1, 2].reduce((sum, task) => sum + row(poor, task)[k] / 3, 0))
  const scores = Array.from({ length: 6 }, (_, task) => aim.reduce((sum, a, k) => sum + a * row(train, task)[k], 0))
  t.true(distance(scores, scoresA) < 1e-9, `${distance(scores, scoresA)}`)
  // The second half has episodes of its own.
  t.true(envSteps > train.envSteps + poor.envSteps)
  // Two batches a half: their means, and the first is the one batch from before.
  const more = await made.explainInfluence(TASKS, POOR, { ...INFLUENCE, solver: 'gradient', batches: 2, queryEpisodes: 3 })
  const small = { ...sample, queryEpisodes: 3 }
  const parts = await Promise.all(
    [0, 1].map(async (batch) => [
      await made.taskGradients(TASKS, { ...small, batch }),
      await made.taskGradients(POOR, { ...small, batch }, [6, 7, 8])
    ])
  )
  const mean = (which: number, task: number, k: number) => (row(parts[0][which], task)[k] + row(parts[1][which], task)[k]) / 2
  const target = Array.from({ length: size }, (_, k) => [0, 1, 2].reduce((sum, task) => sum + mean(1, task, k) / 3, 0))
  const expected = Array.from({ length: 6 }, (_, task) => target.reduce((sum, a, k) => sum + a * mean(0, task, k), 0))
  t.true(distance(expected, more.scoresA) < 1e-9, `${distance(expected, more.scoresA)}`)
  const robust = await made.explainInfluence(TASKS, POOR, {
    ...INFLUENCE,
    solver: 'gradient',
    batches: 5,
    queryEpisodes: 3,
    average: 'median'
  })
  const plain = await made.explainInfluence(TASKS, POOR, { ...INFLUENCE, solver: 'gradient', batches: 5, queryEpisodes: 3 })
  t.is(robust.envSteps, plain.envSteps)
  t.notDeepEqual(robust.scores, plain.scores)
  t.true(robust.scores.every((score, task) => robust.low[task] <= score && score <= robust.high[task]))
  t.true(more.scores.every((score, task) => more.low[task] <= score && score <= more.high[task]))
  const same = Float64Array.from([...TASKS.subarray(0, 2), ...TASKS.subarray(0, 2)])
  const common = await made.taskGradients(same, sample, [3, 3])
  t.deepEqual(row(common, 0), row(common, 1))
  const mixed = await made.taskGradients(TASKS, { ...sample, mixedEpisodes: 5, mixedHorizon: 4 })
  t.true(mixed.envSteps < train.envSteps && finite(mixed.gradients))
  const error = await refused(() => made.taskGradients(TASKS, { ...sample, mixedEpisodes: 10 }))
  t.regex(`${error.code} ${error.message}`, /^ERR_SPEC_INVALID .*mixedEpisodes.*10 of 10/)
})

test('solvers of one linear system agree, those of another do not, and each says what it did', async (t) => {
  const run = (solver: string, over: Partial<Influence> = {}) => learner(t).explainInfluence(TASKS, POOR, { ...INFLUENCE, solver, ...over })
  const exact = await run('implicit')
  t.true(exact.info.converged && finite(exact.scores))
  for (const [solver, tolerance] of [
    ['nystrom', 1e-5],
    ['finite-difference', 1e-4],
    ['neumann', 1e-3]
  ] as const) {
    const found = await run(solver, { maxIterations: 2000 })
    t.is(found.info.damping, exact.info.damping, solver)
    t.true(distance(found.scores, exact.scores) < tolerance, `${solver}: ${distance(found.scores, exact.scores)}`)
    t.is(found.envSteps, exact.envSteps)
  }
  const newton = await run('gauss-newton')
  t.true(newton.info.converged && !newton.info.negativeCurvature && (newton.info.lambdaMin ?? -1) > -1e-9)
  t.true(distance(newton.scores, exact.scores) > 1e-3)
  const error = await refused(() => run('newton'))
  t.is(error.code, 'ERR_SPEC_INVALID')
  t.regex(error.message, /explain\.solver.*"newton".*gauss-newton/)
})

test('near-duplicate tasks are one group by their meta-gradients and by their directions', async (t) => {
  const twice = Float64Array.from([...TASKS.slice(0, 2), ...TASKS])
  const found = await learner(t).explainInfluence(twice, POOR, { ...INFLUENCE, solver: 'gradient', groupCosine: 1e-6 })
  t.is(found.groups.length, 7)
  t.deepEqual((await learner(t).explainInfluence(twice, POOR, { ...INFLUENCE, solver: 'gradient' })).groups, [])
  const direction = (angle: number) => [Math.cos(angle), Math.sin(angle), 0]
  // Centred on their mean, two opposite pairs: each pair is one group.
  const train = Float64Array.from([0, 0.05, Math.PI, Math.PI + 0.05].flatMap(direction))
  const poor = Float64Array.from(direction(0.02))
  const weights = await core.explainAdaptation({
    parameters: 3,
    trainA: train,
    trainB: train,
    poorA: poor,
    poorB: poor,
    rho: 0.05,
    top: 2,
    seed: 0,
    groupCosine: 0.99
  })
  t.deepEqual(weights.groups, [0, 0, 1, 1])
})

test('directions of different lengths: kept, a goal on a line is its own; of length one, both on its side are alike', async (t) => {
  const line = Float64Array.from([-3, 7, -1, 7, 1, 7, 3, 7])
  const poor = line.slice(6)
  const inputs = { parameters: 2, trainA: line, trainB: line, poorA: poor, poorB: poor, rho: 0.05, top: 2, seed: 0 }
  const [none, unit, kept] = [
    await core.explainAdaptation(inputs),
    await core.explainAdaptation({ ...inputs, lengths: 'unit' }),
    await core.explainAdaptation({ ...inputs, lengths: 'kept' })
  ]
  t.deepEqual(unit, none)
  t.true(Math.abs(unit.omega[3] - unit.omega[2]) < 1e-6)
  // .8 (w - 1) + .05 (2 w - 1) = 0, in units of the root mean square length.
  t.true(Math.abs(kept.omega[3] - 0.85 / 0.9) < 1e-6 && kept.omega[0] === 0)
  for (const { omega, effectiveTasks } of [unit, kept]) {
    t.true(Math.abs(effectiveTasks * omega.reduce((sum, weight) => sum + weight * weight, 0) - 1) < 1e-9)
  }
  const error = await refused(() => core.explainAdaptation({ ...inputs, lengths: 'half' }))
  t.is(error.code, 'ERR_SPEC_INVALID')
  t.regex(error.message, /lengths.*"half".*unit, kept/)
})

test('gains are foretold by halves that cross', async (t) => {
  const inputs = {
    parameters: 2,
    trainA: Float64Array.of(1, 0, 0, 1),
    trainB: Float64Array.of(2, 0, 0, 1),
    omegaA: [1, 0],
    omegaB: [0.75, 0.25],
    secondA: Float64Array.of(10, 0, 3, 4),
    secondB: Float64Array.of(0, 20, 3, 4),
    reference: 1
  }
  const { foretold, halves, unit } = await core.foretell(inputs)
  // d is (.5, -.5) and (.5, -.25); the mean second step of the one task of reference is (5, 10).
  const near = (value: number, truth: number) => t.true(Math.abs(value - truth) < 1e-12, `${value} ${truth}`)
  near(unit, Math.sqrt(125))
  near(halves[0][0], (-20 * Math.SQRT1_2) / unit)
  near(halves[1][0], 5 / Math.sqrt(0.3125) / unit)
  near(halves[0][1], -Math.SQRT1_2 / unit)
  near(halves[1][1], 0.5 / Math.sqrt(0.3125) / unit)
  for (const task of [0, 1]) near(foretold[task], (halves[0][task] + halves[1][task]) / 2)
  const error = await refused(() => core.foretell({ ...inputs, omegaB: [0.75, 0.5] }))
  t.regex(error.message, /omega.*half B.*1\.25.*simplex/)
  t.is((await refused(() => core.foretell({ ...inputs, secondB: new Float64Array(2) }))).code, 'ERR_SHAPE')
})

test('the Fisher metric is linear, symmetric and positive on directions, and changes the programme', async (t) => {
  const made = learner(t)
  const size = made.policyParameters
  t.is(
    made.layerSizes.reduce((a, b) => a + b),
    size
  )
  const { directions } = await made.directions(TASKS, { ...EVALUATE, supportEpisodes: 20 })
  const { directions: images, envSteps } = await made.fisherProducts(TASKS, EVALUATE, 10, directions)
  t.is(images.length, directions.length)
  t.true(envSteps > 0 && finite(images))
  const row = (of: Float64Array, i: number) => of.subarray(i * size, (i + 1) * size)
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)
  for (let i = 0; i < 6; i++) {
    t.true(dot(row(directions, i), row(images, i)) > 0)
    const [ij, ji] = [dot(row(directions, 0), row(images, i)), dot(row(directions, i), row(images, 0))]
    t.true(Math.abs(ij - ji) <= 1e-9 * Math.abs(dot(row(directions, 0), row(images, 0))))
  }
  const doubled = await made.fisherProducts(
    TASKS,
    EVALUATE,
    10,
    directions.map((value) => 2 * value)
  )
  t.true(doubled.directions.every((value, i) => Math.abs(value - 2 * images[i]) <= 1e-12 * Math.abs(value) + 1e-300))
  const [poor, poorImages] = [row(directions, 5), row(images, 5)]
  const shared = { parameters: size, trainA: directions, trainB: directions, poorA: poor, poorB: poor, rho: 0.05, top: 2, seed: 0 }
  const raw = await core.explainAdaptation(shared)
  const fisher = await core.explainAdaptation({ ...shared, images: [images, images, poorImages, poorImages] })
  const layers = await core.explainAdaptation({ ...shared, layers: made.layerSizes })
  // The poor task is training task 5 itself, whatever the metric.
  for (const found of [raw, fisher, layers]) t.is(found.omega.indexOf(Math.max(...found.omega)), 5)
  t.notDeepEqual(fisher.similarity, raw.similarity)
  t.notDeepEqual(layers.similarity, raw.similarity)
  for (const wrong of [
    { images: [images] },
    { layers: [1, 2] },
    { images: [images, images, poorImages, poorImages], layers: made.layerSizes }
  ]) {
    const error = await refused(() => core.explainAdaptation({ ...shared, ...wrong }))
    t.true(['ERR_SHAPE', 'ERR_USAGE'].includes(error.code), error.message)
  }
})

test('alternating rounds: weights on the simplex, the same bits after a stop and for any threads, the policy untouched', async (t) => {
  const rounds = async (threads: number) => {
    const made = new core.Learner({ ...OPTIONS, threads })
    t.teardown(() => made.dispose())
    const before = made.checkpoint()
    const out = [await made.alternatingRound(TASKS, POOR, ROUNDS)]
    for (let k = 1; k < 4; k++) out.push(await made.alternatingRound(TASKS, POOR, ROUNDS, out[k - 1].state))
    t.deepEqual(made.checkpoint(), before)
    return out
  }
  const found = await rounds(1)
  t.deepEqual(
    found.map((round) => round.round),
    [1, 2, 3, 4]
  )
  for (const { omega, scores, envSteps, damping, lambdaMin } of found) {
    t.true(Math.abs(omega.reduce((a, b) => a + b) - 1) < 1e-12 && omega.every((weight) => weight > 0))
    t.true(finite(scores) && envSteps > 0 && damping + lambdaMin > 0)
  }
  // The moving average starts at 0, so the first round leaves the weights even; then they part.
  t.true(found[0].omega.every((weight) => weight === found[0].omega[0]))
  t.true(new Set(found[3].omega).size === 6)
  t.deepEqual(await rounds(2), found)
  const other = await learner(t).alternatingRound(TASKS, POOR, { ...ROUNDS, stream: 12 })
  t.notDeepEqual(other.scores, found[0].scores)
  const torn = await refused(() => learner(t).alternatingRound(TASKS, POOR, ROUNDS, found[0].state.slice(0, 40)))
  t.is(torn.code, 'ERR_CHECKPOINT_CORRUPT', torn.message)
})
