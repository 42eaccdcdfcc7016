/**
 * What the checkpoints of a stage hold beside weights, as far as going on depends on it: further keys may stand there. A checkpoint
 * of a version that kept something else is refused by key instead of failing somewhere in the stage.
 */
import { z } from 'zod'

const finite = z.number()
const numbers = z.array(finite)

/** Training and retraining: steps, learning curve, and what an arm chose for itself. */
const loop = z.looseObject({
  envSteps: finite,
  curve: z.array(z.looseObject({ envSteps: finite, returnAfter: finite, successAfter: finite.optional() })),
  choice: z.looseObject({ weights: numbers, envSteps: finite }).optional()
})
/** The mixing law: its parameters, the moving average of their gradients, what was counted. */
const augment = z.looseObject({
  phi: numbers,
  average: numbers,
  envSteps: finite,
  infeasible: finite,
  lifted: finite,
  redraws: finite,
  gaveUp: finite,
  history: z.array(z.looseObject({ iteration: finite, phi: numbers }))
})
/** Rounds of the solver `alternating`: weights of each half so far. */
const explain = z.looseObject({ omegas: z.array(numbers), rounds: z.array(z.looseObject({})), info: z.looseObject({}), envSteps: finite })
/** Interventions: scores of each. */
const validate = z.looseObject({ scores: z.array(numbers), envSteps: finite })

const SCHEMAS = { train: loop, retrain: loop, augment, explain, validate } as const

/** The schema of a stage's state; undefined for a stage that keeps none. An arm's stage begins with the stage's name. */
export function stateSchema(stage: string): z.ZodType | undefined {
  const kind = stage.split('-', 1)[0]
  return Object.hasOwn(SCHEMAS, kind) ? SCHEMAS[kind as keyof typeof SCHEMAS] : undefined
}
