// `npm run study:estimators`: can more than a small sample make meta-gradients a usable explanation? On the planar drone's tuning
// seeds, scores of the training tasks by several estimators, each from two independent halves: how far the halves agree, how many of
// the five best tasks are truly rare, and how the scores go with what raising each task alone really did (the record
// drone-planar-influence, same seeds). Writes docs/results/explain-estimators.csv. Theta_0 is trained once and kept in runs/.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from '../setup/setup.mjs'
import { main, root } from '../setup/terminal.mjs'

const SEEDS = [100, 101, 102, 103]
const RUNS = process.env.XMRL_STUDY_DIR ?? join(root, 'runs')
const TOP = 5
/** Episodes of one batch: an explanation's default. */
const BATCH = { supportEpisodes: 400, queryEpisodes: 60 }
/** Batches behind the larger samples. */
const BATCHES = 8
/** A batch of a tenth of the episodes: many adaptations on little each, at the same cost. */
const SMALL = { supportEpisodes: 40, queryEpisodes: 6 }
const SMALL_BATCHES = 10
/** Training iterations that gradients are accumulated over, at that phase's own batch. */
const LAST = 60
const TRAINING_BATCH = { supportEpisodes: 160, queryEpisodes: 20 }
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
  const run = await xmrl.runExperiment(experiment, { out, resume: existsSync(join(out, 'resolved.json')), until: 'explain' })
  const [{ path, records }] = run.seeds
  return { path, spec: experiment.spec, records }
}

/** Theta_0 of a seed with its tasks: samples of meta-gradients, and slopes of flown returns. */
class Lab {
  constructor(xmrl, { path, spec, records }, seed) {
    const { training, evaluation } = records.tasks.pools
    this.xmrl = xmrl
    this.training = training.values
    this.trainingIds = this.training.map((_, task) => task)
    this.poor = records.poor.evaluation.map((task) => evaluation.values[task])
    // Numbers of the poor tasks follow those of the training pool.
    this.poorIds = records.poor.evaluation.map((task) => this.training.length + task)
    this.iterations = sum(spec.train.phases.map((phase) => phase.iterations))
    this.weights = (iteration) => readFileSync(join(path, 'checkpoints', `train-${iteration}`, 'weights.safetensors'))
    this.theta0 = this.weights(this.iterations)
    // What is evaluated here are slopes, of one adaptation each.
    this.learner = new xmrl.Learner({ ...spec, evaluate: { ...spec.evaluate, adaptations: 1 } }, seed, { device: 'cpu' })
    this.learner.restore(this.theta0)
    this.envSteps = 0
  }

  /** `[N]` gradients at the present weights. */
  async gradients(tasks, sample) {
    const found = await this.learner.taskGradients(tasks, sample)
    this.envSteps += found.envSteps
    return rows(found.gradients, this.learner.parameters)
  }

  /** `count` batches of one half at theta_0: every training task's gradient, and the poor tasks' mean one; `common` gives every task the same numbers. */
  async batches(half, count, { common = false, mixedEpisodes = 0, ...episodes } = {}) {
    const list = []
    const ids = (numbers) => (common ? numbers.map(() => 0) : numbers)
    for (let batch = 0; batch < count; batch++) {
      const own = { ...BATCH, ...episodes, stream: 1000 + 500 * half + batch }
      const train = await this.gradients(this.training, { ...own, mixedEpisodes, ids: ids(this.trainingIds) })
      list.push({ train, aim: meanOf(await this.gradients(this.poor, { ...own, ids: ids(this.poorIds) })) })
    }
    return list
  }

  /** Gradients of the training tasks over every other of the last iterations, at the batch that training flies anyway. */
  async accumulated(half) {
    const list = []
    for (let back = half; back < LAST; back += 2) {
      this.learner.restore(this.weights(this.iterations - LAST + back))
      list.push(await this.gradients(this.training, { ...TRAINING_BATCH, stream: 3000 + back }))
    }
    this.learner.restore(this.theta0)
    return this.trainingIds.map((task) => meanOf(list.map((train) => train[task])))
  }

  /**
   * Slope of every task's return along a direction by episodes under common random numbers, adapted anew on either side: a
   * pathwise derivative by central differences, through adaptation and world alike.
   */
  async slopes(direction, tasks, ids, half) {
    const at = async (sign) => {
      const moved = this.xmrl.decodeTensors(this.theta0, 'theta_0')
      const scale = (sign * STEP) / Math.hypot(...direction)
      const policy = moved.theta.values.length
      moved.theta.values = moved.theta.values.map((value, k) => value + scale * direction[k])
      moved.log_rates.values = moved.log_rates.values.map((value, k) => value + scale * direction[policy + k])
      this.learner.restore(this.xmrl.encodeTensors(moved, 'xmrl-meta-1'))
      const done = await this.learner.evaluate(tasks, 2000 + half, {}, ids)
      this.envSteps += done.envSteps
      return done.returns
    }
    const [above, below] = [await at(1), await at(-1)]
    this.learner.restore(this.theta0)
    return above.map((value, task) => (value - below[task]) / (2 * STEP))
  }

