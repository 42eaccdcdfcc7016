/** A planar body from the side: poses of one episode before and after the repair, on the floor it runs over. */
import { colour, element, type Figure, FONT, fixed, labelled, px, say, TYPE } from '../../drawing/index.js'
import type { Episode, TasksRecord } from '../../records/index.js'
import { bodySvg } from './body.js'
import { type Flown, flownId, flownTitle, pickedText } from './flown.js'
import { aimOf } from './task.js'

type Pose = NonNullable<Episode['poses']>[number]

const WIDTH = 880
const GAP = 6
const TOP = 26
const BOTTOM = 40
/** Room around a body, metres. */
const MARGIN = 0.06
/** Distance between ticks of the floor, metres. */
const TICK = 0.5

/** Two strips, one above the other; undefined without poses. */
export function stripFigure(record: Flown, tasks: TasksRecord): Figure | undefined {
  const [before, after] = [record.before[0], record.after[0]]
  if (before?.poses === undefined || after?.poses === undefined) return undefined
  const frame = frameOf([before, after])
  const aim = aimOf(tasks, record.task)
  const returns = record.returns === undefined ? ['', ''] : [record.returns.before, record.returns.after].map(returnText)
  return {
    id: flownId(record),
    title: flownTitle(record, tasks),
    svg: [strip(`Before: ${wayText(before)}${returns[0]}`, before, frame), strip(`After: ${wayText(after)}${returns[1]}`, after, frame)],
    legend: [
      { label: 'body', colour: 'critical', mark: 'line' },
      { label: `floor, a tick every ${TICK} m`, colour: 'muted', mark: 'line' }
    ],
    caption: say(
      pickedText(record),
      `The adapted policy on the task (${aim.text}), one episode before the repair and one after it under the same random numbers, seen from the side.`,
      'Each picture follows the body: how far it has come is on the floor below it, in metres.',
      'The policy never observes the task; it must find it out from its support episodes.',
      'One episode of one task is an illustration, not a measurement.'
    )
  }
}

const returnText = (value: number) => `, adapted return of the task ${fixed(value, 1)}`

/** How far the root came. */
function wayText({ path }: Episode): string {
  const way = path[path.length - 1][0] - path[0][0]
  return `${fixed(way, 2)} m in ${path.length - 1} steps`
}

/** The scale that every picture shares. */
interface Frame {
  /** Metres to each side of the root. */
  half: number
  low: number
  high: number
  unit: number
  cell: number
}

function frameOf(episodes: readonly Episode[]): Frame {
  const poses = episodes.flatMap((episode) => (episode.poses ?? []).map((pose) => ({ pose, root: episode.path[pose.step][0] })))
  const points = poses.flatMap(({ pose, root }) =>
    pose.capsules.flatMap(([x1, , z1, x2, , z2, r]) => [
      { x: Math.abs(x1 - root) + r, low: z1 - r, high: z1 + r },
      { x: Math.abs(x2 - root) + r, low: z2 - r, high: z2 + r }
    ])
  )
  const half = Math.max(...points.map((point) => point.x)) + MARGIN
  const low = Math.min(0, ...points.map((point) => point.low)) - MARGIN
  const high = Math.max(...points.map((point) => point.high)) + MARGIN
  const count = Math.max(...episodes.map((episode) => episode.poses?.length ?? 0))
  const cell = (WIDTH - (count - 1) * GAP) / count
  return { half, low, high, unit: cell / (2 * half), cell }
}

function strip(title: string, episode: Episode, frame: Frame): string {
  const height = TOP + frame.unit * (frame.high - frame.low) + BOTTOM
  const cells = (episode.poses ?? []).map((pose, i) => cellSvg(pose, episode.path[pose.step][0], i * (frame.cell + GAP), frame))
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" style="max-width:${px(WIDTH)}px" viewBox="0 0 ${px(WIDTH)} ${px(height)}">`,
    element('text', { 'font-family': FONT, 'font-size': TYPE.title, 'font-weight': 600, fill: colour('ink'), x: 0, y: 14 }, title),
    ...cells,
    '</svg>'
  ]
  return labelled(parts.join(''), `${title}.`)
}

/** One picture: the body over its stretch of floor, the step below it. */
function cellSvg(pose: Pose, root: number, left: number, { half, low, high, unit, cell }: Frame): string {
  const x = (metres: number) => left + (metres - root + half) * unit
  const z = (metres: number) => TOP + (high - metres) * unit
  const text = { 'font-family': FONT, 'font-size': TYPE.text, fill: colour('muted'), 'text-anchor': 'middle' }
  const first = Math.ceil((root - half) / TICK)
  const last = Math.floor((root + half) / TICK)
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => (first + i) * TICK)
  const ends = 14
  const labels = ticks.filter((at) => Number.isInteger(at) && x(at) > left + ends && x(at) < left + cell - ends)
  return [
    element('rect', { x: left, y: TOP, width: cell, height: (high - low) * unit, rx: 4, fill: colour('faint') }),
    element('path', {
      d: `M${px(left)} ${px(z(0))}H${px(left + cell)}${ticks.map((at) => `M${px(x(at))} ${px(z(0))}v4`).join('')}`,
      stroke: colour('muted'),
      'stroke-width': 1.2,
      fill: 'none'
    }),
    bodySvg(pose.capsules, (px_, _, pz) => [x(px_), z(pz)], unit, colour('critical')),
    ...labels.map((at) => element('text', { ...text, x: x(at), y: z(low) + 15 }, `${fixed(at, 0)} m`)),
    element('text', { ...text, x: left + cell / 2, y: z(low) + 31 }, `step ${pose.step}`)
  ].join('')
}
