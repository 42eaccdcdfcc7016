/** Whether an arm goes on with mixed query episodes, from an audit after a trial without them and one after a trial with them. */
import { XmrlError } from '../errors.js'
import type { ArmRecord, LeverRow, LeverSummary } from '../records/index.js'
import { type Estimate, estimate, mean } from '../statistics/index.js'

/** Scores of the audited tasks after a trial. */
export interface TrialScores {
  poor: readonly number[]
  other: readonly number[]
}

/** When mixed episodes are kept. */
export interface LeverRule {
  /** Standard errors by which the poor tasks must do better with them. */
  margin: number
  /** Standard errors by which the others may do worse. */
  tolerance: number
}

/** How far each trial moved the policy along the poor tasks' mean second adaptation step. */
export interface ForetoldTrials {
  without: number
  with: number
}

/**
 * Mixed episodes are kept where the poor tasks do better with them than without, by more than `margin` standard errors over tasks, and the
 * others do not do worse by more than `tolerance` of theirs; on a tie, or from fewer than two poor tasks, they are left out. So they are
 * where the trial with them moved the policy less far to where the poor tasks are foretold to gain: a second reading, on other episodes.
 * @returns the choice, and the mean differences, with less without, paired by task
 * @throws XmrlError `ERR_SHAPE` where the trials were audited on other numbers of tasks
 */
export function judgeLever(
  without: TrialScores,
  mixed: TrialScores,
  { margin, tolerance }: LeverRule,
  foretold?: ForetoldTrials
): { mixed: boolean; poor: Estimate; other: Estimate } {
  const [poor, other] = (['poor', 'other'] as const).map((group) => {
    const [a, b] = [mixed[group], without[group]]
    if (a.length !== b.length)
      throw new XmrlError('ERR_SHAPE', `${group} tasks: ${b.length} audited without mixed episodes, ${a.length} with`)
    return estimate(a.map((score, task) => score - b[task]))
  })
  const agreed = foretold === undefined || foretold.with > foretold.without
  const gained = mixed.poor.length > 1 && poor.mean > margin * poor.standardError && poor.mean > 0
  return { mixed: agreed && gained && other.mean >= -tolerance * other.standardError, poor, other }
}

/** What an arm's trials came to, in short; undefined of an arm that made none. */
export function leverSummary({ lever }: Pick<ArmRecord, 'lever'>): LeverSummary | undefined {
  if (lever === undefined) return undefined
  const { mixed, trial, before, without, with: mixing, envSteps } = lever
  return { mixed, trial, without: without.poor - before.poor, with: mixing.poor - before.poor, steps: envSteps }
}

/** Means over the seeds in which an arm made trials; arms that never did are left out. */
export function leverRows(seeds: readonly { levers?: Readonly<Record<string, LeverSummary>> }[], arms: readonly string[]): LeverRow[] {
  return arms.flatMap((arm) => {
    const all = seeds.flatMap(({ levers }) => (levers?.[arm] === undefined ? [] : [levers[arm]]))
    if (all.length === 0) return []
    const of = (key: 'trial' | 'without' | 'with' | 'steps') => mean(all.map((each) => each[key]))
    const mixed = all.filter((each) => each.mixed).length
    return [{ arm, trial: of('trial'), without: of('without'), with: of('with'), steps: of('steps'), seeds: all.length, mixed }]
  })
}
