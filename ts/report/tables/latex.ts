/** A table as LaTeX. */
import { type Block, type Cell, cellText } from './model.js'

/** Signs that LaTeX would read as its own, and the minus of the report. */
const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '&': '\\&',
  '%': '\\%',
  $: '\\$',
  '#': '\\#',
  _: '\\_',
  '{': '\\{',
  '}': '\\}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '−': '$-$'
}
const latex = (text: string) => text.replace(/[\\&%$#_{}~^−]/g, (sign) => LATEX[sign])
const written = (cell: Cell) => (cell.shown === true ? `\\textbf{${latex(cellText(cell))}}` : latex(cellText(cell)))
const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`

/** Lines of a `table*` of the package booktabs, its caption begun with `about`. */
export function blockLatex({ title, foot = [], head, rows }: Block, about: string): string[] {
  return [
    '\\begin{table*}',
    '  \\centering\\small',
    `  \\caption{${latex(`${about}. ${title}.`)}}`,
    `  \\begin{tabular}{l${'r'.repeat(head.length - 1)}}`,
    '    \\toprule',
    line(head.map((column) => latex(column.title))),
    '    \\midrule',
    ...rows.map(({ cells }) => line(cells.map(written))),
    '    \\bottomrule',
    '  \\end{tabular}',
    ...foot.map((text) => `  \\par ${latex(text)}`),
    '\\end{table*}',
    ''
  ]
}
