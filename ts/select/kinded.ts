/** Of which kind the tasks of a seed are. */
import type { EvaluatedPool } from '../records/index.js'
import { kindOf, type TaskKinds } from '../spec/index.js'

/** What is read of a seed's frozen tasks. */
export interface KindedTasks {
  preset?: string
  taskNames: readonly string[]
  kinds?: TaskKinds | undefined
  pools: Readonly<Record<'training' | EvaluatedPool, { values: readonly (readonly number[])[] }>>
}

/** Each task's kind by name, pool by pool; undefined where there is but one kind. */
export function taskKindsOf(tasks: KindedTasks): Record<keyof KindedTasks['pools'], string[]> | undefined {
  const of = (pool: keyof KindedTasks['pools']) => tasks.pools[pool].values.map((task) => kindOf(tasks, task)?.name)
  const named = { training: of('training'), evaluation: of('evaluation'), heldOut: of('heldOut') }
  const known = (names: (string | undefined)[]): names is string[] => names.every((name) => name !== undefined)
  const { training, evaluation, heldOut } = named
  return known(training) && known(evaluation) && known(heldOut) ? { training, evaluation, heldOut } : undefined
}
