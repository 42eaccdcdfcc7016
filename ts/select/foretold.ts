/** What an explanation foretold of every task, held against what the arms that train by it did. */
import { builtIn, NULL, REFERENCE } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import { EVALUATED, type EvaluatedPool, type ForetoldRow, type HeldRow, type Metric } from '../records/index.js'
import { mean, spearman } from '../statistics/index.js'
import type { Bootstrap, Resampled } from './bootstrap.js'
import type { Variant } from './contrasts.js'
import { averaged } from './poor.js'
import { type SeedScores, values } from './scores.js'

/** A task of a pool that is evaluated: what was foretold of it, and how far its score changed. */
export interface ForetoldTask {
  pool: EvaluatedPool
  task: number
  poor: boolean
  /** Its second adaptation step along the foretold move, in root mean square second steps of the evaluation tasks. */
  foretold: number
  /** Score of the arm less that of the reference, in units of the score. */
  measured: number
}

/**
 * True for an arm that trains more on the tasks that an explanation chose, which is what was foretold: a variant is what its base is,
 * and a `natural` share favours none.
 */
export function goesByExplanation(arm: string, variants: Readonly<Record<string, Variant>>): boolean {
  const conduct = builtIn(arm) ?? builtIn(variants[arm]?.base ?? '')
  return conduct?.choose === 'explained' && (variants[arm]?.criticalShare ?? conduct.criticalShare) !== 'natural'
}

/** The arms whose mean a change is measured from: the runs of continued MAML that there are, else theta_0. */
export function referencesOf(seed: Pick<SeedScores, 'arms'>): string[] {
  const runs = [REFERENCE, NULL].filter((name) => seed.arms[name] !== undefined)
  return runs.length > 0 ? runs : ['theta_0']
}

/**
 * Both pools' tasks in id order, evaluation first; by the arm's own explanation where it has one, else by the run's. Undefined where
 * nothing was foretold, or where the arm went on as the reference does and so did not do what was foretold.
 * @throws XmrlError `ERR_SHAPE` where a pool has another number of tasks than was foretold of
 */
export function foretoldTasks(
  seed: SeedScores,
  arm: string,
  metric: Metric,
  references: readonly string[] = referencesOf(seed)
): ForetoldTask[] | undefined {
  const foretold = (seed.choices?.[arm] ?? seed.choices?.[''])?.foretold
  if (foretold === undefined || seed.arms[arm] === undefined || seed.held?.[arm] !== undefined) return undefined
  // Success is a ratio of small counts: equal changes must be equal here, also where scores were rounded to four decimals.
  const unit = metric === 'success' ? 1e3 : 1e9
  return EVALUATED.flatMap((pool) => {
    const of = (which: string) => values(seed, which, pool, 'mean', metric)
    const [after, before] = [of(arm), averaged(references.map(of))]
    if (after.length !== foretold[pool].length) {
      const sizes = `${foretold[pool].length} tasks were foretold of, the pool has ${after.length}`
      throw new XmrlError('ERR_SHAPE', `seed ${seed.seed}, explanation, foretold.${pool}: ${sizes}; explain again`)
    }
    const poor = new Set(seed.poor[pool])
    return after.map((value, task) => ({
      pool,
      task,
      poor: poor.has(task),
      foretold: foretold[pool][task],
      measured: Math.round((value - before[task]) * unit) / unit
    }))
  })
}

/**
 * For every arm of `arms` that trains by an explanation: the Spearman correlation of foretold and measured over the tasks of a seed, mean
 * over the seeds in which it did what was foretold; over all tasks, and over those that are not poor. The interval resamples seeds, then
 * tasks within each pool, poor and other apart, so that each keeps its number.
 */
export function foretoldRows(
  seeds: readonly SeedScores[],
  arms: readonly string[],
  variants: Readonly<Record<string, Variant>>,
  metric: Metric,
  bootstrap: Bootstrap
): ForetoldRow[] {
  const shared = [REFERENCE, NULL].filter((name) => arms.includes(name))
  const against = shared.length > 0 ? shared : ['theta_0']
  return arms
    .filter((arm) => goesByExplanation(arm, variants))
    .flatMap((arm) => {
      const told = seeds.flatMap((seed) => {
        const tasks = foretoldTasks(seed, arm, metric, against)
        return tasks === undefined ? [] : [tasks]
      })
      return told.length === 0
        ? []
        : (['mean', 'other'] as const).map((group) => ({ arm, group, against, ...agreement(told, group, bootstrap) }))
    })
}

