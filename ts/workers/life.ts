/** The life of a process that works for another one: told what to do by one message, it reports by messages and prints nothing. */
import { type ErrorCode, XmrlError } from '../errors.js'
import { coreAddon } from '../native.js'
import { sayAlive } from './silence.js'

/** What whoever started it says beside its task: stop after saving. */
export interface Stop {
  type: 'stop'
}

/** What work is given beside its task. */
export interface Life<From> {
  /** Aborted when the work is to stop: after saving. */
  signal: AbortSignal
  /** Sends a message; resolves when it has left. */
  say: (message: From) => Promise<void>
}

/**
 * Makes this process a worker: it waits for its one task and sends what the work comes to as its last word. From the task on it says at every
 * beat (its first argument, milliseconds) that it is alive.
 * @param work never throws: what it could not do is a last word, too
 */
export function workFor<Task extends { type: string }, From>(work: (task: Task, life: Life<From>) => Promise<From>): void {
  const abort = new AbortController()
  let over = false
  const say = (message: From) => new Promise<void>((resolve) => process.send?.(message, () => resolve()))
  process.on('message', (message: Task | Stop) => {
    if (message.type === 'stop') return abort.abort()
    sayAlive(Number(process.argv[2]))
    void work(message as Task, { signal: abort.signal, say }).then(async (last) => {
      over = true
      await say(last)
      process.disconnect()
    })
  })
  // A terminal and Slurm signal the whole group; it is the parent that decides when to stop. SIGTERM alone may be meant for this
  // process: it saves and says so, and the parent tells the two apart.
  for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
  process.on('SIGTERM', () => abort.abort())
  // Without its parent nobody takes what comes next: end at once, as after a power cut, which loses nothing that is saved. The kernel
  // sees to it even while this process is busy; the channel is asked because the parent may be gone before the kernel was told.
  const end = () => void process.kill(process.pid, 'SIGKILL')
  process.on('disconnect', () => {
    if (!over) end()
  })
  coreAddon().endWithParent()
  if (!process.connected) end()
}

/** An error as messages carry it: a defect has no code, and keeps its stack. */
export interface Failure {
  code?: ErrorCode
  message: string
  stack?: string | undefined
}

/** What is told of an error. */
export function failureOf(error: unknown): Failure {
  const { message, stack } = error as Error
  return error instanceof XmrlError ? { code: error.code, message } : { message, stack }
}
