/** What explanations say of each training task against what raising it alone does, all seeds of a study together. */

import { chart, colour, type Figure, fixed, say, signed } from '../../drawing/index.js'
import type { StudyRecord } from '../../records/index.js'
import { mean } from '../../statistics/index.js'

type Validation = NonNullable<StudyRecord['seeds'][number]['validation']>
type Raised = NonNullable<Validation['raiseEach']>
interface Judged {
  seed: number
  raised: Raised
}

const nameOf = ({ arm, solver }: Raised['explanations'][number]) => (arm === '' || arm === solver ? solver : `${arm} (${solver})`)

/** Values in standard deviations from their mean, so that seeds and solvers share an axis; zeros where all are equal. */
function standardised(values: readonly number[]): number[] {
  const centre = mean(values)
  const spread = Math.sqrt(mean(values.map((value) => (value - centre) ** 2)))
  return values.map((value) => (spread > 0 ? (value - centre) / spread : 0))
}

/** Seeds whose training tasks were raised one by one. */
function raisedSeeds({ seeds }: StudyRecord): Judged[] {
  return seeds.flatMap(({ seed, validation }) => (validation?.raiseEach === undefined ? [] : [{ seed, raised: validation.raiseEach }]))
}

/** The explanations that every one of the seeds has, in the order of the first. */
function shared(judged: readonly Judged[]): string[] {
  const [first, ...others] = judged.map(({ raised }) => raised.explanations.map(nameOf))
  return first.filter((name) => others.every((names) => names.includes(name)))
}

const found = ({ raised }: Judged, name: string) =>
  raised.explanations.find((entry) => nameOf(entry) === name) as Raised['explanations'][number]

/** A panel an explanation: a dot a training task and seed; undefined where no task was raised alone. */
export async function influenceFigure(record: StudyRecord): Promise<Figure | undefined> {
  const judged = raisedSeeds(record)
  if (judged.length === 0) return undefined
  const x = { field: 'score', type: 'quantitative', title: 'score, standard deviations', axis: { tickCount: 5 } }
  const y = (field: string) => ({ field, type: 'quantitative', title: 'gain of the poor tasks', axis: { tickCount: 5 } })
  const panel = (name: string) => {
    const values = judged.flatMap((entry) => {
      const scores = standardised(found(entry, name).scores)
      return entry.raised.gains.map((gain, task) => ({ seed: entry.seed, task, score: scores[task], gain }))
    })
    const agree = fixed(mean(judged.map((entry) => found(entry, name).spearman)))
    const layer = [
      { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { y: y('zero') } },
      { data: { values }, mark: { type: 'circle', size: 30, color: colour('critical'), opacity: 0.7 }, encoding: { x, y: y('gain') } }
    ]
    return chart(
      { title: `${name}: Spearman ${agree}`, width: 250, height: 180, layer },
      `The scores of ${name} and what raising each task alone gave have a rank correlation of ${agree}, mean over ${judged.length} seeds.`
    )
  }
  return {
    id: 'influence',
    title: 'What an explanation says of a task, and what raising it does',
    svg: await Promise.all(shared(judged).map(panel)),
    legend: [{ label: 'a training task of a seed', colour: 'critical', mark: 'dot' }],
    caption: say(
      `Every training task raised alone in a short retraining; ${judged.length} seeds.`,
      `One repeat of the gains ranks the tasks like another with a Spearman correlation of ${fixed(mean(judged.map(({ raised }) => raised.ceiling)))} on average.`
    )
  }
}

/** The same as a Markdown table: rank correlations, and what the five best-scored tasks give; undefined where no task was raised alone. */
export function influenceTable(record: StudyRecord): string | undefined {
  const judged = raisedSeeds(record)
  if (judged.length === 0) return undefined
  const top = (entry: Judged, scores: readonly number[]) => {
    const order = scores.map((_, task) => task).sort((a, b) => scores[b] - scores[a] || a - b)
    return mean(order.slice(0, 5).map((task) => entry.raised.gains[task]))
  }
  const average = (of: (entry: Judged) => number) => mean(judged.map(of))
  const rows = shared(judged).map((name) => {
    const each = judged.map((entry) => fixed(found(entry, name).spearman))
    const best = average((entry) => top(entry, found(entry, name).scores))
    return `| ${name} | ${fixed(average((entry) => found(entry, name).spearman))} | ${each.join(', ')} | ${signed(best, 3)} |`
  })
  const [{ settings }] = record.seeds.flatMap(({ validation }) => (validation === undefined ? [] : [validation]))
  return [
    '# What explanations say of a task, and what raising it alone does',
    '',
    `Short retrainings from theta_0 (${settings.iterations} iterations on every training task, ${settings.repeats} repeats) in which one training task has ${fixed(100 * settings.share, 0)} % of the objective, paired with one in which none has; seeds ${judged.map(({ seed }) => seed).join(', ')}.`,
    '',
    '| explanation | Spearman of score and gain, mean | each seed | mean gain of the poor tasks over its five best-scored |',
    '| --- | --- | --- | --- |',
    ...rows,
    `| one repeat of the gains against another | ${fixed(average(({ raised }) => raised.ceiling))} | ${judged.map(({ raised }) => fixed(raised.ceiling)).join(', ')} | |`,
    `| any task | | | ${signed(
      average(({ raised }) => mean(raised.gains)),
      3
    )} |`,
    `| the five that really gave most (chosen on these gains, so too high) | | | ${signed(
      average((entry) => top(entry, entry.raised.gains)),
      3
    )} |`,
    ''
  ].join('\n')
}
