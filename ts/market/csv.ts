/**
 * Reads daily prices from CSV files as other programs write them. Layouts: a `date` column and one column of closes a name; rows of
 * date, name (`tic`, `ticker`, `symbol`) and close (FinRL's; text and other columns are passed over); open, high, low and close of
 * one share (Yahoo's, Nasdaq's); several fields of each name (two rows of headers, as yfinance writes them, or `AAPL_close`).
 * Adjusted closes come before plain ones. Every error names line and column.
 */
import { basename } from 'node:path'
import { decimalsOf, numberOf, type Row, rowsOf, shown, textOf } from '../csv/index.js'
import type { XmrlError } from '../errors.js'
import { dateOf, type SlashOrder, slashOrder } from './dates.js'
import { type Layout, layoutOf } from './layout.js'
import { check } from './plausible.js'
import { type PriceTable, priceError, type Reading } from './price-table.js'
import { Sheet } from './sheet.js'

/** A close may lie this far outside of its day's high and low: they are rounded. */
const ROUNDED = 1e-3
/** Share of closes outside of their highs and lows above which these are not of the same prices. */
const STRANGERS = 0.01

/**
 * The table in a CSV file (without its hash), from its bytes or its text.
 * @throws XmrlError `ERR_PRICES` naming line, column and cure: no header, columns that are no prices, missing days or prices,
 * duplicate or unsorted dates, prices that are no number or not above 0. What is odd and may be true is in `reading.oddities`.
 */
export function parsePrices(data: Uint8Array | string, file: string): Omit<PriceTable, 'sha256'> {
  const { rows, delimiter } = rowsOf(typeof data === 'string' ? data : textOf(data, file, 'ERR_PRICES'), file, 'ERR_PRICES')
  const sheet = Sheet.of(file, rows, delimiter)
  const notes: string[] = []
  const layout = layoutOf(sheet, notes, basename(file).replace(/(\.(csv|txt|tsv|gz))+$/i, ''))
  return new Reader(sheet, layout, notes).table()
}

/** Close, high and low of a name and day. */
type Values = [close: number, high: number, low: number]

class Reader {
  readonly #sheet: Sheet
  readonly #layout: Layout
  readonly #notes: string[]
  readonly #mark: '.' | ','
  readonly #order: SlashOrder | undefined

  constructor(sheet: Sheet, layout: Layout, notes: string[]) {
    this.#sheet = sheet
    this.#layout = layout
    this.#notes = notes
    const { rows, delimiter } = sheet
    const used = layout.series.flatMap(({ close, raw, high, low }) => [close, raw, high, low].filter((at) => at !== undefined))
    this.#mark = this.#decimals(used, delimiter)
    this.#order = slashOrder(rows.map((row) => row.cells[layout.date]))
  }

  table(): Omit<PriceTable, 'sha256'> {
    this.#sortOldestFirst()
    return this.#layout.whose === undefined ? this.#columns() : this.#long(this.#layout.whose)
  }

  #decimals(used: readonly number[], delimiter: Sheet['delimiter']): '.' | ',' {
    const { rows, file } = this.#sheet
    const cells = function* () {
      for (const { cells } of rows) for (const column of used) yield cells[column]
    }
    const found = decimalsOf(cells(), delimiter)
    if ('mark' in found) {
      if (found.note !== undefined) this.#notes.push(shown(found.note))
      return found.mark
    }
    const place = (text: string) => {
      const row = rows.find(({ cells }) => used.some((column) => cells[column] === text)) as Row
      return { row, column: used.find((column) => row.cells[column] === text) as number }
    }
    if ('unclear' in found) {
      const { row, column } = place(found.unclear)
      throw this.#fail(row, column, `"${shown(found.unclear)}" may be thousands or decimals; write decimals with a point and no thousands`)
    }
    const [point, comma] = found.clash.map(place)
    const [first, second] = [point, comma].sort((a, b) => a.row.line - b.row.line || a.column - b.column)
    const told = `"${shown(first.row.cells[first.column])}" in line ${first.row.line}`
    const text = `"${shown(second.row.cells[second.column])}" is not a number as ${told} is; write all decimals with a point`
    throw priceError(file, second.row.line, this.#sheet.column(second.column), text)
  }

  #fail(row: Row, column: number, text: string): XmrlError {
    return priceError(this.#sheet.file, row.line, this.#sheet.column(column), text)
  }

  #price(row: Row, column: number): number {
    const text = row.cells[column]
    if (text === '') throw this.#fail(row, column, 'no price; every name needs one on every day')
    const value = numberOf(text, this.#mark)
    if (!Number.isFinite(value)) throw this.#fail(row, column, `"${shown(text)}" is not a number`)
    if (value <= 0) throw this.#fail(row, column, `${shown(text)} is no price; it must be above 0`)
    return value
  }

  #values(row: Row, { close, raw, high, low }: Layout['series'][number]): Values {
    const value = this.#price(row, close)
    if (high === undefined || low === undefined) return [value, value, value]
    // Adjusted as their close was.
    const by = raw === undefined ? 1 : value / this.#price(row, raw)
    const [most, least] = [this.#price(row, high) * by, this.#price(row, low) * by]
    if (most < least) throw this.#fail(row, high, `the high ${shown(row.cells[high])} lies below the low ${shown(row.cells[low])}`)
    return [value, most, least]
  }

