/**
 * The result table: every arm before and after, on poor and other tasks, with paired intervals, the null arm beside every
 * gain, and how many tasks an arm made worse.
 */
import { XmrlError } from '../errors.js'
import { type DegradedRow, degradationMargin, degradedRow, MARGIN } from './degraded.js'
import { leadingScores, type Scores } from './poor.js'
import { mean } from './reliability.js'
import { Bootstrap, type BootstrapOptions, type Interval } from './statistics.js'

/** A pool that arms are evaluated on. */
export type Pool = 'evaluation' | 'held-out'
const POOLS: readonly Pool[] = ['evaluation', 'held-out']
/** A pool of the table: `both` holds the tasks of the two evaluated pools, joined within each seed. */
export type TablePool = 'both' | Pool
const TABLE_POOLS: readonly TablePool[] = ['both', ...POOLS]
const GROUPS = ['mean', 'poor', 'other'] as const
const METRICS = ['success', 'return'] as const

/** Order of arms in every table and legend; an arm that is not named here comes after those that are. */
export const ARM_ORDER = ['xmrl', 'maml', 'maml-null', 'ma', 'oracle', 'random'] as const

/** `names` in the order of {@link ARM_ORDER}, unknown ones last and as they came. */
export function inArmOrder(names: readonly string[]): string[] {
  const rank = (name: string) => {
    const at = (ARM_ORDER as readonly string[]).indexOf(name)
    return at < 0 ? ARM_ORDER.length : at
  }
  return [...names].sort((a, b) => rank(a) - rank(b))
}

/** Tasks of a row: all of a pool, its poor ones, the others. */
export type Group = (typeof GROUPS)[number]
/** What a row measures after adaptation. */
export type Metric = (typeof METRICS)[number]

/** What tells how well a task is served: success, or return where nothing can succeed (no row measures success then). */
export function leadingMetric(table: { readonly rows: readonly { metric: Metric }[] }): Metric {
  return table.rows.some((row) => row.metric === 'success') ? 'success' : 'return'
}

/** One arm on one group of tasks; `gain` is after - before, paired. */
export interface TableRow extends Interval {
  arm: string
  pool: TablePool
  group: Group
  metric: Metric
  /** Number of (seed, task) pairs. */
  tasks: number
  before: number
  after: number
  /** Arm minus continued MAML at the same steps. */
  overMaml?: Interval
  /** maml-null minus maml. */
  null?: Interval
}

/** Mean leading score of the evaluation pool before (0) and after each number of adaptation steps. */
export interface AdaptationRow {
  arm: string
  adaptationSteps: number
  mean: number
  poor: number
  other: number
}

/** The table over seeds; the record `table` has this shape. */
export interface Table {
  seeds: number[]
  rows: TableRow[]
  degraded: DegradedRow[]
  /** Arm by arm (theta_0 first), where every seed measured it. */
  adaptation?: AdaptationRow[]
  bootstrap: { resamples: number; level: number; over: 'tasks' | 'seeds and tasks' }
  /** Extra environment steps of each arm, summed over seeds. */
  steps: Record<string, number>
}

/** Scores after a number of adaptation steps. */
type SteppedScores = Scores & { adaptationSteps: number }

/** One arm's evaluation, as far as the table reads it. */
interface ScoredEvaluation {
  pools: Readonly<Record<Pool, { streams: readonly (Scores & { stream: number })[] }>>
  bySteps?: readonly SteppedScores[]
}

/** The part of a seed's records that the table reads. */
export interface ScoredRecords {
  poor?: Readonly<Record<Pool, readonly number[]>>
  evaluations: Readonly<Record<string, ScoredEvaluation>>
  arms: Readonly<Record<string, { extraSteps: number; chargedSteps: number }>>
}

/** What the table needs of one seed; all scores come from one fresh stream, the same for every arm. */
export interface SeedScores {
  seed: number
  /** Ids of the poor tasks, chosen on other streams. */
  poor: Record<Pool, readonly number[]>
  before: Record<Pool, Scores>
  arms: Record<string, Record<Pool, Scores>>
  /** Scores of the evaluation pool by number of adaptation steps, theta_0 and arms, where they were measured. */
  bySteps?: Record<string, readonly SteppedScores[]>
  /** Extra environment steps of each arm, charged ones included. */
  steps: Record<string, number>
}

/** Settings of a table. */
export interface TableOptions extends BootstrapOptions {
  /**
   * Fall from which a task counts as degraded: of success, or where nothing can succeed of the return, as a share of the
   * spread (p90 - p10) of theta_0's adapted returns over the pool. @default 0.05
   */
  margin?: number
}

/**
 * Builds the table over seeds. Arms that some seed lacks are left out of the table, since their rows would not be paired.
 * @throws XmrlError `ERR_SHAPE` where there is no seed or an arm's scores do not cover the tasks
 */
export function buildTable(seeds: readonly SeedScores[], options: TableOptions = {}): Table {
  if (seeds.length === 0) throw new XmrlError('ERR_SHAPE', 'a table needs at least one seed')
  const bootstrap = new Bootstrap(options)
  const margin = options.margin ?? MARGIN
  const arms = inArmOrder(Object.keys(seeds[0].arms)).filter((arm) => seeds.every((seed) => arm in seed.arms))
  for (const seed of seeds) checkShapes(seed, arms)
  const metrics = seeds.every(hasSuccess) ? METRICS : (['return'] as const)
  const adaptation = ['theta_0', ...arms].flatMap((arm) => adaptationRows(seeds, arm))
  return {
    seeds: seeds.map((seed) => seed.seed),
    rows: arms.flatMap((arm) => rowsOfArm(seeds, arm, arms, metrics, bootstrap)),
    degraded: arms.flatMap((arm) => TABLE_POOLS.map((pool) => degraded(seeds, arm, pool, margin))),
    ...(adaptation.length > 0 ? { adaptation } : {}),
    bootstrap: { resamples: bootstrap.resamples, level: bootstrap.level, over: seeds.length > 1 ? 'seeds and tasks' : 'tasks' },
    steps: Object.fromEntries(arms.map((arm) => [arm, seeds.reduce((sum, seed) => sum + (seed.steps[arm] ?? 0), 0)]))
  }
}

