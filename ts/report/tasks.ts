/** The table of tasks: every task of a seed by its number, with its parameters and what became of it. */
import { fixed, type Html, html, lines, signed } from '../drawing/index.js'
import { EVALUATED, type EvaluatedPool, type SeedRecords, type TasksRecord } from '../records/index.js'
import { leadingScores, type SeedScores } from '../select/index.js'
import { kindOf } from '../spec/index.js'
import { armStyle } from './arms.js'
import { unitOf } from './figures/task.js'

interface Column {
  title: string
  cell: (task: number) => string
}

const POOL_TITLE = {
  training: 'Training tasks',
  evaluation: 'Tasks of the evaluation pool',
  heldOut: 'Tasks of the held-out pool'
} as const

/**
 * The tasks of a seed, a table a pool: number, parameters with their units, whether it is poor (critical), scores before and after each of
 * `arms`, what was foretold, weight. Undefined without the record of tasks.
 */
export function taskTables(records: SeedRecords, scores: SeedScores | undefined, arms: readonly string[]): Html | undefined {
  const { tasks } = records
  if (tasks === undefined) return undefined
  return lines([
    ...EVALUATED.map((pool) => tableHtml(POOL_TITLE[pool], pool, tasks, evaluatedColumns(records, scores, arms, pool))),
    tableHtml(POOL_TITLE.training, 'training', tasks, trainingColumns(records))
  ])
}

function evaluatedColumns(
  { poor, evaluations, explanation }: SeedRecords,
  scores: SeedScores | undefined,
  arms: readonly string[],
  pool: EvaluatedPool
) {
  const columns: Column[] = []
  if (poor !== undefined) {
    const ids = new Set(poor[pool])
    columns.push({ title: 'poor', cell: (task) => (ids.has(task) ? 'poor' : '') })
  }
  const fresh = evaluations.theta_0?.pools[pool]?.streams.at(-1)
  const before = scores === undefined ? (fresh?.success ?? fresh?.returns) : leadingScores(scores.before[pool])
  if (before === undefined) return columns
  const metric = (scores === undefined ? fresh?.success : scores.before[pool].success) === undefined ? 'return' : 'success'
  columns.push({ title: `${metric} before`, cell: (task) => fixed(before[task]) })
  for (const arm of arms) {
    const after = scores?.arms[arm] && leadingScores(scores.arms[arm][pool])
    if (after === undefined) continue
    columns.push({ title: `after ${armStyle(arm).label}`, cell: (task) => fixed(after[task]) })
    columns.push({ title: 'change', cell: (task) => signed(after[task] - before[task]) })
  }
  const foretold = explanation?.foretold?.[pool]
  if (foretold !== undefined) columns.push({ title: 'foretold gain, in usual second steps', cell: (task) => signed(foretold[task]) })
  return columns
}

function trainingColumns({ explanation, evaluations }: SeedRecords): Column[] {
  const columns: Column[] = []
  const stream = evaluations.theta_0?.pools.training?.streams[0]
  const before = stream?.success ?? stream?.returns
  if (before !== undefined)
    columns.push({ title: `${stream?.success === undefined ? 'return' : 'success'} before`, cell: (task) => fixed(before[task]) })
  if (explanation !== undefined) {
    const critical = new Set(explanation.critical)
    columns.push(
      { title: explanation.kind === 'weights' ? 'weight ω' : 'score', cell: (task) => fixed(explanation.omega[task], 3) },
      { title: 'interval', cell: (task) => `[${fixed(explanation.low[task], 3)}, ${fixed(explanation.high[task], 3)}]` },
      { title: 'critical', cell: (task) => (critical.has(task) ? 'critical' : '') },
      { title: 'distance to the nearest poor task', cell: (task) => fixed(explanation.controls.distance[task]) }
    )
  }
  return columns
}

function tableHtml(title: string, pool: keyof TasksRecord['pools'], tasks: TasksRecord, columns: readonly Column[]): Html {
  const { values, rare } = tasks.pools[pool]
  const kinds = values.map((value) => kindOf(tasks, value))
  const parameters = tasks.taskNames.map((text, at): Column => {
    const { name, unit } = unitOf(text)
    const decimals = values.every((value) => Number.isInteger(value[at])) ? 0 : 2
    const cell = (task: number) => {
      const kind = kinds[task]
      if (kind?.at === at) return kind.name
      // What says nothing in its kind is no number of the task's.
      return kind !== undefined && at >= kind.size ? '' : fixed(values[task][at], decimals)
    }
    return { title: unit === '' ? name : `${name}, ${unit}`, cell }
  })
  const marked: Column[] = rare === undefined ? [] : [{ title: 'rare', cell: (task) => (rare[task] ? 'rare' : '') }]
  const all = [...parameters, ...marked, ...columns]
  const row = (_: unknown, task: number) =>
    html`<tr id="${pool}-${task}"><th scope="row">${task}</th>${all.map(({ cell }) => html`<td>${cell(task)}</td>`)}</tr>`
  return html`<div class="block"><h3>${title}</h3>
<div class="scroll" tabindex="0" role="group" aria-label="${title}: scrolls sideways"><table class="tasks" aria-label="${title}">
<thead><tr><th scope="col">task</th>${all.map((column) => html`<th scope="col">${column.title}</th>`)}</tr></thead>
<tbody>${lines(values.map(row))}</tbody></table></div></div>`
}
