/** What a report speaks of: success, or return where nothing can succeed. */
import { leadingMetric, type Metric } from '../select/index.js'

/** The leading metric with how it is written. */
export interface Measure {
  metric: Metric
  /** Decimals of a figure. */
  decimals: number
  /** Decimals where it stands in a sentence beside its interval. */
  short: number
  /** Decimals of a fall. */
  fall: number
}

const SUCCESS: Measure = { metric: 'success', decimals: 3, short: 2, fall: 2 }
// Returns of bodies lie between tens and hundreds.
const RETURN: Measure = { metric: 'return', decimals: 1, short: 1, fall: 1 }

/** The measure of a table. */
export function measureOf(table: Parameters<typeof leadingMetric>[0]): Measure {
  return leadingMetric(table) === 'success' ? SUCCESS : RETURN
}

/** The margin of degradation in words: a fall of success, or a share of the spread of returns. */
export function marginText(row: { margin: number; spreadShare?: number } | undefined): string {
  if (row?.spreadShare === undefined) return String(row?.margin ?? 0.05)
  return `${Math.round(row.spreadShare * 100)} % of the spread of returns (p90 − p10 of the pool before the repair)`
}
