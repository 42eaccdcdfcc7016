/** Which layout a file of prices has, and which of its columns are read. */
import { numberOf, shown } from '../csv/index.js'
import type { XmrlError } from '../errors.js'
import { type Field, fieldOf, fieldOfName, isIndex, maybeShare, plain, whoseColumn } from './columns.js'
import type { Reading } from './price-table.js'
import type { Sheet } from './sheet.js'

/** Rows from which a column of 1, 2, 3, ... is no price that happens to rise so. */
const FEWEST_COUNTED = 20

/** Columns of a name. */
export interface Series {
  name: string
  close: number
  /** The plain close where `close` is the adjusted one and `high` and `low` are of the plain one. */
  raw?: number
  high?: number
  low?: number
}

/** What is read. */
export interface Layout {
  kind: Reading['layout']
  date: number
  /** The column that says whose price a row holds, in long files; `series` is then one without a name. */
  whose?: number
  series: Series[]
  /** True where closes are adjusted. */
  adjusted: boolean
}

/**
 * The layout of a sheet.
 * @param notes gets what was decided
 * @param share what the share is called whose open, high, low and close a file holds
 * @throws XmrlError `ERR_PRICES` naming the column that is no price, and what to do with it
 */
export function layoutOf(sheet: Sheet, notes: string[], share: string): Layout {
  const date = dateColumn(sheet)
  const whose = sheet.pairs === undefined ? whoseColumn(sheet.header, (at) => at !== date && sheet.isText(at)) : -1
  if (whose >= 0 && whose !== date) return long(sheet, date, whose, notes)
  const columns = sheet.header.map((_, at) => at).filter((at) => at !== date && !isLeftOut(sheet, at, notes))
  if (columns.length === 0) throw sheet.error(1, 'no names beside the date')
  if (sheet.pairs !== undefined) return several(sheet, date, columns, (at) => sheet.pairs?.[at - 1], notes)
  const fields = new Map(columns.map((at) => [at, fieldHere(sheet, at, columns)]))
  if (columns.every((at) => fields.get(at) !== undefined)) return oneShare(sheet, date, fields as Map<number, Field>, share, notes)
  const pair = (at: number) => fieldOfName(sheet.header[at])
  if (columns.every((at) => pair(at) !== undefined)) return several(sheet, date, columns, pair, notes)
  return wide(sheet, date, columns, fields)
}

function dateColumn(sheet: Sheet): number {
  const named = sheet.header.findIndex((header) => plain(header) === 'date')
  const at = named >= 0 ? named : sheet.header.findIndex((_, column) => sheet.isDate(column))
  if (at >= 0) return at
  throw sheet.error(0, `no date column in the header (${sheet.listed}); name one "date", with days such as 2020-01-31`)
}

/** True for a column that numbers the rows, or is empty. */
function isLeftOut(sheet: Sheet, at: number, notes: string[]): boolean {
  if (sheet.header[at] === '' && sheet.isBlank(at)) return true
  if (!isIndex(sheet.header[at]) || !(sheet.isCount(at) || sheet.isBlank(at))) return false
  notes.push(`${sheet.column(at)} numbers the rows and is left out`)
  return true
}

/**
 * What a column means in a file without a column of names; a word that is a share too is one where it holds prices and nothing
 * beside it is a price of the same share.
 */
function fieldHere(sheet: Sheet, at: number, columns: readonly number[]): Field | undefined {
  const header = sheet.header[at]
  const field = fieldOf(header) ?? (isIndex(header) && header !== '' ? 'other' : undefined)
  if (field === undefined || !maybeShare(header) || sheet.isWhole(at)) return field
  const others = columns.filter((each) => each !== at && (fieldOf(sheet.header[each]) ?? 'other') !== 'other')
  const sure = others.some((each) => !maybeShare(sheet.header[each]))
  return sure || (field !== 'other' && others.length > 0) ? field : undefined
}

function wide(sheet: Sheet, date: number, columns: readonly number[], fields: ReadonlyMap<number, Field | undefined>): Layout {
  const names = columns.map((at) => sheet.header[at])
  const prices = columns.filter((at) => !['other', undefined].includes(fields.get(at)))
  const stranger = columns.find((at) => fields.get(at) === undefined)
  // More of its columns are prices of one share than are names.
  if (stranger !== undefined && prices.length > 1 && prices.length >= columns.length / 3) {
    const known = prices.map((at) => shown(sheet.header[at])).join(', ')
    throw sheet.error(stranger, `"${shown(sheet.header[stranger])}" is not known beside ${known} of one share; leave the column out`)
  }
  const letters = names.map((name) => name.toLowerCase())
  if (['o', 'h', 'l', 'c'].every((letter) => letters.includes(letter)) && ordered(sheet, columns, letters)) {
    throw sheet.error(
      columns[0],
      `${names.join(', ')} look like the open, high, low and close of one share (no price lies above H or below L); call them Open, High, Low, Close`
    )
  }
  for (const [i, at] of columns.entries()) {
    const header = shown(names[i])
    if (header === '') throw sheet.error(at, 'a column without a name')
    if (names.indexOf(names[i]) < i) throw sheet.error(at, `the name ${header} is there twice`)
    const field = fields.get(at) ?? (fieldOfName(names[i])?.field === 'other' ? 'other' : undefined)
    if (field !== undefined) throw noPrice(sheet, at, `"${header}" is no name that can be bought`)
    if (sheet.rows.length >= FEWEST_COUNTED && sheet.isCount(at)) throw noPrice(sheet, at, `"${header}" counts the rows`)
  }
  return { kind: 'wide', date, series: columns.map((at, i) => ({ name: names[i], close: at })), adjusted: false }
}

