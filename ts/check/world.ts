/** From the name of a world to a report on it. */
import { defined } from '../defined.js'
import { type PriceTable, readPrices } from '../market/index.js'
import { checkOptions, type Kinds, listener, object, seed as seeds } from '../options.js'
import { withOpenedWorld, worldOf } from '../own/index.js'
import { defineExperiment, type OwnWorld, type Spec, type WrittenSpec } from '../spec/index.js'
import { createWorlds, environment, sampleTasks } from '../worlds/index.js'
import { judge } from './judge.js'
import type { CheckLine } from './line.js'
import { recipeSteps } from './recipe.js'
import type { Subject } from './subject.js'

/** Worlds of the batch in which speed is measured, where the world is fast. */
const MANY_WORLDS = 1024

/** How a world is checked. */
export interface CheckOptions {
  /** Seed of everything that is drawn. @default 0 */
  seed?: number
  /** Keys of a specification: its recipe is what `speed` reckons with, and `market` has the prices of a stock preset. @default the world's own */
  spec?: WrittenSpec
  /** Called with every line as soon as it is there. */
  told?: (line: CheckLine) => void
}

const CHECK: Kinds<CheckOptions> = { seed: seeds, spec: object('keys of a specification'), told: listener }

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
 * @param world an environment preset, or a world of one's own: itself, or where it is (a module's path, a package, `gymnasium:` and a factory)
 * @returns a line for every check, with what to change where one is not ok
 * @throws XmrlError `ERR_PRESET_UNKNOWN`, `ERR_PRICES`, `ERR_SPEC_INVALID` (a module that is not there or exports no world, too),
 * `ERR_USAGE` for a seed that is none. What a world does wrong when it is asked is a line, not an error.
 */
export async function checkWorld(world: string | OwnWorld, options: CheckOptions = {}): Promise<WorldCheck> {
  const { seed = 0, spec, told } = checkOptions('checkWorld', options, CHECK)
  const written = await withOpenedWorld({ ...spec, environment: world } as WrittenSpec)
  const subject = subjectOf(defineExperiment(written).spec)
  const lines = await judge(subject, seed, told)
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
  const own = worldOf(spec)
  const where = own ?? spec.environment
  const prices: PriceTable | undefined = own === undefined ? readPrices(spec.environment, spec.market) : undefined
  const about = own?.spec ?? environment(spec.environment, prices)
  return {
    about,
    abilities: about.abilities ?? { setState: true, mixes: true, deterministic: true },
    ...defined({ chance: own?.chance, observationBounds: own?.observationBounds }),
    // A world in a process of its own has a copy of itself for every row.
    manyWorlds: own?.record.kind === 'gymnasium' ? 0 : MANY_WORLDS,
    recipeSteps: recipeSteps(spec, about.horizon, about.supportHorizon),
    recipeArms: spec.retrain.arms.length,
    worlds: (options) => createWorlds(where, defined({ ...options, prices })),
    tasks: (pool, seed, count) => sampleTasks(where, pool, seed, count, prices).values
  }
}
