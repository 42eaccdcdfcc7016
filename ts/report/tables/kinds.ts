/** The table of the kinds of task: how each is served before and after, and what weight the explanation puts on it. */
import { repairsNothing } from '../../arms/index.js'
import { fixed } from '../../drawing/index.js'
import type { TableRecord } from '../../records/index.js'
import { armStyle } from '../arms.js'
import { leadingArm } from '../headline.js'
import { measureOf } from '../measure.js'
import { type Block, gainCell, plain } from './model.js'

/** A row a kind; no rows where a world has but one. Of the arms, the one that the report speaks of and continued MAML. */
export function kindsBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.kinds ?? []
  const main = leadingArm(table)
  const arms = [...new Set(rows.map(({ arm }) => arm))].filter((arm) => arm === main || repairsNothing(arm))
  const weights = table.choices?.find(({ arm }) => arm === '')?.weightByKind
  const of = (kind: string, arm: string) => rows.find((row) => row.kind === kind && row.arm === arm)
  const compared = (arm: string) => rows.some((row) => row.arm === arm && row.overMaml !== undefined)
  return {
    id: 'kinds',
    title: `By kind of task, both pools: ${metric} after adaptation`,
    head: [
      { title: 'kind of task' },
      { title: 'tasks' },
      { title: 'poor' },
      ...(weights === undefined ? [] : [{ title: 'weight of its training tasks' }]),
      { title: 'before repair' },
      ...arms.flatMap((arm) => [{ title: armStyle(arm).label }, ...(compared(arm) ? [{ title: 'over MAML', joined: true }] : [])])
    ],
    rows: rows
      .filter(({ arm }) => arm === 'theta_0')
      .map(({ kind, tasks, poor, value }) => ({
        cells: [
          plain(kind),
          plain(String(tasks)),
          plain(poor === 0 ? '' : String(poor)),
          ...(weights === undefined ? [] : [plain(weights[kind] === undefined ? 'not trained on' : fixed(weights[kind]))]),
          plain(fixed(value, decimals)),
          ...arms.flatMap((arm) => {
            const row = of(kind, arm)
            return [
              plain(row === undefined ? '' : fixed(row.value, decimals)),
              ...(compared(arm) ? [gainCell(row?.overMaml, decimals)] : [])
            ]
          })
        ]
      }))
  }
}
