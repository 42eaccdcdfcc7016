/** Kinds of task: of a world that has several, which parameter of a task is the number of its kind, and what the kinds are called. */
import { z } from 'zod'
import { count } from './numbers.js'

/** The kinds of task of a world. */
export const taskKinds = z.strictObject({
  parameter: z.string().describe("Name of the task parameter that is a kind's number: 0, 1, …"),
  names: z.array(z.string()).min(1).describe('What the kinds are called, by their numbers.'),
  sizes: z
    .array(count())
    .optional()
    .describe('How many of the task parameters a task of each kind has; those behind them say nothing. Absent: all.')
})

/** Of a world with several kinds of task: which parameter of a task is the number of its kind, and what the kinds are called. */
export type TaskKinds = z.output<typeof taskKinds>
