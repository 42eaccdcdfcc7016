/** The loop that training and retraining share: meta-steps, metrics, checkpoints, stopping and going on bit for bit. */
import type { z } from 'zod'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { StepStats } from '../native.js'
import type { ArmRecord, StateOf } from '../records/index.js'
import { type MetricValue, WEIGHTS } from '../run/index.js'
import { aborted, canSucceed, type StageContext, stageWeights, type Trained } from './context.js'
import type { IterationDone, StageName, StageStarted } from './events.js'
import type { MetaStep } from './learner.js'

/** A stage made of meta-iterations. */
export interface Loop {
  /** Name in metrics and checkpoints: `train`, `retrain-xmrl`. */
  name: Trained
  stage: StageName
  arm?: string
  /** Share of the stage that is done. */
  progress(iteration: number, envSteps: number): number
  /** The meta-step of an iteration; a function of its number alone. */
  step(iteration: number): MetaStep
  /** Iterations, where fixed in advance. */
  iterations?: number
  /** The finished stage from whose weights it starts; absent: from those that the seed gives. */
  from?: Trained
  /** What was settled before the first iteration; every checkpoint keeps it. */
  choice?: ArmRecord['choice']
  reptile?: StateOf<'retrain'>['reptile']
  lever?: StateOf<'retrain'>['lever']
  /** What `step` depends on beside the iteration's number; absent: on nothing. */
  steering?: Steering
}

/** What a loop has learned that its next steps depend on. Every checkpoint keeps it, so that a resumed loop takes the same steps. */
export interface Steering {
  /** Plain values that {@link restore} takes. */
  state(): z.core.util.JSONType
  restore(state: z.core.util.JSONType): void
  /** Called once, before the first iteration, with the learner at the weights that the loop starts from. */
  before?(): Promise<Steered>
  /** Called after every iteration, with the learner at its new weights: the steps that it flew itself, and its figures for metrics.jsonl. */
  after(iteration: number, stats: StepStats): Promise<Steered> | Steered
}

/** What steering did after an iteration. */
export interface Steered {
  envSteps: number
  metrics: Record<string, MetricValue>
}

/** One point of a learning curve. */
export interface CurvePoint {
  envSteps: number
  returnAfter: number
  /** Absent where nothing can succeed. */
  successAfter?: number
}

/** What a loop has done so far. */
export interface LoopState {
  iteration: number
  envSteps: number
  curve: CurvePoint[]
}

/**
 * The metrics of an iteration, as metrics.jsonl holds them (every value finite, none that depends on the clock): `successAfter` where episodes can succeed, and
 * where they cannot (bodies) `cappedSolves`.
 */
export function metricsOf(stats: StepStats, success: boolean): Record<string, MetricValue> {
  const { monitor, posterior, successAfter, cappedSolves, ...others } = stats
  // What is counted beside, depends on the clock or the machine, or is there for whoever steers.
  const { envSteps: _, seconds: __, transfers: ___, taskReturns: ____, taskSuccess: _____, taskAdvantages: ______, ...rest } = others
  return {
    ...rest,
    ...(success ? { successAfter } : { cappedSolves }),
    ...(monitor ? { monitor: { ...monitor } } : {}),
    ...(posterior ? { posterior: { ...posterior } } : {})
  }
}

/** Where the stage stands according to its newest checkpoint; the learner is put into that state. */
function resumeLoop(context: StageContext, { name, from, steering }: Loop): LoopState {
  const found = context.store.checkpoint(name)
  if (!found) {
    if (from !== undefined) context.learner.restore(stageWeights(context, from))
    return { iteration: 0, envSteps: 0, curve: [] }
  }
  context.learner.restore(found.files[WEIGHTS])
  if (steering !== undefined && found.state.steering !== undefined) steering.restore(found.state.steering)
  const { envSteps } = found.state
  return { iteration: found.iteration, envSteps, curve: curveOf(context, name, found.iteration) }
}

