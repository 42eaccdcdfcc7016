/** Episodes in space: an arena with pillars in parallel projection, seen from a corner above it. */
import { colour, element, FONT, labelled, px, TYPE } from '../../drawing/index.js'
import type { FlownTask, Scene } from '../../records/index.js'
import type { Plane } from './plane.js'

/** A scene whose episodes have heights. */
export type Space = Scene & { heights: NonNullable<Scene['heights']> }

/** Turn of the viewer about the vertical and height above the horizon, radians. */
const AZIMUTH = -0.6
const ELEVATION = 0.5

const WIDTH = 440
const TOP = 26
const MARGIN = 8

type Point = [number, number, number]
type Episodes = FlownTask['before']

/** From metres in the arena to pixels, and the pixels of a metre. */
interface View {
  at: (x: number, y: number, z: number) => [number, number]
  unit: number
  height: number
}

/** The arena over the square of `area`, its episodes, their shadows on the floor, and the goal `task` (x, y, z). */
export function spaceSvg(scene: Space, area: Plane, title: string, task: readonly number[], episodes: Episodes): string {
  const view = viewOf(area, scene.heights)
  const { low } = scene.heights
  const routes = episodes.map(({ path, heights = [], success }) => ({
    points: path.map(([x, y], i): Point => [x, y, heights[i] ?? low]),
    stroke: colour(success === true ? 'better' : 'worse'),
    dashes: success === true ? undefined : '4 3'
  }))
  const shadows = routes.map(({ points }) => line(view, onto(points, low), { stroke: colour('other'), 'stroke-opacity': 0.45 }))
  const paths = routes.map(({ points, stroke, dashes }) => {
    const end = points.at(-1)
    const way = line(view, points, { stroke, 'stroke-width': 1.5, 'stroke-opacity': 0.85, 'stroke-dasharray': dashes })
    if (end === undefined) return ''
    const [cx, cy] = view.at(...end)
    return `${way}${element('circle', { cx, cy, r: 2.8, fill: stroke })}`
  })
  const inside = ({ x, y }: { x: number; y: number }) => x > area.low[0] && x < area.high[0] && y > area.low[1] && y < area.high[1]
  // From the farthest to the nearest, so that the nearer covers the farther.
  const pillars = [...scene.discs].filter(inside).sort((a, b) => depth(b.x, b.y) - depth(a.x, a.y))
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" style="max-width:${WIDTH}px" viewBox="0 0 ${WIDTH} ${px(view.height)}">`,
    element('text', { 'font-family': FONT, 'font-size': TYPE.title, 'font-weight': 600, fill: colour('ink'), x: MARGIN, y: 14 }, title),
    floor(view, area, low),
    shadows.join(''),
    start(view, scene),
    pillars.map((pillar) => cylinder(view, pillar, scene.heights)).join(''),
    goal(view, scene, task),
    paths.join(''),
    '</svg>'
  ]
  const reached = episodes.filter(({ success }) => success === true).length
  return labelled(parts.join(''), `${title}: ${reached} of ${episodes.length} episodes reach the goal.`)
}

/** How far a place on the floor is from the viewer, up to a constant. */
const depth = (x: number, y: number) => -Math.sin(AZIMUTH) * x + Math.cos(AZIMUTH) * y

function viewOf({ low, high }: Plane, heights: Space['heights']): View {
  const flat = (x: number, y: number, z: number): [number, number] => [
    Math.cos(AZIMUTH) * x + Math.sin(AZIMUTH) * y,
    -(Math.cos(ELEVATION) * z + Math.sin(ELEVATION) * depth(x, y))
  ]
  const corners = [low[0], high[0]].flatMap((x) => [low[1], high[1]].flatMap((y) => [heights.low, heights.high].map((z) => flat(x, y, z))))
  const [left, right, top, bottom] = [0, 1].flatMap((axis) => {
    const values = corners.map((corner) => corner[axis])
    return [Math.min(...values), Math.max(...values)]
  })
  const unit = (WIDTH - 2 * MARGIN) / (right - left)
  return {
    at: (x, y, z) => {
      const [u, v] = flat(x, y, z)
      return [MARGIN + (u - left) * unit, TOP + (v - top) * unit]
    },
    unit,
    height: TOP + (bottom - top) * unit + MARGIN
  }
}

