/** What every stage of one seed works with. */
import { INTERVENTIONS } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import type { RecordBody, RecordName, TasksRecord } from '../records/index.js'
import { type SeedStore, WEIGHTS } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import type { Learner } from './learner.js'

/** An arm that explains or augments for itself. */
export interface Own {
  /** The arm, and its round from the second on: `mine`, `mine@2`. */
  readonly name: string
  /** The finished stage at whose weights it does. */
  readonly at: Trained
}

/** One seed of a run: its specification, its files, and the learner that stages move and measure. */
export interface StageContext {
  readonly spec: Spec
  readonly seed: number
  readonly store: SeedStore
  readonly learner: Learner
  readonly tasks: TasksRecord
  readonly signal?: AbortSignal
  /** Whose own explanation or mixing law is being made; `spec` is then the arm's. */
  readonly own?: Own
  /** Notes the environment steps that a stage has spent in all. */
  recordSteps(stage: string, envSteps: number): void
}

/** Whether episodes can succeed; where they cannot, records and events hold returns alone. */
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
  /** Episodes for pictures. */
  pictures: 31,
  /** Rows by which task weighting compares tasks. */
  matching: 41,
  /** Two halves of the hypergradient form of task weighting. */
  weighting: [42, 43],
  /** Audits of a retraining arm: of its Reptile step, and of its dose where that is steered. */
  audit: 51,
  /** Fresh evaluations of a validation, one a repeat: this and the next. */
  validation: 64,
  /** Its short retrainings, one a repeat: this and the next (a stream of meta-steps, as arms have). */
  interventions: INTERVENTIONS.first
} as const

/** Name under which a stage keeps its records, checkpoints and metrics: an arm's own are marked with the arm. */
export const ownName = <N extends string>({ own }: Pick<StageContext, 'own'>, name: N): N | `${N}-${string}` =>
  own === undefined ? name : `${name}-${own.name}`

/** The stage at whose weights an explanation or a mixing law is made: training, or what the arm says. */
export const weightsOf = ({ own }: Pick<StageContext, 'own'>): Trained => own?.at ?? 'train'

/** Throws `ERR_ABORTED` when the run was asked to stop; what is saved stays. */
export function throwIfAborted(context: Pick<StageContext, 'signal'>): void {
  if (context.signal?.aborted) throw aborted()
}

/** The error of a run that was asked to stop. */
export function aborted(): XmrlError {
  return new XmrlError('ERR_ABORTED', 'stopped after saving; run the same command with --resume to go on')
}

/**
 * A record that a stage cannot begin without.
 * @throws XmrlError `ERR_RUN_NOT_FOUND` where it is not there
 */
export function needed<N extends RecordName>({ store }: Pick<StageContext, 'store'>, name: N): RecordBody<N> {
  const record = store.record(name)
  if (record === undefined) throw new XmrlError('ERR_RUN_NOT_FOUND', `${store.path} has no record ${name}: run the stage before first`)
  return record
}

/** Weights of a finished stage: `train` (theta_0) or `retrain-<arm>`. Errors: `ERR_RUN_NOT_FOUND` where it has no checkpoint. */
export function stageWeights({ store }: Pick<StageContext, 'store'>, stage: Trained): Uint8Array {
  const checkpoint = store.checkpoint(stage)
  if (!checkpoint) throw new XmrlError('ERR_RUN_NOT_FOUND', `${store.path} has no checkpoint of ${stage}: run that stage first`)
  return checkpoint.files[WEIGHTS]
}

/** A stage that trains weights. */
export type Trained = 'train' | `retrain-${string}`

/** The stage whose weights an evaluation is named after: `theta_0`, or an arm. */
export const stageOfArm = (arm: string): Trained => (arm === 'theta_0' ? 'train' : `retrain-${arm}`)

/**
 * Does `work` at the weights of a finished stage (or at those given). Where the learner stands afterwards is no promise: whoever works
 * with it says at which weights.
 */
export function withWeights<T>(context: StageContext, of: Trained | Uint8Array, work: (learner: Learner) => T): T {
  context.learner.restore(typeof of === 'string' ? stageWeights(context, of) : of)
  return work(context.learner)
}
