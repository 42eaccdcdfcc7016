/** The result table. */
import { z } from 'zod'
import { id, interval, steps } from './basics.js'

export const METRICS = ['success', 'return'] as const
export const GROUPS = ['mean', 'poor', 'other'] as const
/** `both`: the evaluation and held-out tasks joined within each seed. */
export const TABLE_POOLS = ['both', 'evaluation', 'held-out'] as const

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
  tasks: id
})
export type DegradedRow = z.output<typeof degradedRow>

/** The result table over one or several seeds. */
export const tableRecord = z.strictObject({
  seeds: z.array(id).min(1),
  rows: z.array(tableRow),
  degraded: z.array(degradedRow),
  /** Mean scores of the evaluation pool before (0) and after each number of adaptation steps, theta_0 first. */
  adaptation: z
    .array(z.strictObject({ arm: z.string(), adaptationSteps: id, mean: z.number(), poor: z.number(), other: z.number() }))
    .optional(),
  bootstrap: z.strictObject({ resamples: id, level: z.number(), over: z.enum(['tasks', 'seeds and tasks']) }),
  /** Extra environment steps of each arm, charged ones included, summed over seeds. */
  steps: z.record(z.string(), steps)
})
export type TableRecord = z.output<typeof tableRecord>
