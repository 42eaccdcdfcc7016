/** The explanation and the mixing law that an arm works by: the run's, or its own. */

import { XmrlError } from '../errors.js'
import type { AugmentationRecord, ExplanationRecord } from '../records/index.js'
import { type ResolvedArm, specOfArm } from '../spec/index.js'
import { augment } from './augment.js'
import { restoreStage, type StageContext } from './context.js'
import type { StageEvent } from './events.js'
import { explain } from './explain.js'

/** What an arm works by. */
export interface Basis {
  explanation: ExplanationRecord
  augmentation: AugmentationRecord
}

/** An arm's view of a seed: its own keys of `explain` and `augment`, and records under its name. */
const viewOf = (context: StageContext, arm: ResolvedArm, own: string): StageContext => ({
  ...context,
  spec: specOfArm(context.spec, arm),
  own
})

/**
 * The run's explanation and mixing law, or the arm's own where it replaces keys of theirs; made at theta_0, in which the learner
 * is left. A law is learned anew where the arm mixes by a learned one, since it depends on the critical tasks.
 */
export async function* basisOf(context: StageContext, arm: ResolvedArm, shared: Basis): AsyncGenerator<StageEvent, Basis> {
  if (arm.explain === undefined && arm.augment === undefined) return shared
  const own = viewOf(context, arm, arm.name)
  restoreStage(context, 'train')
  const explanation = arm.explain === undefined ? shared.explanation : yield* explanationOf(own)
  const augmentation = arm.charged.includes('augment') ? yield* augment(own, explanation) : shared.augmentation
  restoreStage(context, 'train')
  return { explanation, augmentation }
}

/** The arm's explanation at its own present weights, before its round `round` (2, 3, ...); of the tasks that were poor at theta_0. */
export async function* explainAgain(context: StageContext, arm: ResolvedArm, round: number): AsyncGenerator<StageEvent, ExplanationRecord> {
  return yield* explanationOf(viewOf(context, arm, `${arm.name}@${round}`))
}

async function* explanationOf(own: StageContext): AsyncGenerator<StageEvent, ExplanationRecord> {
  const [poor, evaluation] = [own.store.record('poor'), own.store.record('evaluation-theta_0')]
  if (poor === undefined || evaluation === undefined) {
    throw new XmrlError('ERR_RUN_NOT_FOUND', `${own.store.path} has no records evaluation-theta_0 and poor: run evaluate first`)
  }
  return yield* explain(own, poor, evaluation)
}
