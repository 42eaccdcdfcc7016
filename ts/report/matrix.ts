/** One table over the cells of a sweep's matrix: the result of each, side by side. */
import { fixed, range, signed } from '../drawing/index.js'
import type { Interval, TableRecord } from '../records/index.js'
import { rowOf } from './headline.js'
import { measureOf } from './measure.js'
import { armsOf } from './tables/blocks.js'
import { blockLatex } from './tables/latex.js'
import { blockMarkdown } from './tables/markdown.js'
import { type Block, type Cell, named, plain, type Row } from './tables/model.js'

/** A cell of a matrix: its values by key, and the table over its seeds. */
export interface MatrixCell {
  values: Readonly<Record<string, unknown>>
  table: TableRecord
  /** `table.csv` of the cell. */
  csv: string
}

/**
 * `matrix.md`, `matrix.tex` and `matrix.csv`. The CSV has every row of every cell's `table.csv` behind the values of its cell; the others one
 * row a cell and arm: both pools together, after adaptation, and the difference from continued MAML.
 * @param keys the matrix's keys in order
 */
export function matrixFiles(keys: readonly string[], cells: readonly MatrixCell[]): Record<string, string> {
  const block = matrixBlock(keys, cells)
  return {
    'matrix.md': blockMarkdown(block).join('\n'),
    'matrix.tex': ['% Needs \\usepackage{booktabs}.', '', ...blockLatex(block, 'all cells'), ''].join('\n'),
    'matrix.csv': matrixCsv(keys, cells)
  }
}

/** The table over the matrix, however it is written. */
export function matrixBlock(keys: readonly string[], cells: readonly MatrixCell[]): Block {
  const title = 'Every cell: both pools after adaptation, and the difference from going on as before (MAML)'
  return {
    id: 'matrix',
    title,
    head: [
      ...keys.map((key) => ({ title: key, names: true })),
      { title: 'arm', names: true },
      { title: 'seeds' },
      { title: 'poor before' },
      { title: 'poor tasks' },
      { title: 'over MAML', joined: true },
      { title: 'others' },
      { title: 'over MAML', joined: true }
    ],
    foot: [`Poor tasks are the ${share(cells)} that each cell's policy served worst; intervals are those of each cell's own table.`],
    rows: cells.flatMap((cell) => rowsOf(keys, cell))
  }
}

function rowsOf(keys: readonly string[], { values, table }: MatrixCell): Row[] {
  const { decimals } = measureOf(table)
  return armsOf(table).flatMap((arm): Row[] => {
    const [poor, other] = [rowOf(table, arm, 'poor'), rowOf(table, arm, 'other')]
    if (poor === undefined || other === undefined) return []
    return [
      {
        cells: [
          ...keys.map((key) => plain(textOf(values[key]))),
          named(arm),
          plain(String(table.seeds.length)),
          plain(fixed(poor.before, decimals)),
          plain(fixed(poor.after, decimals)),
          over(poor.overMaml, decimals),
          plain(fixed(other.after, decimals)),
          over(other.overMaml, decimals)
        ]
      }
    ]
  })
}

const over = (gain: Interval | undefined, decimals: number): Cell =>
  gain === undefined ? plain('') : { text: signed(gain.gain, decimals), interval: range(gain.low, gain.high, decimals), shown: gain.shown }

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** Poor pairs of all, over the cells. */
function share(cells: readonly MatrixCell[]): string {
  const counted = cells.flatMap(({ table }) => {
    const [arm] = armsOf(table)
    const [poor, other] = [rowOf(table, arm, 'poor')?.tasks ?? 0, rowOf(table, arm, 'other')?.tasks ?? 0]
    return poor + other > 0 ? [poor / (poor + other)] : []
  })
  const [least, most] = [Math.min(...counted), Math.max(...counted)].map((part) => `${Math.round(100 * part)} %`)
  return counted.length === 0 ? 'tasks' : least === most ? least : `${least} to ${most}`
}

/** A field of a CSV file. */
const field = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

function matrixCsv(keys: readonly string[], cells: readonly MatrixCell[]): string {
  const lines = (csv: string) => csv.trimEnd().split('\n')
  const [head] = cells.length === 0 ? [''] : lines(cells[0].csv)
  const prefix = (values: readonly string[]) => values.map((text) => `${field(text)},`).join('')
  return [
    `${prefix(keys)}${head}`,
    ...cells.flatMap(({ values, csv }) => {
      const own = prefix(keys.map((key) => textOf(values[key])))
      return lines(csv)
        .slice(1)
        .map((line) => `${own}${line}`)
    }),
    ''
  ].join('\n')
}
