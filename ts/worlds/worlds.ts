/** Batched worlds for scripts: many independent copies of an environment stepped by one native call. */
import { XmrlError } from '../errors.js'
import { type GivenPrices, givenPrices, nativeMarket } from '../market/index.js'
import { coreAddon, guarded } from '../native.js'
import { anything, checkArgument, checkOptions, type Kinds, seed, whole } from '../options.js'
import { MOST_THREADS, type OwnWorld } from '../spec/index.js'
import { copyArrays, floats, rowList, stepArrays, taskRows } from './arrays.js'
import { environment, placeOf } from './environments.js'

/**
 * What is done about a world whose episode is over; the modes are Gymnasium's.
 * - `disabled`: nothing. It keeps its state, its flag and its last observation, earns 0, and takes no action until it is reset.
 * - `next-step`: the step that ends the episode shows its last observation; the next step takes no action of this world, earns 0,
 *   has no flag, and shows the first observation of the new episode.
 * - `same-step`: the step that ends the episode has its last reward and flags, and shows the first observation of the new episode;
 *   the last one of the old stands in `finalObservations`.
 */
export type AutoReset = 'disabled' | 'next-step' | 'same-step'

/** Which worlds are made. */
export interface WorldsOptions {
  /** `[N][K]` one row of task parameters per task. */
  tasks: readonly ArrayLike<number>[]
  /** Worlds of each task. @default 1 */
  worldsPerTask?: number
  /** Start states are drawn from this seed. @default 0 */
  seed?: number
  /** Threads of this handle's own pool; the bits do not depend on it. @default 1 */
  threads?: number
  /** What a step does about worlds that are over. @default 'disabled' */
  autoReset?: AutoReset
  /** `stock/csv`: the CSV file of its prices, or the table of them. @default what `loadPrices` read last */
  prices?: GivenPrices
}

/** What one step of W worlds gave. */
export interface WorldsStep {
  /** `[W, S]` row-major, after the step. */
  observations: Float64Array
  /** `[W]`; 0 where the episode had already ended. */
  rewards: Float64Array
  /** `[W]` 1 where the task ended the episode. */
  terminated: Uint8Array
  /** `[W]` 1 where the horizon was reached first. */
  truncated: Uint8Array
  /** `[W, S]`, with `autoReset: 'same-step'` alone: what was seen before worlds that were over began anew; elsewhere `observations`. */
  finalObservations?: Float64Array
}

/** What T steps of W worlds gave: of each array of {@link WorldsStep} T, one after the other. */
export interface WorldsRollout extends WorldsStep {
  /** T. The arrays are `[T, W, S]` and `[T, W]`, row-major. */
  steps: number
}

/** Mixtures of pairs of states. */
export interface Mixtures {
  /** `[n, D]`; the first state of a pair that cannot be mixed. */
  states: Float64Array
  /** `[n]` 0: this pair cannot be mixed; 1: a world may be in the mixture; 2: it may not. */
  verdicts: Uint8Array
}

/** Most worlds of a batch: above it memory, not a typed error, would end the process. */
const MOST_WORLDS = 2 ** 24

/** What each option takes; shapes of tasks, prices and modes are looked at where they are read. */
const WORLDS: Kinds<WorldsOptions> = {
  tasks: { ...anything, words: 'one row of task parameters per task' },
  worldsPerTask: whole(1, MOST_WORLDS),
  seed,
  threads: whole(1, MOST_THREADS),
  autoReset: anything,
  prices: anything
}

/**
 * W = tasks × worldsPerTask worlds, task-major: world w has task ⌊w / worldsPerTask⌋. Make them with {@link createWorlds}; free them with
 * `dispose()` or `using`.
 *
 * Random numbers: worlds draw nothing but their starts. The n-th start of a world is a function of (seed, n, row of its task, number
 * within the task), whatever happens to the others, and n counts the resets of that world alone, by hand or automatic. A step is a
 * function of a world's state, task and action. So resetting some rows changes no number of the others, and the bits are those of any
 * number of threads.
 */
export class Worlds {
  #native: InstanceType<ReturnType<typeof coreAddon>['NativeWorlds']> | undefined
  /** Whether functions of a world of one's own run while these worlds are stepped. */
  readonly #calls: boolean
  readonly preset: string
  /** W, worlds in the batch. */
  readonly count: number
  readonly worldsPerTask: number
  readonly seed: number
  readonly threads: number
  readonly autoReset: AutoReset
  /** S. */
  readonly observationSize: number
  /** A. */
  readonly actionSize: number
  /** D. */
  readonly stateSize: number
  readonly #tasks: readonly (readonly number[])[]

