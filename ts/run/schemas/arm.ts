/** What a retraining arm spent. */
import { z } from 'zod'
import { id, steps } from './basics.js'

/** One retraining arm: what it spent and how it went. */
export const armRecord = z.strictObject({
  arm: z.string(),
  seed: id,
  /** Environment steps of its own retraining. */
  extraSteps: steps,
  /** Steps of explaining and augmenting that are charged to it. */
  chargedSteps: steps,
  iterations: id,
  /** What it was allowed: extraSteps + chargedSteps stays at or just over it. */
  budget: steps,
  curve: z.array(z.strictObject({ envSteps: steps, returnAfter: z.number(), successAfter: z.number().optional() }))
})
export type ArmRecord = z.output<typeof armRecord>