/** The learning curve of a stage up to an iteration, which metrics.jsonl alone keeps. */
function curveOf({ store }: StageContext, name: string, iterations: number): CurvePoint[] {
  const curve = store.metrics.lines().flatMap(({ stage, iteration = 0, envSteps, returnAfter, successAfter }): CurvePoint[] => {
    if (stage !== name || iteration > iterations || envSteps === undefined || typeof returnAfter !== 'number') return []
    return [{ envSteps, returnAfter, ...(typeof successAfter === 'number' ? { successAfter } : {}) }]
  })
  if (curve.length === iterations) return curve
  throw new XmrlError(
    'ERR_CHECKPOINT_CORRUPT',
    `${store.metrics.path} has ${curve.length} iterations of ${name}, its checkpoint is of iteration ${iterations}: put the run's own file back`
  )
}

/**
 * Runs a loop from where its newest checkpoint stands (or from its beginning) to its end.
 * Yields `stage-started` and one `iteration` event each; returns the final state, which is saved.
 * A caller that leaves it early finds its last iteration saved, as after a signal.
 * Errors: `ERR_ABORTED` after saving; `ERR_DIVERGED` naming stage, iteration, tensor and the last good checkpoint.
 */
export async function* runLoop(context: StageContext, loop: Loop): AsyncGenerator<StageStarted | IterationDone, LoopState> {
  const { store, learner, spec, seed, tasks } = context
  const start = resumeLoop(context, loop)
  const finished = loop.progress(start.iteration, start.envSteps) >= 1
  const who = defined({ seed, stage: loop.stage, arm: loop.arm })
  yield {
    type: 'stage-started',
    ...who,
    ...(loop.iterations ? { iterations: loop.iterations } : {}),
    ...(finished ? { skipped: true } : {})
  }
  if (finished) return start
  let { iteration, envSteps } = start
  if (iteration === 0) envSteps += (await loop.steering?.before?.())?.envSteps ?? 0
  const curve = [...start.curve]
  let saved = iteration
  const save = () => {
    if (saved === iteration) return
    const state = defined({ envSteps, choice: loop.choice, reptile: loop.reptile, lever: loop.lever, steering: loop.steering?.state() })
    store.saveCheckpoint(loop.name, iteration, { [WEIGHTS]: learner.checkpoint() }, state)
    saved = iteration
  }
  // True while the caller has an event: an iteration is done and another is not begun.
  let between = false
  try {
    while (loop.progress(iteration, envSteps) < 1) {
      if (context.signal?.aborted) {
        save()
        throw aborted()
      }
      let stats: StepStats
      try {
        stats = await learner.metaStep(loop.step(iteration))
      } catch (error) {
        save()
        const where = `${loop.name}, iteration ${iteration + 1}`
        if (XmrlError.is(error, 'ERR_WORLD')) throw new XmrlError('ERR_WORLD', `${where}: ${error.message}`, { cause: error.cause })
        if (!XmrlError.is(error, 'ERR_NOT_FINITE')) throw error
        const good = saved > 0 ? `last good checkpoint checkpoints/${loop.name}-${saved}` : 'no checkpoint of this stage yet'
        throw new XmrlError('ERR_DIVERGED', `${where}: ${error.message}; ${good}`, { cause: error })
      }
      iteration++
      const steered = await loop.steering?.after(iteration, stats)
      envSteps += stats.envSteps + (steered?.envSteps ?? 0)
      const success = canSucceed(tasks)
      curve.push({ envSteps, returnAfter: stats.returnAfter, ...(success ? { successAfter: stats.successAfter } : {}) })
      store.metrics.append({ stage: loop.name, iteration, envSteps, ...metricsOf(stats, success), ...steered?.metrics })
      const { whole, ...phases } = stats.seconds
      store.timing.append({
        stage: loop.name,
        iteration,
        seconds: whole,
        phases,
        ...(learner.flownBy === 'cpu' ? {} : { rollouts: learner.flownBy })
      })
      const progress = Math.min(1, loop.progress(iteration, envSteps))
      if (iteration % spec.checkpoint.every === 0 || progress >= 1) save()
      between = true
      yield {
        type: 'iteration',
        ...who,
        iteration,
        of: loop.iterations ?? Math.max(iteration, Math.round(iteration / progress)),
        envSteps,
        progress,
        metrics: {
          ...(success ? { success: stats.successAfter } : {}),
          return: stats.returnAfter,
          kl: stats.kl,
          accepted: stats.accepted
        }
      }
      between = false
    }
  } finally {
    // The caller left the loop over the events (`break`, `return`, an exception of its own).
    if (between) save()
  }
  save()
  return { iteration, envSteps, curve }
}
