/** Courses of worlds: what they gave step by step, and whether two of them are the same to the bit. */
import type { Batch } from './subject.js'

/** What a batch gave in some steps: step after step, each array of a step as the batch gives it. */
export interface Course {
  /** What was seen at the start `[W, S]`. */
  first: Float64Array
  observations: Float64Array[]
  rewards: Float64Array[]
  terminated: Uint8Array[]
  truncated: Uint8Array[]
  /** Whether a step of the episode has been a success so far. */
  success: Uint8Array[]
  /** States at the end `[W, D]`. */
  last: Float64Array
}

/** Steps a batch `steps` times under the actions that `act` gives. */
export function fly(batch: Batch, steps: number, act: (t: number) => Float64Array): Course {
  const course: Course = {
    first: batch.observations,
    observations: [],
    rewards: [],
    terminated: [],
    truncated: [],
    success: [],
    last: new Float64Array()
  }
  for (let t = 0; t < steps; t++) {
    const { observations, rewards, terminated, truncated } = batch.step(act(t))
    course.observations.push(observations)
    course.rewards.push(rewards)
    course.terminated.push(terminated)
    course.truncated.push(truncated)
    course.success.push(batch.success)
  }
  course.last = batch.state()
  return course
}

/** Row `row` of rows of one length. */
export const rowOf = <T extends Float64Array | Uint8Array>(values: T, row: number, count: number): T => {
  const size = values.length / count
  return values.subarray(row * size, (row + 1) * size) as T
}

/** The first entry in which two arrays differ; NaN equals NaN, and 0 does not equal −0. Undefined where they are the same. */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  if (a.length !== b.length) return Math.min(a.length, b.length)
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i
  return undefined
}

/** What two courses are compared by; all of it where nothing is said. */
export interface Compared {
  /** What was seen before the first step. */
  starts?: boolean
  /** Whether time was up: not where one course began in mid-episode, since horizons begin with episodes. Rows are then compared until it is. */
  truncated?: boolean
  /** Success, which is an episode's: not where one course belongs to an episode that had succeeded before it. */
  success?: boolean
}

/** Where two rows of two courses part, in words: what differs, when, and by how much. Undefined where they are the same. */
export function parting(
  [a, rowA, countA]: [Course, number, number],
  [b, rowB, countB]: [Course, number, number],
  { starts = true, truncated = true, success = true }: Compared = {}
): string | undefined {
  const differs = (what: string, of: Float64Array | Uint8Array, and: Float64Array | Uint8Array) => {
    const [x, y] = [rowOf(of, rowA, countA), rowOf(and, rowB, countB)]
    const at = firstDifference(x, y)
    if (at === undefined) return undefined
    return `${what}${x.length > 1 ? `, entry ${at}` : ''}: ${x[at]} and ${y[at]}`
  }
  const begun = starts ? differs('first observation', a.first, b.first) : undefined
  if (begun !== undefined) return begun
  for (let t = 0; t < a.rewards.length; t++) {
    const found =
      differs('reward', a.rewards[t], b.rewards[t]) ??
      differs('observation', a.observations[t], b.observations[t]) ??
      differs('terminated', a.terminated[t], b.terminated[t]) ??
      (success ? differs('success', a.success[t], b.success[t]) : undefined)
    const late = differs('truncated', a.truncated[t], b.truncated[t])
    if (found === undefined && late !== undefined && !truncated) return undefined
    if (found !== undefined || late !== undefined) return `after step ${t + 1} ${found ?? late}`
  }
  return differs('last state', a.last, b.last)
}

/** Where two courses of equal batches part: the row, and in which way. */
export function partingOfAll(a: Course, b: Course, count: number): string | undefined {
  for (let row = 0; row < count; row++) {
    const found = parting([a, row, count], [b, row, count])
    if (found !== undefined) return `world ${row}, ${found}`
  }
  return undefined
}
