/** Episode paths for pictures. */
import { z } from 'zod'
import { id, numbers, point, poolName } from './basics.js'

/** A capsule in metres: x1 y1 z1 x2 y2 z2 radius; a sphere has both ends in one place. */
const capsule = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number().nonnegative()])
export type Capsule = z.output<typeof capsule>

/** What a year of trading paid and risked: value traded over the mean wealth, $, $, largest fall from a height as a share of it. */
const account = z.strictObject({
  turnover: z.number().nonnegative(),
  costs: z.number().nonnegative(),
  fines: z.number().nonnegative(),
  drawdown: z.number().min(0).max(1)
})

const episode = z.strictObject({
  /**
   * Root in every state, metres: position (x, y) of a point or a body from the top; in the side view MuJoCo's `qpos` x and z,
   * whose zero is the model's (at z = 0 the cheetah's torso is .7 m high; the walker's z is its torso's height). In the wealth
   * view the day (a row of the table of prices) and the wealth on it, $; in the hand view where the hand is.
   */
  path: z.array(point),
  /** Height in every state, metres, where the scene has heights, and in the hand view. */
  heights: numbers.optional(),
  success: z.boolean().optional(),
  /** In the hand view: where the object is, or the part that is moved, in every state, metres. */
  object: z.strictObject({ path: z.array(point), heights: numbers }).optional(),
  /** The body in some of the states. */
  poses: z.array(z.strictObject({ step: id, capsules: z.array(capsule) })).optional(),
  /** In the wealth view. */
  account: account.optional()
})
export type Episode = z.output<typeof episode>

const change = z.strictObject({ before: z.number(), after: z.number() })

/** Episode paths of a task before and after the repair. */
const flownTask = z.strictObject({
  task: numbers,
  taskId: id,
  pool: poolName.optional(),
  /** In the hand view: where the task wants the object, or the hand itself, metres (x, y, z); absent in records of before it was kept. */
  goal: z.tuple([z.number(), z.number(), z.number()]).optional(),
  /** In the wealth view: two plain ways of investing on the days of the first episode. */
  benchmarks: z.array(episode.extend({ name: z.enum(['buy and hold', 'equal weight']) })).optional(),
  /** Adapted returns of the task on the fresh stream, where tasks are scored by return. */
  returns: change.optional(),
  /** Success of the adapted policies on the task on the fresh stream, where tasks are scored by it. */
  success: change.optional(),
  before: z.array(episode),
  after: z.array(episode)
})
/** A task whose episodes are drawn. */
export type FlownTask = z.output<typeof flownTask>

/** Episode paths of the poor task that mining found worst, and of the evaluation task that changed most. */
export const episodesRecord = flownTask.extend({
  /** From where a body is drawn: a planar one from the `side`, others from the `top`; `hand`: a robot's hand over time; `wealth`: a market; absent: a point in a plane. */
  view: z.enum(['side', 'top', 'hand', 'wealth']).optional(),
  /** Whose weights are those after the repair. */
  arm: z.string().optional(),
  /** The task of the evaluation pool whose score on the fresh stream changed most, up or down; absent where it is the worst one. */
  mostChanged: flownTask.optional(),
  /** True where no task changed more than the worst one, false where `mostChanged` did. */
  worstChangedMost: z.boolean().optional()
})
/** Episodes before and after the repair, for pictures: of the task that was served worst, and of the one that changed most. */
export type EpisodesRecord = z.output<typeof episodesRecord>
