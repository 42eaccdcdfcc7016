/**
 * Robust summaries of an arm over all tasks of all seeds (Agarwal et al., "Deep Reinforcement Learning at the Edge of the
 * Statistical Precipice", NeurIPS 2021): the interquartile mean, and the probability of improvement over continued MAML.
 */
import { REFERENCE } from '../arms/index.js'
import {
  EVALUATED,
  type EvaluatedPool,
  GROUPS,
  type Group,
  type ImprovementRow,
  type Interval,
  type IqmRow,
  type Metric
} from '../records/index.js'
import type { Bootstrap, Resampled } from './bootstrap.js'
import { type SeedScores, values } from './scores.js'

/** Mean of the middle half: the floor(n/4) least and the floor(n/4) greatest values are left out. 0 of nothing. */
export function interquartileMean(list: readonly number[]): number {
  if (list.length === 0) return 0
  const sorted = Float64Array.from(list).sort()
  const cut = Math.floor(sorted.length / 4)
  const middle = sorted.subarray(cut, sorted.length - cut)
  return middle.reduce((sum, value) => sum + value, 0) / middle.length
}

/** The same of a resample, as a function of how often each value was drawn. */
export function resampledIqm(list: readonly number[]): Resampled {
  const order = Uint32Array.from(list.keys()).sort((a, b) => list[a] - list[b])
  const sorted = Float64Array.from(order, (at) => list[at])
  return (counts, drawn) => {
    const cut = Math.floor(drawn / 4)
    let [passed, sum] = [0, 0]
    for (let i = 0; i < order.length; i++) {
      const count = counts[order[i]]
      // Of these equal values, those that lie between the cuts.
      const inside = Math.min(passed + count, drawn - cut) - Math.max(passed, cut)
      if (inside > 0) sum += inside * sorted[i]
      passed += count
    }
    return sum / (drawn - 2 * cut)
  }
}

/**
 * Interquartile means of theta_0 and every arm on both pools. Intervals resample seeds, then tasks within each stratum (pool,
 * poor or not): tasks differ from seed to seed, so a stratum cannot be one task over its seeds.
 */
export function iqmRows(seeds: readonly SeedScores[], arms: readonly string[], metric: Metric, bootstrap: Bootstrap): IqmRow[] {
  const all = ['theta_0', ...arms]
  return GROUPS.flatMap((group) => {
    const shape = seeds.map((seed) => strataOf(group).map(([pool, part]) => values(seed, 'theta_0', pool, part, metric).length))
    const scores = all.map((arm) =>
      seeds.flatMap((seed) => strataOf(group).flatMap(([pool, part]) => values(seed, arm, pool, part, metric)))
    )
    const intervals = bootstrap.intervals(shape, scores.map(resampledIqm))
    return all.map((arm, i) => ({ arm, group, iqm: interquartileMean(scores[i]), ...intervals[i] }))
  })
}

/** Strata of a group: its pools, and within each the poor tasks and the others. */
function strataOf(group: Group): [EvaluatedPool, Group][] {
  const parts: Group[] = group === 'mean' ? ['poor', 'other'] : [group]
  return EVALUATED.flatMap((pool) => parts.map((part): [EvaluatedPool, Group] => [pool, part]))
}

/**
 * Per task 1 where the arm scores higher than the reference, ½ where they tie, 0 where it scores lower: the Mann-Whitney
 * statistic of one run against one.
 */
export function wins(arm: readonly number[], reference: readonly number[]): number[] {
  return arm.map((value, task) => (value > reference[task] ? 1 : value === reference[task] ? 0.5 : 0))
}

/**
 * Probability of improvement of every arm over the reference: the mean over tasks of {@link wins}, with a bootstrap interval over
 * seeds, then tasks. The null says what nothing gives: about ½.
 */
export function improvementRows(
  seeds: readonly SeedScores[],
  arms: readonly string[],
  metric: Metric,
  bootstrap: Bootstrap
): ImprovementRow[] {
  if (!arms.includes(REFERENCE)) return []
  return arms
    .filter((arm) => arm !== REFERENCE)
    .flatMap((arm) =>
      GROUPS.map((group) => {
        const of = (seed: SeedScores, which: string) => values(seed, which, 'both', group, metric)
        // About ½, so that `shown` asks whether ½ lies inside.
        const centred: Interval = bootstrap.interval(seeds.map((seed) => wins(of(seed, arm), of(seed, REFERENCE)).map((win) => win - 0.5)))
        const { gain, low, high, shown } = centred
        return { arm, group, probability: gain + 0.5, low: low + 0.5, high: high + 0.5, shown }
      })
    )
}
