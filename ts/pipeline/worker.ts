/**
 * A process that works on one seed of a run, started by `parallel.ts`. The parent holds the run's lock and writes its manifest; this
 * process holds and writes its seed.
 */
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import { openExperiment } from '../own/index.js'
import { openSeed, type SeedPlace } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import { Learner, type Part } from '../stages/index.js'
import { type Failure, failureOf, type Life, workFor } from '../workers/index.js'
import type { RunEvent } from './events.js'
import { workSeed } from './seed.js'

/** What it is told to work on. */
export interface SeedTask {
  type: 'begin'
  place: SeedPlace
  spec: Spec
  device: 'cpu' | 'cuda'
  rollouts?: 'cpu' | 'cuda'
  threads: number
  part: Part
}

/** What a worker says; `done`, `stopped` (after saving) or `failed` is its last word. */
export type FromWorker =
  | { type: 'event'; event: RunEvent }
  | { type: 'steps'; stage: string; envSteps: number }
  | { type: 'done' }
  | { type: 'stopped' }
  | ({ type: 'failed' } & Failure)

async function work(task: SeedTask, { signal, say }: Life<FromWorker>): Promise<FromWorker> {
  const { place, spec, device, rollouts, threads, part } = task
  let learner: Learner | undefined
  let seed: ReturnType<typeof openSeed> | undefined
  try {
    seed = openSeed(place)
    await openExperiment({ spec })
    learner = new Learner(spec, place.seed, defined({ device, threads, rollouts }))
    const events = workSeed({
      spec,
      seed: place.seed,
      store: seed.store,
      learner,
      part,
      signal,
      recordSteps: (stage, envSteps) => void say({ type: 'steps', stage, envSteps })
    })
    for await (const event of events) void say({ type: 'event', event })
    return { type: 'done' }
  } catch (error) {
    return XmrlError.is(error, 'ERR_ABORTED') ? { type: 'stopped' } : { type: 'failed', ...failureOf(error) }
  } finally {
    seed?.close()
    await learner?.dispose()
  }
}

workFor(work)
