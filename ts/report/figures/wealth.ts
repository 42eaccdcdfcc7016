/** A market: wealth in a poor task's year before and after the repair, against two plain ways of investing. */

import { chart, colour, type Figure, fixed, percent, say } from '../../drawing/index.js'
import type { Episode, TasksRecord } from '../../records/index.js'
import { mean } from '../../statistics/index.js'
import { type Flown, flownId, flownTitle, pickedText } from './flown.js'

const KINDS = [
  { kind: 'before', label: 'before the repair', colour: 'poor', dash: [] },
  { kind: 'after', label: 'after the repair', colour: 'critical', dash: [] },
  { kind: 'buy and hold', label: 'buy and hold', colour: 'ink', dash: [] },
  { kind: 'equal weight', label: 'equal weight', colour: 'ink', dash: [2, 3] }
] as const

/** Two panels: courses of wealth, and what they paid; undefined without episodes. */
export async function wealthFigure(record: Flown, tasks?: TasksRecord): Promise<Figure | undefined> {
  const { before, after, benchmarks = [] } = record
  if (before.length + after.length === 0) return undefined
  const all: [string, readonly Episode[]][] = [
    ['before', before],
    ['after', after],
    ...benchmarks.map(({ name, ...episode }): [string, Episode[]] => [name, [episode]])
  ]
  const start = Math.min(...all.flatMap(([, episodes]) => episodes.map(({ path }) => path[0][0])))
  const values = all.flatMap(([kind, episodes]) =>
    episodes.flatMap(({ path }, episode) => path.map(([day, wealth]) => ({ kind, course: `${kind} ${episode}`, day: day - start, wealth })))
  )
  const [threshold, period] = record.task
  const about = `turbulence threshold ${fixed(threshold, 1)}, period ${period}`
  return {
    id: flownId(record),
    title: flownTitle(record, tasks),
    svg: [await courses(values, all)],
    legend: KINDS.filter(({ kind }) => all.some(([name]) => name === kind)).map(({ label, colour, dash }) => ({
      label,
      colour,
      mark: dash.length > 0 ? 'dashed' : 'line'
    })),
    caption: say(
      pickedText(record),
      `Wealth of the adapted policy on the task (${about}): ${before.length} years before the repair and ${after.length} after it, under the same random numbers, beside buying the same amount of every name and holding it, and beside equal weights restored every day, both on the days of the first.`,
      ...all.map(sentence),
      record.returns !== undefined && 'A return is the change of wealth less fines, $.',
      'Fines are taken off the reward, not off the wealth, and the two plain ways have no threshold to be fined by.',
      'The policy never observes the threshold.',
      'A few years of one task are an illustration, not a measurement; a benchmark for learning to adapt, not advice.'
    )
  }
}

function courses(values: readonly object[], all: readonly [string, readonly Episode[]][]): Promise<string> {
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: KINDS.map(({ kind }) => kind), range: KINDS.map((kind) => colour(kind.colour)) },
    legend: null
  }
  const strokeDash = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: KINDS.map(({ kind }) => kind), range: KINDS.map(({ dash }) => dash) },
    legend: null
  }
  const told = all.map(([kind, episodes]) => `${labelOf(kind)} ${fixed(gainOf(episodes), 0)} $`)
  const spec = {
    width: 860,
    height: 280,
    data: { values },
    mark: { type: 'line', strokeWidth: 1.5, opacity: 0.85 },
    encoding: {
      x: { field: 'day', type: 'quantitative', title: 'trading day', axis: { tickCount: 9 } },
      y: { field: 'wealth', type: 'quantitative', title: 'wealth, $', scale: { zero: false, nice: true }, axis: { tickCount: 6 } },
      detail: { field: 'course', type: 'nominal' },
      color,
      strokeDash
    }
  }
  return chart(spec, `Gained on average of the years drawn: ${told.join('; ')}.`)
}

const labelOf = (kind: string): string => KINDS.find((known) => known.kind === kind)?.label ?? kind

/** What was gained on average of the episodes, $. */
const gainOf = (episodes: readonly Episode[]) => mean(episodes.map(({ path }) => (path.at(-1)?.[1] ?? 0) - path[0][1]))

/** What a way of trading came to, on average of its episodes. */
function sentence([kind, episodes]: [string, readonly Episode[]]): string {
  const average = (of: (episode: Episode) => number) => mean(episodes.map(of))
  const account = (key: 'turnover' | 'costs' | 'fines' | 'drawdown') => average((episode) => episode.account?.[key] ?? 0)
  const [label, gain] = [labelOf(kind), gainOf(episodes)]
  return `${label[0].toUpperCase()}${label.slice(1)}: ${fixed(gain, 0)} $ gained, largest fall ${percent(account('drawdown'))}, turnover ${fixed(account('turnover'), 1)} times the wealth, costs ${fixed(account('costs'), 2)} $, fines ${fixed(account('fines'), 2)} $.`
}
