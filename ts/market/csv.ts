/**
 * Reads daily prices from CSV text in one of two layouts: a `date` column and one column of closes a name, or rows of `date`, `tic`,
 * `close` and, where wanted, `high` and `low` (FinRL's; other columns are ignored). Every error names line and column.
 */
import { XmrlError } from '../errors.js'
import { type PriceTable, priceError } from './table.js'

/** Calendar days after which trading days must be missing: the longest closure in living memory was seven. */
const LONGEST_GAP = 10
const DAY_MS = 86_400_000

/** A cell with its place. */
interface Cell {
  text: string
  line: number
  column: string
}

interface Row {
  line: number
  cells: string[]
}

/**
 * The table in the text of a CSV file (without its hash).
 * @throws XmrlError `ERR_PRICES` naming line and column: no header, missing days or prices, duplicate or unsorted dates, prices that
 * are no number or not above 0
 */
export function parsePrices(text: string, file: string): Omit<PriceTable, 'sha256'> {
  const [header, ...rows] = rowsOf(text)
  if (header === undefined) throw new XmrlError('ERR_PRICES', `${file}: empty; expected a header with a date column`)
  const columns = header.cells.map((cell) => cell.toLowerCase())
  const date = columns.indexOf('date')
  if (date < 0) throw priceError(file, header.line, 'column 1', `no date column in the header (${header.cells.join(', ')})`)
  if (rows.length === 0) throw new XmrlError('ERR_PRICES', `${file}: a header and no days`)
  for (const { line, cells } of rows) {
    if (cells.length === columns.length) continue
    const at = Math.min(cells.length, columns.length) + 1
    throw priceError(file, line, `column ${at}`, `${cells.length} cells, the header has ${columns.length}`)
  }
  const read = new Reader(file, header)
  return columns.includes('tic') ? read.long(rows, date) : read.wide(rows, date)
}

