/** Which tasks an arm made worse, and from which fall on that counts. */
import { NULL } from '../arms/index.js'
import { type DegradedRow, EVALUATED, type TablePool } from '../records/index.js'
import { mean } from '../statistics/index.js'
import { type Bootstrap, quantile } from './bootstrap.js'
import { leadingScores, type Scores } from './poor.js'
import { grouped, hasSuccess, type SeedScores } from './scores.js'

/** Default margin: of success, or as a share of the spread of returns. */
export const MARGIN = 0.05

/**
 * The fall from which a task of a pool counts as degraded: `margin` itself where scores are shares of success; where they
 * are returns, `margin` times the spread (p90 - p10) of the pool's returns before the repair, since returns have no scale
 * of their own.
 */
export function degradationMargin(before: Scores, margin = MARGIN): number {
  if (before.success !== undefined) return margin
  const sorted = [...before.returns].sort((a, b) => a - b)
  return margin * (quantile(sorted, 0.9) - quantile(sorted, 0.1))
}

/** Falls of the other tasks of one pool of one seed, and the margin they are judged by. */
interface Judged {
  falls: number[]
  margin: number
}

/**
 * Share and mean size of the falls beyond their margins, with intervals over seeds, then tasks within each pool; the null arm's
 * beside them, where it was run.
 */
export function degradedRow(seeds: readonly SeedScores[], arm: string, pool: TablePool, margin: number, bootstrap: Bootstrap): DegradedRow {
  const judged = judge(seeds, arm, pool, margin)
  const shape = judged.map((entries) => entries.map((entry) => entry.falls.length))
  const flat = judged.flat()
  const tasks = flat.reduce((sum, entry) => sum + entry.falls.length, 0)
  const margins = flat.map((entry) => entry.margin)
  const own = fallen(flat)
  const row = {
    arm,
    pool,
    ...summary(own),
    margin: margins.every((each) => each === margins[0]) ? margins[0] : mean(margins),
    ...(seeds.every(hasSuccess) ? {} : { spreadShare: margin }),
    tasks
  }
  if (tasks === 0) return row
  const compares = arm !== NULL && seeds.every((seed) => seed.arms[NULL] !== undefined)
  const nothing = compares ? fallen(judge(seeds, NULL, pool, margin).flat()) : undefined
  const [fall, count] = [sum(own), sum(own.map(Math.sign))]
  const others = nothing === undefined ? undefined : sum(nothing.map(Math.sign))
  const [share, size, over] = bootstrap.intervals(shape, [
    (counts, drawn) => count(counts) / drawn,
    (counts) => fall(counts) / Math.max(1, count(counts)),
    ...(others === undefined ? [] : [(counts: Uint16Array, drawn: number) => (count(counts) - others(counts)) / drawn])
  ])
  const compared = nothing === undefined ? undefined : summary(nothing)
  return {
    ...row,
    shareRange: [share.low, share.high],
    sizeRange: [size.low, size.high],
    ...(compared === undefined
      ? {}
      : { null: { ...compared, over: { gain: row.share - compared.share, ...over, shown: over.low > 0 || over.high < 0 } } })
  }
}

/** `[seeds][pools]` */
function judge(seeds: readonly SeedScores[], arm: string, pool: TablePool, margin: number): Judged[][] {
  return seeds.map((seed) =>
    (pool === 'both' ? EVALUATED : [pool]).map((each) => {
      const after = grouped(leadingScores(seed.arms[arm][each]), seed.poor[each], 'other')
      const before = grouped(leadingScores(seed.before[each]), seed.poor[each], 'other')
      return { falls: before.map((value, task) => value - after[task]), margin: degradationMargin(seed.before[each], margin) }
    })
  )
}

/** A number a task: its fall where that counts, else 0. */
function fallen(judged: readonly Judged[]): Float64Array {
  // Success rates are ratios of small counts: without the slack a fall of exactly the margin would depend on rounding.
  return Float64Array.from(judged.flatMap((entry) => entry.falls.map((fall) => (fall > entry.margin + 1e-9 ? fall : 0))))
}

function summary(falls: Float64Array): { share: number; size: number } {
  const degraded = Array.from(falls).filter((fall) => fall > 0)
  return { share: falls.length === 0 ? 0 : degraded.length / falls.length, size: mean(degraded) }
}

/** Sum of the drawn tasks' numbers, most of which are 0. */
function sum(values: Float64Array): (counts: Uint16Array) => number {
  const at = Uint32Array.from(values.keys()).filter((task) => values[task] !== 0)
  return (counts) => {
    let total = 0
    for (let k = 0; k < at.length; k++) total += counts[at[k]] * values[at[k]]
    return total
  }
}
