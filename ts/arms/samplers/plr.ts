/** Prioritised level replay (Jiang, Grefenstette, Rocktäschel, ICML 2021), tasks as levels. */
import { mean, topIds } from '../../statistics/index.js'
import { drawn, even, inTurn, normalised, type Sampler } from './sampler.js'

/** See `retrain.plr` in the specification. */
export interface PlrOptions {
  temperature: number
  staleness: number
}

/** What is known of each task. */
export interface PlrState {
  /** `[N]` mean size of the advantages at the last visit; null: never visited. */
  scores: (number | null)[]
  /** `[N]` meta-batches since the last visit. */
  age: number[]
}

/** `[N]` `1 / rank^(1/temperature)` of the visited tasks, the greatest score first, normalised; 0 for the others. */
function byRank(scores: readonly (number | null)[], temperature: number): number[] {
  const seen = scores.filter((score) => score !== null).length
  const weights = scores.map(() => 0)
  const order = topIds(
    scores.map((score) => score ?? Number.NEGATIVE_INFINITY),
    seen
  )
  for (const [at, task] of order.entries()) weights[task] = (at + 1) ** (-1 / temperature)
  return normalised(weights)
}

/**
 * Tasks that were never visited come first, in random order. The other places are drawn from
 * `(1 − staleness) P_S + staleness P_C` over visited tasks: `P_S ∝ 1 / rank^(1/temperature)` by score, `P_C ∝` meta-batches since the
 * last visit (P_S alone where every task was in the last one).
 */
export function plr({ temperature, staleness }: PlrOptions): Sampler<PlrState> {
  const law = ({ scores, age }: PlrState) => {
    if (scores.every((score) => score === null)) return even(scores.length)
    const ranked = byRank(scores, temperature)
    const waited = age.map((count, task) => (scores[task] === null ? 0 : count))
    if (waited.every((count) => count === 0)) return ranked
    const stale = normalised(waited)
    return ranked.map((p, task) => (1 - staleness) * p + staleness * stale[task])
  }
  return {
    start: (tasks) => ({ scores: new Array<null>(tasks).fill(null), age: new Array<number>(tasks).fill(0) }),
    draw(state, size, draws) {
      const fresh = state.scores.flatMap((score, task) => (score === null ? [task] : []))
      const first = inTurn(fresh, Math.min(size, fresh.length), draws)
      const left = size - first.length
      const all = state.scores.map((_, task) => task)
      const more = fresh.length === all.length ? inTurn(all, left, draws) : drawn(law(state), left, draws)
      return { tasks: [...first, ...more] }
    },
    learn({ scores, age }, { tasks, advantages }) {
      const visits = (task: number) => advantages.filter((_, at) => tasks[at] === task)
      const visited = new Set(tasks)
      return {
        scores: scores.map((score, task) => (visited.has(task) ? mean(visits(task)) : score)),
        age: age.map((count, task) => (visited.has(task) ? 0 : count + 1))
      }
    },
    law
  }
}
