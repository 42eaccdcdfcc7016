/** How episodes end, and what counts as success. */
import { firstDifference } from '../course.js'
import { type Episodes, play } from '../episodes.js'
import type { Ground } from '../ground.js'
import { type Finding, failed, figure, notApplicable, ok, percent, warning } from '../line.js'

/** Ends at the horizon at the latest, with one flag; then nothing is earned and nothing moves. */
export function ends(ground: Ground, random: Episodes): Finding {
  const { about, count } = ground
  const batch = ground.batch()
  // Whether a world was over before this step.
  const over = new Uint8Array(count)
  let [early, last] = [0, batch.state()]
  for (let t = 0; t < about.horizon + 2; t++) {
    const { rewards, terminated, truncated } = batch.step(ground.actions('random', t))
    const states = batch.state()
    const size = states.length / count
    for (let w = 0; w < count; w++) {
      const at = `world ${w}, step ${t + 1}`
      if (terminated[w] + truncated[w] > 1) {
        return failed(
          `both terminated and truncated (${at})`,
          'an episode that the task ends in the last step is terminated, not truncated'
        )
      }
      if (over[w] === 1) {
        if (terminated[w] + truncated[w] === 0)
          return failed(`an episode that was over goes on (${at})`, 'once terminated, an episode stays so until it is reset')
        if (rewards[w] !== 0) return failed(`a reward of ${figure(rewards[w])} after the end (${at})`, 'give 0 after the end of an episode')
        const moved = firstDifference(states.subarray(w * size, (w + 1) * size), last.subarray(w * size, (w + 1) * size))
        if (moved !== undefined)
          return failed(`the state moves on after the end (${at}, entry ${moved})`, 'leave worlds that are over as they are')
        continue
      }
      const late = t + 1 >= about.horizon && terminated[w] + truncated[w] === 0
      if (late) return failed(`not over after ${about.horizon} steps, its horizon (${at})`, 'say truncated at the horizon')
      if (truncated[w] === 1 && t + 1 < about.horizon) early++
      over[w] = terminated[w] + truncated[w]
    }
    last = states
  }
  const { terminated, lengths } = random
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  if (mean < 1.5 && about.horizon > 1) {
    return warning(
      `episodes are over after ${figure(mean)} steps on average in random play`,
      'let episodes last: there is nothing to adapt on'
    )
  }
  const share = terminated / lengths.length
  const ways = [
    ...(share > 0 ? [`${percent(share)} are ended by the task`] : []),
    ...(early > 0 ? [`${percent(early / count)} are cut off before the horizon by a limit of the world’s own`] : [])
  ]
  const how =
    ways.length === 0
      ? `all ${lengths.length} episodes of random play run to the horizon (${about.horizon})`
      : `of ${lengths.length} episodes of random play ${ways.join(', ')}; they take ${figure(mean)} of ${about.horizon} steps on average`
  return ok(`${how}; nothing is earned after the end`)
}

/** Success: whether it is met, by whom, and whether it ends an episode. */
export function success(ground: Ground, random: Episodes, still: Episodes): Finding {
  const { about } = ground
  // Support episodes may begin near what counts as success.
  const support = ground.subject.abilities.setState && about.scoredBy === 'success' ? play(ground, 'random', 'support') : undefined
  const all = [random, still, ...(support === undefined ? [] : [support])]
  const total = (of: (episodes: Episodes) => number) => all.reduce((sum, episodes) => sum + of(episodes), 0)
  const [met, ended, episodes] = [total(({ succeeded }) => succeeded), total((each) => each.ended), total(({ lengths }) => lengths.length)]
  if (about.scoredBy === 'return') {
    if (met === 0) return notApplicable('the world is scored by its return, and nothing counts as success')
    return warning('successes are told, but the world is scored by its return', 'score it by success, or leave success out')
  }
  if (met === 0) {
    return warning(
      `no success in ${episodes} episodes of random play and of doing nothing${support === undefined ? '' : ', from either kind of start'}`,
      'this is no fault where rewards lead there; else bring goals nearer, or begin support episodes near them'
    )
  }
  if (met === episodes) return warning('every episode is a success, whatever is done', 'ask for something that must be learned')
  const share = ({ succeeded, lengths }: Episodes) => percent(succeeded / lengths.length)
  const begun = support === undefined ? '' : `, ${share(support)} of random ones from the starts of support episodes`
  const shares = `${share(random)} of random episodes, ${share(still)} of those that do nothing${begun}`
  const end =
    ended === met ? 'success ends an episode' : ended === 0 ? 'episodes go on after a success' : 'some episodes go on after a success'
  return ok(`${shares}; ${end}`)
}
