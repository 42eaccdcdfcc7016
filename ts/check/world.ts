/** From the name of a world to a report on it. */
import { defined } from '../defined.js'
import { type PriceTable, readPrices } from '../market/index.js'
import { defineExperiment, type Spec, type WrittenSpec, whole } from '../spec/index.js'
import { createWorlds, environment, sampleTasks } from '../worlds/index.js'
import { judge } from './judge.js'
import type { CheckLine } from './line.js'
import { recipeSteps } from './recipe.js'
import type { Subject } from './subject.js'

/** How a world is checked. */
export interface CheckOptions {
  /** Seed of everything that is drawn. @default 0 */
  seed?: number
  /** Keys of a specification: its recipe is what `speed` reckons with, and `market` has the prices of a stock preset. @default the world's own */
  spec?: WrittenSpec
  /** Called with every line as soon as it is there. */
  told?: (line: CheckLine) => void
}

/** What was found of a world. */
export interface WorldCheck {
  /** Its name. */
  world: string
  description: string
  seed: number
  lines: CheckLine[]
  /** Whether no line has failed. */
  passed: boolean
}

/**
 * Holds a world to the contract that XMRL's results rest on: sizes and bounds, finite numbers, rows that do not depend on each other, starts,
 * states that can be set, ends, success, tasks, rewards, mixing, speed. Takes seconds.
 * @param world an environment preset
 * @returns a line for every check, with what to change where one is not ok
 * @throws XmrlError `ERR_PRESET_UNKNOWN`, `ERR_PRICES`, `ERR_SPEC_INVALID`, `ERR_USAGE` for a seed that is none. What the world does wrong
 * is a line, not an error.
 */
export async function checkWorld(world: string, options: CheckOptions = {}): Promise<WorldCheck> {
  const seed = whole('seed', options.seed ?? 0, 0, 0xffffffff)
  const { spec } = defineExperiment({ ...options.spec, environment: world } as WrittenSpec)
  const subject = subjectOf(spec)
  const lines = await judge(subject, seed, options.told)
  return {
    world: subject.about.preset,
    description: subject.about.description,
    seed,
    lines,
    passed: lines.every(({ verdict }) => verdict !== 'failed')
  }
}

/** The world of a specification. */
function subjectOf(spec: Spec): Subject {
  const preset = spec.environment
  const prices: PriceTable | undefined = readPrices(preset, spec.market)
  const about = environment(preset, prices)
  return {
    about,
    abilities: { setState: true, mixes: true, deterministic: true },
    recipeSteps: recipeSteps(spec, about.horizon, about.supportHorizon),
    recipeArms: spec.retrain.arms.length,
    worlds: (options) => createWorlds(preset, defined({ ...options, prices })),
    tasks: (pool, seed, count) => sampleTasks(preset, pool, seed, count, prices).values
  }
}
