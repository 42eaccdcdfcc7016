// `npm run study:estimators`: can more than a small sample make meta-gradients a usable explanation? On the planar drone's tuning
// seeds, scores of the training tasks by several estimators, each from two independent halves: how far the halves agree, how many of
// the five best tasks are truly rare, and how the scores go with what raising each task alone really did (the record
// drone-planar-influence, same seeds). Writes docs/results/explain-estimators.csv. Theta_0 is trained once and kept in runs/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main, setUp } from './setup.mjs'
import { root } from './terminal.mjs'

const SEEDS = [100, 101, 102, 103]
const RUNS = process.env.XMRL_STUDY_DIR ?? join(root, 'runs')
const TOP = 5
/** Flights of one batch: an explanation's default. */
const BATCH = { supportFlights: 400, queryFlights: 60 }
/** Batches behind the larger samples. */
const BATCHES = 8
/** A batch of a tenth of the flights: many adaptations on little each, at the same cost. */
const SMALL = { supportFlights: 40, queryFlights: 6 }
const SMALL_BATCHES = 10
/** Training iterations that gradients are accumulated over, at that phase's own batch. */
const LAST = 60
const TRAINING_BATCH = { supportFlights: 160, queryFlights: 20 }
/** Length of the step whose effect is flown, in parameters: about that of a meta-step. */
const STEP = 0.1

const sum = (values) => values.reduce((total, value) => total + value, 0)
const dot = (a, b) => a.reduce((total, value, k) => total + value * b[k], 0)
const rows = (flat, size) => Array.from({ length: flat.length / size }, (_, i) => flat.subarray(i * size, (i + 1) * size))
const meanOf = (list) => Float64Array.from(list[0], (_, k) => sum(list.map((row) => row[k])) / list.length)

/** The geometric median of vectors (Weiszfeld's iteration): the robust average that one wild batch cannot move far. */
function geometricMedian(list) {
  let at = meanOf(list)
  for (let round = 0; round < 200; round++) {
    const weights = list.map((row) => 1 / Math.max(1e-12, Math.hypot(...row.map((value, k) => value - at[k]))))
    const total = sum(weights)
    at = Float64Array.from(at, (_, k) => sum(list.map((row, i) => weights[i] * row[k])) / total)
  }
  return at
}

/** Theta_0 of a seed with the checkpoint of every iteration, its tasks and its poor tasks. */
async function trained(xmrl, seed) {
  const out = join(RUNS, `estimators-${seed}`)
  const experiment = xmrl.defineExperiment({
    environment: 'drone-planar',
    seeds: [seed],
    checkpoint: { every: 1, keep: LAST + 1 },
    explain: { allowUnreliable: true }
  })
  for await (const _ of xmrl.runExperiment(experiment, { out, resume: existsSync(join(out, 'resolved.json')), until: 'explain' }));
  const [found] = (await xmrl.loadRun(out)).seeds
  return { out, spec: experiment.spec, records: found.records }
}

