/** What raising and leaving out training tasks did to the poor ones, beside what the explanation said. */
import { z } from 'zod'
import { SOLVERS } from '../spec/index.js'
import { correlation, id, interval, numbers, steps } from './basics.js'

const change = z.enum(['raise', 'remove'])
const count = z.number().int().positive()

/** Finite interventions as the reference of an explanation. */
export const validationRecord = z.strictObject({
  solver: z.enum(SOLVERS),
  /** `explain.validate` of the run. */
  settings: z.strictObject({
    iterations: count,
    supportEpisodes: count,
    queryEpisodes: count,
    maxKl: z.number().positive(),
    top: count,
    leaveOut: count,
    share: z.number(),
    /** Absent in records of older versions. */
    raiseEach: z.boolean().optional(),
    repeats: count
  }),
  scoredBy: z.enum(['success', 'return']),
  /** The poor tasks of the evaluation pool, on which effects are measured. */
  poor: z.array(id),
  /** `[repeats]` their mean score after the unchanged retraining. */
  base: numbers,
  interventions: z.array(
    z.strictObject({
      change,
      group: z.enum(['top', 'random', 'nearest', 'single']),
      tasks: z.array(id),
      /** `[repeats]` score with the change minus score without it, mean over the poor tasks. */
      effects: numbers,
      ...interval.shape
    })
  ),
  /** The top tasks' effect over that of a control group (`remove`: how much more they are missed). */
  contrasts: z.array(z.strictObject({ change, against: z.enum(['random', 'nearest']), ...interval.shape })),
  /** Tasks left out one by one: their scores in the explanation and what the poor tasks lost. */
  leaveOut: z.strictObject({
    tasks: z.array(id),
    scores: numbers,
    losses: numbers,
    spearman: correlation,
    /** The same correlation between two repeats of the losses: the noise ceiling. */
    ceiling: correlation
  }),
  /** Every training task raised alone, and what each explanation that the seed has says of it. */
  raiseEach: z
    .strictObject({
      /** `[N]` */
      gains: numbers,
      ceiling: correlation,
      /** `arm`: the arm that explains by itself; empty for the run's explanation. */
      explanations: z.array(z.strictObject({ arm: z.string(), solver: z.enum(SOLVERS), scores: numbers, spearman: correlation }))
    })
    .optional(),
  envSteps: steps
})
/** What raising and leaving out the tasks of an explanation really did. */
export type ValidationRecord = z.output<typeof validationRecord>
