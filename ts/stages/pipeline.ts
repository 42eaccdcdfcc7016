/** The whole pipeline: train, evaluate, find the poor tasks, explain, augment, retrain every arm, evaluate, report. */
import { XmrlError } from '../errors.js'
import { describeLibtorch } from '../native.js'
import { renderReport } from '../report/index.js'
import { loadRun, RunDirectory, type TableRecord, type TasksRecord } from '../run/index.js'
import { buildTable, type SeedScores, seedScores } from '../select/index.js'
import { defineExperiment, type Experiment, type Spec, type WrittenSpec } from '../spec/index.js'
import { environment, sampleTasks, scene } from '../worlds/index.js'
import { augment } from './augment.js'
import { type StageContext, throwIfAborted } from './context.js'
import { evaluate, findPoor } from './evaluate.js'
import type { RunEvent } from './events.js'
import { explain } from './explain.js'
import { recordFlights } from './flights.js'
import { type ComputeOptions, Learner } from './learner.js'
import { retrain } from './retrain.js'
import { train } from './train.js'

export interface RunOptions extends ComputeOptions {
  /** The run directory; made if it is not there. */
  out: string
  /** Go on with the run that is in it. @default false */
  resume?: boolean
  /** Stops the run after saving; the generator then throws `ERR_ABORTED`. */
  signal?: AbortSignal
  /** Stops after theta_0 is trained, or also evaluated; `resume` goes on from there. */
  until?: 'train' | 'evaluate'
  /** The specification's text, kept word for word. */
  specText?: string
}

/** The frozen tasks of a seed: the same for every stage and arm. */
function freezeTasks(spec: Spec, seed: number): TasksRecord {
  const info = environment(spec.environment)
  const flies = info.family === 'drone-planar' ? { scene: scene(spec.environment) } : {}
  const scored = info.scoredBy === 'return' ? { scoredBy: info.scoredBy } : {}
  return {
    preset: spec.environment,
    taskNames: info.taskNames,
    taskLow: info.taskLow,
    taskHigh: info.taskHigh,
    pools: {
      training: sampleTasks(spec.environment, 'training', seed, spec.tasks.training),
      evaluation: sampleTasks(spec.environment, 'evaluation', seed, spec.tasks.evaluation),
      'held-out': sampleTasks(spec.environment, 'held-out', seed, spec.tasks.heldOut)
    },
    ...scored,
    ...flies
  }
}

/** Every stage of one seed, each skipped where its record is there. */
async function* runSeed(context: StageContext, until: RunOptions['until']): AsyncGenerator<RunEvent, void> {
  const { spec } = context
  yield* train(context)
  if (until === 'train') return
  const before = yield* evaluate(context, 'theta_0')
  if (until === 'evaluate') return
  const poor = yield* findPoor(context, before)
  const explanation = yield* explain(context, poor, before)
  const augmentation = yield* augment(context, explanation)
  const charged = explanation.envSteps + augmentation.envSteps
  if (charged >= spec.retrain.extraSteps) {
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `retrain.extraSteps: ${spec.retrain.extraSteps} steps are fewer than the ${charged} that explaining and augmenting took; nothing is left to retrain with`
    )
  }
  for (const arm of spec.retrain.arms) {
    yield* retrain(context, arm, explanation, augmentation)
    yield* evaluate(context, arm)
  }
  throwIfAborted(context)
  await recordFlights(context, poor, spec.retrain.arms.includes('xmrl') ? 'xmrl' : spec.retrain.arms[0])
}

/** The table of a directory's seeds, from records alone. */
function tableOf(directory: RunDirectory, run: Awaited<ReturnType<typeof loadRun>>): TableRecord {
  const scores: SeedScores[] = run.seeds.map(({ seed, records }) => seedScores(seed, records))
  const table = buildTable(scores)
  if (scores.length === 1) directory.seed(scores[0].seed).writeRecord('table', table)
  else directory.writeTable(table)
  return table
}

/**
 * Runs an experiment in a run directory, yielding typed events; every finished stage is on disk before the next begins.
 * Stopping (`signal`, or a crash) and running again with `resume` gives the same weights and metrics, byte for byte.
 * Errors: every `XmrlError` of the stages; `ERR_ABORTED` when stopped.
 */
export async function* runExperiment(experiment: Experiment | WrittenSpec, options: RunOptions): AsyncGenerator<RunEvent, void> {
  const defined = 'spec' in experiment && 'hash' in experiment ? (experiment as Experiment) : defineExperiment(experiment as WrittenSpec)
  const { spec } = defined
  // Made before the directory, so that a missing libtorch or device leaves nothing behind.
  let learner: Learner | undefined = new Learner(spec, spec.seeds[0], options)
  let directory: RunDirectory | undefined
  try {
    const libtorch = describeLibtorch()
    directory = RunDirectory.open(options.out, defined, {
      resume: options.resume ?? false,
      device: learner.device,
      threads: learner.threads,
      libtorch: libtorch.version,
      ...(options.specText === undefined ? {} : { specText: options.specText })
    })
    const open = directory
    yield { type: 'note', text: `${learner.deviceNote}, ${learner.threads} threads, libtorch ${libtorch.version}` }
    for (const seed of spec.seeds) {
      learner ??= new Learner(spec, seed, options)
      const store = open.seed(seed)
      for (const text of store.notices) yield { type: 'note', seed, text }
      const tasks = store.record('tasks') ?? freezeTasks(spec, seed)
      if (!store.record('tasks')) store.writeRecord('tasks', tasks)
      const signal = options.signal ? { signal: options.signal } : {}
      const recordSteps = (stage: string, steps: number) => open.recordSteps(seed, stage, steps)
      yield* runSeed({ spec, seed, store, learner, tasks, ...signal, recordSteps }, options.until)
      await learner.dispose()
      learner = undefined
    }
    if (options.until !== undefined) {
      open.setStatus('stopped')
      yield { type: 'note', text: `stopped after ${options.until}, as asked; --resume goes on` }
      return
    }
    const table = tableOf(open, await loadRun(open.path))
    yield { type: 'table', seeds: [...spec.seeds], table }
    open.setStatus('done')
    const path = open.writeReport(await renderReport(await loadRun(open.path)))
    yield { type: 'report', path }
  } catch (error) {
    try {
      directory?.setStatus(XmrlError.is(error, 'ERR_ABORTED') ? 'stopped' : 'failed')
    } catch {
      // A full or read-only disk: the first error is the one to report.
    }
    throw error
  } finally {
    directory?.close()
    await learner?.dispose()
  }
}
