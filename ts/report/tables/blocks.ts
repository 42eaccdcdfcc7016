/** The tables that a record of results gives: one model, which `markdown`, `latex`, `html` and `text` write. */

import { count, fixed, percent, range, signed } from '../../drawing/index.js'
import { XmrlError } from '../../errors.js'
import { GROUPS, type Group, type Metric, TABLE_POOLS, type TablePool, type TableRecord, type TableRow } from '../../records/index.js'
import { ENOUGH_SEEDS } from '../../select/index.js'
import { armStyle } from '../arms.js'
import { leadingArm } from '../headline.js'
import { marginText, measureOf, referenceText, spearmanBrown } from '../measure.js'
import { heldNotes } from '../verdict.js'
import { kindsBlock } from './kinds.js'
import { type Block, type Cell, type Column, gainCell, gainNote, named, plain, type Row, rangeCell } from './model.js'

const POOL_TITLE = { both: 'Both pools', evaluation: 'Evaluation pool', heldOut: 'Held-out pool' } as const
const GROUP_TITLE = { poor: 'poor tasks', other: 'other tasks', mean: 'all tasks' } as const
/** Poor first: it is what the repair is for. */
const READING = ['poor', 'other', 'mean'] as const

/** Arms in the order of the table. */
export const armsOf = (table: TableRecord): string[] => [...new Set(table.rows.map((row) => row.arm))]

/** True where the seeds are too few for a claim. */
export const isPreliminary = (table: TableRecord): boolean => table.seeds.length < ENOUGH_SEEDS

/** What is said above every table of too few seeds. */
export function preliminaryText(table: TableRecord): string {
  return `preliminary: ${table.seeds.length === 1 ? 'one seed' : `${table.seeds.length} seeds`}, fewer than ${ENOUGH_SEEDS}`
}

/** Every table that the record allows, in reading order. */
export function blocksOf(table: TableRecord): Block[] {
  const blocks = [
    ...poolBlocks(table),
    overBothBlock(table),
    kindsBlock(table),
    iqmBlock(table),
    improvementBlock(table),
    curveBlock(table),
    ablationBlock(table),
    choiceBlock(table),
    foretoldBlock(table),
    transferBlock(table),
    adaptationBlock(table)
  ]
  return blocks.filter((block) => block.rows.length > 0)
}

/** One table a pool, both pools together first, of a metric (by default the leading one). */
export function poolBlocks(table: TableRecord, metric: Metric = measureOf(table).metric): Block[] {
  return TABLE_POOLS.flatMap((pool) => {
    const rows = table.rows.filter((row) => row.pool === pool && row.metric === metric)
    return rows.length === 0 ? [] : [poolBlock(table, pool, metric, rows)]
  })
}

