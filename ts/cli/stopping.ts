/** Every way in which a command is told to stop: signals, and a reader of its output that has gone. */
import { constants } from 'node:os'
import { XmrlError } from '../errors.js'
import { coreAddon, guarded } from '../native.js'
import { EXIT } from './failure.js'

/** Signals that stop a run after saving: a terminal's, a batch system's, and those that Slurm is asked to send before its own. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const

/** What stops the run that is followed now. */
let stopper: ((reason: 'signal' | 'output') => void) | undefined
/** The first failure of an output that is not merely a reader who left, and which output it was. */
let failure: { error: NodeJS.ErrnoException; of: string } | undefined

/** A reader that left, or a terminal that is gone. */
const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/**
 * Listens for the errors of standard output and standard error. A run that is followed stops and saves; any other command ends
 * quietly, as a program does that SIGPIPE ends, or with a line where the output could not be written for another reason.
 */
export function watchOutputs(): void {
  for (const [stream, of] of [
    [process.stdout, 'standard output'],
    [process.stderr, 'standard error']
  ] as const) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? '')) failure ??= { error, of }
      if (stopper !== undefined) return stopper('output')
      // The command has failed already, and it was the last line that could not be written.
      if (process.exitCode !== undefined && process.exitCode !== EXIT.done) return
      if (failure !== undefined && stream === process.stdout) process.stderr.write(`${outputFailure()}\n`)
      endNow(failure === undefined ? EXIT.pipe : EXIT.failed)
    })
  }
}

/** Ends the process without waiting for a native job. */
function endNow(code: number): void {
  try {
    coreAddon().endProcess(code)
  } finally {
    process.exit(code)
  }
}

/** One line about an output that could not be written; undefined where every one could, or its reader has left. */
export const outputFailure = (): string | undefined => (failure === undefined ? undefined : `ERR_OUTPUT: ${unwritten(failure)}`)

function unwritten({ error, of }: NonNullable<typeof failure>): string {
  return `cannot write ${of}: ${error.code === 'ENOSPC' ? 'the disk is full' : (error.code ?? error.message)}`
}

/**
 * Runs `work` with a signal that aborts when the process is told to stop: by a signal, or by an output that cannot be written any
 * more. A second signal ends the process at once, with exit code 130, whatever it is doing.
 * Errors: those of `work`; `ERR_OUTPUT` where the last of an output could not be written.
 * @param told called once, when a signal came first
 */
export async function stoppable(work: (signal: AbortSignal) => Promise<void>, told: () => void): Promise<void> {
  const abort = new AbortController()
  const stop = (reason: 'signal' | 'output') => {
    if (!abort.signal.aborted && reason === 'signal') told()
    abort.abort()
  }
  const onSignal = () => stop('signal')
  for (const signal of SIGNALS) process.on(signal, onSignal)
  guarded(() => coreAddon().endOnSecondSignal(SIGNALS.map((signal) => constants.signals[signal])))
  stopper = stop
  try {
    await work(abort.signal)
    // What was written last may fail yet: until then it is the run's failure.
    await flushed(process.stdout)
    await flushed(process.stderr)
    if (failure !== undefined) throw new XmrlError('ERR_OUTPUT', `${unwritten(failure)}; what went there is lost, the files are written`)
  } finally {
    stopper = undefined
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => void stream.write('', () => setImmediate(resolve)))
