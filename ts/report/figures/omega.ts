/** Task weights of the explanation with their intervals and the cut below which a task is not critical. */
import { chart, colour, type Figure, fixed, say } from '../../drawing/index.js'
import { type ExplanationRecord, SOLVER_FACTS, type TasksRecord } from '../../records/index.js'
import { nonStationarityText, splitHalfText } from '../measure.js'
import { taskText } from './task.js'

const HYPERGRADIENT = 'the hypergradient of the poor tasks’ return with respect to the weight of a training task'
const MEANING: Readonly<Record<ExplanationRecord['solver'], string>> = {
  adaptation:
    'the weight of a training task in the convex combination of adaptation directions that comes nearest to what the poor tasks need',
  implicit: HYPERGRADIENT,
  'finite-difference': HYPERGRADIENT,
  neumann: HYPERGRADIENT,
  nystrom: HYPERGRADIENT,
  'gauss-newton': `${HYPERGRADIENT}, with Gauss-Newton curvature`,
  alternating: 'the weight of a training task after alternating rounds that raise the poor tasks’ return',
  gradient: 'the inner product of a training task’s meta-gradient with that of the poor tasks'
}

/** Bars of omega, largest first, beside its two halves. */
export async function omegaFigure(explanation: ExplanationRecord, tasks?: TasksRecord): Promise<Figure> {
  const critical = new Set(explanation.critical)
  const weights = explanation.kind === 'weights'
  const halvesOnly = SOLVER_FACTS[explanation.solver].range === 'halves'
  // Resamples give many tasks a weight of exactly 0; rounds of `alternating` give none.
  const sparse = weights && !halvesOnly
  const all = explanation.omega
    .map((omega, task) => ({
      task: String(task),
      omega,
      low: explanation.low[task],
      high: explanation.high[task],
      kind: critical.has(task) ? 'critical' : 'other',
      name: `${taskText(tasks, 'training', task)}: ${weights ? 'weight' : 'score'} ${fixed(omega, 3)} [${fixed(explanation.low[task], 3)}, ${fixed(explanation.high[task], 3)}]`
    }))
    .sort((a, b) => b.omega - a.omega || Number(a.task) - Number(b.task))
  // Weights are zero for most tasks; one that no resample ever gave weight to is counted, not drawn.
  const rows = all.filter((row) => !sparse || row.kind === 'critical' || row.omega > 0 || row.high > 0)
  const hidden = all.length - rows.length
  const x = {
    field: 'task',
    type: 'ordinal',
    sort: rows.map((row) => row.task),
    title: 'training task',
    axis: { labelAngle: 0, labelOverlap: 'parity', ticks: false }
  }
  const y = (field: string) => ({ field, type: 'quantitative', title: omegaLabel(explanation) })
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['critical', 'other'], range: [colour('critical'), colour('other')] },
    legend: null
  }
  const cut = explanation.cut
  const layer = [
    { mark: { type: 'bar', aria: true }, encoding: { x, y: y('omega'), color, description: { field: 'name' } } },
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
          },
          {
            data: { values: [{ cut, label: `cut ${cut < 0.01 ? cut.toFixed(3) : cut.toFixed(2)}` }] },
            mark: { type: 'text', align: 'left', baseline: 'middle', x: 524 },
            encoding: { y: { field: 'cut', type: 'quantitative' }, text: { field: 'label' } }
          }
        ])
  ]
  const [most] = all
  const bars = await chart(
    { title: 'All episodes', width: 520, height: 220, data: { values: rows }, layer },
    `${explanation.critical.length} of ${all.length} training tasks are critical; the highest ${weights ? 'weight' : 'score'}, ${fixed(most.omega, 3)}, has ${taskText(tasks, 'training', Number(most.task))}.`
  )
  // The halves of `alternating` are all that its spread is known by.
  const ends = halvesOnly ? 'the two halves' : '95 % interval'
  const share = explanation.critical.reduce((sum, id) => sum + Math.max(0, explanation.omega[id]), 0)
  const clear = explanation.critical.filter((id) => explanation.low[id] > 0).length
  const drawn = [
    ...(weights ? [`: ${fixed(share * 100, 0)} % of the weight`] : []),
    ...(sparse ? [', in proportion to which they are drawn'] : []),
    // Between halves that are all positive 0 never lies.
    ...(halvesOnly ? [''] : [`; the intervals of ${clear} leave 0 out`])
  ].join('')
  const facts = explanation.fallback
    ? `The explanation did not repeat, so the blue tasks are simply those nearest the poor ones.`
    : `Above the dashed cut lie ${explanation.critical.length} of ${all.length} tasks, the critical ones (blue)${drawn}.`
  return {
    id: 'omega',
    title: 'Which training tasks matter for the poor ones',
    svg: [bars, await halvesChart(explanation, critical)],
    legend: [
      { label: 'critical', colour: 'critical', mark: 'bar' },
      { label: 'not critical', colour: 'other', mark: 'bar' },
      { label: ends, colour: 'ink', mark: 'line' },
      ...(cut === null ? [] : [{ label: 'cut', colour: 'ink', mark: 'dashed' } as const])
    ],
    caption: say(
      `First: each bar is ${MEANING[explanation.solver]}, with ${halvesOnly ? 'what its two halves say' : 'its 95 % interval'}; tasks are ordered by it.`,
      facts,
      hidden > 0 && `The ${hidden} tasks left out have weight 0 in every resample.`,
      `Second: how reliable that is. Each dot is one task, its ${weights ? 'weight' : 'score'} from one half of the episodes against that from the other, independent half; the nearer the diagonal, the better the explanation repeats.`,
      `The halves rank the tasks${sparse ? ', by their mean similarity to the poor ones,' : ''} with a Spearman correlation of ${splitHalfText(explanation.splitHalfSpearman)} and share ${fixed(explanation.topOverlap * 100, 0)} % of their top set.${nonStationarityText(explanation.info)}`
    )
  }
}

/** What the values of an explanation are called on an axis. */
export const omegaLabel = (explanation: ExplanationRecord): string => (explanation.kind === 'weights' ? 'weight ω' : 'score')

/** The two independent estimates of every task against each other. */
function halvesChart(explanation: ExplanationRecord, critical: ReadonlySet<number>): Promise<string> {
  const [one, two] = explanation.halves
  const values = one.map((a, task) => ({ a, b: two[task], kind: critical.has(task) ? 'critical' : 'other' }))
  const ends = [Math.min(0, ...one, ...two), Math.max(...one, ...two, 1e-9)]
  const axis = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { domain: ends, nice: true },
    axis: { tickCount: 4, grid: true }
  })
  const [x, y] = [axis('a', 'first half'), axis('b', 'second half')]
  const layer = [
    {
      data: { values: ends.map((end) => ({ a: end, b: end })) },
      mark: { type: 'line', color: colour('muted'), strokeDash: [3, 3], strokeWidth: 1 },
      encoding: { x, y }
    },
    {
      data: { values },
      mark: { type: 'circle', size: 52, opacity: 0.85 },
      encoding: {
        x,
        y,
        color: {
          field: 'kind',
          type: 'nominal',
          scale: { domain: ['critical', 'other'], range: [colour('critical'), colour('other')] },
          legend: null
        }
      }
    }
  ]
  return chart(
    { title: 'One half against the other', width: 222, height: 220, layer },
    `Two independent halves of the episodes rank the training tasks alike with a correlation of ${fixed(explanation.splitHalfSpearman)}.`
  )
}
