/** Numbers of tasks in pictures, as far as they fit without covering one another. */
import { colour, element, FONT, TYPE } from '../../drawing/index.js'

/** Pixels of a digit, and of the line it stands on. */
const DIGIT = 0.58 * TYPE.text
const LINE = TYPE.text + 1

/** A task's place along an axis, in pixels. */
export interface Place {
  at: number
  task: number
  /** These get a place first. */
  poor: boolean
}

/** Those of the tasks whose numbers fit in `rows` lines under an axis, each with its line. */
export function fitted<P extends Place>(places: readonly P[], rows: number): (P & { row: number })[] {
  const lines = Array.from({ length: rows }, (): [number, number][] => [])
  return [...places]
    .sort((a, b) => Number(b.poor) - Number(a.poor) || a.at - b.at)
    .flatMap((place) => {
      const half = (String(place.task).length * DIGIT) / 2 + 2
      const [from, to] = [place.at - half, place.at + half]
      const row = lines.findIndex((taken) => taken.every(([low, high]) => to <= low || from >= high))
      if (row < 0) return []
      lines[row].push([from, to])
      return [{ ...place, row }]
    })
}

/** Lines of numbers under a panel of tasks. */
const ROWS = 3

/** The horizontal axis of a panel that has a column a task, and layers with the tasks' numbers under it. */
export function numberedAxis(
  columns: readonly { rank: number; task: number; poor: boolean }[],
  { width, height, title }: { width: number; height: number; title: string }
) {
  const numbers = fitted(
    columns.map((column) => ({ ...column, at: (width * column.rank) / (columns.length + 1) })),
    ROWS
  )
  const rows = 1 + Math.max(0, ...numbers.map(({ row }) => row))
  const x = {
    field: 'rank',
    type: 'quantitative',
    title: `${title} (bold: poor)`,
    scale: { domain: [0, columns.length + 1], nice: false },
    axis: { labels: false, ticks: false, titlePadding: 8 + rows * LINE }
  }
  const layers = [true, false].flatMap((poor) =>
    Array.from({ length: rows }, (_, row) => ({
      data: {
        values: numbers
          .filter((number) => number.row === row && number.poor === poor)
          .map(({ rank, task }) => ({ rank, number: String(task) }))
      },
      mark: { type: 'text', baseline: 'top', fontWeight: poor ? 700 : 400, color: colour(poor ? 'ink' : 'muted') },
      // Pixels under the panel, which no scale knows.
      encoding: { x: { field: 'rank', type: 'quantitative' }, text: { field: 'number' }, y: { value: height + 5 + row * LINE } }
    }))
  )
  return { x, layers: layers.filter(({ data }) => data.values.length > 0) }
}

/** A mark in a plane with the number of its task; a mark of `rank` 0 gets its number first. */
export interface Labelled {
  x: number
  y: number
  /** Pixels from its middle to its edge. */
  radius: number
  task: number
  rank: number
}

type Box = readonly [left: number, top: number, right: number, bottom: number]

/**
 * Numbers beside marks, right, left, above or below them, wherever one is free; a number that would cover a mark, one of `others` or
 * another number is left out.
 */
export function planeNumbers(
  marks: readonly Labelled[],
  others: readonly Pick<Labelled, 'x' | 'y' | 'radius'>[],
  [width, height]: readonly [number, number]
): string {
  const taken: Box[] = [...marks, ...others].map(({ x, y, radius: r }) => [x - r, y - r, x + r, y + r])
  const free = ([left, top, right, bottom]: Box) =>
    left >= 0 &&
    top >= 0 &&
    right <= width &&
    bottom <= height &&
    taken.every(([l, t, r, b]) => right <= l || left >= r || bottom <= t || top >= b)
  return [...marks]
    .sort((a, b) => a.rank - b.rank)
    .map(({ x, y, radius, task }) => {
      const [w, h] = [String(task).length * DIGIT, 0.74 * TYPE.text]
      const beside = radius + 2
      const boxes: Box[] = [
        [x + beside, y - h / 2, x + beside + w, y + h / 2],
        [x - beside - w, y - h / 2, x - beside, y + h / 2],
        [x - w / 2, y - beside - h, x + w / 2, y - beside],
        [x - w / 2, y + beside, x + w / 2, y + beside + h]
      ]
      const box = boxes.find(free)
      if (box === undefined) return ''
      taken.push(box)
      const style = { 'font-family': FONT, 'font-size': TYPE.text, fill: colour('ink'), 'text-anchor': 'middle' }
      return element('text', { ...style, x: (box[0] + box[2]) / 2, y: box[3] }, String(task))
    })
    .join('')
}
