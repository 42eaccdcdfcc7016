/** What the numbers of a file mean: whether its decimals are written with a point or with a comma is told by all of them together. */
import type { Delimiter } from './rows.js'

/** How a file writes decimals, or the two cells that tell different things. */
export type Decimals = { mark: '.' | ','; note?: string } | { clash: [string, string] } | { unclear: string }

/** A number without sign of currency and spaces, and with points and commas. */
const bare = (text: string) => text.replace(/^[$€£¥]\s*|\s*[$€£¥]$/g, '').replace(/(\d)[\s\u00a0\u202f'’](?=\d{3}(?!\d))/g, '$1')

/** What a cell tells: a decimal mark, that it may be either, or nothing. */
function telling(text: string): '.' | ',' | 'point or group' | 'comma or group' | undefined {
  const [points, commas] = [text.split('.').length - 1, text.split(',').length - 1]
  if (points + commas === 0) return undefined
  if (points > 0 && commas > 0) return text.lastIndexOf('.') > text.lastIndexOf(',') ? '.' : ','
  // Two of a kind separate thousands; the other one is the decimal mark then.
  if (points > 1) return ','
  if (commas > 1) return '.'
  const grouped = /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(text)
  if (points === 1) return grouped ? 'point or group' : '.'
  return grouped ? 'comma or group' : ','
}

/**
 * The decimal mark of a file from the cells of its numbers. Where every comma may be either (1,234), commas separate thousands in a
 * file that is separated by commas, and are decimal marks in one that is separated by semicolons.
 */
export function decimalsOf(cells: Iterable<string>, delimiter: Delimiter): Decimals {
  const first: Partial<Record<'.' | ',' | 'point or group' | 'comma or group' | 'whole', string>> = {}
  for (const cell of cells) {
    const text = bare(cell)
    if (!/^[+-]?[\d.,]+$/.test(text)) continue
    const kind = telling(text) ?? 'whole'
    first[kind] ??= cell
  }
  const { '.': point, ',': comma, 'point or group': points, 'comma or group': commas, whole } = first
  if (point !== undefined && comma !== undefined) return { clash: [point, comma] }
  if (point !== undefined) return { mark: '.', ...(commas === undefined ? {} : { note: grouping(commas) }) }
  if (comma !== undefined) return { mark: ',' }
  if (commas === undefined) return { mark: '.' }
  if (delimiter === ',' && points === undefined) return { mark: '.', note: grouping(commas) }
  if (delimiter === ';' && points === undefined && whole === undefined) return { mark: ',' }
  return { unclear: commas }
}

const grouping = (cell: string) => `commas separate thousands: ${cell} is ${cell.replaceAll(',', '')}`

const SHAPES = {
  '.': /^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+|(?=\.\d))(?:\.\d*)?(?:[eE][+-]?\d+)?$/,
  ',': /^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+|(?=,\d))(?:,\d*)?(?:[eE][+-]?\d+)?$/
} as const

/** The number of a cell; NaN where it is none. */
export function numberOf(cell: string, mark: '.' | ','): number {
  const text = bare(cell)
  if (!SHAPES[mark].test(text)) return Number.NaN
  return Number(mark === '.' ? text.replaceAll(',', '') : text.replaceAll('.', '').replace(',', '.'))
}
