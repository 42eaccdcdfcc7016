import test from 'ava'
import type { NativeLearner } from '../../ts/native.js'
import { sampleTasks } from '../../ts/worlds/index.js'
import { advantage, core, learner, refused, STEP, TASKS } from './learner.js'

type Influence = Parameters<NativeLearner['explainInfluence']>[2]
type Augment = Parameters<NativeLearner['augmentStep']>[1]

const POOR = Float64Array.from(sampleTasks('drone-planar', 'evaluation', 0, 3).values.flat())
const EVALUATE = { stream: 1, adaptations: 2, supportEpisodes: 12, queryEpisodes: 6, steps: 1, advantage }
const INFLUENCE: Influence = {
  solver: 'implicit',
  supportEpisodes: 20,
  queryEpisodes: 10,
  streamA: 11,
  streamB: 12,
  damping: 20,
  maxIterations: 60,
  tolerance: 1e-8,
  top: 2,
  seed: 0,
  advantage
}
const AUGMENT: Augment = {
  family: 'kumaraswamy',
  phi: core.mixStart('kumaraswamy'),
  samples: 4,
  figures: true,
  sets: 3,
  episodes: 4,
  supportEpisodes: 12,
  horizon: 25,
  beta: 1,
  delta: 20,
  stream: 21,
  iteration: 0,
  taskIds: [0, 1],
  advantage
}
const FAMILIES = ['uniform', 'kumaraswamy', 'logit-normal', 'beta', 'mixture']
const GRID = Array.from({ length: 2001 }, (_, i) => i / 2000)

const finite = (values: Iterable<number>) => [...values].every(Number.isFinite)

test('evaluation: shapes, finite, the same bits for any threads, and a part of a pool draws what the pool draws', async (t) => {
  const whole = await learner(t).evaluate(TASKS, EVALUATE)
  t.deepEqual([whole.returns.length, whole.success.length, whole.perAdaptation.length], [6, 6, 12])
  t.true(finite(whole.returns) && whole.success.every((share) => share >= 0 && share <= 1))
  whole.returns.forEach((value, i) => {
    t.true(Math.abs(value - (whole.perAdaptation[2 * i] + whole.perAdaptation[2 * i + 1]) / 2) < 1e-12)
  })
  t.deepEqual(await learner(t, { threads: 3 }).evaluate(TASKS, EVALUATE), whole)
  const part = await learner(t).evaluate(TASKS.slice(6, 10), EVALUATE, [3, 4])
  t.deepEqual([...part.returns], [...whole.returns.slice(3, 5)])
  const other = await learner(t).evaluate(TASKS, { ...EVALUATE, stream: 2 })
  t.notDeepEqual(other.returns, whole.returns)
  const error = await refused(() => learner(t).evaluate(TASKS, EVALUATE, [1, 2]))
  t.is(error.code, 'ERR_SHAPE', error.message)
})

test('displacements: the steps of the mean adaptation, whatever is scored, and the scores of an evaluation without', async (t) => {
  const [plain, kept] = [await learner(t).evaluate(TASKS, EVALUATE), await learner(t).evaluate(TASKS, { ...EVALUATE, displacements: 2 })]
  const { displacements, furtherSteps, ...scores } = kept
  t.deepEqual({ ...scores, displacements: new Float32Array(0), furtherSteps: 0 }, plain)
  const size = 6 * learner(t).policyParameters
  t.true(displacements.length === 2 * size && finite(displacements) && displacements.every((value) => Math.abs(value) < 10))
  t.true(furtherSteps > 0)
  // After two steps both belong to the evaluation itself, and are the same.
  const two = await learner(t).evaluate(TASKS, { ...EVALUATE, steps: 2, displacements: 2 })
  t.deepEqual([two.displacements, two.furtherSteps], [displacements, 0])
  // EVALUATE has two adaptations, and the first alone is not their mean.
  const one = await learner(t).evaluate(TASKS, { ...EVALUATE, adaptations: 1, displacements: 1 })
  t.notDeepEqual(one.displacements, displacements.slice(0, size))
  const part = await learner(t).evaluate(TASKS.slice(6, 10), { ...EVALUATE, displacements: 2 }, [3, 4])
  const P = learner(t).policyParameters
  t.deepEqual(part.displacements.slice(0, 2 * P), displacements.slice(3 * P, 5 * P))
  t.deepEqual(part.displacements.slice(2 * P), displacements.slice(size + 3 * P, size + 5 * P))
})

