/** Of which kind a task is. */
import type { TaskKinds } from './kinds.js'
import { registered } from './registry.js'

/** What a record, a preset or a world of one's own says of its tasks. */
export interface KindsOf {
  preset?: string
  taskNames: readonly string[]
  kinds?: TaskKinds | undefined
}

/** The kinds of these tasks; of records from before they were recorded, what the registry says of the preset. */
const kindsOf = ({ preset, kinds }: Pick<KindsOf, 'preset' | 'kinds'>): TaskKinds | undefined =>
  kinds ?? (preset === undefined ? undefined : registered(preset)?.kinds)

/** A task's kind. */
export interface TaskKind {
  name: string
  /** Which of its parameters is the kind's number. */
  at: number
  /** How many of its parameters say something. */
  size: number
}

/** Of which kind a task is; undefined where there is but one, or its number is none of theirs. */
export function kindOf(about: KindsOf, values: readonly number[]): TaskKind | undefined {
  const kinds = kindsOf(about)
  if (kinds === undefined) return undefined
  const at = about.taskNames.indexOf(kinds.parameter)
  const name = kinds.names[values[at]]
  return name === undefined ? undefined : { name, at, size: kinds.sizes?.[values[at]] ?? values.length }
}
