/** Which tasks an arm made worse, and from which fall on that counts. */
import type { Scores } from './poor.js'
import { mean } from './reliability.js'
import { quantile } from './statistics.js'

/** Default margin: of success, or as a share of the spread of returns. */
export const MARGIN = 0.05

/** How many of the other tasks an arm made worse. */
export interface DegradedRow {
  arm: string
  pool: 'both' | 'evaluation' | 'held-out'
  share: number
  size: number
  /** The fall that counts; where it differs between pools and seeds, its mean. */
  margin: number
  /** Where nothing can succeed: `margin` is this share of the spread of theta_0's adapted returns. */
  spreadShare?: number
  tasks: number
}

/**
 * The fall from which a task of a pool counts as degraded: `margin` itself where scores are shares of success; where they
 * are returns, `margin` times the spread (p90 - p10) of the pool's returns before the repair, since returns have no scale
 * of their own.
 */
export function degradationMargin(before: Scores, margin = MARGIN): number {
  if (before.success !== undefined) return margin
  const sorted = [...before.returns].sort((a, b) => a - b)
  return margin * (quantile(sorted, 0.9) - quantile(sorted, 0.1))
}

/** Share and mean size of the falls beyond their margins. */
export function degradedRow(
  judged: readonly { falls: readonly number[]; margin: number }[]
): Pick<DegradedRow, 'share' | 'size' | 'margin' | 'tasks'> {
  const falls = judged.flatMap((entry) => entry.falls)
  // Success rates are ratios of small counts: without the slack a fall of exactly the margin would depend on rounding.
  const degraded = judged.flatMap((entry) => entry.falls.filter((fall) => fall > entry.margin + 1e-9))
  return {
    share: falls.length === 0 ? 0 : degraded.length / falls.length,
    size: mean(degraded),
    margin: judged.every((entry) => entry.margin === judged[0].margin) ? judged[0].margin : mean(judged.map((entry) => entry.margin)),
    tasks: falls.length
  }
}
