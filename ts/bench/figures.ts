/** What every bench reports besides its figures, and how it times. */

import { availableParallelism } from 'node:os'
import { XmrlError } from '../errors.js'
import type { BenchPlan, Timing } from '../native.js'
import { type Origin, origin } from '../run/index.js'
import { MOST_THREADS, whole } from '../spec/index.js'

/** Number types of derivatives and roll-outs. */
export type Dtype = 'float64' | 'float32'

/** How long and how often something is timed. */
export interface PlanOptions {
  /** Runs of which the median is taken. @default 3 */
  runs?: number
  /** Least seconds of a run; the work is repeated until then. @default 0.3 */
  seconds?: number
  /** Runs that may be thrown away because other programs took more than .15 of a core meanwhile. @default 0 */
  tries?: number
}

/** A figure over some runs. */
export interface Spread {
  median: number
  min: number
  max: number
}

/** Where and under what load it was measured. */
export interface Conditions {
  threads: number
  /** Runs that count, and runs thrown away. */
  runs: number
  discarded: number
  /** Cores that other programs took meanwhile; absent where the system does not tell. */
  foreign?: number
  /** Most memory that this process has held so far. */
  peakResidentMiB: number
  origin: Origin
}

/** A plan as native code takes it. Errors: `ERR_USAGE`. */
export function plan({ runs = 3, seconds = 0.3, tries = 0 }: PlanOptions): BenchPlan {
  if (!(seconds >= 0 && seconds <= 3600)) throw new XmrlError('ERR_USAGE', `seconds: give 0 to 3600, not ${seconds}`)
  return { runs: whole('runs', runs, 1, 10_000), seconds, tries: whole('tries', tries, 0, 10_000) }
}

/** The threads asked for, or one per core. Errors: `ERR_USAGE`. */
export const threadCount = (threads = availableParallelism()) => whole('threads', threads, 1, MOST_THREADS)

/** MiB of this process: the most so far, and now. */
export const peakResidentMiB = () => process.resourceUsage().maxRSS / 1024
export const residentMiB = () => process.memoryUsage.rss() / 2 ** 20

/** Under what conditions some timings were taken. */
export function conditions(threads: number, timings: readonly Timing[]): Conditions {
  const foreign = timings.flatMap((timing) => (timing.foreign === undefined ? [] : [timing.foreign]))
  return {
    threads,
    runs: Math.min(...timings.map((timing) => timing.runs)),
    discarded: timings.reduce((sum, timing) => sum + timing.discarded, 0),
    ...(foreign.length > 0 ? { foreign: Math.max(...foreign) } : {}),
    peakResidentMiB: peakResidentMiB(),
    origin: origin()
  }
}

/** Median, least and greatest of some numbers. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const last = sorted.length - 1
  return { median: (sorted[Math.floor(last / 2)] + sorted[Math.ceil(last / 2)]) / 2, min: sorted[0], max: sorted[last] }
}
