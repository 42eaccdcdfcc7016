/** A robot's hand and the object that it handles: where both were over time, before the repair and after it. */
import { chart, colour, type Figure, percent, say } from '../../drawing/index.js'
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
  const domains = AXES.map((axis) => domainOf(shown.flatMap(({ rows }) => rows).filter((row) => row.axis === axis)))
  const svg = await Promise.all(
    shown.map(({ when, episodes, episode, rows }) => {
      const title = `${when}: ${share(episodes)}; ${episode.success ? 'one that did' : 'one that did not'} is drawn`
      return chart(
        { title: { text: title, anchor: 'start' }, spacing: 28, hconcat: AXES.map((axis, k) => panel(axis, rows, domains[k])) },
        `${title}.`
      )
    })
  )
  return {
    id: flownId(record),
    title: flownTitle(record, tasks),
    svg,
    legend: KINDS.map(({ kind, colour: name, dash }) => ({ label: kind, colour: name, mark: dash.length > 0 ? 'dashed' : 'line' })),
    caption: say(
      pickedText(record),
      `The adapted policy on the task: one episode before the repair and one after it, under the same random numbers, the first that succeeded where one did. Where the hand is and where the object (or the part that is moved) is, m, at every environment step.`,
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

/** What both rows of panels show of an axis: everything, and at least so much. */
function domainOf(rows: readonly Row[]): [number, number] {
  const values = rows.map(({ metres }) => metres)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const room = Math.max(0, (LEAST - (high - low)) / 2)
  return [Math.floor((low - room) * ROUND) / ROUND, Math.ceil((high + room) * ROUND) / ROUND]
}

function panel(axis: Row['axis'], rows: readonly Row[], domain: [number, number]): object {
  const kinds = { domain: KINDS.map(({ kind }) => kind) }
  return {
    width: 208,
    height: 170,
    data: { values: rows.filter((row) => row.axis === axis) },
    mark: { type: 'line', strokeWidth: 1.6 },
    encoding: {
      x: { field: 'step', type: 'quantitative', title: 'environment step', axis: { tickCount: 5 } },
      y: { field: 'metres', type: 'quantitative', title: `${axis}, m`, scale: { domain }, axis: { tickCount: 5 } },
      color: { field: 'kind', type: 'nominal', scale: { ...kinds, range: KINDS.map((kind) => colour(kind.colour)) }, legend: null },
      strokeDash: { field: 'kind', type: 'nominal', scale: { ...kinds, range: KINDS.map(({ dash }) => dash) }, legend: null }
    }
  }
}
