/** How the mixing law was learned: its information beside the null, and the hypergradient's norm, step by step. */
import { type Colour, chart, colour, type Figure, fixed, say } from '../../drawing/index.js'
import type { AugmentationRecord } from '../../records/index.js'
import { INFORMATION_UNIT } from './mixing.js'

/** Two charts over the steps on phi; undefined where nothing was learned, or the record does not hold both figures. */
export async function ascentFigure(record: AugmentationRecord): Promise<Figure | undefined> {
  const steps = record.history.filter((step) => step.gradientNorm !== undefined)
  if (steps.length < 2) return undefined
  const k = (step: (typeof steps)[number]) => step.iteration + 1
  const series = (name: string, of: (step: (typeof steps)[number]) => number | undefined) =>
    steps.flatMap((step) => {
      const value = of(step)
      return value === undefined ? [] : [{ k: k(step), name, value }]
    })
  const gain = steps.some((step) => step.objective !== undefined)
  // Earlier versions measured the null in every step; now it is one of the figures.
  const nulls = steps.some((step) => step.null !== undefined)
  const [information, norms] = await Promise.all([
    lines(nulls ? 'Information against its null' : 'Information', 'nats', [
      ['information', 'critical', series('information', (step) => step.cmi)],
      ...(gain ? [['gain', 'better', series('gain', (step) => step.objective)] as const] : []),
      ...(nulls ? [['null', 'other', series('null', (step) => step.null)] as const] : [])
    ]),
    lines('Hypergradient', 'norm', [
      ['average', 'critical', series('average', (step) => step.averageNorm)],
      ['estimate', 'other', series('estimate', (step) => step.gradientNorm)]
    ])
  ])
  const [first, last] = [steps[0], steps[steps.length - 1]]
  const route = record.gradient === 'pathwise' ? 'along the path of the draws' : 'by the score function'
  return {
    id: 'ascent',
    title: 'How the mixing law was learned',
    svg: [information, norms],
    legend: [
      { label: 'conditional mutual information (left), followed average (right)', colour: 'critical', mark: 'line' },
      ...(gain ? [{ label: 'information gain, the objective', colour: 'better', mark: 'line' } as const] : []),
      { label: `${nulls ? 'null: λ fixed (left), ' : ''}single estimate (right)`, colour: 'other', mark: 'line' }
    ],
    caption: say(
      `First: the conditional mutual information of each step’s episodes, ${fixed(first.cmi, 3)} nats at the start and ${fixed(last.cmi, 3)} at the last step${nulls ? ', beside the same episodes with λ fixed, which must be 0' : ''}.`,
      `Second: the norm of the gradient with respect to φ, estimated ${route}; φ follows its moving average with steps ∝ 1/√k.`,
      'Every step has its own episodes, so both curves carry noise.',
      INFORMATION_UNIT
    )
  }
}

type Series = readonly [name: string, colour: Colour, values: readonly { k: number; value: number }[]]

/** Lines over the steps, each with its colour. */
function lines(title: string, unit: string, series: readonly Series[]): Promise<string> {
  const told = series.flatMap(([name, , values]) => {
    const [first, last] = [values[0], values[values.length - 1]]
    return first === undefined ? [] : [`${name} ${fixed(first.value, 3)} at the first step and ${fixed(last.value, 3)} at the last`]
  })
  const names = series.map(([name]) => name)
  const color = {
    field: 'name',
    type: 'nominal',
    scale: { domain: names, range: series.map(([, name]) => colour(name)) },
    legend: null
  }
  const x = { field: 'k', type: 'quantitative', title: 'step k', scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 6 } }
  const y = { field: 'value', type: 'quantitative', title: unit, scale: { zero: true }, axis: { tickCount: 4 } }
  const layer = [
    { mark: { type: 'line', strokeWidth: 1.6 }, encoding: { x, y, color } },
    { mark: { type: 'circle', size: 26, opacity: 1 }, encoding: { x, y, color } }
  ]
  const data = { values: series.flatMap(([, , values]) => values) }
  return chart({ title, width: 390, height: 170, data, layer }, `${title}, ${unit}: ${told.join('; ')}.`)
}