const onto = (points: readonly Point[], z: number) => points.map(([x, y]): Point => [x, y, z])

function line({ at }: View, points: readonly Point[], style: Record<string, string | number | undefined>): string {
  const d = points
    .map(
      (point, i) =>
        `${i === 0 ? 'M' : 'L'}${at(...point)
          .map(px)
          .join(' ')}`
    )
    .join('')
  return element('path', { d, fill: 'none', 'stroke-linejoin': 'round', ...style })
}

/** The floor with a line every 2 metres. */
function floor(view: View, { low, high }: Plane, z: number): string {
  const corners: Point[] = [
    [low[0], low[1], z],
    [high[0], low[1], z],
    [high[0], high[1], z],
    [low[0], high[1], z]
  ]
  const ground = line(view, [...corners, corners[0]], { fill: colour('faint'), stroke: colour('line') })
  const marks = (from: number, to: number) =>
    Array.from({ length: Math.floor(to / 2) - Math.ceil(from / 2) + 1 }, (_, i) => 2 * (Math.ceil(from / 2) + i))
  const grid = [
    ...marks(low[0], high[0]).map((x): Point[] => [
      [x, low[1], z],
      [x, high[1], z]
    ]),
    ...marks(low[1], high[1]).map((y): Point[] => [
      [low[0], y, z],
      [high[0], y, z]
    ])
  ]
  return `${ground}${grid.map((ends) => line(view, ends, { stroke: colour('line'), 'stroke-width': 0.8 })).join('')}`
}

/** A pillar from floor to ceiling: a circle on the floor is an ellipse, flattened by the sine of the elevation. */
function cylinder({ at, unit }: View, { x, y, radius }: Scene['discs'][number], heights: Space['heights']): string {
  const [cx, foot] = at(x, y, heights.low)
  const [, head] = at(x, y, heights.high)
  const [rx, ry] = [radius * unit, radius * unit * Math.sin(ELEVATION)]
  const side = `M${px(cx - rx)} ${px(head)}V${px(foot)}A${px(rx)} ${px(ry)} 0 0 0 ${px(cx + rx)} ${px(foot)}V${px(head)}Z`
  const edge = { stroke: colour('muted'), 'stroke-width': 0.8, 'stroke-opacity': 0.5 }
  return [
    element('path', { d: side, fill: colour('disc'), 'fill-opacity': 0.65, ...edge }),
    element('ellipse', { cx, cy: head, rx, ry, fill: colour('disc'), 'fill-opacity': 0.9, ...edge })
  ].join('')
}

/** Where query episodes start: a cross at its height and a thread to the floor. */
function start(view: View, { start: [x, y], heights }: Space): string {
  const [u, v] = view.at(x, y, heights.start)
  const cross = element('path', {
    d: `M${px(u - 6)} ${px(v)}h12M${px(u)} ${px(v - 6)}v12`,
    stroke: colour('muted'),
    'stroke-width': 1.6
  })
  return `${thread(view, [x, y, heights.start], heights.low, 'muted')}${cross}`
}

/** The ball in which an episode has arrived, its thread to the floor, and the ring under it. */
function goal(view: View, { goalRadius, heights }: Space, [x, y, z]: readonly number[]): string {
  const [cx, cy] = view.at(x, y, z)
  const [, foot] = view.at(x, y, heights.low)
  const r = goalRadius * view.unit
  const ring = element('ellipse', {
    cx,
    cy: foot,
    rx: r,
    ry: r * Math.sin(ELEVATION),
    fill: 'none',
    stroke: colour('poor'),
    'stroke-opacity': 0.5
  })
  const ball = element('circle', { cx, cy, r, fill: colour('poor'), 'fill-opacity': 0.14, stroke: colour('poor'), 'stroke-width': 1.6 })
  return `${ring}${thread(view, [x, y, z], heights.low, 'poor')}${ball}`
}

function thread(view: View, [x, y, z]: Point, low: number, name: 'muted' | 'poor'): string {
  return line(
    view,
    [
      [x, y, z],
      [x, y, low]
    ],
    { stroke: colour(name), 'stroke-width': 0.8, 'stroke-dasharray': '2 3' }
  )
}
