/** Pieces that several records are made of. */
import { z } from 'zod'

/** A number of a task, a seed, an iteration. */
export const id = z.number().int().nonnegative()
/** Environment steps. */
export const steps = z.number().int().nonnegative()
export const numbers = z.array(z.number())
export const point = z.tuple([z.number(), z.number()])
export const correlation = z.number().min(-1).max(1)

/** The three frozen pools. */
export const POOLS = ['training', 'evaluation', 'held-out'] as const
export const poolName = z.enum(POOLS)
/** Name of a task pool. */
export type PoolName = z.output<typeof poolName>

/** A paired difference with its interval. */
export const interval = z.strictObject({
  gain: z.number(),
  low: z.number(),
  high: z.number(),
  /** False where the interval holds 0: the gain is "not shown". */
  shown: z.boolean()
})
export type Interval = z.output<typeof interval>
