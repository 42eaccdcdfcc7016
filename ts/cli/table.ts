/** The result table as text: the leading metric, one block a pool and group, in at most 110 columns. */
import { headline, marginText, measureOf } from '../report/index.js'
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
const WIDTHS = [9, 6, 34, 34, 6, 8]

const signed = (value: number, decimals: number) => {
  const text = Math.abs(value).toFixed(decimals)
  return `${value < 0 && Number(text) !== 0 ? '−' : '+'}${text}`
}
/** The same without a plus. */
const plain = (value: number, decimals: number) => signed(value, decimals).replace(/^\+/, '')
// An end that rounds to 0 keeps its sign, which decides whether 0 lies inside.
const end = (value: number, decimals: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(decimals)}`
const interval = (gain: Interval, decimals: number) =>
  `${signed(gain.gain, decimals)} [${end(gain.low, decimals)}, ${end(gain.high, decimals)}]${gain.shown ? '' : ' not shown'}`
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
  const { metric, decimals } = measureOf(table)
  const leading = table.rows.filter((row) => row.metric === metric)
  const blocks = POOLS.flatMap(([pool, poolTitle]) =>
    GROUPS.flatMap(([group, groupTitle]) => {
      const rows = leading.filter((row) => row.pool === pool && row.group === group)
      return rows.length === 0 ? [] : block(`${poolTitle}, ${groupTitle}`, rows, table, decimals)
    })
  )
  const steps = Object.entries(table.steps).map(([arm, count]) => `${arm} ${(count / table.seeds.length / 1e6).toFixed(2)} M`)
  const [first] = table.degraded
  return [
    `${metric} after adaptation`,
    line(HEADER),
    '─'.repeat(WIDTHS.reduce((sum, width) => sum + width + 2, -2)),
    ...blocks,
    ...wrapped(
      `null: continued MAML run again minus the first run; degraded: non-poor tasks that fell by more than ${marginText(first)}`,
      110
    ),
    `intervals: paired bootstrap over ${table.bootstrap.over}; not shown: the interval holds 0`,
    ...adaptationLines(table, decimals),
    `extra environment steps${table.seeds.length > 1 ? ' a seed' : ''}: ${steps.join(', ')}`,
    '',
    ...wrapped(headline(table), 110)
  ]
}

/** Evaluation pool before and after each adaptation step, an arm a line; nothing where it was not measured. */
function adaptationLines(table: TableRecord, decimals: number): string[] {
  const rows = table.adaptation ?? []
  const arms = [...new Set(rows.map((row) => row.arm))]
  if (arms.length === 0) return []
  const of = (arm: string) => rows.filter((row) => row.arm === arm)
  const steps = of(arms[0]).map((row) => row.adaptationSteps)
  const cells = (arm: string) => of(arm).map((row) => `${plain(row.mean, decimals)} (poor ${plain(row.poor, decimals)})`)
  return [
    '',
    `evaluation pool, all tasks (and the poor ones), after ${steps.join(', ')} adaptation steps:`,
    ...arms.map((arm) => [arm.padEnd(WIDTHS[0]), ...cells(arm).map((cell) => cell.padEnd(22))].join('  ').trimEnd()),
    ''
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

function block(title: string, rows: readonly TableRow[], table: TableRecord, decimals: number): string[] {
  const body = rows.map((row) => {
    const degraded = table.degraded.find((entry) => entry.arm === row.arm && entry.pool === row.pool)
    const share = row.group !== 'other' || degraded === undefined ? '' : `${Math.round(100 * degraded.share)} %`
    const over = row.overMaml === undefined ? '' : interval(row.overMaml, decimals)
    // Beside every gain over MAML; MAML itself has none.
    const nothing = row.overMaml === undefined || row.null === undefined ? '' : signed(row.null.gain, decimals)
    return line([row.arm, plain(row.after, decimals), interval(row, decimals), over, nothing, share])
  })
  return [`${title} (${rows[0].tasks}), before ${plain(rows[0].before, decimals)}`, ...body, '']
}