/**
 * Reads what the table needs out of a seed's records. The stream compared is the last one that theta_0 shares with every arm.
 * @throws XmrlError `ERR_RECORD_INVALID` where theta_0, the poor tasks or a shared stream are missing
 */
export function seedScores(seed: number, records: ScoredRecords): SeedScores {
  const { theta_0: before, ...evaluations } = records.evaluations
  if (before === undefined || records.poor === undefined) {
    throw new XmrlError('ERR_RECORD_INVALID', `seed ${seed}: the table needs the records evaluation-theta_0 and poor; run evaluate first`)
  }
  const all = [before, ...Object.values(evaluations)]
  const streams = before.pools.evaluation.streams.map((entry) => entry.stream)
  const shared = streams.filter((stream) =>
    all.every((record) => POOLS.every((pool) => record.pools[pool].streams.some((entry) => entry.stream === stream)))
  )
  const stream = shared.at(-1)
  if (stream === undefined)
    throw new XmrlError('ERR_RECORD_INVALID', `seed ${seed}: no evaluation stream is common to theta_0 and every arm`)
  const pick = (record: (typeof all)[number]) => {
    const of = (pool: Pool): Scores => record.pools[pool].streams.find((entry) => entry.stream === stream) as Scores
    return { evaluation: of('evaluation'), 'held-out': of('held-out') }
  }
  const bySteps = Object.entries(records.evaluations).flatMap(([arm, record]) => (record.bySteps ? [[arm, record.bySteps] as const] : []))
  return {
    seed,
    poor: { evaluation: records.poor.evaluation, 'held-out': records.poor['held-out'] },
    before: pick(before),
    arms: Object.fromEntries(Object.entries(evaluations).map(([arm, record]) => [arm, pick(record)])),
    ...(bySteps.length > 0 ? { bySteps: Object.fromEntries(bySteps) } : {}),
    steps: Object.fromEntries(Object.entries(records.arms).map(([arm, record]) => [arm, record.extraSteps + record.chargedSteps]))
  }
}

function rowsOfArm(
  seeds: readonly SeedScores[],
  arm: string,
  arms: readonly string[],
  metrics: readonly Metric[],
  bootstrap: Bootstrap
): TableRow[] {
  return TABLE_POOLS.flatMap((pool) =>
    GROUPS.flatMap((group) =>
      metrics.map((metric) => {
        const of = (which: string) => seeds.map((seed) => values(seed, which, pool, group, metric))
        const [before, after] = [of('theta_0'), of(arm)]
        return {
          arm,
          pool,
          group,
          metric,
          tasks: after.reduce((sum, tasks) => sum + tasks.length, 0),
          before: mean(before.map(mean)),
          after: mean(after.map(mean)),
          ...bootstrap.interval(differences(after, before)),
          ...(arm !== 'maml' && arms.includes('maml') ? { overMaml: bootstrap.interval(differences(after, of('maml'))) } : {}),
          ...(arms.includes('maml') && arms.includes('maml-null')
            ? { null: bootstrap.interval(differences(of('maml-null'), of('maml'))) }
            : {})
        }
      })
    )
  )
}

/** Scores of one group of tasks, in id order; `both` is the evaluation tasks, then the held-out ones. */
function values(seed: SeedScores, arm: string, pool: TablePool, group: Group, metric: Metric): number[] {
  if (pool === 'both') return POOLS.flatMap((each) => values(seed, arm, each, group, metric))
  const scores = (arm === 'theta_0' ? seed.before : seed.arms[arm])[pool]
  return grouped(metric === 'success' ? (scores.success ?? []) : scores.returns, seed.poor[pool], group)
}

function grouped(list: readonly number[], poorIds: readonly number[], group: Group): number[] {
  if (group === 'mean') return [...list]
  const poor = new Set(poorIds)
  return list.filter((_, id) => poor.has(id) === (group === 'poor'))
}

function hasSuccess(seed: SeedScores): boolean {
  return [seed.before, ...Object.values(seed.arms)].every((pools) => POOLS.every((pool) => pools[pool].success !== undefined))
}

function differences(after: readonly number[][], before: readonly number[][]): number[][] {
  return after.map((tasks, seed) => tasks.map((value, task) => value - before[seed][task]))
}

/** Falls of the other tasks, each judged by the margin of its own pool. */
function degraded(seeds: readonly SeedScores[], arm: string, pool: TablePool, margin: number): DegradedRow {
  const judged = seeds.flatMap((seed) =>
    (pool === 'both' ? POOLS : [pool]).map((each) => {
      const after = grouped(leadingScores(seed.arms[arm][each]), seed.poor[each], 'other')
      const before = grouped(leadingScores(seed.before[each]), seed.poor[each], 'other')
      return { falls: before.map((value, task) => value - after[task]), margin: degradationMargin(seed.before[each], margin) }
    })
  )
  const byReturn = !seeds.every(hasSuccess)
  return { arm, pool, ...degradedRow(judged), ...(byReturn ? { spreadShare: margin } : {}) }
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
  for (const pool of POOLS) {
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