/** Rows that are not empty; cells without surrounding spaces and quotes. */
function rowsOf(text: string): Row[] {
  return text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\n|\r/)
    .map((content, i) => ({ line: i + 1, content }))
    .filter(({ content }) => content.trim() !== '')
    .map(({ line, content }) => ({ line, cells: content.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')) }))
}

class Reader {
  readonly #file: string
  readonly #header: Row

  constructor(file: string, header: Row) {
    this.#file = file
    this.#header = header
  }

  #cell({ line, cells }: Row, column: number): Cell {
    return { text: cells[column], line, column: `column ${column + 1} (${this.#header.cells[column]})` }
  }

  #fail({ line, column }: Cell, text: string): XmrlError {
    return priceError(this.#file, line, column, text)
  }

  #price(cell: Cell): number {
    if (cell.text === '') throw this.#fail(cell, 'no price; every name needs one on every day')
    const value = Number(cell.text)
    if (!Number.isFinite(value)) throw this.#fail(cell, `"${cell.text}" is not a number`)
    if (value <= 0) throw this.#fail(cell, `${cell.text} is no price; it must be above 0`)
    return value
  }

  /** The day of a cell; the time of day is left off. */
  #date(cell: Cell): string {
    const [, date] = /^(\d{4}-\d{2}-\d{2})(?:[ T].*)?$/.exec(cell.text) ?? []
    const time = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`)
    // Date.parse turns 30 February into March.
    if (date === undefined || Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date)
      throw this.#fail(cell, `"${cell.text}" is not a date such as 2020-01-31`)
    return date
  }

  /** Checks that a day follows the one before it. */
  #follows(cell: Cell, date: string, before: string | undefined, whose = ''): void {
    if (before === undefined) return
    if (date === before) throw this.#fail(cell, `${date} is there twice${whose}`)
    if (date < before) throw this.#fail(cell, `${date} comes after ${before}${whose}; sort the days, oldest first`)
    const gap = (Date.parse(date) - Date.parse(before)) / DAY_MS
    if (gap > LONGEST_GAP) throw this.#fail(cell, `days are missing${whose}: none in the ${gap} days from ${before} to ${date}`)
  }

  /** One column a name. */
  wide(rows: readonly Row[], date: number): Omit<PriceTable, 'sha256'> {
    const names = this.#header.cells.filter((_, column) => column !== date)
    const columns = this.#header.cells.map((_, column) => column).filter((column) => column !== date)
    this.#names(names, columns)
    const dates: string[] = []
    const closes = new Float64Array(rows.length * names.length)
    for (const [day, row] of rows.entries()) {
      const cell = this.#cell(row, date)
      const own = this.#date(cell)
      this.#follows(cell, own, dates.at(-1))
      dates.push(own)
      for (const [i, column] of columns.entries()) closes[day * names.length + i] = this.#price(this.#cell(row, column))
    }
    return { names, dates, closes }
  }

  #names(names: readonly string[], columns: readonly number[]): void {
    if (names.length === 0) throw priceError(this.#file, this.#header.line, 'column 2', 'no names beside the date')
    for (const [i, column] of columns.entries()) {
      const where = `column ${column + 1}`
      if (names[i] === '') throw priceError(this.#file, this.#header.line, where, 'a column without a name')
      if (names.indexOf(names[i]) < i) throw priceError(this.#file, this.#header.line, where, `the name ${names[i]} is there twice`)
    }
  }

  /** One row a day and name, sorted by day or by name and day. */
  long(rows: readonly Row[], date: number): Omit<PriceTable, 'sha256'> {
    const find = (name: string) => this.#header.cells.findIndex((cell) => cell.toLowerCase() === name)
    const [tic, close, high, low] = ['tic', 'close', 'high', 'low'].map(find)
    if (close < 0) throw priceError(this.#file, this.#header.line, 'column 1', 'date and tic in the header, but no close')
    if (high < 0 !== low < 0)
      throw priceError(this.#file, this.#header.line, `column ${Math.max(high, low) + 1}`, 'high and low come together or not at all')
    const wanted = high < 0 ? [close] : [close, high, low]
    const table = new Map<string, Map<string, number[]>>()
    const lines = new Map<string, number>()
    for (const row of rows) {
      const [cell, name] = [this.#cell(row, date), this.#cell(row, tic)]
      if (name.text === '') throw this.#fail(name, 'a row without a name')
      const own = table.get(name.text) ?? new Map<string, number[]>()
      const day = this.#date(cell)
      this.#follows(cell, day, [...own.keys()].at(-1), ` for ${name.text}`)
      const values = wanted.map((column) => this.#price(this.#cell(row, column)))
      if (high >= 0 && values[1] < values[2])
        throw this.#fail(this.#cell(row, high), `the high ${values[1]} lies below the low ${values[2]}`)
      own.set(day, values)
      table.set(name.text, own)
      if (!lines.has(day)) lines.set(day, row.line)
    }
    return this.#square(table, lines, wanted.length, date)
  }

  /** Every name's price on every day, as arrays. */
  #square(table: Map<string, Map<string, number[]>>, lines: Map<string, number>, kinds: number, date: number): Omit<PriceTable, 'sha256'> {
    const [names, dates] = [[...table.keys()].sort(), [...lines.keys()].sort()]
    const arrays = Array.from({ length: kinds }, () => new Float64Array(dates.length * names.length))
    for (const [t, day] of dates.entries()) {
      for (const [i, name] of names.entries()) {
        const values = table.get(name)?.get(day)
        const place = `column ${date + 1} (${this.#header.cells[date]})`
        if (values === undefined) throw priceError(this.#file, lines.get(day) as number, place, `${name} has no row on ${day}`)
        for (const [kind, value] of values.entries()) arrays[kind][t * names.length + i] = value
      }
    }
    const [closes, highs, lows] = arrays
    return { names, dates, closes, ...(kinds > 1 ? { highs, lows } : {}) }
  }
}
