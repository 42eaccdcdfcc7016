/** Success (or return) of every task before and after the repair; a task that got worse is red. */

import { NULL, REFERENCE } from '../../arms/index.js'
import { chart, colour, type Figure, fixed, say } from '../../drawing/index.js'
import type { EvaluatedPool, Metric, TasksRecord } from '../../records/index.js'
import { degradationMargin, leadingScores, MARGIN, type SeedScores } from '../../select/index.js'
import { armStyle } from '../arms.js'
import { numberedAxis } from './numbers.js'
import { taskText } from './task.js'

type Kind = 'better' | 'same' | 'worse'

/** One dumbbell a task, tasks in order of their success before. */
export async function dumbbellFigure(scores: SeedScores, arm: string, tasks?: TasksRecord, margin = MARGIN): Promise<Figure | undefined> {
  if (scores.arms[arm] === undefined) return undefined
  const metric = scores.before.evaluation.success === undefined ? 'return' : 'success'
  const panels: [EvaluatedPool, string][] = [
    ['evaluation', 'Evaluation pool'],
    ['heldOut', 'Held-out pool']
  ]
  const rows = panels.map(([pool]) => panelRows(scores, arm, pool, margin, tasks))
  const axis = axisOf(rows.flat(), metric)
  const within = metric === 'success' ? String(margin) : `${Math.round(100 * margin)} % of the spread`
  const svg = await Promise.all(panels.map(([, title], i) => panel(title, rows[i], axis, result(title, rows[i], within, arm))))
  const falls = (name: string) => {
    const counts = panels.map(([pool]) => panelRows(scores, name, pool, margin).filter((row) => row.kind === 'worse').length)
    return `${counts[0]} of ${rows[0].length} and ${counts[1]} of ${rows[1].length}`
  }
  const others = [REFERENCE, NULL].filter((name) => name !== arm && scores.arms[name] !== undefined)
  const reference =
    others.length > 0 &&
    `Under continued meta-training without repair: ${others.map((name) => `${falls(name)} for ${armStyle(name).label}`).join('; ')}.`
  return {
    id: 'dumbbells',
    title: `Every task before and after ${armStyle(arm).label}`,
    svg,
    legend: [
      { label: 'before', colour: 'muted', mark: 'ring' },
      { label: 'after, better', colour: 'better', mark: 'dot' },
      { label: `after, within ${within}`, colour: 'other', mark: 'dot' },
      { label: 'after, worse', colour: 'worse', mark: 'dot' },
      { label: 'poor task', colour: 'poor', mark: 'bar' }
    ],
    caption: say(
      `Each column is one task: the ring is its ${metric} after adaptation before the repair, the dot after it, both on the same fresh random numbers that no choice was made with.`,
      'Columns are ordered by the ring; poor tasks (chosen on other evaluations) have an orange foot.',
      'The numbers are those of the table of tasks.',
      `Red marks a fall of more than ${within}${metric === 'success' ? '' : ' (p90 − p10) of the rings of its pool'}: ${falls(arm)} tasks of the evaluation and held-out pools.`,
      reference
    )
  }
}

interface Row {
  rank: number
  task: number
  /** What shows where the pointer rests. */
  name: string
  before: number
  after: number
  kind: Kind
  poor: boolean
}

/** What a panel shows, in a sentence. */
function result(title: string, rows: readonly Row[], within: string, arm: string): string {
  const of = (kind: Kind) => rows.filter((row) => row.kind === kind)
  const poor = rows.filter((row) => row.poor)
  const better = of('better').filter((row) => row.poor).length
  return `${title}: under ${armStyle(arm).label} ${of('better').length} of ${rows.length} tasks got better, ${of('same').length} stayed within ${within} and ${of('worse').length} got worse; of the ${poor.length} poor ones ${better} got better.`
}

function panelRows(scores: SeedScores, arm: string, pool: EvaluatedPool, margin: number, tasks?: TasksRecord): Row[] {
  const [before, after] = [leadingScores(scores.before[pool]), leadingScores(scores.arms[arm][pool])]
  const fall = degradationMargin(scores.before[pool], margin)
  const poor = new Set(scores.poor[pool])
  return before
    .map((value, task) => ({ task, value, change: after[task] - value }))
    .sort((a, b) => a.value - b.value || a.task - b.task)
    .map(({ task, value, change }, index) => ({
      rank: index + 1,
      task,
      name: `${taskText(tasks, pool, task)}: ${fixed(value)} before, ${fixed(after[task])} after`,
      before: value,
      after: after[task],
      kind: change < -fall - 1e-9 ? 'worse' : change > fall + 1e-9 ? 'better' : 'same',
      poor: poor.has(task)
    }))
}

/** The vertical axis that both panels share. */
interface Axis {
  metric: Metric
  base: number
  top: number
  ticks: object
}

function axisOf(rows: readonly Row[], metric: Metric): Axis {
  const ends = rows.flatMap((row) => [row.before, row.after])
  const lowest = Math.min(...ends)
  if (metric === 'return') return { metric, base: lowest, top: Math.max(...ends), ticks: { tickCount: 5 } }
  // The axis begins at a quarter, so that neighbouring seeds' reports look alike.
  const base = Math.max(0, Math.floor(lowest * 4 - 0.2) / 4)
  return { metric, base, top: 1, ticks: { values: [0, 0.25, 0.5, 0.75, 1].filter((value) => value >= base), format: '.2f' } }
}

const SIZE = { width: 385, height: 230 }

function panel(title: string, values: Row[], { metric, base, top, ticks }: Axis, text: string): Promise<string> {
  const foot = 0.06 * (top - base)
  const { x, layers } = numberedAxis(values, { ...SIZE, title: 'task numbers, worst first' })
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${metric} after adaptation`,
    scale: { domain: [base - foot, top], nice: false },
    axis: ticks
  })
  const kinds: Kind[] = ['better', 'same', 'worse']
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: kinds, range: [colour('better'), colour('other'), colour('worse')] },
    legend: null
  }
  const layer = [
    {
      transform: [
        { filter: 'datum.poor' },
        { calculate: String(base - 0.9 * foot), as: 'foot' },
        { calculate: String(base - 0.3 * foot), as: 'top' }
      ],
      mark: { type: 'rule', color: colour('poor'), strokeWidth: 5 },
      encoding: { x, y: { ...y('foot') }, y2: { field: 'top' } }
    },
    { mark: { type: 'rule', strokeWidth: 2, opacity: 0.6 }, encoding: { x, y: y('before'), y2: { field: 'after' }, color } },
    {
      mark: { type: 'point', size: 24, color: colour('muted'), fill: colour('paper'), strokeWidth: 1.2, opacity: 1 },
      encoding: { x, y: y('before') }
    },
    { mark: { type: 'circle', size: 40, opacity: 1, aria: true }, encoding: { x, y: y('after'), color, description: { field: 'name' } } },
    ...layers
  ]
  return chart({ title, ...SIZE, data: { values }, layer }, text)
}
