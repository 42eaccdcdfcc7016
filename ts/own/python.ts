/** Worlds in Python: environments with Gymnasium's interface, stepped by processes that the native layer starts. */
import { join, resolve } from 'node:path'
import { XmrlError } from '../errors.js'
import { type Addon, coreAddon, guarded, guardedJob, type NativeWorld } from '../native.js'
import { packageRoot } from '../place.js'
import type { TaskKinds, WorldRecord } from '../spec/index.js'
import type { TaskPoolName } from './definition.js'
import { kindBounds, OpenedWorld } from './world.js'

/** The beginning of a Python world's place and name. */
export const GYMNASIUM = 'gymnasium:'

/** The Python half, which the package ships. */
const PYTHON_WORKER = join(packageRoot, 'crates', 'python', 'worker', 'worker.py')

/** Seconds that a step of all rows of a process may take where `XMRL_PYTHON_LIMIT` says nothing. */
const LIMIT = 60
/** Seconds that it may take to import, to make the environment and to draw tasks, at least. */
const PATIENCE = 300

/** From here on a bound of Python's stands for infinity, which JSON cannot say. */
const UNBOUNDED = 1e308

/** The Python that worlds run on: `XMRL_PYTHON`, else `python3`. */
export const pythonProgram = (): string => process.env.XMRL_PYTHON || 'python3'

type Launch = Parameters<Addon['openPython']>[1]

/** What Python tells of an environment: keys of `Description` in crates/python. */
interface Told {
  observationSize: number
  actionSize: number
  /** Of `observation_space` `[S]`; as for tasks, the greatest number stands for infinity. */
  observationLow: number[]
  observationHigh: number[]
  stateSize: number | null
  mixes: boolean
  horizon: number
  law: string
  taskNames: string[]
  taskLow: number[] | null
  taskHigh: number[] | null
  defaultTask: number[]
  kinds: (Omit<TaskKinds, 'sizes'> & { sizes: number[] | null }) | null
  scoredBy: 'success' | 'return'
  deterministic: boolean
  /** How that it is not deterministic was found, where it does not say so itself. */
  chance: string | null
  stepSeconds: number
  environment: string
  source: { file: string; sha256: string } | null
  versions: { python: string; numpy: string | null; gymnasium: string | null }
  packages: Record<string, string>
  notes: string[]
}

/** A world in Python; opened by `openWorld('gymnasium:module:factory')`. */
class PythonWorld extends OpenedWorld {
  readonly name: string
  readonly record: WorldRecord
  /** What was noticed when it was tried, in sentences: that it is not deterministic, or why its states cannot be set. */
  readonly notes: readonly string[]
  override readonly chance: string | undefined
  override readonly observationBounds: NonNullable<OpenedWorld['observationBounds']>
  /** Seconds that one of its steps took when it was tried. */
  readonly stepSeconds: number
  /** Versions of Python, numpy and gymnasium that it runs on; null for what it has not imported. */
  readonly versions: Readonly<Told['versions']>
  readonly #launch: Launch
  readonly #told: string
  readonly #opened: readonly [Addon, NativeWorld]

  /** Use `openWorld`. */
  constructor(name: string, launch: Launch, opened: readonly [Addon, NativeWorld]) {
    super()
    this.name = name
    this.#launch = launch
    this.#opened = opened
    this.#told = guarded(() => opened[1].told) ?? '{}'
    const told = JSON.parse(this.#told) as Told
    this.notes = told.notes
    this.chance = told.chance ?? undefined
    const isBound = (bound: number) => Math.abs(bound) < UNBOUNDED
    const wide = (given: readonly number[]) => given.map((bound) => (isBound(bound) ? bound : Math.sign(bound) * Number.POSITIVE_INFINITY))
    this.observationBounds = { low: wide(told.observationLow), high: wide(told.observationHigh) }
    this.stepSeconds = told.stepSeconds
    this.versions = told.versions
    const kinds = told.kinds === null ? undefined : kindsTold(told.kinds)
    const bounds = (given: readonly number[] | null, end: 'low' | 'high') =>
      kindBounds(told.taskNames, kinds, given, end).map((bound) => (bound !== null && isBound(bound) ? bound : null))
    const { horizon, stateSize, mixes, deterministic, scoredBy, taskNames, defaultTask } = told
    this.record = {
      kind: 'gymnasium',
      source: `${launch.reference}@${launch.folders[0]}`,
      sha256: told.source?.sha256 ?? '0'.repeat(64),
      description: `${told.environment} in Python`,
      observationSize: told.observationSize,
      actionSize: told.actionSize,
      actionScale: 1,
      stateSize: (stateSize ?? 0) + 1,
      stateNames: null,
      horizon,
      supportHorizon: horizon,
      taskNames,
      taskLow: bounds(told.taskLow, 'low'),
      taskHigh: bounds(told.taskHigh, 'high'),
      defaultTask,
      ...(kinds === undefined ? {} : { kinds }),
      laws: [told.law],
      scoredBy,
      setState: stateSize !== null,
      mixes,
      deterministic,
      versions: { ...told.packages, Python: told.versions.python }
    }
  }

  protected make(addon: Addon): NativeWorld {
    const [opener, world] = this.#opened
    // Builds of the addon share no memory, so each has processes of its own.
    return addon === opener ? world : guarded(() => addon.reopenPython(this.name, this.#launch, this.#told))
  }

  protected draw(_law: string, pool: TaskPoolName, seed: number, count: number): number[][] {
    const drawn = guarded(() => this.#opened[1].pythonTasks(pool, seed, count))
    const size = this.record.taskNames.length
    return Array.from({ length: count }, (_, row) => Array.from(drawn.subarray(row * size, (row + 1) * size)))
  }
}

/**
 * Opens a world in Python.
 * @param place `gymnasium:module:factory`; behind an `@`, the folder that modules are looked for in
 * @param folder that folder where the place names none, before the working directory
 * @throws XmrlError `ERR_SPEC_INVALID` for a place that names no module and factory; `ERR_WORLD` with Python's words where there is no such
 * Python, module or factory, or what the factory returns is no environment with tasks
 */
export async function openPython(place: string, folder: string): Promise<PythonWorld> {
  const [reference, ...rest] = place.replace(GYMNASIUM, '').split('@')
  if (!/^[\w.]+:[\w.]+$/.test(reference))
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `environment: ${place}: write gymnasium:module:factory, such as gymnasium:my_package.envs:make_env`
    )
  const limit = limitSaid()
  const launch: Launch = {
    python: pythonProgram(),
    worker: PYTHON_WORKER,
    reference,
    folders: [...new Set([resolve(rest.length > 0 ? rest.join('@') : folder), process.cwd()])],
    limit,
    patience: Math.max(PATIENCE, limit)
  }
  const name = `${GYMNASIUM}${reference}`
  const addon = coreAddon()
  const world = (await guardedJob(() => addon.openPython(name, launch))) as NativeWorld
  return new PythonWorld(name, launch, [addon, world])
}

const kindsTold = ({ sizes, ...kinds }: NonNullable<Told['kinds']>): TaskKinds => (sizes === null ? kinds : { ...kinds, sizes })

/** Seconds that a step may take. */
function limitSaid(): number {
  const said = process.env.XMRL_PYTHON_LIMIT
  if (said === undefined || said === '') return LIMIT
  const seconds = Number(said)
  if (!(seconds > 0 && seconds <= 1e6))
    throw new XmrlError(
      'ERR_USAGE',
      `XMRL_PYTHON_LIMIT is "${said}"; give the seconds that a step of all rows of a process may take, up to 1e6`
    )
  return seconds
}