/** `[seeds][tasks]` a correlation a seed, their mean and its interval. */
function agreement(
  told: readonly (readonly ForetoldTask[])[],
  group: ForetoldRow['group'],
  bootstrap: Bootstrap
): Pick<ForetoldRow, 'spearman' | 'low' | 'high' | 'shown' | 'seeds' | 'tasks'> {
  const kinds = group === 'mean' ? [true, false] : [false]
  const strata = told.map((tasks) =>
    EVALUATED.flatMap((pool) => kinds.map((poor) => tasks.filter((task) => task.pool === pool && task.poor === poor)))
  )
  const seeds = strata
    .map((lists) => lists.flat())
    .map((tasks) => ({
      foretold: tasks.map((task) => task.foretold),
      measured: tasks.map((task) => task.measured)
    }))
  const tasks = seeds.reduce((sum, seed) => sum + seed.foretold.length, 0)
  const found = mean(seeds.map((seed) => spearman(seed.foretold, seed.measured)))
  if (tasks === 0) return { spearman: 0, low: 0, high: 0, shown: false, seeds: told.length, tasks }
  const shape = strata.map((lists) => lists.map((list) => list.length))
  const [{ low, high }] = bootstrap.intervals(shape, [meanSpearman(seeds)])
  return { spearman: found, low, high, shown: low > 0 || high < 0, seeds: told.length, tasks }
}

/**
 * The mean over drawn seeds of the correlation of their drawn tasks. A seed that is drawn twice counts twice, with both draws of its tasks
 * joined.
 */
function meanSpearman(seeds: readonly { foretold: readonly number[]; measured: readonly number[] }[]): Resampled {
  const ranked = seeds.map(({ foretold, measured }) => ({ size: foretold.length, a: midRanks(foretold), b: midRanks(measured) }))
  return (counts) => {
    let [first, sum, weights] = [0, 0, 0]
    for (const { size, a, b } of ranked) {
      const own = counts.subarray(first, first + size)
      const drawn = own.reduce((total, count) => total + count, 0)
      if (drawn > 0) {
        sum += (drawn / size) * weightedPearson(a(own), b(own), own, drawn)
        weights += drawn / size
      }
      first += size
    }
    return sum / weights
  }
}

/** Mean ranks of values of which the i-th is there `counts[i]` times, in the order of the values. */
function midRanks(list: readonly number[]): (counts: Uint16Array) => Float64Array {
  const order = Uint32Array.from(list.keys()).sort((a, b) => list[a] - list[b])
  const ranks = new Float64Array(list.length)
  return (counts) => {
    let passed = 0
    for (let from = 0; from < order.length; ) {
      let [to, equal] = [from, 0]
      for (; to < order.length && list[order[to]] === list[order[from]]; to++) equal += counts[order[to]]
      for (let k = from; k < to; k++) ranks[order[k]] = passed + (equal + 1) / 2
      passed += equal
      from = to
    }
    return ranks
  }
}

/** Pearson correlation of values that are there `counts` times, `drawn` in all; 0 where one of the two is constant. */
function weightedPearson(a: Float64Array, b: Float64Array, counts: Uint16Array, drawn: number): number {
  // Ranks of n values have this mean, ties or not.
  const centre = (drawn + 1) / 2
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < counts.length; i++) {
    const [x, y] = [a[i] - centre, b[i] - centre]
    ab += counts[i] * x * y
    aa += counts[i] * x * x
    bb += counts[i] * y * y
  }
  return aa === 0 || bb === 0 ? 0 : Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)))
}

/** Arms that went on as the reference does in some of the seeds, and why. */
export function heldRows(seeds: readonly Pick<SeedScores, 'held'>[], arms: readonly string[]): HeldRow[] {
  return arms.flatMap((arm) => {
    const of = (finding: 'spread' | 'unrepeatable') => seeds.filter(({ held }) => held?.[arm] === finding).length
    const [spread, unrepeatable] = [of('spread'), of('unrepeatable')]
    return spread + unrepeatable === 0 ? [] : [{ arm, spread, unrepeatable }]
  })
}
