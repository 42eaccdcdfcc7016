/** The result table as text: the leading metric, one block a pool and group, in at most 110 columns. */
import type { Interval, TableRecord, TableRow } from '../records/index.js'
import { headline, isPreliminary, marginText, measureOf, preliminaryText, splitHalfText } from '../report/index.js'

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
/** All columns but the first, which is as wide as the longest arm, within {@link ARM_WIDTHS}. */
const WIDTHS = [6, 33, 33, 6, 8]
const ARM_WIDTHS = [9, 14]

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
/** A line of the table; a name that is too long ends in an ellipsis. */
const line = ([arm, ...cells]: readonly string[], width: number) =>
  [short(arm, width), ...cells.map((cell, column) => cell.padEnd(WIDTHS[column]))].join('  ').trimEnd()
const short = (arm: string, width: number) => (arm.length > width ? `${arm.slice(0, width - 1)}…` : arm.padEnd(width))

/**
 * Lines of a text table: arms by pool and group (poor, non-poor, all), the change since theta_0 and the gain over continued
 * MAML with their intervals, what a second run of nothing new differs by, and the share of non-poor tasks that got worse.
 * The last line says the result in a sentence.
 */
export function tableLines(table: TableRecord): string[] {
  const { metric, decimals } = measureOf(table)
  const leading = table.rows.filter((row) => row.metric === metric)
  const width = Math.max(ARM_WIDTHS[0], Math.min(ARM_WIDTHS[1], Math.max(...leading.map((row) => row.arm.length))))
  const blocks = POOLS.flatMap(([pool, poolTitle]) =>
    GROUPS.flatMap(([group, groupTitle]) => {
      const rows = leading.filter((row) => row.pool === pool && row.group === group)
      return rows.length === 0 ? [] : block(`${poolTitle}, ${groupTitle}`, rows, table, decimals, width)
    })
  )
  const steps = Object.entries(table.steps).map(([arm, count]) => `${arm} ${(count / table.seeds.length / 1e6).toFixed(2)} M`)
  const [first] = table.degraded
  return [
    `${metric} after adaptation${isPreliminary(table) ? ` (${preliminaryText(table)})` : ''}`,
    line(HEADER, width),
    '─'.repeat(WIDTHS.reduce((sum, column) => sum + column + 2, width)),
    ...blocks,
    ...wrapped(
      `null: continued MAML run again minus the first run; degraded: non-poor tasks that fell by more than ${marginText(first)}`,
      110
    ),
    `intervals: paired bootstrap over ${table.bootstrap.over}; not shown: the interval holds 0`,
    ...overBothLines(table, decimals, width),
    ...robustLines(table, decimals, width),
    ...ablationLines(table, decimals),
    ...adaptationLines(table, decimals, width),
    ...explanationLines(table),
    ...wrapped(`extra environment steps${table.seeds.length > 1 ? ' a seed' : ''}: ${steps.join(', ')}`, 110),
    '',
    ...wrapped(headline(table), 110)
  ]
}

/** Every arm over the mean of both continued MAML runs; nothing where one of them was not run. */
function overBothLines(table: TableRecord, decimals: number, width: number): string[] {
  const rows = (table.overBoth ?? []).filter((row) => row.pool === 'both')
  const arms = [...new Set(rows.map((row) => row.arm))]
  const cell = (arm: string, group: string) => {
    const found = rows.find((row) => row.arm === arm && row.group === group)
    return (found === undefined ? '' : interval(found, decimals)).padEnd(33)
  }
  if (arms.length === 0) return []
  return [
    '',
    'over the mean of both continued MAML runs, both pools: poor tasks, non-poor tasks',
    ...arms.map((arm) => [short(arm, width), cell(arm, 'poor'), cell(arm, 'other')].join('  ').trimEnd())
  ]
}