  /** The day of a row. */
  #date(row: Row): string {
    const text = row.cells[this.#layout.date]
    const date = dateOf(text, this.#order)
    if (date === undefined) throw this.#fail(row, this.#layout.date, `"${shown(text)}" is not a date such as 2020-01-31`)
    return date
  }

  /** Checks that a day follows the one before it. */
  #follows(row: Row, date: string, before: string | undefined, whose = ''): void {
    if (before === undefined || date > before) return
    const { date: column } = this.#layout
    if (date === before) throw this.#fail(row, column, `${date} is there twice${whose}; leave one of them out`)
    throw this.#fail(row, column, `${date} comes after ${before}${whose}; sort the days, oldest first`)
  }

  /** Turns a file round that has its newest day first. */
  #sortOldestFirst(): void {
    const { rows } = this.#sheet
    const dates = rows.map((row) => dateOf(row.cells[this.#layout.date], this.#order))
    const falls = dates.every((date, i) => date !== undefined && (i === 0 || date <= (dates[i - 1] as string)))
    if (!falls || dates[0] === dates.at(-1)) return
    rows.reverse()
    this.#notes.push('the newest day comes first in the file; it is read from the end')
  }

  /** A row a day. */
  #columns(): Omit<PriceTable, 'sha256'> {
    const { rows } = this.#sheet
    const { series, date } = this.#layout
    const dates: string[] = []
    const values: Values[] = []
    for (const row of rows) {
      const own = this.#date(row)
      this.#follows(row, own, dates.at(-1))
      dates.push(own)
      for (const each of series) values.push(this.#values(row, each))
    }
    const place = (day: number, name: number) => ({ line: rows[day].line, column: this.#sheet.column(series[name].close) })
    const dayPlace = (day: number) => ({ line: rows[day].line, column: this.#sheet.column(date) })
    return this.#finish(
      series.map(({ name }) => name),
      dates,
      values,
      place,
      dayPlace
    )
  }

  /** One row a day and name, sorted by day or by name and day. */
  #long(whose: number): Omit<PriceTable, 'sha256'> {
    const { date, series } = this.#layout
    const table = new Map<string, Map<string, { values: Values; line: number }>>()
    const lines = new Map<string, number>()
    const last = new Map<string, string>()
    for (const row of this.#sheet.rows) {
      const name = row.cells[whose]
      if (name === '') throw this.#fail(row, whose, 'a row without a name')
      const own = table.get(name) ?? new Map<string, { values: Values; line: number }>()
      const day = this.#date(row)
      this.#follows(row, day, last.get(name), ` for ${shown(name)}`)
      own.set(day, { values: this.#values(row, series[0]), line: row.line })
      last.set(name, day)
      table.set(name, own)
      if (!lines.has(day)) lines.set(day, row.line)
    }
    const [names, dates] = [[...table.keys()].sort(), [...lines.keys()].sort()]
    const dayPlace = (day: number) => ({ line: lines.get(dates[day]) as number, column: this.#sheet.column(date) })
    const entries = dates.flatMap((day, t) =>
      names.map((name) => {
        const entry = table.get(name)?.get(day)
        if (entry !== undefined) return entry
        const { line, column } = dayPlace(t)
        throw priceError(this.#sheet.file, line, column, `${shown(name)} has no row on ${day}; every name needs one on every day`)
      })
    )
    const place = (day: number, name: number) => ({
      line: entries[day * names.length + name].line,
      column: this.#sheet.column(series[0].close)
    })
    return this.#finish(
      names,
      dates,
      entries.map(({ values }) => values),
      place,
      dayPlace
    )
  }

  #finish(
    names: string[],
    dates: string[],
    values: readonly Values[],
    place: (day: number, name: number) => { line: number; column: string },
    dayPlace: (day: number) => { line: number; column: string }
  ): Omit<PriceTable, 'sha256'> {
    const { kind, series, adjusted } = this.#layout
    const { file, header } = this.#sheet
    const [closes, highs, lows] = [0, 1, 2].map((kind) => Float64Array.from(values, (each) => each[kind]))
    const closesOf = kind === 'wide' || kind === 'fields' ? {} : { closes: shown(header[series[0].close]) }
    const reading: Reading = { layout: kind, ...closesOf, notes: this.#notes, oddities: {} }
    const ranges = series.every(({ high }) => high !== undefined) && this.#enclose(values, names, dates)
    check({ file, names, dates, closes, adjusted, place, dayPlace }, reading)
    return { names, dates, closes, ...(ranges ? { highs, lows } : {}), reading }
  }

  /** Whether closes lie within their highs and lows; where many do not, these are of other prices (adjusted or not) and of no use. */
  #enclose(values: readonly Values[], names: readonly string[], dates: readonly string[]): boolean {
    const outside = ([close, high, low]: Values) => close > high * (1 + ROUNDED) || close < low * (1 - ROUNDED)
    const count = values.filter(outside).length
    if (count === 0) return true
    const at = values.findIndex(outside)
    const first = `${names[at % names.length]} on ${dates[Math.floor(at / names.length)]}`
    const most = count > STRANGERS * values.length
    const text = `${count} of ${values.length} closes lie outside of their day's high and low (first ${first})`
    this.#notes.push(most ? `${text}: highs and lows are of other prices (not adjusted?) and are left aside` : text)
    return !most
  }
}
