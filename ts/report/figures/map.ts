/** Where the poor and the critical tasks lie in task space, and how weight falls with distance. */
import { chart, colour, element, escapeHtml, type Figure, fixed, type LegendEntry, px, say } from '../../drawing/index.js'
import { type ExplanationRecord, type PoorRecord, type Scene, SOLVER_FACTS, type TasksRecord } from '../../records/index.js'
import { mean } from '../../statistics/index.js'
import { type Labelled, planeNumbers } from './numbers.js'
import { omegaLabel } from './omega.js'
import { furniture, type Plane, plane, planeSvg, rareSide, taskBounds, triangle } from './plane.js'
import { taskText } from './task.js'

/** Where a body starts when a scene says nothing else. */
const ORIGIN: Pick<Scene, 'start' | 'discs'> = { start: [0, 0], discs: [] }

/**
 * The map of a task space in the plane, or above one, beside the weights against distance; undefined where tasks are no such
 * points.
 */
export async function mapFigure(tasks: TasksRecord, poor: PoorRecord, explanation: ExplanationRecord): Promise<Figure | undefined> {
  const above = tasks.scene?.heights !== undefined
  if (tasks.taskNames.length !== (above ? 3 : 2)) return undefined
  const scene = tasks.scene ?? ORIGIN
  const { low, high } = taskBounds(tasks, 0.6)
  const area = plane(low, high, 440)
  const normal = rareSide(tasks, scene.start)
  const content = [
    normal === undefined ? '' : halfPlane(area, scene.start, normal),
    furniture(area, scene),
    trainingMarks(area, tasks, explanation),
    poorMarks(area, tasks, poor, 'heldOut'),
    poorMarks(area, tasks, poor, 'evaluation'),
    planeNumbers(
      numbered(area, tasks, poor, explanation),
      tasks.pools.training.values.map(([x, y]) => ({ x: area.x(x), y: area.y(y), radius: OTHER })),
      [area.width, area.height]
    )
  ]
  const legend: LegendEntry[] = [
    { label: 'critical training task (area: weight)', colour: 'critical', mark: 'dot' },
    { label: 'other training task', colour: 'other', mark: 'dot' },
    { label: 'poor task, evaluation', colour: 'poor', mark: 'triangle' },
    { label: 'poor task, held-out (outline)', colour: 'poor', mark: 'triangle-outline' },
    ...(scene.discs.length > 0 ? [{ label: 'obstacle', colour: 'disc', mark: 'disc' } as const] : []),
    { label: 'start', colour: 'muted', mark: 'plus' },
    ...(normal === undefined ? [] : [{ label: 'side that is rare in training', colour: 'rare', mark: 'area' } as const])
  ]
  const near = nearness(explanation)
  const source =
    SOLVER_FACTS[explanation.solver].ranked === 'similarity' && !explanation.fallback
      ? 'The explanation never sees these coordinates: it compares how the policy adapts. So critical tasks beside poor ones are evidence, not construction.'
      : explanation.fallback
        ? 'The critical tasks were chosen by this very distance, since the explanation did not repeat.'
        : `The ${explanation.kind} never see these coordinates.`
  return {
    id: 'map',
    title: 'Task space: the poor tasks and those that explain them',
    svg: [
      planeSvg(area, { id: 'clip-map', title: above ? 'Goals, from above' : 'Goals', result: near }, content.join('')),
      await distanceChart(explanation, tasks, near)
    ],
    legend,
    caption: say(
      'First: every mark is the goal of one task; numbers, where there is room, are those of the table of tasks.',
      source,
      `Second: ${omegaLabel(explanation)} of each training task against its distance to the nearest poor task (each axis of task space scaled to 1).`
    )
  }
}

/** How near the critical tasks lie to the poor ones, in a sentence. */
function nearness({ critical, controls: { distance } }: ExplanationRecord): string {
  const chosen = new Set(critical)
  const of = (is: boolean) => distance.filter((_, id) => chosen.has(id) === is)
  const [near, far] = [of(true), of(false)]
  if (near.length === 0 || far.length === 0) return `${near.length} of ${distance.length} training tasks are critical.`
  return `The ${near.length} critical training tasks lie ${fixed(mean(near))} from the nearest poor task on average, the ${far.length} others ${fixed(mean(far))} (each axis of task space scaled to 1).`
}

