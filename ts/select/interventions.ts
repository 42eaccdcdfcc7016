/** What is done to the training weights to check an explanation, and what that says: pure functions of scores. */
import { XmrlError } from '../errors.js'
import type { Interval } from '../records/index.js'
import { type Draws, mean, sampleWithoutReplacement, spearman, topIds } from '../statistics/index.js'
import { Bootstrap } from './bootstrap.js'

/** How a group of tasks is treated in a short retraining. */
const CHANGES = ['raise', 'remove'] as const
export type Change = (typeof CHANGES)[number]
/** Why these tasks: the best of the ranking, a random choice among the others, those nearest the poor ones; or one alone. */
const GROUPS = ['top', 'random', 'nearest'] as const
export type ChosenBy = (typeof GROUPS)[number]

/** One change of the weights. */
export interface Intervention {
  change: Change
  /** `single`: left out by itself. */
  group: ChosenBy | 'single'
  /** Ascending. */
  tasks: number[]
}

/** What interventions are planned from. */
export interface InterventionInputs {
  /** `[N]` omega or scores; greater is more critical. */
  scores: readonly number[]
  /** `[N]` what settles ties of `scores` (most weights on the simplex are 0). */
  ties?: readonly number[] | undefined
  /** `[N]` distance to the nearest poor task. */
  distance: readonly number[]
  /** Size of each group. */
  top: number
  /** So many of the best, and as many of the others, are left out one by one. */
  leaveOut: number
  /** Every task is raised alone, too. */
  raiseEach?: boolean
  draws: Draws
}

/**
 * Raise and remove the top, as many random others, and the nearest; then leave tasks out one by one; then raise each, where asked.
 * @throws XmrlError `ERR_SPEC_INVALID` where no other tasks are left to compare with
 */
export function planInterventions({ scores, ties, distance, top, leaveOut, raiseEach = false, draws }: InterventionInputs): Intervention[] {
  const count = scores.length
  if (2 * Math.max(top, leaveOut) > count) {
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `explain.validate: top ${top} and leaveOut ${leaveOut} leave too few of ${count} training tasks to compare with; give at most ${Math.floor(count / 2)}`
    )
  }
  const order = topIds(scores, count).sort((a, b) => scores[b] - scores[a] || (ties ? ties[b] - ties[a] : 0) || a - b)
  const among = (ids: readonly number[], size: number) => sampleWithoutReplacement(draws, ids.length, size).map((at) => ids[at])
  const ascending = (ids: readonly number[]) => [...ids].sort((a, b) => a - b)
  const groups: Record<ChosenBy, number[]> = {
    top: order.slice(0, top),
    random: among(order.slice(top), top),
    nearest: topIds(
      distance.map((value) => -value),
      top
    )
  }
  const together = CHANGES.flatMap((change) => GROUPS.map((group) => ({ change, group, tasks: ascending(groups[group]) })))
  const alone = ascending([...order.slice(0, leaveOut), ...among(order.slice(leaveOut), leaveOut)])
  const singles = (change: Change, tasks: readonly number[]) => tasks.map((task) => ({ change, group: 'single' as const, tasks: [task] }))
  return [
    ...together,
    ...singles('remove', alone),
    ...(raiseEach
      ? singles(
          'raise',
          scores.map((_, task) => task)
        )
      : [])
  ]
}

/** `[N]` weights of a retraining with a change, or without one: equal weights. A raised group has `share` of the sum 1. */
export function interventionWeights(
  count: number,
  intervention: Pick<Intervention, 'change' | 'tasks'> | undefined,
  share: number
): number[] {
  const chosen = new Set(intervention?.tasks)
  const own = intervention?.change === 'raise' ? share : 0
  const rest = count - chosen.size
  return Array.from({ length: count }, (_, task) => {
    if (intervention === undefined) return 1 / count
    return chosen.has(task) ? own / chosen.size : (1 - own) / rest
  })
}

/** Poor tasks' scores after the unchanged retraining, and after every intervention, `[repeats][poor]` each. */
export interface InterventionScores {
  base: readonly (readonly number[])[]
  /** `[interventions][repeats][poor]` */
  after: readonly (readonly (readonly number[])[])[]
}

