/** What a task asks of a body, in words and as a mark: a velocity, a direction or a goal. */
import { fixed } from '../../drawing/index.js'
import type { TasksRecord } from '../../records/index.js'

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
