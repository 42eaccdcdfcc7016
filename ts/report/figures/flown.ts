/** A task whose episodes are drawn: why this one, and what is said of it. */

import { fixed } from '../../drawing/index.js'
import type { EpisodesRecord, FlownTask, TasksRecord } from '../../records/index.js'
import { armStyle } from '../arms.js'
import { taskText } from './task.js'

/** Why a task is shown. */
export type Picked = 'worst' | 'changed'

/** A task of the record with why it was picked. */
export interface Flown extends FlownTask {
  picked: Picked
  record: EpisodesRecord
}

/** The tasks whose episodes a record holds: the worst served one, and the most changed one where that is another. */
export function flownTasks(record: EpisodesRecord): Flown[] {
  const { mostChanged } = record
  return [{ ...record, picked: 'worst' as const, record }, ...(mostChanged ? [{ ...mostChanged, picked: 'changed' as const, record }] : [])]
}

/** What a picture of the task is called on the page. */
export const flownId = ({ picked }: Flown): string => (picked === 'worst' ? 'episodes' : 'episodes-changed')

/** `The worst served task: evaluation task 7 (goal x 1.83 m, goal y 2.10 m)`. */
export function flownTitle(flown: Flown, tasks?: TasksRecord): string {
  const which = flown.picked === 'worst' ? 'The worst served task' : 'The most changed task'
  return `${which}: ${taskText(tasks, flown.pool ?? 'evaluation', flown.taskId)}`
}

/** How the task was picked, and what it scored before and after. */
export function pickedText({ picked, record, success, returns }: Flown): string {
  const after = record.arm === undefined ? 'the repair' : armStyle(record.arm).label
  const scored = success ?? returns
  const decimals = success === undefined ? 1 : 2
  const name = success === undefined ? 'return' : 'success'
  const change =
    scored &&
    ` Its ${name} over all query episodes: ${fixed(scored.before, decimals)} before, ${fixed(scored.after, decimals)} after ${after}.`
  const most = record.worstChangedMost ? ' No task of the evaluation pool changed more.' : ''
  const how =
    picked === 'worst'
      ? `Picked before the repair: of the poor tasks the one with the lowest return where they were found.${most}`
      : 'Picked after the repair: of all tasks of the evaluation pool the one that changed most, up or down. So picked, its change is larger than another try would give; the episodes drawn are others than those it was picked by.'
  return `${how}${change ?? ''}`
}
