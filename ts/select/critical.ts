/**
 * From an explanation to the tasks that are augmented: which training tasks are critical and how often each is drawn.
 */
import { criticalCount } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import { type OmegaKind, SOLVER_FACTS } from '../records/index.js'
import type { Solver } from '../spec/index.js'
import { topIds } from '../statistics/index.js'
import { wholeGroups } from './groups.js'

/** Critical tasks with their sampling weights. */
export interface CriticalTasks {
  /** What the omega that they were chosen from holds. */
  kind: OmegaKind
  /** Ids, ascending. */
  critical: number[]
  /** `[N]` sampling weights, summing to 1, zero off the critical set. */
  weights: number[]
  /** The value of omega (or of the score) below which a task is not critical; null where the nearest tasks were taken. */
  cut: number | null
  /** True where the explanation did not repeat and the tasks nearest the poor ones were taken. */
  fallback: boolean
  /** Why, in words for the reader. */
  reason?: string
}

/** What a choice is made from. */
export interface CriticalInputs {
  /** What omega holds, and whether its support or its best ranks are chosen, is a fact of the solver. */
  solver: Solver
  /** `[N]` weights or scores. */
  omega: readonly number[]
  /** `[N]` group of near-duplicates of every task: a group is chosen whole. */
  groups?: readonly number[] | undefined
  /** Split-half rank correlation of the ranking. */
  splitHalfSpearman: number
  /** `[N]` distance of each training task to the nearest poor task. */
  distance: readonly number[]
  /** Share of tasks called critical where a ranking is cut (N_cri = share · N, at least 1). */
  criticalFraction: number
  /** Correlation below which the ranking is not used. */
  minimumReliability: number
}

/**
 * The critical tasks of an explanation.
 * By support (`adaptation`): the tasks that carry weight, drawn in proportion to it. By rank (every other solver): the N_cri best,
 * drawn evenly; with groups the best groups until they hold N_cri tasks.
 * Below the reliability floor, or without anything positive to choose: the N_cri tasks nearest the poor ones, evenly, and `fallback`.
 */
export function chooseCritical(inputs: CriticalInputs): CriticalTasks {
  return { kind: SOLVER_FACTS[inputs.solver].kind, ...choose(inputs) }
}

/** A choice, whatever omega holds. */
type Choice = Omit<CriticalTasks, 'kind'>

function choose(inputs: CriticalInputs): Choice {
  const { solver, omega, distance, splitHalfSpearman, minimumReliability } = inputs
  if (omega.length !== distance.length || omega.length === 0) {
    throw new XmrlError('ERR_SHAPE', `omega has ${omega.length} tasks, distance has ${distance.length}`)
  }
  const count = criticalCount(omega.length, inputs.criticalFraction)
  if (splitHalfSpearman < minimumReliability) {
    const reason = `two halves of the explanation agree only at ${splitHalfSpearman.toFixed(2)} (floor ${minimumReliability}): the ${count} training tasks nearest the poor ones were taken instead`
    return nearest(distance, count, reason)
  }
  if (SOLVER_FACTS[solver].choice === 'support') {
    const support = supportOf(omega)
    return support ?? nearest(distance, count, 'the weights are all zero: the training tasks nearest the poor ones were taken instead')
  }
  const ids = wholeGroups(topIds(omega, count), inputs.groups)
  return { ...evenly(omega.length, ids), cut: Math.min(...ids.map((id) => omega[id])), fallback: false }
}

/**
 * What to say where an explanation singles nothing out, in words: at least half of the training tasks are critical, so that
 * oversampling them is hardly different from training on all. Undefined otherwise.
 */
export function spreadReason({ critical, omega }: { critical: readonly number[]; omega: readonly number[] }): string | undefined {
  if (critical.length < omega.length / 2) return undefined
  return `${critical.length} of ${omega.length} training tasks are critical: the poor tasks lack no few tasks in particular, and favouring so many can hardly differ from going on with MAML`
}

/**
 * The tasks that carry weight, drawn in proportion to it. Weights below a tenth of the even weight 1/N are left out:
 * such a task would be drawn less than once in ten meta-batches of N places, and its weight is within the solver's error.
 */
function supportOf(omega: readonly number[]): Omit<CriticalTasks, 'kind'> | undefined {
  const cut = 0.1 / omega.length
  const critical = omega.flatMap((weight, id) => (weight >= cut ? [id] : []))
  if (critical.length === 0) return undefined
  const total = critical.reduce((sum, id) => sum + omega[id], 0)
  return { critical, weights: omega.map((weight) => (weight >= cut ? weight / total : 0)), cut, fallback: false }
}

/**
 * `[N]` distance of every task to the nearest of `targets`, each parameter divided by its range, so that units do not matter.
 */
export function distanceToNearest(
  tasks: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  low: readonly number[],
  high: readonly number[]
): number[] {
  if (targets.length === 0) throw new XmrlError('ERR_SHAPE', 'no poor task to measure the distance to')
  return tasks.map((task) => {
    const distances = targets.map((target) => {
      const squares = task.map((value, k) => ((value - target[k]) / (high[k] - low[k] || 1)) ** 2)
      return Math.sqrt(squares.reduce((sum, square) => sum + square, 0))
    })
    return Math.min(...distances)
  })
}

function nearest(distance: readonly number[], count: number, reason: string): Choice {
  const ids = topIds(
    distance.map((value) => -value),
    count
  )
  return { ...evenly(distance.length, ids), cut: null, fallback: true, reason }
}

function evenly(size: number, ids: readonly number[]): Pick<CriticalTasks, 'critical' | 'weights'> {
  const chosen = new Set(ids)
  return {
    critical: [...ids].sort((a, b) => a - b),
    weights: Array.from({ length: size }, (_, id) => (chosen.has(id) ? 1 / ids.length : 0))
  }
}