/** An intervention's effect on the poor tasks. */
export interface InterventionEffect extends Intervention, Interval {
  /** `[repeats]` mean over the poor tasks: one is as good as another, so their spread is the noise. */
  effects: number[]
}

/** What the interventions say about the explanation. */
export interface InterventionFindings<S extends string = string> {
  interventions: InterventionEffect[]
  /** The top's effect minus a control's (for `remove` the other way round: how much more the top is missed). */
  contrasts: (Interval & { change: Change; against: Exclude<ChosenBy, 'top'> })[]
  leaveOut: {
    tasks: number[]
    /** The explanation's scores of these tasks. */
    scores: number[]
    /** What the poor tasks lose without each. */
    losses: number[]
    /** Rank correlation of the two. */
    spearman: number
    /** Rank correlation of the losses of one repeat with those of another (mean over pairs): what no explanation can exceed by more than noise. */
    ceiling: number
  }
  raiseEach?: {
    /** `[N]` what the poor tasks gain where a training task alone is raised. */
    gains: number[]
    /** As in `leaveOut`. */
    ceiling: number
    explanations: ScoredExplanation<S>[]
  }
}

/** An explanation's scores held against what raising each task does. */
export interface ScoredExplanation<S extends string = string> {
  /** The arm that it is of; empty: the run's own. */
  arm: string
  solver: S
  /** `[N]` */
  scores: number[]
  /** Rank correlation of scores and gains. */
  spearman: number
}

/**
 * Effects with paired intervals: the same poor task after the same random numbers, with and without the change; repeats are
 * resampled, then tasks. `others`: further explanations that the tasks raised one by one judge.
 * @throws XmrlError `ERR_SHAPE`
 */
export function judgeInterventions<S extends string>(
  plan: readonly Intervention[],
  { base, after }: InterventionScores,
  scores: readonly number[],
  seed: number,
  others: readonly Omit<ScoredExplanation<S>, 'spearman'>[] = []
): InterventionFindings<S> {
  if (after.length !== plan.length) throw new XmrlError('ERR_SHAPE', `${plan.length} interventions, scores of ${after.length}`)
  const bootstrap = new Bootstrap({ seed })
  const effects = after.map((repeats) => repeats.map((tasks, repeat) => tasks.map((value, task) => value - base[repeat][task])))
  const interventions = plan.map((intervention, at) => ({
    ...intervention,
    effects: effects[at].map(mean),
    ...bootstrap.interval(effects[at])
  }))
  const of = (change: Change, group: ChosenBy) => effects[plan.findIndex((entry) => entry.change === change && entry.group === group)]
  const contrasts = CHANGES.flatMap((change) =>
    (['random', 'nearest'] as const).map((against) => {
      const sign = change === 'raise' ? 1 : -1
      const [own, control] = [of(change, 'top'), of(change, against)]
      const differences = own.map((tasks, repeat) => tasks.map((value, task) => sign * (value - control[repeat][task])))
      return { change, against, ...bootstrap.interval(differences) }
    })
  )
  const singles = (change: Change) => plan.flatMap((entry, at) => (entry.group === 'single' && entry.change === change ? [at] : []))
  /** Mean effects of single tasks, and how alike two repeats rank them. */
  const alone = (which: readonly number[]) => {
    const of = (repeat: number) => which.map((at) => interventions[at].effects[repeat])
    const pairs = base.flatMap((_, a) => base.slice(a + 1).map((__, b) => spearman(of(a), of(a + 1 + b))))
    return { effects: which.map((at) => mean(interventions[at].effects)), ceiling: mean(pairs) }
  }
  const [removed, raised] = [singles('remove'), singles('raise')]
  const { effects: negative, ceiling } = alone(removed)
  const losses = negative.map((value) => -value)
  const tasks = removed.map((at) => plan[at].tasks[0])
  const own = tasks.map((task) => scores[task])
  const leaveOut = { tasks, scores: own, losses, spearman: spearman(own, losses), ceiling }
  if (raised.length === 0) return { interventions, contrasts, leaveOut }
  const { effects: gains, ceiling: most } = alone(raised)
  const explanations = others.map((other) => ({ ...other, spearman: spearman(other.scores, gains) }))
  return { interventions, contrasts, leaveOut, raiseEach: { gains, ceiling: most, explanations } }
}
