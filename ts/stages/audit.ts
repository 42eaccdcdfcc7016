/** Audits: some poor and some other tasks, scored now and then while an arm retrains. What they fly is among the arm's steps. */
import type { PoorRecord } from '../records/index.js'
import { leadingScores } from '../select/index.js'
import { draws, estimate, mean, PURPOSE, sampleWithoutReplacement } from '../statistics/index.js'
import { STREAMS, type StageContext } from './context.js'

/** Where the tasks of an audit are drawn; the arms' own draws are keyed by their streams, which are smaller. */
const KEY = 2 ** 41

/** What an audit found at the learner's weights. */
export interface Audited {
  /** Mean score of the poor tasks, and of the others. */
  poor: number
  other: number
  /** Mean change of the others since the first audit, paired by task, and its standard error over tasks. */
  change: number
  standardError: number
  envSteps: number
}

/** Scores of one audit by task, in the order of its ids. */
export interface Looked {
  poor: number[]
  other: number[]
  envSteps: number
}

/** The tasks that are audited, and the scores that they are held against. */
export interface Audit {
  /** Ids in the evaluation pool, ascending. */
  readonly poor: number[]
  readonly other: number[]
  /** Scores `[other]` of the first audit; empty before it. */
  first: number[]
  score(): Promise<Audited>
  /** The same episodes, task by task. */
  look(): Promise<Looked>
}

/**
 * An audit of at most `retrain.audit.tasks` poor tasks of the evaluation pool and as many others, drawn once a seed. Every audit flies on
 * the same random numbers, so that changes are paired.
 */
export function auditOf({ learner, tasks, spec, seed }: StageContext, poor: PoorRecord): Audit {
  const { tasks: most, ...flown } = spec.retrain.audit
  const pool = tasks.pools.evaluation.values
  const chosen = new Set(poor.evaluation)
  const source = draws(seed, PURPOSE.controls, KEY)
  const sample = (from: readonly number[]) =>
    sampleWithoutReplacement(source, from.length, Math.min(from.length, most))
      .map((at) => from[at])
      .sort((a, b) => a - b)
  const audit: Audit = {
    poor: sample(poor.evaluation),
    other: sample(pool.flatMap((_, task) => (chosen.has(task) ? [] : [task]))),
    first: [],
    async score() {
      const { poor, other, envSteps } = await audit.look()
      if (audit.first.length === 0) audit.first = [...other]
      const { mean: change, standardError } = estimate(other.map((score, at) => score - audit.first[at]))
      return { poor: mean(poor), other: mean(other), change, standardError, envSteps }
    },
    async look() {
      const ids = [...audit.poor, ...audit.other]
      const found = await learner.evaluate(
        ids.map((task) => pool[task]),
        STREAMS.audit,
        flown,
        ids
      )
      const scores = leadingScores(tasks.scoredBy === 'return' ? { returns: found.returns } : found)
      return { poor: scores.slice(0, audit.poor.length), other: scores.slice(audit.poor.length), envSteps: found.envSteps }
    }
  }
  return audit
}

/** Whether the others have fallen: by more than `tolerance` standard errors. */
export const fell = ({ change, standardError }: Pick<Audited, 'change' | 'standardError'>, tolerance: number): boolean =>
  change < -tolerance * standardError
