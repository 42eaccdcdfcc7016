/** Task weights of the explanation with their intervals and the cut below which a task is not critical. */
import type { ExplanationRecord } from '../../run/records.js'
import { chart } from '../chart.js'
import type { Figure } from '../figure.js'
import { fixed } from '../svg.js'
import { colour } from '../theme.js'

const MEANING: Readonly<Record<ExplanationRecord['solver'], string>> = {
  adaptation:
    'the weight of a training task in the convex combination of adaptation directions that comes nearest to what the poor tasks need',
  implicit: 'the hypergradient of the poor tasks’ return with respect to the weight of a training task',
  gradient: 'the inner product of a training task’s meta-gradient with that of the poor tasks'
}

/** Bars of omega, largest first. */
export async function omegaFigure(explanation: ExplanationRecord): Promise<Figure> {
  const critical = new Set(explanation.critical)
  const rows = explanation.omega
    .map((omega, task) => ({
      task: String(task),
      omega,
      low: explanation.low[task],
      high: explanation.high[task],
      kind: critical.has(task) ? 'critical' : 'other'
    }))
    .sort((a, b) => b.omega - a.omega || Number(a.task) - Number(b.task))
  const x = {
    field: 'task',
    type: 'ordinal',
    sort: rows.map((row) => row.task),
    title: 'training task',
    axis: { labelAngle: 0, labelOverlap: 'parity', labelFontSize: 10, ticks: false }
  }
  const weights = explanation.solver === 'adaptation'
  const y = (field: string) => ({ field, type: 'quantitative', title: weights ? 'weight ω' : 'score' })
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['critical', 'other'], range: [colour('critical'), colour('other')] },
    legend: null
  }
  const cut = explanation.cut
  const svg = await chart({
    width: 920,
    height: 200,
    data: { values: rows },
    layer: [
      { mark: { type: 'bar' }, encoding: { x, y: y('omega'), color } },
      {
        mark: { type: 'rule', color: colour('ink'), strokeWidth: 1.2, opacity: 0.65 },
        encoding: { x, y: y('low'), y2: { field: 'high' } }
      },
      ...(cut === null
        ? []
        : [
            {
              data: { values: [{ cut }] },
              mark: { type: 'rule', color: colour('ink'), strokeDash: [4, 3], strokeWidth: 1 },
              encoding: { y: { field: 'cut', type: 'quantitative' } }
            }
          ])
    ]
  })
  const share = explanation.critical.reduce((sum, id) => sum + Math.max(0, explanation.omega[id]), 0)
  const facts = explanation.fallback
    ? `The explanation did not repeat, so the blue tasks are simply those nearest the poor ones.`
    : `The ${explanation.critical.length} blue tasks lie above the dashed cut and are the critical ones${weights ? `; they carry ${fixed(share * 100, 0)} % of the weight and are drawn in proportion to it` : ''}.`
  return {
    id: 'omega',
    title: 'Which training tasks matter for the poor ones',
    svg: [svg],
    legend: [
      { label: 'critical', colour: 'critical', mark: 'bar' },
      { label: 'not critical', colour: 'other', mark: 'bar' },
      { label: '95 % interval', colour: 'ink', mark: 'line' },
      ...(cut === null ? [] : [{ label: 'cut', colour: 'ink', mark: 'dashed' } as const])
    ],
    caption: `Each bar is ${MEANING[explanation.solver]}, with its 95 % interval; tasks are ordered by it. ${facts} Two independent halves of the flights rank the tasks with a Spearman correlation of ${fixed(explanation.splitHalfSpearman)} and share ${fixed(explanation.topOverlap * 100, 0)} % of their top set.`
  }
}
