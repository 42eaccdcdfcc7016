/** Worlds of different tasks side by side, in one state where they can be put there, under the same actions. */
import { XmrlError } from '../errors.js'
import { rowOf } from './course.js'
import type { Ground } from './ground.js'
import type { Batch } from './subject.js'

/** Tasks that are tried against each other. */
const TRIED = 12

/** One world of every task. */
export interface Side {
  batch: Batch
  /** W, and as many tasks. */
  count: number
  /** Whether all are in one state, that in which the first began; where not, each is in its own start. */
  same: boolean
  /** Actions `[W, A]` of step `t`, the same for all. */
  act(t: number): Float64Array
}

/** One world of every one of some different tasks of the evaluation pool. */
export function besideEachOther(ground: Ground): Side {
  const drawn = ground.subject.tasks('evaluation', ground.seed, 60)
  const tasks = [...new Map(drawn.map((task) => [task.join(' '), task])).values()].slice(0, TRIED)
  const count = tasks.length
  const batch = ground.batch({ tasks, worldsPerTask: 1 })
  const size = ground.about.actionSize
  const act = (t: number) => {
    const one = ground.actions('random', t, 1)
    return Float64Array.from({ length: count * size }, (_, i) => one[i % size])
  }
  return { batch, count, same: ground.subject.abilities.setState && putTo(batch, rowOf(batch.state(), 0, count), count), act }
}

/** Puts all worlds in a state `[D]`; false where some refuse it. */
export function putTo(batch: Batch, state: Float64Array, count: number): boolean {
  const all = new Float64Array(state.length * count)
  for (let row = 0; row < count; row++) all.set(state, row * state.length)
  try {
    batch.setState(all)
    return true
  } catch (error) {
    if (error instanceof XmrlError) return false
    throw error
  }
}
