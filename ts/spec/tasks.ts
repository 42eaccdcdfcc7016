/** The schema of the three pools of tasks: each a count, a law of tasks, rows of one's own, or a file of them. */
import { z } from 'zod'
import { count, share } from './numbers.js'

const row = z.union(
  [
    z.array(z.number()).min(1),
    z.strictObject({
      values: z.array(z.number()).min(1).describe("The task's numbers, in the order of its names."),
      rare: z.boolean().default(false).describe('Whether the task is one of those that are rare in training.')
    })
  ],
  { error: 'expected the numbers of a task, [0.2], or {values: [0.2], rare: true}' }
)

const described = z
  .strictObject({
    law: z
      .string()
      .min(1)
      .optional()
      .describe(
        'A law of tasks that `xmrl envs <preset>` names: `uniform`, or `rare` (of the training pool): a part of what tasks can be is rare.'
      ),
    count: count().optional().describe('With `law`: how many tasks; left out, as many as the preset has.'),
    share: share().optional().describe('Law `rare`: share of the training tasks that are rare; left out, .1.'),
    part: z
      .number()
      .min(0.01)
      .max(0.99)
      .optional()
      .describe('Law `rare`: share of what tasks can be that is rare; left out, that of the preset.'),
    end: z
      .enum(['low', 'high'])
      .optional()
      .describe('Law `rare`: which end of the range (or of the turn) is rare; left out, that of the preset.'),
    file: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A CSV file whose header has the tasks' names, or JSON rows (counts from the folder of the spec file); a column `rare` marks rare tasks."
      ),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
      .optional()
      .describe("With `file`: its SHA-256; filled in when a run begins, and part of the experiment's hash as the file's name is not."),
    rows: count().optional().describe('With `file`: how many tasks it holds; filled in when a run begins.'),
    marked: z.boolean().optional().describe('With `file`: whether it marks rare tasks; filled in when a run begins.')
  })
  .describe('A law of tasks, or a file of them.')

/** The schema of a pool. */
const pool = (text: string) =>
  z
    .union([count(), described, z.array(row).min(1, 'no tasks; give at least one row')], {
      error: 'expected a count, {law: …, count: …}, rows of tasks [[…], …], or {file: …}'
    })
    .default(50)
    .describe(text)
    .meta({ title: 'a count, `{law, count}`, rows `[[…], …]`, or `{file}`' })

export const tasks = z
  .strictObject({
    training: pool('Training pool.'),
    evaluation: pool('Pool in which poor tasks are mined.'),
    heldOut: pool('Pool that no stage sees before the last evaluation.')
  })
  .describe('The three frozen task pools: their sizes, or the tasks themselves.')
