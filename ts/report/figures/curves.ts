/** Learning curves of the retraining arms against the extra environment steps. */

import { inArmOrder, METHOD } from '../../arms/index.js'
import { chart, colour, count, type Figure, fixed, say } from '../../drawing/index.js'
import type { ArmRecord } from '../../records/index.js'
import { mean } from '../../statistics/index.js'
import { armStyle, type Bases, underBases } from '../arms.js'

/** Half-width, in iterations, of the running mean. */
const SPAN = 8

/** Success (or return) of adapted policies in the meta-batches of each arm; several seeds are shown as their mean and band. The line of `main` is the thickest. */
export async function curvesFigure(all: readonly ArmRecord[], bases: Bases = {}, main = METHOD): Promise<Figure | undefined> {
  // A small budget may be over before the first iteration: measured, and spent on the one step to the poor tasks.
  const arms = all.filter((arm) => arm.curve.length > 1)
  const names = underBases(inArmOrder([...new Set(arms.map((arm) => arm.arm))]), bases)
  const short = all.filter((arm) => names.includes(arm.arm) && !arms.includes(arm))
  const styles = names.map((name) => armStyle(name, bases))
  if (names.length === 0) return undefined
  // The last line drawn lies on top: the method's.
  const values = [...names]
    .reverse()
    .flatMap((name) => pooled(arms.filter((arm) => arm.arm === name)).map((point) => ({ ...point, arm: name })))
  const seeds = new Set(arms.map((arm) => arm.seed)).size
  const x = { field: 'steps', type: 'quantitative', title: 'extra environment steps, millions', axis: { tickCount: 7 } }
  const metric = arms.every((arm) => arm.curve.every((point) => point.successAfter !== undefined)) ? 'success' : 'return'
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${metric} after adaptation`,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5 }
  })
  const color = {
    field: 'arm',
    type: 'nominal',
    scale: { domain: names, range: styles.map((style) => colour(style.colour)) },
    legend: null
  }
  const strokeDash = {
    field: 'arm',
    type: 'nominal',
    scale: { domain: names, range: styles.map(({ dash }) => dash) },
    legend: null
  }
  const strokeWidth = { condition: { test: `datum.arm === '${main}'`, value: 2.6 }, value: 1.3 }
  const layer = [
    ...(seeds > 1 ? [{ mark: { type: 'area', opacity: 0.12 }, encoding: { x, y: y('low'), y2: { field: 'high' }, color } }] : []),
    { mark: { type: 'line' }, encoding: { x, y: y('mean'), color, strokeDash, strokeWidth } }
  ]
  const ends = names.map((name) => {
    const own = values.filter((value) => value.arm === name)
    return `${armStyle(name).label} ${fixed(own[0].mean)} to ${fixed(own[own.length - 1].mean)}`
  })
  const svg = await chart(
    { width: 860, height: 240, data: { values }, layer },
    `${metric === 'success' ? 'Success' : 'Return'} in each arm’s own meta-batches, first to last: ${ends.join('; ')}.`
  )
  const budget = Math.max(...arms.map((arm) => arm.budget))
  const charged = Math.max(0, ...arms.map((arm) => arm.chargedSteps))
  return {
    id: 'curves',
    title: 'Retraining, arm by arm',
    svg: [svg],
    legend: styles.map(({ label, colour: name, dash }) => ({ label, colour: name, mark: dash.length > 0 ? 'dashed' : 'line' })),
    caption: say(
      `${metric === 'success' ? 'Success' : 'Return'} of the adapted policies in each arm’s own meta-batches, as a running mean of ${2 * SPAN + 1} iterations${seeds > 1 ? `, mean over ${seeds} seeds with the band from the lowest to the highest` : ''}.`,
      `Every arm starts from the same weights and may spend ${count(budget)} environment steps${charged > 0 ? `; ${count(charged)} steps of explaining, augmenting and choosing are charged to the arms that use them, whose curves therefore start later` : ''}.`,
      ...(short.length > 0
        ? [
            `Without a line, since they had hardly an iteration: ${short.map((arm) => `${armStyle(arm.arm, bases).label} of seed ${arm.seed}`).join(', ')}.`
          ]
        : []),
      'The arms meet different tasks (those that favour critical tasks meet more of the hard ones), so levels of two curves are not a comparison; the table is.'
    )
  }
}

/** Points that are drawn for one arm: running means of its seeds at the steps spent, charged ones included, in millions. */
export function pooled(arms: readonly ArmRecord[]): { steps: number; mean: number; low: number; high: number }[] {
  const smooth = arms.map((arm) => runningMean(arm.curve.map((point) => point.successAfter ?? point.returnAfter)))
  const length = Math.min(...smooth.map((curve) => curve.length))
  return Array.from({ length }, (_, i) => {
    const values = smooth.map((curve) => curve[i])
    const steps = arms.reduce((sum, arm) => sum + arm.curve[i].envSteps + arm.chargedSteps, 0) / arms.length
    return {
      steps: steps / 1e6,
      mean: mean(values),
      low: Math.min(...values),
      high: Math.max(...values)
    }
  })
}

/** Mean over `span` neighbours on each side, as far as there are any. */
export function runningMean(values: readonly number[], span = SPAN): number[] {
  return values.map((_, i) => {
    const window = values.slice(Math.max(0, i - span), i + span + 1)
    return mean(window)
  })
}
