/** The result table as HTML. */

import { type DegradedRow, type Interval, TABLE_POOLS, type TableRecord, type TableRow } from '../records/index.js'
import { armStyle } from './arms.js'
import { OVER_BOTH, TRANSFERRED } from './blocks.js'
import { leadingArm } from './headline.js'
import { marginText, measureOf } from './measure.js'
import { count, escapeHtml, fixed, percent, range, signed } from './svg.js'

type Pool = TableRow['pool']
type Metric = TableRow['metric']

const CAPTION: Record<Pool, string> = { both: 'Both pools', evaluation: 'Evaluation pool', 'held-out': 'Held-out pool' }

/** One table per pool, both pools together first, for a metric. */
export function tableHtml(table: TableRecord, metric: Metric): string {
  return TABLE_POOLS.map((pool) => poolTable(table, pool, metric)).join('\n')
}

function poolTable(table: TableRecord, pool: Pool, metric: Metric): string {
  const main = leadingArm(table)
  const rows = table.rows.filter((row) => row.pool === pool && row.metric === metric)
  const arms = [...new Set(rows.map((row) => row.arm))]
  const of = (arm: string, group: TableRow['group']) => rows.find((row) => row.arm === arm && row.group === group) as TableRow
  const leading = measureOf(table)
  const decimals = metric === leading.metric ? leading.decimals : 2
  const degraded = (arm: string) => table.degraded.find((row) => row.arm === arm && row.pool === pool)
  if (arms.length === 0) return ''
  const [poor, other, all] = (['poor', 'other', 'mean'] as const).map((group) => of(arms[0], group))
  const first = `<tr class="base"><th scope="row">before repair</th>${[poor, other, all].map((row) => `<td>${fixed(row.before, decimals)}</td><td></td>`).join('')}<td></td><td></td></tr>`
  const body = arms.map((arm) => {
    const cells = (['poor', 'other', 'mean'] as const).map((group) => groupCells(of(arm, group), decimals)).join('')
    const fall = degraded(arm)
    const steps = table.steps[arm]
    return `<tr${arm === main ? ' class="main"' : ''}><th scope="row">${escapeHtml(armStyle(arm).label)}</th>${cells}${degradedCell(fall, leading.fall)}<td>${steps === undefined ? '' : count(Math.round(steps / table.seeds.length))}</td></tr>`
  })
  return `<div class="scroll"><table>
<caption>${CAPTION[pool]}: ${metric} after adaptation${spreadNote(degraded(arms[0]))}</caption>
<thead><tr><th></th><th colspan="2">poor tasks (${poor.tasks})</th><th colspan="2">other tasks (${other.tasks})</th><th colspan="2">all (${all.tasks})</th><th>degraded</th><th>steps</th></tr>
<tr><th></th>${[poor, other, all].map((row) => `<th>after</th><th>over MAML${nullHtml(row, decimals)}</th>`).join('')}<th>&gt; ${escapeHtml(marginHead(degraded(arms[0])))}</th><th>extra</th></tr></thead>
<tbody>${first}
${body.join('\n')}</tbody></table></div>`
}

/** Share and size of the falls; their intervals and the null's share where the pointer rests. */
function degradedCell(row: DegradedRow | undefined, decimals: number): string {
  if (row === undefined) return '<td></td>'
  const share = row.shareRange?.map((end) => percent(end)).join(' to ')
  const nothing = row.null === undefined ? '' : `; null ${percent(row.null.share)}`
  const title = share === undefined ? '' : ` title="95 % interval ${share}${nothing}"`
  return `<td${title}>${percent(row.share)}<small>${row.share > 0 ? `by ${fixed(row.size, decimals)}` : ''}</small></td>`
}

/** The margin of degradation as the head of a column. */
function marginHead(row: DegradedRow | undefined): string {
  return row?.spreadShare === undefined ? marginText(row) : fixed(row.margin, 1)
}

/** What degraded means where tasks are scored by return. */
function spreadNote(row: DegradedRow | undefined): string {
  if (row?.spreadShare === undefined) return ''
  return `<small>degraded: the return fell by more than ${marginText(row)}</small>`
}

/** The leading score of the evaluation pool before and after each number of adaptation steps; empty where not measured. */
export function adaptationHtml(table: TableRecord): string {
  const main = leadingArm(table)
  const rows = table.adaptation ?? []
  const counts = [...new Set(rows.map((row) => row.adaptationSteps))].sort((a, b) => a - b)
  if (counts.length === 0) return ''
  const { metric, decimals } = measureOf(table)
  const groups = ['poor', 'mean'] as const
  const titles = { poor: 'poor tasks', mean: 'all tasks' }
  const heads = counts.map((steps) => `<th>${steps === 0 ? 'before' : `after ${steps}`}</th>`).join('')
  const body = [...new Set(rows.map((row) => row.arm))].map((arm) => {
    const cells = groups.flatMap((group) =>
      counts.map((steps) => {
        const found = rows.find((row) => row.arm === arm && row.adaptationSteps === steps)
        return `<td>${found === undefined ? '' : fixed(found[group], decimals)}</td>`
      })
    )
    const kind = arm === main ? ' class="main"' : arm === 'theta_0' ? ' class="base"' : ''
    return `<tr${kind}><th scope="row">${escapeHtml(armStyle(arm).label)}</th>${cells.join('')}</tr>`
  })
  return `<div class="scroll"><table class="adaptation">
<caption>Evaluation pool: ${metric} before adaptation and after each adaptation step</caption>
<thead><tr><th></th>${groups.map((group) => `<th colspan="${counts.length}">${titles[group]}</th>`).join('')}</tr>
<tr><th></th>${groups.map(() => heads).join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`
}

