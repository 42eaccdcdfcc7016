/** Tasks of one parameter: return after adaptation against it, before and after the repair, and where the weight lies. */

import { METHOD } from '../../arms/index.js'
import { chart, colour, type Figure, fixed, type LegendEntry, say } from '../../drawing/index.js'
import { EVALUATED, type ExplanationRecord, POOLS, type PoolName, SOLVER_FACTS, type TasksRecord } from '../../records/index.js'
import { leadingScores, type SeedScores } from '../../select/index.js'
import { mean } from '../../statistics/index.js'
import { armStyle } from '../arms.js'
import { omegaLabel } from './omega.js'
import { taskText } from './task.js'

/** Values up to which a parameter counts as one of a few. */
const FEW = 4

/** What the critical tasks were chosen by, and that this was not the parameter. */
function chosenBy({ fallback, solver, kind }: ExplanationRecord): string {
  if (fallback) return 'The critical tasks were chosen by their distance to these, since the explanation did not repeat.'
  const similar = SOLVER_FACTS[solver].ranked === 'similarity'
  return similar ? 'The explanation never sees the parameter: it compares how the policy adapts.' : `The ${kind} never see the parameter.`
}

/**
 * Returns of evaluation and held-out tasks on the left, before and after `arm`, weights of training tasks on the right; undefined
 * without parameter.
 */
export async function taskLineFigure(
  tasks: TasksRecord,
  scores: SeedScores,
  explanation: ExplanationRecord,
  arm = METHOD
): Promise<Figure | undefined> {
  const [name] = tasks.taskNames
  if (name === undefined) return undefined
  const repaired = scores.arms[arm] !== undefined
  const metric = scores.before.evaluation.success === undefined ? 'return' : 'success'
  const legend: LegendEntry[] = [
    { label: 'poor task, before', colour: 'poor', mark: 'ring' },
    { label: 'other task, before', colour: 'other', mark: 'ring' },
    ...(repaired
      ? [
          { label: `poor task, after ${armStyle(arm).label}`, colour: 'poor', mark: 'dot' } as const,
          { label: `other task, after ${armStyle(arm).label}`, colour: 'other', mark: 'dot' } as const
        ]
      : []),
    { label: 'critical training task', colour: 'critical', mark: 'bar' },
    { label: 'poor evaluation task', colour: 'poor', mark: 'triangle' }
  ]
  return {
    id: 'map',
    title: 'Task space: the poor tasks and those that explain them',
    svg: await Promise.all([
      returnsChart(tasks, scores, name, metric, repaired ? arm : undefined),
      weightsChart(tasks, scores, explanation, name)
    ]),
    legend,
    caption: say(
      `First: ${metric} after adaptation of every evaluation and held-out task against its parameter, on the fresh random numbers behind every figure before and after${repaired ? '; the line joins before and after' : ''}.`,
      'Poor tasks were chosen on other evaluations.',
      `Second: ${omegaLabel(explanation)} of every training task against the same parameter, critical ones in blue; the triangles below are the poor evaluation tasks that they are to explain.`,
      chosenBy(explanation)
    )
  }
}

/** Parameters of a pool's tasks; where there are but a few values (two directions), tasks are laid side by side. */
function parametersOf(tasks: TasksRecord, pool: PoolName): number[] {
  const distinct = new Set(Object.values(tasks.pools).flatMap((each) => each.values.map(([value]) => value)))
  const { values } = tasks.pools[pool]
  if (distinct.size > FEW) return values.map(([value]) => value)
  const width = (0.5 * (Math.max(...distinct) - Math.min(...distinct))) / Math.max(1, distinct.size - 1)
  return values.map(([value], id) => value + width * ((id + 0.5) / values.length - 0.5))
}

/** The axis that both charts share, over the tasks there are. */
function parameterAxis(tasks: TasksRecord, name: string) {
  const all = POOLS.flatMap((pool) => parametersOf(tasks, pool))
  return {
    field: 'parameter',
    type: 'quantitative',
    title: name,
    scale: { domain: [Math.min(...all), Math.max(...all)], nice: false, padding: 10 },
    axis: { tickCount: 6 }
  }
}

