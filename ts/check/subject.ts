/** What is asked of a world that is checked: what worlds give whoever steps them, and what is known of them. */
import type { PoolName } from '../records/index.js'
import type { EnvironmentSpec } from '../spec/index.js'
import type { Mixtures, WorldsStep } from '../worlds/index.js'

/** Worlds that are stepped together; arrays as those of `Worlds`. */
export interface Batch {
  readonly observations: Float64Array
  readonly success: Uint8Array
  step(actions: Float64Array): WorldsStep
  state(): Float64Array
  setState(states: Float64Array, rows?: ArrayLike<number>): void
  reset(rows?: ArrayLike<number>): void
  supportStarts(): Float64Array
  mixtures(lambda: Float64Array, first: Float64Array, second: Float64Array): Mixtures
  dispose(): void
}

/** Which worlds a batch holds. */
export interface BatchOptions {
  tasks: readonly (readonly number[])[]
  worldsPerTask?: number
  seed?: number
  threads?: number
}

/** What a world can be asked. */
export interface Abilities {
  /** Episodes can begin in any state. */
  setState: boolean
  /** Two states can be mixed. */
  mixes: boolean
  /** The same arguments give the same bits. */
  deterministic: boolean
}

/** A world that is checked. */
export interface Subject {
  readonly about: Omit<EnvironmentSpec, 'preset'> & { readonly preset: string }
  readonly abilities: Abilities
  /** How it was found not to be deterministic when it was opened, where it does not say so itself. */
  readonly chance?: string
  /** Smallest and largest value of each entry of an observation `[S]`, where the world says them. */
  readonly observationBounds?: { low: ArrayLike<number>; high: ArrayLike<number> }
  /** Environment steps that one seed of the standard recipe takes. */
  readonly recipeSteps: number
  /** The arms of that recipe. */
  readonly recipeArms: number
  /** Worlds of a large batch, in which a fast world's speed is measured; 0 where batches are best kept small. */
  readonly manyWorlds: number
  worlds(options: BatchOptions): Batch
  /** Tasks of a pool, by the world's law. */
  tasks(pool: PoolName, seed: number, count: number): number[][]
}
