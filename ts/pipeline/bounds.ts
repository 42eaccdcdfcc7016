/** Bounds of task parameters as distances and pictures need them. */
import type { PoolName } from '../records/index.js'

/** Bounds beyond this are none: no JSON knows infinity, and worlds without bounds have the largest number. */
const NONE = 1e300

/**
 * The bounds `[K]` of each parameter, and where there is none the smallest and the largest value among the tasks of all pools: distances between
 * tasks are measured in parts of them, and pictures are as wide.
 */
export function taskBounds(
  { taskLow, taskHigh }: { readonly taskLow: readonly number[]; readonly taskHigh: readonly number[] },
  pools: Readonly<Record<PoolName, { readonly values: readonly (readonly number[])[] }>>
): { taskLow: number[]; taskHigh: number[] } {
  const tasks = Object.values(pools).flatMap(({ values }) => values)
  const column = (k: number) => tasks.map((task) => task[k])
  const low = taskLow.map((bound, k) => (bound > -NONE ? bound : column(k).reduce((a, b) => Math.min(a, b))))
  const high = taskHigh.map((bound, k) => (bound < NONE ? bound : column(k).reduce((a, b) => Math.max(a, b))))
  // A parameter that never varies has no range to be measured in.
  return { taskLow: low, taskHigh: high.map((bound, k) => (bound > low[k] ? bound : low[k] + 1)) }
}
