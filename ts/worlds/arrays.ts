/** What scripts hand over, checked and as the seam takes it. */
import { types } from 'node:util'
import { XmrlError } from '../errors.js'
import { kindOf } from '../options.js'
import type { EnvironmentSpec } from '../spec/index.js'

/** A Float64Array, of whatever realm. Errors: `ERR_SHAPE`. */
export function floats(name: string, value: unknown): Float64Array {
  // Not `instanceof`: Jest and node:vm have a Float64Array of their own in every context.
  if (types.isFloat64Array(value)) return value
  throw new XmrlError('ERR_SHAPE', `${name}: give a Float64Array, not ${kindOf(value)}`)
}

/** A Uint8Array, of whatever realm. Errors: `ERR_SHAPE`. */
function bytes(name: string, value: unknown): Uint8Array {
  if (types.isUint8Array(value)) return value
  throw new XmrlError('ERR_SHAPE', `${name}: give a Uint8Array, not ${kindOf(value)}`)
}

/** What a step is written to. */
interface StepArrays {
  observations: Float64Array
  rewards: Float64Array
  terminated: Uint8Array
  truncated: Uint8Array
  finalObservations?: Float64Array
}

const NAMES = ['observations', 'rewards', 'terminated', 'truncated', 'finalObservations'] as const
type InOrder = [Float64Array, Float64Array, Uint8Array, Uint8Array, Float64Array | undefined]

/**
 * The arrays of `into`, in order: of `rows` worlds in all steps that see `seen` numbers each; the fifth where worlds begin anew in the same
 * step. Errors: `ERR_SHAPE` naming the array and both lengths.
 */
export function stepArrays(into: StepArrays, rows: number, seen: number, sameStep: boolean): InOrder {
  if (typeof into !== 'object' || into === null) throw new XmrlError('ERR_SHAPE', `into: give what a step gave, not ${kindOf(into)}`)
  const long = <A extends Float64Array | Uint8Array>(name: string, array: A, length: number): A => {
    if (array.length === length) return array
    throw new XmrlError('ERR_SHAPE', `into.${name}: expected ${length} numbers, got ${array.length}`)
  }
  return [
    long('observations', floats('into.observations', into.observations), rows * seen),
    long('rewards', floats('into.rewards', into.rewards), rows),
    long('terminated', bytes('into.terminated', into.terminated), rows),
    long('truncated', bytes('into.truncated', into.truncated), rows),
    sameStep ? long('finalObservations', floats('into.finalObservations', into.finalObservations), rows * seen) : undefined
  ]
}

/** Copies every array into that of the same place. Errors: `ERR_USAGE` where that has lost its memory since its length was looked at. */
export function copyArrays(from: InOrder, to: InOrder): void {
  for (const [at, array] of from.entries()) {
    const into = to[at]
    if (array === undefined || into === undefined) continue
    if (into.length !== array.length)
      throw new XmrlError('ERR_USAGE', `into.${NAMES[at]}: its memory was given away while the worlds were stepped`)
    into.set(array)
  }
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
