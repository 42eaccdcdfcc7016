/** What a task is to a world: whether it changes anything, and whether it can be seen. */
import { XmrlError } from '../../errors.js'
import { type Course, firstDifference, fly, rowOf } from '../course.js'
import type { Ground } from '../ground.js'
import { type Finding, failed, figure, notApplicable, ok, percent, warning } from '../line.js'
import type { Batch } from '../subject.js'

/** One world of every task, all in the same state, under the same actions. */
interface Side {
  course: Course
  /** Whether all begin in one state; where not, starts follow from the tasks. */
  same: boolean
}

/** Tasks that are tried against each other. */
const TRIED = 12

/** Flies one world of each of some tasks side by side, from a state that the first of them came to in play. */
function sideBySide(ground: Ground, tasks: readonly number[][], steps: number): Side {
  const count = tasks.length
  const batch = ground.batch({ tasks, worldsPerTask: 1 })
  const same = ground.subject.abilities.setState && setTo(batch, count)
  const size = ground.about.actionSize
  // The actions of the first row, for all.
  const act = (t: number) => {
    const one = ground.actions('random', t, 1)
    return Float64Array.from({ length: count * size }, (_, i) => one[i % size])
  }
  return { course: fly(batch, steps, act), same }
}

/** Puts all worlds in the state of the first; false where the others refuse it. */
function setTo(batch: Batch, count: number): boolean {
  const state = rowOf(batch.state(), 0, count)
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

/** Different tasks for a comparison. */
function differentTasks(ground: Ground): number[][] {
  const drawn = ground.subject.tasks('evaluation', ground.seed, 60)
  const seen = new Map(drawn.map((task) => [task.join(' '), task]))
  return [...seen.values()].slice(0, TRIED)
}

/** Share of pairs of rows that differ in some step. */
function shareOfPairs(arrays: readonly Float64Array[], count: number): number {
  let [pairs, different] = [0, 0]
  for (let a = 0; a < count; a++) {
    for (let b = a + 1; b < count; b++) {
      pairs++
      if (arrays.some((values) => firstDifference(rowOf(values, a, count), rowOf(values, b, count)) !== undefined)) different++
    }
  }
  return different / pairs
}

/** Tasks change rewards or what happens, in the same state under the same actions. */
export function taskMatters(ground: Ground): Finding {
  const tasks = differentTasks(ground)
  const count = tasks.length
  if (count < 2) return notApplicable('there is one task only')
  const steps = ground.about.horizon
  const { course, same } = sideBySide(ground, tasks, steps)
  const rewards = shareOfPairs(course.rewards, count)
  const flags = [...course.terminated, ...course.success].map((values) => Float64Array.from(values))
  const ends = shareOfPairs(flags, count)
  const courses = shareOfPairs([course.last], count)
  const from = same ? 'from one state under the same actions' : 'under the same actions (each from its own start)'
  if (rewards > 0 || ends > 0) {
    const motion =
      courses > 0 && same && ends === 0
        ? '; what happens differs too'
        : courses === 0
          ? '; what happens does not, only how it is rewarded'
          : ''
    return ok(`${from} ${percent(Math.max(rewards, ends))} of pairs of tasks are rewarded differently${motion}`)
  }
  const constant = course.rewards.every((values) => values.every((reward) => reward === course.rewards[0][0]))
  if (courses > 0 && same) {
    return warning(
      `${from} tasks change what happens, but no reward in ${steps} steps of random play`,
      'let rewards depend on what tasks change, or a policy cannot tell which to adapt to'
    )
  }
  if (constant) {
    return warning(
      `${from} every reward of ${steps} steps of random play is ${figure(course.rewards[0][0])}, whatever the task: a policy cannot tell tasks apart until it meets something else`,
      'give rewards on the way (distance to the goal, say), or begin support episodes near what is rewarded'
    )
  }
  return failed(
    `${from} ${count} different tasks give the same rewards and the same course for ${steps} steps`,
    'let `step` read the tasks: row w, entry k is number w × (size of a task) + k'
  )
}

/** Whether the observation shows the task; said, not refused. */
export function taskHidden(ground: Ground): Finding {
  const tasks = differentTasks(ground)
  const count = tasks.length
  if (count < 2) return notApplicable('there is one task only')
  const batch = ground.batch({ tasks, worldsPerTask: 1 })
  const states = batch.state()
  const same = shareOfPairs([states], count) === 0
  if (!same && !(ground.subject.abilities.setState && setTo(batch, count))) {
    return notApplicable(
      'tasks begin in different states and cannot be set to one, so that what an observation shows of a task cannot be told'
    )
  }
  const seen = batch.observations
  const entries = Array.from({ length: ground.about.observationSize }, (_, k) => k).filter((k) =>
    Array.from({ length: count }, (_, row) => rowOf(seen, row, count)[k]).some((value) => !Object.is(value, seen[k]))
  )
  if (entries.length === 0) return ok('in the same state every task looks the same: policies must find out by what they are rewarded for')
  const shown = entries.length <= 8 ? entries.join(', ') : `${entries.slice(0, 7).join(', ')} and ${entries.length - 7} more`
  return warning(
    `in the same state entr${entries.length === 1 ? 'y' : 'ies'} ${shown} of the observation differ from task to task: a policy can see which task it has`,
    'leave the task out of `observe` if policies are to infer it; with the task in sight one policy may serve all without adapting'
  )
}
