/** The result table as files: Markdown for readers, LaTeX for papers, CSV for programs. */
import { NULL, REFERENCE } from '../arms/index.js'
import type { Interval, TableRecord } from '../records/index.js'
import { closing, headline } from './headline.js'
import { measureOf } from './measure.js'
import { blocksOf, isPreliminary, preliminaryText } from './tables/blocks.js'
import { blockLatex } from './tables/latex.js'
import { blockMarkdown } from './tables/markdown.js'

/** `table.md`, `table.tex` and `table.csv` of a table of `environment`. */
export function tableFiles(table: TableRecord, environment: string): Record<string, string> {
  return {
    'table.md': tableMarkdown(table, environment),
    'table.tex': tableLatex(table, environment),
    'table.csv': tableCsv(table)
  }
}

const howRead = (table: TableRecord) =>
  `Intervals: ${Math.round(100 * table.bootstrap.level)} % percentile bootstrap over ${table.bootstrap.over} (${table.bootstrap.resamples} resamples), paired where arms are compared; bold where 0 (or 0.5) lies outside, else "not shown". The null is continued MAML run again minus the first run.`

/** Title and seeds of a table. */
const heading = (table: TableRecord, environment: string) =>
  `${environment}, ${table.seeds.length === 1 ? `seed ${table.seeds[0]}` : `${table.seeds.length} seeds (${table.seeds.join(', ')})`}`

/** Every block as a table of Markdown. */
function tableMarkdown(table: TableRecord, environment: string): string {
  return [
    `# ${heading(table, environment)}`,
    '',
    ...(isPreliminary(table) ? [`**${preliminaryText(table)}**`, ''] : []),
    headline(table),
    '',
    ...closing(table).flatMap((text) => [text, '']),
    howRead(table),
    '',
    ...blocksOf(table).flatMap(blockMarkdown)
  ].join('\n')
}

/** Every block as a `table*` of the package booktabs; input it, or copy the tables that are wanted. */
function tableLatex(table: TableRecord, environment: string): string {
  const about = `${heading(table, environment)}${isPreliminary(table) ? `; ${preliminaryText(table)}` : ''}`
  const blocks = blocksOf(table).flatMap((block) => blockLatex(block, about))
  return [`% ${howRead(table)}`, '% Needs \\usepackage{booktabs}.', '', ...blocks].join('\n')
}

/** Columns of the CSV file: one figure a row. */
const COLUMNS = ['quantity', 'arm', 'against', 'pool', 'group', 'metric', 'share', 'value', 'low', 'high', 'shown', 'tasks'] as const
type Row = Partial<Record<(typeof COLUMNS)[number], string | number | boolean>>

