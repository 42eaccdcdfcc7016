/** Worlds of one's own as specifications hold them, and what is asked of a specification's environment, whichever it is. */
import { type EnvironmentSpec, registered } from './registry.js'
import type { WorldRecord } from './world.js'

/** The part of a specification that names its environment. */
interface Named {
  environment: string
  world: WorldRecord | null
}

/** What can be asked of a world; those of the package can do everything. */
export interface WorldAbilities {
  /** Episodes can begin in any state. */
  setState: boolean
  /** Two states can be mixed. */
  mixes: boolean
  /** The same arguments give the same bits. */
  deterministic: boolean
}

/** The brand by which a world of one's own is known, also one that another copy of this package made. */
const BRAND = Symbol.for('xmrl.world')

/**
 * A world of one's own, as `environment`, `createWorlds`, `adapt` and `sampleTasks` take it: made by `defineWorld`, or opened from a module
 * or a Python factory. What it can be asked beside its description is for `ts/own` to know.
 */
export abstract class OwnWorld {
  /** Its name, which stands in every result row. */
  abstract readonly name: string
  /** What a run records of it. */
  abstract readonly record: WorldRecord

  /** The mark by which worlds of another copy of this package are told. */
  get [BRAND](): true {
    return true
  }

  /** Its description, as every world has one. */
  get spec(): EnvironmentSpec<string> {
    return describedBy(this.name, this.record)
  }
}

/** Whether a value is a world of one's own of this copy of the package. */
export const isOwnWorld = (value: unknown): value is OwnWorld => value instanceof OwnWorld

/** Whether a value is a world of one's own of another copy of the package. */
export const isForeignWorld = (value: unknown): value is { definition?: unknown } =>
  typeof value === 'object' && value !== null && !isOwnWorld(value) && (value as { [BRAND]?: unknown })[BRAND] === true

/** A recorded world's description as every world has one. */
function describedBy(name: string, record: WorldRecord): EnvironmentSpec<string> {
  const { setState, mixes, deterministic } = record
  return {
    preset: name,
    family: name,
    observationSize: record.observationSize,
    actionSize: record.actionSize,
    stateSize: record.stateSize,
    horizon: record.horizon,
    supportHorizon: record.supportHorizon,
    taskSize: record.taskNames.length,
    taskNames: [...record.taskNames],
    taskLow: record.taskLow.map((low) => low ?? Number.NEGATIVE_INFINITY),
    taskHigh: record.taskHigh.map((high) => high ?? Number.POSITIVE_INFINITY),
    defaultTask: [...record.defaultTask],
    ...(record.kinds === undefined ? {} : { kinds: record.kinds }),
    knowsRareTasks: false,
    taskLaws: [...record.laws],
    scoredBy: record.scoredBy,
    actionScale: record.actionScale,
    description: record.description,
    view: 'none',
    liftable: false,
    smooth: false,
    needsPrices: false,
    prices: 'none',
    needsFiles: false,
    abilities: { setState, mixes, deterministic }
  }
}

/** What a specification's environment is: its recorded world, or what the registry says of its preset; undefined where it has neither. */
export const environmentSpecOf = ({ environment, world }: Named): EnvironmentSpec<string> | undefined =>
  world === null || world === undefined ? registered(environment) : describedBy(environment, world)

/** What can be asked of a specification's environment. */
export const abilitiesOf = (spec: Named): WorldAbilities =>
  environmentSpecOf(spec)?.abilities ?? { setState: true, mixes: true, deterministic: true }

/** Whether states of a specification's environment can be mixed and then begun in: without it there is no augmentation. */
export function canMix(spec: Named): boolean {
  const { setState, mixes } = abilitiesOf(spec)
  return setState && mixes
}

/** The worlds behind the records of specifications of this process; a record is its own key, so that two worlds of one name stay two. */
const opened = new WeakMap<WorldRecord, OwnWorld>()

/** Notes the world of a specification's record. */
export const keepWorld = (record: WorldRecord, own: OwnWorld): void => void opened.set(record, own)

/** The world of a specification where it has been opened in this process; undefined where it has not, or has none. */
export const openedWorld = ({ world }: Pick<Named, 'world'>): OwnWorld | undefined => (world === null ? undefined : opened.get(world))
