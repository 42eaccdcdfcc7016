/**
 * Intervals for paired differences: the percentile bootstrap over tasks (one seed) or over seeds and then tasks (several).
 * Random numbers are counter-based, so a table is the same on every machine.
 */
import { XmrlError } from '../errors.js'
import { between, checkOptions, type Kinds, seed as seeds, whole } from '../options.js'
import type { Interval } from '../records/index.js'
import { type Draws, draws, mean, PURPOSE } from '../statistics/index.js'

/** Settings of a bootstrap. */
export interface BootstrapOptions {
  /** @default 4000 */
  resamples?: number
  /** Coverage of the interval. @default 0.95 */
  level?: number
  /** @default 0 */
  seed?: number
}

export const BOOTSTRAP: Kinds<BootstrapOptions> = { resamples: whole(1, 1_000_000), level: between(0, 1), seed: seeds }

/** A statistic of a resample: `counts[i]` times was task i drawn, `drawn` tasks in all. */
export type Resampled = (counts: Uint16Array, drawn: number) => number

/** A bootstrap whose resamples are shared by all its intervals: the rows of a table differ by their data alone. */
export class Bootstrap {
  readonly resamples: number
  readonly level: number
  readonly #streams: Draws[]
  readonly #uniforms: number[][]

  constructor(options: BootstrapOptions = {}) {
    const { resamples = 4000, level = 0.95, seed = 0 } = checkOptions('Bootstrap', options, BOOTSTRAP)
    this.resamples = resamples
    this.level = level
    this.#streams = Array.from({ length: this.resamples }, (_, index) => draws(seed, PURPOSE.bootstrap, index))
    this.#uniforms = this.#streams.map(() => [])
  }

  /**
   * The mean difference and its percentile interval.
   * @param differences `[seeds][tasks]`, after - before of the same task; seeds may hold different numbers of tasks and
   * weigh the same. One seed: tasks are resampled. Several: seeds with replacement, then tasks within each.
   * @throws XmrlError `ERR_SHAPE` where there is nothing, `ERR_NOT_FINITE`
   */
  interval(differences: readonly (readonly number[])[]): Interval {
    const data = differences.filter((tasks) => tasks.length > 0)
    if (data.length === 0) throw new XmrlError('ERR_SHAPE', 'a bootstrap interval needs at least one task')
    data.forEach((tasks, seed) => {
      const row = tasks.findIndex((value) => !Number.isFinite(value))
      if (row >= 0) throw new XmrlError('ERR_NOT_FINITE', `difference of seed ${seed}, task ${row} is ${tasks[row]}`)
    })
    // Uniform numbers of one drawn seed: one that chooses it, one for each of its tasks.
    const width = 1 + Math.max(...data.map((tasks) => tasks.length))
    const means = this.#streams.map((_, resample) => resampledMean(data, this.#row(resample, data.length * width), width))
    means.sort((a, b) => a - b)
    const tail = (1 - this.level) / 2
    const [low, high] = [quantile(means, tail), quantile(means, 1 - tail)]
    return { gain: mean(data.map(mean)), low, high, shown: low > 0 || high < 0 }
  }

  /**
   * Percentile intervals of any statistics of the resampled tasks, all over the same resamples: seeds with replacement, then
   * tasks within each stratum of a drawn seed, so that every stratum keeps its size.
   * @param shape `[seeds][strata]` number of tasks; tasks are numbered seed by seed, stratum by stratum
   * @param statistics each a function of how often every task was drawn, and of how many draws these are
   * @throws XmrlError `ERR_SHAPE` where there is no task
   */
  intervals(shape: readonly (readonly number[])[], statistics: readonly Resampled[]): Pick<Interval, 'low' | 'high'>[] {
    const sizes = shape.map((strata) => strata.reduce((sum, size) => sum + size, 0))
    const first = sizes.map((_, seed) => sizes.slice(0, seed).reduce((sum, size) => sum + size, 0))
    const total = sizes.reduce((sum, size) => sum + size, 0)
    if (total === 0) throw new XmrlError('ERR_SHAPE', 'a bootstrap interval needs at least one task')
    const width = 1 + Math.max(...sizes)
    const counts = new Uint16Array(total)
    const found = statistics.map(() => new Float64Array(this.resamples))
    for (let resample = 0; resample < this.resamples; resample++) {
      const uniforms = this.#row(resample, shape.length * width)
      counts.fill(0)
      let drawn = 0
      for (let k = 0; k < shape.length; k++) {
        const seed = Math.floor(uniforms[k * width] * shape.length)
        drawn += sizes[seed]
        countTasks(counts, first[seed], shape[seed], uniforms, k * width + 1)
      }
      for (let j = 0; j < statistics.length; j++) found[j][resample] = statistics[j](counts, drawn)
    }
    const tail = (1 - this.level) / 2
    return found.map((sample) => {
      const sorted = Array.from(sample.sort())
      return { low: quantile(sorted, tail), high: quantile(sorted, 1 - tail) }
    })
  }

  #row(resample: number, length: number): number[] {
    const row = this.#uniforms[resample]
    while (row.length < length) row.push(this.#streams[resample].uniform())
    return row
  }
}

/**
 * One paired interval: the mean difference, and the bounds between which its percentile bootstrap lies.
 * @param differences `[seeds][tasks]`, after - before of the same task; seeds weigh the same. One seed: tasks are resampled; several:
 * seeds with replacement, then tasks within each
 * @throws XmrlError `ERR_SHAPE` where there is nothing, `ERR_NOT_FINITE` naming seed and task
 */
export function pairedBootstrap(differences: readonly (readonly number[])[], options?: BootstrapOptions): Interval {
  return new Bootstrap(options).interval(differences)
}

/** Quantile of sorted values with linear interpolation (type 7). */
export function quantile(sorted: readonly number[], probability: number): number {
  const at = probability * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (at - below) * (sorted[above] - sorted[below])
}

/** Draws the tasks of one seed, stratum by stratum, and counts them. */
function countTasks(counts: Uint16Array, first: number, strata: readonly number[], uniforms: readonly number[], from: number): void {
  let at = from
  let task = first
  for (const size of strata) {
    for (let i = 0; i < size; i++) counts[task + Math.floor(uniforms[at++] * size)]++
    task += size
  }
}

function resampledMean(data: readonly (readonly number[])[], uniforms: readonly number[], width: number): number {
  let sum = 0
  for (let k = 0; k < data.length; k++) {
    const chosen = data[Math.floor(uniforms[k * width] * data.length)]
    sum += resampledTasks(chosen, uniforms, k * width + 1)
  }
  return sum / data.length
}

function resampledTasks(tasks: readonly number[], uniforms: readonly number[], from: number): number {
  let sum = 0
  for (let i = 0; i < tasks.length; i++) sum += tasks[Math.floor(uniforms[from + i] * tasks.length)]
  return sum / tasks.length
}
