/** Adapted return of every task, the poor ones marked: which tasks the meta-policy serves badly, and how sure that is. */

import { type ChartSpec, chart, colour, type Figure, fixed, say } from '../../drawing/index.js'
import type { EvaluatedPool, EvaluationRecord, PoorRecord, TasksRecord } from '../../records/index.js'
import { mean } from '../../statistics/index.js'
import { numberedAxis } from './numbers.js'
import { taskText } from './task.js'

const PANELS: readonly [EvaluatedPool, string][] = [
  ['evaluation', 'Evaluation pool'],
  ['heldOut', 'Held-out pool']
]

/** One panel a pool, tasks in order of their mean return over the two mining evaluations. */
export async function returnsFigure(before: EvaluationRecord, poor: PoorRecord, tasks?: TasksRecord): Promise<Figure> {
  const rows = PANELS.flatMap(([pool]) => panelRows(before, poor, pool, tasks))
  const extent = [Math.min(...rows.map((row) => row.low)), Math.max(...rows.map((row) => row.high))]
  const svg = await Promise.all(
    PANELS.map(([pool, title]) => {
      const own = rows.filter((row) => row.pool === pool)
      return chart(panel(title, own, extent), result(title, own))
    })
  )
  const leading = before.pools.evaluation.streams.every((stream) => stream.success !== undefined) ? 'success' : 'returns'
  return {
    id: 'returns',
    title: 'Adapted return of every task',
    svg,
    legend: [
      { label: 'poor task', colour: 'poor', mark: 'dot' },
      { label: 'other task', colour: 'other', mark: 'dot' },
      { label: 'the two evaluations', colour: 'other', mark: 'line' }
    ],
    caption: say(
      'Each dot is one task: its mean return after adaptation over two evaluations on independent random numbers; the bar joins the two.',
      `Tasks are ordered by that mean and the worst ${Math.round(poor.fraction * 100)} % are called poor.`,
      'Its number stands below and its parameters in the table of tasks.',
      'Short bars and a steep left end mean that poor tasks are a fact; long bars mean that they are noise.',
      `The rank correlation of ${leading} between the two evaluations is ${fixed(poor.rankCorrelation.evaluation)} on the evaluation pool and ${fixed(poor.rankCorrelation.heldOut)} on the held-out pool.`
    )
  }
}

interface Row {
  pool: EvaluatedPool
  task: number
  rank: number
  mean: number
  low: number
  high: number
  kind: 'poor' | 'other'
  poor: boolean
  /** What shows where the pointer rests. */
  name: string
}

/** What a panel shows, in a sentence. */
function result(title: string, rows: readonly Row[]): string {
  const of = (poor: boolean) => rows.filter((row) => row.poor === poor).map((row) => row.mean)
  const [poor, others] = [of(true), of(false)]
  const ends = `from ${fixed(Math.min(...rows.map((row) => row.mean)))} to ${fixed(Math.max(...rows.map((row) => row.mean)))}`
  if (poor.length === 0 || others.length === 0) return `${title}: adapted returns ${ends}; ${poor.length} tasks are poor.`
  return `${title}: adapted returns ${ends}; the ${poor.length} poor tasks have ${fixed(mean(poor))} on average, the ${others.length} others ${fixed(mean(others))}.`
}

function panelRows(before: EvaluationRecord, poor: PoorRecord, pool: EvaluatedPool, tasks: TasksRecord | undefined): Row[] {
  const streams = before.pools[pool].streams.slice(0, 2).map((stream) => stream.returns)
  const poorIds = new Set(poor[pool])
  return streams[0]
    .map((_, task): Row => {
      const values = streams.map((returns) => returns[task])
      return {
        pool,
        task,
        rank: 0,
        mean: mean(values),
        low: Math.min(...values),
        high: Math.max(...values),
        kind: poorIds.has(task) ? 'poor' : 'other',
        poor: poorIds.has(task),
        name: `${taskText(tasks, pool, task)}: return ${values.map((value) => fixed(value)).join(' and ')}`
      }
    })
    .sort((a, b) => a.mean - b.mean || a.task - b.task)
    .map((row, index) => ({ ...row, rank: index + 1 }))
}

const SIZE = { width: 395, height: 230 }

function panel(title: string, values: Row[], extent: number[]): ChartSpec {
  const { x, layers } = numberedAxis(values, { ...SIZE, title: 'task numbers, worst first' })
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: 'return after adaptation',
    scale: { domain: extent, zero: false, nice: true },
    axis: { tickCount: 5 }
  })
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['poor', 'other'], range: [colour('poor'), colour('other')] },
    legend: null
  }
  return {
    title,
    ...SIZE,
    data: { values },
    layer: [
      { mark: { type: 'rule', strokeWidth: 2, opacity: 0.45 }, encoding: { x, y: y('low'), y2: { field: 'high' }, color } },
      { mark: { type: 'circle', size: 38, opacity: 1, aria: true }, encoding: { x, y: y('mean'), color, description: { field: 'name' } } },
      ...layers
    ]
  }
}