/** Every arm over the mean of both continued MAML runs; empty where one of them was not run. */
export function overBothHtml(table: TableRecord): string {
  const main = leadingArm(table)
  const rows = table.overBoth ?? []
  const arms = [...new Set(rows.map((row) => row.arm))]
  if (arms.length === 0) return ''
  const { metric, decimals } = measureOf(table)
  const body = arms.map((arm) => {
    const cells = OVER_BOTH.map(([pool, group]) => {
      const found = rows.find((row) => row.arm === arm && row.pool === pool && row.group === group)
      return `<td>${found === undefined ? '' : gainHtml(found, decimals)}</td>`
    })
    return `<tr${arm === main ? ' class="main"' : ''}><th scope="row">${escapeHtml(armStyle(arm).label)}</th>${cells.join('')}</tr>`
  })
  return `<div class="scroll"><table class="ablations">
<caption>Over the mean of both continued MAML runs: ${metric}<small>the fairest reference: one run of continued MAML differs from the next</small></caption>
<thead><tr><th></th>${OVER_BOTH.map(([pool, group]) => `<th>${group} tasks, ${CAPTION[pool].toLowerCase()}</th>`).join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`
}

/** theta_0 and every arm on other presets; empty where none were scored. */
export function transferHtml(table: TableRecord): string {
  const main = leadingArm(table)
  const rows = table.transfer ?? []
  if (rows.length === 0) return ''
  const { metric, decimals } = measureOf(table)
  const body = rows
    .filter((row) => row.group === TRANSFERRED[0])
    .map(({ preset, arm }) => {
      const cells = TRANSFERRED.map((group) => {
        const row = rows.find((each) => each.preset === preset && each.arm === arm && each.group === group)
        if (row === undefined) return '<td></td><td></td>'
        const change = `<small class="${row.shown ? 'change' : 'unshown'}" title="change from before the repair, 95 % interval ${escapeHtml(range(row.low, row.high, decimals))}">${signed(row.gain, decimals)}</small>`
        return `<td>${fixed(row.after, decimals)}${change}</td><td>${row.overBoth === undefined ? '' : gainHtml(row.overBoth, decimals)}</td>`
      })
      return `<tr${arm === main ? ' class="main"' : ''}><th scope="row">${escapeHtml(preset)}<small>${escapeHtml(armStyle(arm).label)}</small></th>${cells.join('')}</tr>`
    })
  return `<div class="scroll"><table class="ablations">
<caption>On other presets, without further training: ${metric} after adaptation, both pools</caption>
<thead><tr><th></th>${TRANSFERRED.map((group) => `<th>${group} tasks</th><th>over both MAML runs</th>`).join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`
}

/** Arms that differ in one part of the method; empty where none were run. */
export function ablationsHtml(table: TableRecord): string {
  const rows = table.ablations ?? []
  if (rows.length === 0) return ''
  const { metric, decimals } = measureOf(table)
  const pairs = [...new Map(rows.map((row) => [`${row.arm} ${row.against}`, row])).values()]
  const cell = (arm: string, against: string, group: string) => {
    const found = rows.find((row) => row.arm === arm && row.against === against && row.group === group)
    return `<td>${found === undefined ? '' : gainHtml(found, decimals)}</td>`
  }
  const body = pairs.map(
    ({ question, arm, against }) =>
      `<tr><th scope="row">${escapeHtml(question)}<small>${escapeHtml(`${arm} − ${against}`)}</small></th>${cell(arm, against, 'poor')}${cell(arm, against, 'other')}</tr>`
  )
  return `<div class="scroll"><table class="ablations">
<caption>What the parts are worth: ${metric} of one arm minus that of another, both pools</caption>
<thead><tr><th></th><th>poor tasks</th><th>other tasks</th></tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`
}

/** What a second run of nothing new differs by, to be read beside every gain. */
function nullHtml(row: TableRow, decimals: number): string {
  if (row.null === undefined) return ''
  const { gain, low, high } = row.null
  return `<small title="MAML again minus MAML, 95 % interval ${escapeHtml(range(low, high, decimals))}">null ${signed(gain, decimals)}</small>`
}

function groupCells(row: TableRow, decimals: number): string {
  const after = `<td>${fixed(row.after, decimals)}<small class="${row.shown ? 'change' : 'unshown'}" title="change from before the repair, 95 % interval ${escapeHtml(range(row.low, row.high, decimals))}">${signed(row.gain, decimals)}</small></td>`
  return `${after}<td>${row.overMaml === undefined ? '' : gainHtml(row.overMaml, decimals)}</td>`
}

/** A gain with its interval; one whose interval holds 0 says "not shown". */
export function gainHtml(gain: Interval, decimals = 3): string {
  const interval = `<small>${range(gain.low, gain.high, decimals)}</small>`
  return gain.shown
    ? `<b>${signed(gain.gain, decimals)}</b>${interval}`
    : `<span class="unshown"><i>not shown</i> ${signed(gain.gain, decimals)}</span>${interval}`
}
