/** The table that matters, for a terminal: both pools together, poor and other tasks, how many of the others fell. */
import { fixed, percent, range, signed } from '../../drawing/index.js'
import type { Group, Interval, TableRecord, TableRow } from '../../records/index.js'
import { leadingArm, rowOf } from '../headline.js'
import { marginText, measureOf } from '../measure.js'
import { armsOf } from './blocks.js'
import { type Block, type Cell, named, plain, type Row } from './model.js'

/**
 * One row an arm, the one that the report speaks of first, at most `most` arms; undefined where nothing was measured on both pools.
 * @returns the table, and how many arms it leaves out
 */
export function resultBlock(table: TableRecord, most: number): { block: Block; left: number } | undefined {
  const { metric, decimals } = measureOf(table)
  const main = leadingArm(table)
  const known = armsOf(table).filter((arm) => rowOf(table, arm, 'poor') !== undefined && rowOf(table, arm, 'other') !== undefined)
  if (known.length === 0) return undefined
  const arms = known.slice(0, most)
  const at = (arm: string, group: Group) => rowOf(table, arm, group) as TableRow
  const before = (group: Group) => plain(fixed(at(known[0], group).before, decimals))
  const row = (arm: string): Row => ({
    ...(arm === main ? { kind: 'main' as const } : {}),
    cells: [
      named(arm),
      ...(['poor', 'other'] as const).flatMap((group) => [
        plain(fixed(at(arm, group).after, decimals)),
        overCell(at(arm, group).overMaml, decimals)
      ]),
      fellCell(table, arm)
    ]
  })
  return {
    block: {
      id: 'result',
      title: `Both pools: ${metric} after adaptation, and the difference from going on as before (MAML)`,
      head: [
        { title: 'arm' },
        { title: `poor tasks (${at(known[0], 'poor').tasks})` },
        { title: 'over MAML', joined: true },
        { title: `others (${at(known[0], 'other').tasks})` },
        { title: 'over MAML', joined: true },
        { title: 'fell' }
      ],
      foot: [],
      rows: [
        { kind: 'base', cells: [named('theta_0'), before('poor'), plain(''), before('other'), plain(''), plain('')] },
        ...arms.map(row)
      ]
    },
    left: known.length - arms.length
  }
}

/** What the signs of the table mean, in one text. */
export const resultNotes = (table: TableRecord): string =>
  `?: may be chance (the ${Math.round(100 * table.bootstrap.level)} % interval, a paired bootstrap over ${table.bootstrap.over}, holds 0). fell: of the others, those worse by more than ${marginText(table.degraded[0])}.`

/** A difference with its interval; what may be chance gets its mark from the writer. */
function overCell(gain: Interval | undefined, decimals: number): Cell {
  if (gain === undefined) return plain('')
  return { text: signed(gain.gain, decimals), interval: range(gain.low, gain.high, decimals), shown: gain.shown }
}

function fellCell(table: TableRecord, arm: string): Cell {
  const found = table.degraded.find((entry) => entry.arm === arm && entry.pool === 'both')
  return plain(found === undefined ? '' : percent(found.share))
}
