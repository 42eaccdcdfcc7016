/**
 * The weighted Reptile step with which a repair begins. An explanation says by which weights meta-training would move where the poor
 * tasks want to go; that move is known before anything is retrained, `d = Σ (omega_i − 1/N) u_i`, and is made at once: theta + length · d,
 * as far as an audit finds the poor tasks better and the others no worse.
 */
import type { ArmRecord } from '../records/index.js'
import type { Spec } from '../spec/index.js'
import { type Audit, fell } from './audit.js'
import { ownName, type StageContext, type Trained, throwIfAborted, withWeights } from './context.js'
import { movedAlong } from './weights.js'

/** What the step came to. */
export type ReptileStep = NonNullable<ArmRecord['reptileStep']>

/** File of the move. */
const MOVE = 'move.f64'

/**
 * Keeps the move of an explanation.
 * @param weights `[N]` sampling weights of the training tasks, on the simplex
 * @param directions `[N][P]` mean of both halves
 */
export function keepMove(context: StageContext, weights: readonly number[], directions: Float64Array): void {
  const size = directions.length / weights.length
  const move = new DataView(new ArrayBuffer(8 * size))
  for (let at = 0; at < size; at++) {
    let sum = 0
    for (const [task, weight] of weights.entries()) sum += (weight - 1 / weights.length) * directions[task * size + at]
    move.setFloat64(8 * at, sum, true)
  }
  context.store.saveCheckpoint(ownName(context, 'move'), 1, { [MOVE]: new Uint8Array(move.buffer) }, {}, { aside: true })
}

/** The move `[P]` of the run's explanation, or of an arm's own; undefined where none was kept. */
export function keptMove({ store, own }: Pick<StageContext, 'store' | 'own'>): Float64Array | undefined {
  const bytes = store.checkpoint(ownName({ own }, 'move'))?.files[MOVE]
  if (bytes === undefined) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Float64Array.from({ length: bytes.length / 8 }, (_, at) => view.getFloat64(8 * at, true))
}

/**
 * Tries the lengths in order at the weights of `from`, until the other tasks fall, and takes the one at which the poor tasks do best; none
 * where no length serves them better. The audit flies on the same random numbers at every length.
 * @returns the new weights, and what was tried
 */
export async function reptileStep(
  context: StageContext,
  from: Trained,
  weights: Uint8Array,
  move: Float64Array,
  audit: Audit,
  { lengths, tolerance }: NonNullable<Spec['retrain']['reptileStep']>
): Promise<{ weights: Uint8Array; step: ReptileStep }> {
  const tried: ReptileStep['tried'] = []
  let best = { length: 0, weights }
  let envSteps = 0
  for (const length of [0, ...lengths]) {
    throwIfAborted(context)
    const moved = length === 0 ? weights : movedAlong(weights, move, length)
    const { envSteps: flown, ...found } = await withWeights(context, moved, () => audit.score())
    envSteps += flown
    const poorest = tried.find((each) => each.length === best.length)?.poor ?? Number.NEGATIVE_INFINITY
    tried.push({ length, ...found })
    if (fell(found, tolerance)) break
    if (found.poor > poorest) best = { length, weights: moved }
  }
  const step = { length: best.length, tried, envSteps }
  context.store.metrics.append({ stage: `reptile-${from}`, envSteps, length: step.length })
  return { weights: best.weights, step }
}
