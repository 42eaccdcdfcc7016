/**
 * A process that works on one seed of a run: started by `parallel.ts`, told what to do by one message, it reports by messages
 * and prints nothing. The parent holds the run's lock and writes its manifest; this process holds and writes its seed.
 */
import { XmrlError } from '../errors.js'
import { coreAddon } from '../native.js'
import { openExperiment } from '../own/index.js'
import { openSeed, type SeedPlace } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import { Learner, type Part } from '../stages/index.js'
import type { RunEvent } from './events.js'
import { workSeed } from './seed.js'
import { type Alive, sayAlive } from './silence.js'

/** What the parent says: begin, once; stop after saving. */
export type ToWorker =
  | { type: 'begin'; place: SeedPlace; spec: Spec; device: 'cpu' | 'cuda'; threads: number; part: Part; beat: number }
  | { type: 'stop' }

/** What a worker says; `done`, `stopped` (after saving) or `failed` is its last word. */
export type FromWorker =
  | Alive
  | { type: 'event'; event: RunEvent }
  | { type: 'steps'; stage: string; envSteps: number }
  | { type: 'done' }
  | { type: 'stopped' }
  | { type: 'failed'; code?: string; message: string; stack?: string }

const abort = new AbortController()
let over = false

/** Sends a message; resolves when it has left. */
const say = (message: FromWorker) => new Promise<void>((resolve) => process.send?.(message, () => resolve()))

async function work(task: ToWorker & { type: 'begin' }): Promise<FromWorker> {
  const { place, spec, device, threads, part } = task
  let learner: Learner | undefined
  let seed: ReturnType<typeof openSeed> | undefined
  try {
    seed = openSeed(place)
    await openExperiment({ spec })
    learner = new Learner(spec, place.seed, { device, threads })
    const events = workSeed({
      spec,
      seed: place.seed,
      store: seed.store,
      learner,
      part,
      signal: abort.signal,
      recordSteps: (stage, envSteps) => void say({ type: 'steps', stage, envSteps })
    })
    for await (const event of events) void say({ type: 'event', event })
    return { type: 'done' }
  } catch (error) {
    if (XmrlError.is(error, 'ERR_ABORTED')) return { type: 'stopped' }
    const { message, stack } = error as Error
    return error instanceof XmrlError ? { type: 'failed', code: error.code, message } : { type: 'failed', message, stack }
  } finally {
    seed?.close()
    await learner?.dispose()
  }
}

process.on('message', (message: ToWorker) => {
  if (message.type === 'stop') return abort.abort()
  sayAlive(say, message.beat)
  void work(message).then(async (last) => {
    over = true
    await say(last)
    process.disconnect()
  })
})
// A terminal and Slurm signal the whole group; it is the parent that decides when to stop. SIGTERM alone may be meant for this
// process: it saves and says so, and the parent tells the two apart.
for (const signal of ['SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const) process.on(signal, () => {})
process.on('SIGTERM', () => abort.abort())
// Without its parent nobody holds the run: end at once, as after a power cut, which loses nothing that is saved. The kernel sees
// to it even while this process is busy; the channel is asked because the parent may be gone before the kernel was told.
const end = () => void process.kill(process.pid, 'SIGKILL')
process.on('disconnect', () => {
  if (!over) end()
})
coreAddon().endWithParent()
if (!process.connected) end()