function returnsChart(tasks: TasksRecord, scores: SeedScores, name: string, metric: string, arm: string | undefined): Promise<string> {
  const values = EVALUATED.flatMap((pool) => {
    const poor = new Set(scores.poor[pool])
    const parameters = parametersOf(tasks, pool)
    const before = leadingScores(scores.before[pool])
    const after = arm === undefined ? before : leadingScores(scores.arms[arm][pool])
    return before.map((value, id) => ({
      parameter: parameters[id],
      before: value,
      after: after[id],
      kind: poor.has(id) ? 'poor' : 'other',
      name: `${taskText(tasks, pool, id)}: ${metric} ${fixed(value)}${arm === undefined ? '' : ` before, ${fixed(after[id])} after`}`
    }))
  })
  const x = parameterAxis(tasks, name)
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${metric} after adaptation`,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5 }
  })
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['poor', 'other'], range: [colour('poor'), colour('other')] },
    legend: null
  }
  const mark = { opacity: 1, aria: true }
  const description = { field: 'name' }
  const layer = [
    ...(arm !== undefined
      ? [{ mark: { type: 'rule', strokeWidth: 1.4, opacity: 0.5 }, encoding: { x, y: y('before'), y2: { field: 'after' }, color } }]
      : []),
    {
      mark: { type: 'point', size: 30, fill: colour('paper'), strokeWidth: 1.3, ...mark },
      encoding: { x, y: y('before'), color, description }
    },
    ...(arm !== undefined ? [{ mark: { type: 'circle', size: 38, ...mark }, encoding: { x, y: y('after'), color, description } }] : [])
  ]
  const of = (kind: string, when: 'before' | 'after') =>
    fixed(mean(values.filter((value) => value.kind === kind).map((value) => value[when])))
  const told = ['poor', 'other']
    .filter((kind) => values.some((value) => value.kind === kind))
    .map(
      (kind) =>
        `${kind} tasks ${of(kind, 'before')} before${arm === undefined ? '' : ` and ${of(kind, 'after')} after ${armStyle(arm).label}`}`
    )
  const title = `${metric === 'return' ? 'Return' : 'Success'} of both pools`
  return chart({ title, width: 385, height: 250, data: { values }, layer }, `Mean ${metric}: ${told.join('; ')}.`)
}

function weightsChart(tasks: TasksRecord, scores: SeedScores, explanation: ExplanationRecord, name: string): Promise<string> {
  const critical = new Set(explanation.critical)
  const [training, evaluation] = [parametersOf(tasks, 'training'), parametersOf(tasks, 'evaluation')]
  const values = explanation.omega.map((omega, id) => ({
    parameter: training[id],
    omega,
    zero: 0,
    kind: critical.has(id) ? 'critical' : 'other',
    name: `${taskText(tasks, 'training', id)}: ${omegaLabel(explanation)} ${fixed(omega, 3)}`
  }))
  const below = Math.min(0, ...explanation.omega) - 0.06 * Math.max(...explanation.omega, 1e-12)
  const poor = scores.poor.evaluation.map((id) => ({ parameter: evaluation[id], omega: below }))
  const x = parameterAxis(tasks, name)
  const y = {
    field: 'omega',
    type: 'quantitative',
    title: omegaLabel(explanation),
    axis: { tickCount: 5 }
  }
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['critical', 'other'], range: [colour('critical'), colour('other')] },
    legend: null
  }
  const layer = [
    { mark: { type: 'rule', strokeWidth: 2.4 }, encoding: { x, y, y2: { field: 'zero' }, color } },
    { mark: { type: 'circle', size: 30, opacity: 1, aria: true }, encoding: { x, y, color, description: { field: 'name' } } },
    {
      data: { values: poor },
      mark: { type: 'point', shape: 'triangle-up', size: 44, filled: true, opacity: 1, color: colour('poor') },
      encoding: { x, y }
    }
  ]
  const title = `${explanation.kind === 'weights' ? 'Weight' : 'Score'} of training tasks`
  const range = (list: readonly number[]) =>
    list.length === 0 ? 'nowhere' : `from ${fixed(Math.min(...list))} to ${fixed(Math.max(...list))}`
  const of = explanation.critical.map((id) => tasks.pools.training.values[id][0])
  const asked = scores.poor.evaluation.map((id) => tasks.pools.evaluation.values[id][0])
  return chart(
    { title, width: 370, height: 250, data: { values }, layer },
    `The ${of.length} critical training tasks have ${name} ${range(of)}, the ${asked.length} poor evaluation tasks ${range(asked)}.`
  )
}
