/** Which tasks a meta-policy serves badly, and whether that can be told at all at this sample size. */
import { XmrlError } from '../errors.js'
import { poorCount } from '../spec/index.js'
import { mean, spearman } from '../statistics/index.js'

/** Scores of one evaluation of a pool, by task id; no `success` where an environment is scored by return. */
export interface Scores {
  readonly returns: readonly number[]
  readonly success?: readonly number[]
}

/** The poor tasks of a pool. */
export interface PoorTasks {
  /** Ids of the worst tasks, ascending. */
  poor: number[]
  /** Ids of all the others, ascending. */
  others: number[]
  /** Mean over the evaluations, by task id. */
  returns: number[]
  success?: number[]
  /** Spearman correlation of the leading scores of the first two evaluations. */
  rankCorrelation: number
}

/**
 * The worst `fraction` of a pool (rounded, at least one task) by mean return over independent evaluations; equal returns
 * in id order. The correlation is of success, which is what "poor" is meant to say and what every task shares a scale in;
 * where nothing can succeed it is of the returns.
 * @throws XmrlError `ERR_SHAPE` where the evaluations do not cover the same tasks
 */
export function worstTasks(evaluations: readonly Scores[], fraction: number): PoorTasks {
  if (evaluations.length === 0) throw new XmrlError('ERR_SHAPE', 'poor tasks need at least one evaluation')
  const size = evaluations[0].returns.length
  for (const { returns, success } of evaluations) {
    if (returns.length !== size || (success !== undefined && success.length !== size)) {
      throw new XmrlError('ERR_SHAPE', `evaluations of one pool have ${size}, ${returns.length} and ${success?.length ?? size} tasks`)
    }
  }
  const returns = averaged(evaluations.map((evaluation) => evaluation.returns))
  const successes = evaluations.flatMap((evaluation) => (evaluation.success === undefined ? [] : [evaluation.success]))
  const count = poorCount(fraction, size)
  const order = returns.map((_, id) => id).sort((a, b) => returns[a] - returns[b] || a - b)
  const ascending = (a: number, b: number) => a - b
  return {
    poor: order.slice(0, count).sort(ascending),
    others: order.slice(count).sort(ascending),
    returns,
    ...(successes.length === evaluations.length ? { success: averaged(successes) } : {}),
    rankCorrelation: evaluations.length > 1 ? spearman(leadingScores(evaluations[0]), leadingScores(evaluations[1])) : 0
  }
}

/** What tells how well a task is served: its success, or its return where nothing can succeed. */
export function leadingScores(scores: Scores): readonly number[] {
  return scores.success ?? scores.returns
}

/** Element-wise mean of equally long lists. */
export function averaged(lists: readonly (readonly number[])[]): number[] {
  return lists[0].map((_, i) => mean(lists.map((list) => list[i])))
}
