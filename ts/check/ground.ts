/** What the checks of one world share: its tasks, batches that end with the check that made them, actions, lines that are there already. */
import { draws, PURPOSE } from '../statistics/index.js'
import type { Batch, BatchOptions, Subject } from './subject.js'

/** Tasks, and worlds of each, of the batches that are compared. */
export const TASKS = 5
export const EACH = 4

/** Steps of courses that are compared bit by bit, at most. */
const COMPARED = 30

/** How actions are drawn: within their bounds, at them and beyond them, or none. */
export type Manner = 'random' | 'extreme' | 'still'

export class Ground {
  readonly subject: Subject
  readonly seed: number
  /** Tasks of the evaluation pool `[TASKS][K]`, as far as there are different ones. */
  readonly tasks: readonly (readonly number[])[]
  /** W of a batch with those tasks. */
  readonly count: number
  readonly #broken: ReadonlyMap<string, string>
  #open: Batch[] = []

  constructor(subject: Subject, seed: number, tasks: readonly (readonly number[])[], broken: ReadonlyMap<string, string>) {
    this.subject = subject
    this.seed = seed
    this.tasks = tasks
    this.count = tasks.length * EACH
    this.#broken = broken
  }

  get about() {
    return this.subject.about
  }

  /** A seed that is another one. */
  get otherSeed(): number {
    return this.seed === 0 ? 1 : this.seed - 1
  }

  /** Steps of courses that are compared bit by bit: not past the horizon. */
  get compared(): number {
    return Math.min(COMPARED, this.about.horizon)
  }

  /** Whether a check that is done has failed. */
  failed(name: string): boolean {
    return this.#broken.has(name)
  }

  /** Worlds: {@link EACH} of every task, unless told otherwise. They are disposed of after the check. */
  batch(options: Partial<BatchOptions> = {}): Batch {
    const made = this.subject.worlds({ tasks: this.tasks, worldsPerTask: EACH, seed: this.seed, ...options })
    this.#open.push(made)
    return made
  }

  /** Disposes of all batches. */
  close(): void {
    for (const batch of this.#open.splice(0)) batch.dispose()
  }

  /** Actions `[count, A]` of step `t`: a function of the seed, the manner and the step; those of one row do not depend on `count`. */
  actions(manner: Manner, t: number, count = this.count): Float64Array {
    const { actionSize: size, actionScale: scale } = this.about
    const out = new Float64Array(count * size)
    if (manner === 'still') return out
    const from = draws(this.seed, PURPOSE.check, (manner === 'random' ? 0 : 2 ** 32) + t)
    for (let i = 0; i < out.length; i++) {
      const u = 2 * from.uniform() - 1
      // Row by row at the bounds, far beyond them, and small.
      out[i] = scale * (manner === 'random' ? u : [Math.sign(u), 1e3 * u, 0.1 * u][Math.floor(i / size) % 3])
    }
    return out
  }
}
