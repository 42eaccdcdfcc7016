/** What draws meta-batches by a law that it learns from how they went: a sampler of tasks, its state in plain values. */
import { XmrlError } from '../../errors.js'
import { type Draws, sampleWithoutReplacement, weightedIndex } from '../../statistics/index.js'

/** What became of a meta-batch, one entry a place. */
export interface Outcome {
  tasks: readonly number[]
  /** Mean return of the place's query episodes. */
  returns: readonly number[]
  /** Mean size of the advantages of their rows. */
  advantages: readonly number[]
}

/** A law over a finite pool of tasks and how it learns. Pure: a state is plain JSON, and the next is a function of it and of an outcome. */
export interface Sampler<State> {
  start(tasks: number): State
  /** A meta-batch: ids of `size` tasks, of which one may come several times. */
  draw(state: State, size: number, draws: Draws): { tasks: number[] }
  /** The state after the meta-batch that was drawn last. */
  learn(state: State, outcome: Outcome): State
  /** `[N]` probabilities by which a place is drawn, on the simplex. */
  law(state: State): number[]
}

/** `[N]` even probabilities. */
export const even = (tasks: number): number[] => new Array<number>(tasks).fill(1 / tasks)

/** `law` with a share of it given to the even law: `(1 − share) p_i + share / N`. */
export const mixedWithEven = (law: readonly number[], share: number): number[] => law.map((p) => (1 - share) * p + share / law.length)

/** `values` (not negative, some above 0) over their sum. */
export function normalised(values: readonly number[]): number[] {
  const total = values.reduce((sum, value) => sum + value, 0)
  return values.map((value) => value / total)
}

/** `count` places drawn by a law, one from the other independent. */
export const drawn = (law: readonly number[], count: number, draws: Draws): number[] =>
  Array.from({ length: count }, () => weightedIndex(draws, law))

/** `count` of `pool` in random order: none comes again before every other has come. */
export function inTurn(pool: readonly number[], count: number, draws: Draws): number[] {
  const out: number[] = []
  while (out.length < count && pool.length > 0) {
    const places = Math.min(pool.length, count - out.length)
    out.push(...sampleWithoutReplacement(draws, pool.length, places).map((at) => pool[at]))
  }
  return out
}

/**
 * A state as it was saved, `N` numbers under each of `keys`.
 * @throws XmrlError `ERR_CHECKPOINT_CORRUPT` naming the key, the tasks and what was found
 */
export function checked<State>(state: unknown, keys: readonly (keyof State & string)[], tasks: number): State {
  const lists = (typeof state === 'object' && state !== null ? state : {}) as Record<string, unknown>
  for (const key of keys) {
    const found = lists[key]
    if (Array.isArray(found) && found.length === tasks) continue
    const was = Array.isArray(found) ? `${found.length} entries` : `${found}`
    throw new XmrlError('ERR_CHECKPOINT_CORRUPT', `steering.${key}: ${was} for ${tasks} training tasks; put the run's own checkpoint back`)
  }
  return state as State
}
