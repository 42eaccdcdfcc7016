/** The explanation and the mixing law that an arm works by: the run's, or its own. */
import { defined } from '../defined.js'
import type { AugmentationRecord, ExplanationRecord } from '../records/index.js'
import { canMix, type ResolvedArm, specOfArm } from '../spec/index.js'
import { augmentBy } from './augment.js'
import { needed, type Own, type StageContext, stageOfArm } from './context.js'
import type { StageEvent } from './events.js'
import { explain } from './explain.js'

/** What an arm works by. */
export interface Basis {
  explanation: ExplanationRecord
  /** Absent where no states can be mixed. */
  augmentation?: AugmentationRecord
}

/** An arm's view of a seed: its own keys of `explain` and `augment`, and records under its name. */
const viewOf = (context: StageContext, arm: ResolvedArm, own: Own): StageContext => ({
  ...context,
  spec: specOfArm(context.spec, arm),
  own
})

/**
 * The run's explanation and mixing law, or the arm's own where it replaces keys of theirs; made at theta_0. A law is learned anew
 * where the arm mixes by a learned one, since it depends on the critical tasks.
 */
export async function* basisOf(context: StageContext, arm: ResolvedArm): AsyncGenerator<StageEvent, Basis> {
  const mixes = canMix(context.spec)
  const shared = { explanation: needed(context, 'explanation'), ...(mixes ? { augmentation: needed(context, 'augmentation') } : {}) }
  if (arm.explain === undefined && arm.augment === undefined) return shared
  const own = viewOf(context, arm, { name: arm.name, at: 'train' })
  const explanation = arm.explain === undefined ? shared.explanation : yield* explain(own)
  const augmentation = mixes && arm.charged.includes('augment') ? yield* augmentBy(own, explanation) : shared.augmentation
  return { explanation, ...defined({ augmentation }) }
}

/** The arm's explanation at its own present weights, before its round `round` (2, 3, ...); of the tasks that were poor at theta_0. */
export async function* explainAgain(context: StageContext, arm: ResolvedArm, round: number): AsyncGenerator<StageEvent, ExplanationRecord> {
  return yield* explain(viewOf(context, arm, { name: `${arm.name}@${round}`, at: stageOfArm(arm.name) }))
}
