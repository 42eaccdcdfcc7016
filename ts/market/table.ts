/** Daily prices: the table, and what is wrong with a file of them. */
import { XmrlError } from '../errors.js'

/** Daily prices of n names over T days, oldest first. */
export interface PriceTable {
  /** `[n]` */
  names: string[]
  /** `[T]` as written, such as 2020-01-31. */
  dates: string[]
  /** Closing prices `[T, n]` row-major. */
  closes: Float64Array
  /** Highest prices, with `lows` or not at all. */
  highs?: Float64Array
  lows?: Float64Array
  /** SHA-256 (hex) of the file they were read from. */
  sha256: string
}

/** The prices of a table without dates and hash, as the addons take them. */
export const toNative = ({ names, closes, highs, lows }: PriceTable) => ({ names, closes, ...(highs && lows ? { highs, lows } : {}) })

/** Something wrong with a file of prices, at a line and (from 1) a column. */
export function priceError(file: string, line: number, column: string, text: string): XmrlError {
  return new XmrlError('ERR_PRICES', `${file}, line ${line}, ${column}: ${text}`)
}
