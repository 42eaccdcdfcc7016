/** What every arm gains over continued MAML: on the poor tasks, and on the others, which must not pay for it. */

import { REFERENCE } from '../../arms/index.js'
import { chart, colour, type Figure, range, say, signed } from '../../drawing/index.js'
import { type Metric, TABLE_POOLS, type TableRecord } from '../../records/index.js'
import { leadingScores, type SeedScores } from '../../select/index.js'
import { mean } from '../../statistics/index.js'
import { armStyle, type Bases, underBases } from '../arms.js'
import { measureOf } from '../measure.js'
import { armAxis, intervalLayers, PANEL, ROW } from './ranges.js'

const PANELS = [
  ['poor', 'Poor tasks of both pools'],
  ['other', 'Other tasks of both pools']
] as const
type Group = (typeof PANELS)[number][0]

/** One interval an arm with, for several seeds, one dot a seed; undefined without continued MAML. */
export async function gainsFigure(seeds: readonly SeedScores[], table: TableRecord, bases: Bases = {}): Promise<Figure | undefined> {
  const { metric, decimals } = measureOf(table)
  const arms = underBases([...new Set(table.rows.map((row) => row.arm))], bases).filter((arm) => arm !== REFERENCE)
  if (arms.length === 0 || seeds.length === 0 || seeds.some((seed) => [REFERENCE, ...arms].some((arm) => seed.arms[arm] === undefined)))
    return undefined
  const bars = Object.fromEntries(PANELS.map(([group]) => [group, barsOf(table, group, metric)]))
  const dots = Object.fromEntries(PANELS.map(([group]) => [group, seeds.length > 1 ? dotsOf(seeds, arms, group) : []]))
  const ends = PANELS.flatMap(([group]) => [...bars[group].flatMap((bar) => [bar.low, bar.high]), ...dots[group].map((dot) => dot.gain)])
  if (ends.length === 0) return undefined
  // One axis for both panels: a loss of the others is to be weighed against the gain of the poor.
  const domain = [Math.min(0, ...ends), Math.max(0, ...ends)]
  const written = Object.fromEntries(PANELS.map(([group]) => [group, writtenBars(bars[group], decimals)]))
  const svg = await Promise.all(
    PANELS.map(([group, title]) => {
      const told = bars[group].map(({ arm, shown }) => `${arm} ${written[group][arm]}${shown ? '' : ', not shown'}`)
      const axis = { domain, metric, texts: written[group] }
      return chart(panel(title, arms, bars[group], dots[group], axis, bases), `${title}, gain over continued MAML: ${told.join('; ')}.`)
    })
  )
  const judged = PANELS.reduce((sum, [group]) => sum + bars[group].length, 0)
  const several = seeds.length > 1
  return {
    id: 'gains',
    title: 'The gain over continued MAML at the same steps',
    svg,
    legend: [
      { label: 'mean; its interval leaves 0 out', colour: 'critical', mark: 'dot' },
      { label: 'mean; its interval holds 0: not shown', colour: 'critical', mark: 'ring' },
      { label: '95 % interval', colour: 'muted', mark: 'range' },
      ...(several ? [{ label: 'one seed', colour: 'muted', mark: 'tick' } as const] : [])
    ],
    caption: say(
      `${metric === 'success' ? 'Success' : 'Return'} after adaptation with the arm minus that after continued MAML.`,
      'First: the poor tasks, where the repair must show.',
      'Second: the others, which must not fall.',
      `Bars are 95 % intervals of a paired bootstrap over ${table.bootstrap.over}${several ? `; each tick is one of ${seeds.length} seeds` : ' of one seed; they say nothing about other seeds'}.`,
      'The null arm is continued MAML run again: what nothing new differs by.',
      `At 95 %, one interval in twenty leaves 0 out by chance alone; here are ${judged} of them.`
    )
  }
}

/** An arm's gain with its interval. */
export interface Bar {
  arm: string
  gain: number
  low: number
  high: number
  shown: boolean
}
/** An arm's gain in one seed. */
export interface Dot {
  arm: string
  gain: number
}

/** Each bar's gain and interval as they are written under its name. */
function writtenBars(bars: readonly Bar[], decimals: number): Record<string, string> {
  return Object.fromEntries(bars.map(({ arm, gain, low, high }) => [arm, `${signed(gain, decimals)} ${range(low, high, decimals)}`]))
}

/** Gain of every arm but the reference over it on both pools, by label. */
export function barsOf(table: TableRecord, group: Group, metric: Metric): Bar[] {
  return table.rows
    .filter((row) => row.pool === 'both' && row.group === group && row.metric === metric)
    .flatMap((row) => (row.overMaml === undefined ? [] : [{ arm: armStyle(row.arm).label, ...row.overMaml }]))
}

/** The same gain in every seed alone. */
export function dotsOf(seeds: readonly SeedScores[], arms: readonly string[], group: Group): Dot[] {
  return seeds.flatMap((seed) =>
    arms.map((arm) => {
      const gains = TABLE_POOLS.flatMap((pool) => {
        if (pool === 'both') return []
        const poor = new Set(seed.poor[pool])
        const [own, reference] = [leadingScores(seed.arms[arm][pool]), leadingScores(seed.arms[REFERENCE][pool])]
        return own.flatMap((value, id) => (poor.has(id) === (group === 'poor') ? [value - reference[id]] : []))
      })
      return { arm: armStyle(arm).label, gain: mean(gains) }
    })
  )
}

interface Axis {
  domain: number[]
  metric: Metric
  texts: Readonly<Record<string, string>>
}

function panel(title: string, names: readonly string[], bars: Bar[], dots: Dot[], { domain, metric, texts }: Axis, bases: Bases) {
  const arms = names.map((arm) => armStyle(arm).label)
  const y = {
    field: 'arm',
    type: 'nominal',
    sort: arms,
    title: null,
    scale: { domain: arms },
    axis: armAxis(texts)
  }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    title: `${metric} over continued MAML`,
    scale: { domain, nice: true },
    axis: { tickCount: 5, labelExpr: "(datum.value > 1e-9 ? '+' : '') + format(datum.value, '.2~f')" }
  })
  const color = {
    field: 'arm',
    type: 'nominal',
    scale: { domain: arms, range: names.map((arm) => colour(armStyle(arm, bases).colour)) },
    legend: null
  }
  const fill = {
    condition: { test: 'datum.shown', field: 'arm', type: 'nominal', scale: color.scale, legend: null },
    value: colour('paper')
  }
  return {
    title,
    width: PANEL,
    height: ROW * arms.length,
    layer: [
      { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { x: x('zero') } },
      ...intervalLayers({ y, color }, 'x', x, { values: bars }),
      ...(dots.length === 0
        ? []
        : [
            { data: { values: dots }, mark: { type: 'tick', size: 14, thickness: 1.4, opacity: 0.8 }, encoding: { y, x: x('gain'), color } }
          ]),
      {
        data: { values: bars },
        mark: { type: 'point', size: 70, strokeWidth: 2, opacity: 1 },
        encoding: { y, x: x('gain'), color, fill }
      }
    ]
  }
}
