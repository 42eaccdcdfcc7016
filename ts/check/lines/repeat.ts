/** Whether a course is a function of state, task and actions: again, alone, among others, set anew. */
import { firstDifference, fly, parting, partingOfAll, rowOf } from '../course.js'
import { EACH, type Ground } from '../ground.js'
import { type Finding, failed, notApplicable, ok, warning } from '../line.js'
import type { Batch } from '../subject.js'

/** Batches of the same worlds in the same states: by their seed, or by setting them where starts are no function of it. */
function begun(ground: Ground, states?: Float64Array): Batch {
  const batch = ground.batch()
  if (states !== undefined) batch.setState(states)
  return batch
}

/** The same states and actions twice give the same bits. */
export function repeatable(ground: Ground): Finding {
  const { abilities, chance } = ground.subject
  if (chance !== undefined) return left(ground, chance)
  if (!abilities.deterministic) {
    return notApplicable(
      'the world says that it is not deterministic: XMRL then promises neither that a resumed run gives the same bits nor that two runs of a seed agree'
    )
  }
  const seeded = !ground.failed('starts')
  if (!seeded && !abilities.setState) return notApplicable('not judged, since two runs do not begin in the same states (“starts”)')
  const states = seeded ? undefined : ground.batch().state()
  const act = (t: number) => ground.actions('random', t)
  const [a, b] = [0, 1].map(() => fly(begun(ground, states), ground.compared, act))
  const apart = partingOfAll(a, b, ground.count)
  if (apart === undefined) return ok(`two runs of ${ground.compared} steps agree to the bit`)
  return failed(
    `two runs from the same states under the same actions part: ${apart}`,
    'compute a step from states, tasks and actions alone: no Math.random, no clock, nothing that is counted on from step to step outside the state. ' +
      'A world that cannot do so says `deterministic: false`'
  )
}

/** A world that was found to leave something to chance when it was opened: what that is, as far as two runs show it. */
function left(ground: Ground, chance: string): Finding {
  const act = (t: number) => ground.actions('random', t)
  const [a, b] = [0, 1].map(() => fly(ground.batch(), ground.compared, act))
  const apart = partingOfAll(a, b, ground.count)
  const seen = apart === undefined ? 'though two batches agree here' : `here: ${apart}`
  return warning(
    `when it was opened, ${chance}; ${seen}. XMRL takes it as not deterministic: what compares episodes is not judged, no resumed run gives the same bits, and two runs of a seed do not agree`,
    'draw all chance from the generator that reset(seed=) seeds (self.np_random), and count nothing on from episode to episode or in other environments; ' +
      'if it is meant, say so: deterministic = False on the environment'
  )
}

const ROWS_CURE =
  'compute each row from that row of states, tasks and actions alone; look at indices (row-major: entry k of row w is w × size + k) and keep nothing beside the state: a row gets another number when others end'

/** A world's course does not depend on its neighbours, its place, the size of its batch or the number of threads. */
export function rows(ground: Ground): Finding {
  const { tasks, count, compared, about } = ground
  const act = (t: number) => ground.actions('random', t)
  const whole = fly(ground.batch(), compared, act)
  // Fewer worlds of fewer tasks: their starts are those of the same worlds in the whole batch.
  const fewer = Math.max(1, tasks.length - 2)
  const each = EACH - 2
  const placeOf = (row: number) => Math.floor(row / each) * EACH + (row % each)
  const gathered = (values: Float64Array, rowsThere: number[]) =>
    Float64Array.from(rowsThere.flatMap((row) => Array.from(rowOf(values, row, count))))
  const part = ground.batch({ tasks: tasks.slice(0, fewer), worldsPerTask: each })
  const places = Array.from({ length: fewer * each }, (_, row) => placeOf(row))
  const inPart = fly(part, compared, (t) => gathered(act(t), places))
  for (const [row, place] of places.entries()) {
    const apart = parting([whole, place, count], [inPart, row, places.length])
    if (apart !== undefined) {
      return failed(`world ${place} of ${count} gives other figures as world ${row} of ${places.length}: ${apart}`, ROWS_CURE)
    }
  }
  const alone = fly(ground.batch({ tasks: [tasks[0]], worldsPerTask: 1 }), compared, (t) => gathered(act(t), [0]))
  const apartAlone = parting([whole, 0, count], [alone, 0, 1])
  if (apartAlone !== undefined) return failed(`world 0 of ${count} gives other figures alone: ${apartAlone}`, ROWS_CURE)
  // Others act in another way; world `kept` must not notice.
  const kept = count >> 1
  const disturbed = fly(ground.batch({ threads: 2 }), compared, (t) => {
    const actions = ground.actions('extreme', t)
    actions.set(rowOf(act(t), kept, count), kept * about.actionSize)
    return actions
  })
  const noticed = parting([whole, kept, count], [disturbed, kept, count])
  if (noticed !== undefined) return failed(`world ${kept} depends on what its neighbours do: ${noticed}`, ROWS_CURE)
  return ok(`the same bits alone, among ${places.length} and among ${count} worlds, on one thread and on two, whatever the others do`)
}

