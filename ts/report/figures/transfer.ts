/** Success (or return) of the poor tasks on other presets, before and after. */

import { type Figure, say, signed } from '../../drawing/index.js'
import type { TableRecord } from '../../records/index.js'
import type { Bases } from '../arms.js'
import { measureOf } from '../measure.js'
import { domainOf, type Range, rangesChart } from './ranges.js'

/** One panel a preset: every arm's change from theta_0 on the poor tasks there; undefined where nothing was scored elsewhere. */
export async function transferFigure(table: TableRecord, bases: Bases = {}): Promise<Figure | undefined> {
  const rows = (table.transfer ?? []).filter((row) => row.group === 'poor')
  if (rows.length === 0) return undefined
  const ranges = (preset: string): Range[] =>
    rows.filter((row) => row.preset === preset).map(({ arm, gain, low, high, shown }) => ({ arm, value: gain, low, high, shown }))
  const presets = [...new Set(rows.map((row) => row.preset))]
  const domain = domainOf(presets.flatMap(ranges), 0)
  const { metric, short } = measureOf(table)
  const write = (value: number) => signed(value, short)
  const svg = await Promise.all(
    presets.map((preset) =>
      rangesChart(preset, ranges(preset), { title: `change of ${metric} from theta_0`, domain, reference: 0, write }, bases)
    )
  )
  return {
    id: 'transfer',
    title: 'Poor tasks where the world differs',
    svg,
    legend: [
      { label: 'mean', colour: 'critical', mark: 'dot' },
      { label: '95 % interval', colour: 'muted', mark: 'range' }
    ],
    caption: say(
      `theta_0 and every arm adapt on another preset, without further training; shown is how far each is above theta_0 there on the tasks that are poor on the run's own preset, both pools.`,
      `Intervals are paired bootstraps over ${table.bootstrap.over}; hollow: 0 lies inside.`
    )
  }
}
