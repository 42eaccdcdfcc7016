/** What every stage of one seed works with. */

import { INTERVENTIONS } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import type { TasksRecord } from '../records/index.js'
import { type SeedStore, WEIGHTS } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import type { Learner } from './learner.js'

/** One seed of a run: its specification, its files, and the learner that stages move and measure. */
export interface StageContext {
  readonly spec: Spec
  readonly seed: number
  readonly store: SeedStore
  readonly learner: Learner
  readonly tasks: TasksRecord
  readonly signal?: AbortSignal
  /** The arm (and round) whose own explanation or mixing law is being made; `spec` is then the arm's. */
  readonly own?: string
  /** Notes the environment steps that a stage has spent in all. */
  recordSteps(stage: string, envSteps: number): void
}

/** Whether flights can succeed; where they cannot, records and events hold returns alone. */
export const canSucceed = (tasks: TasksRecord): boolean => tasks.scoredBy !== 'return'

/** Streams of random numbers that stages other than training and retraining use; never renumber. */
export const STREAMS = {
  /** Two evaluations in which poor tasks are found. */
  mining: [1, 2],
  /** The fresh one behind every figure before and after. */
  fresh: 3,
  /** Two independent halves of an explanation. */
  halves: [11, 12],
  /** States on which its Fisher metric is measured. */
  fisher: 13,
  /** Augmentation. */
  augment: 21,
  /** Flights for pictures. */
  pictures: 31,
  /** Rows by which task weighting compares tasks. */
  matching: 41,
  /** Two halves of the hypergradient form of task weighting. */
  weighting: [42, 43],
  /** Fresh evaluations of a validation, one a repeat: this and the next. */
  validation: 64,
  /** Its short retrainings, one a repeat: this and the next (a stream of meta-steps, as arms have). */
  interventions: INTERVENTIONS.first
} as const

/** Name under which a stage keeps its records, checkpoints and metrics: an arm's own are marked with the arm. */
export const ownName = <N extends string>({ own }: Pick<StageContext, 'own'>, name: N): N | `${N}-${string}` =>
  own === undefined ? name : `${name}-${own}`

/** Throws `ERR_ABORTED` when the run was asked to stop; what is saved stays. */
export function throwIfAborted(context: Pick<StageContext, 'signal'>): void {
  if (context.signal?.aborted) throw aborted()
}

/** The error of a run that was asked to stop. */
export function aborted(): XmrlError {
  return new XmrlError('ERR_ABORTED', 'stopped after saving; run the same command with --resume to go on')
}

/** Weights of a finished stage: `train` (theta_0) or `retrain-<arm>`. Errors: `ERR_RUN_NOT_FOUND` where it has no checkpoint. */
export function stageWeights({ store }: Pick<StageContext, 'store'>, stage: string): Uint8Array {
  const checkpoint = store.checkpoint(stage)
  if (!checkpoint) throw new XmrlError('ERR_RUN_NOT_FOUND', `${store.path} has no checkpoint of ${stage}: run that stage first`)
  return checkpoint.files[WEIGHTS]
}

/** Puts the learner in the state of a finished stage. */
export function restoreStage(context: StageContext, stage: string): void {
  context.learner.restore(stageWeights(context, stage))
}
