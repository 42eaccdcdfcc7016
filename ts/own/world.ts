/** What is asked of a world of one's own, whatever it is written in. */
import { XmrlError } from '../errors.js'
import { type Addon, coreAddon, type NativeWorld } from '../native.js'
import { OwnWorld, type TaskKinds } from '../spec/index.js'
import { suggestion } from '../spelling.js'
import type { TaskPoolName } from './definition.js'

/** The bounds of task parameters as a run records them: those given, null where there is none; a kind's number is bounded by how many there are. */
export function kindBounds(
  names: readonly string[],
  kinds: TaskKinds | undefined,
  given: readonly number[] | null | undefined,
  end: 'low' | 'high'
): (number | null)[] {
  return names.map((name, k) => {
    if (name === kinds?.parameter) return end === 'low' ? 0 : kinds.names.length - 1
    return Number.isFinite(given?.[k]) ? (given?.[k] as number) : null
  })
}

/** A world of one's own that is there to be stepped: one that JavaScript defines, or one in Python. */
export abstract class OpenedWorld extends OwnWorld {
  readonly #handles = new Map<Addon, NativeWorld>()

  /** Makes it in a build of the addon: builds share no memory. @internal */
  protected abstract make(addon: Addon): NativeWorld

  /** Draws tasks of a law that there is; rows are checked by {@link sample}. */
  protected abstract draw(law: string, pool: TaskPoolName, seed: number, count: number): number[][]

  /** What a task must satisfy beside its bounds, as a message where it does not. */
  protected complaint(_task: readonly number[]): string | undefined {
    return undefined
  }

  /** Its handle in a build of the addon, made once. @internal */
  handle(addon: Addon = coreAddon()): NativeWorld {
    const found = this.#handles.get(addon) ?? this.make(addon)
    this.#handles.set(addon, found)
    return found
  }

  /**
   * Draws `count` tasks of a pool `[count][K]`; the same seed gives the same tasks.
   * @param law one of its laws. @default the first
   * @throws XmrlError `ERR_TASK` naming the law and the row that is no task; `ERR_USAGE` for a law that is none
   */
  sample(pool: TaskPoolName, seed: number, count: number, law: string = this.record.laws[0]): number[][] {
    if (!this.record.laws.includes(law))
      throw new XmrlError('ERR_USAGE', `${this.name} has no task law "${law}"${suggestion(law, this.record.laws)}`)
    const rows: unknown = this.draw(law, pool, seed, count)
    if (!Array.isArray(rows) || rows.length !== count)
      throw new XmrlError(
        'ERR_TASK',
        `${this.name}: laws.${law} gave ${Array.isArray(rows) ? `${rows.length} tasks` : `a ${typeof rows}`} where ${count} were asked for (${pool})`
      )
    for (const [at, row] of rows.entries()) this.checkTask(row, `laws.${law}, task ${at} of ${pool}`)
    return rows.map((row) => Array.from(row as ArrayLike<number>))
  }

  /**
   * Checks a task: its width, that its parameters are numbers within their bounds, and what else the world asks of it.
   * @param where what messages call it
   * @throws XmrlError `ERR_TASK`
   */
  checkTask(task: unknown, where = 'task'): void {
    const { taskNames, taskLow, taskHigh, kinds } = this.spec
    const fail = (text: string): never => {
      throw new XmrlError('ERR_TASK', `${this.name}: ${where}: ${text}`)
    }
    const isRow = Array.isArray(task) || ArrayBuffer.isView(task)
    if (!isRow || (task as ArrayLike<unknown>).length !== taskNames.length)
      fail(
        `expected ${taskNames.length} numbers (${taskNames.join(', ')}), found ${isRow ? (task as ArrayLike<unknown>).length : typeof task}`
      )
    const values = Array.from(task as ArrayLike<number>)
    values.forEach((value, k) => {
      if (typeof value !== 'number' || !Number.isFinite(value)) fail(`${taskNames[k]} = ${String(value)} is not a finite number`)
      if (value < taskLow[k] || value > taskHigh[k]) fail(`${taskNames[k]} = ${value} is outside [${taskLow[k]}, ${taskHigh[k]}]`)
      if (taskNames[k] === kinds?.parameter && !Number.isInteger(value))
        fail(`${taskNames[k]} = ${value} is no number of a kind, a whole number from 0 (${kinds.names.join(', ')})`)
    })
    const said = this.complaint(values)
    if (said !== undefined) fail(said)
  }
}