/** One line a seed and estimator. */
async function study(seed, effects) {
  const xmrl = await import('../dist/index.js')
  const { out, spec, records } = await trained(xmrl, seed)
  const { training, evaluation } = records.tasks.pools
  const poor = records.poor.evaluation.map((task) => evaluation.values[task])
  // Numbers of the poor tasks follow those of the training pool.
  const trainingIds = training.values.map((_, task) => task)
  const poorIds = records.poor.evaluation.map((task) => training.values.length + task)
  const learner = new xmrl.Learner(spec, seed, { device: 'cpu' })
  const size = learner.native.parameters
  const iterations = sum(spec.train.phases.map((phase) => phase.iterations))
  const weights = (iteration) => readFileSync(join(out, 'checkpoints', `train-${iteration}`, 'weights.safetensors'))
  const theta0 = weights(iterations)
  let envSteps = 0
  const gradients = async (tasks, sample) => {
    const found = await learner.taskGradients(tasks, sample)
    envSteps += found.envSteps
    return rows(found.gradients, size)
  }
  /** `[batches][task]` gradients at theta_0; with `common` every task flies under the same numbers. */
  const batches = async (half, count, { common = false, ...sample } = {}) => {
    const list = []
    for (let batch = 0; batch < count; batch++) {
      const own = { ...BATCH, ...sample, stream: 1000 + 500 * half + batch }
      const ids = (tasks, numbers) => (common ? tasks.map(() => 0) : numbers)
      const train = await gradients(training.values, { ...own, ids: ids(training.values, trainingIds) })
      const { mixedFlights: _mixed, ...plain } = own
      list.push({ train, aim: meanOf(await gradients(poor, { ...plain, ids: ids(poor, poorIds) })) })
    }
    return list
  }
  const tasksOf = (list, average) => training.values.map((_, task) => average(list.map(({ train }) => train[task])))
  const scores = (train, aim) => train.map((gradient) => dot(gradient, aim))
  const means = (list, average = meanOf) => scores(tasksOf(list, average), average(list.map(({ aim }) => aim)))

  /**
   * Slope of every task's return along a direction by flights under common random numbers, adapted anew on either side: a
   * pathwise derivative by central differences, through adaptation and world alike.
   */
  const slopes = async (direction, tasks, ids, half) => {
    const options = learner.evaluation(2000 + half, { adaptations: 1 })
    const at = async (sign) => {
      const moved = xmrl.decodeTensors(theta0, 'theta_0')
      const scale = (sign * STEP) / Math.hypot(...direction)
      const policy = moved.theta.values.length
      moved.theta.values = moved.theta.values.map((value, k) => value + scale * direction[k])
      moved.log_rates.values = moved.log_rates.values.map((value, k) => value + scale * direction[policy + k])
      learner.restore(xmrl.encodeTensors(moved, 'xmrl-meta-1'))
      const done = await learner.native.evaluate(Float64Array.from(tasks.flat()), options, ids)
      envSteps += done.envSteps
      return done.returns
    }
    const [above, below] = [await at(1), await at(-1)]
    learner.restore(theta0)
    return Array.from(above, (value, task) => (value - below[task]) / (2 * STEP))
  }
  /** What a step along each direction does to the poor tasks' mean return. */
  const flown = async (directions, half) => {
    const found = []
    for (const direction of directions) found.push(sum(await slopes(direction, poor, poorIds, half)) / poor.length)
    return found
  }
  /** Gradients of the training tasks at every other of the last iterations, at the batch that training flies anyway. */
  const accumulated = async (half) => {
    const list = []
    for (let back = half; back < LAST; back += 2) {
      learner.restore(weights(iterations - LAST + back))
      list.push(await gradients(training.values, { ...TRAINING_BATCH, stream: 3000 + back }))
    }
    learner.restore(theta0)
    return training.values.map((_, task) => meanOf(list.map((train) => train[task])))
  }

  learner.restore(theta0)
  const found = []
  /** Runs an estimator on both halves and notes what its scores are worth. */
  const judge = (estimator, halves, steps) => {
    const pooled = halves[0].map((score, task) => (score + halves[1][task]) / 2)
    const best = pooled.map((_, task) => task).sort((a, b) => pooled[b] - pooled[a])
    found.push({
      seed,
      estimator,
      steps,
      splitHalf: xmrl.spearman(halves[0], halves[1]),
      rareOfTop: best.slice(0, TOP).filter((task) => training.rare[task]).length / TOP,
      effect: xmrl.spearman(pooled, effects)
    })
  }
  const steps = async (make) => {
    const before = envSteps
    const made = await make()
    return [made, envSteps - before]
  }
  const [plain, plainSteps] = await steps(async () => [await batches(0, BATCHES), await batches(1, BATCHES)])
  judge(
    'one batch',
    plain.map((list) => means(list.slice(0, 1))),
    Math.round(plainSteps / BATCHES)
  )
  judge(
    `mean of ${BATCHES} batches`,
    plain.map((list) => means(list)),
    plainSteps
  )
  judge(
    `geometric median of ${BATCHES}`,
    plain.map((list) => means(list, geometricMedian)),
    plainSteps
  )
  const [small, smallSteps] = await steps(async () => [
    await batches(0, BATCHES * SMALL_BATCHES, SMALL),
    await batches(1, BATCHES * SMALL_BATCHES, SMALL)
  ])
  for (const count of [SMALL_BATCHES, BATCHES * SMALL_BATCHES]) {
    const part = small.map((list) => list.slice(0, count))
    const cost = Math.round((smallSteps * count) / (BATCHES * SMALL_BATCHES))
    judge(
      `mean of ${count} small batches`,
      part.map((list) => means(list)),
      cost
    )
    judge(
      `geometric median of ${count} small`,
      part.map((list) => means(list, geometricMedian)),
      cost
    )
  }
  const [common, commonSteps] = await steps(async () => [
    await batches(0, BATCHES, { common: true }),
    await batches(1, BATCHES, { common: true })
  ])
  judge(
    'one batch, common random numbers',
    common.map((list) => means(list.slice(0, 1))),
    Math.round(commonSteps / BATCHES)
  )
  judge(
    `mean of ${BATCHES}, common random numbers`,
    common.map((list) => means(list)),
    commonSteps
  )
  const half = BATCH.queryFlights / 2
  const [mixed, mixedSteps] = await steps(async () => [
    await batches(0, BATCHES, { mixedFlights: half }),
    await batches(1, BATCHES, { mixedFlights: half })
  ])
  judge(
    `augmented task, mean of ${BATCHES}`,
    mixed.map((list) => means(list)),
    mixedSteps
  )
  const [along, alongSteps] = await steps(async () => [await accumulated(0), await accumulated(1)])
  const aims = plain.map((list) => meanOf(list.map(({ aim }) => aim)))
  // The training tasks' share costs nothing that training has not flown; the poor tasks' gradients do.
  judge(
    `accumulated over ${LAST} iterations`,
    along.map((train, i) => scores(train, aims[i])),
    alongSteps
  )
  const [slope, slopeSteps] = await steps(async () => [
    await slopes(aims[0], training.values, trainingIds, 0),
    await slopes(aims[1], training.values, trainingIds, 1)
  ])
  judge("pathwise, along the poor tasks' gradient", slope, plainSteps + slopeSteps)
  const [effect, effectSteps] = await steps(async () => [
    await flown(tasksOf(plain[0], meanOf), 0),
    await flown(tasksOf(plain[1], meanOf), 1)
  ])
  judge('pathwise, a step along its own gradient', effect, plainSteps + effectSteps)
  const { explanation } = records
  const adaptation = {
    seed,
    estimator: 'adaptation space',
    steps: explanation.envSteps,
    splitHalf: explanation.splitHalfSpearman,
    rareOfTop:
      [...explanation.omega.keys()]
        .sort((a, b) => explanation.omega[b] - explanation.omega[a])
        .slice(0, TOP)
        .filter((task) => training.rare[task]).length / TOP,
    effect: xmrl.spearman(explanation.omega, effects)
  }
  found.push(adaptation)
  await learner.dispose()
  return found
}

