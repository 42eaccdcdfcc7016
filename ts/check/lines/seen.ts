/** What policies see and do: observations, and what actions change. */
import { firstDifference, fly } from '../course.js'
import type { Ground } from '../ground.js'
import { type Finding, failed, figure, ok, warning } from '../line.js'
import type { Played } from './finite.js'

/** Size of an entry of an observation from which networks learn badly. */
const LARGE = 100

const list = (entries: readonly number[]) =>
  entries.length <= 8 ? entries.join(', ') : `${entries.slice(0, 7).join(', ')} and ${entries.length - 7} more`

/** Within the declared bounds; no entry that never changes, none that is huge. */
export function observations(ground: Ground, { low, high, outside }: Played): Finding {
  const { observationBounds: bounds, about } = ground.subject
  if (outside !== undefined && bounds !== undefined) {
    const { entry, value, step } = outside
    const isNear = [bounds.low[entry], bounds.high[entry]].some((bound) => figure(bound) === figure(value))
    return warning(
      `entry ${entry} is ${isNear ? value : figure(value)} ${step === 0 ? 'at a start' : `after step ${step}`}, outside its declared bounds ${figure(bounds.low[entry])} to ${figure(bounds.high[entry])}`,
      'clip the observation, or declare wider bounds (`observation_space`): XMRL does not read them, but whoever scales by them is misled'
    )
  }
  const isBounded = bounds !== undefined && [bounds.low, bounds.high].some((side) => Array.from(side).some(Number.isFinite))
  const entries = Array.from({ length: about.observationSize }, (_, k) => k)
  const constant = entries.filter((k) => low[k] === high[k])
  const size = (k: number) => Math.max(Math.abs(low[k]), Math.abs(high[k]))
  const large = entries.filter((k) => size(k) > LARGE)
  const [least, most] = [Math.min(...low), Math.max(...high)]
  const range = least === most ? `always ${figure(least)}` : `from ${figure(least)} to ${figure(most)}`
  if (constant.length === entries.length) {
    return warning(
      `no entry of the observation ever changes (${range}): a policy sees nothing`,
      'right for a bandit, whose policies learn by rewards alone; else write every entry of every row in `observe`'
    )
  }
  if (large.length > 0) {
    const largest = large.reduce((a, b) => (size(a) >= size(b) ? a : b))
    return warning(
      `${range}; entr${large.length === 1 ? 'y' : 'ies'} ${list(large)} reach${large.length === 1 ? 'es' : ''} ${figure(size(largest))}`,
      `scale them so that most values lie between −1 and 1: XMRL does not normalise observations, and networks learn badly on large ones`
    )
  }
  if (constant.length > 0) {
    const one = constant.length === 1
    return warning(
      `${range}; entr${one ? 'y' : 'ies'} ${list(constant)} ${one ? 'is' : 'are'} always ${one ? figure(low[constant[0]]) : 'the same'} in random play`,
      'see that `observe` writes every entry; an entry that says nothing costs only time'
    )
  }
  return ok(`${range} in random play${isBounded ? ', within the declared bounds' : ''}`)
}

/** Actions change something, and beyond their bounds nothing more than at them. */
export function actions(ground: Ground): Finding {
  const { about, count } = ground
  const steps = Math.min(10, about.horizon)
  const under = (times: number) => {
    const at = (t: number) => ground.actions('random', t).map((x) => Math.sign(x) * about.actionScale * times)
    return fly(ground.batch(), steps, at)
  }
  const [still, bound, beyond] = [under(0), under(1), under(10)]
  const same = (a: typeof still, b: typeof still) =>
    firstDifference(a.last, b.last) === undefined &&
    a.rewards.every((reward, t) => firstDifference(reward, b.rewards[t]) === undefined) &&
    a.observations.every((seen, t) => firstDifference(seen, b.observations[t]) === undefined)
  if (same(still, bound)) {
    return failed(
      `${steps} steps at the bounds of the actions give what doing nothing gives, in all of ${count} worlds`,
      'let `step` read the actions: row w, entry k is number w × (size of an action) + k'
    )
  }
  const inert = Array.from({ length: about.actionSize }, (_, k) => k).filter((k) => {
    const one = fly(ground.batch(), steps, (t) =>
      ground.actions('random', t).map((x, i) => (i % about.actionSize === k ? Math.sign(x) * about.actionScale : 0))
    )
    return same(still, one)
  })
  if (inert.length > 0) {
    return warning(
      `entr${inert.length === 1 ? 'y' : 'ies'} ${list(inert)} of an action change${inert.length === 1 ? 's' : ''} nothing within ${steps} steps`,
      'see that `step` reads every entry of an action'
    )
  }
  if (same(bound, beyond)) return ok('every entry changes what follows; beyond the bounds actions do what they do at them')
  return warning(
    'actions beyond their bounds do more than those at them: a policy’s noise can use what the world does not mean',
    `clip actions to −${figure(about.actionScale)} to ${figure(about.actionScale)} in \`step\``
  )
}
