/** Where episodes begin. */
import { firstDifference, rowOf } from '../course.js'
import type { Ground } from '../ground.js'
import { type Finding, failed, figure, notApplicable, ok, warning } from '../line.js'

const CURE = 'write the start from the task and the random numbers that `reset` is given, and nothing else (no Math.random, no counters)'

/** Rows of `a` in which it differs from `b`. */
const rowsThatDiffer = (a: Float64Array, b: Float64Array, count: number) =>
  Array.from({ length: count }, (_, row) => row).filter((row) => firstDifference(rowOf(a, row, count), rowOf(b, row, count)) !== undefined)

/** Starts, as states and observations: without `setState` a state may be nothing but zeros. */
const startsOf = (batch: { state(): Float64Array; observations: Float64Array }) => ({ state: batch.state(), seen: batch.observations })

type Starts = ReturnType<typeof startsOf>

const differing = (a: Starts, b: Starts, count: number) =>
  [...new Set([...rowsThatDiffer(a.state, b.state, count), ...rowsThatDiffer(a.seen, b.seen, count)])].sort((x, y) => x - y)

/** A start is a function of task and random numbers: the same seed gives the same, whatever was played before and elsewhere. */
export function starts(ground: Ground): Finding {
  const { count, tasks } = ground
  const made = ground.batch()
  const first = startsOf(made)
  const twin = startsOf(ground.batch())
  const [row] = differing(first, twin, count)
  if (row !== undefined) return failed(`two batches of one seed begin differently (world ${row})`, CURE)
  // Play, here and elsewhere, must not change the starts to come.
  for (let t = 0; t < Math.min(5, ground.about.horizon); t++) made.step(ground.actions('random', t))
  const later = startsOf(ground.batch())
  const [moved] = differing(first, later, count)
  if (moved !== undefined) return failed(`after some steps of other worlds the same seed begins differently (world ${moved})`, CURE)
  made.reset()
  const second = startsOf(made)
  const fresh = ground.batch()
  fresh.reset()
  const [again] = differing(second, startsOf(fresh), count)
  if (again !== undefined) return failed(`the second start of a world depends on what was played before it (world ${again})`, CURE)
  const other = startsOf(ground.batch({ seed: ground.otherSeed }))
  const changed = differing(first, other, count).length
  if (changed === 0) {
    const perTask = differing(first, shifted(first, count), count).length > 0 && tasks.length > 1
    return ok(`every episode${perTask ? ' of a task' : ''} begins in the same state: starts use no random numbers (query episodes)`)
  }
  return ok(`the same for the same seed, whatever was played before; another seed gives others (${changed} of ${count} worlds)`)
}

/** Starts whose row r is that of the world before it. */
function shifted({ state, seen }: Starts, count: number): Starts {
  const moved = (values: Float64Array) => Float64Array.from(values, (_, i) => values[(i + values.length / count) % values.length])
  return { state: moved(state), seen: moved(seen) }
}

/** Starts of support episodes beside those of query episodes. */
export function supportStarts(ground: Ground): Finding {
  const { count, about, subject } = ground
  const { horizon, supportHorizon } = about
  const lengths =
    horizon === supportHorizon ? `both have ${horizon} steps` : `${supportHorizon} steps to adapt on, ${horizon} to be scored on`
  if (!subject.abilities.setState) return notApplicable(`starts of support episodes cannot be looked at without setState; ${lengths}`)
  const batch = ground.batch()
  const states = batch.supportStarts()
  if (firstDifference(states, ground.batch().supportStarts()) !== undefined)
    return failed('one seed gives different starts of support episodes', CURE)
  const bad = states.findIndex((x) => !Number.isFinite(x))
  if (bad >= 0)
    return failed(`a start of a support episode has ${states[bad]} as entry ${bad % about.stateSize}`, 'write every entry of the state')
  const query = batch.state()
  batch.setState(states)
  // What was asked for may be a seed (worlds in Python): the states that it gave are there once the episodes have begun.
  const begun = batch.state()
  const differ = rowsThatDiffer(begun, query, count).length
  const [wide, narrow] = [spread(begun, count), spread(query, count)]
  const { terminated } = batch.step(ground.actions('still', 0))
  const over = terminated.filter((flag) => flag === 1).length
  if (over === count) {
    return warning('every support episode is over after its first step', 'begin support episodes where something is left to do')
  }
  if (differ === 0) return ok(`support and query episodes begin in the same state; ${lengths}`)
  if (narrow <= 1e-9 * wide) return ok(`support episodes begin in different states, query episodes in one; ${lengths}`)
  const law =
    wide > 1.5 * narrow
      ? `support episodes begin more widely than query episodes (${figure(wide / narrow)} × the spread)`
      : 'by one law or similar ones'
  return ok(`${law}; ${lengths}`)
}

/** Root mean square of the states' entries around their means. */
function spread(states: Float64Array, count: number): number {
  const size = states.length / count
  let sum = 0
  for (let k = 0; k < size; k++) {
    const column = Array.from({ length: count }, (_, row) => states[row * size + k])
    const mean = column.reduce((a, b) => a + b, 0) / count
    sum += column.reduce((total, x) => total + (x - mean) ** 2, 0) / count
  }
  return Math.sqrt(sum / size)
}
