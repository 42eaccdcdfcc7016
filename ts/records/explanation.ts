/** What an explanation says about the training tasks. */
import { z } from 'zod'
import { SOLVERS, type Solver } from '../spec/index.js'
import { correlation, finding, id, numbers, steps } from './basics.js'

/** What an explanation gives each training task: weights on the simplex, or scores of any sign and unit. */
export type OmegaKind = 'weights' | 'scores'

/** What a solver's answer is. */
export interface SolverFacts {
  /** What its omega holds; every record says it itself. */
  kind: OmegaKind
  /** How critical tasks are chosen from it: all that carry weight, or the best ranked. */
  choice: 'support' | 'rank'
  /** What its two halves are ranked by: the similarity of adaptation directions to the poor tasks', or omega itself. */
  ranked: 'similarity' | 'omega'
  /** What `low` and `high` are: a 95 % interval, or the lesser and the greater of the halves. */
  range: 'interval' | 'halves'
}

const SCORES: SolverFacts = { kind: 'scores', choice: 'rank', ranked: 'omega', range: 'interval' }

/** What each solver's answer is. */
export const SOLVER_FACTS: Readonly<Record<Solver, SolverFacts>> = {
  adaptation: { kind: 'weights', choice: 'support', ranked: 'similarity', range: 'interval' },
  implicit: SCORES,
  gradient: SCORES,
  // Its weights never reach 0, so they have no support to choose by.
  alternating: { kind: 'weights', choice: 'rank', ranked: 'omega', range: 'halves' },
  'finite-difference': SCORES,
  neumann: SCORES,
  nystrom: SCORES,
  'gauss-newton': SCORES
}

/**
 * What training by omega is foretold to do to each task, before any of it is flown: the component of the task's second adaptation step
 * along the move, in units of the root mean square second step of the evaluation tasks. Signs and order are meant, not levels.
 */
const foretold = z.strictObject({
  evaluation: numbers,
  heldOut: numbers,
  /** Mean over the poor tasks of the evaluation pool. */
  poor: z.number(),
  /** Rank correlation of the two halves' foretellings. */
  splitHalfSpearman: correlation
})

/** What the explanation comes to: whether favouring its critical tasks can be expected to repair the poor ones. */
const verdict = z.strictObject({
  /** `repair`; `spread`: no few tasks are singled out; `unrepeatable`: two halves of the measurement disagree. */
  finding,
  /** In words, with the figures that it rests on. */
  reason: z.string()
})

/** Which training tasks matter for the poor ones, and how far the answer can be trusted. */
export const explanationRecord = z.strictObject({
  solver: z.enum(SOLVERS),
  /** What `omega` holds; `migration.ts` adds it to records that were written before it was said. */
  kind: z.enum(['weights', 'scores']),
  /** `adaptation`: the inner product of directions, where it is not that of raw parameters, and the steps behind them. */
  metric: z.enum(['layers', 'fisher']).optional(),
  adaptationSteps: id.optional(),
  /** `adaptation`: directions keep their lengths (absent: each is divided by its own) and are those of theta_0's evaluation (absent: own episodes). */
  lengths: z.literal('kept').optional(),
  source: z.literal('evaluation').optional(),
  /** `[N]` task weights or scores, as `kind` says; near-duplicates share them. */
  omega: numbers,
  /** `[N]` 95 % interval of each; `alternating`: the lesser and the greater of the halves. */
  low: numbers,
  high: numbers,
  halves: z.tuple([numbers, numbers]),
  similarity: numbers.optional(),
  splitHalfSpearman: correlation,
  topOverlap: z.number().min(0).max(1),
  /** `[N]` group of near-duplicates of every task, numbered by its first member; absent where `explain.groupCosine` is null. */
  groups: z.array(id).optional(),
  /** `alternating`: entropy of the weights, norm of the hypergradient and residual of v after every round of each half. */
  rounds: z.array(z.strictObject({ half: id, round: id, entropy: z.number(), hypergradient: z.number(), residual: z.number() })).optional(),
  /** `adaptation`: number of tasks that equal weights would have to be shared among to be as spread, 1 / sum of omega². */
  effectiveTasks: z.number().positive().optional(),
  foretold: foretold.optional(),
  verdict: verdict.optional(),
  critical: z.array(id),
  /** The value of omega (or score) at which the critical set ends; null where the nearest tasks were taken. */
  cut: z.number().nullable(),
  /** `[N]` sampling weights of critical tasks, summing to 1, zero off the critical set. */
  weights: numbers,
  fallback: z.boolean(),
  reason: z.string().optional(),
  /** Solver facts: gap, residual, iterations, damping, lambdaMin, nonStationarity (`identityDefect` in earlier versions) ... */
  info: z.record(z.string(), z.union([z.number(), z.boolean(), z.string()])),
  envSteps: steps,
  /** Plain measures of the training tasks to hold the weights against; `success` or `return` of theta_0. */
  controls: z.strictObject({
    distance: numbers,
    success: numbers.optional(),
    returns: numbers.optional(),
    gradient: numbers.optional()
  })
})
/** What each training task matters for the poor ones: weights or scores, the critical tasks, the verdict. */
export type ExplanationRecord = z.output<typeof explanationRecord>
