/** The result table as blocks of cells that Markdown and LaTeX are written from. */

import { GROUPS, type Interval, TABLE_POOLS, type TableRecord, type TableRow } from '../records/index.js'
import { ENOUGH_SEEDS } from '../select/index.js'
import { armStyle } from './arms.js'
import { marginText, measureOf } from './measure.js'
import { count, fixed, percent, range, signed } from './svg.js'

/** Text of a cell; `strong`: an interval that leaves out what it is judged against. */
export interface Cell {
  text: string
  strong?: boolean
}

/** One table: a title, a head, rows whose first cell names them. */
export interface Block {
  title: string
  head: string[]
  rows: Cell[][]
}

const POOL_TITLE = { both: 'Both pools', evaluation: 'Evaluation pool', 'held-out': 'Held-out pool' } as const
const GROUP_TITLE = { poor: 'poor tasks', other: 'other tasks', mean: 'all tasks' } as const
/** Poor first: it is what the repair is for. */
const READING = ['poor', 'other', 'mean'] as const

const plain = (text: string): Cell => ({ text })
const named = (arm: string) => plain(armStyle(arm).label)

/** `+0.087 [+0.043, +0.132]`, strong where it leaves 0 out, else marked as not shown. */
function gainCell(gain: Interval | undefined, decimals: number): Cell {
  if (gain === undefined) return plain('')
  const text = `${signed(gain.gain, decimals)} ${range(gain.low, gain.high, decimals)}`
  return gain.shown ? { text, strong: true } : plain(`${text} not shown`)
}

const rangeCell = (value: number, low: number, high: number, decimals: number, strong = false): Cell => ({
  text: `${fixed(value, decimals)} [${fixed(low, decimals)}, ${fixed(high, decimals)}]`,
  ...(strong ? { strong } : {})
})

/** Arms in the order of the table. */
export const armsOf = (table: TableRecord): string[] => [...new Set(table.rows.map((row) => row.arm))]

/** True where the seeds are too few for a claim. */
export const isPreliminary = (table: TableRecord): boolean => table.seeds.length < ENOUGH_SEEDS

/** What is said above every table of too few seeds. */
export function preliminaryText(table: TableRecord): string {
  return `preliminary: ${table.seeds.length === 1 ? 'one seed' : `${table.seeds.length} seeds`}, fewer than ${ENOUGH_SEEDS}`
}

/** Every block that the record allows, in reading order. */
export function blocksOf(table: TableRecord): Block[] {
  const blocks = [
    ...TABLE_POOLS.map((pool) => poolBlock(table, pool)),
    overBothBlock(table),
    iqmBlock(table),
    improvementBlock(table),
    curveBlock(table),
    ablationBlock(table),
    choiceBlock(table),
    transferBlock(table),
    adaptationBlock(table)
  ]
  return blocks.filter((block) => block.rows.length > 0)
}

function poolBlock(table: TableRecord, pool: (typeof TABLE_POOLS)[number]): Block {
  const { metric, decimals, fall } = measureOf(table)
  const rows = table.rows.filter((row) => row.pool === pool && row.metric === metric)
  const find = (arm: string, group: TableRow['group']) => rows.find((row) => row.arm === arm && row.group === group) as TableRow
  const arms = armsOf(table)
  if (rows.length === 0) return { title: '', head: [], rows: [] }
  const over = (group: TableRow['group']) => {
    const nothing = find(arms[0], group).null
    return `over MAML${nothing === undefined ? '' : ` (null ${signed(nothing.gain, decimals)})`}`
  }
  const degraded = (arm: string): Cell => {
    const row = table.degraded.find((entry) => entry.arm === arm && entry.pool === pool)
    if (row === undefined) return plain('')
    const of = row.shareRange === undefined ? '' : ` [${row.shareRange.map((end) => Math.round(100 * end)).join(', ')}]`
    return plain(`${percent(row.share)}${of}${row.share > 0 ? ` by ${fixed(row.size, fall)}` : ''}`)
  }
  const steps = (arm: string) => (table.steps[arm] === undefined ? '' : count(Math.round(table.steps[arm] / table.seeds.length)))
  return {
    title: `${POOL_TITLE[pool]}: ${metric} after adaptation; degraded: other tasks that fell by more than ${marginText(table.degraded[0])}`,
    head: [
      'arm',
      ...READING.flatMap((group) => [`${GROUP_TITLE[group]} (${find(arms[0], group).tasks})`, over(group)]),
      'degraded',
      'extra steps a seed'
    ],
    rows: [
      [
        named('theta_0'),
        ...READING.flatMap((group) => [plain(fixed(find(arms[0], group).before, decimals)), plain('')]),
        plain(''),
        plain('')
      ],
      ...arms.map((arm) => [
        named(arm),
        ...READING.flatMap((group) => [plain(fixed(find(arm, group).after, decimals)), gainCell(find(arm, group).overMaml, decimals)]),
        degraded(arm),
        plain(steps(arm))
      ])
    ]
  }
}

/** Pool and group of each column of the comparison with both MAML runs. */
export const OVER_BOTH = [
  ['both', 'poor'],
  ['evaluation', 'poor'],
  ['held-out', 'poor'],
  ['both', 'other']
] as const

function overBothBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.overBoth ?? []
  return {
    title: `Over the mean of both continued MAML runs: ${metric}`,
    head: ['arm', ...OVER_BOTH.map(([pool, group]) => `${GROUP_TITLE[group]}, ${POOL_TITLE[pool].toLowerCase()}`)],
    rows: [...new Set(rows.map((row) => row.arm))].map((arm) => [
      named(arm),
      ...OVER_BOTH.map(([pool, group]) =>
        gainCell(
          rows.find((row) => row.arm === arm && row.pool === pool && row.group === group),
          decimals
        )
      )
    ])
  }
}

function iqmBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.iqm ?? []
  const arms = [...new Set(rows.map((row) => row.arm))]
  return {
    title: `Interquartile mean of ${metric}, both pools`,
    head: ['arm', ...READING.map((group) => GROUP_TITLE[group])],
    rows: arms.map((arm) => [
      named(arm),
      ...READING.map((group) => {
        const row = rows.find((entry) => entry.arm === arm && entry.group === group)
        return row === undefined ? plain('') : rangeCell(row.iqm, row.low, row.high, decimals)
      })
    ])
  }
}

function improvementBlock(table: TableRecord): Block {
  const rows = table.improvement ?? []
  const arms = [...new Set(rows.map((row) => row.arm))]
  return {
    title: 'Probability of improvement over continued MAML, both pools (ties count half; the null is about 0.5)',
    head: ['arm', ...READING.map((group) => GROUP_TITLE[group])],
    rows: arms.map((arm) => [
      named(arm),
      ...READING.map((group) => {
        const row = rows.find((entry) => entry.arm === arm && entry.group === group)
        return row === undefined ? plain('') : rangeCell(row.probability, row.low, row.high, 2, row.shown)
      })
    ])
  }
}

function curveBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const points = table.criticalCurve ?? []
  const arms = [...new Set(points.map((point) => point.arm))]
  const groups = GROUPS.filter((group) => points.some((point) => point.group === group))
  const of = (arm: string, group: TableRow['group']) => points.find((point) => point.arm === arm && point.group === group)
  return {
    title: `Share of the training tasks called critical, against ${metric} over continued MAML, both pools`,
    head: ['arm', 'share', ...groups.flatMap((group) => [GROUP_TITLE[group], 'over MAML'])],
    rows: arms.map((arm) => {
      const [first] = points.filter((point) => point.arm === arm)
      return [
        named(arm),
        plain(`${percent(first.criticalFraction)}${first.set ? '' : ' (as explained)'}`),
        ...groups.flatMap((group) => {
          const point = of(arm, group)
          return [plain(point === undefined ? '' : fixed(point.after, decimals)), gainCell(point?.overMaml, decimals)]
        })
      ]
    })
  }
}

function ablationBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.ablations ?? []
  const pairs = [...new Map(rows.map((row) => [`${row.arm} ${row.against}`, row])).values()]
  const groups = (['poor', 'other'] as const).filter((group) => rows.some((row) => row.group === group))
  return {
    title: `Ablations: ${metric} of one arm minus the other, both pools`,
    head: ['question', 'arm', 'against', ...groups.map((group) => GROUP_TITLE[group])],
    rows: pairs.map(({ question, arm, against }) => [
      plain(question),
      named(arm),
      named(against),
      ...groups.map((group) =>
        gainCell(
          rows.find((row) => row.arm === arm && row.against === against && row.group === group),
          decimals
        )
      )
    ])
  }
}

function choiceBlock(table: TableRecord): Block {
  const rows = table.choices ?? []
  const rare = rows.some((row) => row.weightOnRare !== undefined)
  return {
    title: `How the explanations chose training tasks, means over ${table.seeds.length === 1 ? 'one seed' : `${table.seeds.length} seeds`}`,
    head: [
      'explanation',
      'split-half Spearman',
      'critical tasks',
      ...(rare ? ['weight on the rare tasks'] : []),
      'fell back to the nearest'
    ],
    rows: rows.map((row) => [
      row.arm === '' ? plain('of the run') : named(row.arm),
      plain(fixed(row.splitHalfSpearman)),
      plain(percent(row.criticalFraction)),
      ...(rare ? [plain(row.weightOnRare === undefined ? '' : fixed(row.weightOnRare))] : []),
      plain(`${row.fallbacks} of ${table.seeds.length}`)
    ])
  }
}

/** Groups of the columns of the comparison on other presets. */
export const TRANSFERRED = ['poor', 'other'] as const

function transferBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.transfer ?? []
  const lines = rows.filter((row) => row.group === TRANSFERRED[0])
  const of = (preset: string, arm: string, group: TableRow['group']) =>
    rows.find((row) => row.preset === preset && row.arm === arm && row.group === group)
  return {
    title: `On other presets, without further training: ${metric} after adaptation, both pools`,
    head: ['preset', 'arm', ...TRANSFERRED.flatMap((group) => [GROUP_TITLE[group], 'before', 'over both MAML runs'])],
    rows: lines.map(({ preset, arm }) => [
      plain(preset),
      named(arm),
      ...TRANSFERRED.flatMap((group) => {
        const row = of(preset, arm, group)
        if (row === undefined) return [plain(''), plain(''), plain('')]
        return [plain(fixed(row.after, decimals)), plain(fixed(row.before, decimals)), gainCell(row.overBoth, decimals)]
      })
    ])
  }
}

function adaptationBlock(table: TableRecord): Block {
  const { metric, decimals } = measureOf(table)
  const rows = table.adaptation ?? []
  const counts = [...new Set(rows.map((row) => row.adaptationSteps))].sort((a, b) => a - b)
  return {
    title: `Evaluation pool: ${metric} of all tasks (and the poor ones) by adaptation steps`,
    head: ['arm', ...counts.map((steps) => (steps === 0 ? 'before' : `after ${steps}`))],
    rows: [...new Set(rows.map((row) => row.arm))].map((arm) => [
      named(arm),
      ...counts.map((steps) => {
        const row = rows.find((entry) => entry.arm === arm && entry.adaptationSteps === steps)
        return plain(row === undefined ? '' : `${fixed(row.mean, decimals)} (${fixed(row.poor, decimals)})`)
      })
    ])
  }
}