await main(async () => {
  await setUp()
  mkdirSync(RUNS, { recursive: true })
  const record = JSON.parse(readFileSync(join(root, 'docs', 'results', 'drone-planar-influence.json'), 'utf8'))
  const lines = []
  for (const seed of SEEDS) {
    const { validation } = record.seeds.find((one) => one.seed === seed)
    for (const line of await study(seed, validation.raiseEach.gains)) {
      lines.push(line)
      const { estimator, steps, splitHalf, rareOfTop, effect } = line
      process.stdout.write(
        `${seed} ${estimator.padEnd(40)} ${(steps / 1e6).toFixed(2)} M split-half ${splitHalf.toFixed(2)} rare ${rareOfTop.toFixed(1)} effect ${effect.toFixed(2)}\n`
      )
    }
  }
  const text = lines.map(({ seed, estimator, steps, splitHalf, rareOfTop, effect }) =>
    [seed, `"${estimator}"`, steps, splitHalf.toFixed(4), rareOfTop.toFixed(2), effect.toFixed(4)].join(',')
  )
  const header = 'seed,estimator,env steps,split-half Spearman,rare share of the five best,Spearman with the effect of raising the task'
  writeFileSync(join(root, 'docs', 'results', 'explain-estimators.csv'), `${header}\n${text.join('\n')}\n`)
})
