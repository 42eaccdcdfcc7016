/** How every unit of a sweep stands: what its journal says, and what its engine says of the process that wrote it. */
import type { SweepPlan, SweepSubmission } from '../records/index.js'
import type { SweepFolder, UnitStanding } from '../run/index.js'
import { type Unit, unitsOf } from './plan.js'
import { slurmStates, type TaskState, taskLives } from './slurm.js'

/**
 * `queued`: an engine will begin it. `requeued`: Slurm will go on with it. `waiting`: nobody will, before the sweep is resumed; so of a
 * unit that was `stopped`, `failed`, `cancelled` or `lost` (its process or node is gone, and its engine does not begin it again).
 */
export type UnitPhase = 'done' | 'running' | 'queued' | 'requeued' | 'waiting' | 'stopped' | 'failed' | 'cancelled' | 'lost'

/** A unit of a sweep, for people and programs. */
export interface UnitStatus {
  unit: string
  cell: string
  seed: number
  state: UnitPhase
  /** Attempts so far. */
  attempt: number
  /** What it works on, or worked on last. */
  stage?: string
  /** Share that is done, every stage counted alike. */
  share?: number
  /** Environment steps a second of the running attempt. */
  stepsPerSecond?: number
  /** Seconds to its end: of units that are done less what it has worked, else from its share. */
  secondsToGo?: number
  host?: string
  /** Why it waits or failed. */
  reason?: string
}

/** A sweep as a whole. */
export interface SweepStatus {
  path: string
  units: UnitStatus[]
  counts: Partial<Record<UnitPhase, number>>
  /** Seconds to the end of all that is queued or running, where some unit is done; undefined otherwise. */
  secondsToGo?: number
}

/** States in which an engine still does something by itself. */
const ACTIVE: ReadonlySet<UnitPhase> = new Set(['running', 'queued', 'requeued'])
export const isActive = ({ state }: Pick<UnitStatus, 'state'>): boolean => ACTIVE.has(state)

/**
 * How the units of a plan stand.
 * @param held whether this machine's engine `local` works on the sweep. @default asked of the directory's lock
 * Errors: `ERR_SCHEDULER` where Slurm does not answer, `ERR_RECORD_INVALID`
 */
export async function statusOf(sweep: SweepFolder, plan: SweepPlan, held: boolean = sweep.held()): Promise<SweepStatus> {
  const submissions = sweep.submissions()
  const tasks = await slurmStates(submissions)
  const engines = new Map(
    submissions.flatMap((submission) => submission.units.map((unit): [string, SweepSubmission] => [unit, submission]))
  )
  const found = unitsOf(plan).map((unit) => ({ unit, standing: sweep.unit(unit.name).standing() }))
  const worked = new Durations(found)
  const units = found.map(({ unit, standing }): UnitStatus => {
    const phase = phaseOf(standing, engines.get(unit.name), tasks.get(unit.name), held)
    const { attempts, began, progress } = standing
    const toGo = phase.state === 'running' ? worked.toGo(unit, standing) : undefined
    return {
      unit: unit.name,
      cell: unit.cell.name,
      seed: unit.seed,
      attempt: attempts,
      ...phase,
      ...(progress === undefined || phase.state === 'done' ? {} : { stage: progress.stage, share: progress.share }),
      ...(progress === undefined || phase.state !== 'running' ? {} : { stepsPerSecond: progress.stepsPerSecond }),
      ...(toGo === undefined ? {} : { secondsToGo: toGo }),
      ...(began === undefined ? {} : { host: began.host })
    }
  })
  const counts: SweepStatus['counts'] = {}
  for (const { state } of units) counts[state] = (counts[state] ?? 0) + 1
  const secondsToGo = worked.all(found, units)
  return { path: sweep.path, units, counts, ...(secondsToGo === undefined ? {} : { secondsToGo }) }
}

type Phase = Pick<UnitStatus, 'state' | 'reason'>

function phaseOf(standing: UnitStanding, submission: SweepSubmission | undefined, task: TaskState | undefined, held: boolean): Phase {
  const { state, failure } = standing
  if (state === 'done' || state === 'cancelled') return { state }
  if (state === 'failed') return { state, reason: `${failure?.code}: ${failure?.message}` }
  if (submission === undefined) return { state: 'waiting', reason: 'not handed to an engine' }
  if (submission.engine === 'local') {
    if (held) return { state: state === 'waiting' ? 'queued' : state }
    return state === 'running' ? { state: 'lost', reason: 'its engine ended' } : { state }
  }
  if (taskLives(task)) {
    const pending = task?.word === 'PENDING' || task?.word.startsWith('REQUEUE')
    const reason = task?.reason === undefined || task.reason === 'None' ? {} : { reason: task.reason }
    if (pending) return { state: state === 'waiting' ? 'queued' : 'requeued', ...reason }
    return { state: state === 'waiting' ? 'queued' : state }
  }
  const word = task?.word ?? (submission.job === undefined ? 'Slurm did not take it' : 'Slurm no longer knows it')
  return state === 'stopped' ? { state, reason: word } : { state: 'lost', reason: word }
}

/** How long units take, from those that are done. */
class Durations {
  readonly #cells = new Map<string, number[]>()
  readonly #all: number[] = []

  constructor(found: readonly { unit: Unit; standing: UnitStanding }[]) {
    for (const { unit, standing } of found) {
      if (standing.state !== 'done' || standing.progress === undefined) continue
      const { seconds } = standing.progress
      this.#all.push(seconds)
      this.#cells.set(unit.cell.name, [...(this.#cells.get(unit.cell.name) ?? []), seconds])
    }
  }

  #mean(unit: Unit): number | undefined {
    const known = this.#cells.get(unit.cell.name) ?? this.#all
    return known.length === 0 ? undefined : known.reduce((sum, each) => sum + each, 0) / known.length
  }

  toGo(unit: Unit, { progress }: UnitStanding): number | undefined {
    const whole = this.#mean(unit)
    if (progress === undefined) return whole
    if (whole !== undefined) return Math.max(0, whole - progress.seconds)
    return progress.share > 0 ? (progress.seconds * (1 - progress.share)) / progress.share : undefined
  }

  /** All that is left, shared among as many as run now. */
  all(found: readonly { unit: Unit; standing: UnitStanding }[], units: readonly UnitStatus[]): number | undefined {
    const left = found.filter((_, place) => isActive(units[place])).map(({ unit, standing }) => this.toGo(unit, standing))
    if (left.length === 0 || this.#all.length === 0) return undefined
    const running = Math.max(1, units.filter(({ state }) => state === 'running').length)
    const known = left.map((seconds) => seconds ?? 0)
    return Math.max(known.reduce((sum, seconds) => sum + seconds, 0) / running, ...known)
  }
}