/** The marks that get numbers: critical tasks first, then the poor ones of the evaluation pool. */
function numbered(area: Plane, tasks: TasksRecord, poor: PoorRecord, explanation: ExplanationRecord): Labelled[] {
  const at = (pool: 'training' | 'evaluation' | 'heldOut', task: number, radius: number, rank: number): Labelled => {
    const [x, y] = tasks.pools[pool].values[task]
    return { x: area.x(x), y: area.y(y), radius, task, rank }
  }
  const largest = Math.max(...explanation.weights, 1e-12)
  return [
    ...explanation.critical.map((task) => at('training', task, radiusOf(explanation.weights[task], largest), 0)),
    ...poor.evaluation.map((task) => at('evaluation', task, 6.5, 1)),
    ...poor.heldOut.map((task) => at('heldOut', task, 6.5, 2))
  ]
}

/** Radius of a training task that is not critical. */
const OTHER = 3.4

/** A critical task's area above the least is its weight. */
const radiusOf = (weight: number, largest: number) => 4 + 6 * Math.sqrt(weight / largest)

function halfPlane(area: Plane, centre: readonly [number, number], normal: readonly [number, number]): string {
  const far = 4 * (area.high[0] - area.low[0])
  const [nx, ny] = normal
  const corner = (along: number, out: number): string => {
    const [x, y] = [centre[0] - ny * along + nx * out, centre[1] + nx * along + ny * out]
    return `${px(area.x(x))} ${px(area.y(y))}`
  }
  return element('path', { d: `M${corner(-far, 0)}L${corner(far, 0)}L${corner(far, far)}L${corner(-far, far)}Z`, fill: colour('rare') })
}

function trainingMarks(area: Plane, tasks: TasksRecord, explanation: ExplanationRecord): string {
  const critical = new Set(explanation.critical)
  const largest = Math.max(...explanation.weights, 1e-12)
  const marks = tasks.pools.training.values.map(([x, y], id) => {
    const name = element(
      'title',
      {},
      escapeHtml(`${taskText(tasks, 'training', id)}: ${omegaLabel(explanation)} ${fixed(explanation.omega[id], 3)}`)
    )
    return critical.has(id)
      ? element(
          'circle',
          {
            cx: area.x(x),
            cy: area.y(y),
            r: radiusOf(explanation.weights[id], largest),
            fill: colour('critical'),
            'fill-opacity': 0.85,
            stroke: colour('faint'),
            'stroke-width': 1
          },
          name
        )
      : element('circle', { cx: area.x(x), cy: area.y(y), r: OTHER, fill: colour('other') }, name)
  })
  return marks.join('')
}

function poorMarks(area: Plane, tasks: TasksRecord, poor: PoorRecord, pool: 'evaluation' | 'heldOut'): string {
  const marks = poor[pool].map((id) => {
    const [x, y] = tasks.pools[pool].values[id]
    return triangle(area.x(x), area.y(y), 6.5, 'poor', pool === 'evaluation', `${taskText(tasks, pool, id)}, poor`)
  })
  return marks.join('')
}

function distanceChart(explanation: ExplanationRecord, tasks: TasksRecord, result: string): Promise<string> {
  const critical = new Set(explanation.critical)
  const values = explanation.omega.map((omega, id) => ({
    omega,
    distance: explanation.controls.distance[id],
    kind: critical.has(id) ? 'critical' : 'other',
    name: taskText(tasks, 'training', id)
  }))
  const spec = {
    title: `${explanation.kind === 'weights' ? 'Weight' : 'Score'} against distance`,
    width: 370,
    height: 340,
    data: { values },
    mark: { type: 'circle', size: 52, opacity: 0.9, aria: true },
    encoding: {
      x: { field: 'distance', type: 'quantitative', title: 'distance to the nearest poor task', axis: { tickCount: 5 } },
      y: {
        field: 'omega',
        type: 'quantitative',
        title: omegaLabel(explanation),
        axis: { tickCount: 5 }
      },
      color: {
        field: 'kind',
        type: 'nominal',
        scale: { domain: ['critical', 'other'], range: [colour('critical'), colour('other')] },
        legend: null
      },
      description: { field: 'name' }
    }
  }
  return chart(spec, result)
}
