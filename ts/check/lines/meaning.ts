/** What a task is to a world: whether it changes anything. */
import { firstDifference, fly, rowOf } from '../course.js'
import type { Ground } from '../ground.js'
import { type Finding, failed, figure, notApplicable, ok, percent, warning } from '../line.js'
import { besideEachOther } from '../side.js'

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
  const { batch, count, same, act } = besideEachOther(ground)
  if (count < 2) return notApplicable('there is one task only')
  const steps = ground.about.horizon
  const course = fly(batch, steps, act)
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
