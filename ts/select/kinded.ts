/** Of which kind the tasks of a seed are. */
import { POOLS, type PoolName, type TasksRecord } from '../records/index.js'
import { kindOf } from '../spec/index.js'

/** Each task's kind by name, pool by pool; undefined where there is but one kind. */
export function taskKindsOf(tasks: Pick<TasksRecord, 'preset' | 'taskNames' | 'kinds' | 'pools'>): Record<PoolName, string[]> | undefined {
  const named = POOLS.map((pool) => [pool, tasks.pools[pool].values.map((task) => kindOf(tasks, task)?.name)] as const)
  const known = (names: (string | undefined)[]): names is string[] => names.every((name) => name !== undefined)
  return named.every(([, names]) => known(names)) ? (Object.fromEntries(named) as Record<PoolName, string[]>) : undefined
}
