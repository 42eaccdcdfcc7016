/** The result table. */
import { z } from 'zod'
import { correlation, EVALUATED, id, interval, point, steps } from './basics.js'

export const METRICS = ['success', 'return'] as const
/** What a row measures after adaptation. */
export type Metric = (typeof METRICS)[number]
export const GROUPS = ['mean', 'poor', 'other'] as const
/** Tasks of a row: all of a pool, its poor ones, the others. */
export type Group = (typeof GROUPS)[number]
/** `both`: the evaluation and held-out tasks joined within each seed. */
export const TABLE_POOLS = ['both', ...EVALUATED] as const
/** A pool of the table. */
export type TablePool = (typeof TABLE_POOLS)[number]

const tableRow = z.strictObject({
  arm: z.string(),
  pool: z.enum(TABLE_POOLS),
  group: z.enum(GROUPS),
  metric: z.enum(METRICS),
  /** Number of (seed, task) pairs. */
  tasks: id,
  before: z.number(),
  after: z.number(),
  /** after - before, paired, with its 95 % bootstrap interval. */
  ...interval.shape,
  /** Arm minus continued MAML at the same steps (absent for maml itself). */
  overMaml: interval.optional(),
  /** maml-null minus maml: what a second run of nothing new differs by. */
  null: interval.optional()
})
export type TableRow = z.output<typeof tableRow>

const degradedRow = z.strictObject({
  arm: z.string(),
  pool: z.enum(TABLE_POOLS),
  /** Share of the other (not poor) tasks whose success (or return) fell by more than `margin`. */
  share: z.number().min(0).max(1),
  /** Mean fall of those tasks (0 where there is none). */
  size: z.number().nonnegative(),
  /** The fall that counts; where it differs between pools and seeds, its mean. */
  margin: z.number().nonnegative(),
  /** Where tasks are scored by return: `margin` is this share of the spread (p90 - p10) of theta_0's adapted returns. */
  spreadShare: z.number().nonnegative().optional(),
  tasks: id,
  /** 95 % intervals of share and size. */
  shareRange: point.optional(),
  sizeRange: point.optional(),
  /** Share and size of `maml-null`, and this share minus that one, paired by task. */
  null: z.strictObject({ share: z.number(), size: z.number(), over: interval }).optional()
})
export type DegradedRow = z.output<typeof degradedRow>

const iqmRow = z.strictObject({
  /** An arm, or `theta_0`. */
  arm: z.string(),
  group: z.enum(GROUPS),
  iqm: z.number(),
  low: z.number(),
  high: z.number()
})
export type IqmRow = z.output<typeof iqmRow>

const improvementRow = z.strictObject({
  arm: z.string(),
  group: z.enum(GROUPS),
  /** Probability that the arm serves a task better than `maml`, ties counted half. */
  probability: z.number().min(0).max(1),
  low: z.number(),
  high: z.number(),
  /** False where the interval holds a half. */
  shown: z.boolean()
})
export type ImprovementRow = z.output<typeof improvementRow>

const ablationRow = z.strictObject({
  question: z.string(),
  arm: z.string(),
  against: z.string(),
  group: z.enum(GROUPS),
  /** `arm` minus `against`, paired, both pools. */
  ...interval.shape
})
export type AblationRow = z.output<typeof ablationRow>

const overBothRow = z.strictObject({
  arm: z.string(),
  pool: z.enum(TABLE_POOLS),
  group: z.enum(GROUPS),
  /** Arm minus the mean of `maml` and `maml-null`, task by task. */
  ...interval.shape
})
export type OverBothRow = z.output<typeof overBothRow>

const criticalPoint = z.strictObject({
  arm: z.string(),
  /** N_cri as a share of the training tasks. */
  criticalFraction: z.number().min(0).max(1),
  /** False where the explanation settled it (then its mean over seeds). */
  set: z.boolean(),
  group: z.enum(GROUPS),
  after: z.number(),
  overMaml: interval
})
export type CriticalPoint = z.output<typeof criticalPoint>

const kindRow = z.strictObject({
  /** What the kind of task is called. */
  kind: z.string(),
  /** An arm, or `theta_0`. */
  arm: z.string(),
  /** (seed, task) pairs of the kind in both pools, and the poor ones of them. */
  tasks: id,
  poor: id,
  /** Mean over them. */
  value: z.number(),
  /** Arm minus continued MAML. */
  overMaml: interval.optional()
})
export type KindRow = z.output<typeof kindRow>

const foretoldRow = z.strictObject({
  arm: z.string(),
  /** `mean`: every task; `other`: the tasks that are not poor, alone. */
  group: z.enum(['mean', 'other']),
  /** Rank correlation of what was foretold and the measured change, mean over seeds, with its 95 % interval. */
  spearman: correlation,
  low: correlation,
  high: correlation,
  /** False where the interval holds 0. */
  shown: z.boolean(),
  /** What the change is measured from: the mean of these arms, or theta_0. */
  against: z.array(z.string()).min(1),
  /** Seeds in which the arm trained by the explanation that foretold, and their (seed, task) pairs. */
  seeds: id,
  tasks: id
})
export type ForetoldRow = z.output<typeof foretoldRow>

const heldRow = z.strictObject({
  arm: z.string(),
  /** Seeds in which the arm went on as continued MAML does: nothing was singled out, or the explanation did not repeat. */
  spread: id,
  unrepeatable: id
})
export type HeldRow = z.output<typeof heldRow>

