/** Tasks in a file: CSV whose header has their names, or JSON rows. */
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import { decimalsOf, numberOf, type Row, rowsOf, shown, textOf } from '../csv/index.js'
import { XmrlError } from '../errors.js'
import { readBytes } from '../run/index.js'
import type { EnvironmentSpec, TaskRow } from '../spec/index.js'
import { type Columns, columnsOf, markOf } from './columns.js'

/** What a task is made of, as messages need it. */
export type About = Pick<EnvironmentSpec<string>, 'preset' | 'taskNames' | 'taskLow' | 'taskHigh'>

/** A task, and where it stands. */
export interface PlacedTask extends TaskRow {
  readonly place: string
}

/** What a file of tasks holds. */
export interface TaskFile {
  readonly tasks: readonly PlacedTask[]
  /** Whether it marks tasks that are rare in training. */
  readonly marked: boolean
  /** SHA-256 (hex) of its bytes. */
  readonly sha256: string
}

/**
 * Reads the tasks in a file.
 * @param key of the specification that names it
 * @param expected SHA-256 that it must have
 * @throws XmrlError `ERR_SPEC_INVALID` where it cannot be read or has another SHA-256; `ERR_TASK` naming file, line and column of what is
 * no task
 */
export function readTaskFile(key: string, file: string, { taskNames, preset }: About, expected?: string): TaskFile {
  const data = readBytes(`${key}.file`, file)
  const sha256 = createHash('sha256').update(data).digest('hex')
  if (expected !== undefined && expected !== sha256) {
    throw new XmrlError('ERR_SPEC_INVALID', `${key}.sha256: ${file} has ${sha256}, not ${expected}: it is not the file of this experiment`)
  }
  const name = basename(file)
  const text = textOf(data, name, 'ERR_TASK')
  const found = /\.json$/i.test(file) || /^\s*\[/.test(text) ? fromJson(text, name, taskNames) : fromCsv(text, name, taskNames)
  if (found.tasks.length === 0) {
    throw new XmrlError('ERR_TASK', `${name}: no tasks; give at least one row of ${taskNames.join(', ')} for ${preset}`)
  }
  return { ...found, sha256 }
}

type Found = Pick<TaskFile, 'tasks' | 'marked'>

function fromCsv(text: string, file: string, names: readonly string[]): Found {
  const { rows, delimiter } = rowsOf(text, file, 'ERR_TASK')
  const [header, ...lines] = rows
  if (header === undefined) throw new XmrlError('ERR_TASK', `${file}: empty; its first line must name ${names.join(', ')}`)
  const columns = columnsOf(header.cells, names, `${file}, line ${header.line}`)
  const mark = decimalMark(lines, columns, delimiter, file)
  const tasks = lines.map((row): PlacedTask => {
    const place = `${file}, line ${row.line}`
    if (row.cells.length !== header.cells.length) {
      throw new XmrlError('ERR_TASK', `${place}: ${row.cells.length} cells, and the header has ${header.cells.length}`)
    }
    const fail = (at: number, said: string): never => {
      throw new XmrlError('ERR_TASK', `${place}, column "${header.cells[at]}": ${said}`)
    }
    const values = columns.numbers.map((at) => {
      const cell = row.cells[at]
      const value = numberOf(cell, mark)
      return Number.isFinite(value) ? value : fail(at, cell === '' ? 'no number' : `"${shown(cell)}" is not a number`)
    })
    const { rare } = columns
    const marked = rare === undefined ? false : markOf(row.cells[rare])
    return { values, rare: marked ?? fail(rare as number, `"${shown(row.cells[rare as number])}" is neither true nor false`), place }
  })
  return { tasks, marked: columns.rare !== undefined }
}

/** How the file writes decimals: all of its cells together tell. */
function decimalMark(lines: readonly Row[], { numbers }: Columns, delimiter: Parameters<typeof decimalsOf>[1], file: string): '.' | ',' {
  const found = decimalsOf(
    lines.flatMap(({ cells }) => numbers.map((at) => cells[at] ?? '')),
    delimiter
  )
  if ('mark' in found) return found.mark
  const said =
    'unclear' in found
      ? `"${shown(found.unclear)}" may be thousands or decimals`
      : `"${shown(found.clash[0])}" and "${shown(found.clash[1])}" write decimals in two ways`
  throw new XmrlError('ERR_TASK', `${file}: ${said}; write decimals with a point and no thousands`)
}

function fromJson(text: string, file: string, names: readonly string[]): Found {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new XmrlError('ERR_TASK', `${file}: no JSON: ${(cause as Error).message}`, { cause })
  }
  if (!Array.isArray(value)) {
    throw new XmrlError('ERR_TASK', `${file}: expected a list of tasks, [[…], …] or [{"${names[0]}": …}, …]`)
  }
  const marks = value.some((row) => typeof row === 'object' && row !== null && 'rare' in row)
  return { tasks: value.map((row, at) => jsonTask(row, `${file}, row ${at}`, names)), marked: marks }
}

/** A row of JSON: numbers, `{values, rare}`, or numbers by their names. */
function jsonTask(row: unknown, place: string, names: readonly string[]): PlacedTask {
  const fail = (text: string): never => {
    throw new XmrlError('ERR_TASK', `${place}: ${text}`)
  }
  if (typeof row !== 'object' || row === null) return fail(`expected the numbers of a task, found ${JSON.stringify(row)}`)
  const { rare = false, ...named } = Array.isArray(row) ? {} : (row as Record<string, unknown>)
  if (typeof rare !== 'boolean') return fail(`rare is ${JSON.stringify(rare)}; write true or false`)
  const values = Array.isArray(row) ? row : 'values' in named ? named.values : byName(named, place, names)
  if (!Array.isArray(values)) return fail(`values: expected a list of numbers, found ${JSON.stringify(values)}`)
  const at = values.findIndex((value) => typeof value !== 'number' || !Number.isFinite(value))
  if (at >= 0) return fail(`${names[at] ?? `number ${at}`} is ${JSON.stringify(values[at])}, no number`)
  return { values, rare, place }
}

function byName(named: Record<string, unknown>, place: string, names: readonly string[]): unknown[] {
  const keys = Object.keys(named)
  return columnsOf(keys, names, place).numbers.map((at) => named[keys[at]])
}
