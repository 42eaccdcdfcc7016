/** Interquartile means of every arm with their intervals. */

import { type Figure, fixed, say } from '../../drawing/index.js'
import type { TableRecord, TableRow } from '../../records/index.js'
import type { Bases } from '../arms.js'
import { measureOf } from '../measure.js'
import { domainOf, type Range, rangesChart } from './ranges.js'

const PANELS = [
  ['mean', 'All tasks of both pools'],
  ['poor', 'Poor tasks of both pools']
] as const

/** Interquartile mean of every arm on a group of tasks. */
export function iqmRanges(table: TableRecord, group: TableRow['group']): Range[] {
  const rows = (table.iqm ?? []).filter((row) => row.group === group)
  return rows.map(({ arm, iqm, low, high }) => ({ arm, value: iqm, low, high, shown: true }))
}

/** One panel for all tasks, one for the poor ones; undefined where the table has no interquartile means. */
export async function iqmFigure(table: TableRecord, bases: Bases = {}): Promise<Figure | undefined> {
  const rows = table.iqm ?? []
  if (rows.length === 0) return undefined
  const { metric, decimals } = measureOf(table)
  const write = (value: number) => fixed(value, decimals)
  const svg = await Promise.all(
    PANELS.map(([group, title]) => {
      const ranges = iqmRanges(table, group)
      return rangesChart(title, ranges, { title: `interquartile mean of ${metric}`, domain: domainOf(ranges), write }, bases)
    })
  )
  return {
    id: 'iqm',
    title: 'Interquartile means',
    svg,
    legend: [
      { label: 'interquartile mean', colour: 'critical', mark: 'dot' },
      { label: '95 % interval', colour: 'muted', mark: 'range' }
    ],
    caption: say(
      'Mean of the middle half of all (seed, task) scores after adaptation: a quarter at either end is left out, so that a few hopeless or perfect tasks do not decide.',
      `Intervals resample ${table.seeds.length > 1 ? 'seeds, then ' : ''}tasks within each stratum (pool, poor or not).`,
      'Intervals of two arms may overlap although their paired difference is shown.'
    )
  }
}
