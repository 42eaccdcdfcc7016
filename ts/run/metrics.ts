/**
 * Append-only event files, one JSON object a line. `metrics.jsonl` holds nothing that depends on the clock or the machine,
 * so that a resumed run's bytes equal an uninterrupted run's; wall-clock figures go to `timing.jsonl`.
 */
import { existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'
import { XmrlError } from '../errors.js'
import { closeQuietly, guardInput, guardOutput, outputError, syncFolder, writeAll } from './atomic.js'

/** A value of a metrics line. */
export type MetricValue = number | string | boolean | null | MetricValue[] | { [key: string]: MetricValue }

/** One line of metrics.jsonl. */
export interface MetricLine {
  /** `train`, `evaluate`, `explain`, `augment`, `retrain-<arm>` ... */
  stage: string
  /** Meta-iteration within the stage, where it has iterations. */
  iteration?: number
  /** Environment steps of the stage so far. */
  envSteps?: number
  [key: string]: MetricValue | undefined
}

/** An open event file. */
export class EventLog {
  readonly path: string
  #handle: number | undefined
  #length: number

  private constructor(path: string, handle: number, length: number) {
    this.path = path
    this.#handle = handle
    this.#length = length
  }

  /**
   * Opens (or makes) the file and cuts it to `length` bytes; later lines come from a run that was cut off and will be written again.
   * @param length by the last commit. @default up to the last whole line: what was being written when a run was cut off is no line
   * @throws XmrlError `ERR_CHECKPOINT_CORRUPT` where the file is shorter than the last commit says
   */
  static open(path: string, length?: number): EventLog {
    const found = existsSync(path)
    const handle = guardOutput(path, () => openSync(path, found ? 'r+' : 'w+'))
    try {
      // A commit says how long the file is: it must be found then.
      if (!found) guardOutput(path, () => syncFolder(dirname(path)))
      const present = guardOutput(path, () => fstatSync(handle)).size
      if (length !== undefined && present < length) {
        throw new XmrlError(
          'ERR_CHECKPOINT_CORRUPT',
          `${path} has ${present} bytes, the last checkpoint was made with ${length}: the file was cut; put it back, or begin anew in another --out`
        )
      }
      const kept = length ?? guardOutput(path, () => wholeLines(handle, present))
      if (present > kept) guardOutput(path, () => ftruncateSync(handle, kept))
      return new EventLog(path, handle, kept)
    } catch (error) {
      closeQuietly(handle)
      throw error
    }
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /**
   * Appends one line. A failed write leaves the file as it was.
   * @throws XmrlError `ERR_NOT_FINITE` naming the key, `ERR_OUTPUT`, `ERR_DISPOSED`
   */
  append(line: MetricLine): void {
    const handle = this.#open()
    checkFinite(line, line.stage)
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      writeAll(handle, bytes, this.#length)
    } catch (error) {
      try {
        ftruncateSync(handle, this.#length)
      } catch {
        // The next resume cuts the file to the last commit anyway.
      }
      throw outputError(this.path, error)
    }
    this.#length += bytes.length
  }

  /** Every line so far. */
  lines(): MetricLine[] {
    this.#open()
    return readEvents(this.path)
  }

  /** Makes everything appended so far durable and returns its length. */
  sync(): number {
    const handle = this.#open()
    guardOutput(this.path, () => fsyncSync(handle))
    return this.#length
  }

  /** Closes the file; of one that nobody commits, the lines so far become durable as far as the disk lets them. */
  close(): void {
    if (this.#handle !== undefined) syncQuietly(this.#handle)
    if (this.#handle !== undefined) closeQuietly(this.#handle)
    this.#handle = undefined
  }

  #open(): number {
    if (this.#handle === undefined) throw new XmrlError('ERR_DISPOSED', `${this.path} is closed`)
    return this.#handle
  }
}

/** Lines that matter are synced by commits; the clock's are worth no failure. */
function syncQuietly(handle: number): void {
  try {
    fsyncSync(handle)
  } catch {
    // A disk that fails now has said so, or will, where something depends on it.
  }
}

const NEW_LINE = 0x0a

/** Bytes up to the end of the last whole line. */
function wholeLines(handle: number, size: number): number {
  const piece = Buffer.alloc(Math.min(size, 65_536))
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - piece.length)
    const read = readSync(handle, piece, 0, end - from, from)
    const at = piece.subarray(0, read).lastIndexOf(NEW_LINE)
    if (at >= 0) return from + at + 1
    end = from
  }
  return 0
}

/** What helps where the file is not the run's. */
const OWN = "put the run's own file back"

/** The lines of an event file; a torn last line (a run that was killed while writing, or is writing) is left out. */
export function readEvents(path: string): MetricLine[] {
  return readLog(path).lines
}

/** Bytes that are read at a time: Node knows no text of half a gigabyte and no file of two, and a long run's metrics may be longer. */
const PIECE = 1 << 26

/** The same, and how many bytes of a torn last line were left out. */
export function readLog(path: string, piece = PIECE): { lines: MetricLine[]; torn: number } {
  const lines: MetricLine[] = []
  if (!existsSync(path)) return { lines, torn: 0 }
  const reading = <T>(work: () => T) => guardInput('ERR_RECORD_INVALID', path, OWN, work)
  const handle = reading(() => openSync(path, 'r'))
  try {
    const read = Buffer.alloc(Math.min(piece, reading(() => fstatSync(handle)).size + 1))
    let number = 0
    for (let rest = Buffer.alloc(0); ; ) {
      const count = reading(() => readSync(handle, read))
      if (count === 0) return { lines, torn: rest.length }
      const bytes = Buffer.concat([rest, read.subarray(0, count)])
      const end = bytes.lastIndexOf(NEW_LINE)
      rest = bytes.subarray(end + 1)
      if (end < 0) continue
      for (const text of bytes.toString('utf8', 0, end).split('\n')) {
        number++
        if (text.length > 0) lines.push(parseLine(text, `${path}:${number}`))
      }
    }
  } finally {
    closeQuietly(handle)
  }
}

function parseLine(line: string, where: string): MetricLine {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new XmrlError('ERR_RECORD_INVALID', `${where}: not a JSON line; ${OWN}`, { cause })
  }
  const stage = typeof value === 'object' && value !== null && 'stage' in value ? value.stage : undefined
  if (typeof stage !== 'string') throw new XmrlError('ERR_RECORD_INVALID', `${where}: no event with a stage; ${OWN}`)
  return value as MetricLine
}

/** JSON would silently turn NaN into null. */
function checkFinite(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new XmrlError('ERR_NOT_FINITE', `metric ${path} is ${value}`)
  if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) checkFinite(child, `${path}.${key}`)
  }
}
