/** How the share of critical tasks was steered while an arm retrained, and what the checks saw that steered it. */

import { chart, colour, count, type Figure, fixed, percent, say, signed } from '../../drawing/index.js'
import type { ArmRecord, TableRecord } from '../../records/index.js'
import { doseTurns, placedAudits } from '../../select/index.js'
import { spoken } from '../arms.js'
import { measureOf } from '../measure.js'
import { doseCourse, doseText, stepText } from '../verdict.js'

/** The share over the steps, and beside it the change of the checked tasks; undefined where nothing was steered. */
export async function doseFigure(record: ArmRecord, table: TableRecord | undefined): Promise<Figure | undefined> {
  const { dose, arm } = record
  const turns = doseTurns(record)
  if (dose === undefined || turns === undefined) return undefined
  const { metric, fall } = table === undefined ? { metric: 'score', fall: 2 } : measureOf(table)
  const svg = await Promise.all([shareChart(record, turns.flown), changeChart(record, metric, (value) => signed(value, fall))])
  const last = dose.audits[dose.audits.length - 1]
  const several = table !== undefined && table.seeds.length > 1
  return {
    id: 'dose',
    title: 'How much went to the critical tasks',
    svg,
    legend: [
      { label: 'share of the meta-batch', colour: 'critical', mark: 'line' },
      { label: 'checked poor tasks', colour: 'poor', mark: 'triangle' },
      { label: 'checked other tasks', colour: 'other', mark: 'dot' },
      { label: '± one standard error', colour: 'other', mark: 'range' }
    ],
    caption: say(
      `First: the share of the meta-batch that ${spoken(arm)} gave to the critical tasks. Second: the tasks by which it was set, ${dose.poor.length} poor and ${dose.other.length} other ones, as the change of their mean ${metric} since before the repair.`,
      'The share rises while the other tasks hold and is lowered when they fall.',
      stepText(record, (value) => signed(value, fall)),
      doseCourse(record, (value) => fixed(value, fall)),
      `At the last check the poor tasks had changed by ${signed(last.poor - poorBefore(record), fall)} and the others by ${signed(last.change, fall)} ± ${fixed(last.standardError, fall)}.`,
      `The checks took ${count(dose.envSteps)} steps, which the arm spent from its own budget.`,
      several && doseText(table, arm)
    )
  }
}

/** The checked poor tasks' mean score at theta_0: a step that the repair began with was measured from there, else it is the first check. */
const poorBefore = ({ reptileStep, dose }: ArmRecord): number => reptileStep?.tried[0]?.poor ?? dose?.audits[0].poor ?? 0

/** Millions of steps at which the arm ends. */
const endOf = ({ extraSteps, curve }: ArmRecord) => Math.max(extraSteps, curve[curve.length - 1]?.envSteps ?? 0, 1) / 1e6

const steps = (field: string, end: number) => ({
  field,
  type: 'quantitative',
  title: 'environment steps of the arm, millions',
  scale: { domain: [0, end], nice: false },
  axis: { tickCount: 6 }
})

function shareChart(record: ArmRecord, flown: ReturnType<typeof placedAudits>): Promise<string> {
  const values = flown.map(({ at, share }, i) => ({ steps: at / 1e6, share, lowered: i > 0 && share < flown[i - 1].share }))
  const end = endOf(record)
  const line = [...values, { ...values[values.length - 1], steps: end }]
  const x = steps('steps', end)
  const y = {
    field: 'share',
    type: 'quantitative',
    title: 'share of the critical tasks',
    scale: { domain: [0, 1], nice: false },
    axis: { format: '.0%', tickCount: 5 }
  }
  const layer = [
    {
      data: { values: line },
      mark: { type: 'line', interpolate: 'step-after', color: colour('critical'), strokeWidth: 2.2 },
      encoding: { x, y }
    },
    { data: { values }, mark: { type: 'circle', color: colour('critical'), size: 34, opacity: 1 }, encoding: { x, y } },
    {
      data: { values: values.filter(({ lowered }) => lowered) },
      mark: { type: 'text', dy: 16, text: 'lowered', color: colour('ink') },
      encoding: { x, y }
    }
  ]
  const times = values.filter(({ lowered }) => lowered).length
  return chart(
    { title: 'Share of the meta-batch', width: 380, height: 200, layer },
    `The share of the critical tasks goes from ${percent(values[0].share)} to ${percent(values[values.length - 1].share)}, lowered ${times === 1 ? 'once' : `${times} times`}.`
  )
}

function changeChart(record: ArmRecord, metric: string, write: (value: number) => string): Promise<string> {
  const audits = placedAudits(record)
  const before = poorBefore(record)
  const values = audits.flatMap(({ at, poor, change, standardError }) => [
    { steps: at / 1e6, kind: 'poor', change: poor - before, low: null, high: null },
    { steps: at / 1e6, kind: 'other', change, low: change - standardError, high: change + standardError }
  ])
  const x = steps('steps', endOf(record))
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `change of ${metric}`,
    scale: { nice: true, zero: true },
    axis: { tickCount: 5 }
  })
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['poor', 'other'], range: [colour('poor'), colour('other')] },
    legend: null
  }
  const shape = { field: 'kind', type: 'nominal', scale: { domain: ['poor', 'other'], range: ['triangle-up', 'circle'] }, legend: null }
  const layer = [
    { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { y: y('zero') } },
    {
      transform: [{ filter: "datum.kind === 'other'" }],
      mark: { type: 'area', opacity: 0.25, color: colour('other') },
      encoding: { x, y: y('low'), y2: { field: 'high' } }
    },
    { mark: { type: 'line', strokeWidth: 1.8 }, encoding: { x, y: y('change'), color } },
    { mark: { type: 'point', filled: true, size: 44, opacity: 1 }, encoding: { x, y: y('change'), color, shape } }
  ]
  const last = audits[audits.length - 1]
  return chart(
    { title: 'Tasks that were checked', width: 380, height: 200, data: { values }, layer },
    `At the last check ${metric} had changed by ${write(last.poor - before)} on the checked poor tasks and by ${write(last.change)} on the others.`
  )
}
