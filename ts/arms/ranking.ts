/** Training tasks in the order of importance that an explanation gives them. */
import { topIds } from '../statistics/index.js'

/** What an explanation says of each training task, `[N]` each. */
export interface Ranked {
  /** Weights or scores; greater = more critical. */
  omega: readonly number[]
  /** Cosine with the poor tasks, where the solver gives it: settles ties, for weights on the simplex are mostly 0. */
  similarity?: readonly number[]
  /** True where the explanation did not repeat: the order is then that of `distance`. */
  fallback: boolean
  /** Distance to the nearest poor task. */
  distance: readonly number[]
}

/** Every training task, the most important first; what still ties comes in id order. */
export function rankTasks({ omega, similarity, fallback, distance }: Ranked): number[] {
  if (fallback)
    return topIds(
      distance.map((value) => -value),
      distance.length
    )
  const bySimilarity = topIds(similarity ?? omega, omega.length)
  const place = new Map(bySimilarity.map((task, at) => [task, at]))
  return bySimilarity.sort((a, b) => omega[b] - omega[a] || (place.get(a) ?? 0) - (place.get(b) ?? 0))
}
