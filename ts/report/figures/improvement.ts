/** How probable it is that an arm serves a task better than continued MAML. */

import { type Figure, say } from '../../drawing/index.js'
import type { TableRecord, TableRow } from '../../records/index.js'
import type { Bases } from '../arms.js'
import { domainOf, type Range, rangesChart } from './ranges.js'

const PANELS = [
  ['poor', 'Poor tasks of both pools'],
  ['other', 'Other tasks of both pools']
] as const

/** Probability of improvement of every arm on a group of tasks. */
export function improvementRanges(table: TableRecord, group: TableRow['group']): Range[] {
  const rows = (table.improvement ?? []).filter((row) => row.group === group)
  return rows.map(({ arm, probability, low, high, shown }) => ({ arm, value: probability, low, high, shown }))
}

/** One panel for the poor tasks, one for the others; undefined without continued MAML to compare with. */
export async function improvementFigure(table: TableRecord, bases: Bases = {}): Promise<Figure | undefined> {
  const rows = table.improvement ?? []
  if (rows.length === 0) return undefined
  const of = (group: TableRow['group']) => improvementRanges(table, group)
  const domain = domainOf(
    PANELS.flatMap(([group]) => of(group)),
    0.5
  )
  const svg = await Promise.all(
    PANELS.map(([group, title]) => rangesChart(title, of(group), { title: 'probability of improvement', domain, reference: 0.5 }, bases))
  )
  return {
    id: 'improvement',
    title: 'Probability of improvement over continued MAML',
    svg,
    legend: [
      { label: 'its interval leaves ½ out', colour: 'critical', mark: 'dot' },
      { label: 'its interval holds ½: not shown', colour: 'critical', mark: 'ring' },
      { label: '95 % interval', colour: 'muted', mark: 'range' }
    ],
    caption: say(
      'Probability that a task is served better by the arm than by continued MAML at the same steps, ties counted half (Mann-Whitney, one run against one on every task); ½ = no difference.',
      `Bars are 95 % intervals of a bootstrap over ${table.bootstrap.over}.`,
      'It says how often, not by how much.'
    )
  }
}
