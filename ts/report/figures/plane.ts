/** The plane in which a planar environment flies: axes in metres, discs, start. Shared by the task map and the episode paths. */
import { type Colour, colour, element, escapeHtml, FONT, labelled, linear, px, type Scale, TYPE } from '../../drawing/index.js'
import type { Scene, TasksRecord } from '../../records/index.js'

/** A drawing area with its scales. */
export interface Plane {
  x: Scale
  y: Scale
  /** Pixels of one metre. */
  unit: number
  width: number
  height: number
  low: [number, number]
  high: [number, number]
}

const MARGIN = { left: 32, right: 8, top: 26, bottom: 38 }

/** What a plane is called: `id` names its clip and is unique on the page, `result` says in a sentence what it shows. */
export interface PlaneName {
  id: string
  title: string
  result: string
}

/** A plane that shows `low` to `high`, `size` pixels wide; one metre is the same in both directions. */
export function plane(low: [number, number], high: [number, number], size: number): Plane {
  const unit = (size - MARGIN.left - MARGIN.right) / (high[0] - low[0])
  const height = unit * (high[1] - low[1]) + MARGIN.top + MARGIN.bottom
  return {
    x: linear(low[0], high[0], MARGIN.left, size - MARGIN.right),
    y: linear(low[1], high[1], height - MARGIN.bottom, MARGIN.top),
    unit,
    width: size,
    height,
    low,
    high
  }
}

/** Metres between ticks: the largest of 1, 2, 5, 10, … (and their tenths) of which three or so fit. */
function tickStep(range: number): number {
  const steps = [-3, -2, -1, 0, 1, 2].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))
  return steps.findLast((step) => step * 3 <= range * (1 + 1e-9)) ?? range
}

/** The SVG around the content of a plane, with ticks every `step` metres; content outside the area is clipped. */
export function planeSvg(area: Plane, { id, title, result }: PlaneName, content: string, wanted?: number): string {
  const { x, y, low, high } = area
  const step = wanted ?? tickStep(high[0] - low[0])
  const [left, right, top, bottom] = [x(low[0]), x(high[0]), y(high[1]), y(low[1])]
  const box = { x: left, y: top, width: right - left, height: bottom - top }
  const ticks = (from: number, to: number) =>
    Array.from({ length: Math.floor(to / step) - Math.ceil(from / step) + 1 }, (_, i) =>
      Number((step * (Math.ceil(from / step) + i)).toPrecision(6))
    )
  const text = { 'font-family': FONT, 'font-size': TYPE.text, fill: colour('muted') }
  const labels = [
    ...ticks(low[0], high[0]).map((value) =>
      element('text', { ...text, x: x(value), y: bottom + 16, 'text-anchor': 'middle' }, String(value).replace('-', '−'))
    ),
    ...ticks(low[1], high[1]).map((value) =>
      element('text', { ...text, x: left - 7, y: y(value) + 4, 'text-anchor': 'end' }, String(value).replace('-', '−'))
    ),
    element('text', { ...text, x: right, y: bottom + 33, 'text-anchor': 'end' }, 'metres')
  ]
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" style="max-width:${px(area.width)}px" viewBox="0 0 ${px(area.width)} ${px(area.height)}">`,
    `<clipPath id="${id}">${element('rect', { ...box, rx: 4 })}</clipPath>`,
    element('text', { 'font-family': FONT, 'font-size': TYPE.title, 'font-weight': 600, fill: colour('ink'), x: left, y: 14 }, title),
    element('rect', { ...box, rx: 4, fill: colour('faint') }),
    `<g clip-path="url(#${id})">${content}</g>`,
    ...labels,
    '</svg>'
  ]
  return labelled(parts.join(''), result)
}

/** Solid discs and the start. */
export function furniture(area: Plane, scene: Pick<Scene, 'start' | 'discs'>): string {
  const discs = scene.discs.map((disc) =>
    element('circle', { cx: area.x(disc.x), cy: area.y(disc.y), r: disc.radius * area.unit, fill: colour('disc'), stroke: colour('other') })
  )
  const [x, y] = [area.x(scene.start[0]), area.y(scene.start[1])]
  const start = element('path', {
    d: `M${px(x - 6)} ${px(y)}H${px(x + 6)}M${px(x)} ${px(y - 6)}V${px(y + 6)}`,
    stroke: colour('muted'),
    'stroke-width': 1.6
  })
  return `${discs.join('')}${start}`
}

/** A triangle, the mark of poor tasks; `text` shows where the pointer rests. */
export function triangle(x: number, y: number, size: number, name: Colour, filled: boolean, text: string): string {
  const title = element('title', {}, escapeHtml(text))
  const d = `M${px(x)} ${px(y - size)}L${px(x + size * 0.95)} ${px(y + size * 0.75)}H${px(x - size * 0.95)}Z`
  return filled
    ? element('path', { d, fill: colour(name), stroke: colour('faint'), 'stroke-width': 0.8 }, title)
    : element('path', { d, fill: 'none', stroke: colour(name), 'stroke-width': 1.5 }, title)
}

/** Rectangle around all tasks with a margin of at most `margin` metres, a tenth of what they span. */
export function taskBounds({ taskLow, taskHigh }: TasksRecord, margin: number): { low: [number, number]; high: [number, number] } {
  const [x, y] = [0, 1].map((axis) => Math.min(margin, 0.1 * (taskHigh[axis] - taskLow[axis])))
  return { low: [taskLow[0] - x, taskLow[1] - y], high: [taskHigh[0] + x, taskHigh[1] + y] }
}

/**
 * Unit normal of a line through `centre` that has all rare tasks on its positive side and no other: the middle of the
 * directions that do. Undefined where there is none, or nothing is known.
 */
export function rareSide(tasks: TasksRecord, centre: readonly [number, number]): [number, number] | undefined {
  const labelled = (['training', 'evaluation', 'heldOut'] as const).flatMap((name) => {
    const { values, rare } = tasks.pools[name]
    return rare === undefined ? [] : values.map((task, i) => ({ x: task[0] - centre[0], y: task[1] - centre[1], rare: rare[i] }))
  })
  if (!labelled.some((task) => task.rare)) return undefined
  const steps = 720
  const fits = Array.from({ length: steps }, (_, k) => {
    const angle = (2 * Math.PI * k) / steps
    return labelled.every((task) => task.x * Math.cos(angle) + task.y * Math.sin(angle) > 0 === task.rare)
  })
  const angles = fits.flatMap((fit, k) => (fit ? [(2 * Math.PI * k) / steps] : []))
  if (angles.length === 0) return undefined
  // Mean direction, which is right also where the interval crosses the turn.
  const [x, y] = [angles.reduce((sum, a) => sum + Math.cos(a), 0), angles.reduce((sum, a) => sum + Math.sin(a), 0)]
  const norm = Math.hypot(x, y)
  return [x / norm, y / norm]
}