/** Whether on every day no price lies above the column `h` or below `l`, as of one share and hardly of four. */
function ordered(sheet: Sheet, columns: readonly number[], letters: readonly string[]): boolean {
  const [open, high, low, close] = ['o', 'h', 'l', 'c'].map((letter) => columns[letters.indexOf(letter)])
  return sheet.rows.every(({ cells }) => {
    const [o, h, l, c] = [open, high, low, close].map((at) => numberOf(cells[at], cells[at].includes('.') ? '.' : ','))
    return h >= Math.max(o, c) && l <= Math.min(o, c)
  })
}

const noPrice = (sheet: Sheet, at: number, what: string): XmrlError =>
  sheet.error(at, `${what}, and the file has one column of closes a name; leave the column out, or call it by the name of its share`)

/** Columns of a name by what they say of it. */
type Own = Partial<Record<Field, number>>

function ownOf(columns: Iterable<readonly [number, Field]>): Own {
  const own: Own = {}
  for (const [at, field] of columns) own[field] ??= at
  return own
}

/** The columns that are read of a name; undefined where it has no close. */
function seriesOf(sheet: Sheet, name: string, own: Own): Series | undefined {
  const { close, adjusted, high, low, 'adjusted high': top, 'adjusted low': bottom } = own
  if ((high === undefined) !== (low === undefined)) throw sheet.error((high ?? low) as number, 'high and low come together or not at all')
  const read = adjusted ?? close
  if (read === undefined) return undefined
  if (adjusted !== undefined && top !== undefined && bottom !== undefined) return { name, close: adjusted, high: top, low: bottom }
  if (high === undefined || low === undefined) return { name, close: read }
  if (adjusted === undefined) return { name, close: read, high, low }
  // Without the plain close nobody knows by how much highs and lows would have to be adjusted.
  return close === undefined ? { name, close: adjusted } : { name, close: adjusted, raw: close, high, low }
}

function sayAdjusted(sheet: Sheet, { close, adjusted }: Own, notes: string[]): boolean {
  if (adjusted === undefined) return false
  const aside = close === undefined ? '' : `; "${shown(sheet.header[close])}" is left aside`
  notes.push(`closes are the adjusted ones of "${shown(sheet.header[adjusted])}"${aside}`)
  return true
}

function long(sheet: Sheet, date: number, whose: number, notes: string[]): Layout {
  const fields = sheet.header.map((header, at) => [at, fieldOf(header) ?? 'other'] as const)
  const own = ownOf(fields.filter(([at]) => at !== date && at !== whose))
  const series = seriesOf(sheet, '', own)
  if (series === undefined) {
    const [day, name] = [date, whose].map((at) => shown(sheet.header[at]))
    throw sheet.error(0, `${day} and ${name} in the header, but no close; call the column of prices "close" (or "adj_close")`)
  }
  return { kind: 'long', date, whose, series: [series], adjusted: sayAdjusted(sheet, own, notes) }
}

function oneShare(sheet: Sheet, date: number, fields: ReadonlyMap<number, Field>, share: string, notes: string[]): Layout {
  const own = ownOf(fields)
  const series = seriesOf(sheet, share, own)
  if (series === undefined) {
    const [at] = fields.keys()
    throw sheet.error(at, `columns of one share or of none (${sheet.listed}), but no close; give a column "close" or one of closes a name`)
  }
  notes.push(`the file holds one share, called ${shown(share)} after it (${sheet.listed})`)
  return { kind: 'one share', date, series: [series], adjusted: sayAdjusted(sheet, own, notes) }
}

/** Several fields of each name. */
function several(
  sheet: Sheet,
  date: number,
  columns: readonly number[],
  pair: (at: number) => { field: Field; name: string } | undefined,
  notes: string[]
): Layout {
  const owns = new Map<string, Own>()
  for (const at of columns) {
    const { field, name } = pair(at) as { field: Field; name: string }
    const own = owns.get(name) ?? {}
    if (field !== 'other' && own[field] !== undefined) throw sheet.error(at, `the ${field} of ${shown(name)} is there twice`)
    own[field] ??= at
    owns.set(name, own)
  }
  const all = [...owns].map(([name, own]) => {
    const series = seriesOf(sheet, name, own)
    if (series !== undefined) return series
    throw sheet.error(Math.min(...Object.values(own)), `${shown(name)} has no close; give one, or leave its columns out`)
  })
  const adjusted = [...owns.values()].filter((own) => own.adjusted !== undefined)
  if (adjusted.length > 0 && adjusted.length < owns.size) {
    const [at] = adjusted.map((own) => own.adjusted as number)
    throw sheet.error(at, 'some names have adjusted closes and others have none; give them of all names or of none')
  }
  if (adjusted.length > 0) sayAdjusted(sheet, adjusted[0], notes)
  const ranges = all.every(({ high }) => high !== undefined)
  const series = ranges ? all : all.map(({ name, close }) => ({ name, close }))
  return { kind: 'fields', date, series, adjusted: adjusted.length > 0 }
}
