/** What environments there are and what their tasks look like; needs no libtorch. */
import { type GivenPrices, givenPrices, nativeMarket, type PriceTable } from '../market/index.js'
import { type Addon, coreAddon, guarded } from '../native.js'
import { checkArgument, checkOptions, type Kind, number, oneOf, seed as seeds, text, whole } from '../options.js'
import { type OpenedWorld, ownOf } from '../own/index.js'
import type { Capsule, PoolName, Scene } from '../records/index.js'
import type { EnvironmentSpec, OwnWorld, Preset, Rareness } from '../spec/index.js'

/** Tasks of one pool. */
export interface TaskPool {
  /** `[n][K]` task parameters. */
  values: number[][]
  /** `[n]` whether the task lies where training tasks are rare; absent where the law does not know. */
  rare?: boolean[]
}

/** An environment preset's name. */
const PRESET: Kind = { ...text, words: 'an environment preset' }
const PLACE: Kind = { ...text, words: "an environment preset or a world of one's own" }
const POOL = oneOf('training', 'evaluation', 'heldOut')

/** What a script names: a preset, or a world of one's own by its name too. Errors: `ERR_USAGE` for what is neither. */
export function placeOf(where: unknown): { own: OpenedWorld | undefined; name: string } {
  const own = ownOf(where)
  return { own, name: own?.name ?? (checkArgument('where', where, PLACE) as string) }
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
 * A law of training tasks: one of `taskLaws` of the preset or of the world. What is left out of `rare` is as `rareness` of the preset says.
 */
export type TaskLaw =
  | (string & {})
  | 'uniform'
  | 'rare'
  | { law: 'uniform' }
  | ({ law: 'rare' } & Partial<Pick<Rareness, 'share' | 'part' | 'end'>>)

/** Bounds of shares and parts are the law's. */
const LAW = { law: text, share: number, part: number, end: oneOf('low', 'high') }

/**
 * Draws `count` tasks of a pool; the same seed gives the same tasks. Those of a stock preset are periods of its `prices`: a file, a
 * table, or what `loadPrices` read last. Evaluation and held-out tasks of a preset are the same under every law, which then tells which of
 * them are of the kind that it makes rare in training.
 * @param where a preset, or a world of one's own
 * @param law of the training tasks; a world of one's own has laws of its own names. @default the preset's own, the world's first
 * @throws XmrlError `ERR_USAGE` for a law that there is not, or a setting out of bounds
 */
export function sampleTasks(
  where: string | OwnWorld,
  pool: PoolName,
  seed: number,
  count: number,
  prices?: GivenPrices,
  law?: TaskLaw
): TaskPool {
  const { own: world, name: preset } = placeOf(where)
  checkArgument('pool', pool, POOL)
  checkArgument('seed', seed, seeds)
  checkArgument('count', count, whole(1, 1_000_000))
  const by = typeof law === 'string' ? { law } : law && checkOptions('a law of tasks', law, LAW, ['law'])
  if (world !== undefined) return { values: world.sample(pool, seed, count, by?.law) }
  const own = nativeMarket(preset, givenPrices(preset, prices))
  const drawn = guarded(() => coreAddon().sampleTasks(preset, pool, seed, count, own, by))
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
  checkArgument('preset', preset, PRESET)
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

/**
 * Where a task wants the object that a hand handles, or the hand itself: x, y, z, m; undefined of a preset whose tasks have no such place.
 * Errors: `ERR_TASK`, `ERR_METAWORLD` without the files.
 */
export function taskGoal(preset: string, task: readonly number[]): [number, number, number] | undefined {
  const goal = guarded(() => coreAddon().taskGoal(preset, Float64Array.from(task)))
  return goal === null ? undefined : [goal[0], goal[1], goal[2]]
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
