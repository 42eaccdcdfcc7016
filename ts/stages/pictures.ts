/** Episodes of one poor task before and after the repair, for the report. */
import type { Capsule, Episode, EpisodesRecord, TasksRecord } from '../records/index.js'
import { registered } from '../spec/index.js'
import { bodySegments } from '../worlds/index.js'
import { needed, STREAMS, type StageContext, stageOfArm, withWeights } from './context.js'
import type { Learner } from './learner.js'
import { benchmarks, quotesOf, tradingEpisode } from './trading.js'

/** Episodes of a drone that are drawn. */
const POINT_EPISODES = 12
/** Episodes of a body from the top; from the side one is drawn, as a strip of its poses. */
const TOP_EPISODES = 4
/** Years of trading that are drawn. */
const YEARS = 4
/** Poses of a body that are kept of an episode, evenly spaced from its first state to its last. */
const POSES = 8

/** States of an episode, `[T + 1][D]`, and whether it succeeded. */
interface Flown {
  states: Float64Array[]
  success: boolean
}

/** How a preset's view is called in the record; a point needs no name. */
const VIEWS = { plan: undefined, arena: undefined, side: 'side', above: 'top', account: 'wealth' } as const

/** Flies the poor task that mining found worst with theta_0 and with the weights of an arm, under the same random numbers; or finds it flown. */
export async function recordEpisodes(context: StageContext, arm: string): Promise<EpisodesRecord | undefined> {
  const { store, tasks } = context
  const found = store.record('episodes')
  // A run that has grown may be shown by another arm. A record of old does not say whose it is, and stays.
  const done = found?.arm === undefined || found.arm === arm ? found : undefined
  const poor = needed(context, 'poor')
  if (done || poor.evaluation.length === 0) return done
  const measured = store.record('evaluation-theta_0')?.pools.evaluation.streams ?? []
  // Not the fresh stream: its returns stand beside the pictures, and a task chosen by them would look better after for nothing.
  const mined = measured.filter(({ stream }) => (STREAMS.mining as readonly number[]).includes(stream))
  const total = (task: number) => mined.reduce((sum, stream) => sum + stream.returns[task], 0)
  const taskId = [...poor.evaluation].sort((a, b) => total(a) - total(b))[0]
  const task = tasks.pools.evaluation.values[taskId]
  const view = VIEWS[registered(tasks.preset)?.view ?? 'plan']
  const count = { point: POINT_EPISODES, side: 1, top: TOP_EPISODES, wealth: YEARS }[view ?? 'point']
  const fly = (of: string) => withWeights(context, stageOfArm(of), (learner) => episodesOf(learner, task, count))
  const before = await fly('theta_0')
  const after = await fly(arm)
  const about = { task, taskId, pool: 'evaluation' as const, arm }
  const quotes = view === 'wealth' ? quotesOf(tasks.preset, context.learner.prices) : undefined
  const drawn = (flown: readonly Flown[]) =>
    quotes ? flown.map(({ states }) => tradingEpisode(quotes, states, task[0])) : bodyEpisodes(tasks.preset, flown)
  const record: EpisodesRecord =
    view === undefined
      ? { ...about, before: before.map(pointEpisode(tasks)), after: after.map(pointEpisode(tasks)) }
      : {
          ...about,
          view,
          ...(quotes ? { benchmarks: benchmarks(quotes, before[0].states) } : {}),
          ...returnsOf(context, taskId, arm),
          before: drawn(before),
          after: drawn(after)
        }
  store.writeRecord('episodes', record)
  return record
}

async function episodesOf(learner: Learner, task: readonly number[], count: number): Promise<Flown[]> {
  const { states, lengths, success } = await learner.episodes(task, STREAMS.pictures, count)
  const rows = lengths.reduce((sum, length) => sum + length, 0)
  const size = states.length / Math.max(1, rows)
  let row = 0
  return lengths.map((length, episode) => {
    const from = row
    row += length
    const own = Array.from({ length }, (_, step) => states.subarray((from + step) * size, (from + step + 1) * size))
    return { states: own, success: success[episode] }
  })
}

/** A drone: its position is the state's first two numbers, or three where the scene has heights. */
const pointEpisode =
  ({ scene }: TasksRecord) =>
  ({ states, success }: Flown): Episode => ({
    path: states.map(([x, y]): [number, number] => [x, y]),
    ...(scene?.heights === undefined ? {} : { heights: states.map((state) => rounded(state[2])) }),
    success
  })

/** Adapted returns of the task on the stream that every figure before and after comes from. */
function returnsOf({ store }: StageContext, taskId: number, arm: string): Pick<EpisodesRecord, 'returns'> {
  const of = (name: string) =>
    store.record(`evaluation-${name}`)?.pools.evaluation.streams.find((stream) => stream.stream === STREAMS.fresh)?.returns[taskId]
  const [before, after] = [of('theta_0'), of(arm)]
  return before === undefined || after === undefined ? {} : { returns: { before, after } }
}

/**
 * Episodes of a body: the way of its root (the state begins with its position: x and z of a planar body, else x, y and z) and
 * some poses of the first episode, so that the report can draw them without the simulator.
 */
function bodyEpisodes(preset: string, flown: readonly Flown[]): Episode[] {
  return flown.map(({ states }, episode) => ({
    path: states.map(([x, y]): [number, number] => [rounded(x), rounded(y)]),
    ...(episode === 0 ? { poses: posesOf(preset, states) } : {})
  }))
}

function posesOf(preset: string, states: readonly Float64Array[]): NonNullable<Episode['poses']> {
  const last = states.length - 1
  const chosen = [...new Set(Array.from({ length: POSES }, (_, i) => Math.round((i * last) / (POSES - 1))))]
  const bodies = bodySegments(
    preset,
    chosen.map((step) => states[step])
  )
  return chosen.map((step, i) => ({ step, capsules: bodies[i].map((capsule) => capsule.map(rounded) as Capsule) }))
}

/** Millimetres are finer than any picture. */
const rounded = (metres: number) => Math.round(metres * 1000) / 1000
