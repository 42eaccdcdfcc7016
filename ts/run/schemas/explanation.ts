/** What an explanation says about the training tasks. */
import { z } from 'zod'
import { SOLVERS } from '../../spec/index.js'
import { correlation, id, numbers, steps } from './basics.js'

/** Which training tasks matter for the poor ones, and how far the answer can be trusted. */
export const explanationRecord = z.strictObject({
  solver: z.enum(SOLVERS),
  /** What `omega` holds; records of old leave it to their solver (`omegaKind` of ts/select). */
  kind: z.enum(['weights', 'scores']).optional(),
  /** `adaptation`: the inner product of directions, where it is not that of raw parameters, and the steps behind them. */
  metric: z.enum(['layers', 'fisher']).optional(),
  adaptationSteps: id.optional(),
  /** `[N]` task weights (`adaptation`, `alternating`: on the simplex) or scores (the others); near-duplicates share them. */
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
  critical: z.array(id),
  /** The value of omega (or score) at which the critical set ends; null where the nearest tasks were taken. */
  cut: z.number().nullable(),
  /** `[N]` sampling weights of critical slots, summing to 1, zero off the critical set. */
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
export type ExplanationRecord = z.output<typeof explanationRecord>
