/** Tasks in words and as marks: what they are called, and what one asks of a body. */
import { fixed } from '../../drawing/index.js'
import type { PoolName, TasksRecord } from '../../records/index.js'
import { kindOf } from '../../spec/index.js'

/** A parameter's name without its unit, and the unit: `goal x (m)` is `goal x` in `m`. */
export function unitOf(name: string): { name: string; unit: string } {
  const [, bare = name, unit = ''] = /^(.*?)\s*\(([^)]*)\)$/.exec(name) ?? []
  return { name: bare, unit }
}

/**
 * `goal x 1.83 m, goal y 2.10 m`; of a task that is of one of several kinds `pick-place, goal x 1.83 m`, without the parameters that say
 * nothing in its kind. Empty for a task without parameters.
 */
export function parameterText(
  tasks: Pick<TasksRecord, 'taskNames'> & Partial<Pick<TasksRecord, 'preset' | 'kinds'>>,
  values: readonly number[]
): string {
  const kind = kindOf(tasks, values)
  return values
    .slice(0, kind?.size)
    .map((value, i) => {
      if (i === kind?.at) return kind.name
      const { name, unit } = unitOf(tasks.taskNames[i] ?? '')
      return [name, Number.isInteger(value) ? fixed(value, 0) : fixed(value), unit].filter((part) => part !== '').join(' ')
    })
    .join(', ')
}

const POOL_WORD: Readonly<Record<PoolName, string>> = { training: 'training', evaluation: 'evaluation', heldOut: 'held-out' }

/** `held-out task 7 (goal velocity 1.83 m/s)`; without its parameters where no tasks are given. */
export function taskText(tasks: TasksRecord | undefined, pool: PoolName, id: number): string {
  const values = tasks?.pools[pool].values[id] ?? []
  const parameters = tasks === undefined || values.length === 0 ? '' : ` (${parameterText(tasks, values)})`
  return `${POOL_WORD[pool]} task ${id}${parameters}`
}

/** A task as pictures of bodies show it. */
export type Aim =
  | { kind: 'velocity'; value: number; text: string }
  | { kind: 'direction'; value: number; text: string }
  | { kind: 'goal'; at: [number, number]; text: string }

/** Reads a task by the names of its parameters; one that is none of the three is shown as a velocity along x. */
export function aimOf(tasks: TasksRecord, task: readonly number[]): Aim {
  if (task.length === 2) return { kind: 'goal', at: [task[0], task[1]], text: `goal (${fixed(task[0], 2)}, ${fixed(task[1], 2)}) m` }
  const [name = ''] = tasks.taskNames
  const [value] = task
  if (/direction/i.test(name)) return { kind: 'direction', value, text: value < 0 ? 'direction: backward' : 'direction: forward' }
  return { kind: 'velocity', value, text: `goal velocity ${fixed(value, 2)} m/s` }
}
