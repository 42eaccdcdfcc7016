/** Task weights from scores. */
import { mean } from '../statistics/index.js'

/**
 * `[N]` weights on the simplex after one exponentiated-gradient step from the even ones: `w_i = exp(z_i) / sum_j exp(z_j)`,
 * `z_i = (s_i - mean s) / sd s`. The step is one standard deviation long, because meta-gradients have no scale of their own:
 * the weights do not change when the scores are shifted or multiplied. Equal scores give even weights.
 */
export function hypergradientWeights(scores: readonly number[]): number[] {
  const middle = mean(scores)
  const deviation = Math.sqrt(mean(scores.map((score) => (score - middle) ** 2)))
  const z = scores.map((score) => (deviation > 0 ? (score - middle) / deviation : 0))
  const top = Math.max(...z)
  const powers = z.map((value) => Math.exp(value - top))
  const total = powers.reduce((sum, power) => sum + power, 0)
  return powers.map((power) => power / total)
}
