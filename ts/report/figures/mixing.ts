/** The law of the mixing coefficient and the information it adds, beside its nulls. */
import { chart, colour, type Figure, fixed, say } from '../../drawing/index.js'
import type { AugmentationRecord } from '../../records/index.js'

/** P(lambda) on the left, CMI and its nulls on the right. */
export async function mixingFigure(record: AugmentationRecord): Promise<Figure> {
  const [density, information] = await Promise.all([densityChart(record), informationChart(record)])
  const law =
    record.family === 'uniform'
      ? 'uniform, with nothing learned'
      : `${record.family}, learned in ${record.history.length} steps (φ = ${record.phi.map((value) => fixed(value, 2)).join(', ')})`
  return {
    id: 'mixing',
    title: 'How critical tasks are augmented',
    svg: [density, information],
    legend: [],
    caption: say(
      `First: the law of λ, with which a start state λ s + (1 − λ) s′ is mixed from two visited states; it is ${law}.`,
      `Second: the conditional mutual information between the meta-parameters and the mixed tasks, ${fixed(record.cmi, 3)} ± ${fixed(record.standardError, 3)} nats (bar: two standard errors).`,
      `Read it against the dots below: with λ fixed and the same random numbers the estimate must be 0 (it is ${fixed(record.null, 3)}); with λ fixed and fresh noise it would be ${fixed(record.noiseNull, 3)}, which is why random numbers are shared.`,
      `${INFORMATION_UNIT}${mixtures(record)}`
    )
  }
}

/** What an information in nats can be held against. */
export const INFORMATION_UNIT =
  'The response r_m that the information is about is a gradient of returns and carries their unit: nats of two environments, or of rewards in another unit, are not to be compared.'

const times = (count: number) => (count === 1 ? 'once' : `${count} times`)

/** How often mixtures were infeasible and what became of them; nothing where it was not counted. */
export function mixtures({ mix, repair, infeasible, lifted = 0, redraws = 0, gaveUp = 0 }: AugmentationRecord): string {
  if (mix === undefined || infeasible === undefined) return ''
  const how = ` States are mixed ${mix === 'linear' ? 'linearly' : 'along geodesics'}`
  if (infeasible === 0) return `${how}; no mixture was infeasible.`
  const fates = [
    ...(lifted > 0 ? [`${lifted} lifted out of the floor`] : []),
    ...(redraws > 0 ? [`another pair drawn ${times(redraws)}`] : []),
    ...(gaveUp > 0 ? [`a visited state taken instead ${times(gaveUp)}`] : []),
    ...(repair === 'none' ? ['flown as they were'] : [])
  ]
  return `${how}; ${infeasible} mixture${infeasible === 1 ? ' was' : 's were'} infeasible: ${fates.join(', ')}.`
}

function densityChart(record: AugmentationRecord): Promise<string> {
  const values = record.density.lambda.map((lambda, i) => ({ lambda, p: record.density.p[i] }))
  const highest = Math.max(1.5, Math.min(6, Math.max(...record.density.p) * 1.1))
  const x = { field: 'lambda', type: 'quantitative', title: 'mixing coefficient λ', scale: { domain: [0, 1] }, axis: { tickCount: 5 } }
  const y = {
    field: 'p',
    type: 'quantitative',
    title: 'density P(λ)',
    scale: { domain: [0, highest], clamp: true },
    axis: { tickCount: 4 }
  }
  const layer = [
    { mark: { type: 'area', color: colour('critical'), opacity: 0.18 }, encoding: { x, y } },
    { mark: { type: 'line', color: colour('critical'), strokeWidth: 2 }, encoding: { x, y } }
  ]
  const most = values.reduce((best, value) => (value.p > best.p ? value : best), values[0])
  const law = record.family === 'uniform' ? 'uniform: every λ is as likely' : `densest at λ = ${fixed(most.lambda)}`
  return chart({ title: 'Mixing law', width: 390, height: 170, data: { values }, layer }, `The mixing law is ${law}.`)
}

function informationChart(record: AugmentationRecord): Promise<string> {
  const names = ['mixed states', 'null: λ fixed', 'λ fixed, fresh noise']
  const values = [record.cmi, record.null, record.noiseNull].map((value, i) => ({
    name: names[i],
    value,
    low: value - (i === 0 ? 2 * record.standardError : 0),
    high: value + (i === 0 ? 2 * record.standardError : 0),
    kind: i === 0 ? 'mixed' : 'null'
  }))
  const highest = Math.max(...values.map((row) => row.high), 0.01) * 1.12
  const y = {
    field: 'name',
    type: 'nominal',
    sort: names,
    title: null,
    axis: { labelLimit: 0, grid: true, gridDash: [1, 3] }
  }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: 'conditional mutual information, nats',
    // Room on the left, so that a null of 0 does not lie on its label.
    scale: { domain: [Math.min(-0.05 * highest, ...values.map((row) => row.low)), highest], nice: false },
    axis: { tickCount: 5 }
  })
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: ['mixed', 'null'], range: [colour('critical'), colour('other')] },
    legend: null
  }
  const layer = [
    { mark: { type: 'rule', strokeWidth: 3, opacity: 0.5 }, encoding: { y, x: x('low'), x2: { field: 'high' }, color } },
    { mark: { type: 'circle', size: 90, opacity: 1 }, encoding: { y, x: x('value'), color } },
    { mark: { type: 'text', align: 'left', dx: 9, dy: -9 }, encoding: { y, x: x('value'), text: { field: 'value', format: '.3f' } } }
  ]
  return chart(
    { title: 'Information against its nulls', width: 260, height: 170, data: { values }, layer },
    `Mixing adds ${fixed(record.cmi, 3)} ± ${fixed(record.standardError, 3)} nats; the null is ${fixed(record.null, 3)}, with fresh noise ${fixed(record.noiseNull, 3)}.`
  )
}
