/** What one does with a sweep: submit it, go on with it, stop it. */
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { SweepPlan, SweepSubmission } from '../records/index.js'
import { type OpenSweep, openSweep, SweepFolder } from '../run/index.js'
import type { SweepFile } from './file.js'
import { type PoolEvent, runPool } from './local.js'
import { slurmOptions } from './options.js'
import { grownPlan, type Unit, unitsOf } from './plan.js'
import { cancelSlurm, type Program, submitSlurm } from './slurm.js'
import { isActive, type SweepStatus, statusOf } from './status.js'

/** Where units are worked on. */
export type Engine = SweepSubmission['engine']

/** How a sweep is handed over. */
export interface SubmitOptions {
  engine: Engine
  /** The command line of this package, which Slurm's jobs start. */
  program: Program
  /** Stops the engine `local` after every unit has saved. */
  signal: AbortSignal
  told?: (event: SweepEvent) => void
  /** Milliseconds between two signs of life of a worker of the engine `local`. @default ten seconds */
  beat?: number
}

/** What handing over and working reports. */
export type SweepEvent =
  | { type: 'submitted'; engine: Engine; path: string; units: number; done: number; active: number; jobs?: string[] }
  | PoolEvent

/** A sweep that is on the disk. */
export interface OpenedSweep {
  folder: SweepFolder
  plan: SweepPlan
}

/**
 * Hands every unit of a new sweep to an engine. `slurm` returns when Slurm has the jobs, `local` when every unit has ended.
 * Errors: `ERR_SPEC_INVALID`, `ERR_RUN_EXISTS` where the directory holds a sweep already, `ERR_RUN_LOCKED`, `ERR_SCHEDULER`; with `local`
 * those of {@link runLocal}.
 */
export async function submitSweep(file: SweepFile, options: SubmitOptions): Promise<void> {
  if (new SweepFolder(file.out).plan() !== undefined)
    throw new XmrlError('ERR_RUN_EXISTS', `${file.out} holds a sweep already; go on with it by xmrl sweep resume, or choose another out`)
  await handOver(file, options)
}

/**
 * Goes on with a sweep: hands over every unit that is not done and that no engine has. Cells and seeds that its file has gained are added.
 * Errors: as {@link submitSweep}; `ERR_RUN_NOT_FOUND` where there is no sweep, `ERR_RUN_EXISTS` where the file says another one now.
 */
export async function resumeSweep(
  file: SweepFile,
  { engine, ...options }: Omit<SubmitOptions, 'engine'> & { engine?: Engine }
): Promise<void> {
  const { folder } = openedSweep(file.out)
  await handOver(file, { engine: engine ?? folder.submissions().at(-1)?.engine ?? 'local', ...options })
}

/**
 * The sweep in a directory.
 * @throws XmrlError `ERR_RUN_NOT_FOUND` where there is none, `ERR_RECORD_INVALID`
 */
export function openedSweep(out: string): OpenedSweep {
  const folder = new SweepFolder(out)
  const plan = folder.plan()
  if (plan === undefined) throw new XmrlError('ERR_RUN_NOT_FOUND', `${out} holds no sweep (no sweep.json); xmrl sweep submit begins one`)
  return { folder, plan }
}

/**
 * Stops a sweep: what runs saves and ends, what waits is not begun; `resume` goes on.
 * @returns the units that were given up
 * Errors: `ERR_SCHEDULER`, `ERR_OUTPUT`
 */
export async function cancelSweep(out: string): Promise<string[]> {
  const { folder, plan } = openedSweep(out)
  const given = unitsOf(plan).filter(({ name }) => folder.unit(name).cancel())
  await cancelSlurm(folder)
  return given.map(({ name }) => name)
}

/** How a sweep's units stand; see {@link statusOf}. */
export async function sweepStatus(out: string): Promise<SweepStatus> {
  const { folder, plan } = openedSweep(out)
  return statusOf(folder, plan)
}

async function handOver(file: SweepFile, options: SubmitOptions): Promise<void> {
  // Before anything is written, whatever the engine: the file is wrong on any.
  slurmOptions(file.plan.slurm)
  const sweep = openSweep(file.out)
  let pool: { plan: SweepPlan; units: Unit[]; number: number } | undefined
  try {
    pool = await submitted(sweep, file, options)
    if (pool !== undefined) await runLocal(sweep.folder, pool, options)
  } finally {
    sweep.release()
  }
}

/** Keeps the plan and hands units over; what the engine `local` is to work on, where it is that one. */
async function submitted(sweep: OpenSweep, file: SweepFile, { engine, program, told }: SubmitOptions) {
  const { folder } = sweep
  const plan = grownPlan(folder.plan(), file.plan, folder.path)
  const all = unitsOf(plan)
  const { units } = await statusOf(folder, plan, false)
  const open = all.filter((_, place) => units[place].state !== 'done' && !isActive(units[place]))
  sweep.keep(plan, file.text)
  const count = { units: open.length, done: units.filter(({ state }) => state === 'done').length, active: units.filter(isActive).length }
  const at = { type: 'submitted', engine, path: folder.path, ...count } as const
  if (engine === 'slurm') {
    const numbers = open.length === 0 ? [] : await submitSlurm(sweep, plan, open, program)
    told?.({ ...at, jobs: numbers.flatMap((number) => folder.submission(number).job ?? []) })
    return undefined
  }
  let number = 0
  if (open.length > 0) {
    number = sweep.submit({ engine, at: new Date().toISOString(), units: open.map(({ name }) => name) })
    for (const { name } of open) folder.unit(name).queue(number)
  }
  told?.(at)
  return { plan, units: open, number }
}

/**
 * Works on units here until all have ended.
 * Errors: `ERR_ABORTED` when the signal came or the sweep was cancelled, and every unit has saved; else `ERR_WORKER` naming the units
 * that failed.
 */
async function runLocal(
  folder: SweepFolder,
  { plan, units, number }: { plan: SweepPlan; units: readonly Unit[]; number: number },
  { signal, told, beat }: SubmitOptions
): Promise<void> {
  const failed = new Map<string, string>()
  let [stopped, cancelled] = [0, 0]
  await runPool(folder, plan, units, {
    signal,
    submission: number,
    ...defined({ beat }),
    told: (event) => {
      if (event.type === 'unit-failed' && !event.again) failed.set(event.unit, `${event.code}: ${event.message}`)
      if (event.type === 'unit-ended' && event.end === 'cancelled') cancelled++
      if (event.type === 'unit-ended' && event.end === 'stopped') stopped++
      told?.(event)
    }
  })
  const goOn = 'xmrl sweep resume goes on'
  if (failed.size > 0) {
    const [[unit, why]] = failed
    const others = [...failed.keys()].slice(1)
    const also =
      others.length === 0 ? '' : `; also ${others.slice(0, 5).join(', ')}${others.length > 5 ? ` and ${others.length - 5} more` : ''}`
    throw new XmrlError('ERR_WORKER', `${failed.size} of ${units.length} units failed: ${unit}: ${why}${also}; ${goOn}`)
  }
  if (signal.aborted) throw new XmrlError('ERR_ABORTED', `stopped after saving; ${goOn}`)
  if (cancelled > 0) throw new XmrlError('ERR_ABORTED', `${cancelled} units were cancelled; ${goOn}`)
  if (stopped > 0) throw new XmrlError('ERR_WORKER', `${stopped} units were told to end by SIGTERM, and saved; ${goOn}`)
}