  /** What a step along each direction does to the poor tasks' mean return. */
  async flown(directions, half) {
    const found = []
    for (const direction of directions) found.push(sum(await this.slopes(direction, this.poor, this.poorIds, half)) / this.poor.length)
    return found
  }

  /** Both halves of an estimator, and the environment steps they took. */
  async both(make) {
    const before = this.envSteps
    const halves = [await make(0), await make(1)]
    return [halves, this.envSteps - before]
  }
}

const scores = (train, aim) => train.map((gradient) => dot(gradient, aim))
/** Every task's average gradient over batches. */
const tasksOf = (list, average = meanOf) => list[0].train.map((_, task) => average(list.map(({ train }) => train[task])))
const aimOf = (list, average = meanOf) => average(list.map(({ aim }) => aim))
/** Scores of both halves from the first `count` batches. */
const scored = (halves, count, average = meanOf) =>
  halves.map((list) => scores(tasksOf(list.slice(0, count), average), aimOf(list.slice(0, count), average)))

/** `[estimator, scores of both halves, environment steps]`, one after another. */
async function* estimates(lab) {
  const share = (steps, count, of) => Math.round((steps * count) / of)
  const [plain, plainSteps] = await lab.both((half) => lab.batches(half, BATCHES))
  yield ['one batch', scored(plain, 1), share(plainSteps, 1, BATCHES)]
  yield [`mean of ${BATCHES} batches`, scored(plain, BATCHES), plainSteps]
  yield [`geometric median of ${BATCHES}`, scored(plain, BATCHES, geometricMedian), plainSteps]
  const most = BATCHES * SMALL_BATCHES
  const [small, smallSteps] = await lab.both((half) => lab.batches(half, most, SMALL))
  for (const count of [SMALL_BATCHES, most]) {
    yield [`mean of ${count} small batches`, scored(small, count), share(smallSteps, count, most)]
    yield [`geometric median of ${count} small`, scored(small, count, geometricMedian), share(smallSteps, count, most)]
  }
  const [common, commonSteps] = await lab.both((half) => lab.batches(half, BATCHES, { common: true }))
  yield ['one batch, common random numbers', scored(common, 1), share(commonSteps, 1, BATCHES)]
  yield [`mean of ${BATCHES}, common random numbers`, scored(common, BATCHES), commonSteps]
  const [mixed, mixedSteps] = await lab.both((half) => lab.batches(half, BATCHES, { mixedEpisodes: BATCH.queryEpisodes / 2 }))
  yield [`augmented task, mean of ${BATCHES}`, scored(mixed, BATCHES), mixedSteps]
  const aims = plain.map((list) => aimOf(list))
  const [along, alongSteps] = await lab.both((half) => lab.accumulated(half))
  yield [`accumulated over ${LAST} iterations`, along.map((train, half) => scores(train, aims[half])), alongSteps]
  const [slope, slopeSteps] = await lab.both((half) => lab.slopes(aims[half], lab.training, lab.trainingIds, half))
  yield ["pathwise, along the poor tasks' gradient", slope, plainSteps + slopeSteps]
  const [effect, effectSteps] = await lab.both((half) => lab.flown(tasksOf(plain[half]), half))
  yield ['pathwise, a step along its own gradient', effect, plainSteps + effectSteps]
}

/** One line a seed and estimator: what its scores are worth. */
async function* study(seed, effects) {
  const xmrl = await import('../../dist/index.js')
  const run = await trained(xmrl, seed)
  const { rare } = run.records.tasks.pools.training
  const judged = (scores) => {
    const best = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, TOP)
    return { rareOfTop: best.filter((task) => rare[task]).length / TOP, effect: xmrl.spearman(scores, effects) }
  }
  const lab = new Lab(xmrl, run, seed)
  for await (const [estimator, [a, b], steps] of estimates(lab)) {
    yield { seed, estimator, steps, splitHalf: xmrl.spearman(a, b), ...judged(a.map((score, task) => (score + b[task]) / 2)) }
  }
  await lab.learner.dispose()
  const { omega, splitHalfSpearman: splitHalf, envSteps: steps } = run.records.explanation
  yield { seed, estimator: 'adaptation space', steps, splitHalf, ...judged(omega) }
}

await main(async () => {
  await setUp()
  mkdirSync(RUNS, { recursive: true })
  const record = JSON.parse(readFileSync(join(root, 'docs', 'results', 'drone-planar-influence.json'), 'utf8'))
  const lines = []
  for (const seed of SEEDS) {
    const { validation } = record.seeds.find((one) => one.seed === seed)
    for await (const line of study(seed, validation.raiseEach.gains)) {
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
