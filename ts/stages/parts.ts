/** A pool measured some tasks at a time, so that a stop waits for seconds where all of it takes minutes. */
import type { KeptScores } from './learner.js'

/** What a part should take. */
const SECONDS = 10
/** Of the first part, of which nobody knows what it takes. */
const FEWEST = 8
/** How many times as many tasks the next part may have, at most. */
const FASTEST = 16

/** How many tasks the next part has; a multiple of the threads that share it. No result depends on it. */
export class Pace {
  readonly #threads: number
  #tasks: number

  constructor(threads: number) {
    this.#threads = threads
    this.#tasks = this.#shared(FEWEST)
  }

  get tasks(): number {
    return this.#tasks
  }

  /** Notes that `tasks` of them took so many seconds. */
  took(tasks: number, seconds: number): void {
    this.#tasks = this.#shared(tasks * Math.min(SECONDS / Math.max(seconds, 1e-3), FASTEST))
  }

  #shared = (tasks: number) => Math.max(1, Math.round(tasks / this.#threads)) * this.#threads
}

/** Several parts of a pool as one, in their order: `[N]` and, of `k` displacements, `[k][N][P]`. */
export function joined(parts: readonly KeptScores[], k: number): KeptScores {
  const sum = (of: 'envSteps' | 'furtherSteps') => parts.reduce((total, part) => total + part[of], 0)
  return {
    returns: parts.flatMap(({ returns }) => returns),
    success: parts.flatMap(({ success }) => success),
    envSteps: sum('envSteps'),
    furtherSteps: sum('furtherSteps'),
    displacements: interleaved(
      parts.map(({ displacements }) => displacements),
      k
    )
  }
}

/** `[k][n][P]` of every part as `[k][N][P]`. */
function interleaved(parts: readonly Float32Array[], k: number): Float32Array {
  const whole = new Float32Array(parts.reduce((total, part) => total + part.length, 0))
  let to = 0
  for (let step = 0; step < k; step++)
    for (const part of parts) {
      const size = part.length / k
      whole.set(part.subarray(step * size, (step + 1) * size), to)
      to += size
    }
  return whole
}
