/** A robot's hand and the object that it handles: where both were over time, before the repair and after it, and where the goal is. */
import { chart, colour, type Figure, fixed, percent, say } from '../../drawing/index.js'
import type { Episode, TasksRecord } from '../../records/index.js'
import { type Flown, flownId, flownTitle, pickedText } from './flown.js'

const AXES = ['x', 'y', 'z'] as const
/** Least height of a panel, metres: what hardly moves looks still. */
const LEAST = 0.1
/** Panels end at multiples of 5 cm. */
const ROUND = 20
const KINDS = [
  { kind: 'hand', colour: 'critical', dash: [] },
  { kind: 'object', colour: 'poor', dash: [5, 3] }
] as const
const GOAL = { label: 'goal', colour: 'better', mark: 'plus' } as const

/** Where the task wants the object, or the hand. */
type Goal = Flown['goal']

/** One place at one time. */
interface Row {
  kind: string
  axis: (typeof AXES)[number]
  step: number
  metres: number
}

/** Three panels (x, y, z) before and three after; undefined without episodes of a hand. */
export async function handFigure(record: Flown, tasks?: TasksRecord): Promise<Figure | undefined> {
  const panels = [
    ['Before', record.before],
    ['After', record.after]
  ] as const
  const shown = panels.flatMap(([when, episodes]) => {
    const episode = shownOf(episodes)
    return episode === undefined ? [] : [{ when, episodes, episode, rows: rowsOf(episode) }]
  })
  if (shown.length < panels.length) return undefined
  const { goal } = record
  const domains = AXES.map((axis, k) => {
    const rows = shown.flatMap((each) => each.rows).filter((row) => row.axis === axis)
    return domainOf([...rows.map(({ metres }) => metres), ...(goal === undefined ? [] : [goal[k]])])
  })
  const svg = await Promise.all(
    shown.map(({ when, episodes, episode, rows }) => {
      const title = `${when}: ${share(episodes)}; ${episode.success ? 'one that did' : 'one that did not'} is drawn`
      return chart(
        { title: { text: title, anchor: 'start' }, spacing: 28, hconcat: AXES.map((axis, k) => panel(axis, rows, domains[k], goal?.[k])) },
        say(`${title}.`, goal && leftText(goal, episode))
      )
    })
  )
  return {
    id: flownId(record),
    title: flownTitle(record, tasks),
    svg,
    legend: [
      ...KINDS.map(({ kind, colour: name, dash }) => ({
        label: kind,
        colour: name,
        mark: dash.length > 0 ? ('dashed' as const) : ('line' as const)
      })),
      ...(goal === undefined ? [] : [GOAL])
    ],
    caption: say(
      pickedText(record),
      `The adapted policy on the task: one episode before the repair and one after it, under the same random numbers, the first that succeeded where one did. Where the hand is and where the object (or the part that is moved) is, m, at every environment step.`,
      goal !== undefined &&
        'The plus is the goal: where the task wants the object (where there is nothing to move, the hand). How near counts as success is the environment’s; in some, one axis alone.',
      'The policy never observes the task; it must find it out from its support episodes.',
      'One episode of one task is an illustration, not a measurement.'
    )
  }
}

/** The first episode that succeeded, else the first. */
function shownOf(episodes: readonly Episode[]): Episode | undefined {
  return episodes.find(({ success }) => success) ?? episodes[0]
}

function share(episodes: readonly Episode[]): string {
  const solved = episodes.filter(({ success }) => success).length
  return `${solved} of ${episodes.length} episodes succeed (${percent(solved / episodes.length)})`
}

function rowsOf({ path, heights = [], object }: Episode): Row[] {
  const of = (kind: string, way: Episode['path'], high: readonly number[]) =>
    way.flatMap(([x, y], step) => [x, y, high[step] ?? 0].map((metres, k): Row => ({ kind, axis: AXES[k], step, metres })))
  return [...of('hand', path, heights), ...(object === undefined ? [] : of('object', object.path, object.heights))]
}

/** Where the goal is, and how far from it an episode ended: `The goal is at (0.10, 0.80, 0.05) m; in the end the hand is 0.12 m from it.` */
function leftText(goal: NonNullable<Goal>, { path, heights = [], object }: Episode): string {
  const left = (way: Episode['path'], high: readonly number[]) => {
    const [x, y] = way[way.length - 1]
    return fixed(Math.hypot(x - goal[0], y - goal[1], (high.at(-1) ?? 0) - goal[2]))
  }
  const thing = object === undefined ? '' : ` and the object ${left(object.path, object.heights)} m`
  return `The goal is at (${goal.map((metres) => fixed(metres)).join(', ')}) m; in the end the hand is ${left(path, heights)} m${thing} from it.`
}

/** What both rows of panels show of an axis: everything, and at least so much. */
function domainOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max(0, (LEAST - (high - low)) / 2)
  return [Math.floor((low - room) * ROUND) / ROUND, Math.ceil((high + room) * ROUND) / ROUND]
}

function panel(axis: Row['axis'], rows: readonly Row[], domain: [number, number], goal: number | undefined): object {
  const kinds = { domain: KINDS.map(({ kind }) => kind) }
  const values = rows.filter((row) => row.axis === axis)
  const x = { field: 'step', type: 'quantitative', title: 'environment step', axis: { tickCount: 5 } }
  const y = { field: 'metres', type: 'quantitative', title: `${axis}, m`, scale: { domain }, axis: { tickCount: 5 } }
  const lines = {
    mark: { type: 'line', strokeWidth: 1.6 },
    encoding: {
      x,
      y,
      color: { field: 'kind', type: 'nominal', scale: { ...kinds, range: KINDS.map((kind) => colour(kind.colour)) }, legend: null },
      strokeDash: { field: 'kind', type: 'nominal', scale: { ...kinds, range: KINDS.map(({ dash }) => dash) }, legend: null }
    }
  }
  const size = { width: 208, height: 170, data: { values } }
  if (goal === undefined) return { ...size, ...lines }
  const last = Math.max(...values.map(({ step }) => step))
  const data = { values: [{ step: last, metres: goal }] }
  const green = colour(GOAL.colour)
  const level = { data, mark: { type: 'rule', strokeWidth: 1, strokeDash: [1, 3], color: green }, encoding: { y } }
  // At the end of the episode, where hand and object are to be.
  const point = { data, mark: { type: 'point', shape: 'cross', size: 110, filled: true, opacity: 1, color: green }, encoding: { x, y } }
  return { ...size, layer: [level, lines, point] }
}
