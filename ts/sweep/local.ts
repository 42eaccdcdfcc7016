/** The engine `local`: a pool of worker processes on this machine. What a unit comes to stands in its journal, as with every engine. */
import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { endSilent, HUNG } from '../pipeline/index.js'
import type { SweepPlan } from '../records/index.js'
import type { SweepFolder } from '../run/index.js'
import type { Unit } from './plan.js'
import type { UnitEnd } from './unit.js'
import type { FromUnit, ToUnit } from './worker.js'

/** What the pool reports: a unit that began, and how one ended. */
export type PoolEvent =
  | { type: 'unit-began'; unit: string }
  | { type: 'unit-ended'; unit: string; end: UnitEnd }
  /** `again`: its process died without a word, and it is begun anew. */
  | { type: 'unit-failed'; unit: string; code: string; message: string; again: boolean }

/** How units are worked on. */
export interface PoolOptions {
  signal: AbortSignal
  /** By which the units were handed over. */
  submission: number
  told?: (event: PoolEvent) => void
}

/** The worker beside this file: a source where this one is, else a build. */
const WORKER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url))
/** Characters of a worker's standard error that are kept to explain a crash. */
const KEPT = 2000
/** How often a unit whose process died without a word is begun again. */
const AGAIN = 2

/**
 * Works on units until each is published, failed, cancelled or, when the signal comes, saved.
 * A process that dies without a word (killed, out of memory) is replaced, twice a unit; an error that a unit reports is not tried again,
 * because it would come again.
 */
export async function runPool(
  sweep: SweepFolder,
  plan: SweepPlan,
  units: readonly Unit[],
  { signal, submission, told }: PoolOptions
): Promise<void> {
  const jobs = Math.min(plan.jobs ?? Math.max(1, Math.floor(availableParallelism() / (plan.threads ?? 1))), Math.max(1, units.length))
  const threads = plan.threads ?? Math.max(1, Math.floor(availableParallelism() / jobs))
  const waiting = units.map(({ name }) => ({ name, crashes: 0 }))
  const stops = new Set<() => void>()
  const onAbort = () => {
    for (const stop of stops) stop()
  }
  signal.addEventListener('abort', onAbort, { once: true })
  /** Takes one unit after the other. */
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      const { name, crashes } = next
      told?.({ type: 'unit-began', unit: name })
      const last = await inProcess(sweep, { unit: name, threads, submission }, stops)
      if (last.type === 'end') told?.({ type: 'unit-ended', unit: name, end: last.end })
      else {
        const again = last.crashed && crashes < AGAIN && !signal.aborted
        told?.({ type: 'unit-failed', unit: name, code: last.code, message: last.message, again })
        if (again) waiting.unshift({ name, crashes: crashes + 1 })
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: jobs }, lane))
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

type Last = { type: 'end'; end: UnitEnd } | { type: 'failed'; code: string; message: string; crashed: boolean }

/** One unit in a process of its own; resolves when the process is gone. */
function inProcess(sweep: SweepFolder, task: Omit<ToUnit & { type: 'begin' }, 'type' | 'sweep'>, stops: Set<() => void>): Promise<Last> {
  const { unit, threads } = task
  const log = sweep.log(unit)
  const worker = fork(WORKER, [], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, OMP_NUM_THREADS: String(threads), MKL_NUM_THREADS: String(threads) }
  })
  const hung = endSilent(worker)
  const send = (message: ToUnit) => {
    if (worker.connected) worker.send(message)
  }
  const stop = () => send({ type: 'stop' })
  stops.add(stop)
  let last: FromUnit | undefined
  let printed = ''
  const write = (text: string) => {
    try {
      log.write(text)
    } catch {
      // A full disk: the unit says so itself.
    }
  }
  worker.stderr?.on('data', (data) => {
    printed = `${printed}${data}`.slice(-KEPT)
    write(String(data))
  })
  worker.on('message', (message: FromUnit) => {
    if (message.type === 'note') return write(`${message.text}\n`)
    if (message.type !== 'alive') last = message
  })
  return new Promise((resolve) => {
    let over = false
    const ended = (code: number | null, signal: string | null) => {
      if (over) return
      over = true
      stops.delete(stop)
      const found = judged(sweep, unit, worker, { last, printed, code, signal, hung: hung() })
      write(`${found.type === 'end' ? found.end : `${found.code}: ${found.message}`}\n`)
      log.close()
      resolve(found)
    }
    worker.on('error', ({ message }) => {
      printed ||= message
      // A process that could not be started does not always close.
      if (worker.pid === undefined) ended(null, null)
    })
    // `close`, not `exit`: what it printed has arrived by then.
    worker.on('close', ended)
    send({ type: 'begin', sweep: sweep.path, ...task })
  })
}

interface Ended {
  last: FromUnit | undefined
  printed: string
  code: number | null
  signal: string | null
  hung: boolean
}

/** What the end of a process means; the journal is told where the process could not. */
function judged(sweep: SweepFolder, unit: string, { pid }: ChildProcess, { last, printed, code, signal, hung }: Ended): Last {
  if (last?.type === 'end') return last
  if (last?.type === 'failed') return { type: 'failed', code: last.code, message: last.message, crashed: false }
  const how = hung
    ? HUNG
    : pid === undefined
      ? 'could not be started'
      : signal === null
        ? `ended with exit code ${code}`
        : `was killed by ${signal}`
  const said = printed.trim().split('\n').at(-1) ?? ''
  const message = `worker process${pid === undefined ? '' : ` ${pid}`} ${how}${said === '' ? '' : ` (${said})`}`
  const { began, attempts } = sweep.unit(unit).standing()
  if (began?.pid === pid) sweep.unit(unit).lost(attempts, message)
  return { type: 'failed', code: 'ERR_WORKER', message, crashed: true }
}
