/** What an explanation says about the training tasks. */
import { z } from 'zod'
import { correlation, id, numbers, steps } from './basics.js'

/** Which training tasks matter for the poor ones, and how far the answer can be trusted. */
export const explanationRecord = z.strictObject({
  solver: z.enum(['adaptation', 'implicit', 'gradient']),
  /** `[N]` task weights (`adaptation`, on the simplex) or scores (`implicit`, `gradient`). */
  omega: numbers,
  /** `[N]` 95 % interval of each. */
  low: numbers,
  high: numbers,
  halves: z.tuple([numbers, numbers]),
  similarity: numbers.optional(),
  splitHalfSpearman: correlation,
  topOverlap: z.number().min(0).max(1),
  critical: z.array(id),
  /** The value of omega (or score) at which the critical set ends; null where the nearest tasks were taken. */
  cut: z.number().nullable(),
  /** `[N]` sampling weights of critical slots, summing to 1, zero off the critical set. */
  weights: numbers,
  fallback: z.boolean(),
  reason: z.string().optional(),
  /** Solver facts: gap, residual, iterations, damping, lambdaMin, identityDefect ... */
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
