/**
 * From a stock preset to its prices. A table belongs to who read it: an experiment, a batch of worlds, a script. Nothing that
 * is made here or by others changes what somebody else trades at.
 */
import { readFileSync } from 'node:fs'
import { XmrlError } from '../errors.js'
import { type Addon, coreAddon, guarded, type NativeMarket } from '../native.js'
import { anything, checkArgument, checkOptions, type Kinds, list, text } from '../options.js'
import { registered } from '../spec/index.js'
import { parsePrices } from './csv.js'
import { type Oddity, type PriceTable, refuseOddities, toNative } from './price-table.js'
import { fetchSp20, readSp20, SP20_SHA256, sha256, sp20File } from './sp20.js'

/** Where the prices of `stock/csv` are, and what they must be; the other presets know both themselves. */
export interface PriceSource {
  /** A CSV file: one column of closes a name, rows of date, name and close, or the open, high, low and close of one share. */
  file?: string | null | undefined
  /** SHA-256 (hex) that the file must have. */
  sha256?: string | null | undefined
  /** What is odd about them and nevertheless true: moves of a day that no market makes, missing days. @default nothing */
  allow?: readonly Oddity[] | undefined
}

const SOURCE: Kinds<PriceSource> = { file: anything, sha256: anything, allow: list('a list of what is odd and true') }

/** Prices as a script gives them: the name of a file, or a table that was read; those that `loadPrices` read last if left out. */
export type GivenPrices = string | PriceTable | undefined

/** The table of each preset that the script of this thread loaded last. Experiments neither read nor change it. */
const loaded = new Map<string, PriceTable>()
/** Tables that somebody still holds, by preset and hash, so that the same prices are parsed once. */
const known = new Map<string, WeakRef<PriceTable>>()
/** The native markets of a table, by the build of the addon: builds share no memory. */
const markets = new WeakMap<PriceTable, Map<Addon, NativeMarket>>()

/** Whether a preset's prices are fetched, or the user's own files; neither where it needs none. */
const isFetched = (preset: string) => registered(preset)?.prices === 'fetched'
const isFiles = (preset: string) => registered(preset)?.prices === 'files'
const needsPrices = (preset: string) => registered(preset)?.needsPrices === true

/**
 * Reads the prices of a stock preset; those of `stock/sp20` must have been fetched ({@link fetchPrices}).
 * @returns the table, which whoever makes worlds, learners or tasks of it hands on; undefined for a preset that needs none
 * @throws XmrlError `ERR_PRICES` where there is no file, it cannot be read, is not of the hash asked for, or holds
 * something that is no price (line and column are named)
 */
export function readPrices(preset: string, source: PriceSource = {}): PriceTable | undefined {
  if (!needsPrices(preset)) return undefined
  const own = isFetched(preset) ? known.get(`${preset} ${SP20_SHA256}`)?.deref() : undefined
  if (own !== undefined) return own
  const { data, hash, file } = isFetched(preset) ? { data: readSp20(), hash: SP20_SHA256, file: sp20File() } : readFile(source)
  if (source.sha256 && source.sha256 !== hash) {
    throw new XmrlError('ERR_PRICES', `market.sha256: ${file} has ${hash}, not ${source.sha256}: it is not the file of this experiment`)
  }
  const key = `${preset} ${hash}`
  const table = known.get(key)?.deref() ?? { ...parsePrices(data, file), sha256: hash }
  if (isFiles(preset)) refuseOddities(table.reading, source.allow)
  // Prices that are too few or not the preset's are refused where they are read, not where they are used.
  try {
    nativeMarket(preset, table)
  } catch (error) {
    throw error instanceof XmrlError ? new XmrlError(error.code, `${file}: ${error.message}`, { cause: error }) : error
  }
  known.set(key, new WeakRef(table))
  return table
}

/**
 * Reads the prices of a stock preset as a run does, and has later calls of this script that name none take them:
 * `sampleTasks`, `market` and `createWorlds` without prices. Worlds, learners and experiments that are there keep their own.
 * @returns the table; undefined for a preset that needs none
 * @throws XmrlError `ERR_PRICES`
 */
export function loadPrices(preset: string, source: PriceSource = {}): PriceTable | undefined {
  checkArgument('preset', preset, { ...text, words: 'an environment preset' })
  checkOptions('loadPrices', source, SOURCE)
  const table = source.file || !isFiles(preset) ? readPrices(preset, source) : lastLoaded(preset)
  if (table !== undefined) loaded.set(preset, table)
  return table
}

/** The table that a script means: a file it names, a table it has, or what it loaded last. */
export function givenPrices(preset: string, given: GivenPrices): PriceTable | undefined {
  if (typeof given === 'string') return readPrices(preset, { file: given })
  if (given !== undefined || !needsPrices(preset)) return given
  return isFetched(preset) ? readPrices(preset) : lastLoaded(preset)
}

/** Fetches the prices of a stock preset where they are fetched and not there yet. Errors: `ERR_PRICES`. */
export function fetchPrices(preset: string): void {
  if (isFetched(preset)) fetchSp20()
}

function lastLoaded(preset: string): PriceTable {
  const table = loaded.get(preset)
  if (table !== undefined) return table
  throw new XmrlError('ERR_PRICES', 'stock/csv needs prices: name a CSV file in market.file (--set market.file=prices.csv)')
}

/** The file of `stock/csv`. */
function readFile({ file }: PriceSource): { data: Uint8Array; hash: string; file: string } {
  if (!file) throw new XmrlError('ERR_PRICES', 'stock/csv needs prices: name a CSV file in market.file (--set market.file=prices.csv)')
  try {
    const data = readFileSync(file)
    return { data, hash: sha256(data), file }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new XmrlError('ERR_PRICES', `market.file: ${missing ? `no file ${file}` : `${file}: ${(cause as Error).message}`}`, { cause })
  }
}

/** The market of a table in a build of the addon, made once; undefined without a table. */
export function nativeMarket<T extends PriceTable | undefined>(
  preset: string,
  table: T,
  addon: Addon = coreAddon()
): NativeMarket | (T & undefined) {
  if (table === undefined) return undefined as T & undefined
  const own = markets.get(table) ?? new Map<Addon, NativeMarket>()
  const market = own.get(addon) ?? guarded(() => new addon.NativeMarket(preset, toNative(table)))
  markets.set(table, own.set(addon, market))
  return market
}
