/** Rows under one header, and what a column holds. */
import { type Delimiter, numberOf, type Row, shown } from '../csv/index.js'
import { XmrlError } from '../errors.js'
import { type Field, fieldOf, plain } from './columns.js'
import { dateOf } from './dates.js'
import { priceError } from './price-table.js'

/** Cells that are read to tell what a column is. */
const SAMPLE = 50
/** Headers that a message lists. */
const LISTED = 8

export class Sheet {
  readonly file: string
  readonly header: readonly string[]
  readonly headerLine: number
  readonly rows: Row[]
  readonly delimiter: Delimiter
  /** Of two rows of headers: field and name of every column but the first. */
  readonly pairs: readonly { field: Field; name: string }[] | undefined

  private constructor(file: string, header: Row, rows: Row[], delimiter: Delimiter, pairs?: Sheet['pairs']) {
    this.file = file
    this.header = header.cells
    this.headerLine = header.line
    this.rows = rows
    this.delimiter = delimiter
    this.pairs = pairs
  }

  /**
   * The sheet of a file's rows.
   * @throws XmrlError `ERR_PRICES`: no rows, or one that is not as wide as the header
   */
  static of(file: string, all: readonly Row[], delimiter: Delimiter): Sheet {
    const [header, ...rows] = all
    if (header === undefined) throw new XmrlError('ERR_PRICES', `${file}: empty; expected a header with a date column`)
    const columns = header.cells.length
    for (const row of all) {
      // Delimiters at the end of a line separate nothing.
      while (row.cells.length > columns && row.cells.at(-1) === '') row.cells.pop()
      if (row.cells.length === columns) continue
      const at = Math.min(row.cells.length, columns) + 1
      throw priceError(file, row.line, `column ${at}`, `${row.cells.length} cells, the header has ${columns}`)
    }
    const double = twoHeaders(all)
    const sheet = double ? new Sheet(file, double.header, double.rows, delimiter, double.pairs) : new Sheet(file, header, rows, delimiter)
    if (sheet.rows.length === 0) throw new XmrlError('ERR_PRICES', `${file}: a header and no days`)
    return sheet
  }

  /** A column as messages call it. */
  column(at: number): string {
    return `column ${at + 1} (${shown(this.header[at])})`
  }

  /** The header as a message shows it. */
  get listed(): string {
    const more = this.header.length > LISTED ? ', ...' : ''
    return `${this.header.slice(0, LISTED).map(shown).join(', ')}${more}`
  }

  error(at: number, text: string): XmrlError {
    return priceError(this.file, this.headerLine, `column ${at + 1}`, text)
  }

  isBlank(at: number): boolean {
    return this.rows.every(({ cells }) => cells[at] === '')
  }

  /** True where a column counts the rows, up or down. */
  isCount(at: number): boolean {
    const values = this.rows.map(({ cells }) => (/^\d+(\.0+)?$/.test(cells[at]) ? Number(cells[at]) : Number.NaN))
    if (values.length < 2) return values[0] === 0 || values[0] === 1
    const step = values[1] - values[0]
    return Math.abs(step) === 1 && values.every((value, i) => value === values[0] + i * step)
  }

  isWhole(at: number): boolean {
    return this.rows.slice(0, SAMPLE).every(({ cells }) => /^-?\d+(\.0+)?$/.test(cells[at]))
  }

  isDate(at: number): boolean {
    const { cells } = this.rows[0]
    return dateOf(cells[at], 'day first') !== undefined || dateOf(cells[at], 'month first') !== undefined
  }

  isText(at: number): boolean {
    const text = this.rows[0].cells[at]
    return text !== '' && !this.isDate(at) && Number.isNaN(numberOf(text, '.')) && Number.isNaN(numberOf(text, ','))
  }
}

/** Two rows of headers, fields and names in either order, with the name of the first column below them or not. */
function twoHeaders(all: readonly Row[]): { header: Row; rows: Row[]; pairs: NonNullable<Sheet['pairs']> } | undefined {
  const [first, second, third] = all
  if (second === undefined || first.cells.length < 2) return undefined
  // A second row that begins with a date or a count is a day.
  if (/^\d/.test(second.cells[0])) return undefined
  const [upper, lower] = [first.cells.slice(1), second.cells.slice(1)]
  const fields = [upper, lower].find((cells) => cells.every((cell) => fieldOf(cell) !== undefined))
  const names = fields === upper ? lower : upper
  if (fields === undefined || names.some((name) => name === '' || !Number.isNaN(Number(name)))) return undefined
  const titled =
    third !== undefined && /^(date|datetime|index|)$/.test(plain(third.cells[0])) && third.cells.slice(1).every((cell) => cell === '')
  const pairs = fields.map((field, i) => ({ field: fieldOf(field) as Field, name: names[i] }))
  const cells = [(titled && third.cells[0]) || 'Date', ...fields.map((field, i) => `${field} ${names[i]}`)]
  return { header: { line: first.line, cells }, rows: all.slice(titled ? 3 : 2), pairs }
}
