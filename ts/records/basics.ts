/** Pieces that several records are made of. */
import { z } from 'zod'

/** A number of a task, a seed, an iteration. */
export const id = z.number().int().nonnegative()
/** Environment steps. */
export const steps = z.number().int().nonnegative()
export const numbers = z.array(z.number())
export const point = z.tuple([z.number(), z.number()])
export const correlation = z.number().min(-1).max(1)

/** The three frozen pools: tasks trained on, tasks where poor ones are mined, tasks no stage ever sees. */
export const POOLS = ['training', 'evaluation', 'heldOut'] as const
export const poolName = z.enum(POOLS)
/** Name of a task pool. */
export type PoolName = z.output<typeof poolName>
/** The pools that arms are evaluated on. */
export const EVALUATED = ['evaluation', 'heldOut'] as const satisfies readonly PoolName[]
/** Name of a pool that arms are evaluated on. */
export type EvaluatedPool = (typeof EVALUATED)[number]

/** One number a task of an evaluation, without its random stream. */
export const scores = z.strictObject({ success: numbers.optional(), returns: numbers })

/** A paired difference with its 95 % interval. */
export const interval = z.strictObject({
  gain: z.number(),
  low: z.number(),
  high: z.number(),
  /** False where the interval holds 0: the gain is "not shown". */
  shown: z.boolean()
})
/** A paired difference with its interval; `shown` is false where the interval holds 0. */
export type Interval = z.output<typeof interval>

/** What an explanation comes to. */
export const finding = z.enum(['repair', 'spread', 'unrepeatable'])
/** Findings after which an arm goes on as continued MAML does. */
export const heldFinding = z.enum(['spread', 'unrepeatable'])
