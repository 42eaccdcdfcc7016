/**
 * A unit of a sweep on the disk: a journal, the run directory that the newest attempt works in (`work-<attempt>`), and, once an attempt has
 * published it, the result (`run`). An attempt that begins takes the one before it over: the journal gives up the old one, whose run
 * directory goes by renaming to the new one. Publishing is the journal's next entry too, so that an old attempt that wakes up on a node
 * that was given up can neither publish nor write where the new one works.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { type JournalEntry, type UnitProgress, unitProgress } from '../records/index.js'
import { discard, guardOutput, makeFolder, outputError, syncFolder, writeAtomic } from './atomic.js'
import { appendJournal, readJournal } from './journal.js'

/** How often an entry is tried while others add theirs. */
const TRIES = 100

/** How a unit stands, as its journal has it. `running` is what an attempt said last: whether its process lives is the engine's to know. */
export type UnitState = 'waiting' | 'running' | 'stopped' | 'failed' | 'cancelled' | 'done'

/** A unit as its journal has it. */
export interface UnitStanding {
  state: UnitState
  /** Attempts so far. */
  attempts: number
  /** Of the newest attempt: where it runs, when it began. */
  began?: JournalEntry & { kind: 'began' }
  /** Why it failed. */
  failure?: { code: string; message: string }
  progress?: UnitProgress
}

/** Who begins an attempt. */
export interface Worker {
  /** Slurm's job and task. */
  job?: string | undefined
  /** By which the unit was handed over. @default whichever was the last */
  submission?: number | undefined
  /** How often a unit may begin after it was queued. */
  most: number
}

/** The folder of a unit. */
export class UnitFolder {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  /** The published run directory. */
  get run(): string {
    return join(this.path, 'run')
  }

  get #journal(): string {
    return join(this.path, 'journal')
  }

  /** How the unit stands. */
  standing(): UnitStanding {
    const entries = readJournal(this.#journal)
    const last = entries.at(-1)
    const began = entries.findLast((entry) => entry.kind === 'began')
    const attempts = began?.attempt ?? 0
    const progress = this.#progress(attempts)
    return {
      state: last === undefined ? 'waiting' : STATES[last.kind],
      attempts,
      ...(began === undefined ? {} : { began }),
      ...(last?.kind === 'failed' ? { failure: { code: last.code, message: last.message } } : {}),
      ...(progress === undefined ? {} : { progress })
    }
  }

  /**
   * Notes that the unit is handed to an engine; one that is done stays done.
   * @returns false where it is done
   */
  queue(submission: number): boolean {
    return this.#add((last) => (last?.kind === 'published' ? undefined : { kind: 'queued', at: now(), submission }))
  }

  /**
   * Gives the unit up until it is queued again: whoever works on it saves and ends, and cannot publish.
   * @returns false where it is done or was cancelled before
   */
  cancel(): boolean {
    return this.#add((last) => (last?.kind === 'published' || last?.kind === 'cancelled' ? undefined : { kind: 'cancelled', at: now() }))
  }

  /** Notes that an attempt's process ended without a word; nothing where it said one, or where another has begun. */
  lost(attempt: number, message: string): void {
    this.#add((last) =>
      last?.kind === 'began' && last.attempt === attempt ? { kind: 'failed', at: now(), attempt, code: 'ERR_WORKER', message } : undefined
    )
  }

  /**
   * Begins an attempt, which takes over what the one before it has saved.
   * @returns undefined where there is nothing to do: the unit is done, cancelled, handed over anew since, or taken over by another at once
   * @throws XmrlError `ERR_WORKER` where it has begun too often without an end (it has then failed), `ERR_OUTPUT`
   */
  begin({ job, submission, most }: Worker): Attempt | undefined {
    let begun: { entries: number; attempt: number } | undefined
    let often: number | undefined
    this.#add((last, entries) => {
      begun = undefined
      if (last?.kind === 'published' || last?.kind === 'cancelled') return undefined
      const attempt = entries.filter(({ kind }) => kind === 'began').length + 1
      const queued = entries.findLastIndex(({ kind }) => kind === 'queued')
      const handed = entries[queued]
      // A job of an earlier submission, that its engine had forgotten and begins after all.
      if (submission !== undefined && handed?.kind === 'queued' && handed.submission !== submission) return undefined
      often = entries.slice(queued + 1).filter(({ kind }) => kind === 'began').length
      if (often >= most) return { kind: 'failed', at: now(), attempt: attempt - 1, code: 'ERR_WORKER', message: tooOften(often) }
      begun = { entries: entries.length + 1, attempt }
      const where = { host: hostname(), pid: process.pid, ...(job === undefined ? {} : { job }) }
      return { kind: 'began', at: now(), attempt, ...where }
    })
    if (begun === undefined) {
      if (often !== undefined && often >= most) throw new XmrlError('ERR_WORKER', tooOften(often))
      return undefined
    }
    const { entries, attempt } = begun
    const work = this.#work(attempt)
    const own = new Attempt(this.path, this.#journal, attempt, entries, work, this.#progress(attempt - 1)?.seconds ?? 0)
    try {
      this.#takeOver(attempt, work)
    } catch (error) {
      // Its folder may have been taken over in turn.
      if (own.givenUp() === undefined) throw error
    }
    return own.givenUp() === undefined ? own : undefined
  }

  /**
   * Puts the result of a unit whose attempt died between its last entry and the renaming in its place.
   * @returns whether the unit is done and its result is there
   */
  settle(): boolean {
    const last = readJournal(this.#journal).at(-1)
    if (last?.kind !== 'published') return false
    place(this.#work(last.attempt), this.run)
    return existsSync(this.run)
  }

  #work(attempt: number): string {
    return join(this.path, `work-${attempt}`)
  }

  /** Adds what `next` makes of the entries, again where somebody was quicker; false where it makes nothing. */
  #add(next: (last: JournalEntry | undefined, entries: readonly JournalEntry[]) => JournalEntry | undefined): boolean {
    for (let tries = 0; tries < TRIES; tries++) {
      const entries = readJournal(this.#journal)
      const entry = next(entries.at(-1), entries)
      if (entry === undefined) return false
      if (appendJournal(this.#journal, entries.length, entry)) return true
    }
    throw new XmrlError('ERR_OUTPUT', `${this.#journal}: other processes keep writing there; everything saved so far is kept`)
  }

  /** Makes the newest run directory that an earlier attempt left this one's. */
  #takeOver(attempt: number, work: string): void {
    for (let tries = 0; tries < TRIES; tries++) {
      const before = newestWork(this.path, attempt)
      if (before === undefined) break
      try {
        renameSync(before, work)
        syncFolder(this.path)
        break
      } catch (error) {
        // An attempt in between has taken it meanwhile.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw outputError(work, error)
      }
    }
    makeFolder(work)
    guardOutput(work, () => ownFiles(work))
  }

  #progress(attempt: number): UnitProgress | undefined {
    try {
      return unitProgress.parse(JSON.parse(readFileSync(join(this.path, `progress-${attempt}.json`), 'utf8')))
    } catch {
      // None yet: nothing depends on it.
      return undefined
    }
  }
}

