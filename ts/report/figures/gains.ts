/** Gain on the poor tasks, seed by seed: does it come from all seeds or from one? */

import type { TableRecord } from '../../run/records.js'
import { mean, type SeedScores } from '../../select/index.js'
import { chart } from '../chart.js'
import type { Figure } from '../figure.js'
import { armStyle, colour } from '../theme.js'

/** One dot a seed and arm, against continued MAML; undefined for fewer than two seeds. */
export async function gainsFigure(seeds: readonly SeedScores[], table: TableRecord): Promise<Figure | undefined> {
  const arms = [...new Set(table.rows.map((row) => row.arm))].filter((arm) => arm !== 'maml')
  if (seeds.length < 2 || arms.length === 0 || seeds.some((seed) => seed.arms.maml === undefined)) return undefined
  const label = (arm: string) => armStyle(arm).label
  const panels = (['evaluation', 'held-out'] as const).map((pool) => {
    const dots = seeds.flatMap((seed) =>
      arms.map((arm) => ({
        arm: label(arm),
        gain: mean(seed.poor[pool].map((id) => seed.arms[arm][pool].success[id] - seed.arms.maml[pool].success[id]))
      }))
    )
    const bars = table.rows
      .filter((row) => row.pool === pool && row.group === 'poor' && row.metric === 'success' && row.overMaml !== undefined)
      .map((row) => ({ arm: label(row.arm), ...row.overMaml }))
    const y = {
      field: 'arm',
      type: 'nominal',
      sort: arms.map(label),
      title: null,
      axis: { labelLimit: 190, labelFontSize: 11.5, grid: true, gridDash: [1, 3] }
    }
    const x = (field: string) => ({ field, type: 'quantitative', title: 'success of poor tasks over continued MAML' })
    const color = {
      field: 'arm',
      type: 'nominal',
      scale: { domain: arms.map(label), range: arms.map((arm) => colour(armStyle(arm).colour)) },
      legend: null
    }
    return chart({
      title: pool === 'evaluation' ? 'Evaluation pool' : 'Held-out pool',
      width: 300,
      height: 34 * arms.length,
      layer: [
        { data: { values: [{ zero: 0 }] }, mark: { type: 'rule', color: colour('muted') }, encoding: { x: x('zero') } },
        {
          data: { values: bars },
          mark: { type: 'rule', strokeWidth: 9, opacity: 0.22 },
          encoding: { y, x: x('low'), x2: { field: 'high' }, color }
        },
        { data: { values: dots }, mark: { type: 'circle', size: 34, opacity: 0.75 }, encoding: { y, x: x('gain'), color } },
        { data: { values: bars }, mark: { type: 'tick', thickness: 2.5, size: 18 }, encoding: { y, x: x('gain'), color } }
      ]
    })
  })
  return {
    id: 'gains',
    title: 'The gain, seed by seed',
    svg: await Promise.all(panels),
    legend: [
      { label: 'one seed', colour: 'critical', mark: 'dot' },
      { label: 'mean', colour: 'critical', mark: 'bar' }
    ],
    caption: `Each dot is one seed: success of its poor tasks after the arm minus after continued MAML at the same steps. The tick is the mean over ${seeds.length} seeds and the broad bar its 95 % interval (bootstrap over seeds and tasks); an arm whose bar crosses the zero line is not shown to differ. The null arm tells how far two runs of nothing new lie apart.`
  }
}
