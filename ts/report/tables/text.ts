/** A table as lines of text for a terminal. */
import { type Block, type Cell, type Column, cellText } from './model.js'

/** Columns of a terminal that a table may take. */
const WIDTH = 110
/** Columns that the names of rows may take: fewer where figures stand in pairs, which want the room. */
const NAMES = { paired: 32, alone: 56, several: 58 }
const GAP = '  '

/** Title, head and rows; a table that is too wide goes on below itself, each part with the names of the rows. */
export function blockLines({ title, note, foot = [], head, rows }: Block): string[] {
  const naming = (column: Column, at: number) => at === 0 || column.names === true
  const count = head.filter(naming).length
  const room = count > 1 ? Math.floor((NAMES.several - GAP.length) / count) : head.some(({ joined }) => joined) ? NAMES.paired : NAMES.alone
  const drawn = (column: Column, at: number, most: number) => ({
    ...column,
    ...columnOf(
      column.title,
      rows.map(({ cells }) => cells[at]),
      most
    )
  })
  const names = head.flatMap((column, at) => (naming(column, at) ? [drawn(column, at, room)] : []))
  const left = WIDTH - widthOf(names) + GAP.length
  const others = head.flatMap((column, at) => (naming(column, at) ? [] : [drawn(column, at, left - GAP.length)]))
  const line = (part: readonly Drawn[], of: (column: Drawn) => string) =>
    [...names, ...part]
      .map((column) => of(column).padEnd(column.width))
      .join(GAP)
      .trimEnd()
  return [
    ...wrapped(title),
    ...(note === undefined ? [] : wrapped(note)),
    ...foot.flatMap((text) => wrapped(text)),
    ...partsOf(others, left).flatMap((part) => [
      line(part, (column) => column.head),
      ...rows.map((_, row) => line(part, (column) => column.texts[row])),
      ''
    ])
  ]
}

/** A text in lines of at most `width` characters, broken between words. */
export function wrapped(text: string, width = WIDTH): string[] {
  const lines = ['']
  for (const word of text.split(' ')) {
    const longer = `${lines[lines.length - 1]} ${word}`.trimStart()
    if (longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

interface Drawn {
  head: string
  texts: string[]
  width: number
}

/** A cell as text: a question mark stands where its interval holds what it is judged against and no word says so. */
const written = (cell: Cell) => `${cellText(cell)}${cell.shown === false && cell.tail === undefined ? ' ?' : ''}`

/** Texts of a column, notes in a column of their own beside the figures. */
function columnOf(title: string, cells: readonly Cell[], most: number): Drawn {
  const wide = Math.max(0, ...cells.filter(({ note }) => note !== undefined).map((cell) => written(cell).length))
  const texts = cells.map((cell) =>
    short(cell.note === undefined ? written(cell) : `${written(cell).padEnd(wide)}${GAP}${cell.note.join(' ')}`, most)
  )
  const head = short(title, most)
  return { head, texts, width: Math.max(head.length, ...texts.map((text) => text.length)) }
}

/** Columns in parts that fit beside the names; those that are joined stay together where that is possible. */
function partsOf<C extends { width: number; joined?: boolean }>(columns: readonly C[], room: number): C[][] {
  const groups: C[][] = []
  for (const column of columns) {
    const last = groups[groups.length - 1]
    if (column.joined === true && last !== undefined && widthOf([...last, column]) <= room) last.push(column)
    else groups.push([column])
  }
  const parts: C[][] = []
  for (const group of groups) {
    const last = parts[parts.length - 1]
    if (last !== undefined && widthOf([...last, ...group]) <= room) last.push(...group)
    else parts.push(group)
  }
  return parts
}

const widthOf = (columns: readonly { width: number }[]) => columns.reduce((sum, { width }) => sum + GAP.length + width, 0)
const short = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)
