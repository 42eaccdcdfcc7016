/** The engine `local`: a pool of worker processes on this machine. What a unit comes to stands in its journal, as with every engine. */
import { availableParallelism } from 'node:os'
import { defined } from '../defined.js'
import type { SweepPlan } from '../records/index.js'
import type { SweepFolder } from '../run/index.js'
import { howItEnded, startWorker, type WorkerEnd, workerBeside } from '../workers/index.js'
import type { Unit } from './plan.js'
import type { UnitEnd } from './unit.js'
import type { FromUnit, UnitTask } from './worker.js'

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
  /** Milliseconds between two signs of a worker's life; one that misses thirty is ended, and replaced as any that died. @default BEAT */
  beat?: number
}

const WORKER = workerBeside(import.meta.url)
/** How often a unit whose process died without a word is begun again. */
const AGAIN = 2

/**
 * Works on units until each is published, failed, cancelled or, when the signal comes, saved.
 * A process that dies without a word (killed, out of memory, ended because it hung) is replaced, twice a unit; an error that a unit reports is not tried again,
 * because it would come again.
 */
export async function runPool(
  sweep: SweepFolder,
  plan: SweepPlan,
  units: readonly Unit[],
  { signal, submission, told, beat }: PoolOptions
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
      const last = await inProcess(sweep, { unit: name, threads, submission }, stops, beat)
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
async function inProcess(
  sweep: SweepFolder,
  task: Omit<UnitTask, 'type' | 'sweep'>,
  stops: Set<() => void>,
  beat: number | undefined
): Promise<Last> {
  const { unit, threads } = task
  const log = sweep.log(unit)
  const write = (text: string) => {
    try {
      log.write(text)
    } catch {
      // A full disk: the unit says so itself.
    }
  }
  let last: FromUnit | undefined
  const worker = startWorker<UnitTask, FromUnit>(WORKER, {
    threads,
    ...defined({ beat }),
    heard: (message) => {
      if (message.type === 'note') return write(`${message.text}\n`)
      last = message
    },
    printed: write
  })
  const stop = () => worker.send({ type: 'stop' })
  stops.add(stop)
  worker.send({ type: 'begin', sweep: sweep.path, ...task })
  const end = await worker.ended
  stops.delete(stop)
  const found = judged(sweep, unit, end, last)
  write(`${found.type === 'end' ? found.end : `${found.code}: ${found.message}`}\n`)
  log.close()
  return found
}

/** What the end of a process means; the journal is told where the process could not. */
function judged(sweep: SweepFolder, unit: string, end: WorkerEnd, last: FromUnit | undefined): Last {
  if (last?.type === 'end') return last
  if (last?.type === 'failed') return { type: 'failed', code: last.code, message: last.message, crashed: false }
  const message = howItEnded(end)
  const { began, attempts } = sweep.unit(unit).standing()
  if (began?.pid === end.pid) sweep.unit(unit).lost(attempts, message)
  return { type: 'failed', code: 'ERR_WORKER', message, crashed: true }
}
