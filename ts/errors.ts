/**
 * The one error type of the package, and the two helpers every room needs to raise it well:
 * reading a native error and offering the nearest known name.
 */

/** Every code an {@link XmrlError} can carry. Codes are API: add, never rename. */
export const ERROR_CODES = [
  'ERR_SPEC_INVALID', // a spec key or value; the message names the key path
  'ERR_PRESET_UNKNOWN', // no such environment preset
  'ERR_TASK', // a task outside its bounds
  'ERR_PRICES', // prices that are not there, or a table that is none, with line and column
  'ERR_SHAPE', // two shapes that do not fit, both in the message
  'ERR_NOT_FINITE', // NaN or infinity, with the row or the tensor's name
  'ERR_DISPOSED', // a handle used after dispose()
  'ERR_BUSY', // a handle used while a call on it is still running
  'ERR_LIBTORCH_NOT_FOUND',
  'ERR_LIBTORCH_VERSION',
  'ERR_ADDON_NOT_FOUND', // the native addon is missing or cannot be loaded
  'ERR_DEVICE', // the asked device is not there
  'ERR_LIBRARY', // a shared library that does not open
  'ERR_CHECKPOINT_CORRUPT', // torn or altered checkpoint; the message names the file
  'ERR_RECORD_INVALID', // a record that does not satisfy its schema
  'ERR_RUN_NOT_FOUND', // the folder is not a run directory
  'ERR_RUN_EXISTS', // the folder holds a run of another spec, or a run and no --resume
  'ERR_RUN_LOCKED', // another process works in the folder
  'ERR_OUTPUT', // read-only or full disk; nothing saved is lost
  'ERR_UNRELIABLE', // poor tasks not identifiable at this sample size
  'ERR_DIVERGED', // a training stage produced a non-finite loss
  'ERR_WORKER', // a process that worked on a seed ended without a word
  'ERR_ABORTED', // stopped by a signal after saving
  'ERR_USAGE', // wrong command line or argument
  'ERR_NATIVE' // a native failure without a code of its own
] as const

/** What went wrong, for programs. */
export type ErrorCode = (typeof ERROR_CODES)[number]

/**
 * Every failure of this package: `code` for programs, `message` for people (what, where, the fix), `cause` for the rest.
 */
export class XmrlError extends Error {
  override readonly name = 'XmrlError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** True when `error` is an XmrlError, of the given code where one is named. */
  static is(error: unknown, code?: ErrorCode): error is XmrlError {
    return error instanceof XmrlError && (code === undefined || error.code === code)
  }
}

/** The words of an error of whatever realm: where another made it (Jest, node:vm), it is no instance of this one's Error. */
const messageOf = (error: unknown): string => {
  const message = typeof error === 'object' && error !== null ? (error as Error).message : undefined
  return typeof message === 'string' ? message : String(error)
}

const NATIVE_MESSAGE = /^(ERR_[A-Z0-9_]+): ([\s\S]*)$/

/**
 * Reads a native error, whose message begins `ERR_CODE: text`, into an {@link XmrlError}.
 * Only the first line becomes the message (a C++ message carries a stack after it); the original stays as `cause`.
 * An XmrlError passes through; a code this version does not know becomes `ERR_NATIVE` and stays in the text.
 */
export function fromNative(error: unknown): XmrlError {
  if (error instanceof XmrlError) return error
  const text = messageOf(error)
  const match = NATIVE_MESSAGE.exec(text)
  if (match === null) return new XmrlError('ERR_NATIVE', firstLine(text), { cause: error })
  const [, code, rest] = match
  if (!isCode(code)) return new XmrlError('ERR_NATIVE', firstLine(text), { cause: error })
  return new XmrlError(code, firstLine(rest), { cause: error })
}

function isCode(code: string): code is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0].trim()
}

/**
 * A whole number from `low` to `high`. Numbers cross to native code as unsigned words, where -1 would be four billion.
 * Errors: `ERR_USAGE` naming the option, the bounds and what was given.
 */
export function whole(name: string, value: number, low: number, high: number): number {
  if (Number.isInteger(value) && value >= low && value <= high) return value
  throw new XmrlError('ERR_USAGE', `${name}: give a whole number from ${low} to ${high}, not ${value}`)
}

/** What a value is, for an error message: its class where it has one (of whatever realm), else its type. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  const name = typeof value === 'object' ? (Object.getPrototypeOf(value)?.constructor?.name as unknown) : undefined
  if (typeof name === 'string' && name !== '' && name !== 'Object') return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
  return /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`
}

/** Most threads a pool may have. */
export const MOST_THREADS = 1024

/**
 * Damerau-Levenshtein distance (optimal string alignment): the least number of insertions, deletions,
 * substitutions and swaps of neighbours that turn `a` into `b`.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(substitution, last[j] + 1, row[j - 1] + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2] + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]
}

/**
 * The known name nearest to `name` (case ignored), or undefined where none is near enough to be a likely typo:
 * at most a third of the longer name may differ, or one name must begin with the other.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const other = candidate.toLowerCase()
    const distance = editDistance(wanted, other)
    const prefix = wanted.length >= 3 && (other.startsWith(wanted) || wanted.startsWith(other))
    const near = distance <= Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3))
    if ((near || prefix) && distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `; did you mean "x"?` for an error message, or the whole list of known names where nothing is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  if (near !== undefined) return `; did you mean "${near}"?`
  return known.length > 0 ? `; known: ${known.join(', ')}` : ''
}