  /** Use {@link createWorlds}. */
  constructor(where: string | OwnWorld, given: WorldsOptions) {
    const { own, name: preset } = placeOf(where)
    const options = checkOptions('createWorlds', given, WORLDS, ['tasks'])
    const { tasks, worldsPerTask = 1, seed = 0, threads = 1, autoReset = 'disabled' } = options
    const prices = own === undefined ? givenPrices(preset, options.prices) : undefined
    const handle = own?.handle() ?? nativeMarket(preset, prices)
    const spec = own?.spec ?? environment(preset, prices)
    const flat = taskRows(spec, tasks)
    for (const [row, task] of tasks.entries()) own?.checkTask(task, `tasks[${row}]`)
    checkArgument('worlds (tasks × worldsPerTask)', tasks.length * worldsPerTask, whole(1, MOST_WORLDS))
    this.#native = guarded(() => new (coreAddon().NativeWorlds)(preset, flat, worldsPerTask, seed, threads, autoReset, handle))
    this.#calls = own !== undefined
    this.#tasks = tasks.map((task) => Array.from(task))
    this.preset = preset
    this.count = tasks.length * worldsPerTask
    this.worldsPerTask = worldsPerTask
    this.seed = seed
    this.threads = threads
    this.autoReset = autoReset
    this.observationSize = spec.observationSize
    this.actionSize = spec.actionSize
    this.stateSize = spec.stateSize
  }

  get #open() {
    if (!this.#native) throw new XmrlError('ERR_DISPOSED', 'these worlds are disposed: make new ones with createWorlds')
    return this.#native
  }

  /** `[N][K]` the tasks; a copy. */
  get tasks(): number[][] {
    return this.#tasks.map((task) => [...task])
  }

  /** `[W, S]` observations of the present states, row-major; a copy. */
  get observations(): Float64Array {
    const native = this.#open
    const into = new Float64Array(this.count * this.observationSize)
    guarded(() => native.observations(into))
    return into
  }

  /**
   * `[W]` 1 where a step of the world's episode has been a success so far, 0 after a reset; a copy.
   */
  get success(): Uint8Array {
    const native = this.#open
    const into = new Uint8Array(this.count)
    guarded(() => native.success(into))
    return into
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
   * by the dynamics). Worlds that are over: see {@link AutoReset}.
   * @param into what an earlier step gave: its arrays are written over and given again. A loop that keeps nothing is faster so, by a tenth
   * where steps are short, since it leaves nothing to be collected
   * @throws XmrlError `ERR_SHAPE`; `ERR_NOT_FINITE` naming the row, and then no world has moved; `ERR_USAGE` for arrays of `into` that
   * share memory with each other or with `actions`
   */
  step(actions: Float64Array, into?: WorldsStep): WorldsStep {
    return this.#fly(floats('actions', actions), into ?? this.#arrays(1), 1)
  }

  /**
   * Takes T steps under `actions` `[T, W, A]` in one native call: the bits of T calls of {@link step}.
   * @param into what an earlier rollout of as many steps gave, to be written over and given again
   * @throws XmrlError `ERR_SHAPE`; `ERR_NOT_FINITE` naming step and row of an action, and then no world has moved, or the row whose state
   * stopped being finite, and then the others may have taken all steps or fewer; `ERR_USAGE` where no memory holds what it gives, and as
   * in {@link step}
   */
  rollout(actions: Float64Array, into?: WorldsRollout): WorldsRollout {
    const width = this.count * this.actionSize
    const steps = floats('actions', actions).length / width
    if (!Number.isInteger(steps) || steps === 0) {
      throw new XmrlError(
        'ERR_SHAPE',
        `actions: expected [T, ${this.count}, ${this.actionSize}], a multiple of ${width} numbers, got ${actions.length}`
      )
    }
    return this.#fly(actions, into ?? { steps, ...this.#arrays(steps) }, steps)
  }

