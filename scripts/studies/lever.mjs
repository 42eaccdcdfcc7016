// `npm run study:lever -- <run directory> [--seeds 100..105] [--repeats 12] [--iterations 20] [--truth 4] [--csv file]`: what can a
// trial show of mixed episodes? On seeds of a run that are explained, the trials of `retrain.lever` are made again and again from the
// same weights, each time on other random numbers, and both ends are then scored on many more episodes than an audit has. A line each.
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { setUp } from '../setup/setup.mjs'
import { commandLine, main, StepFailed } from '../setup/terminal.mjs'

const TEXT = /** @type {const} */ ({ type: 'string' })
const OPTIONS = {
  seeds: TEXT,
  repeats: { ...TEXT, default: '12' },
  iterations: { ...TEXT, default: '3' },
  truth: { ...TEXT, default: '4' },
  csv: { ...TEXT, default: 'lever-trials.csv' }
}
/** Random numbers of the repeats, and of the scores that are held for the truth; no arm and no stage has them. */
const FIRST_STREAM = 301
const TRUTH_STREAM = 777
const COLUMNS = [
  ...['preset', 'seed', 'repeat', 'iterations', 'steps', 'kept mixed', 'audit: poor with less without', 'standard error of it'],
  ...['audit: others with less without', 'standard error of that', 'foretold without', 'foretold with'],
  ...['truth: poor without', 'truth: poor with', 'truth: others without', 'truth: others with']
]

/** The product's own rooms; scripts type-check before they are built. */
const rooms = async () => {
  const of = (/** @type {string} */ file) => import(new URL(`../../dist/${file}.js`, import.meta.url).href)
  const [index, run, stages, audit, batches, lever, reptile, spec, select] = await Promise.all(
    [
      'index',
      'run/index',
      'stages/index',
      'stages/audit',
      'stages/batches',
      'stages/lever',
      'stages/reptile',
      'spec/index',
      'select/index'
    ].map(of)
  )
  return { ...index, ...run, ...stages, ...audit, ...batches, ...lever, ...reptile, ...spec, ...select }
}

const mean = (/** @type {number[]} */ list) => list.reduce((sum, value) => sum + value, 0) / list.length

/**
 * A seed's context whose files are read and never written; `kept` gets what would have been saved.
 * @param {any} xmrl @param {any} run @param {any} directory @param {number} seed
 */
function contextOf(xmrl, run, directory, seed) {
  const { spec } = run.experiment
  const real = directory.seed(seed)
  const silent = { append() {} }
  /** @type {{ files: Record<string, Uint8Array> }} */
  const kept = { files: {} }
  const store = {
    path: real.path,
    metrics: silent,
    timing: silent,
    record: (/** @type {string} */ name) => real.record(name),
    checkpoint: (/** @type {string} */ stage) => (stage.startsWith('lever-') ? undefined : real.checkpoint(stage)),
    saveCheckpoint: (/** @type {string} */ _stage, /** @type {number} */ _done, /** @type {any} */ files) => {
      kept.files = files
    }
  }
  const learner = new xmrl.Learner(spec, seed, { device: 'cpu' })
  const tasks = store.record('tasks')
  return { kept, context: { spec, seed, store, learner, tasks, recordSteps() {} } }
}

/** Trials of one seed: a row each. @param {any} xmrl @param {any} of @param {any} options */
async function* trialsOf(xmrl, { context, kept }, { repeats, iterations, truth }) {
  const { spec, seed, store, learner, tasks } = context
  const poor = store.record('poor')
  const arm = xmrl.findArm('xmrl')
  const audit = xmrl.auditOf(context, poor)
  const theta = store.checkpoint('train').files['weights.safetensors']
  const move = xmrl.keptMove({ store })
  const { reptileStep: step, lever } = spec.retrain
  const begun = move === undefined ? { weights: theta } : await xmrl.reptileStep(context, 'retrain-xmrl', theta, move, audit, step)
  const basis = { explanation: store.record('explanation'), augmentation: store.record('augmentation') ?? { family: 'uniform', phi: [] } }
  const pool = tasks.pools.evaluation.values
  const others = pool.flatMap((/** @type {unknown} */ _, /** @type {number} */ id) => (poor.evaluation.includes(id) ? [] : [id]))
  const ids = [...poor.evaluation, ...others]
  const { tasks: _most, ...flown } = spec.retrain.audit
  const scored = async (/** @type {Uint8Array} */ weights) => {
    learner.restore(weights)
    const found = await learner.evaluate(
      ids.map((id) => pool[id]),
      TRUTH_STREAM,
      { ...flown, adaptations: truth },
      ids
    )
    const scores = xmrl.leadingScores(tasks.scoredBy === 'return' ? { returns: found.returns } : found)
    return { poor: mean(scores.slice(0, poor.evaluation.length)), other: mean(scores.slice(poor.evaluation.length)) }
  }
  const before = await scored(begun.weights)
  for (let repeat = 0; repeat < repeats; repeat++) {
    const mine = { ...arm, stream: FIRST_STREAM + repeat }
    const plan = xmrl.planOf(context, mine, basis, undefined)
    const loops = [{ ...plan, mixedShare: 0 }, plan].map((each) => xmrl.loopOf(context, mine, each, 1e15, undefined, {}))
    const trials = xmrl.leverTrials(context, {
      ...{ arm: `repeat-${repeat}`, weights: begun.weights, from: 0, budget: 1e15, audit },
      settings: { ...lever, iterations },
      step: (/** @type {boolean} */ mixed, /** @type {number} */ iteration) => loops[Number(mixed)].step(iteration)
    })
    let next = await trials.next()
    while (!next.done) next = await trials.next()
    const { record } = next.value.lever
    const ends = [kept.files['without.safetensors'], record.mixed ? next.value.weights : learner.checkpoint()]
    const [without, mixing] = [await scored(ends[0]), await scored(ends[1])]
    const { difference, foretold } = record
    yield [
      ...[spec.environment, seed, repeat, iterations, record.envSteps, record.mixed],
      ...[difference.poor.mean, difference.poor.standardError, difference.other.mean, difference.other.standardError],
      ...[foretold?.without ?? '', foretold?.with ?? ''],
      ...[without.poor - before.poor, mixing.poor - before.poor, without.other - before.other, mixing.other - before.other]
    ]
  }
}

await main(async () => {
  const { values, positionals } = commandLine(OPTIONS, { positionals: true })
  const [out] = positionals
  if (out === undefined || !existsSync(out)) throw new StepFailed('name the directory of a run that has explained its seeds')
  await setUp()
  const xmrl = await rooms()
  const run = await xmrl.loadRun(out)
  const [from, to = from] = (values.seeds ?? '').split('..').map(Number)
  const options = { repeats: Number(values.repeats), iterations: Number(values.iterations), truth: Number(values.truth) }
  const directory = xmrl.RunDirectory.open(out, run.experiment, { resume: true })
  if (!existsSync(values.csv)) writeFileSync(values.csv, `${COLUMNS.join(',')}\n`)
  try {
    for (const { seed } of run.seeds.filter(
      (/** @type {{ seed: number }} */ each) => values.seeds === undefined || (each.seed >= from && each.seed <= to)
    )) {
      const of = contextOf(xmrl, run, directory, seed)
      for await (const row of trialsOf(xmrl, of, options)) {
        const text = row.map((value) => (typeof value === 'number' ? String(Number(value.toPrecision(6))) : String(value)))
        appendFileSync(values.csv, `${text.join(',')}\n`)
      }
      await of.context.learner.dispose()
    }
  } finally {
    directory.close()
  }
})
