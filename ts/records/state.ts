/**
 * What the checkpoints of a stage hold beside weights, as far as going on depends on it: further keys may stand there and are passed
 * over. A checkpoint of a version that kept something else is refused by key instead of failing somewhere in the stage.
 */
import { z } from 'zod'
import { armRecord, lever, reptileStep } from './arm.js'
import { augmentationRecord } from './augmentation.js'
import { numbers, poolName } from './basics.js'
import { explanationRecord } from './explanation.js'

const steps = z.number()
/** A count that older versions did not keep. */
const count = z.number().default(0)

/**
 * Training and retraining: steps, what an arm chose for itself, what steers it. Their learning curve is that of metrics.jsonl.
 */
const loop = z.object({
  envSteps: steps,
  choice: armRecord.shape.choice,
  steering: z.json().optional(),
  /** Reptile steps, at most one a round, the scores that their audit is held against, and the round of the last: a round that favours nothing has none. */
  reptile: z.object({ steps: z.array(reptileStep), first: numbers, round: z.number() }).optional(),
  /** What the trials of its lever came to, the arm's iterations before them, and the scores that audits of the others are held against. */
  lever: z.object({ record: lever, from: z.number(), first: numbers }).optional()
})
/** Scores of an audit, by task. */
const looked = z.object({ poor: numbers, other: numbers })
/** Trials of a lever: meta-steps of both so far, what audits found, and what the first was held against. */
const trial = z.object({ envSteps: steps, first: numbers, before: looked, without: looked.optional() })
/** The mixing law: its parameters, the moving average of their gradients (empty before the first), what was counted. */
const augment = z.object({
  phi: numbers,
  average: numbers,
  envSteps: steps,
  pairs: count,
  infeasible: z.number(),
  lifted: z.number(),
  redraws: z.number(),
  gaveUp: z.number(),
  history: augmentationRecord.shape.history
})
/** Rounds of the solver `alternating`: weights after the last round of each half; the loop itself is a file beside. */
const explain = z.object({
  omegas: z.array(numbers),
  rounds: explanationRecord.shape.rounds.unwrap(),
  info: explanationRecord.shape.info,
  envSteps: steps
})
/** Interventions: scores of the poor tasks by unit of work. */
const validate = z.object({ scores: z.array(numbers), envSteps: steps })

/** An evaluation that is under way: its measures so far, in order, and the first tasks of the next one. */
const measured = z.object({
  part: z.object({ returns: numbers, success: numbers, envSteps: steps, furtherSteps: steps }).optional(),
  done: z.array(
    z.object({
      pool: poolName,
      stream: z.number(),
      adaptationSteps: z.number().optional(),
      returns: numbers,
      success: numbers.optional(),
      envSteps: steps,
      furtherSteps: steps
    })
  )
})

/** The state's schema by stage; an arm's stage begins with the stage's name and a hyphen. */
const stateSchemas = { train: loop, retrain: loop, lever: trial, measured, augment, explain, validate } as const

type Kind = keyof typeof stateSchemas

/** The state that a stage's checkpoints hold; plain values where the stage is none of {@link stateSchemas} or not known beforehand. */
export type StateOf<S extends string> = S extends Kind
  ? z.output<(typeof stateSchemas)[S]>
  : S extends `${infer K extends Kind}-${string}`
    ? z.output<(typeof stateSchemas)[K]>
    : Record<string, z.core.util.JSONType>

/** The schema of a stage's state; undefined for a stage that keeps none. */
export function stateSchema(stage: string): z.ZodType | undefined {
  const kind = stage.split('-', 1)[0]
  return Object.hasOwn(stateSchemas, kind) ? stateSchemas[kind as Kind] : undefined
}
