/** The one error type of the package, and how a native error is read into it. */

/** Every code an {@link XmrlError} can carry. Codes are API: add, never rename. */
export const ERROR_CODES = [
  'ERR_SPEC_INVALID', // a spec key or value; the message names the key path
  'ERR_PRESET_UNKNOWN', // no such environment preset
  'ERR_TASK', // a task outside its bounds
  'ERR_PRICES', // prices that are not there, or a table that is none, with line and column
  'ERR_METAWORLD', // Meta-World's files or libmujoco that are not there, or are others
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
  'ERR_SCHEDULER', // a batch system's command that is missing, or refused; the message has its words
  'ERR_WORKER', // a process that worked on a seed ended without a word
  'ERR_WORLD', // code of a world of one's own failed; the message ends with its stack
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
  // The stack of a world's own code is for its author.
  if (code === 'ERR_WORLD') return new XmrlError(code, rest, { cause: faults.find(({ text }) => rest.includes(text))?.error ?? error })
  return new XmrlError(code, firstLine(rest), { cause: error })
}

/** The newest errors of code of users' own that the native layer called: what crosses it is their words alone. */
const faults: { text: string; error: unknown }[] = []
const KEPT_FAULTS = 8

/** Notes what a user's own code threw, so that the error which its text comes back in has it as its cause. */
export function rememberFault(text: string, error: unknown): void {
  faults.unshift({ text, error })
  faults.length = Math.min(faults.length, KEPT_FAULTS)
}

function isCode(code: string): code is ErrorCode {
  return (ERROR_CODES as readonly string[]).includes(code)
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0].trim()
}
