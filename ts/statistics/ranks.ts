/** How far two rankings of the same tasks agree: what is asked of every evaluation and of every explanation. */
import { XmrlError } from '../errors.js'

/** Ranks 1..n of `values`, equal values sharing their mean rank. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b])
  const out = new Array<number>(values.length)
  for (let from = 0; from < order.length; ) {
    let to = from
    while (to + 1 < order.length && values[order[to + 1]] === values[order[from]]) to++
    for (let k = from; k <= to; k++) out[order[k]] = (from + to) / 2 + 1
    from = to + 1
  }
  return out
}

/** Pearson correlation, in [-1, 1]; 0 where one of the two is constant (it orders nothing). */
export function pearson(a: readonly number[], b: readonly number[]): number {
  checkPair(a, b)
  const [meanA, meanB] = [mean(a), mean(b)]
  let [ab, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB]
    ab += x * y
    aa += x * x
    bb += y * y
  }
  if (aa === 0 || bb === 0) return 0
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)))
}

/** Spearman rank correlation with ties by mean rank, in [-1, 1]; 0 where one of the two is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  checkPair(a, b)
  return pearson(ranks(a), ranks(b))
}

/** Ids of the `k` largest values, largest first; equal values in id order. */
export function topIds(values: readonly number[], k: number): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[b] - values[a] || a - b)
  return order.slice(0, Math.max(0, Math.min(k, values.length)))
}

/** |top-k of a and of b| / k, in [0, 1]: 1 = the same set. Chance is k / n. */
export function topOverlap(a: readonly number[], b: readonly number[], k: number): number {
  checkPair(a, b)
  const size = Math.min(k, a.length)
  if (size <= 0) return 0
  const other = new Set(topIds(b, size))
  return topIds(a, size).filter((id) => other.has(id)).length / size
}

/** Arithmetic mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A mean and its standard error. */
export interface Estimate {
  mean: number
  standardError: number
}

/** Arithmetic mean of independent values and its standard error, s/√n; 0 for a single one, which says nothing of its error. */
export function estimate(values: readonly number[]): Estimate {
  const centre = mean(values)
  const standardError = Math.sqrt(mean(values.map((each) => (each - centre) ** 2)) / Math.max(1, values.length - 1))
  return { mean: centre, standardError }
}

function checkPair(a: readonly number[], b: readonly number[]): void {
  if (a.length !== b.length) throw new XmrlError('ERR_SHAPE', `two rankings of one set of tasks have lengths ${a.length} and ${b.length}`)
}