/** Every figure of the table, one a row, unrounded. */
function tableCsv(table: TableRecord): string {
  const { metric } = measureOf(table)
  const of = ({ gain, low, high, shown }: Interval): Row => ({ value: gain, low, high, shown })
  const rows: Row[] = table.rows.flatMap((row): Row[] => {
    const at = { arm: row.arm, pool: row.pool, group: row.group, metric: row.metric, tasks: row.tasks }
    return [
      { quantity: 'before', ...at, arm: 'theta_0', value: row.before },
      { quantity: 'after', ...at, value: row.after },
      { quantity: 'change', ...at, against: 'theta_0', ...of(row) },
      ...(row.overMaml ? [{ quantity: 'gain', ...at, against: REFERENCE, ...of(row.overMaml) }] : [])
    ]
  })
  // `before` is the same for every arm.
  const once = [...new Map(rows.map((row) => [row.quantity === 'before' ? `${row.pool} ${row.group} ${row.metric}` : row, row])).values()]
  const both = { pool: 'both', metric }
  const more: Row[] = [
    ...(table.overBoth ?? []).map(({ arm, pool, group, ...gain }) => ({
      quantity: 'gain over both MAML runs',
      arm,
      against: `${REFERENCE} and ${NULL}`,
      pool,
      group,
      metric,
      ...of(gain)
    })),
    ...table.degraded.flatMap((row): Row[] => {
      const at = { arm: row.arm, pool: row.pool, group: 'other', metric, tasks: row.tasks }
      const [shareLow, shareHigh] = row.shareRange ?? []
      const [sizeLow, sizeHigh] = row.sizeRange ?? []
      return [
        { quantity: 'degraded share', ...at, value: row.share, low: shareLow, high: shareHigh },
        { quantity: 'degraded size', ...at, value: row.size, low: sizeLow, high: sizeHigh },
        ...(row.null ? [{ quantity: 'degraded share', ...at, against: NULL, ...of(row.null.over) }] : [])
      ]
    }),
    ...(table.iqm ?? []).map((row) => ({
      quantity: 'iqm',
      ...both,
      arm: row.arm,
      group: row.group,
      value: row.iqm,
      low: row.low,
      high: row.high
    })),
    ...(table.improvement ?? []).map(({ arm, group, probability, low, high, shown }) => ({
      quantity: 'probability of improvement',
      ...both,
      arm,
      against: REFERENCE,
      group,
      value: probability,
      low,
      high,
      shown
    })),
    ...(table.criticalCurve ?? []).map(({ arm, group, criticalFraction, overMaml }) => ({
      quantity: 'gain by critical share',
      ...both,
      arm,
      against: REFERENCE,
      group,
      share: criticalFraction,
      ...of(overMaml)
    })),
    ...(table.ablations ?? []).map(({ arm, against, group, ...gain }) => ({
      quantity: 'ablation',
      ...both,
      arm,
      against,
      group,
      ...of(gain)
    })),
    ...(table.kinds ?? []).flatMap(({ kind, arm, tasks, value, overMaml }): Row[] => [
      { quantity: 'of a kind of task', ...both, arm, group: kind, value, tasks },
      ...(overMaml ? [{ quantity: 'gain of a kind of task', ...both, arm, against: REFERENCE, group: kind, tasks, ...of(overMaml) }] : [])
    ]),
    ...(table.choices ?? []).flatMap(
      ({ arm, splitHalfSpearman, criticalFraction, weightOnRare, weightByKind, effectiveTasks, findings }): Row[] => [
        { quantity: 'split-half Spearman of the explanation', arm, value: splitHalfSpearman },
        { quantity: 'critical share', arm, value: criticalFraction },
        ...(weightOnRare === undefined ? [] : [{ quantity: 'weight on rare tasks', arm, value: weightOnRare }]),
        ...Object.entries(weightByKind ?? {}).map(([group, value]) => ({ quantity: 'weight on a kind of task', arm, group, value })),
        ...(effectiveTasks === undefined ? [] : [{ quantity: 'tasks of equal weight', arm, value: effectiveTasks }]),
        ...(findings === undefined ? [] : [{ quantity: 'seeds in which something was singled out', arm, value: findings.repair }])
      ]
    ),
    ...(table.foretold ?? []).map(({ arm, against, group, spearman, low, high, shown, tasks }) => ({
      quantity: 'rank correlation of foretold and measured',
      ...both,
      arm,
      against: against.join(' and '),
      group,
      value: spearman,
      low,
      high,
      shown,
      tasks
    })),
    ...(table.held ?? []).flatMap(({ arm, spread, unrepeatable }): Row[] => [
      { quantity: 'seeds that went on as before, nothing singled out', arm, value: spread },
      { quantity: 'seeds that went on as before, explanation not repeatable', arm, value: unrepeatable }
    ]),
    ...(table.doses ?? []).flatMap(({ arm, first, last, steps }): Row[] => [
      { quantity: 'share of critical tasks at first', arm, value: first },
      { quantity: 'share of critical tasks at the end', arm, value: last },
      { quantity: 'environment steps of checks a seed', arm, value: steps }
    ]),
    ...(table.levers ?? []).flatMap(({ arm, without, with: mixing, steps, mixed }): Row[] => [
      { quantity: 'change of checked poor tasks over the trial without mixed episodes', arm, value: without },
      { quantity: 'change of checked poor tasks over the trial with mixed episodes', arm, value: mixing },
      { quantity: 'seeds that kept mixed episodes', arm, value: mixed },
      { quantity: 'environment steps of trials a seed', arm, value: steps }
    ]),
    ...Object.entries(table.steps).map(([arm, steps]) => ({ quantity: 'extra environment steps', arm, value: steps }))
  ]
  const text = (value: Row[keyof Row]) => {
    const plain = String(value ?? '')
    return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
  }
  return `${[COLUMNS.join(','), ...[...once, ...more].map((row) => COLUMNS.map((name) => text(row[name])).join(','))].join('\n')}\n`
}
