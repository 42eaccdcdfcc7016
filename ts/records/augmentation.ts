/** The mixing law and its information. */
import { z } from 'zod'
import { id, numbers, steps } from './basics.js'

/** One step on phi, as it was measured before the step was taken. */
const ascentStep = z.strictObject({
  iteration: id,
  phi: numbers,
  /** Form (i), nats. */
  cmi: z.number(),
  /** The same with lambda fixed, in records of versions that measured it in every step. */
  null: z.number().optional(),
  /** The objective, nats, where it is another form. */
  objective: z.number().optional(),
  /** Norm of the hypergradient with respect to phi: of this step's estimate, and of the moving average that was followed. */
  gradientNorm: z.number().nonnegative().optional(),
  averageNorm: z.number().nonnegative().optional()
})

/** The mixing law and its information. */
export const augmentationRecord = z.strictObject({
  family: z.enum(['uniform', 'kumaraswamy', 'logit-normal', 'beta', 'mixture']),
  phi: numbers,
  /** What phi ascended and how its gradient was estimated; absent where nothing was learned. */
  objective: z.enum(['mixture', 'information-gain']).optional(),
  gradient: z.enum(['score', 'pathwise']).optional(),
  density: z.strictObject({ lambda: numbers, p: numbers }),
  /**
   * Conditional mutual information (nats), form (i), with common random numbers. The responses are gradients of returns, so it
   * grows with the unit that returns are in (`docs/algorithm.md`): compare it within a preset.
   */
  cmi: z.number(),
  /** The same with lambda fixed: 0 by construction; measured with the figures. */
  null: z.number(),
  /** The same with lambda fixed and independent noise: what a careless estimate would report. */
  noiseNull: z.number(),
  standardError: z.number().nonnegative(),
  /** Form (ii), and form (iii), an upper bound that is positive even for one fixed lambda. */
  informationGain: z.number().optional(),
  upperBound: z.number().optional(),
  history: z.array(ascentStep),
  /** Critical tasks that it was learned and measured on, where these are not all. */
  tasks: z.array(id).optional(),
  /** How states were mixed and infeasible mixtures repaired. */
  mix: z.enum(['linear', 'geodesic']).optional(),
  repair: z.enum(['none', 'lift', 'reject']).optional(),
  /** Mixed episodes that asked for a pair (a pair is that of all coefficient sets). */
  pairs: id.optional(),
  /** Mixtures that were infeasible; those lifted, pairs drawn again, episodes that started at a visited state after all. */
  infeasible: id.optional(),
  lifted: id.optional(),
  redraws: id.optional(),
  gaveUp: id.optional(),
  /** Said where more than 5 % of the mixed episodes gave up: they carry no lambda, so the figures are those of the others. */
  note: z.string().optional(),
  /** Environment steps of learning phi, which the arms that mix by it are charged (in records without `figureSteps`: those of the figures too). */
  envSteps: steps,
  /** Environment steps of the figures, charged to nobody. */
  figureSteps: steps.optional()
})
/** The mixing law of an augmentation, how it was learned, and the information that its episodes carry. */
export type AugmentationRecord = z.output<typeof augmentationRecord>
