/** Episodes of the worst served and of the most changed task before and after the repair, for the report. */
import type { Capsule, Episode, EpisodesRecord, EvaluationRecord, FlownTask, TasksRecord } from '../records/index.js'
import { environmentSpecOf } from '../spec/index.js'
import { bodySegments } from '../worlds/index.js'
import { needed, STREAMS, type StageContext, stageOfArm, withWeights } from './context.js'
import { handEpisode, handGoal } from './hand.js'
import type { Learner } from './learner.js'
import { benchmarks, quotesOf, tradingEpisode } from './trading.js'

/** Episodes of a drone that are drawn. */
const POINT_EPISODES = 12
/** Episodes of a body from the top; from the side one is drawn, as a strip of its poses. */
const TOP_EPISODES = 4
/** Episodes of a robot's hand, of which one that succeeded is drawn. */
const HAND_EPISODES = 4
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
const VIEWS = { plan: undefined, arena: undefined, side: 'side', above: 'top', hand: 'hand', account: 'wealth' } as const

/**
 * Flies the poor task that mining found worst and the evaluation task that changed most with theta_0 and with the weights of an arm,
 * under the same random numbers; or finds them flown.
 */
export async function recordEpisodes(context: StageContext, arm: string): Promise<EpisodesRecord | undefined> {
  const { store, tasks } = context
  const found = store.record('episodes')
  // A run that has grown may be shown by another arm. A record of old does not say whose it is, and stays.
  const done = found?.arm === undefined || found.arm === arm ? found : undefined
  const poor = needed(context, 'poor')
  if (done || poor.evaluation.length === 0) return done
  const scores = scoresOf(context, arm)
  const worst = worstOf(poor.evaluation, scores.measured)
  const ids = [...new Set([worst, ...(scores.fresh ? [mostChanged(scores.fresh)] : [])])]
  const of = environmentSpecOf(context.spec)?.view ?? 'plan'
  // Nobody has said what a state of such a world looks like.
  if (of === 'none') return undefined
  const view = VIEWS[of]
  const count = { point: POINT_EPISODES, side: 1, top: TOP_EPISODES, hand: HAND_EPISODES, wealth: YEARS }[view ?? 'point']
  const values = tasks.pools.evaluation.values
  const fly = (of: string) =>
    withWeights(context, stageOfArm(of), async (learner) => {
      const flown: Flown[][] = []
      for (const id of ids) flown.push(await episodesOf(learner, values[id], count))
      return flown
    })
  const before = await fly('theta_0')
  const after = await fly(arm)
  const quotes = view === 'wealth' ? quotesOf(tasks.preset, context.learner.prices) : undefined
  const drawn = (flown: readonly Flown[], task: readonly number[]): Episode[] => {
    if (view === undefined) return flown.map(pointEpisode(tasks))
    if (view === 'hand') return flown.map(({ states, success }) => ({ ...handEpisode(tasks.preset, task, states), success }))
    return quotes ? flown.map(({ states }) => tradingEpisode(quotes, states, task[0])) : bodyEpisodes(tasks.preset, flown)
  }
  const flownTask = (at: number): FlownTask => ({
    task: values[ids[at]],
    taskId: ids[at],
    pool: 'evaluation',
    ...(view === 'hand' ? handGoal(tasks.preset, values[ids[at]]) : {}),
    ...(quotes ? { benchmarks: benchmarks(quotes, before[at][0].states) } : {}),
    ...scoredChange(scores, ids[at]),
    before: drawn(before[at], values[ids[at]]),
    after: drawn(after[at], values[ids[at]])
  })
  const record: EpisodesRecord = {
    ...flownTask(0),
    ...(view === undefined ? {} : { view }),
    arm,
    ...(ids.length > 1 ? { mostChanged: flownTask(1) } : {}),
    ...(scores.fresh ? { worstChangedMost: ids.length === 1 } : {})
  }
  store.writeRecord('episodes', record)
  return record
}

type Stream = EvaluationRecord['pools']['evaluation']['streams'][number]

/** Every evaluation of theta_0 on the evaluation pool, and the fresh ones before and after; absent where a record was lost. */
interface Scores {
  measured: readonly Stream[]
  fresh?: { before: Stream; after: Stream }
}

function scoresOf(context: StageContext, arm: string): Scores {
  const of = (name: string) => context.store.record(`evaluation-${name}`)?.pools.evaluation.streams ?? []
  const fresh = (name: string) => of(name).find(({ stream }) => stream === STREAMS.fresh)
  const [before, after] = [fresh('theta_0'), fresh(arm)]
  return { measured: of('theta_0'), ...(before && after ? { fresh: { before, after } } : {}) }
}

/** The poor task with the lowest return where poor tasks were found: by the fresh stream it would look better after for nothing. */
function worstOf(poor: readonly number[], measured: readonly Stream[]): number {
  const mined = measured.filter(({ stream }) => (STREAMS.mining as readonly number[]).includes(stream))
  const total = (task: number) => mined.reduce((sum, stream) => sum + stream.returns[task], 0)
  return [...poor].sort((a, b) => total(a) - total(b))[0]
}

/** The task whose success (return where none can succeed) changed most, up or down; of equal ones that whose return did. */
function mostChanged({ before, after }: NonNullable<Scores['fresh']>): number {
  const by = (of: (stream: Stream) => readonly number[] | undefined, task: number) =>
    Math.abs((of(after)?.[task] ?? 0) - (of(before)?.[task] ?? 0))
  const success = (task: number) => by((stream) => stream.success, task)
  const returns = (task: number) => by((stream) => stream.returns, task)
  const tasks = before.returns.map((_, task) => task)
  return tasks.sort((a, b) => success(b) - success(a) || returns(b) - returns(a) || a - b)[0]
}

/** A task's scores on the fresh stream, which every figure before and after comes from. */
function scoredChange({ fresh }: Scores, task: number): Pick<FlownTask, 'success' | 'returns'> {
  if (fresh === undefined) return {}
  const { before, after } = fresh
  const [from, to] = [before.success?.[task], after.success?.[task]]
  return from === undefined || to === undefined
    ? { returns: { before: before.returns[task], after: after.returns[task] } }
    : { success: { before: from, after: to } }
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
