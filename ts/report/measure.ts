/** What a report speaks of: success, or return where nothing can succeed. */
import { fixed, percent } from '../drawing/index.js'
import type { Interval, Metric } from '../records/index.js'
import { leadingMetric } from '../select/index.js'

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

/** Most decimals of a success; returns have any unit. */
const MOST = { success: 3, return: 6 } as const

/**
 * Decimals in which every figure of a sentence is written: as many as the interval can tell (the last one stands for at most a
 * fifth of its width), more where an end that is not 0 would read as 0, or where `[a, b, a - b]`, rounded, would not add up.
 */
export function decimalsFor({ metric, short }: Measure, { gain, low, high }: Interval, sum: readonly number[]): number {
  const width = high > low ? high - low : Math.abs(gain)
  const told = width > 0 && Number.isFinite(width) ? Math.max(0, Math.ceil(Math.log10(5 / width))) : short
  const least = Math.min(metric === 'success' ? Math.max(told, SUCCESS.short) : told, MOST[metric])
  const fits = (decimals: number) => {
    const unit = 10 ** decimals
    const hidden = [gain, low, high].some((value) => value !== 0 && Math.round(Math.abs(value) * unit) === 0)
    const [a, b, difference] = sum.map((value) => Number(value.toFixed(decimals)))
    return !hidden && (sum.length === 0 || Math.round((a - b - difference) * unit) === 0)
  }
  return [least, least + 1, least + 2].find((decimals) => decimals <= MOST[metric] && fits(decimals)) ?? least
}

/**
 * What a correlation `r` of two halves says of the whole, which has twice the data (Spearman-Brown, 2r / (1 + r)); undefined for
 * r <= 0, where halves that disagree say nothing.
 */
export function spearmanBrown(r: number): number | undefined {
  return r > 0 ? (2 * r) / (1 + r) : undefined
}

/** `0.60 (0.75 for the whole, by Spearman-Brown)`. */
export function splitHalfText(r: number): string {
  const whole = spearmanBrown(r)
  return whole === undefined ? fixed(r) : `${fixed(r)} (${fixed(whole)} for the whole, by Spearman-Brown)`
}

/**
 * By how much theta_0 is not stationary, in words: |Σ ω s| / Σ |ω s| of the influence scores, 0 where they cancel as at a stationary
 * point. It is no check of the solve. Empty where the solver records none; records of old call it `identityDefect`.
 */
export function nonStationarityText(info: Readonly<Record<string, number | boolean | string>>): string {
  const value = info.nonStationarity ?? info.identityDefect
  return typeof value === 'number' ? ` Non-stationarity, the share by which the scores do not cancel at theta_0: ${percent(value)}.` : ''
}

/** What a change is measured from, in words. */
export function referenceText(against: readonly string[]): string {
  if (against.includes('theta_0')) return 'the weights before the repair'
  return against.length > 1 ? 'the mean of both continued MAML runs' : 'continued MAML'
}
