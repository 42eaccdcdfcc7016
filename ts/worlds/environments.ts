/** What environments there are and what their tasks look like; needs no libtorch. */
import { type GivenPrices, givenPrices, nativeMarket, type PriceTable } from '../market/index.js'
import { type Addon, coreAddon, guarded } from '../native.js'
import { ownOf } from '../own/index.js'
import type { Capsule, PoolName, Scene } from '../records/index.js'
import { type EnvironmentSpec, type OwnWorld, type Preset, whole } from '../spec/index.js'

/** Tasks of one pool. */
export interface TaskPool {
  /** `[n][K]` task parameters. */
  values: number[][]
  /** `[n]` whether the task lies where training tasks are rare; absent where the law does not know. */
  rare?: boolean[]
}

/** Every registered environment preset, in a fixed order. */
export function environments(): EnvironmentSpec[] {
  return guarded(() => coreAddon().environments()).map(specOf)
}

/**
 * One preset's specification; with its prices that of a market of their names and days (without them, `stock/csv` is of one
 * name). Errors: `ERR_PRESET_UNKNOWN` with the nearest known name.
 */
export function environment(preset: string, prices?: PriceTable): EnvironmentSpec {
  return specOf(guarded(() => coreAddon().environment(preset, nativeMarket(preset, prices))))
}

/** What the addon says, which names its two ways of scoring by a text. */
function specOf(native: ReturnType<Addon['environment']>): EnvironmentSpec {
  return { ...native, preset: native.preset as Preset, scoredBy: native.scoredBy === 'return' ? 'return' : 'success' }
}

/**
 * Draws `count` tasks of a pool from the preset's task law; the same seed gives the same tasks. Those of a stock preset are
 * periods of its `prices`: a file, a table, or what `loadPrices` read last. Those of a world of one's own are of its first law.
 */
export function sampleTasks(where: string | OwnWorld, pool: PoolName, seed: number, count: number, prices?: GivenPrices): TaskPool {
  whole('seed', seed, 0, 0xffffffff)
  whole('count', count, 1, 1_000_000)
  const world = ownOf(where)
  if (world !== undefined) return { values: world.sample(pool, seed, count) }
  const preset = where as string
  const own = nativeMarket(preset, givenPrices(preset, prices))
  const drawn = guarded(() => coreAddon().sampleTasks(preset, pool, seed, count, own))
  const size = drawn.values.length / count
  const values = Array.from({ length: count }, (_, i) => Array.from(drawn.values.subarray(i * size, (i + 1) * size)))
  return drawn.rare ? { values, rare: drawn.rare } : { values }
}

/** Prices and turbulence of a stock preset, and which days its pools have. */
export interface MarketData {
  /** `[n]` */
  names: string[]
  /** Closing prices `[T, n]` row-major. */
  closes: Float64Array
  /** `[T]`; 0 on days with less than a year before them. */
  turbulence: Float64Array
  /** First and last day (rows of the table) of each pool. */
  days: Record<PoolName, [number, number]>
}

/**
 * The market of a stock preset on its `prices`: a file, a table, or what `loadPrices` read last.
 * Errors: `ERR_PRICES`; `ERR_USAGE` for another preset.
 */
export function market(preset: string, prices?: GivenPrices): MarketData {
  const own = nativeMarket(preset, givenPrices(preset, prices))
  const { names, closes, turbulence, poolDays } = guarded(() => {
    const { names, closes, turbulence, poolDays } = own ?? new (coreAddon().NativeMarket)(preset)
    return { names, closes, turbulence, poolDays }
  })
  const [a, b, c, d, e, f] = poolDays
  return { names, closes, turbulence, days: { training: [a, b], evaluation: [c, d], heldOut: [e, f] } }
}

/** The scene of a drone preset. Errors: `ERR_USAGE` for a preset that is none. */
export function scene(preset: string): Scene {
  return guarded(() => coreAddon().scene(preset)) as Scene
}

/** Numbers of a capsule. */
const CAPSULE = 7

/**
 * The capsules that draw a body in each of `states` (rows of D numbers), `[n][C]`.
 * Errors: `ERR_USAGE` for a preset without a body, `ERR_SHAPE`.
 */
export function bodySegments(preset: string, states: readonly ArrayLike<number>[]): Capsule[][] {
  if (states.length === 0) return []
  const flat = Float64Array.from(states.flatMap((state) => Array.from(state)))
  const drawn = guarded(() => coreAddon().bodySegments(preset, flat))
  const count = drawn.length / CAPSULE / states.length
  return states.map((_, i) =>
    Array.from({ length: count }, (_, k) => Array.from(drawn.subarray((i * count + k) * CAPSULE, (i * count + k + 1) * CAPSULE)) as Capsule)
  )
}
