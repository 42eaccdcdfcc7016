/** What a world of one's own is made of: its description, and functions of batches. */

/** One of the three frozen pools of tasks. */
export type TaskPoolName = 'training' | 'evaluation' | 'heldOut'

/** Random numbers of a task law; the n-th number is a function of the seed, the pool and n. */
export interface TaskRandom {
  /** The next number in [0, 1). */
  (): number
  /** The next standard normal number (two of the uniform ones). */
  normal(): number
}

/** Draws `count` rows of task parameters `[count][K]` for a pool. */
export type OwnTaskLaw = (random: TaskRandom, count: number, pool: TaskPoolName) => number[][]

/** W worlds whose episodes begin. Arrays are row-major; the entries of row w of `[W, n]` are `w n` to `w n + n - 1`. */
export interface ResetBatch {
  /** W. */
  readonly count: number
  /** `[W, K]`. */
  readonly tasks: Float64Array
  /** `[W, D]`, 0 before: to be written. */
  readonly states: Float64Array
  /** Whether these are support episodes, which a policy adapts on, and not query episodes, which it is judged by. */
  readonly support: boolean
  /**
   * Number `k` of a row's own random numbers, uniform in [0, 1): the same for the same row, k and attempt. For starts that are drawn again until
   * they are good, `attempt` counts the tries. @param attempt @default 0
   */
  random(row: number, k: number, attempt?: number): number
  /** Number `k` of them as a standard normal. */
  normal(row: number, k: number, attempt?: number): number
}

/** W worlds that are looked at. */
export interface ObserveBatch {
  /** W. */
  readonly count: number
  /** `[W, K]`. */
  readonly tasks: Float64Array
  /** `[W, D]`. */
  readonly states: Float64Array
  /** `[W, S]`, to be written. */
  readonly observations: Float64Array
}

/** W worlds that take a step. */
export interface StepBatch {
  /** W. */
  readonly count: number
  /** `[W, K]`. */
  readonly tasks: Float64Array
  /** `[W, D]`, before the step; to be overwritten by those after it. */
  readonly states: Float64Array
  /** `[W, A]`, within the bounds of the world's actions. */
  readonly actions: Float64Array
  /** `[W]`, 0 before: to be written. */
  readonly rewards: Float64Array
  /** `[W]`, 0 before: 1 where the rules end the episode. The horizon ends it by itself. */
  readonly terminated: Uint8Array
  /** `[W]`, 0 before: 1 where the step is a success. An episode with such a step has succeeded. */
  readonly success: Uint8Array
}

/** Everything a batch has; each function reads and writes what its own batch names. */
export interface WorldBatch extends ResetBatch, ObserveBatch, StepBatch {}

/** Writes into `out` `[D]` the state between `a` (lambda 1) and `b` (lambda 0), all `[D]`. */
export type MixStates = (lambda: number, a: Float64Array, b: Float64Array, out: Float64Array) => void

/**
 * A world of one's own. Its functions are pure: what they write is a function of what they read, row by row, and no row's numbers depend on
 * another's; nothing is kept between calls. The state is the whole truth about a world, so that episodes can begin in any state, states can be
 * mixed, and a run can be resumed bit for bit.
 */
export interface WorldDefinition {
  /** Stands in every result row: letters, digits, `-`, `_`, `.` and `/`. */
  name: string
  /** One sentence, for lists. @default '' */
  description?: string
  /** T, steps of a query episode. */
  horizon: number
  /** Steps of a support episode. @default horizon */
  supportHorizon?: number
  /** What a policy sees: S numbers. */
  observation: { size: number }
  /**
   * What it does: A numbers. A policy's action is divided by `scale` (1 if left out), clipped to [-1, 1], and mapped to the range from `low` to `high`
   * (-1 and 1 if left out).
   */
  action: { size: number; scale?: number; low?: number; high?: number }
  /** D numbers that say everything about a world at a step, and what they are called. */
  state: { size: number; names?: readonly string[] }
  /** Task parameters, K of them: names, bounds if there are any, and what else a task must satisfy, as a message where it does not. */
  task: {
    names: readonly string[]
    low?: readonly number[]
    high?: readonly number[]
    /**
     * Where tasks are of several kinds: which parameter is a kind's number (0, 1, …), what the kinds are called by their numbers, and how many
     * parameters a task of each has, where those behind them say nothing.
     */
    kinds?: { parameter: string; names: readonly string[]; sizes?: readonly number[] }
    /** What is wrong with a task, as a message; nothing where it is sound. */
    // biome-ignore lint/suspicious/noConfusingVoidType: a check that finds nothing need not return anything.
    check?: (task: readonly number[]) => string | undefined | void
  }
  /** Task laws by name, the default first. */
  laws: Readonly<Record<string, OwnTaskLaw>>
  /** A task to try. @default one of the default law */
  defaultTask?: readonly number[]
  /** What tells how well a task is served: the share of episodes that succeed, or their return. @default 'return' */
  score?: 'success' | 'return'
  /** Writes start states. */
  reset: (batch: ResetBatch) => void
  /** Writes observations. */
  observe: (batch: ObserveBatch) => void
  /** Takes a step. */
  step: (batch: StepBatch) => void
  /** How two states are mixed: along the straight line, by a function, or not at all. @default 'linear' */
  mix?: 'linear' | MixStates | false
  /** Whether a world may be in a state `[D]`: mixtures that none may be in are drawn again. @default every finite state */
  feasible?: (state: Float64Array) => boolean
  /** `false`: the functions use what they are not given (a clock, another library's random numbers), so no resume is bit-exact. @default true */
  deterministic?: boolean
  /** `import.meta.url` of the module whose default export this is: lets other processes find it where a script hands the world over. */
  module?: string
}
