/** Tasks that are in two pools: what is measured on them was trained on, or chosen by. */
import { POOLS, type PoolName, type TasksRecord } from '../records/index.js'

/** A task in two pools. */
export interface Leak {
  /** The pools, the one that should not have it second. */
  pools: readonly [PoolName, PoolName]
  /** Its number in each. */
  ids: readonly [number, number]
  values: readonly number[]
}

const NAMES: Readonly<Record<PoolName, string>> = { training: 'training', evaluation: 'evaluation', heldOut: 'held-out' }

/**
 * Tasks of a later pool that are in an earlier one too, number for number; each by its first place there. None where every pool is drawn
 * by a law: what a law draws twice (one of two directions, say) cannot be otherwise.
 */
export function leaksOf({ pools, sources }: Pick<TasksRecord, 'pools' | 'sources'>): Leak[] {
  if (sources === undefined || POOLS.every((pool) => sources[pool].from === 'law')) return []
  const key = (values: readonly number[]) => values.map((value) => value + 0).join(' ')
  return POOLS.flatMap((first, at) => {
    const known = new Map<string, number>()
    for (const [id, values] of pools[first].values.entries()) if (!known.has(key(values))) known.set(key(values), id)
    return POOLS.slice(at + 1).flatMap((second) =>
      pools[second].values.flatMap((values, id) => {
        const found = known.get(key(values))
        return found === undefined ? [] : [{ pools: [first, second] as const, ids: [found, id] as const, values }]
      })
    )
  })
}

/** A warning in words, or undefined where no task is in two pools. */
export function leakText(tasks: Pick<TasksRecord, 'pools' | 'sources'>): string | undefined {
  const leaks = leaksOf(tasks)
  const [first] = leaks
  if (first === undefined) return undefined
  const [one, other] = first.pools.map((pool) => NAMES[pool])
  const [id, again] = first.ids
  const which = `${other} task ${again} (${first.values.join(', ')}) is ${one} task ${id}`
  const more = leaks.length > 1 ? `, and ${leaks.length - 1} more ${leaks.length > 2 ? 'tasks are' : 'task is'} in two pools` : ''
  return `${which}${more}: what is measured on them says nothing of new tasks`
}