function poolBlock(table: TableRecord, pool: TablePool, metric: Metric, rows: readonly TableRow[]): Block {
  const { metric: leading, decimals: most, fall } = measureOf(table)
  const decimals = metric === leading ? most : 2
  const arms = armsOf(table)
  const at = (arm: string, group: Group): TableRow => {
    const row = rows.find((each) => each.arm === arm && each.group === group)
    if (row !== undefined) return row
    throw new XmrlError(
      'ERR_RECORD_INVALID',
      `table: no row of ${metric} for the arm ${arm}, ${pool}, ${group}; remove the record to have it made again`
    )
  }
  const over = (group: Group) => {
    const nothing = at(arms[0], group).null
    return `over MAML${nothing === undefined ? '' : ` (null ${signed(nothing.gain, decimals)})`}`
  }
  const degraded = (arm: string): Cell => {
    const row = table.degraded.find((entry) => entry.arm === arm && entry.pool === pool)
    if (row === undefined) return plain('')
    return {
      text: percent(row.share),
      ...(row.shareRange === undefined ? {} : { interval: `[${row.shareRange.map((end) => Math.round(100 * end)).join(', ')}]` }),
      ...(row.share > 0 ? { tail: `by ${fixed(row.size, fall)}` } : {})
    }
  }
  const steps = (arm: string) => (table.steps[arm] === undefined ? '' : count(Math.round(table.steps[arm] / table.seeds.length)))
  const after = (row: TableRow): Cell => ({ ...plain(fixed(row.after, decimals)), note: gainNote(row, decimals) })
  const kindOf = kinds(table)
  return {
    id: pool,
    title: `${POOL_TITLE[pool]}: ${metric} after adaptation; degraded: other tasks that fell by more than ${marginText(table.degraded[0])}`,
    note: 'Beside each figure: the change from before the repair.',
    ...foot(table),
    head: columns(
      'arm',
      ...READING.flatMap((group) => [`${GROUP_TITLE[group]} (${at(arms[0], group).tasks})`, { title: over(group), joined: true }]),
      'degraded',
      { title: 'extra steps a seed', joined: true }
    ),
    rows: [
      {
        kind: 'base',
        cells: [
          named('theta_0'),
          ...READING.flatMap((group) => [plain(fixed(at(arms[0], group).before, decimals)), plain('')]),
          plain(''),
          plain('')
        ]
      },
      ...arms.map((arm) => ({
        ...kindOf(arm),
        cells: [
          named(arm),
          ...READING.flatMap((group) => [after(at(arm, group)), gainCell(at(arm, group).overMaml, decimals)]),
          degraded(arm),
          plain(steps(arm))
        ]
      }))
    ]
  }
}

/** That arms of the table went on as before in some seeds, which no figure shows. */
function foot(table: TableRecord): Pick<Block, 'foot'> {
  const notes = heldNotes(table, (arm) => armStyle(arm).label)
  return notes.length > 0 ? { foot: notes } : {}
}

/** Heads of columns from their titles. */
const columns = (...titles: (string | Column)[]): Column[] => titles.map((title) => (typeof title === 'string' ? { title } : title))

/** How the rows of arms are marked: the one that the report speaks of, and theta_0. */
function kinds(table: TableRecord): (arm: string) => Pick<Row, 'kind'> {
  const main = leadingArm(table)
  return (arm) => (arm === 'theta_0' ? { kind: 'base' } : arm === main ? { kind: 'main' } : {})
}

/** Pool and group of each column of the comparison with both MAML runs. */
const OVER_BOTH = [
  ['both', 'poor'],
  ['evaluation', 'poor'],
  ['heldOut', 'poor'],
  ['both', 'other']
] as const

function overBothBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.overBoth ?? []
  const kindOf = kinds(table)
  return {
    id: 'over-both',
    title: `Over the mean of both continued MAML runs: ${metric}`,
    note: 'The fairest reference: one run of continued MAML differs from the next.',
    ...foot(table),
    head: columns('arm', ...OVER_BOTH.map(([pool, group]) => `${GROUP_TITLE[group]}, ${POOL_TITLE[pool].toLowerCase()}`)),
    rows: [...new Set(rows.map((row) => row.arm))].map((arm) => ({
      ...kindOf(arm),
      cells: [
        named(arm),
        ...OVER_BOTH.map(([pool, group]) =>
          gainCell(
            rows.find((row) => row.arm === arm && row.pool === pool && row.group === group),
            decimals
          )
        )
      ]
    }))
  }
}

function iqmBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const cell = ({ iqm, low, high }: NonNullable<TableRecord['iqm']>[number]) => rangeCell(iqm, low, high, decimals)
  return { id: 'iqm', title: `Interquartile mean of ${metric}, both pools`, ...byArmAndGroup(table, table.iqm ?? [], cell) }
}

function improvementBlock(table: TableRecord): Block {
  return {
    id: 'improvement',
    title: 'Probability of improvement over continued MAML, both pools (ties count half; the null is about 0.5)',
    ...byArmAndGroup(table, table.improvement ?? [], ({ probability, low, high, shown }) => rangeCell(probability, low, high, 2, shown))
  }
}

