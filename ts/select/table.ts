/**
 * The result table: every arm before and after, on poor and other tasks, with paired intervals, the null arm beside every
 * gain, and how many tasks an arm made worse.
 */

import { inArmOrder, NULL, REFERENCE } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import { checkOptions, type Kinds, number, object } from '../options.js'
import {
  type AdaptationRow,
  EVALUATED,
  GROUPS,
  type Group,
  METRICS,
  type Metric,
  TABLE_POOLS,
  type TableRecord,
  type TableRow
} from '../records/index.js'
import { mean } from '../statistics/index.js'
import { improvementRows, iqmRows } from './aggregates.js'
import { BOOTSTRAP, Bootstrap, type BootstrapOptions } from './bootstrap.js'
import { choiceRows } from './choices.js'
import { ablationRows, criticalCurve, overBothRows, type Variant } from './contrasts.js'
import { degradedRow, MARGIN } from './degraded.js'
import { doseRows } from './dose.js'
import { foretoldRows, heldRows } from './foretold.js'
import { kindRows } from './kinds.js'
import { leverRows } from './lever.js'
import { leadingScores } from './poor.js'
import { differences, grouped, hasSuccess, type SeedScores, type SteppedScores, values } from './scores.js'
import { transferRows } from './transfer.js'

/** Seeds below which a result is called preliminary. */
export const ENOUGH_SEEDS = 10

/** What tells how well a task is served: success, or return where nothing can succeed (no row measures success then). */
export function leadingMetric(table: { readonly rows: readonly { metric: Metric }[] }): Metric {
  return table.rows.some((row) => row.metric === 'success') ? 'success' : 'return'
}

/** Settings of a table. */
export interface TableOptions extends BootstrapOptions {
  /**
   * Fall from which a task counts as degraded: of success, or where nothing can succeed of the return, as a share of the
   * spread (p90 - p10) of theta_0's adapted returns over the pool. @default 0.05
   */
  margin?: number
  /** Arms that the specification defines. @default none */
  variants?: Readonly<Record<string, Variant>>
}

const TABLE: Kinds<TableOptions> = { ...BOOTSTRAP, margin: number, variants: object('what retrain.define says of each arm') }

/**
 * Builds the table over seeds. Arms that some seed lacks are left out of the table, since their rows would not be paired.
 * @throws XmrlError `ERR_SHAPE` where there is no seed or an arm's scores do not cover the tasks
 */
export function buildTable(seeds: readonly SeedScores[], options: TableOptions = {}): TableRecord {
  if (seeds.length === 0) throw new XmrlError('ERR_SHAPE', 'a table needs at least one seed')
  const { margin = MARGIN, variants = {}, ...resampling } = checkOptions('buildTable', options, TABLE)
  const bootstrap = new Bootstrap(resampling)
  const arms = inArmOrder(Object.keys(seeds[0].arms)).filter((arm) => seeds.every((seed) => arm in seed.arms))
  for (const seed of seeds) checkShapes(seed, arms)
  const metrics = seeds.every(hasSuccess) ? METRICS : (['return'] as const)
  const [leading] = metrics
  const adaptation = ['theta_0', ...arms].flatMap((arm) => adaptationRows(seeds, arm))
  const overBoth = overBothRows(seeds, arms, leading, bootstrap)
  const ablations = ablationRows(seeds, arms, variants, leading, bootstrap)
  const curve = criticalCurve(seeds, arms, variants, leading, bootstrap)
  const kinds = kindRows(seeds, arms, leading, bootstrap)
  const choices = choiceRows(seeds)
  const foretold = foretoldRows(seeds, arms, variants, leading, bootstrap)
  const held = heldRows(seeds, arms)
  const doses = doseRows(seeds, arms)
  const levers = leverRows(seeds, arms)
  const transfer = transferRows(seeds, leading, bootstrap)
  return {
    seeds: seeds.map((seed) => seed.seed),
    rows: rowsOf(seeds, arms, metrics, bootstrap),
    degraded: arms.flatMap((arm) => TABLE_POOLS.map((pool) => degradedRow(seeds, arm, pool, margin, bootstrap))),
    ...(overBoth.length > 0 ? { overBoth } : {}),
    iqm: iqmRows(seeds, arms, leading, bootstrap),
    improvement: improvementRows(seeds, arms, leading, bootstrap),
    ...(ablations.length > 0 ? { ablations } : {}),
    ...(curve.length > 0 ? { criticalCurve: curve } : {}),
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(choices.length > 0 ? { choices } : {}),
    ...(foretold.length > 0 ? { foretold } : {}),
    ...(held.length > 0 ? { held } : {}),
    ...(doses.length > 0 ? { doses } : {}),
    ...(levers.length > 0 ? { levers } : {}),
    ...(transfer.length > 0 ? { transfer } : {}),
    ...(adaptation.length > 0 ? { adaptation } : {}),
    bootstrap: { resamples: bootstrap.resamples, level: bootstrap.level, over: seeds.length > 1 ? 'seeds and tasks' : 'tasks' },
    steps: Object.fromEntries(arms.map((arm) => [arm, seeds.reduce((sum, seed) => sum + (seed.steps[arm] ?? 0), 0)]))
  }
}

