/** The kinds of task, where a world has several: how each is served before and after, and what the explanation puts on it. */
import { REFERENCE } from '../../arms/index.js'
import { chart, colour, type Figure, fixed, say } from '../../drawing/index.js'
import type { KindRow, TableRecord } from '../../records/index.js'
import { armStyle, spoken } from '../arms.js'
import { leadingArm } from '../headline.js'
import { measureOf } from '../measure.js'

/** Height of a kind's row and width of a panel, pixels. */
const ROW = 24
const WIDTH = 270

/** A kind as it is drawn. */
interface Row {
  kind: string
  /** Its name, and how many of its tasks are poor. */
  label: string
  /** What shows where the pointer rests. */
  name: string
  before: number
  after: number
  going?: number | undefined
  weight: number
}

/** One row a kind, worst served first, and beside it the weight on its training tasks; undefined where a world has but one kind. */
export async function kindsFigure(table: TableRecord): Promise<Figure | undefined> {
  const arm = leadingArm(table)
  if (table.kinds === undefined || arm === undefined) return undefined
  const { metric, decimals } = measureOf(table)
  const weights = table.choices?.find((choice) => choice.arm === '')?.weightByKind
  const rows = rowsOf(table.kinds, arm, weights, decimals)
  if (rows.length === 0) return undefined
  const [kinds, labels] = [rows.map(({ kind }) => kind), rows.map(({ label }) => label)]
  const going = arm !== REFERENCE && rows.every((row) => row.going !== undefined)
  const served = 'How each kind of task is served'
  const heavy = [...rows].sort((a, b) => b.weight - a.weight).filter(({ weight }) => weight > 0)
  const told = `${served}, ${metric} before and after ${armStyle(arm).label}: ${rows.map((row) => `${row.kind} ${fixed(row.before, decimals)} and ${fixed(row.after, decimals)}`).join('; ')}.`
  const svg = [await chart(servedPanel(served, rows, labels, metric, going), told)]
  if (weights !== undefined && heavy.length > 0) {
    const title = 'Weight on its training tasks'
    svg.push(
      await chart(weightPanel(title, rows, kinds), `${title}: ${heavy.map(({ kind, weight }) => `${kind} ${fixed(weight)}`).join('; ')}.`)
    )
  }
  const strangers = weights === undefined ? [] : kinds.filter((kind) => weights[kind] === undefined)
  return {
    id: 'kinds',
    title: 'The kinds of task',
    svg,
    legend: [
      { label: 'before', colour: 'muted', mark: 'ring' },
      { label: `after ${armStyle(arm).label}`, colour: 'critical', mark: 'dot' },
      ...(going ? [{ label: `after ${armStyle(REFERENCE).label}`, colour: 'muted', mark: 'tick' } as const] : []),
      ...(svg.length > 1 ? [{ label: 'weight', colour: 'critical', mark: 'bar' } as const] : [])
    ],
    caption: say(
      `Mean ${metric} over the tasks of a kind in both pools, worst served first, before the repair and after ${spoken(arm)}.`,
      svg.length > 1 && 'Second: what of the explanation’s weight lies on the training tasks of the kind. It is told no kinds.',
      strangers.length > 0 && `Never trained on: ${strangers.join(', ')}.`,
      'Intervals stand in the table below.'
    )
  }
}

function rowsOf(all: readonly KindRow[], arm: string, weights: Readonly<Record<string, number>> | undefined, decimals: number): Row[] {
  const of = (kind: string, which: string) => all.find((row) => row.kind === kind && row.arm === which)
  return all
    .filter((row) => row.arm === 'theta_0')
    .flatMap(({ kind, value: before, tasks, poor }) => {
      const after = of(kind, arm)?.value
      if (after === undefined) return []
      const weight = weights?.[kind] ?? 0
      const name = `${kind}, ${tasks} tasks, ${poor} of them poor: ${fixed(before, decimals)} before, ${fixed(after, decimals)} after`
      const label = poor === 0 ? kind : `${kind} (${poor} of ${tasks} poor)`
      return [{ kind, label, name, before, after, going: of(kind, REFERENCE)?.value, weight }]
    })
    .sort((a, b) => a.before - b.before)
}

const axisOf = (field: 'kind' | 'label', kinds: readonly string[]) => ({
  field,
  type: 'nominal',
  sort: kinds,
  title: null,
  scale: { domain: kinds },
  axis: { labelLimit: 0, grid: true, gridDash: [1, 3] }
})

function servedPanel(title: string, values: readonly Row[], kinds: readonly string[], metric: string, going: boolean) {
  const y = axisOf('label', kinds)
  const scale = metric === 'success' ? { domain: [0, 1] } : { zero: false, nice: true }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${metric} after adaptation`,
    scale,
    axis: metric === 'success' ? { values: [0, 0.25, 0.5, 0.75, 1], format: '.2f' } : { tickCount: 5 }
  })
  const point = (type: object, field: string) => ({ mark: type, encoding: { y, x: x(field) } })
  return {
    title,
    width: WIDTH,
    height: ROW * kinds.length,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2, opacity: 0.5, color: colour('critical') },
        encoding: { y, x: x('before'), x2: { field: 'after' } }
      },
      ...(going ? [point({ type: 'tick', size: 14, thickness: 2, color: colour('muted') }, 'going')] : []),
      point({ type: 'point', size: 60, color: colour('muted'), fill: colour('paper'), strokeWidth: 1.6, opacity: 1 }, 'before'),
      {
        mark: { type: 'circle', size: 48, opacity: 1, color: colour('critical'), aria: true },
        encoding: { y, x: x('after'), description: { field: 'name' } }
      }
    ]
  }
}

function weightPanel(title: string, values: readonly Row[], kinds: readonly string[]) {
  return {
    title,
    width: WIDTH,
    height: ROW * kinds.length,
    data: { values },
    mark: { type: 'bar', height: 10, color: colour('critical') },
    encoding: {
      y: axisOf('kind', kinds),
      x: { field: 'weight', type: 'quantitative', title: 'share of the weight', scale: { zero: true, nice: true }, axis: { tickCount: 5 } }
    }
  }
}
