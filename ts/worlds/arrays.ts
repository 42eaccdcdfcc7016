/** What scripts hand over, checked and as the seam takes it. */
import { types } from 'node:util'
import { XmrlError } from '../errors.js'
import type { EnvironmentSpec } from '../spec/index.js'

/** What a value is, for an error message: its class where it has one (of whatever realm), else its type. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (Array.isArray(value)) return 'an array'
  const name = typeof value === 'object' ? (Object.getPrototypeOf(value)?.constructor?.name as unknown) : undefined
  if (typeof name === 'string' && name !== '' && name !== 'Object') return `${/^[AEIOU]/.test(name) ? 'an' : 'a'} ${name}`
  return /^[aeiou]/.test(typeof value) ? `an ${typeof value}` : `a ${typeof value}`
}

/** A Float64Array, of whatever realm. Errors: `ERR_SHAPE`. */
export function floats(name: string, value: unknown): Float64Array {
  // Not `instanceof`: Jest and node:vm have a Float64Array of their own in every context.
  if (types.isFloat64Array(value)) return value
  throw new XmrlError('ERR_SHAPE', `${name}: give a Float64Array, not ${kindOf(value)}`)
}

/** Numbers of worlds as a list; undefined where all are meant. Errors: `ERR_SHAPE`. */
export function rowList(rows: ArrayLike<number> | undefined): number[] | undefined {
  if (rows === undefined) return undefined
  if (Array.isArray(rows) || types.isTypedArray(rows)) return Array.from(rows as ArrayLike<number>)
  throw new XmrlError('ERR_SHAPE', `rows: give a list of numbers of worlds, not ${kindOf(rows)}`)
}

/** Rows of task parameters `[N][K]`, one after the other. Errors: `ERR_SHAPE` naming the row and both shapes. */
export function taskRows(spec: EnvironmentSpec<string>, tasks: readonly ArrayLike<number>[]): Float64Array {
  if (!Array.isArray(tasks) || tasks.length === 0)
    throw new XmrlError('ERR_SHAPE', `tasks: give one row of task parameters per task, e.g. [[${spec.defaultTask.join(', ')}]]`)
  const flat = new Float64Array(tasks.length * spec.taskSize)
  tasks.forEach((task, row) => {
    if (task?.length !== spec.taskSize) {
      throw new XmrlError(
        'ERR_SHAPE',
        `tasks[${row}] has shape [${task?.length ?? typeof task}], ${spec.preset} needs [${spec.taskSize}] (${spec.taskNames.join(', ')})`
      )
    }
    flat.set(Array.from(task), row * spec.taskSize)
  })
  return flat
}
