/** The directory of a sweep: its plan, what was handed to engines, a folder for each unit, and the tables over them. */
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { z } from 'zod'
import { XmrlError } from '../errors.js'
import {
  RECORD_VERSION,
  type RecordHeader,
  type SweepPlan,
  type SweepSubmission,
  sweepPlan,
  sweepSubmission,
  type TableRecord
} from '../records/index.js'
import { guardInput, guardOutput, makeFolder, TEMPORARY, writeAll, writeAtomic } from './atomic.js'
import { type Lock, takeLock } from './lock.js'
import { type StoreOrigin, writeRecordFile } from './store.js'
import { UnitFolder } from './unit.js'

const PLAN = 'sweep.json'
const OURS = /^(sweep\.(json|yaml)|submissions|units|logs|tables|\.lock|\.tmp-.*)$/
/** Milliseconds in which somebody who only looks whether the directory is held lets go again. */
const GLANCE = 1000

/** A file that text is added to. */
export interface Log {
  write(text: string): void
  close(): void
}

/** A sweep's directory, read or written; whoever changes the plan or works on it locally holds it by {@link openSweep}. */
export class SweepFolder {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  /** The plan, or undefined where there is no sweep. @throws XmrlError `ERR_RECORD_INVALID` */
  plan(): SweepPlan | undefined {
    const file = join(this.path, PLAN)
    return existsSync(file) ? read(file, sweepPlan) : undefined
  }

  /** A unit by its name, `<cell>/seed-<n>`. */
  unit(name: string): UnitFolder {
    return new UnitFolder(join(this.path, 'units', name))
  }

  /** What was handed to engines, oldest first. */
  submissions(): SweepSubmission[] {
    const folder = join(this.path, 'submissions')
    if (!existsSync(folder)) return []
    const numbers = readdirSync(folder).flatMap((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? Number.NaN))
    return numbers
      .filter((number) => !Number.isNaN(number))
      .sort((a, b) => a - b)
      .map((number) => this.submission(number))
  }

  /** One of them. @throws XmrlError `ERR_RECORD_INVALID` */
  submission(number: number): SweepSubmission {
    return read(join(this.path, 'submissions', `${number}.json`), sweepSubmission)
  }

  /** Whether a process of this machine holds the directory: the engine `local` at work. */
  held(): boolean {
    try {
      takeLock(this.path).release()
      return false
    } catch (error) {
      if (XmrlError.is(error, 'ERR_RUN_LOCKED')) return true
      throw error
    }
  }

  /** Where a file of the directory is; `names` from its top. */
  place(...names: string[]): string {
    return join(this.path, ...names)
  }

  /** Writes a file, making its folder; returns its path. */
  write(text: string, ...names: string[]): string {
    const path = this.place(...names)
    makeFolder(join(path, '..'))
    writeAtomic(path, text)
    return path
  }

  /** Writes the record of a table over a cell, as a run directory of the same seeds has it. */
  writeTable(table: TableRecord, origin: StoreOrigin, ...names: string[]): void {
    const path = this.place(...names)
    makeFolder(join(path, '..'))
    const header: RecordHeader = { record: 'table', version: RECORD_VERSION, ...origin, seed: null, sequence: 0, metricsBytes: 0 }
    writeRecordFile(path, 'table', header, table)
  }

  /** Opens a unit's log to add to it. */
  log(unit: string): Log {
    const folder = this.place('logs')
    makeFolder(folder)
    const path = join(folder, `${unit.replace('/', '-')}.txt`)
    const handle = guardOutput(path, () => openSync(path, 'a'))
    return { write: (text) => guardOutput(path, () => writeAll(handle, Buffer.from(text))), close: () => closeSync(handle) }
  }
}

/** A sweep's directory that this process holds. */
export interface OpenSweep extends Lock {
  readonly folder: SweepFolder
  /** Keeps a plan, and the text it was made of. */
  keep(plan: SweepPlan, text: string): void
  /** Notes what is handed to an engine; returns its number. */
  submit(submission: Omit<SweepSubmission, 'version'>): number
  /** Notes a submission's job. */
  resubmit(number: number, submission: SweepSubmission): void
}

/**
 * Makes or opens a sweep's directory, for this process alone.
 * @throws XmrlError `ERR_RUN_LOCKED`, `ERR_RUN_EXISTS` where it holds files that are no sweep's, `ERR_OUTPUT`
 */
export function openSweep(path: string): OpenSweep {
  const folder = new SweepFolder(path)
  makeFolder(folder.path)
  if (!existsSync(folder.place(PLAN))) {
    const foreign = readdirSync(folder.path).find((name) => !OURS.test(name) && !name.startsWith(TEMPORARY))
    if (foreign !== undefined)
      throw new XmrlError('ERR_RUN_EXISTS', `${folder.path} holds files that are no sweep (${foreign}); choose another out`)
  }
  const lock = takeLock(folder.path, GLANCE)
  const note = (number: number, submission: SweepSubmission) =>
    void folder.write(`${JSON.stringify(sweepSubmission.parse(submission), null, 2)}\n`, 'submissions', `${number}.json`)
  return {
    folder,
    keep: (plan, text) => {
      folder.write(text, 'sweep.yaml')
      folder.write(`${JSON.stringify(sweepPlan.parse(plan), null, 2)}\n`, PLAN)
    },
    submit: (submission) => {
      const number = folder.submissions().length + 1
      note(number, { version: 1, ...submission })
      return number
    },
    resubmit: note,
    release: () => lock.release()
  }
}

function read<T>(file: string, schema: z.ZodType<T>): T {
  const cure = 'put back what the sweep was begun with'
  const value = guardInput('ERR_RECORD_INVALID', file, cure, () => JSON.parse(readFileSync(file, 'utf8')))
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [{ path, message }] = result.error.issues
  throw new XmrlError('ERR_RECORD_INVALID', `${file}: ${[path.join('.'), message].join(': ')}; ${cure}`, { cause: result.error })
}
