/** A body from above: the way of its root before and after the repair, some of its poses, and what the task asks. */
import { colour, element, type Figure, fixed, type LegendEntry, px, say } from '../../drawing/index.js'
import type { Episode, TasksRecord } from '../../records/index.js'
import { bodySvg } from './body.js'
import { type Flown, flownId, flownTitle, pickedText } from './flown.js'
import { furniture, type Plane, plane, planeSvg } from './plane.js'
import { type Aim, aimOf } from './task.js'

/** Least half-width of the picture, metres: room for a body that hardly moves. */
const LEAST = 1.2
/** Room around the way for the body itself, metres. */
const BODY = 0.9
/** Length of the arrow that shows a direction, as a share of the picture. */
const ARROW = 0.22

/** Two planes side by side; undefined without episodes. */
export function trackFigure(record: Flown, tasks: TasksRecord): Figure | undefined {
  if (record.before.length + record.after.length === 0) return undefined
  const aim = aimOf(tasks, record.task)
  const { low, high } = boundsOf([...record.before, ...record.after], aim)
  const area = plane(low, high, 440)
  const panels = [
    ['Before', record.before, record.returns?.before],
    ['After', record.after, record.returns?.after]
  ] as const
  const id = flownId(record)
  const target: LegendEntry =
    aim.kind === 'goal' ? { label: 'goal', colour: 'poor', mark: 'cross' } : { label: 'way to go', colour: 'poor', mark: 'line' }
  return {
    id,
    title: flownTitle(record, tasks),
    svg: panels.map(([when, episodes, value]) => {
      const title = titleOf(when, episodes, value)
      const name = { id: `clip-${id}-${when.toLowerCase()}`, title, result: `${title}.` }
      return planeSvg(area, name, picture(area, aim, episodes), tickOf(high[0] - low[0]))
    }),
    legend: [
      { label: 'way of the body', colour: 'critical', mark: 'line' },
      { label: 'body, darker with time', colour: 'ink', mark: 'line' },
      target,
      { label: 'start', colour: 'muted', mark: 'plus' }
    ],
    caption: say(
      pickedText(record),
      `The adapted policy on the task (${aim.text}), seen from above: ${record.before.length} episodes before the repair and ${record.after.length} after it, under the same random numbers; the body is drawn at even times of the first.`,
      'The policy never observes the task; it must find it out from its support episodes.',
      'A few episodes of one task are an illustration, not a measurement.'
    )
  }
}

function titleOf(name: string, episodes: readonly Episode[], value: number | undefined): string {
  const steps = episodes.reduce((sum, episode) => sum + episode.path.length - 1, 0) / Math.max(1, episodes.length)
  return `${name}: ${fixed(steps, 0)} steps an episode${value === undefined ? '' : `, adapted return ${fixed(value, 1)}`}`
}

/** A tick that gives a handful of labels. */
function tickOf(width: number): number {
  return [0.5, 1, 2, 5].find((step) => width / step <= 8) ?? 10
}

function picture(area: Plane, aim: Aim, episodes: readonly Episode[]): string {
  const ways = episodes.map(({ path }) =>
    element('path', {
      d: path.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(area.x(x))} ${px(area.y(y))}`).join(''),
      fill: 'none',
      stroke: colour('critical'),
      'stroke-width': 1.6,
      'stroke-opacity': 0.75,
      'stroke-linejoin': 'round'
    })
  )
  const poses = episodes[0]?.poses ?? []
  // Every other pose, the last one among them: more would hide one another.
  const shown = poses.filter((_, i) => (poses.length - 1 - i) % 2 === 0)
  const bodies = shown.map((pose, i) =>
    bodySvg(pose.capsules, (x, y) => [area.x(x), area.y(y)], area.unit, colour('ink'), 0.18 + (0.5 * (i + 1)) / shown.length)
  )
  return `${furniture(area, { start: [0, 0], discs: [] })}${aimSvg(area, aim)}${bodies.join('')}${ways.join('')}`
}

/** A cross in a ring at a goal; an arrow along x for a direction or a velocity. */
function aimSvg(area: Plane, aim: Aim): string {
  const line = { stroke: colour('poor'), 'stroke-width': 2.2, fill: 'none' }
  if (aim.kind === 'goal') {
    const [x, y] = [area.x(aim.at[0]), area.y(aim.at[1])]
    const cross = element('path', { ...line, d: `M${px(x - 5)} ${px(y - 5)}l10 10M${px(x + 5)} ${px(y - 5)}l-10 10` })
    return `${element('circle', { ...line, cx: x, cy: y, r: 11 })}${cross}`
  }
  const way = aim.value < 0 ? -1 : 1
  const length = way * ARROW * (area.x(area.high[0]) - area.x(area.low[0]))
  const [x, y] = [area.x(0), area.y(0)]
  return element('path', {
    ...line,
    d: `M${px(x)} ${px(y)}h${px(length)}m${px(-9 * way)} -6l${px(9 * way)} 6l${px(-9 * way)} 6`
  })
}

/** A square around the start, the goal and every way. */
function boundsOf(episodes: readonly Episode[], aim: Aim): { low: [number, number]; high: [number, number] } {
  const points = [[0, 0], ...(aim.kind === 'goal' ? [aim.at] : []), ...episodes.flatMap((episode) => episode.path)]
  const spans = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis])
    return [Math.min(...values), Math.max(...values)]
  })
  const half = Math.max(LEAST, ...spans.map(([low, high]) => (high - low) / 2 + BODY))
  const [x, y] = spans.map(([low, high]) => (low + high) / 2)
  return { low: [x - half, y - half], high: [x + half, y + half] }
}