/** Worlds go on as if nothing had been called while others begin anew. */
export function resets(ground: Ground): Finding {
  const { subject, count, compared } = ground
  const act = (t: number) => ground.actions('random', t)
  const whole = fly(ground.batch(), compared, act)
  const batch = ground.batch()
  const others = Array.from({ length: count }, (_, row) => row).filter((row) => row % 3 === 0)
  const states = Float64Array.from(others.flatMap((row) => Array.from(rowOf(batch.state(), row, count))))
  const disturbed = fly(batch, compared, (t) => {
    if (t === Math.ceil(compared / 3)) batch.reset(others)
    if (t === Math.ceil((2 * compared) / 3) && subject.abilities.setState) batch.setState(states, others)
    return act(t)
  })
  for (let row = 0; row < count; row++) {
    const apart = row % 3 === 0 ? undefined : parting([whole, row, count], [disturbed, row, count])
    if (apart !== undefined) {
      return failed(
        `world ${row} goes on in another way when others begin anew: ${apart}`,
        'begin only the worlds that are asked for, and keep nothing between steps outside the state'
      )
    }
  }
  return ok(`the others go on to the bit when ${others.length} of ${count} worlds begin anew in mid-episode`)
}

/** A state that is set in mid-episode, here, in another row or elsewhere, is gone on from as if it had been come to. */
export function setState(ground: Ground): Finding {
  const { subject, count, about, tasks } = ground
  if (!subject.abilities.setState) {
    return notApplicable(
      'the world cannot be set to a state: XMRL does not mix states (no augmentation: critical tasks are retrained on without it)'
    )
  }
  const half = Math.max(1, Math.min(15, about.horizon >> 1))
  const played = ground.batch()
  const before = fly(played, half, (t) => ground.actions('random', t))
  const states = before.last
  const seen = before.observations[half - 1]
  const alive = Array.from({ length: count }, (_, row) => row).filter(
    (row) => before.terminated[half - 1][row] + before.truncated[half - 1][row] === 0
  )
  if (alive.length === 0)
    return notApplicable(`every episode is over within ${half} steps of random play: there is no middle to go on from`)
  const rest = Math.min(ground.compared, about.horizon - half)
  const act = (t: number) => ground.actions('random', half + t)
  const on = fly(played, rest, act)
  // A state that is set begins an episode: its horizon begins anew, and what the old one had met counts no more.
  const met = before.success[half - 1]
  const cure =
    'keep everything that a step reads in the state array (velocities, counters, the last action, what was touched), and read it from there'
  const part = (what: string, batch: Batch, place: (row: number) => number, actions: (t: number) => Float64Array, at: Float64Array) => {
    const lost = alive.find((row) => firstDifference(rowOf(batch.state(), place(row), count), rowOf(at, place(row), count)) !== undefined)
    if (lost !== undefined) return { wrong: `${what}: the state that was set is not the one that is read back (world ${lost})` }
    const course = fly(batch, rest, actions)
    for (const row of alive) {
      const how = { starts: false, truncated: false, success: met[row] === 0 }
      const apart = parting([on, row, count], [course, place(row), count], how)
      if (apart !== undefined) return { wrong: `${what}, world ${row} goes on in another way: ${apart}` }
    }
    return { course }
  }
  const fresh = ground.batch()
  fresh.setState(states)
  const lagging = firstDifference(fresh.observations, seen) !== undefined
  const anew = part(`set to its states of step ${half} in a new batch`, fresh, (row) => row, act, states)
  if (anew.course === undefined) return failed(anew.wrong, cure)
  const moved = (values: Float64Array) => shift(values, EACH, count)
  const elsewhere = ground.batch({ tasks: [...tasks.slice(-1), ...tasks.slice(0, -1)], seed: ground.otherSeed })
  elsewhere.step(ground.actions('extreme', 0))
  elsewhere.setState(moved(states))
  const there = (row: number) => (row + EACH) % count
  const where = `set to its state of step ${half} in another row`
  const other = part(where, elsewhere, there, (t) => moved(act(t)), moved(states))
  if (other.course === undefined) return failed(other.wrong, cure)
  for (const row of alive) {
    // These two are episodes from the same state, so what they meet is the same, too.
    const apart = parting([anew.course, row, count], [other.course, there(row), count])
    if (apart !== undefined) return failed(`${where}, world ${row} goes on in another way than in a new batch: ${apart}`, cure)
  }
  const lag = lagging ? '; only the observation before the first step differs (what it shows beside the state is set to rest)' : ''
  return ok(`states of step ${half}, set in a new batch and in other rows, are gone on from to the bit${lag}`)
}

/** Rows moved on by `by`. */
function shift(values: Float64Array, by: number, count: number): Float64Array {
  const size = values.length / count
  return Float64Array.from(values, (_, i) => values[(i - by * size + values.length) % values.length])
}
