/** The small record of a table: what every figure of it is made from, and nothing else. Committed under docs/results. */
import { z } from 'zod'
import { correlation, finding, heldFinding, id, numbers, scores, steps } from './basics.js'
import { RECORD_VERSION } from './migration.js'
import { doseSummary, leverSummary } from './table.js'
import { transferPresets } from './transfer.js'
import { validationRecord } from './validation.js'

const poolScores = z.strictObject({
  evaluation: scores,
  heldOut: scores,
  /** Evaluation pool by number of adaptation steps, where measured. */
  bySteps: z.array(z.strictObject({ adaptationSteps: id, success: numbers.optional(), returns: numbers })).optional()
})

/** What an explanation found. */
const explained = z.strictObject({
  splitHalfSpearman: correlation,
  /** Number of critical tasks, and of training tasks. */
  critical: id,
  training: id.optional(),
  fallback: z.boolean(),
  /** Weight on the training tasks that are rare, where the task law says which. */
  weightOnRare: z.number().optional(),
  /** Weight on the training tasks of each kind, where there are several. */
  weightByKind: z.record(z.string(), z.number()).optional(),
  /** Number of tasks that equal weights would have to be shared among to be as spread. */
  effectiveTasks: z.number().positive().optional(),
  /** What it came to, and what it foretold of each task. */
  finding: finding.optional(),
  foretold: z.strictObject({ evaluation: numbers, heldOut: numbers }).optional(),
  steps
})

const seed = z.strictObject({
  seed: id,
  /** Ids of the tasks that the task law calls rare. */
  rare: z.strictObject({ evaluation: z.array(id), heldOut: z.array(id) }).optional(),
  poor: z.strictObject({ evaluation: z.array(id), heldOut: z.array(id) }),
  /** What each task's kind is called, where there are several. */
  kinds: z.strictObject({ evaluation: z.array(z.string()), heldOut: z.array(z.string()) }).optional(),
  rankCorrelation: z.strictObject({ evaluation: correlation, heldOut: correlation }),
  explanation: explained.optional(),
  /** Where the explanation was checked by interventions. */
  validation: validationRecord.pick({ settings: true, scoredBy: true, contrasts: true, leaveOut: true, raiseEach: true }).optional(),
  cmi: z.strictObject({ value: z.number(), standardError: z.number(), null: z.number(), steps }).optional(),
  theta_0: poolScores,
  /** theta_0 and the arms on other presets, where they were scored there. */
  transfer: transferPresets.optional(),
  /** `explanation`: of an arm that explains by itself (its first round's). */
  arms: z.record(
    z.string(),
    z.strictObject({
      steps,
      charged: steps,
      explanation: explained.optional(),
      /** Why it went on as continued MAML does, how its share of favoured tasks was steered, and what its trials chose. */
      held: heldFinding.optional(),
      dose: doseSummary.optional(),
      lever: leverSummary.optional(),
      ...poolScores.shape
    })
  )
})

/** A table's small record; scores are rounded to four decimals. */
export const studyRecord = z.strictObject({
  /** Of the records' format; absent in those that were committed before it was said. */
  version: z.literal(RECORD_VERSION).optional(),
  /** What made the run. */
  command: z.string(),
  commit: z.string(),
  machine: z.strictObject({ cpu: z.string(), cores: id, memoryGiB: z.number() }),
  specHash: z.string(),
  environment: z.string().optional(),
  /** Arms that the specification defined; one without a base was given its tasks. */
  define: z.record(z.string(), z.looseObject({ base: z.string().optional(), criticalFraction: z.number().optional() })).optional(),
  seeds: z.array(seed).min(1)
})
/** The small record of a study, from which its tables and pictures are made again. */
export type StudyRecord = z.output<typeof studyRecord>
