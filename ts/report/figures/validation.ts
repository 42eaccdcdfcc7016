/** What raising and leaving out training tasks really did to the poor ones. */
import { type Colour, chart, colour, type Figure, fixed, range, say, signed } from '../../drawing/index.js'
import type { ValidationRecord } from '../../records/index.js'
import { armAxis, ROW } from './ranges.js'

const LABELS = { top: 'top', random: 'random', nearest: 'nearest' } as const
const COLOURS: Readonly<Record<keyof typeof LABELS, Colour>> = { top: 'critical', random: 'other', nearest: 'poor' }

const decimalsOf = (scoredBy: ValidationRecord['scoredBy']) => (scoredBy === 'success' ? 3 : 1)

/** Intervals of the group interventions beside the tasks left out one by one. */
export async function validationFigure(validation: ValidationRecord): Promise<Figure> {
  const { settings, leaveOut, raiseEach, scoredBy } = validation
  const decimals = decimalsOf(scoredBy)
  const raised = validation.contrasts.find((entry) => entry.change === 'raise' && entry.against === 'random')
  const verdict =
    raised !== undefined &&
    `Raising the top tasks gains ${signed(raised.gain, decimals)} [${signed(raised.low, decimals)}, ${signed(raised.high, decimals)}] over raising random ones: ${raised.shown ? 'shown' : 'not shown'}.`
  return {
    id: 'validation',
    title: 'What raising and removing these tasks really does',
    svg: [await groupsChart(validation), await singlesChart(validation), ...(await raisedCharts(validation))],
    legend: [
      { label: 'highest-ranked tasks', colour: COLOURS.top, mark: 'dot' },
      { label: 'as many random others', colour: COLOURS.random, mark: 'dot' },
      { label: 'as many nearest the poor tasks', colour: COLOURS.nearest, mark: 'dot' },
      { label: 'interval holds 0', colour: 'muted', mark: 'ring' }
    ],
    caption: say(
      `Short retrainings from the same start (${settings.iterations} iterations on every training task) that differ in the training tasks’ weights alone, all on the same random numbers; ${settings.repeats} repeats on others.`,
      `First: ${scoredBy} of the poor tasks with the change minus without it, where ${settings.top} tasks are raised to ${fixed(100 * settings.share, 0)} % of the objective or removed, with paired 95 % intervals over repeats and tasks; each tick is one repeat.`,
      verdict,
      'Second: tasks left out one by one, what the poor tasks lost against what the explanation said.',
      `The two rank the tasks with a Spearman correlation of ${fixed(leaveOut.spearman)}; one repeat of the losses ranks them like another with ${fixed(leaveOut.ceiling)}, and no explanation can do better than that but by luck.`,
      raisedText(raiseEach)
    )
  }
}

function groupsChart({ interventions, scoredBy }: ValidationRecord): Promise<string> {
  const bars = interventions.flatMap(({ change, group, effects, tasks: _, ...interval }) =>
    group === 'single' ? [] : [{ row: `${change} ${LABELS[group]}`, kind: LABELS[group], effects, ...interval }]
  )
  const rows = bars.map((bar) => bar.row)
  const decimals = decimalsOf(scoredBy)
  const texts = Object.fromEntries(bars.map(({ row, gain, low, high }) => [row, `${signed(gain, decimals)} ${range(low, high, decimals)}`]))
  const y = { field: 'row', type: 'nominal', sort: rows, title: null, scale: { domain: rows }, axis: armAxis(texts) }
  const x = (field: string) => ({ field, type: 'quantitative', title: `effect on the poor tasks’ ${scoredBy}`, axis: { tickCount: 5 } })
  const scale = { domain: Object.values(LABELS), range: Object.values(COLOURS).map(colour) }
  const color = { field: 'kind', type: 'nominal', scale, legend: null }
  const fill = { condition: { test: 'datum.shown', field: 'kind', type: 'nominal', scale, legend: null }, value: colour('paper') }
  const layer = [
    { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { x: x('zero') } },
    {
      data: { values: bars },
      mark: { type: 'rule', strokeWidth: 9, opacity: 0.25 },
      encoding: { y, x: x('low'), x2: { field: 'high' }, color }
    },
    {
      data: { values: bars.flatMap(({ row, kind, effects }) => effects.map((effect) => ({ row, kind, effect }))) },
      mark: { type: 'tick', size: 14, thickness: 1.4, opacity: 0.8 },
      encoding: { y, x: x('effect'), color }
    },
    { data: { values: bars }, mark: { type: 'point', size: 70, strokeWidth: 2, opacity: 1 }, encoding: { y, x: x('gain'), color, fill } }
  ]
  const told = bars.map(({ row, shown }) => `${row} ${texts[row]}${shown ? '' : ', not shown'}`)
  return chart(
    { title: 'Groups raised or removed', width: 300, height: ROW * rows.length, layer },
    `Effect on the poor tasks’ ${scoredBy}: ${told.join('; ')}.`
  )
}

