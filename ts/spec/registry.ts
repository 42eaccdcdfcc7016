/**
 * What every environment preset is, as the addon says it: `registry.json` is written by the build, so that a specification needs no
 * addon. The only source of facts about a preset; nothing is guessed from its name.
 */
import { createRequire } from 'node:module'
import type { TaskKinds } from './kinds.js'
import type { Preset } from './presets.js'

/** What the law `rare` acts on, and its settings where none are given. */
export interface Rareness {
  /** What of a task, in words. */
  on: string
  /** Whether that is a direction, whose turn begins where the seed says; else it is a number of a range. */
  turns: boolean
  /** Share of the training tasks that are rare. */
  share: number
  /** Share of what tasks can be that is rare. */
  part: number
  /** Which end of the range (or of the turn) that is. */
  end: 'low' | 'high'
}

/** The description of one environment: of a preset, or (any `Name`) of a world of one's own. */
export interface EnvironmentSpec<Name extends string = Preset> {
  /** The name that stands in every result row. */
  preset: Name
  /** The environment that the preset varies. */
  family: string
  /** S, observation size. */
  observationSize: number
  /** A, action size; actions lie in [-actionScale, actionScale]. */
  actionSize: number
  /** D, simulator state size (for articulated bodies qpos then qvel). */
  stateSize: number
  /** T, steps of a query episode. */
  horizon: number
  /** Steps of a support episode. */
  supportHorizon: number
  /** K, task parameters. */
  taskSize: number
  taskNames: string[]
  /** Bounds of each task parameter. */
  taskLow: number[]
  taskHigh: number[]
  /** A task inside the bounds, for a first try. */
  defaultTask: number[]
  /** The kinds of task; absent where its tasks are of one kind. */
  kinds?: TaskKinds
  /** True when the task law knows which tasks are rare in training (the `oracle` arm needs it). */
  knowsRareTasks: boolean
  /** Laws that training tasks can be drawn by, the preset's own first: `tasks.training: { law, count }`. */
  taskLaws: string[]
  /** On what of a task the law `rare` acts, and its usual settings; absent where there is no such law. */
  rareness?: Rareness
  /** What tells how well a task is served: the share of episodes that succeed, or the return where nothing can succeed. */
  scoredBy: 'success' | 'return'
  /** A policy's action is divided by it, then clipped to [-1, 1]. */
  actionScale: number
  description: string
  /** What a picture of its episodes shows: `plan` (in a plane), `arena` (in space), `side` or `above` (a body), `hand` (a robot's hand and what it handles), `account` (wealth); `none`: there is no picture. */
  view: 'plan' | 'arena' | 'side' | 'above' | 'hand' | 'account' | 'none'
  /** Whether mixed states can be lifted off a floor: `augment.repair` `lift`. */
  liftable: boolean
  /** Whether returns have a slope in the start: `augment.gradient` `pathwise`. */
  smooth: boolean
  /** Whether its prices must be given: `prices` is `fetched` or `files`. */
  needsPrices: boolean
  /** Where its prices come from; `made`: by the preset itself. */
  prices: 'none' | 'made' | 'fetched' | 'files'
  /** Of a world of one's own: what can be asked of it; those of the package can do everything. */
  abilities?: { setState: boolean; mixes: boolean; deterministic: boolean }
  /** Whether files must be fetched before its worlds can be made: `xmrl data metaworld`. */
  needsFiles: boolean
}

/** As the file has it: JSON knows no infinity, so a bound that is none is null. */
type Entry = Omit<EnvironmentSpec, 'taskLow' | 'taskHigh'> & Record<'taskLow' | 'taskHigh', (number | null)[]>

const entries: readonly Entry[] = createRequire(import.meta.url)('./registry.json')

/** Every preset, in the addon's order; sizes of one whose prices are the user's are those of a market of one name. */
export const registry: readonly EnvironmentSpec[] = entries.map(({ taskLow, taskHigh, ...about }) => ({
  ...about,
  taskLow: taskLow.map((bound) => bound ?? Number.NEGATIVE_INFINITY),
  taskHigh: taskHigh.map((bound) => bound ?? Number.POSITIVE_INFINITY)
}))

/** Names of the presets a specification may name. */
export const presetNames: readonly Preset[] = registry.map(({ preset }) => preset)

/** Whether a name is that of a preset. */
export const isPreset = (name: string): name is Preset => registered(name) !== undefined

/** What the registry says of a preset; undefined where it has none of that name. */
export const registered = (preset: string): EnvironmentSpec | undefined => registry.find((entry) => entry.preset === preset)

/** True where a preset is traded at prices, whoever makes them. */
export const isMarket = (preset: string): boolean => (registered(preset)?.prices ?? 'none') !== 'none'
