/** From CSV text to rows of cells with their lines. */
import { type CsvError, type Info, parse } from 'csv-parse/sync'
import { type ErrorCode, XmrlError } from '../errors.js'
import { shown } from './text.js'

/** A row that is not empty. */
export interface Row {
  /** Where it begins, from 1. */
  line: number
  /** Without surrounding spaces and quotes. */
  cells: string[]
}

/** What separates cells, from the likeliest. */
const DELIMITERS = [',', ';', '\t', '|'] as const
export type Delimiter = (typeof DELIMITERS)[number]

/**
 * The rows of a text, cells quoted as RFC 4180 has it; the delimiter is the one that the first line has most of, or that a line
 * `sep=;` before it names.
 * @param code of errors: what the file is for
 * @throws XmrlError of that code, naming the line of a quote that is not closed or stands within a cell
 */
export function rowsOf(text: string, file: string, code: ErrorCode): { rows: Row[]; delimiter: Delimiter } {
  // One kind of line end, so that lines are counted as an editor counts them.
  const unix = text.replace(/\r\n?/g, '\n')
  const named = /^sep=(.)\n/.exec(unix)?.[1]
  const delimiter = DELIMITERS.find((each) => each === named) ?? delimiterOf(unix)
  try {
    const records = parse(unix, {
      delimiter,
      info: true,
      record_delimiter: '\n',
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      trim: true,
      from_line: named === undefined ? 1 : 2
    }) as unknown as { info: Info; record: string[] }[]
    return { rows: records.map(({ info, record }) => ({ line: info.lines - inside(record), cells: record })), delimiter }
  } catch (cause) {
    throw quoteError(cause as CsvError & { lines?: number }, file, unix, code)
  }
}

/** Line ends within the cells of a record, whose own line is counted where it ends. */
const inside = (cells: readonly string[]) => cells.reduce((sum, cell) => sum + (cell.split('\n').length - 1), 0)

function quoteError(error: CsvError & { lines?: number }, file: string, text: string, code: ErrorCode): XmrlError {
  const open = error.code === 'CSV_QUOTE_NOT_CLOSED'
  const line = open ? lineOfOpenQuote(text) : error.lines
  const said = open
    ? 'a quote opens here and is never closed'
    : error.code === 'INVALID_OPENING_QUOTE' || error.code === 'CSV_INVALID_CLOSING_QUOTE'
      ? 'a quote within a cell; put the cell in quotes and double those inside'
      : shown(error.message)
  return new XmrlError(code, `${file}${line === undefined ? '' : `, line ${line}`}: ${said}`, { cause: error })
}

/** The line of the last quote, which opens a cell that never ends: quotes before it come in pairs. */
const lineOfOpenQuote = (text: string) => text.slice(0, text.lastIndexOf('"')).split('\n').length

function delimiterOf(text: string): Delimiter {
  const first = text.split('\n').find((line) => line.trim() !== '') ?? ''
  const bare = first.replace(/"[^"]*"/g, '')
  const counts = DELIMITERS.map((each) => bare.split(each).length - 1)
  return DELIMITERS[counts.indexOf(Math.max(...counts))]
}