function singlesChart({ interventions, leaveOut, scoredBy }: ValidationRecord): Promise<string> {
  const singles = interventions.filter((entry) => entry.group === 'single' && entry.change === 'remove')
  // A loss is the effect's negative, and its interval turns round.
  const values = singles.map(({ tasks: [task], gain, low, high }, at) => ({
    task,
    score: leaveOut.scores[at],
    loss: 0 - gain,
    low: -high,
    high: -low
  }))
  const x = { field: 'score', type: 'quantitative', title: 'score in the explanation', axis: { tickCount: 5 } }
  const y = (field: string) => ({ field, type: 'quantitative', title: `${scoredBy} lost without it`, axis: { tickCount: 5 } })
  const layer = [
    { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { y: y('zero') } },
    {
      data: { values },
      mark: { type: 'rule', color: colour('other'), opacity: 0.5 },
      encoding: { x, y: y('low'), y2: { field: 'high' } }
    },
    {
      data: { values: values.map((value) => ({ ...value, name: `training task ${value.task}` })) },
      mark: { type: 'circle', size: 52, color: colour('critical'), opacity: 0.85, aria: true },
      encoding: { x, y: y('loss'), description: { field: 'name' } }
    }
  ]
  return chart(
    { title: 'Tasks left out one by one', width: 300, height: 180, layer },
    `What the poor tasks lost without each of ${values.length} tasks and its score have a rank correlation of ${fixed(leaveOut.spearman)}.`
  )
}

/** What the tasks raised one by one say of every explanation. */
function raisedText(raised: ValidationRecord['raiseEach']): string | undefined {
  if (raised === undefined) return undefined
  const ranks = raised.explanations.map(({ arm, solver, spearman }) => `${nameOf(arm, solver)} ${fixed(spearman)}`)
  return `Below: every training task raised alone, what the poor tasks gained against the score. Spearman correlations: ${ranks.join(', ')}; between two repeats of the gains ${fixed(raised.ceiling)}.`
}

const nameOf = (arm: string, solver: string) => (arm === '' || arm === solver ? solver : `${arm} (${solver})`)

/** A chart an explanation: gain of the poor tasks where a training task alone is raised, against its score. */
function raisedCharts({ raiseEach, scoredBy }: ValidationRecord): Promise<string[]> {
  return Promise.all(
    (raiseEach?.explanations ?? []).map(({ arm, solver, scores, spearman }) => {
      const values = scores.map((score, task) => ({ task, score, gain: raiseEach?.gains[task] }))
      const x = { field: 'score', type: 'quantitative', title: 'score in the explanation', axis: { tickCount: 4 } }
      const y = (field: string) => ({ field, type: 'quantitative', title: `${scoredBy} gained`, axis: { tickCount: 5 } })
      const layer = [
        { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { y: y('zero') } },
        { data: { values }, mark: { type: 'circle', size: 34, color: colour('critical'), opacity: 0.8 }, encoding: { x, y: y('gain') } }
      ]
      return chart(
        { title: `${nameOf(arm, solver)}: Spearman ${fixed(spearman)}`, width: 220, height: 150, layer },
        `The scores of ${nameOf(arm, solver)} and what raising each training task alone gave have a rank correlation of ${fixed(spearman)}.`
      )
    })
  )
}