test('no adaptation step: the unadapted policy is flown, no support episode is, and no direction is left', async (t) => {
  const none = { ...EVALUATE, steps: 0 }
  const before = await learner(t).evaluate(TASKS, none)
  t.deepEqual([...(await learner(t).evaluate(TASKS, { ...none, supportEpisodes: 99 })).returns], [...before.returns])
  const one = await learner(t).evaluate(TASKS, EVALUATE)
  t.true(before.envSteps < one.envSteps)
  t.notDeepEqual([...one.returns], [...before.returns])
  const { directions, envSteps } = await learner(t).directions(TASKS, none)
  t.true(directions.length === 6 * learner(t).policyParameters && directions.every((value) => value === 0) && envSteps === 0)
})

test('how states are mixed and repaired is counted, and an unknown name refused', async (t) => {
  const tasks = TASKS.slice(0, 4)
  const figures = async (mix: string, repair: string) => {
    const { infeasible, lifted, redraws, gaveUp, cmi } = await learner(t).augmentStep(tasks, { ...AUGMENT, mix, repair })
    return { infeasible, lifted, redraws, gaveUp, cmi }
  }
  const { cmi, ...linear } = await figures('linear', 'reject')
  t.true(Number.isFinite(cmi) && Object.values(linear).every((count) => Number.isInteger(count) && count >= 0))
  t.true(linear.lifted === 0 && linear.redraws <= linear.infeasible, JSON.stringify(linear))
  t.deepEqual(await figures('geodesic', 'reject'), { cmi, ...linear }, 'a point has no angles to wrap')
  t.is((await figures('linear', 'none')).redraws, 0)
  for (const [change, message] of [
    [{ mix: 'cubic' }, /mix.*"cubic".*linear, geodesic/],
    [{ repair: 'drop' }, /repair.*"drop".*none, lift, reject/]
  ] as const) {
    const error = await refused(() => learner(t).augmentStep(tasks, { ...AUGMENT, ...change }))
    t.is(error.code, 'ERR_SPEC_INVALID', error.message)
    t.regex(error.message, message)
    const step = await refused(() => learner(t).metaStep(TASKS, { ...STEP, ...change }))
    t.is(step.code, 'ERR_SPEC_INVALID', step.message)
  }
})

test('evaluating moves no weights', async (t) => {
  const made = learner(t)
  const before = made.checkpoint()
  await made.evaluate(TASKS, EVALUATE)
  await made.directions(TASKS, EVALUATE)
  await made.explainInfluence(TASKS, POOR, { ...INFLUENCE, solver: 'gradient' })
  await made.augmentStep(TASKS.slice(0, 4), AUGMENT)
  await made.episodes(TASKS.slice(0, 2), EVALUATE)
  t.deepEqual(made.checkpoint(), before)
})