/** A row an arm, a column a group of tasks. */
function byArmAndGroup<R extends { arm: string; group: string }>(table: TableRecord, rows: readonly R[], cell: (row: R) => Cell) {
  const kindOf = kinds(table)
  return {
    head: columns('arm', ...READING.map((group) => GROUP_TITLE[group])),
    rows: [...new Set(rows.map(({ arm }) => arm))].map((arm) => ({
      ...kindOf(arm),
      cells: [
        named(arm),
        ...READING.map((group) => {
          const row = rows.find((entry) => entry.arm === arm && entry.group === group)
          return row === undefined ? plain('') : cell(row)
        })
      ]
    }))
  }
}

function curveBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const points = table.criticalCurve ?? []
  const arms = [...new Set(points.map((point) => point.arm))]
  const groups = GROUPS.filter((group) => points.some((point) => point.group === group))
  const of = (arm: string, group: Group) => points.find((point) => point.arm === arm && point.group === group)
  return {
    id: 'critical-curve',
    title: `Share of the training tasks called critical, against ${metric} over continued MAML, both pools`,
    head: columns('arm', 'share', ...groups.flatMap((group) => [GROUP_TITLE[group], { title: 'over MAML', joined: true }])),
    rows: arms.map((arm) => {
      const [first] = points.filter((point) => point.arm === arm)
      return {
        cells: [
          named(arm),
          plain(`${percent(first.criticalFraction)}${first.set ? '' : ' (as explained)'}`),
          ...groups.flatMap((group) => {
            const point = of(arm, group)
            return [plain(point === undefined ? '' : fixed(point.after, decimals)), gainCell(point?.overMaml, decimals)]
          })
        ]
      }
    })
  }
}

function ablationBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.ablations ?? []
  const pairs = [...new Map(rows.map((row) => [`${row.arm} ${row.against}`, row])).values()]
  const groups = (['poor', 'other'] as const).filter((group) => rows.some((row) => row.group === group))
  return {
    id: 'ablations',
    title: `Ablations: ${metric} of one arm minus the other, both pools`,
    head: columns('question', 'arm', 'against', ...groups.map((group) => GROUP_TITLE[group])),
    rows: pairs.map(({ question, arm, against }) => ({
      cells: [
        plain(question),
        named(arm),
        named(against),
        ...groups.map((group) =>
          gainCell(
            rows.find((row) => row.arm === arm && row.against === against && row.group === group),
            decimals
          )
        )
      ]
    }))
  }
}

function choiceBlock(table: TableRecord): Block {
  const rows = table.choices ?? []
  const rare = rows.some((row) => row.weightOnRare !== undefined)
  const spread = rows.some((row) => row.effectiveTasks !== undefined)
  const judged = rows.some((row) => row.findings !== undefined)
  return {
    id: 'choices',
    title: `How the explanations chose training tasks, means over ${table.seeds.length === 1 ? 'one seed' : `${table.seeds.length} seeds`}`,
    head: columns(
      'explanation',
      'split-half Spearman',
      'critical tasks',
      ...(spread ? ['as much as tasks of equal weight'] : []),
      ...(judged ? ['singled something out'] : []),
      ...(rare ? ['weight on the rare tasks'] : []),
      'fell back to the nearest'
    ),
    rows: rows.map((row) => ({
      cells: [
        row.arm === '' ? plain('of the run') : named(row.arm),
        { ...plain(fixed(row.splitHalfSpearman)), ...wholeNote(row.splitHalfSpearman) },
        plain(percent(row.criticalFraction)),
        ...(spread ? [plain(row.effectiveTasks === undefined ? '' : fixed(row.effectiveTasks, 1))] : []),
        ...(judged ? [plain(row.findings === undefined ? '' : `${row.findings.repair} of ${table.seeds.length}`)] : []),
        ...(rare ? [plain(row.weightOnRare === undefined ? '' : fixed(row.weightOnRare))] : []),
        plain(`${row.fallbacks} of ${table.seeds.length}`)
      ]
    }))
  }
}

