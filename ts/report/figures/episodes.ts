/** Episode paths of one task, before and after the repair. */
import { colour, element, type Figure, percent, px, say } from '../../drawing/index.js'
import type { FlownTask, Scene, TasksRecord } from '../../records/index.js'
import { type Flown, flownId, flownTitle, pickedText } from './flown.js'
import { furniture, type Plane, plane, planeSvg } from './plane.js'
import { spaceSvg } from './space.js'

/** Two planes side by side, and below them two views in space where the scene has heights; undefined without a scene. */
export function episodesFigure(record: Flown, tasks: TasksRecord): Figure | undefined {
  const { scene } = tasks
  if (scene === undefined || record.before.length + record.after.length === 0) return undefined
  const area = plane(...bounds(record, scene), 440)
  const { heights } = scene
  const panels = [
    ['Before', record.before],
    ['After', record.after]
  ] as const
  const id = flownId(record)
  return {
    id,
    title: flownTitle(record, tasks),
    svg: [
      ...panels.map(([when, episodes]) => {
        const title = `${when}: ${share(episodes)}`
        const name = { id: `clip-${id}-${when.toLowerCase()}`, title, result: `${title}.` }
        return planeSvg(area, name, picture(area, scene, record.task, episodes))
      }),
      ...(heights === undefined
        ? []
        : panels.map(([when, episodes]) => spaceSvg({ ...scene, heights }, area, `${when}, in space`, record.task, episodes)))
    ],
    legend: [
      { label: 'reached the goal', colour: 'better', mark: 'line' },
      { label: 'did not', colour: 'worse', mark: 'dashed' },
      { label: 'goal', colour: 'poor', mark: 'ring' },
      ...(scene.discs.length > 0 ? [{ label: heights === undefined ? 'obstacle' : 'pillar', colour: 'disc', mark: 'disc' } as const] : []),
      { label: 'start', colour: 'muted', mark: 'plus' },
      ...(heights === undefined ? [] : [{ label: 'shadow on the floor', colour: 'other', mark: 'line' } as const])
    ],
    caption: say(
      heights !== undefined && 'Above: from above. Below: the same episodes in space, pillars from floor to ceiling.',
      pickedText(record),
      `The lines are ${record.before.length} episodes of the adapted policy before the repair and ${record.after.length} after it, under the same random numbers.`,
      `The orange ${heights === undefined ? 'ring' : 'ball'} is the goal, which the policy never observes: it must find it out from its support episodes.`,
      'A few episodes of one task are an illustration, not a measurement.'
    )
  }
}

type Episodes = FlownTask['before']

function share(episodes: Episodes): string {
  const reached = episodes.filter((episode) => episode.success).length
  return episodes.length === 0 ? 'no episodes' : `${reached} of ${episodes.length} reach the goal (${percent(reached / episodes.length)})`
}

function picture(area: Plane, scene: Scene, task: readonly number[], episodes: Episodes): string {
  const goal = element('circle', {
    cx: area.x(task[0]),
    cy: area.y(task[1]),
    r: scene.goalRadius * area.unit,
    fill: colour('poor'),
    'fill-opacity': 0.14,
    stroke: colour('poor'),
    'stroke-width': 1.6
  })
  const paths = episodes.map(({ path, success }) => {
    const d = path.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(area.x(x))} ${px(area.y(y))}`).join('')
    const end = path.at(-1)
    const stroke = colour(success === true ? 'better' : 'worse')
    const line = element('path', {
      d,
      fill: 'none',
      stroke,
      'stroke-width': 1.5,
      'stroke-opacity': 0.8,
      'stroke-linejoin': 'round',
      'stroke-dasharray': success ? undefined : '4 3'
    })
    return end === undefined ? '' : `${line}${element('circle', { cx: area.x(end[0]), cy: area.y(end[1]), r: 2.8, fill: stroke })}`
  })
  return `${furniture(area, scene)}${goal}${paths.join('')}`
}

/** A square that holds the start, the goal and every path, and at least 6 m, or three fifths of a smaller scene. */
function bounds(record: FlownTask, scene: Scene): [[number, number], [number, number]] {
  const points = [record.task as [number, number], scene.start, ...[...record.before, ...record.after].flatMap((episode) => episode.path)]
  const centre = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis])
    return [Math.min(...values), Math.max(...values)]
  })
  const half = Math.max(
    Math.min(3, 0.3 * (scene.high[0] - scene.low[0])),
    ...centre.map(([low, high]) => (high - low) / 2 + scene.goalRadius)
  )
  const [x, y] = centre.map(([low, high]) => (low + high) / 2)
  return [
    [x - half, y - half],
    [x + half, y + half]
  ]
}
