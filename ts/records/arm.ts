/** What a retraining arm spent. */
import { z } from 'zod'
import { id, numbers, steps } from './basics.js'

/** Weights of the training tasks that an arm chose for itself. */
const choice = z.strictObject({
  by: z.enum(['matching', 'hypergradient']),
  /** `[N]`, on the simplex. */
  weights: numbers,
  envSteps: steps,
  /** Facts of the choice: duality gap, bandwidth, discrepancy with these and with even weights ... */
  info: z.record(z.string(), z.number())
})

/** One retraining arm: what it spent and how it went. */
export const armRecord = z.strictObject({
  arm: z.string(),
  seed: id,
  /** Environment steps of its own retraining. */
  extraSteps: steps,
  /** Steps of explaining, augmenting and choosing that are charged to it. */
  chargedSteps: steps,
  iterations: id,
  /** What it was allowed: extraSteps + chargedSteps stays at or just over it. */
  budget: steps,
  /** Favoured training tasks and how often each was drawn (sum 1), of a law that learns how it ended; absent where every task is alike. */
  favoured: z.array(z.strictObject({ task: id, weight: z.number().positive() })).optional(),
  choice: choice.optional(),
  curve: z.array(z.strictObject({ envSteps: steps, returnAfter: z.number(), successAfter: z.number().optional() }))
})
export type ArmRecord = z.output<typeof armRecord>