/** What two halves say of the whole, beside their own correlation. */
function wholeNote(r: number): Pick<Cell, 'note'> {
  const whole = spearmanBrown(r)
  return whole === undefined ? {} : { note: [`${fixed(whole)} for the whole, by Spearman-Brown`] }
}

function foretoldBlock(table: TableRecord): Block {
  const { metric } = measureOf(table)
  const rows = table.foretold ?? []
  const kindOf = kinds(table)
  const of = (arm: string, group: Group) => {
    const row = rows.find((entry) => entry.arm === arm && entry.group === group)
    return row === undefined
      ? plain('')
      : {
          text: fixed(row.spearman),
          interval: range(row.low, row.high),
          shown: row.shown,
          ...(row.shown ? {} : { tail: 'not shown' })
        }
  }
  return {
    id: 'foretold',
    title: `Foretold by the explanation, and what came: rank correlation with the change of ${metric}, task by task, both pools`,
    note: `The change is that over ${rows.length > 0 ? referenceText(rows[0].against) : 'continued MAML'}.`,
    head: columns('arm', GROUP_TITLE.mean, `${GROUP_TITLE.other} alone`, 'tasks', 'seeds'),
    rows: rows
      .filter(({ group }) => group === 'mean')
      .map(({ arm, tasks, seeds }) => ({
        ...kindOf(arm),
        cells: [named(arm), of(arm, 'mean'), of(arm, 'other'), plain(String(tasks)), plain(String(seeds))]
      }))
  }
}

/** Groups of the columns of the comparison on other presets. */
const TRANSFERRED = ['poor', 'other'] as const

function transferBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.transfer ?? []
  const lines = rows.filter((row) => row.group === TRANSFERRED[0])
  const of = (preset: string, arm: string, group: Group) =>
    rows.find((row) => row.preset === preset && row.arm === arm && row.group === group)
  const kindOf = kinds(table)
  return {
    id: 'transfer',
    title: `On other presets, without further training: ${metric} after adaptation, both pools`,
    head: columns(
      'preset',
      { title: 'arm', names: true },
      ...TRANSFERRED.flatMap((group) => [
        GROUP_TITLE[group],
        { title: 'before', joined: true },
        { title: 'over both MAML runs', joined: true }
      ])
    ),
    rows: lines.map(({ preset, arm }) => ({
      ...kindOf(arm),
      cells: [
        plain(preset),
        named(arm),
        ...TRANSFERRED.flatMap((group) => {
          const row = of(preset, arm, group)
          if (row === undefined) return [plain(''), plain(''), plain('')]
          return [plain(fixed(row.after, decimals)), plain(fixed(row.before, decimals)), gainCell(row.overBoth, decimals)]
        })
      ]
    }))
  }
}

function adaptationBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.adaptation ?? []
  const counts = [...new Set(rows.map((row) => row.adaptationSteps))].sort((a, b) => a - b)
  const kindOf = kinds(table)
  return {
    id: 'adaptation',
    title: `Evaluation pool: ${metric} of all tasks (and the poor ones) by adaptation steps`,
    head: columns('arm', ...counts.map((steps) => (steps === 0 ? 'before' : `after ${steps}`))),
    rows: [...new Set(rows.map((row) => row.arm))].map((arm) => ({
      ...kindOf(arm),
      cells: [
        named(arm),
        ...counts.map((steps) => {
          const row = rows.find((entry) => entry.arm === arm && entry.adaptationSteps === steps)
          return plain(row === undefined ? '' : `${fixed(row.mean, decimals)} (${fixed(row.poor, decimals)})`)
        })
      ]
    }))
  }
}