  /** What `steps` steps give, to be filled. Errors: `ERR_USAGE` where no memory, or no array, holds it. */
  #arrays(steps: number): WorldsStep {
    const native = this.#open
    if (steps > 1) guarded(() => native.checkMemory(steps))
    const rows = steps * this.count
    const seen = rows * this.observationSize
    try {
      return {
        observations: new Float64Array(seen),
        rewards: new Float64Array(rows),
        terminated: new Uint8Array(rows),
        truncated: new Uint8Array(rows),
        ...(this.autoReset === 'same-step' ? { finalObservations: new Float64Array(seen) } : {})
      }
    } catch (cause) {
      throw new XmrlError('ERR_USAGE', `no array holds ${seen} numbers (${steps} steps); take fewer at a time`, { cause })
    }
  }

  #fly<Step extends WorldsStep>(actions: Float64Array, into: Step, steps: number): Step {
    const native = this.#open
    const inOrder = (step: WorldsStep) => stepArrays(step, steps * this.count, this.observationSize, this.autoReset === 'same-step')
    const arrays = inOrder(into)
    // Functions of a world of one's own run meanwhile, and could give the memory of arrays that they know to another thread.
    const [given, out] = this.#calls ? [actions.slice(), inOrder(this.#arrays(steps))] : [actions, arrays]
    const [observations, rewards, terminated, truncated, last] = out
    guarded(() => native.fly(given, steps, observations, rewards, terminated, truncated, last))
    if (this.#calls) copyArrays(out, arrays)
    return into
  }

  /** `[W, D]` simulator states, row-major; a copy. */
  state(): Float64Array {
    const native = this.#open
    const into = new Float64Array(this.count * this.stateSize)
    guarded(() => native.state(into))
    return into
  }

  /**
   * Puts every world in the given state `[W, D]`, or the worlds `rows` `[R]` alone in `[R, D]`, and starts their episodes anew: step
   * counters and flags are cleared. What a world remembers beside its state (contact forces and positions that lag, of bodies) takes
   * the values of rest, and shows in the next observation alone: the states that follow are those of a world that was never put there.
   * Errors: `ERR_SHAPE`; `ERR_NOT_FINITE` naming the row of `states`; `ERR_USAGE` for a world that is not there or named twice. Then
   * nothing has changed.
   */
  setState(states: Float64Array, rows?: ArrayLike<number>): void {
    const native = this.#open
    guarded(() => native.setState(floats('states', states), rowList(rows)))
  }

  /**
   * Draws a new start state for every world, or for the worlds `rows` alone (the next of each one's own stream), and clears their step
   * counters and flags. The others go on as if nothing had been called.
   * Errors: `ERR_USAGE` for a world that is not there or named twice; then nothing has changed.
   */
  reset(rows?: ArrayLike<number>): void {
    const native = this.#open
    guarded(() => native.reset(rowList(rows)))
  }

  /**
   * `[W, D]` where support episodes of these tasks would begin, by their own start law, on random numbers that follow from the seed alone.
   * No world moves.
   */
  supportStarts(): Float64Array {
    const native = this.#open
    const into = new Float64Array(this.count * this.stateSize)
    guarded(() => native.supportStarts(into))
    return into
  }

  /**
   * Mixes pairs of states as an augmentation does, along the environment's way: `lambda [n]` of each state of `first [n, D]`, the rest of
   * that of `second [n, D]`. No world moves, and nothing is repaired.
   * Errors: `ERR_SHAPE`; `ERR_USAGE` for a lambda outside 0 to 1, or where states of this environment cannot be mixed.
   */
  mixtures(lambda: Float64Array, first: Float64Array, second: Float64Array): Mixtures {
    const native = this.#open
    const states = new Float64Array(floats('first', first).length)
    const verdicts = new Uint8Array(floats('lambda', lambda).length)
    guarded(() => native.mixtures(lambda, first, floats('second', second), states, verdicts))
    return { states, verdicts }
  }

  /** Frees the native memory and ends the threads, now; every later call is `ERR_DISPOSED`. Twice is once. */
  dispose(): void {
    const native = this.#native
    this.#native = undefined
    if (native) guarded(() => native.dispose())
  }

  /** As `dispose()`, at the end of a `using` declaration's block. */
  [Symbol.dispose](): void {
    this.dispose()
  }
}

/**
 * Makes worlds of an environment preset, or of a world of one's own (whose functions are then called in this thread, whatever `threads` says); works
 * without libtorch.
 * Errors: `ERR_PRESET_UNKNOWN` with the nearest name, `ERR_PRICES` for a stock preset whose prices are not there or are none, `ERR_SHAPE`,
 * `ERR_TASK` for a task outside its bounds, `ERR_USAGE` for a number of worlds or threads or a seed that is none, or an option that there is not, `ERR_SPEC_INVALID` for
 * a way of resetting that is none.
 */
export function createWorlds(where: string | OwnWorld, options: WorldsOptions): Worlds {
  return new Worlds(where, options)
}
