/** The result table as text. */
import type { TableRecord } from '../run/index.js'

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
const GROUP: Record<string, string> = { mean: 'all', poor: 'poor', other: 'non-poor' }

/** Lines of a text table: success by pool and group, gains over theta_0 and over continued MAML with their intervals. */
export function tableLines(table: TableRecord): string[] {
  const rows = table.rows.filter((row) => row.metric === 'success')
  const header = ['pool', 'tasks', 'arm', 'before', 'after', 'gain [95 %]', 'over MAML [95 %]', '']
  const body = rows.map((row) => {
    const over = row.overMaml
    return [
      row.pool,
      GROUP[row.group],
      row.arm,
      row.before.toFixed(3),
      row.after.toFixed(3),
      `${signed(row.gain)} [${signed(row.low)}, ${signed(row.high)}]`,
      over ? `${signed(over.gain)} [${signed(over.low)}, ${signed(over.high)}]` : '',
      over ? (over.shown ? 'shown' : 'not shown') : row.shown ? 'shown' : 'not shown'
    ]
  })
  const widths = header.map((_, column) => Math.max(...[header, ...body].map((row) => row[column].length)))
  const line = (row: string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]))
      .join('  ')
      .trimEnd()
  const degraded = table.degraded.map(
    (row) =>
      `${row.pool}: ${row.arm} degrades ${(100 * row.share).toFixed(0)} % of the non-poor tasks (by more than ${row.margin.toFixed(3)})${row.share > 0 ? `, by ${row.size.toFixed(3)} on average` : ''}`
  )
  const steps = Object.entries(table.steps).map(([arm, count]) => `${arm} ${(count / 1e6).toFixed(2)} M`)
  return [
    line(header),
    widths.map((width) => '─'.repeat(width)).join('──'),
    ...body.map(line),
    '',
    ...degraded,
    `extra environment steps: ${steps.join(', ')}`
  ]
}
