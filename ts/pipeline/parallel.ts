/**
 * Seeds of a run in worker processes, several at a time. A seed's records and weights are functions of its specification and
 * number alone, so the outcome is that of working on the seeds one after the other, bit for bit.
 */
import { defined } from '../defined.js'
import { ERROR_CODES, type ErrorCode, XmrlError } from '../errors.js'
import type { RunDirectory } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import { aborted, type Part } from '../stages/index.js'
import { howItEnded, startWorker, type Worker, type WorkerEnd, workerBeside } from '../workers/index.js'
import type { RunEvent } from './events.js'
import type { FromWorker, SeedTask } from './worker.js'

/** How seeds are shared out. */
export interface ParallelOptions {
  /** Seeds worked on at a time. */
  jobs: number
  /** Threads of each worker. */
  threads: number
  device: 'cpu' | 'cuda'
  rollouts?: 'cpu' | 'cuda'
  part: Part
  signal?: AbortSignal
  /** Milliseconds between two signs of a worker's life. @default that of startWorker */
  beat?: number
}

/** A seed that could not be finished, and why. */
export interface SeedFailure {
  seed: number
  /** An {@link XmrlError}, or the defect itself. */
  error: Error
}

const WORKER = workerBeside(import.meta.url)
/** Milliseconds within which a signal to every process of a run has reached this one too. */
const SAME_SIGNAL = 2000

/** Values handed over as they come, in order, until `end`. */
class Channel<T> {
  #values: T[] = []
  #wake: (() => void) | undefined
  #ended = false

  push(value: T): void {
    this.#values.push(value)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for (;;) {
      while (this.#values.length > 0) yield this.#values.shift() as T
      if (this.#ended) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

/**
 * Works on every seed of `spec` in worker processes. A seed that fails, or whose worker ends in any other way than done while
 * nobody stopped the run, is named in a note while the others go on, and is in what is returned.
 * Errors: `ERR_ABORTED` when the signal came and every worker has saved and ended.
 */
export async function* runParallel(open: RunDirectory, spec: Spec, options: ParallelOptions): AsyncGenerator<RunEvent, SeedFailure[]> {
  const { jobs, device, rollouts, threads, part, signal, beat } = options
  const waiting = [...spec.seeds]
  const running = new Map<number, Worker<SeedTask>>()
  /** Settled when the worker is gone and judged. */
  const endings: Promise<void>[] = []
  const failures: SeedFailure[] = []
  /** Of those, how many came while workers were stopping: what they had was not saved. */
  let unsaved = 0
  const events = new Channel<RunEvent>()
  let stopping = false
  let stopNow = () => {}
  const stopped = new Promise<void>((resolve) => {
    stopNow = resolve
  })
  let broken: unknown
  const record = (seed: number, stage: string, envSteps: number) => {
    try {
      open.recordSteps(seed, stage, envSteps)
    } catch (error) {
      // The manifest cannot be written (a full disk): nothing more can be kept.
      broken ??= error
      stop()
    }
  }
  const note = (seed: number, text: string) => events.push({ type: 'note', seed, text: `seed ${seed} ${text}` })
  const fail = (seed: number, error: Error) => {
    failures.push({ seed, error })
    if (stopping) unsaved++
    const others = waiting.length + running.size > 0 && !stopping ? '; the others go on' : ''
    note(seed, `failed: ${describe(error)}${others}`)
  }
  const next = () => {
    while (!stopping && running.size < jobs && waiting.length > 0) start(waiting.shift() as number)
    if (running.size === 0) events.end()
  }
  /** Judges how a worker ended. */
  const ended = async (seed: number, end: Ending) => {
    // `kill` and batch systems may signal every process: whether this one was meant too is known a moment later.
    if (end.last?.type === 'stopped' && !stopping) await within(SAME_SIGNAL, stopped)
    running.delete(seed)
    if (end.last?.type === 'failed') fail(seed, errorOf(end.last))
    else if (end.last?.type !== 'done' && !stopping) fail(seed, end.last === undefined ? crashed(end) : toldToStop(end))
    else if (end.last === undefined) note(seed, `${crashed(end).message}, from what was saved before`)
    next()
  }
  const start = (seed: number) => {
    let last: FromWorker | undefined
    const worker = startWorker<SeedTask, FromWorker>(WORKER, {
      threads,
      ...defined({ beat }),
      heard: (message) => {
        if (message.type === 'event') events.push(message.event)
        else if (message.type === 'steps') record(seed, message.stage, message.envSteps)
        else last = message
      }
    })
    running.set(seed, worker)
    endings.push(worker.ended.then((end) => ended(seed, { ...end, last })))
    worker.send({ type: 'begin', place: open.place(seed), spec, device, threads, part, ...defined({ rollouts }) })
  }
  const stop = () => {
    stopping = true
    stopNow()
    for (const worker of running.values()) worker.send({ type: 'stop' })
  }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted) stop()
    next()
    yield* events
    if (broken !== undefined) throw broken
    if (signal?.aborted && unsaved === 0) throw aborted()
    return failures.sort((a, b) => a.seed - b.seed)
  } finally {
    signal?.removeEventListener('abort', stop)
    // Left early (the caller stopped listening): every worker saves and ends before the run's lock is given back.
    stop()
    await Promise.all(endings)
  }
}

/** Resolves when `promise` does, or after so many milliseconds. */
async function within(milliseconds: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([
    promise,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
    })
  ])
  clearTimeout(timer)
}

/** How a worker ended, and its last word. */
type Ending = WorkerEnd & { last: FromWorker | undefined }

function errorOf({ code, message, stack }: FromWorker & { type: 'failed' }): Error {
  if (code !== undefined && (ERROR_CODES as readonly string[]).includes(code)) return new XmrlError(code as ErrorCode, message)
  return Object.assign(new Error(message), { stack })
}

const crashed = (end: WorkerEnd) => new XmrlError('ERR_WORKER', `${howItEnded(end)}; run again with --resume to go on`)

/** A worker that was sent SIGTERM while nobody stopped the run: what watches over memory does that. */
function toldToStop({ pid }: Ending): XmrlError {
  return new XmrlError('ERR_WORKER', `worker process ${pid} was told to end by SIGTERM, and saved; run again with --resume to go on`)
}

const describe = (error: Error) => (error instanceof XmrlError ? `${error.code}: ${error.message}` : error.message)

/** The one error that a run with failed seeds ends with. */
export function failedSeeds(failures: readonly SeedFailure[], of: number): Error {
  const [{ seed, error }, ...others] = failures
  // A defect keeps its stack.
  if (!(error instanceof XmrlError)) return error
  const rest = others.map((failure) => `seed ${failure.seed} (${failure.error instanceof XmrlError ? failure.error.code : 'a defect'})`)
  const also = rest.length > 0 ? `; also ${rest.join(', ')}` : ''
  return new XmrlError(error.code, `${failures.length} of ${of} seeds failed: seed ${seed}: ${error.message}${also}`, { cause: error })
}
