/** What the explanation foretold of every task, against what retraining did to it. */

import { METHOD } from '../../arms/index.js'
import { chart, colour, type Figure, fixed, say, signed } from '../../drawing/index.js'
import type { EvaluatedPool, TableRecord, TasksRecord } from '../../records/index.js'
import { type ForetoldTask, foretoldTasks, goesByExplanation, leadingMetric, referencesOf, type SeedScores } from '../../select/index.js'
import { spearman } from '../../statistics/index.js'
import { type Bases, spoken } from '../arms.js'
import { measureOf, referenceText } from '../measure.js'
import { agreementText, correlationText } from '../verdict.js'
import { taskText } from './task.js'

const PANELS: readonly [EvaluatedPool, string][] = [
  ['evaluation', 'Evaluation pool'],
  ['heldOut', 'Held-out pool']
]
const KINDS = ['poor', 'other']
const SHAPES = ['triangle-up', 'circle']

/** One seed's tasks under the arm that is shown. */
interface Shown {
  seed: number
  arm: string
  told: ForetoldTask[]
  /** What the changes are measured from, in words. */
  over: string
}

/**
 * A panel a pool, a mark a task, of the first seed in which `arm` (or another that trains by an explanation) did what was foretold;
 * undefined where nothing was foretold.
 */
export async function foretoldFigure(
  scores: readonly SeedScores[],
  tasks: Readonly<Record<number, TasksRecord | undefined>>,
  table: TableRecord,
  arm = METHOD,
  bases: Bases = {}
): Promise<Figure | undefined> {
  const shown = shownOf(scores, table, arm, bases)
  if (shown === undefined) return undefined
  const { metric, decimals } = measureOf(table)
  const rows = shown.told.map((task) => ({
    ...task,
    kind: task.poor ? 'poor' : 'other',
    name: `${taskText(tasks[shown.seed], task.pool, task.task)}: foretold ${signed(task.foretold)}, ${metric} ${signed(task.measured, decimals)}`
  }))
  const domains = { x: domainOf(rows.map((row) => row.foretold)), y: domainOf(rows.map((row) => row.measured)) }
  const svg = await Promise.all(
    PANELS.map(([pool, title]) =>
      panel(
        title,
        rows.filter((row) => row.pool === pool),
        domains,
        metric
      )
    )
  )
  return {
    id: 'foretold',
    title: 'Foretold and measured, task by task',
    svg,
    legend: [
      { label: 'poor task', colour: 'poor', mark: 'triangle' },
      { label: 'other task', colour: 'other', mark: 'dot' },
      { label: 'no change', colour: 'muted', mark: 'line' }
    ],
    caption: say(
      `Each mark is a task${scores.length > 1 ? ` of seed ${shown.seed}` : ''}; its pool, number and parameters show where the pointer rests on it, and in the table of tasks.`,
      'Across: what the explanation foretold before a step of retraining was flown, as how far the move it asks for goes along the task’s own second adaptation step (1: as far as a usual second step).',
      `Up: how far its ${metric} changed under ${spoken(shown.arm)}, over ${shown.over}.`,
      'Foretold rightly are marks at the upper right and the lower left. Order and sign are meant, not levels.',
      agreement(shown, table, scores.length)
    )
  }
}

/** The seed and the arm that are drawn. */
function shownOf(scores: readonly SeedScores[], table: TableRecord, arm: string, bases: Bases): Shown | undefined {
  const metric = leadingMetric(table)
  const arms = [arm, ...new Set((table.foretold ?? []).map((row) => row.arm))]
  for (const name of arms.filter((each) => goesByExplanation(each, bases))) {
    for (const seed of scores) {
      const told = foretoldTasks(seed, name, metric)
      if (told !== undefined) return { seed: seed.seed, arm: name, told, over: referenceText(referencesOf(seed)) }
    }
  }
  return undefined
}

/** How far foretold and measured agree, over all tasks and over those that are not poor. */
function agreement({ told, arm }: Shown, table: TableRecord, seeds: number): string {
  const of = (tasks: readonly ForetoldTask[]) =>
    spearman(
      tasks.map((task) => task.foretold),
      tasks.map((task) => task.measured)
    )
  const [all, others] = [of(told), of(told.filter((task) => !task.poor))]
  const row = (group: 'mean' | 'other') => table.foretold?.find((entry) => entry.arm === arm && entry.group === group)
  const [mean, other] = [row('mean'), row('other')]
  const single = mean !== undefined && other !== undefined && seeds === 1
  const [first, second] = single ? [correlationText(mean), correlationText(other)] : [fixed(all), fixed(others)]
  const here = `Foretold and measured ${agreementText(all)}: Spearman ${first} over all ${told.length} tasks, ${second} over the tasks that are not poor alone.`
  if (seeds === 1 || mean === undefined || other === undefined) return here
  return `${here} Mean over ${mean.seeds} seeds: ${correlationText(mean)} and ${correlationText(other)}.`
}

/** The range of values with 0 in it, a little wider, so that no mark lies on the edge. */
function domainOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)]
  const room = 0.04 * (high - low || 1)
  return [low - room, high + room]
}

type Row = ForetoldTask & { kind: string; name: string }

/** How far foretold and measured agree in a panel, in a sentence. */
function result(title: string, tasks: readonly ForetoldTask[], metric: string): string {
  const agree = spearman(
    tasks.map((task) => task.foretold),
    tasks.map((task) => task.measured)
  )
  const rightly = tasks.filter((task) => task.foretold * task.measured > 0).length
  return `${title}: what was foretold and the change of ${metric} have a rank correlation of ${fixed(agree)} over ${tasks.length} tasks; the sign was right for ${rightly}.`
}

function panel(title: string, values: Row[], domains: Record<'x' | 'y', [number, number]>, metric: string): Promise<string> {
  const x = {
    field: 'foretold',
    type: 'quantitative',
    title: 'foretold, in usual second steps',
    scale: { domain: domains.x, nice: false, zero: false },
    axis: { tickCount: 6 }
  }
  const y = {
    field: 'measured',
    type: 'quantitative',
    title: `change of ${metric}`,
    scale: { domain: domains.y, nice: false, zero: false },
    axis: { tickCount: 6 }
  }
  const color = { field: 'kind', type: 'nominal', scale: { domain: KINDS, range: [colour('poor'), colour('other')] }, legend: null }
  const shape = { field: 'kind', type: 'nominal', scale: { domain: KINDS, range: SHAPES }, legend: null }
  // Equal areas would let triangles look smaller.
  const size = { field: 'kind', type: 'nominal', scale: { domain: KINDS, range: [70, 44] }, legend: null }
  const zero = { data: { values: [{ at: 0 }] }, mark: { type: 'rule', color: colour('muted') } }
  const layer = [
    { ...zero, encoding: { x: { ...x, field: 'at' } } },
    { ...zero, encoding: { y: { ...y, field: 'at' } } },
    {
      mark: { type: 'point', filled: true, opacity: 1, aria: true },
      encoding: { x, y, color, shape, size, description: { field: 'name' } }
    }
  ]
  // Poor tasks lie on top: they are few.
  const data = { values: [...values].sort((a, b) => Number(a.poor) - Number(b.poor)) }
  return chart({ title, width: 385, height: 260, data, layer }, result(title, values, metric))
}
