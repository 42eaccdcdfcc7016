/**
 * `xmrl data <preset>`: the prices of a stock preset, fetched where they are not there yet, what they are and how they were read; or
 * Meta-World's models and libmujoco.
 */
import { XmrlError } from '../errors.js'
import { fetchPrices, loadPrices, type Oddity, type Reading, sp20File } from '../market/index.js'
import { fetchMetaworld } from '../metaworld/index.js'
import { isPreset, registered, registry } from '../spec/index.js'
import { suggestion } from '../spelling.js'
import { market } from '../worlds/index.js'

/** Layouts in words. */
const LAYOUTS: Readonly<Record<Reading['layout'], string>> = {
  wide: 'one column of closes a name',
  long: 'one row a name and day',
  'one share': 'open, high, low and close of one share',
  fields: 'several columns of each name'
}

export function data(preset: string, flags: { file?: string; allow?: Oddity[]; json: boolean }): void {
  if (preset === 'metaworld' || registered(preset)?.needsFiles === true) {
    metaworldData(flags.json)
    return
  }
  const known = [...registry.filter(({ needsPrices }) => needsPrices).map((each) => each.preset), 'metaworld']
  if (!isPreset(preset)) throw new XmrlError('ERR_PRESET_UNKNOWN', `unknown preset "${preset}"${suggestion(preset, known)}`)
  fetchPrices(preset)
  const table = loadPrices(preset, { file: flags.file, allow: flags.allow })
  if (table === undefined) throw new XmrlError('ERR_USAGE', `${preset} needs no data; ${known.join(', ')} do`)
  const { names, days } = market(preset)
  const { dates, sha256, highs, reading } = table
  const { layout, closes, notes } = reading
  const file = flags.file ?? sp20File()
  const pools = Object.entries(days).map(([pool, [first, last]]) => ({ pool, first: dates[first], last: dates[last] }))
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ preset, file, sha256, names, days: dates.length, highsAndLows: highs !== undefined, layout, closes, notes, pools })}\n`
    )
    return
  }
  const lines = [
    `${preset}: ${names.length} ${names.length === 1 ? 'name' : 'names'} over ${dates.length} days, ${dates[0]} to ${dates.at(-1)}${highs ? ', with highs and lows' : ', closes alone'}`,
    `  ${names.join(' ')}`,
    `  layout: ${LAYOUTS[layout]}${closes === undefined ? '' : `; closes of the column "${closes}"`}`,
    ...notes.map((note) => `  note: ${note}`),
    ...pools.map(({ pool, first, last }) => `  ${pool.padEnd(10)} ${first} to ${last}`),
    `  ${file}`,
    `  sha256 ${sha256}`
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** Meta-World's files, fetched where they are not there. */
function metaworldData(json: boolean): void {
  const { folder, library } = fetchMetaworld()
  const text = json
    ? JSON.stringify({ preset: 'metaworld', folder, library })
    : `metaworld: models of Meta-World 3.1.1 (MIT) and libmujoco 3.3.0 (Apache-2.0)\n  ${folder}\n  ${library}`
  process.stdout.write(`${text}\n`)
}
