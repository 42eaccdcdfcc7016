/** What a specification knows of a world of one's own: its description, where it came from, and a hash of its source. */
import { z } from 'zod'
import { taskKinds } from './kinds.js'
import { count } from './numbers.js'

const size = count()
/** JSON knows no infinity, so a bound that is none is null. */
const bound = z.number().nullable().meta({ title: 'number or `null`' })

/** The `world` section; filled in when a world is opened, so that whoever reads a run need not open it. */
export const world = z
  .strictObject({
    kind: z
      .enum(['module', 'object', 'gymnasium'])
      .describe('`module`: a file that exports it. `object`: it was handed over by a script. `gymnasium`: a Python factory.'),
    source: z.string().describe('The file of a module, or `module:factory@folder` of a Python world; empty for an object.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
      .describe("Of its source, as far as that can be told; part of the experiment's hash as the place is not."),
    description: z.string().describe('One sentence.'),
    observationSize: size.describe('S.'),
    actionSize: size.describe('A.'),
    actionScale: z.number().positive().describe("A policy's action is divided by it, then clipped to [-1, 1]."),
    stateSize: size.describe('D.'),
    stateNames: z.array(z.string()).nullable().describe('Names of the entries of a state; null = none.'),
    horizon: size.describe('T, steps of a query episode.'),
    supportHorizon: size.describe('Steps of a support episode.'),
    taskNames: z.array(z.string()).min(1).describe('Names of the task parameters.'),
    taskLow: z.array(bound).describe('Smallest task parameters; null = no bound.'),
    taskHigh: z.array(bound).describe('Largest task parameters; null = no bound.'),
    defaultTask: z.array(z.number()).describe('A task to try.'),
    kinds: taskKinds.optional().describe('The kinds of task; absent where its tasks are of one kind.'),
    laws: z.array(z.string()).min(1).describe('Names of its task laws; the first is the default.'),
    scoredBy: z.enum(['success', 'return']).describe('What tells how well a task is served.'),
    setState: z.boolean().describe('Whether episodes can begin in any state.'),
    mixes: z.boolean().describe('Whether two states can be mixed.'),
    deterministic: z.boolean().describe('Whether the same arguments give the same bits; if not, no resume is bit-exact.'),
    versions: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        "Versions of Python and of the packages that a Python world had imported when it was opened; no part of the experiment's hash."
      )
  })
  .describe("A world of one's own; filled in when it is opened.")

/** What a run records of a world of one's own. */
export type WorldRecord = z.output<typeof world>
