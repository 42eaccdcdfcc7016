/** Workers as whoever starts them has them. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Stop } from './life.js'
import { type Alive, BEAT, endSilent, HUNG } from './silence.js'

/** Characters of a worker's standard error that are kept to explain a crash. */
const KEPT = 2000

/** How a worker ended. */
export interface WorkerEnd {
  /** Undefined where it could not be started. */
  pid: number | undefined
  code: number | null
  signal: string | null
  /** The end of what it wrote to standard error. */
  printed: string
  /** It was ended because it said nothing. */
  hung: boolean
}

/** A worker that was started. */
export interface Worker<Task> {
  /** Sends it its task, or that it is to stop; nothing where it is gone. */
  send: (message: Task | Stop) => void
  /** Settled when it is gone, and everything it said and printed has been heard. */
  ended: Promise<WorkerEnd>
}

/** How a worker is started. */
export interface StartOptions<From> {
  /** Its share of the cores. */
  threads: number
  heard: (message: From) => void
  /** Told what it writes to standard error. */
  printed?: (text: string) => void
  /** Milliseconds between two signs of its life. @default BEAT */
  beat?: number
}

/** The worker of a room, `worker.ts` beside the file whose `import.meta.url` is given: a source where that file is one, else a build. */
export const workerBeside = (file: string): string => fileURLToPath(new URL(file.endsWith('.ts') ? './worker.ts' : './worker.js', file))

/** Starts a worker (a file that calls `workFor`). Never throws: that it could not be started is how it ended. */
export function startWorker<Task extends object, From>(file: string, options: StartOptions<From>): Worker<Task> {
  const { beat = BEAT } = options
  const threads = String(options.threads)
  const child = fork(file, [String(beat)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // libtorch reads these when it is opened.
    env: { ...process.env, OMP_NUM_THREADS: threads, MKL_NUM_THREADS: threads }
  })
  const hung = endSilent(child, beat)
  let printed = ''
  child.stderr?.on('data', (data) => {
    printed = `${printed}${data}`.slice(-KEPT)
    options.printed?.(String(data))
  })
  child.on('message', (message: Alive | From) => {
    if (!isAlive(message)) options.heard(message)
  })
  const ended = new Promise<WorkerEnd>((resolve) => {
    const end = (code: number | null, signal: string | null) => resolve({ pid: child.pid, code, signal, printed, hung: hung() })
    child.on('error', ({ message }) => {
      printed ||= message
      // A process that could not be started does not always close.
      if (child.pid === undefined) end(null, null)
    })
    // `close`, not `exit`: what it printed has arrived by then.
    child.on('close', end)
  })
  return {
    send: (message) => {
      if (child.connected) child.send(message)
    },
    ended
  }
}

/** How a worker ended, in words: that of `worker process 12 was killed by SIGKILL (its last line)`. */
export function howItEnded({ pid, code, signal, printed, hung }: WorkerEnd): string {
  const ended = pid === undefined ? 'could not be started' : signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`
  const how = hung ? HUNG : ended
  const said = printed.trim().split('\n').at(-1) ?? ''
  return `worker process${pid === undefined ? '' : ` ${pid}`} ${how}${said === '' ? '' : ` (${said})`}`
}

const isAlive = (message: unknown): message is Alive => (message as Partial<Alive> | null)?.type === 'alive'