/** What steering an arm's share of favoured tasks came to; `doses` of a table: means over seeds. */
export const doseSummary = z.strictObject({
  /** Share of the meta-batch that favoured tasks got at first and at the end. */
  first: z.number().min(0).max(1),
  last: z.number().min(0).max(1),
  /** Environment steps of the audits, from the arm's own budget. */
  steps: z.number().nonnegative(),
  /** Environment steps at the first lowering; absent where it was never lowered. */
  loweredAt: z.number().nonnegative().optional()
})
/** How an audit steered the share of favoured tasks of an arm. */
export type DoseSummary = z.output<typeof doseSummary>

/** Means over the seeds that were steered; `loweredAt` is the earliest of them. */
const doseRow = z.strictObject({
  arm: z.string(),
  ...doseSummary.shape,
  /** Seeds that were steered, and those of them in which the share was lowered at least once. */
  seeds: id,
  lowered: id
})
export type DoseRow = z.output<typeof doseRow>

/** What the trials of an arm's lever came to; `levers` of a table: means over seeds. */
export const leverSummary = z.strictObject({
  /** Whether the arm went on with mixed query episodes. */
  mixed: z.boolean(),
  /** Meta-iterations of each trial. */
  trial: id,
  /** Change of the audited poor tasks' mean score over the trial without mixed episodes, and over the one with them. */
  without: z.number(),
  with: z.number(),
  /** Environment steps of both trials and their audits, from the arm's own budget. */
  steps: z.number().nonnegative()
})
/** How trials chose whether an arm mixes. */
export type LeverSummary = z.output<typeof leverSummary>

/** Means over the seeds that made trials. */
const leverRow = z.strictObject({
  arm: z.string(),
  trial: z.number().nonnegative(),
  without: z.number(),
  with: z.number(),
  steps: z.number().nonnegative(),
  /** Seeds with trials, and those of them that kept mixed episodes. */
  seeds: id,
  mixed: id
})
export type LeverRow = z.output<typeof leverRow>

const choiceRow = z.strictObject({
  /** The arm that explains by itself; empty: the run's explanation. */
  arm: z.string(),
  /** Means over seeds. */
  splitHalfSpearman: z.number(),
  criticalFraction: z.number(),
  /** Seeds in which it did not repeat and the nearest tasks were taken. */
  fallbacks: id,
  weightOnRare: z.number().optional(),
  /** Weight on the training tasks of each kind, where there are several. */
  weightByKind: z.record(z.string(), z.number()).optional(),
  /** Number of tasks that equal weights would have to be shared among to be as spread, mean over seeds. */
  effectiveTasks: z.number().positive().optional(),
  /** Seeds by what the explanation came to. */
  findings: z.strictObject({ repair: id, spread: id, unrepeatable: id }).optional()
})
export type ChoiceRow = z.output<typeof choiceRow>

const transferRow = z.strictObject({
  preset: z.string(),
  arm: z.string(),
  group: z.enum(GROUPS),
  /** theta_0 and the arm there, without further training. */
  before: z.number(),
  after: z.number(),
  ...interval.shape,
  /** Over the mean of both continued MAML runs there. */
  overBoth: interval.optional()
})
export type TransferRow = z.output<typeof transferRow>

const adaptationRow = z.strictObject({ arm: z.string(), adaptationSteps: id, mean: z.number(), poor: z.number(), other: z.number() })
export type AdaptationRow = z.output<typeof adaptationRow>

/** The result table over one or several seeds. */
export const tableRecord = z.strictObject({
  seeds: z.array(id).min(1),
  rows: z.array(tableRow),
  degraded: z.array(degradedRow),
  /** Of the leading metric, over the mean of both continued MAML runs. */
  overBoth: z.array(overBothRow).optional(),
  /** Of the leading metric on both pools, theta_0 first. */
  iqm: z.array(iqmRow).optional(),
  improvement: z.array(improvementRow).optional(),
  /** Arms that differ in one part of the method. */
  ablations: z.array(ablationRow).optional(),
  /** Gain by the share of critical tasks, least share first. */
  criticalCurve: z.array(criticalPoint).optional(),
  /** Of the leading metric, both pools, where a world has several kinds of task. */
  kinds: z.array(kindRow).optional(),
  /** What each explanation found: the run's, then those of arms that explain by themselves. */
  choices: z.array(choiceRow).optional(),
  /** Of the leading metric, both pools: what the explanations foretold, held against what their arms did. */
  foretold: z.array(foretoldRow).optional(),
  /** Arms that went on as continued MAML does in some seeds. */
  held: z.array(heldRow).optional(),
  /** Arms whose share of favoured tasks was steered. */
  doses: z.array(doseRow).optional(),
  /** Arms that chose by trials whether they mix. */
  levers: z.array(leverRow).optional(),
  /** Of the leading metric, both pools, on other presets of the environment. */
  transfer: z.array(transferRow).optional(),
  /** Mean scores of the evaluation pool before (0) and after each number of adaptation steps, theta_0 first. */
  adaptation: z.array(adaptationRow).optional(),
  bootstrap: z.strictObject({ resamples: id, level: z.number(), over: z.enum(['tasks', 'seeds and tasks']) }),
  /** Extra environment steps of each arm, charged ones included, summed over seeds. */
  steps: z.record(z.string(), steps)
})
/** The result table over seeds: levels, paired gains with their intervals, degraded tasks. */
export type TableRecord = z.output<typeof tableRecord>
