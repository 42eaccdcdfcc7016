/** A table as Markdown. */
import { type Block, type Cell, cellText } from './model.js'

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const escaped = (text: string) => text.replaceAll('|', '\\|')
const written = (cell: Cell) => (cell.shown === true ? `**${escaped(cellText(cell))}**` : escaped(cellText(cell)))

/** Lines of a heading and a table; shown intervals are bold. */
export function blockMarkdown({ title, foot = [], head, rows }: Block): string[] {
  return [
    `## ${title}`,
    '',
    line(head.map((column) => escaped(column.title))),
    line(head.map(() => '---')),
    ...rows.map(({ cells }) => line(cells.map(written))),
    '',
    ...foot.flatMap((text) => [text, ''])
  ]
}