/** Interquartile means and the probability of improvement, all tasks and poor ones of both pools. */
function robustLines(table: TableRecord, decimals: number, width: number): string[] {
  const [iqm, improvement] = [table.iqm ?? [], table.improvement ?? []]
  if (iqm.length === 0) return []
  const arms = [...new Set(iqm.map((row) => row.arm))]
  const cells = (arm: string) =>
    (['mean', 'poor'] as const).flatMap((group) => {
      const [own, better] = [iqm, improvement].map((rows) => rows.find((row) => row.arm === arm && row.group === group))
      const middle =
        own === undefined || !('iqm' in own)
          ? ''
          : `${plain(own.iqm, decimals)} [${plain(own.low, decimals)}, ${plain(own.high, decimals)}]`
      const chance =
        better === undefined || !('probability' in better)
          ? ''
          : `${better.probability.toFixed(2)} [${better.low.toFixed(2)}, ${better.high.toFixed(2)}]${better.shown ? '' : ' ?'}`
      return [middle.padEnd(24), chance.padEnd(19)]
    })
  const heads = ['IQM, all tasks'.padEnd(24), 'P(over MAML)'.padEnd(19), 'IQM, poor tasks'.padEnd(24), 'P(over MAML)']
  return [
    '',
    [''.padEnd(width), ...heads].join('  '),
    ...arms.map((arm) => [short(arm, width), ...cells(arm)].join('  ').trimEnd()),
    'both pools; P: probability that a task is served better than by continued MAML; ?: its interval holds one half',
    ''
  ]
}

/** What the parts of the method are worth, on the poor tasks; nothing where no arms differ in one part. */
function ablationLines(table: TableRecord, decimals: number): string[] {
  const rows = (table.ablations ?? []).filter((row) => row.group === 'poor')
  if (rows.length === 0) return []
  const texts = rows.map((row) => `${row.arm} over ${row.against}: ${interval(row, decimals)} (${row.question})`)
  return ['poor tasks of both pools, one arm minus another:', ...texts.flatMap((text) => wrapped(text, 110)), '']
}

/** How far the run's explanation repeats; nothing where there was none. */
function explanationLines(table: TableRecord): string[] {
  const own = table.choices?.find((row) => row.arm === '')
  if (own === undefined) return []
  const text = `explanation: two halves rank the training tasks alike with a correlation of ${splitHalfText(own.splitHalfSpearman)}`
  return wrapped(`${text}${table.seeds.length > 1 ? ', mean over seeds' : ''}`, 110)
}

/** Evaluation pool before and after each adaptation step, an arm a line; nothing where it was not measured. */
function adaptationLines(table: TableRecord, decimals: number, width: number): string[] {
  const rows = table.adaptation ?? []
  const arms = [...new Set(rows.map((row) => row.arm))]
  if (arms.length === 0) return []
  const of = (arm: string) => rows.filter((row) => row.arm === arm)
  const steps = of(arms[0]).map((row) => row.adaptationSteps)
  const cells = (arm: string) => of(arm).map((row) => `${plain(row.mean, decimals)} (poor ${plain(row.poor, decimals)})`)
  return [
    '',
    `evaluation pool, all tasks (and the poor ones), after ${steps.join(', ')} adaptation steps:`,
    ...arms.map((arm) => [short(arm, width), ...cells(arm).map((cell) => cell.padEnd(22))].join('  ').trimEnd()),
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

function block(title: string, rows: readonly TableRow[], table: TableRecord, decimals: number, width: number): string[] {
  const body = rows.map((row) => {
    const degraded = table.degraded.find((entry) => entry.arm === row.arm && entry.pool === row.pool)
    const share = row.group !== 'other' || degraded === undefined ? '' : `${Math.round(100 * degraded.share)} %`
    const over = row.overMaml === undefined ? '' : interval(row.overMaml, decimals)
    // Beside every gain over MAML; MAML itself has none.
    const nothing = row.overMaml === undefined || row.null === undefined ? '' : signed(row.null.gain, decimals)
    return line([row.arm, plain(row.after, decimals), interval(row, decimals), over, nothing, share], width)
  })
  return [`${title} (${rows[0].tasks}), before ${plain(rows[0].before, decimals)}`, ...body, '']
}
