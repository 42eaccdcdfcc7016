/**
 * A cross-entropy sampler for the worst share of tasks (Greenberg, Mannor, Chechik, Meirom, "Train Hard, Fight Easy: Robust Meta
 * Reinforcement Learning", NeurIPS 2023), over the ids of a finite pool.
 */
import type { Draws } from '../../statistics/index.js'
import { drawn, even, inTurn, mixedWithEven, normalised, type Sampler } from './sampler.js'

/** See `retrain.roml` in the specification. */
export interface RomlOptions {
  alpha: number
  beta: number
  evenShare: number
  smoothing: number
  batch: number
  floor: number
}

/** One place that waits for an update. */
interface Place {
  task: number
  return: number
  /** Drawn from the even law. */
  even: boolean
}

/** The law, and the places flown since its last update. */
export interface RomlState {
  law: number[]
  places: Place[]
}

/** Places of a meta-batch that are drawn from the even law: the first ones, at least one. */
const evenPlaces = (size: number, share: number) => Math.min(size, Math.max(1, Math.round(share * size)))

/**
 * The value at or below which a share of `values` lies, the least such one of them. Nothing lies above the whole of a law, so a share of
 * 1 is infinite.
 */
export function quantile(values: readonly number[], share: number): number {
  if (share >= 1) return Number.POSITIVE_INFINITY
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length - 1e-9) - 1)]
}

/** `[N]` law whose likelihood of the elite, weighed by `(1/N) / p`, is greatest; undefined without an elite. */
function fitted({ law, places }: RomlState, { alpha, beta }: RomlOptions): number[] | undefined {
  const returns = (of: readonly Place[]) => of.map((place) => place.return)
  const sample = places.filter((place) => place.even)
  const bound = Math.max(quantile(returns(sample), alpha), quantile(returns(places), beta))
  const counts = law.map(() => 0)
  for (const { task, return: value, even: fair } of places) {
    if (value <= bound) counts[task] += fair ? 1 : 1 / (law.length * law[task])
  }
  return counts.some((count) => count > 0) ? normalised(counts) : undefined
}

/**
 * In every meta-batch a share of places is drawn from the even law, the others from the law p. After `batch` places, with
 * `bound = max(quantile_alpha of the even places' returns, quantile_beta of all returns)`,
 * `p_i <- smoothing p_i + (1 − smoothing) Σ_(elite places of i) w / Σ_(elite) w`, w = 1 for even places and (1/N)/p_i for the others,
 * then a share `floor` of p is made even.
 */
export function roml(options: RomlOptions): Sampler<RomlState> {
  const { evenShare, smoothing, batch, floor } = options
  return {
    start: (tasks) => ({ law: even(tasks), places: [] }),
    draw({ law }, size, draws: Draws) {
      const fair = evenPlaces(size, evenShare)
      const all = law.map((_, task) => task)
      return { tasks: [...inTurn(all, fair, draws), ...drawn(law, size - fair, draws)] }
    },
    learn({ law, places }, { tasks, returns }) {
      const fair = evenPlaces(tasks.length, evenShare)
      const all = [...places, ...tasks.map((task, at) => ({ task, return: returns[at], even: at < fair }))]
      if (all.length < batch) return { law, places: all }
      const next = fitted({ law, places: all }, options) ?? law
      return {
        law: mixedWithEven(
          law.map((p, task) => smoothing * p + (1 - smoothing) * next[task]),
          floor
        ),
        places: []
      }
    },
    law: ({ law }) => [...law]
  }
}
