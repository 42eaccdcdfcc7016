/** The N_cri curve: what the number of critical tasks does to the repair. */
import { chart, colour, type Figure, percent, range, say, signed } from '../../drawing/index.js'
import type { TableRecord } from '../../records/index.js'
import { measureOf } from '../measure.js'
import { intervalLayers } from './ranges.js'

const PANELS = [
  ['poor', 'Poor tasks of both pools', 'critical'],
  ['other', 'Other tasks of both pools', 'muted']
] as const

/** Gain over continued MAML by the share of critical tasks; undefined where no arm sets that share. */
export async function criticalFigure(table: TableRecord): Promise<Figure | undefined> {
  const points = table.criticalCurve ?? []
  if (points.length === 0) return undefined
  const values = points.map(({ group, criticalFraction, set, overMaml }) => ({ group, share: criticalFraction, set, ...overMaml }))
  const ends = values.flatMap(({ low, high }) => [low, high])
  const domain = [Math.min(0, ...ends), Math.max(0, ...ends)]
  const { metric, decimals } = measureOf(table)
  const x = {
    field: 'share',
    type: 'quantitative',
    title: 'share of training tasks called critical',
    scale: { zero: true },
    axis: { format: '.0%', tickCount: 5 }
  }
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${metric} over continued MAML`,
    scale: { domain, nice: true },
    axis: { tickCount: 6 }
  })
  const result = (group: string, title: string) => {
    const told = values.filter((value) => value.group === group).sort((a, b) => a.share - b.share)
    const of = told.map(({ share, gain, low, high }) => `${percent(share)}: ${signed(gain, decimals)} ${range(low, high, decimals)}`)
    return `${title}, gain over continued MAML by the share of tasks called critical: ${of.join('; ')}.`
  }
  const panel = (group: string, title: string, shade: 'critical' | 'muted') => {
    const data = { values: values.filter((value) => value.group === group) }
    const line = { values: data.values.filter((value) => value.set) }
    return {
      title,
      width: 310,
      height: 200,
      layer: [
        { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { y: y('zero') } },
        { data: line, mark: { type: 'line', color: colour(shade), strokeWidth: 1.6 }, encoding: { x, y: y('gain') } },
        ...intervalLayers({ x, color: { value: colour(shade) } }, 'y', y, data),
        {
          data,
          mark: { type: 'point', color: colour(shade), size: 70, strokeWidth: 2, opacity: 1 },
          encoding: {
            x,
            y: y('gain'),
            shape: { condition: { test: 'datum.set', value: 'circle' }, value: 'triangle-up' },
            fill: { condition: { test: 'datum.shown', value: colour(shade) }, value: colour('paper') }
          }
        }
      ]
    }
  }
  return {
    id: 'critical-curve',
    title: 'How many tasks to call critical',
    svg: await Promise.all(PANELS.map(([group, title, shade]) => chart(panel(group, title, shade), result(group, title)))),
    legend: [
      { label: 'share set by hand', colour: 'critical', mark: 'dot' },
      { label: 'share as the explanation found it', colour: 'critical', mark: 'triangle' },
      { label: 'hollow: the interval holds 0', colour: 'critical', mark: 'ring' },
      { label: '95 % interval', colour: 'muted', mark: 'range' }
    ],
    caption: say(
      'Gain of XMRL over continued MAML when the best-ranked share of the training tasks is called critical, everything else equal.',
      `Bars are 95 % intervals of a paired bootstrap over ${table.bootstrap.over}.`,
      'Points share seeds, tasks and random numbers, so neighbours are not independent.'
    )
  }
}
