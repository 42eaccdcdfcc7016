/** The result table as text: success, one block a pool and group, in at most 110 columns. */
import { headline } from '../report/index.js'
import type { Interval, TableRecord, TableRow } from '../run/index.js'

const POOLS = [
  ['both', 'both pools'],
  ['evaluation', 'evaluation pool'],
  ['held-out', 'held-out pool']
] as const
const GROUPS = [
  ['poor', 'poor tasks'],
  ['other', 'non-poor tasks'],
  ['mean', 'all tasks']
] as const
const HEADER = ['arm', 'after', 'change [95 %]', 'over MAML [95 %]', 'null', 'degraded']
const WIDTHS = [9, 5, 34, 34, 6, 8]

const signed = (value: number) => {
  const text = Math.abs(value).toFixed(3)
  return `${value < 0 && Number(text) !== 0 ? '−' : '+'}${text}`
}
// An end that rounds to 0 keeps its sign, which decides whether 0 lies inside.
const end = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
const interval = (gain: Interval) => `${signed(gain.gain)} [${end(gain.low)}, ${end(gain.high)}]${gain.shown ? '' : ' not shown'}`
const line = (cells: readonly string[]) =>
  cells
    .map((cell, column) => cell.padEnd(WIDTHS[column]))
    .join('  ')
    .trimEnd()

/**
 * Lines of a text table: arms by pool and group (poor, non-poor, all), the change since theta_0 and the gain over continued
 * MAML with their intervals, what a second run of nothing new differs by, and the share of non-poor tasks that got worse.
 * The last line says the result in a sentence.
 */
export function tableLines(table: TableRecord): string[] {
  const success = table.rows.filter((row) => row.metric === 'success')
  const blocks = POOLS.flatMap(([pool, poolTitle]) =>
    GROUPS.flatMap(([group, groupTitle]) => {
      const rows = success.filter((row) => row.pool === pool && row.group === group)
      return rows.length === 0 ? [] : block(`${poolTitle}, ${groupTitle}`, rows, table)
    })
  )
  const steps = Object.entries(table.steps).map(([arm, count]) => `${arm} ${(count / table.seeds.length / 1e6).toFixed(2)} M`)
  const margin = table.degraded[0]?.margin ?? 0.05
  return [
    'success after adaptation',
    line(HEADER),
    '─'.repeat(WIDTHS.reduce((sum, width) => sum + width + 2, -2)),
    ...blocks,
    `null: continued MAML run again minus the first run; degraded: non-poor tasks that fell by more than ${margin}`,
    `intervals: paired bootstrap over ${table.bootstrap.over}; not shown: the interval holds 0`,
    `extra environment steps${table.seeds.length > 1 ? ' a seed' : ''}: ${steps.join(', ')}`,
    '',
    ...wrapped(headline(table), 110)
  ]
}

/** A text in lines of at most `width` characters, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines[lines.length - 1]} ${word}`.trimStart()
    if (longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

function block(title: string, rows: readonly TableRow[], table: TableRecord): string[] {
  const body = rows.map((row) => {
    const degraded = table.degraded.find((entry) => entry.arm === row.arm && entry.pool === row.pool)
    const share = row.group !== 'other' || degraded === undefined ? '' : `${Math.round(100 * degraded.share)} %`
    const over = row.overMaml === undefined ? '' : interval(row.overMaml)
    // Beside every gain over MAML; MAML itself has none.
    const nothing = row.overMaml === undefined || row.null === undefined ? '' : signed(row.null.gain)
    return line([row.arm, row.after.toFixed(3), interval(row), over, nothing, share])
  })
  return [`${title} (${rows[0].tasks}), before ${rows[0].before.toFixed(3)}`, ...body, '']
}
