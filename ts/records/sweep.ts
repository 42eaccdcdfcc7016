/** What a sweep keeps on the disk: its plan, what was handed to an engine, and what happened to each of its units. */
import { z } from 'zod'
import { id } from './basics.js'

/** The format of every file here. */
export const SWEEP_VERSION = 1

const written = z.record(z.string(), z.unknown())

const sweepCell = z.strictObject({
  /** Folder name, made of the cell's values. */
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/),
  /** The matrix's keys with this cell's values. */
  values: z.record(z.string(), z.unknown()),
  /** The specification as it is handed to each unit: base, values and arms in one, without seeds. */
  written,
  /** The experiment's hash. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  arms: z.array(z.string())
})
/** One cell of a sweep's matrix. */
export type SweepCell = z.output<typeof sweepCell>

/** `sweep.json`: every unit is one of `cells` with one of `seeds`. */
export const sweepPlan = z.strictObject({
  version: z.literal(SWEEP_VERSION),
  /** The matrix's keys in order. */
  keys: z.array(z.string()),
  cells: z.array(sweepCell).min(1),
  seeds: z.array(id).min(1),
  /** Units at a time; the engine's own choice where absent. */
  jobs: z.number().int().positive().optional(),
  /** Threads of a unit. */
  threads: z.number().int().positive().optional(),
  /** How often a unit may begin after it was handed over. */
  attempts: z.number().int().positive(),
  /** Handed through to Slurm. */
  slurm: written
})
/** What a sweep is. */
export type SweepPlan = z.output<typeof sweepPlan>

/** `submissions/<n>.json`: what was handed to an engine at once. */
export const sweepSubmission = z.strictObject({
  version: z.literal(SWEEP_VERSION),
  engine: z.enum(['local', 'slurm']),
  at: z.string(),
  /** Units by their names; a task of Slurm's array is a place in this list. */
  units: z.array(z.string()),
  /** Slurm's number of the array; absent where nothing is queued anywhere. */
  job: z.string().optional()
})
export type SweepSubmission = z.output<typeof sweepSubmission>

const at = { at: z.string() }
const attempt = { attempt: z.number().int().positive() }

/** An entry of a unit's journal. */
export const journalEntry = z.discriminatedUnion('kind', [
  /** Handed to an engine. */
  z.strictObject({ kind: z.literal('queued'), ...at, submission: z.number().int().positive() }),
  /** An attempt began; every earlier one is given up. */
  z.strictObject({
    kind: z.literal('began'),
    ...at,
    ...attempt,
    host: z.string(),
    pid: z.number().int(),
    /** Slurm's job and task. */
    job: z.string().optional()
  }),
  /** Saved before its end: a signal. */
  z.strictObject({ kind: z.literal('stopped'), ...at, ...attempt }),
  z.strictObject({ kind: z.literal('failed'), ...at, ...attempt, code: z.string(), message: z.string() }),
  /** Nobody works on it until it is queued again. */
  z.strictObject({ kind: z.literal('cancelled'), ...at }),
  /** The last entry of all: the attempt's run directory is the unit's result. */
  z.strictObject({ kind: z.literal('published'), ...at, ...attempt })
])
export type JournalEntry = z.output<typeof journalEntry>

/** `progress-<attempt>.json`: how far a unit's attempt is; for people, and never what anything is decided by. */
export const unitProgress = z.strictObject({
  ...attempt,
  ...at,
  /** What it works on, as people read it. */
  stage: z.string(),
  /** Share of the unit that is done, every stage counted alike. */
  share: z.number().min(0).max(1),
  /** Environment steps a second of this attempt; 0 where none is known yet. */
  stepsPerSecond: z.number().nonnegative(),
  /** Seconds that this attempt and those before it have worked. */
  seconds: z.number().nonnegative()
})
export type UnitProgress = z.output<typeof unitProgress>
