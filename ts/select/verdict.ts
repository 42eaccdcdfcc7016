/** What an explanation comes to: whether favouring its critical tasks can be expected to repair the poor ones. */
import type { ExplanationRecord } from '../records/index.js'
import type { Spec } from '../spec/index.js'

/** What a verdict is read off. */
export type Judged = Pick<ExplanationRecord, 'omega' | 'splitHalfSpearman' | 'effectiveTasks' | 'foretold'>

/**
 * The finding of an explanation in adaptation space, in this order:
 * `unrepeatable` where its halves agree less than `minimumReliability`; `repair` where few tasks carry the weight (1 / Σ omega² is at most
 * `effectiveShare` of N) or where the poor tasks are foretold to gain (`foretold.poor` at least `foretold`); else `spread`.
 * Undefined where no verdict is asked for (`limits` null) or the solver gives no number of effective tasks.
 */
export function judge(
  { omega, splitHalfSpearman, effectiveTasks, foretold }: Judged,
  limits: Spec['explain']['verdict'],
  minimumReliability: number
): ExplanationRecord['verdict'] {
  if (limits === null || effectiveTasks === undefined) return undefined
  const tasks = omega.length
  if (splitHalfSpearman < minimumReliability) {
    const reason = `two halves of the measurement agree only at ${splitHalfSpearman.toFixed(2)} (${minimumReliability} is asked): which training tasks matter cannot be told`
    return { finding: 'unrepeatable', reason }
  }
  const few = effectiveTasks <= limits.effectiveShare * tasks
  const gains = foretold !== undefined && foretold.poor >= limits.foretold
  const spread = `what the poor tasks lack is spread over as many as ${effectiveTasks.toFixed(1)} of ${tasks} training tasks (few enough to favour: ${(limits.effectiveShare * tasks).toFixed(1)})`
  const gain =
    foretold === undefined
      ? ''
      : `, and favouring them is foretold to help the poor tasks by ${foretold.poor.toFixed(2)} of a usual step of adaptation (enough: ${limits.foretold})`
  return { finding: few || gains ? 'repair' : 'spread', reason: `${spread}${gain}` }
}
