/** Work on one unit, wherever it is done: an attempt that goes on from what was saved, and publishes what it comes to. */
import { XmrlError } from '../errors.js'
import { type RunEvent, runExperiment } from '../pipeline/index.js'
import type { SweepPlan } from '../records/index.js'
import type { Attempt, SweepFolder } from '../run/index.js'
import type { Experiment, WrittenSpec } from '../spec/index.js'
import { stagesOfPart } from '../stages/index.js'
import { experimentOf } from './experiment.js'
import type { Unit } from './plan.js'

/** How work on a unit ended: `published` (also by an earlier attempt), saved after a `stopped` signal, or given up. */
export type UnitEnd = 'published' | 'stopped' | 'cancelled' | 'superseded'

/** Who works on a unit, and how. */
export interface UnitWork {
  signal: AbortSignal
  /** By which it was handed over: a unit that was handed over anew since is left alone. */
  submission?: number
  /** Slurm's job and task. */
  job?: string
  threads?: number
  device?: 'auto' | 'cpu' | 'cuda'
  /** What the run reports. */
  told?: (event: RunEvent) => void
}

/** Milliseconds between two looks at the journal, and between two notes of progress. */
const LOOK = 1000
const NOTE = 2000

/**
 * Works on a unit until it is published, stopped or given up.
 * Errors: those of the run, which the unit's journal keeps; `ERR_WORKER` where it has begun too often without an end; `ERR_SPEC_INVALID`
 * where this version makes another experiment of the plan.
 */
export async function workOnUnit(sweep: SweepFolder, plan: SweepPlan, unit: Unit, work: UnitWork): Promise<UnitEnd> {
  const folder = sweep.unit(unit.name)
  const attempt = folder.begin({ job: work.job, submission: work.submission, most: plan.attempts })
  if (attempt === undefined) return folder.settle() ? 'published' : folder.standing().state === 'cancelled' ? 'cancelled' : 'superseded'
  const watch = new Watch(attempt, work.signal)
  try {
    const experiment = await plannedExperiment(unit)
    const progress = new ProgressNotes(attempt, stagesOfPart(experiment.spec, {}).length)
    const { threads, device } = work
    const options = { out: attempt.path, resume: true, signal: watch.signal, ...(threads && { threads }), ...(device && { device }) }
    for await (const event of runExperiment(experiment, options)) {
      progress.show(event)
      work.told?.(event)
    }
    progress.write()
    return attempt.publish() ? 'published' : watch.end()
  } catch (error) {
    // Whatever went wrong in a directory that another attempt has taken away is no failure of the unit's.
    const given = attempt.givenUp()
    if (given !== undefined) return given
    if (XmrlError.is(error, 'ERR_ABORTED')) return attempt.end() ? 'stopped' : watch.end()
    const { message } = error as Error
    attempt.end({ code: error instanceof XmrlError ? error.code : 'ERR_NATIVE', message })
    throw error
  } finally {
    watch.stop()
  }
}

/** The experiment of a unit, as it was when the plan was made. */
async function plannedExperiment({ cell, seed }: Unit): Promise<Experiment> {
  const experiment = await experimentOf({ ...(cell.written as WrittenSpec), seeds: [seed] })
  if (experiment.hash === cell.hash) return experiment
  throw new XmrlError(
    'ERR_SPEC_INVALID',
    `cell ${cell.name}: this version of xmrl makes another experiment of it (hash ${experiment.hash.slice(0, 12)}, ${cell.hash.slice(0, 12)} in sweep.json); go on with the version that it was submitted with`
  )
}

/** Stops the run when it was told to, or when its attempt is given up. */
class Watch {
  readonly signal: AbortSignal
  readonly #attempt: Attempt
  readonly #timer: NodeJS.Timeout

  constructor(attempt: Attempt, told: AbortSignal) {
    this.#attempt = attempt
    const given = new AbortController()
    this.signal = AbortSignal.any([told, given.signal])
    this.#timer = setInterval(() => {
      try {
        if (attempt.givenUp() !== undefined) given.abort()
      } catch {
        // A disk that does not answer now: the run itself says so when it saves.
      }
    }, LOOK)
  }

  /** Why the attempt was given up. */
  end(): 'cancelled' | 'superseded' {
    return this.#attempt.givenUp() ?? 'superseded'
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Writes now and then how far an attempt is. */
class ProgressNotes {
  readonly #attempt: Attempt
  readonly #stages: number
  readonly #from = performance.now()
  #written = Number.NEGATIVE_INFINITY
  #done = 0
  #stage = 'begins'
  #share = 0
  /** Environment steps of this attempt, and those of the stage when it was first heard of. */
  #steps = 0
  #before: number | undefined

  constructor(attempt: Attempt, stages: number) {
    this.#attempt = attempt
    this.#stages = stages
  }

  show(event: RunEvent): void {
    if (event.type === 'stage-started') {
      this.#stage = event.arm === undefined ? event.stage : `${event.stage} ${event.arm}`
      this.#before = undefined
      if (event.skipped) this.#done++
      this.#share = this.#done / this.#stages
    } else if (event.type === 'iteration') {
      // A stage that goes on from a checkpoint has steps of an earlier attempt.
      const fresh = event.iteration <= 1 ? 0 : event.envSteps
      this.#steps += event.envSteps - (this.#before ?? fresh)
      this.#before = event.envSteps
      this.#share = (this.#done + event.progress) / this.#stages
    } else if (event.type === 'stage-finished') {
      this.#done++
      this.#share = this.#done / this.#stages
    } else return
    if (performance.now() - this.#written >= NOTE) this.write()
  }

  write(): void {
    this.#written = performance.now()
    const seconds = (this.#written - this.#from) / 1000
    this.#attempt.progress({
      stage: this.#stage,
      share: Math.min(1, this.#share),
      stepsPerSecond: seconds > 0 ? this.#steps / seconds : 0,
      seconds: this.#attempt.before + seconds
    })
  }
}
