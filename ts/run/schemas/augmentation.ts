/** The mixing law and its information. */
import { z } from 'zod'
import { id, numbers, steps } from './basics.js'

/** The mixing law and its information. */
export const augmentationRecord = z.strictObject({
  family: z.enum(['uniform', 'kumaraswamy', 'logit-normal']),
  phi: numbers,
  density: z.strictObject({ lambda: numbers, p: numbers }),
  /** Conditional mutual information (nats), form (i), with common random numbers. */
  cmi: z.number(),
  /** The same with lambda fixed: 0 by construction. */
  null: z.number(),
  /** The same with lambda fixed and independent noise: what a careless estimate would report. */
  noiseNull: z.number(),
  standardError: z.number().nonnegative(),
  informationGain: z.number().optional(),
  upperBound: z.number().optional(),
  history: z.array(z.strictObject({ iteration: id, phi: numbers, cmi: z.number() })),
  /** How states were mixed and infeasible mixtures repaired. */
  mix: z.enum(['linear', 'geodesic']).optional(),
  repair: z.enum(['none', 'lift', 'reject']).optional(),
  /** Mixtures that were infeasible; those lifted, pairs drawn again, flights that started at a visited state after all. */
  infeasible: id.optional(),
  lifted: id.optional(),
  redraws: id.optional(),
  gaveUp: id.optional(),
  envSteps: steps
})
export type AugmentationRecord = z.output<typeof augmentationRecord>