test('explaining in adaptation space: weights on the simplex that find a planted mixture', async (t) => {
  const made = learner(t)
  const { directions, envSteps } = await made.directions(TASKS, { ...EVALUATE, supportEpisodes: 40 })
  const P = made.policyParameters
  t.is(directions.length, 6 * P)
  t.true(finite(directions) && envSteps > 0)
  // Two poor tasks that move the policy exactly as tasks 1 and 4 do: half the weight on each is the only optimum.
  const planted = Float64Array.from([...directions.slice(P, 2 * P), ...directions.slice(4 * P, 5 * P)])
  const inputs = { parameters: P, trainA: directions, trainB: directions, poorA: planted, poorB: planted, rho: 1e-9, top: 2, seed: 0 }
  const found = await core.explainAdaptation(inputs)
  t.true(Math.abs(found.omega.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-9)
  found.omega.forEach((weight, task) => {
    t.true(Math.abs(weight - (task === 1 || task === 4 ? 0.5 : 0)) < 1e-5, `omega[${task}] = ${weight}`)
    t.true(weight >= 0 && found.low[task] <= found.high[task])
  })
  t.deepEqual(found.omegaA, found.omegaB)
  t.is(found.topOverlap, 1)
  t.true(found.gap < 1e-6, `${found.gap}`)
  const torn = await refused(() => core.explainAdaptation({ ...inputs, trainB: directions.slice(1) }))
  t.is(torn.code, 'ERR_SHAPE', torn.message)
})

test('the implicit explanation: finite scores, residual within the tolerance', async (t) => {
  const found = await learner(t).explainInfluence(TASKS, POOR, INFLUENCE)
  for (const values of [found.scores, found.scoresA, found.scoresB, found.low, found.high, found.gradientScores]) {
    t.is(values.length, 6)
    t.true(finite(values))
  }
  t.true(found.low.every((low, i) => low <= found.high[i]))
  const { info } = found
  t.true(info.converged && info.residual <= INFLUENCE.tolerance, `${info.residual}`)
  t.true(info.damping >= INFLUENCE.damping && info.iterations > 0 && info.iterations <= 60)
  t.true(finite([info.nonStationarity, info.identitySpearman, info.topStability]))
  t.true(info.lambdaMin !== undefined && info.lambdaMax !== undefined && info.lambdaMin < info.lambdaMax)
  t.true(found.envSteps > 0 && Math.abs(found.splitHalfSpearman) <= 1 && found.topOverlap >= 0 && found.topOverlap <= 1)
  t.deepEqual(await learner(t, { threads: 3 }).explainInfluence(TASKS, POOR, INFLUENCE), found)
})

test('the gradient explanation is the inner products; an unknown solver is refused', async (t) => {
  const found = await learner(t).explainInfluence(TASKS, POOR, { ...INFLUENCE, solver: 'gradient' })
  const implicit = await learner(t).explainInfluence(TASKS, POOR, INFLUENCE)
  t.deepEqual(found.scores, found.gradientScores)
  t.deepEqual(found.gradientScores, implicit.gradientScores)
  t.notDeepEqual(found.scores, implicit.scores)
  const error = await refused(() => learner(t).explainInfluence(TASKS, POOR, { ...INFLUENCE, solver: 'shapley' }))
  t.is(error.code, 'ERR_SPEC_INVALID', error.message)
})

test('every mixing law is a symmetric density', (t) => {
  for (const family of FAMILIES) {
    const start = core.mixStart(family)
    const slope = start.map((_, k) => (k % 2 === 0 ? 1 : -1))
    for (const phi of start.length
      ? [start, core.mixAscend(family, start, slope, 0.3), core.mixAscend(family, start, slope, -0.3)]
      : [start]) {
      const density = core.mixDensity(family, phi, GRID)
      t.true(density.every((p) => Number.isFinite(p) && p >= 0))
      density.forEach((p, i) => {
        t.true(Math.abs(p - density[2000 - i]) < 1e-9 * Math.max(1, p), `${family} at ${GRID[i]}`)
      })
      const integral = density.slice(1).reduce((sum, p, i) => sum + (p + density[i]) / 4000, 0)
      t.true(Math.abs(integral - 1) < 0.03, `${family} [${phi}] integrates to ${integral}`)
    }
  }
  t.deepEqual(core.mixStart('uniform'), [])
  t.true(core.mixDensity('uniform', [], GRID).every((p) => p === 1))
  // The member nearest to U(0,1): all but the logit-normal have it.
  for (const family of ['kumaraswamy', 'beta', 'mixture'])
    t.true(core.mixDensity(family, core.mixStart(family), GRID).every((p) => Math.abs(p - 1) < 1e-12))
})

test('ascent moves along the gradient and stays inside the box', async (t) => {
  for (const family of FAMILIES.slice(1)) {
    const start = core.mixStart(family)
    t.deepEqual(
      core.mixAscend(
        family,
        start,
        start.map(() => 0),
        0.1
      ),
      start
    )
    const up = core.mixAscend(
      family,
      start,
      start.map(() => 1),
      0.05
    )
    t.true(up.every((value, k) => value > start[k]))
    const far = core.mixAscend(
      family,
      start,
      start.map(() => 1),
      1e9
    )
    t.true(finite(far) && core.mixDensity(family, far, [0.5]).every(Number.isFinite))
  }
  for (const call of [
    () => core.mixStart('gamma'),
    () => core.mixDensity('kumaraswamy', [], [0.5]),
    () => core.mixAscend('uniform', [], [1], 1)
  ])
    t.regex((await refused(call)).code, /^ERR_(SPEC_INVALID|SHAPE)$/)
})

test('augmentation: the null under common random numbers is exactly 0, the bounds are in order', async (t) => {
  const tasks = TASKS.slice(0, 4)
  for (const family of FAMILIES) {
    const settings = { ...AUGMENT, family, phi: core.mixStart(family) }
    const found = await learner(t).augmentStep(tasks, settings)
    t.is(found.nullCmi, 0, family)
    t.true(found.cmi > 0 && found.noiseNull! > 0 && found.informationGain! >= 0 && found.value === found.cmi, JSON.stringify(found))
    t.true(found.upperBound >= found.cmi)
    t.is(found.gradPhi.length, settings.phi.length)
    t.true(finite(found.gradPhi) && found.envSteps > 0)
    t.deepEqual(await learner(t, { threads: 2 }).augmentStep(tasks, settings), found)
  }
  const fresh = await learner(t).augmentStep(tasks, { ...AUGMENT, iteration: 1 })
  t.not(fresh.cmi, (await learner(t).augmentStep(tasks, AUGMENT)).cmi)
  const error = await refused(() => learner(t).augmentStep(tasks, { ...AUGMENT, sets: 1 }))
  t.is(error.code, 'ERR_SPEC_INVALID', error.message)
})

test('either objective has a gradient by either route; what only figures need is not flown', async (t) => {
  const tasks = TASKS.slice(0, 4)
  const step = (change: Partial<Augment>) => learner(t).augmentStep(tasks, { ...AUGMENT, family: 'beta', phi: [0.2, 0.1], ...change })
  const plain = await step({ figures: false })
  t.deepEqual([plain.nullCmi, plain.noiseNull, plain.informationGain], [undefined, undefined, undefined])
  t.is(plain.pairs, 2 * AUGMENT.episodes)
  t.true(plain.envSteps < (await step({})).envSteps)
  for (const objective of ['mixture', 'information-gain']) {
    for (const gradient of ['score', 'pathwise']) {
      const found = await step({ objective, gradient, figures: false })
      t.true(found.value > 0 && (objective === 'mixture') === (found.value === found.cmi), `${objective} ${gradient}`)
      t.true(found.gradPhi.length === 2 && found.gradPhi.every((slope) => Number.isFinite(slope) && slope !== 0))
      t.is(found.gaveUp, 0)
    }
  }
  for (const [change, message] of [
    [{ objective: 'entropy' }, /augment\.objective is entropy; give one of mixture information-gain/],
    [{ gradient: 'adjoint' }, /augment\.gradient is adjoint; give one of score pathwise/]
  ] as const) {
    const error = await refused(() => step(change))
    t.is(error.code, 'ERR_SPEC_INVALID')
    t.regex(error.message, message)
  }
})

test('episodes: every state of every episode, the last one at the goal if and only if it succeeded', async (t) => {
  const { states, lengths, success } = await learner(t).episodes(TASKS.slice(0, 2), { ...EVALUATE, queryEpisodes: 7 })
  t.deepEqual([lengths.length, success.length], [7, 7])
  t.true(lengths.every((length) => length >= 2 && length <= 26))
  const rows = lengths.reduce((sum, length) => sum + length, 0)
  t.is(states.length, rows * 4)
  t.true(finite(states))
  let end = 0
  for (const [episode, length] of lengths.entries()) {
    end += length
    const [x, y] = states.subarray((end - 1) * 4, (end - 1) * 4 + 2)
    t.is(Math.hypot(x - TASKS[0], y - TASKS[1]) < 1, success[episode])
  }
})

test('a float32 libtorch learner explains, augments and evaluates like the float64 one', async (t) => {
  const single = learner(t, { calculus: 'libtorch', dtype: 'float32' })
  const double = learner(t)
  const [a, b] = await Promise.all([single, double].map((made) => made.evaluate(TASKS, EVALUATE)))
  t.deepEqual(a.envSteps > 0, true)
  t.true(a.returns.every((value, i) => Math.abs(value - b.returns[i]) < 1.5))
  const stats = await single.metaStep(TASKS, STEP)
  t.true(stats.accepted && Number.isFinite(stats.gradientNorm))
  const [influence, augmented] = await Promise.all([
    single.explainInfluence(TASKS, POOR, { ...INFLUENCE, tolerance: 1e-4 }),
    single.augmentStep(TASKS.slice(0, 4), AUGMENT)
  ])
  t.true(finite(influence.scores))
  t.is(augmented.nullCmi, 0)
})