/** An attempt at a unit, held by this process until another takes it over. */
class Attempt {
  readonly number: number
  /** The run directory to work in. */
  readonly path: string
  /** Seconds that the attempts before this one worked. */
  readonly before: number
  readonly #unit: string
  readonly #journal: string
  readonly #entries: number

  /** Use {@link UnitFolder.begin}. */
  constructor(unit: string, journal: string, number: number, entries: number, path: string, before: number) {
    this.#unit = unit
    this.#journal = journal
    this.#entries = entries
    this.number = number
    this.path = path
    this.before = before
  }

  /** Why this attempt may not go on: another has begun, or the unit was cancelled or queued anew; undefined while it may. */
  givenUp(): 'cancelled' | 'superseded' | undefined {
    const next = readJournal(this.#journal)[this.#entries]
    if (next === undefined) return undefined
    return next.kind === 'cancelled' ? 'cancelled' : 'superseded'
  }

  /** Says how far it is. */
  progress(progress: Omit<UnitProgress, 'attempt' | 'at'>): void {
    writeAtomic(join(this.#unit, `progress-${this.number}.json`), `${JSON.stringify({ attempt: this.number, at: now(), ...progress })}\n`)
  }

  /**
   * Makes this attempt's run directory the unit's result.
   * @returns false where the attempt was given up; then nothing was published
   * @throws XmrlError `ERR_OUTPUT`
   */
  publish(): boolean {
    if (!appendJournal(this.#journal, this.#entries, { kind: 'published', at: now(), attempt: this.number })) return false
    const run = join(this.#unit, 'run')
    place(this.path, run)
    for (const name of guardOutput(this.#unit, () => readdirSync(this.#unit)))
      if (/^(\.tmp-)?(work|progress)-\d+/.test(name) && name !== `progress-${this.number}.json`) discard(join(this.#unit, name))
    return true
  }

  /** Notes that it saved and ended, or why it failed; false where it was given up before. */
  end(failure?: { code: string; message: string }): boolean {
    const own = { at: now(), attempt: this.number }
    return appendJournal(
      this.#journal,
      this.#entries,
      failure === undefined ? { kind: 'stopped', ...own } : { kind: 'failed', ...own, ...failure }
    )
  }
}

export type { Attempt }

const STATES: Readonly<Record<JournalEntry['kind'], UnitState>> = {
  queued: 'waiting',
  began: 'running',
  stopped: 'stopped',
  failed: 'failed',
  cancelled: 'cancelled',
  published: 'done'
}

const now = () => new Date().toISOString()

const tooOften = (often: number) =>
  `the unit began ${often} times without an end; give it more time or memory, or set attempts higher, and resume the sweep`

/** Renames what was published into its place; somebody may have done it already. */
function place(work: string, run: string): void {
  if (existsSync(run)) return
  try {
    renameSync(work, run)
    syncFolder(join(run, '..'))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Somebody else has renamed it, or removed it: whether it is there is for the caller to see.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code ?? '')) throw outputError(run, error)
  }
}

/** The run directory of the newest attempt before `attempt` that left one. What a given-up attempt may yet make bears an older number. */
function newestWork(unit: string, attempt: number): string | undefined {
  const numbers = guardOutput(unit, () => readdirSync(unit)).flatMap((name) => Number(/^work-(\d+)$/.exec(name)?.[1] ?? 0))
  const newest = Math.max(0, ...numbers.filter((number) => number < attempt))
  return newest === 0 ? undefined : join(unit, `work-${newest}`)
}

/**
 * Gives a run directory that was taken over files of its own where the old attempt may still hold some open: what it appends then reaches
 * nobody. Everything else is written by renaming into place, by a path that the old attempt no longer has.
 */
function ownFiles(work: string): void {
  const seeds = readdirSync(work).filter((name) => /^seed-\d+$/.test(name))
  for (const folder of [work, ...seeds.map((name) => join(work, name))]) {
    // A lock of the old attempt's.
    rmSync(join(folder, '.lock'), { force: true })
    for (const name of ['metrics.jsonl', 'timing.jsonl']) {
      const file = join(folder, name)
      if (!existsSync(file)) continue
      const bytes = readFileSync(file)
      // Whole lines: the old attempt may be writing one.
      writeAtomic(file, bytes.subarray(0, bytes.lastIndexOf(0x0a) + 1))
    }
    syncFolder(folder)
  }
}
