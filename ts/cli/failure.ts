/** Errors as the command line shows them: one or two lines, and an exit code. */
import { XmrlError } from '../errors.js'

/**
 * Exit codes: 0 done, 1 failed, 2 usage or invalid specification, 75 a run stopped after saving (a signal, or the reader of its
 * output has gone), 130 ended at once by a second signal, 141 (128 + SIGPIPE) any other command whose reader has gone.
 */
export const EXIT = { done: 0, failed: 1, usage: 2, stopped: 75, ended: 130, pipe: 141 } as const

const USAGE = new Set<string>(['ERR_SPEC_INVALID', 'ERR_PRESET_UNKNOWN', 'ERR_USAGE', 'ERR_TASK'])

/** The exit code of a failure. */
export function exitCode(error: unknown): number {
  if (XmrlError.is(error, 'ERR_ABORTED')) return EXIT.stopped
  if (error instanceof XmrlError && USAGE.has(error.code)) return EXIT.usage
  return EXIT.failed
}

/** One or two lines; anything that is not an XmrlError is a defect and keeps its stack. */
export function describe(error: unknown): string {
  if (error instanceof XmrlError) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
