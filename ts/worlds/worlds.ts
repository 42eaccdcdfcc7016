/** Batched worlds for scripts: many independent copies of an environment stepped by one native call. */
import { types } from 'node:util'
import { XmrlError } from '../errors.js'
import { type GivenPrices, givenPrices, nativeMarket } from '../market/index.js'
import { coreAddon, guarded } from '../native.js'
import { MOST_THREADS, whole } from '../spec/index.js'

export interface WorldsOptions {
  /** `[N][K]` one row of task parameters per task. */
  tasks: ArrayLike<number>[]
  /** Worlds of each task. @default 1 */
  worldsPerTask?: number
  /** Start states are drawn from this seed. @default 0 */
  seed?: number
  /** Threads of this handle's own pool; the bits do not depend on it. @default 1 */
  threads?: number
  /** `stock/csv`: the CSV file of its prices, or the table of them. @default what `loadPrices` read last */
  prices?: GivenPrices
}

export interface WorldsStep {
  /** `[W, S]` row-major, after the step. */
  observations: Float64Array
  /** `[W]`; 0 where the episode had already ended. */
  rewards: Float64Array
  /** `[W]` 1 where the task ended the episode. */
  terminated: Uint8Array
  /** `[W]` 1 where the horizon was reached first. */
  truncated: Uint8Array
}

/** Most worlds of a batch: above it memory, not a typed error, would end the process. */
const MOST_WORLDS = 2 ** 24

/**
 * W = tasks × worldsPerTask worlds, task-major. A world that has ended keeps its last state until {@link Worlds.reset}
 * or {@link Worlds.setState}. Make them with {@link createWorlds}; free them with `dispose()` or `using`.
 */
export class Worlds {
  #native: InstanceType<ReturnType<typeof coreAddon>['NativeWorlds']> | undefined
  readonly preset: string
  /** W, worlds in the batch. */
  readonly count: number
  readonly observationSize: number
  readonly actionSize: number
  readonly stateSize: number

  /** Use {@link createWorlds}. */
  constructor(preset: string, options: WorldsOptions) {
    const { tasks, worldsPerTask = 1, seed = 0, threads = 1 } = options
    whole('worldsPerTask', worldsPerTask, 1, MOST_WORLDS)
    whole('seed', seed, 0, 0xffffffff)
    whole('threads', threads, 1, MOST_THREADS)
    if (!Array.isArray(tasks) || tasks.length === 0)
      throw new XmrlError('ERR_SHAPE', 'tasks: give one row of task parameters per task, e.g. { tasks: [[8, 3]] }')
    whole('worlds (tasks × worldsPerTask)', tasks.length * worldsPerTask, 1, MOST_WORLDS)
    const market = nativeMarket(preset, givenPrices(preset, options.prices))
    const spec = guarded(() => coreAddon().environment(preset, market))
    const flat = new Float64Array(tasks.length * spec.taskSize)
    tasks.forEach((task, row) => {
      if (task?.length !== spec.taskSize) {
        throw new XmrlError(
          'ERR_SHAPE',
          `tasks[${row}] has shape [${task?.length ?? typeof task}], ${preset} needs [${spec.taskSize}] (${spec.taskNames.join(', ')})`
        )
      }
      flat.set(Array.from(task), row * spec.taskSize)
    })
    this.#native = guarded(() => new (coreAddon().NativeWorlds)(preset, flat, worldsPerTask, seed, threads, market))
    this.preset = preset
    this.count = tasks.length * worldsPerTask
    this.observationSize = spec.observationSize
    this.actionSize = spec.actionSize
    this.stateSize = spec.stateSize
  }

  get #open() {
    if (!this.#native) throw new XmrlError('ERR_DISPOSED', 'these worlds are disposed: make new ones with createWorlds')
    return this.#native
  }

  /** `[W, S]` observations of the present states, row-major; a copy. */
  get observations(): Float64Array {
    const native = this.#open
    return guarded(() => native.observations())
  }

  /**
   * Constraint solves, counted per block of lanes, that met the iteration bound in all steps so far; each went on with the best
   * acceleration found. 0 where no body moves.
   */
  get cappedSolves(): number {
    const native = this.#open
    return guarded(() => native.cappedSolves)
  }

  /**
   * Advances every world by one env step under `actions` `[W, A]` (divided by the preset's action scale and clipped to [-1, 1]
   * by the dynamics).
   * Errors: `ERR_SHAPE`; `ERR_NOT_FINITE` naming the row, and then no world has moved.
   */
  step(actions: Float64Array): WorldsStep {
    const native = this.#open
    return guarded(() => native.step(floats('actions', actions)))
  }

  /** `[W, D]` simulator states, row-major; a copy. */
  state(): Float64Array {
    const native = this.#open
    return guarded(() => native.state())
  }

  /** Puts every world in the given state `[W, D]` and clears step counters. Errors: `ERR_SHAPE`, `ERR_NOT_FINITE`. */
  setState(states: Float64Array): void {
    const native = this.#open
    guarded(() => native.setState(floats('states', states)))
  }

  /** Draws a new start state for every world (the next of its stream) and clears step counters. */
  reset(): void {
    const native = this.#open
    guarded(() => native.reset())
  }

  /** Frees the native memory and ends the threads, now; every later call is `ERR_DISPOSED`. Twice is once. */
  dispose(): void {
    const native = this.#native
    this.#native = undefined
    if (native) guarded(() => native.dispose())
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}

/** What a value is, for an error message: its class where it has one (of whatever realm), else its type. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  const name = typeof value === 'object' ? (Object.getPrototypeOf(value)?.constructor?.name as unknown) : undefined
  if (typeof name === 'string' && name !== '' && name !== 'Object') return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
  return /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`
}

function floats(name: string, value: unknown): Float64Array {
  // Not `instanceof`: Jest and node:vm have a Float64Array of their own in every context.
  if (types.isFloat64Array(value)) return value
  throw new XmrlError('ERR_SHAPE', `${name}: give a Float64Array, not ${kindOf(value)}`)
}

/**
 * Makes worlds of an environment preset; works without libtorch.
 * Errors: `ERR_PRESET_UNKNOWN` with the nearest name, `ERR_PRICES` for a stock preset whose prices are not there or are none, `ERR_SHAPE`, `ERR_TASK` for a task outside its bounds, `ERR_USAGE`
 * for a number of worlds or threads or a seed that is none.
 */
export function createWorlds(preset: string, options: WorldsOptions): Worlds {
  return new Worlds(preset, options)
}