/** Arm by arm, then pool, group, metric. */
function rowsOf(seeds: readonly SeedScores[], arms: readonly string[], metrics: readonly Metric[], bootstrap: Bootstrap): TableRow[] {
  const cells = TABLE_POOLS.flatMap((pool) => GROUPS.flatMap((group) => metrics.map((metric) => ({ pool, group, metric }))))
  const of = (arm: string, { pool, group, metric }: (typeof cells)[number]) => seeds.map((seed) => values(seed, arm, pool, group, metric))
  const over = (arm: string, reference: string, cell: (typeof cells)[number]) =>
    bootstrap.interval(differences(of(arm, cell), of(reference, cell)))
  const compared = arms.includes(REFERENCE)
  // The same for every arm.
  const nulls = compared && arms.includes(NULL) ? cells.map((cell) => over(NULL, REFERENCE, cell)) : undefined
  return arms.flatMap((arm) =>
    cells.map((cell, i) => {
      const [before, after] = [of('theta_0', cell), of(arm, cell)]
      return {
        arm,
        ...cell,
        tasks: after.reduce((sum, tasks) => sum + tasks.length, 0),
        before: mean(before.map(mean)),
        after: mean(after.map(mean)),
        ...bootstrap.interval(differences(after, before)),
        ...(arm !== REFERENCE && compared ? { overMaml: over(arm, REFERENCE, cell) } : {}),
        ...(nulls === undefined ? {} : { null: nulls[i] })
      }
    })
  )
}

/** Mean over seeds of the evaluation pool's leading scores; none where a seed did not measure the arm step by step. */
function adaptationRows(seeds: readonly SeedScores[], arm: string): AdaptationRow[] {
  const measured = seeds.map((seed) => seed.bySteps?.[arm] ?? [])
  const counts = measured[0].map((entry) => entry.adaptationSteps)
  const shared = counts.filter((count) => measured.every((entries) => entries.some((entry) => entry.adaptationSteps === count)))
  return shared.map((adaptationSteps) => {
    const of = (group: Group) =>
      mean(
        seeds.map((seed, i) => {
          const entry = measured[i].find((scores) => scores.adaptationSteps === adaptationSteps) as SteppedScores
          return mean(grouped(leadingScores(entry), seed.poor.evaluation, group))
        })
      )
    return { arm, adaptationSteps, mean: of('mean'), poor: of('poor'), other: of('other') }
  })
}

function checkShapes(seed: SeedScores, arms: readonly string[]): void {
  for (const pool of EVALUATED) {
    const size = seed.before[pool].returns.length
    for (const arm of arms) {
      const { returns, success } = seed.arms[arm][pool]
      const successes = success?.length ?? size
      if (returns.length !== size || successes !== size) {
        throw new XmrlError(
          'ERR_SHAPE',
          `seed ${seed.seed}, ${pool}: theta_0 has ${size} tasks, ${arm} has ${returns.length} returns and ${successes} successes`
        )
      }
    }
    const outside = seed.poor[pool].find((id) => id >= size)
    if (outside !== undefined) throw new XmrlError('ERR_SHAPE', `seed ${seed.seed}, ${pool}: poor task ${outside} of a pool of ${size}`)
  }
}
