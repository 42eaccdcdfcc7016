import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import {
  defineExperiment,
  Learner,
  loadRun,
  type RunEvent,
  type RunOptions,
  runExperiment,
  sampleTasks,
  XmrlError
} from '../../ts/index.js'
import { mean } from '../../ts/statistics/index.js'
import { folder, TINY } from '../helpers.js'

const QUICK = { supportEpisodes: 10, queryEpisodes: 8 }
const explaining = (explain: object = {}, change: object = {}) =>
  defineExperiment({
    ...TINY,
    train: { phases: [{ iterations: 2, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 0 },
    explain: { ...TINY.explain, minimumReliability: -1, ...QUICK, ...explain },
    ...change
  } as Parameters<typeof defineExperiment>[0])

/** Runs to `until`, stopping when `stop` says so; returns the error's code, if any. */
async function run(experiment: ReturnType<typeof explaining>, options: RunOptions, stop: (event: RunEvent) => boolean = () => false) {
  const abort = new AbortController()
  try {
    for await (const event of runExperiment(experiment, { ...options, signal: abort.signal })) if (stop(event)) abort.abort()
    return undefined
  } catch (error) {
    if (error instanceof XmrlError) return error
    throw error
  }
}

const explanationOf = async (out: string) => {
  const { explanation } = (await loadRun(out)).seeds[0].records
  if (explanation === undefined) throw new Error('no explanation')
  return explanation
}

/** A trained and measured tiny run that solvers share: explaining does not change what comes before it. */
async function explained(t: ExecutionContext, explain: object) {
  const out = join(folder(t), 'run')
  t.is(await run(explaining(explain), { out, until: 'explain' }), undefined)
  const record = await explanationOf(out)
  t.is((await loadRun(out)).seeds[0].records.augmentation, undefined)
  t.is(record.omega.length, 8)
  t.true([...record.omega, ...record.low, ...record.high, ...record.halves.flat()].every(Number.isFinite))
  t.true(Math.abs(record.weights.reduce((a, b) => a + b) - 1) < 1e-12 && record.critical.length > 0 && record.envSteps > 0)
  return record
}

for (const solver of ['gradient', 'implicit', 'finite-difference', 'neumann', 'nystrom', 'gauss-newton'] as const) {
  test(`solver ${solver} explains a run, with its own facts`, async (t) => {
    const record = await explained(t, { solver, criticalFraction: 0.25 })
    t.is(record.solver, solver)
    t.deepEqual([record.critical.length, typeof record.info.residual, typeof record.info.iterations], [2, 'number', 'number'])
    t.is(record.groups, undefined)
  })
}

test('batches of a specification are flown, each at the cost of one, and their median is another score than their mean', async (t) => {
  const solver = { solver: 'gradient', criticalFraction: 0.25 } as const
  const [one, mean, median] = await Promise.all(
    [{}, { batches: 3 }, { batches: 3, average: 'median' }].map((more) => explained(t, { ...solver, ...more }))
  )
  t.true(mean.envSteps > 2.5 * one.envSteps && mean.envSteps < 3.5 * one.envSteps, `${mean.envSteps} and ${one.envSteps}`)
  t.is(median.envSteps, mean.envSteps)
  t.notDeepEqual(median.omega, mean.omega)
})

test('task gradients of a learner: the seam by another door, with the mixing law that is asked for', async (t) => {
  const { spec } = explaining()
  const learner = new Learner(spec, 3, { device: 'cpu', threads: 1 })
  t.teardown(() => learner.dispose())
  const tasks = sampleTasks('drone-planar', 'training', 3, 2).values
  const sample = { stream: 5, supportEpisodes: 6, queryEpisodes: 6, mixedEpisodes: 3 }
  const of = async (more: object = {}) => (await learner.taskGradients(tasks, { ...sample, ...more })).gradients
  const plain = await of()
  t.is(plain.length, 2 * learner.parameters)
  t.deepEqual(await of({ batch: 0, ids: [0, 1], family: 'uniform' }), plain)
  const far = (a: Float64Array, b: Float64Array) => Math.hypot(...a.map((value, k) => value - b[k])) / Math.hypot(...b)
  // Beta(1, 1) is U(0,1), but for the rounding of its inverse and for the half of its draws that are mirrored to 1 - lambda.
  const one = { ...sample, mixedEpisodes: 1 }
  const apart: number[] = []
  for (let stream = 0; stream < 12; stream++) {
    const [even, beta] = [{}, { family: 'beta', phi: [0, 0] }].map((more) =>
      learner.taskGradients([tasks[0]], { ...one, stream, ...more } as typeof one)
    )
    apart.push(far((await beta).gradients, (await even).gradients))
  }
  t.true(apart.filter((x) => x < 1e-6).length >= 3 && apart.filter((x) => x > 1e-3).length >= 3, apart.join())
  // Beta(9, 9) is not, and neither is another batch.
  const distance = (other: Float64Array) => far(other, plain)
  for (const more of [{ family: 'beta', phi: [Math.log(9), Math.log(9)] }, { batch: 1 }, { stream: 6 }])
    t.true(distance(await of(more)) > 1e-3)
  await t.throwsAsync(of({ batch: 70_000 }), { code: 'ERR_USAGE', message: /^batch: give a whole number from 0 to 65535, not 70000/ })
})

for (const metric of ['layers', 'fisher'] as const) {
  test(`metric ${metric} and several adaptation steps give weights, and are in the record`, async (t) => {
    const record = await explained(t, { metric, adaptationSteps: 2, fisherEpisodes: 2, fisherRows: 5 })
    t.deepEqual([record.metric, record.adaptationSteps], [metric, 2])
    t.true(Math.abs(record.omega.reduce((a, b) => a + b) - 1) < 1e-9)
  })
}

test('near-duplicates share their weight, and a threshold that joins all makes one group', async (t) => {
  // A cosine of almost 0 joins whatever points the same way at all.
  const record = await explained(t, { groupCosine: 1e-9 })
  const groups = record.groups ?? []
  t.is(groups.length, 8)
  for (const group of new Set(groups)) t.is(new Set(record.omega.filter((_, task) => groups[task] === group)).size, 1)
  t.true(Math.abs(record.omega.reduce((a, b) => a + b) - 1) < 1e-9)
  t.throws(() => explaining({ solver: 'alternating', groupCosine: 0.9 }), { message: /^explain\.groupCosine: the solver alternating/ })
})

const ALTERNATING = { solver: 'alternating', alternating: { rounds: 3, supportEpisodes: 8, queryEpisodes: 5 } }

test('alternating rounds stop and go on to the same bytes', async (t) => {
  const dir = folder(t)
  const [whole, parts] = [join(dir, 'whole'), join(dir, 'parts')]
  const experiment = explaining(ALTERNATING)
  t.is(await run(experiment, { out: whole, until: 'explain' }), undefined)
  // Stopped within the first half, and again within the second.
  for (const after of [2, 5]) {
    const error = await run(
      experiment,
      { out: parts, until: 'explain', resume: true },
      (event) => event.type === 'iteration' && event.stage === 'explain' && event.iteration === after
    )
    t.is(error?.code, 'ERR_ABORTED')
  }
  t.is(await run(experiment, { out: parts, until: 'explain', resume: true }), undefined)
  const record = await explanationOf(whole)
  t.deepEqual(await explanationOf(parts), record)
  t.is(readFileSync(join(parts, 'seed-0', 'metrics.jsonl'), 'utf8'), readFileSync(join(whole, 'seed-0', 'metrics.jsonl'), 'utf8'))
  t.deepEqual(
    record.rounds?.map(({ half, round }) => [half, round]),
    [0, 1].flatMap((half) => [1, 2, 3].map((round) => [half, round]))
  )
  t.true(record.omega.every((weight, task) => Math.abs(weight - (record.halves[0][task] + record.halves[1][task]) / 2) < 1e-15))
})

const VALIDATE = { validate: { iterations: 2, supportEpisodes: 6, queryEpisodes: 4, top: 2, leaveOut: 2, repeats: 2, raiseEach: true } }

test('a validation stops and goes on to the same record, is charged to nobody and changes no result', async (t) => {
  const dir = folder(t)
  const [whole, parts, plain] = [join(dir, 'whole'), join(dir, 'parts'), join(dir, 'plain')]
  const small = { retrain: { ...TINY.retrain, arms: ['xmrl'] } }
  const experiment = explaining(VALIDATE, small)
  t.is(await run(experiment, { out: whole, until: 'validate' }), undefined)
  const error = await run(
    experiment,
    { out: parts, until: 'validate' },
    (event) => event.type === 'iteration' && event.stage === 'validate' && event.iteration === 5
  )
  t.is(error?.code, 'ERR_ABORTED')
  t.is(await run(experiment, { out: parts, until: 'validate', resume: true }), undefined)
  const { validation, augmentation } = (await loadRun(whole)).seeds[0].records
  t.deepEqual((await loadRun(parts)).seeds[0].records.validation, validation)
  t.is(augmentation, undefined)
  t.deepEqual(
    validation?.interventions.slice(0, 3).map(({ change, group }) => `${change} ${group}`),
    ['raise top', 'raise random', 'raise nearest']
  )
  const single = (change: string) => validation?.interventions.filter((entry) => entry.group === 'single' && entry.change === change)
  t.is(single('remove')?.length, 4)
  // Every task raised alone is held against the run's explanation.
  t.deepEqual(
    validation?.raiseEach?.gains.map((gain) => gain.toFixed(12)),
    single('raise')?.map((entry) => mean(entry.effects).toFixed(12))
  )
  t.is(validation?.raiseEach?.explanations.length, 1)
  t.is(validation?.raiseEach?.explanations[0].scores.length, TINY.tasks.training)
  t.true(validation?.interventions.every((entry) => entry.effects.length === 2 && entry.low <= entry.gain && entry.gain <= entry.high))
  t.is(validation?.contrasts.length, 4)
  // Going on gives what a run without it gives; its steps are in the manifest and charged to no arm.
  t.is(await run(experiment, { out: whole, resume: true }), undefined)
  t.is(await run(explaining({}, small), { out: plain }), undefined)
  const [checked, unchecked] = [await loadRun(whole), await loadRun(plain)]
  const [{ records }] = unchecked.seeds
  t.deepEqual(checked.seeds[0].records.arms, records.arms)
  t.deepEqual(checked.seeds[0].records.evaluations, records.evaluations)
  t.is(checked.manifest.envSteps[0].validate, validation?.envSteps ?? -1)
  t.regex(readFileSync(join(whole, 'report.html'), 'utf8'), /What raising and removing these tasks really does/)
  // Other settings of a validation are no other experiment, but are not mixed with what is there.
  const longer = explaining({ validate: { ...VALIDATE.validate, iterations: 3 } }, small)
  t.is(longer.hash, experiment.hash)
  const other = await run(longer, { out: whole, until: 'validate', resume: true })
  t.is(other?.code, 'ERR_RUN_EXISTS')
  t.regex(other?.message ?? '', /iterations 2, not 3.*validation\.json/)
})
