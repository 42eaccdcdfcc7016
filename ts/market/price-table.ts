/** Daily prices: the table, and what is wrong with a file of them. */
import { XmrlError } from '../errors.js'

/** What a careful reader asks about and a user may allow (`market.allow`): daily moves that no market makes, days that are missing. */
export type Oddity = 'jumps' | 'gaps'

/** How a file of prices was read. */
export interface Reading {
  /** `wide`: one column a name. `long`: one row a name and day. `one share`: its open, high, low, close. `fields`: several of each name. */
  layout: 'wide' | 'long' | 'one share' | 'fields'
  /** The column that closes are of; undefined where every name has its own. */
  closes?: string
  /** What was decided on the way, in words for the user. */
  notes: string[]
  /** What is refused unless it is allowed: the message of the first, by kind. */
  oddities: Partial<Record<Oddity, string>>
}

/** Daily prices of n names over T days, oldest first. */
export interface PriceTable {
  /** `[n]` */
  names: string[]
  /** `[T]` as 2020-01-31. */
  dates: string[]
  /** Closing prices `[T, n]` row-major. */
  closes: Float64Array
  /** Highest prices, with `lows` or not at all. */
  highs?: Float64Array
  lows?: Float64Array
  /** How the file was read. */
  reading: Reading
  /** SHA-256 (hex) of the file they were read from. */
  sha256: string
}

/** The prices of a table without dates and hash, as the addons take them. */
export const toNative = ({ names, closes, highs, lows }: PriceTable) => ({ names, closes, ...(highs && lows ? { highs, lows } : {}) })

/** Something wrong with a file of prices, at a line and (from 1) a column. */
export function priceError(file: string, line: number, column: string, text: string): XmrlError {
  return new XmrlError('ERR_PRICES', `${file}, line ${line}, ${column}: ${text}`)
}

/**
 * Refuses what nobody has allowed.
 * @throws XmrlError `ERR_PRICES` naming line, column and cure
 */
export function refuseOddities({ oddities }: Reading, allow: readonly Oddity[] = []): void {
  for (const [kind, message] of Object.entries(oddities)) {
    if (allow.includes(kind as Oddity)) continue
    throw new XmrlError(
      'ERR_PRICES',
      `${message}; where that is true, allow it: --set 'market.allow=[${kind}]' (xmrl data: --allow ${kind})`
    )
  }
}
