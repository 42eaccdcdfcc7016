/** `xmrl data <preset>`: the prices of a stock preset, fetched where they are not there yet, and what they are. */
import { XmrlError } from '../errors.js'
import { loadPrices, sp20File } from '../market/index.js'
import { market } from '../worlds/index.js'

export function data(preset: string, flags: { file?: string; json: boolean }): void {
  const table = loadPrices(preset, { file: flags.file })
  if (table === undefined) throw new XmrlError('ERR_USAGE', `${preset} needs no prices; stock/sp20 and stock/csv do`)
  const { names, days } = market(preset)
  const { dates, sha256, highs } = table
  const file = flags.file ?? sp20File()
  const pools = Object.entries(days).map(([pool, [first, last]]) => ({ pool, first: dates[first], last: dates[last] }))
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ preset, file, sha256, names, days: dates.length, highsAndLows: highs !== undefined, pools })}\n`
    )
    return
  }
  const lines = [
    `${preset}: ${names.length} names over ${dates.length} days, ${dates[0]} to ${dates.at(-1)}${highs ? ', with highs and lows' : ', closes alone'}`,
    `  ${names.join(' ')}`,
    ...pools.map(({ pool, first, last }) => `  ${pool.padEnd(10)} ${first} to ${last}`),
    `  ${file}`,
    `  sha256 ${sha256}`
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
