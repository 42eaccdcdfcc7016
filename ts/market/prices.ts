/** From a stock preset to its prices, given to the addons. */
import { readFileSync } from 'node:fs'
import { XmrlError } from '../errors.js'
import { coreAddon, guarded, worldsAddon } from '../native.js'
import { parsePrices } from './csv.js'
import { readSp20, SP20_SHA256, sha256, sp20File } from './sp20.js'
import { type Oddity, type PriceTable, refuseOddities, toNative } from './table.js'

/** Where the prices of `stock/csv` are, and what they must be; the other presets know both themselves. */
export interface PriceSource {
  /** A CSV file: one column of closes a name, rows of date, name and close, or the open, high, low and close of one share. */
  file?: string | null | undefined
  /** SHA-256 (hex) that the file must have. */
  sha256?: string | null | undefined
  /** What is odd about them and nevertheless true: moves of a day that no market makes, missing days. @default nothing */
  allow?: readonly Oddity[] | undefined
}

/** The table of every preset that was given last, so that a second use reads nothing anew. */
const given = new Map<string, PriceTable>()

/**
 * Reads the prices of a stock preset (fetching those of `stock/sp20` on first use) and gives them to the worlds of this process,
 * which trades one file at a time: worlds and learners made before keep theirs, what is made or asked for later has the new ones.
 * @returns the table; undefined for a preset that needs none
 * @throws XmrlError `ERR_PRICES` where there is no file, it cannot be read or fetched, is not of the hash asked for, or holds
 * something that is no price (line and column are named)
 */
export function loadPrices(preset: string, source: PriceSource = {}): PriceTable | undefined {
  if (preset !== 'stock/sp20' && preset !== 'stock/csv') return undefined
  const known = given.get(preset)
  if (preset === 'stock/sp20' && known !== undefined) return known
  const { data, hash, file } = preset === 'stock/sp20' ? { data: readSp20(), hash: SP20_SHA256, file: sp20File() } : readFile(source, known)
  if (source.sha256 && source.sha256 !== hash) {
    throw new XmrlError('ERR_PRICES', `market.sha256: ${file} has ${hash}, not ${source.sha256}: it is not the file of this experiment`)
  }
  const table = known?.sha256 === hash ? known : { ...parsePrices(data, file), sha256: hash }
  // What was given before has been allowed before.
  if (source.file) refuseOddities(table.reading, source.allow)
  guarded(() => worldsAddon().providePrices(preset, toNative(table)))
  given.set(preset, table)
  return table
}

/** The file of `stock/csv`; without a name the prices that this process was given last. */
function readFile({ file }: PriceSource, known: PriceTable | undefined): { data: Uint8Array | string; hash: string; file: string } {
  if (!file) {
    if (known !== undefined) return { data: '', hash: known.sha256, file: 'the file given before' }
    throw new XmrlError('ERR_PRICES', 'stock/csv needs prices: name a CSV file in market.file (--set market.file=prices.csv)')
  }
  try {
    const data = readFileSync(file)
    return { data, hash: sha256(data), file }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new XmrlError('ERR_PRICES', `market.file: ${missing ? `no file ${file}` : `${file}: ${(cause as Error).message}`}`, { cause })
  }
}

/** {@link loadPrices} for the learners of this process too, which share no memory with its worlds. */
export function loadLearnerPrices(preset: string, source: PriceSource, device: 'cpu' | 'cuda'): void {
  const table = loadPrices(preset, source)
  if (table !== undefined) guarded(() => coreAddon(device).provideLearnerPrices(preset, toNative(table)))
}
