/** Mixtures of visited states, from which augmentation begins episodes. */
import { XmrlError } from '../../errors.js'
import { draws, PURPOSE } from '../../statistics/index.js'
import { firstDifference, fly, rowOf } from '../course.js'
import { EACH, type Ground } from '../ground.js'
import { type Finding, failed, notApplicable, ok, percent, warning } from '../line.js'
import type { Batch } from '../subject.js'

/** Pairs that are mixed, and pairs that are drawn to find them. */
const PAIRS = 200
const DRAWN = 2000

/** Streams of random numbers, above those of actions. */
const PAIR_STREAM = 2 ** 33
const LAMBDA_STREAM = 2 ** 33 + 1

/** Pairs of states `[n, D]` each. */
interface Pairs {
  first: Float64Array
  second: Float64Array
  /** n. */
  size: number
  /** Share of drawn pairs that may be mixed with each other at all. */
  share: number
}

/** States that the worlds of one task come to in random play, paired at random as far as they may be mixed with each other. */
function visitedPairs(ground: Ground, batch: Batch): Pairs {
  const visited: Float64Array[] = []
  for (let t = 0; t < Math.min(40, ground.about.horizon); t++) {
    batch.step(ground.actions('random', t))
    const states = batch.state()
    for (let row = 0; row < EACH; row++) visited.push(rowOf(states, row, ground.count))
  }
  const from = draws(ground.seed, PURPOSE.check, PAIR_STREAM)
  const pick = () => visited[Math.min(visited.length - 1, Math.floor(from.uniform() * visited.length))]
  const drawn = Array.from({ length: DRAWN }, () => [pick(), pick()] as const)
  const side = (pairs: typeof drawn, which: 0 | 1) => Float64Array.from(pairs.flatMap((pair) => Array.from(pair[which])))
  const { verdicts } = batch.mixtures(new Float64Array(DRAWN).fill(1), side(drawn, 0), side(drawn, 1))
  const allowed = drawn.filter((_, i) => verdicts[i] !== 0)
  const pairs = allowed.slice(0, PAIRS)
  return { first: side(pairs, 0), second: side(pairs, 1), size: pairs.length, share: allowed.length / DRAWN }
}

/** How near an end the second look is: ends themselves are copied, without asking a world's own `mix`. */
const NEAR = 1e-6

/** Where lambda 1 or 0 does not give back a state to the bit, or lambda close to it is far off; undefined where all do. */
function lostEnd(batch: Batch, { first, second, size }: Pairs): string | undefined {
  for (const [lambda, end, name] of [[1, first, 'first'] as const, [0, second, 'second'] as const]) {
    const { states } = batch.mixtures(new Float64Array(size).fill(lambda), first, second)
    const at = firstDifference(states, end)
    if (at !== undefined) {
      const entry = at % (end.length / size)
      return `lambda ${lambda} does not give the ${name} state to the bit: entry ${entry} is ${states[at]}, not ${end[at]}`
    }
    const close = Math.abs(lambda - NEAR)
    const near = batch.mixtures(new Float64Array(size).fill(close), first, second).states
    const other = lambda === 1 ? second : first
    const far = Array.from({ length: size }, (_, row) => row).filter(
      (row) => distance(near, end, row, size) > 0.01 * distance(other, end, row, size) + 1e-6
    )
    // An angle may jump by a turn in some pairs, and be right.
    if (far.length > size / 2) return `lambda ${close} is not close to the ${name} state in ${far.length} of ${size} pairs`
  }
  return undefined
}

/** Greatest difference of an entry of row `row`. */
function distance(a: Float64Array, b: Float64Array, row: number, count: number): number {
  const [x, y] = [rowOf(a, row, count), rowOf(b, row, count)]
  return x.reduce((most, value, k) => Math.max(most, Math.abs(value - y[k])), 0)
}

/** Ends bit for bit, states that are taken and gone on from, how many are feasible. */
export function mixing(ground: Ground): Finding {
  const { subject, about } = ground
  if (!subject.abilities.setState || !subject.abilities.mixes) {
    const why = subject.abilities.setState ? 'the world says that its states cannot be mixed' : 'the world cannot be set to a state'
    return notApplicable(
      `${why}: XMRL does not augment here; critical tasks are retrained on without mixed episodes (as by arm omega-only)`
    )
  }
  const batch = ground.batch()
  const pairs = visitedPairs(ground, batch)
  const { first, second, size } = pairs
  if (size === 0) return notApplicable(`none of ${DRAWN} pairs of visited states may be mixed with each other`)
  const lost = lostEnd(batch, pairs)
  if (lost !== undefined) {
    return failed(lost, '`mix` gives lambda of the first state and 1 − lambda of the second: at 1 the first itself, at 0 the second')
  }
  const from = draws(ground.seed, PURPOSE.check, LAMBDA_STREAM)
  const { states, verdicts } = batch.mixtures(
    Float64Array.from({ length: size }, () => from.uniform()),
    first,
    second
  )
  // An error of a world's own `mix` is told by the next call that has a way of telling.
  batch.reset()
  batch.step(ground.actions('still', 0))
  const rows = Array.from({ length: size }, (_, row) => row).filter((row) => verdicts[row] === 1)
  const feasible = rows.length / size
  const apart = pairs.share < 1 ? ` (${percent(1 - pairs.share)} of all pairs may not be mixed with each other)` : ''
  const said = `lambda 0 and 1 give their states to the bit; ${percent(feasible)} of ${size} mixtures are feasible${apart}`
  const cure = 'mix along the world’s own geometry (angles the shorter way round, unit quaternions), or say `mix: false`'
  if (rows.length === 0) return warning(said, cure)
  try {
    const there = ground.batch({ tasks: [ground.tasks[0]], worldsPerTask: rows.length })
    there.setState(Float64Array.from(rows.flatMap((row) => Array.from(rowOf(states, row, size)))))
    fly(there, Math.min(20, about.horizon), (t) => ground.actions('random', t, rows.length))
  } catch (error) {
    if (!(error instanceof XmrlError)) throw error
    return failed(`an episode from a mixture cannot be played: ${error.message}`, cure)
  }
  return feasible >= 0.5 ? ok(`${said}; episodes go on from them`) : warning(said, cure)
}
