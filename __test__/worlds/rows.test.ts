import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { createWorlds, environments, sampleTasks, type Worlds, type WorldsOptions } from '../../ts/worlds/index.js'
import { folder } from '../helpers.js'
import { priceFile } from '../market/made.js'
import { recorded } from './recorded.js'

/** Tasks and worlds of each, of every batch here. */
const [N, EACH] = [3, 2]
const COUNT = N * EACH

interface Made {
  preset: string
  horizon: number
  sizes: { S: number; A: number; D: number }
  /** Worlds of three tasks, disposed after the test. */
  batch(options?: Partial<WorldsOptions>): Worlds
  /** Actions `[T, W, A]`, a few of them beyond the bounds. */
  actions(steps: number, from?: number): Float64Array
}

/** Every preset whose prices are there; those of `stock/csv` are made up. */
function presets(t: ExecutionContext): Made[] {
  const file = priceFile(folder(t))
  return environments()
    .filter(({ prices, needsFiles }) => prices !== 'fetched' && !needsFiles)
    .map(({ preset, prices, horizon, actionScale }) => {
      const given = prices === 'files' ? { prices: file } : {}
      const tasks = sampleTasks(preset, 'evaluation', 1, N, given.prices).values
      const batch = (options: Partial<WorldsOptions> = {}) => {
        const made = createWorlds(preset, { tasks, worldsPerTask: EACH, seed: 3, ...given, ...options })
        t.teardown(() => made.dispose())
        return made
      }
      const { observationSize: S, actionSize: A, stateSize: D } = batch()
      const width = COUNT * A
      const actions = (steps: number, from = 0) =>
        Float64Array.from({ length: steps * width }, (_, i) => 1.3 * actionScale * Math.sin(i * 0.7 + from * width * 0.7))
      return { preset, horizon, sizes: { S, A, D }, batch, actions }
    })
}

/** Row w of an array of rows of `size` numbers. */
const row = <T extends Float64Array | Uint8Array>(values: T, w: number, size = 1) => Array.from(values.subarray(w * size, (w + 1) * size))

test('a rollout is stepping one world at a time, in every environment, on any threads', (t) => {
  const steps = 6
  for (const { preset, sizes, batch, actions } of presets(t)) {
    const { S, A, D } = sizes
    const [made, threads] = [batch(), batch({ threads: 3 })]
    const starts = made.state()
    const given = actions(steps)
    const flown = made.rollout(given)
    t.is(flown.steps, steps)
    t.deepEqual(threads.rollout(given), flown, preset)
    t.false('finalObservations' in flown)
    for (let w = 0; w < COUNT; w++) {
      const alone = batch({ tasks: [made.tasks[Math.floor(w / EACH)]], worldsPerTask: 1, seed: 99 })
      alone.setState(starts.slice(w * D, (w + 1) * D))
      for (let step = 0; step < steps; step++) {
        const at = step * COUNT + w
        const one = alone.step(given.slice(at * A, (at + 1) * A))
        t.deepEqual(Array.from(one.observations), row(flown.observations, at, S), `${preset}, world ${w}, step ${step}`)
        t.is(one.rewards[0], flown.rewards[at])
        t.deepEqual([one.terminated[0], one.truncated[0]], [flown.terminated[at], flown.truncated[at]])
      }
      t.deepEqual(Array.from(alone.state()), row(made.state(), w, D))
    }
  }
})

test('rollouts of bodies are the episodes that libmujoco flew', (t) => {
  let seen = 0
  for (const { preset } of environments()) {
    const truth = recorded(preset)
    if (truth === undefined) continue
    const { count, steps, bounds } = truth
    const made = createWorlds(preset, { tasks: truth.tasks, threads: 2 })
    t.teardown(() => made.dispose())
    const { actionSize: A, stateSize: D } = made
    made.setState(truth.starts)
    // Theirs are episode after episode, ours step after step.
    const actions = new Float64Array(steps * count * A)
    for (let i = 0; i < count; i++)
      for (let step = 0; step < steps; step++)
        actions.set(truth.actions.subarray((i * steps + step) * A, (i * steps + step + 1) * A), (step * count + i) * A)
    const flown = made.rollout(actions)
    const last = made.state()
    const error = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(b))
    let missed = 0
    for (let i = 0; i < count; i++) {
      let worst = 0
      for (let step = 0; step < steps; step++) {
        worst = Math.max(worst, error(flown.rewards[step * count + i], truth.rewards[i * steps + step]))
        t.is(flown.terminated[step * count + i], truth.terminated[i * steps + step], `${preset}, episode ${i}, step ${step}`)
      }
      for (let k = 0; k < D; k++) worst = Math.max(worst, error(last[i * D + k], truth.last[i * D + k]))
      if (worst > bounds[i]) missed++
      t.true(worst <= 10 * bounds[i], `${preset}, episode ${i}: off by ${worst}, at most ${bounds[i]}`)
    }
    t.true(missed <= 1, `${preset}: ${missed} of ${count} episodes miss`)
    seen++
  }
  t.is(seen, 9)
})

test('setState(state()) in mid-episode: the same actions give the same bits, and those of worlds that were never touched', (t) => {
  for (const { preset, batch, actions } of presets(t)) {
    const [made, twin] = [batch(), batch({ threads: 2 })]
    made.rollout(actions(4))
    twin.rollout(actions(4))
    const states = made.state()
    made.setState(states)
    t.deepEqual(made.state(), states)
    const first = made.rollout(actions(5, 4))
    made.setState(states)
    t.deepEqual(made.rollout(actions(5, 4)), first, preset)
    t.deepEqual(twin.rollout(actions(5, 4)), first, preset)
    t.deepEqual(made.state(), twin.state())
    // Two rows alone, in the order of the list.
    const D = made.stateSize
    made.setState(Float64Array.of(...row(states, 1, D), ...row(states, 4, D)), [4, 1])
    t.deepEqual(row(made.state(), 4, D), row(states, 1, D))
    t.deepEqual(row(made.state(), 1, D), row(states, 4, D))
    for (const w of [0, 2, 3, 5]) t.deepEqual(row(made.state(), w, D), row(twin.state(), w, D))
  }
})

test('reset(rows) begins those anew and changes no number of the others, now or at their own resets', (t) => {
  for (const { preset, sizes, batch, actions } of presets(t)) {
    const { S, D } = sizes
    const [made, twin] = [batch(), batch()]
    made.rollout(actions(3))
    twin.rollout(actions(3))
    made.reset([1, 3])
    made.reset(Uint8Array.of(3))
    const [mine, theirs] = [made.rollout(actions(4, 3)), twin.rollout(actions(4, 3))]
    for (let step = 0; step < 4; step++) {
      for (const w of [0, 2, 4, 5]) {
        const at = step * COUNT + w
        t.deepEqual(row(mine.observations, at, S), row(theirs.observations, at, S), `${preset}, world ${w}`)
        t.is(mine.rewards[at], theirs.rewards[at])
      }
    }
    // The n-th start of a world is its own: world 2 draws its second now, 3 its fourth, 1 its third.
    made.reset()
    const second = batch()
    second.reset()
    t.deepEqual(row(made.state(), 2, D), row(second.state(), 2, D))
    second.reset()
    t.deepEqual(row(made.state(), 1, D), row(second.state(), 1, D))
    second.reset()
    t.deepEqual(row(made.state(), 3, D), row(second.state(), 3, D))
  }
})

test('what is done about ends: nothing, in the next step, in the same step', (t) => {
  for (const { preset, horizon, sizes, batch, actions } of presets(t)) {
    if (horizon > 60) continue
    const { S } = sizes
    const given = actions(horizon + 3)
    const [plain, next, same, starts] = [batch(), batch({ autoReset: 'next-step' }), batch({ autoReset: 'same-step' }), batch()]
    t.is(plain.autoReset, 'disabled')
    const [a, b, c] = [plain, next, same].map((made) => made.rollout(given))
    starts.reset()
    const fresh = starts.observations
    t.is(c.finalObservations?.length, c.observations.length)
    for (let w = 0; w < COUNT; w++) {
      const over = (step: number, of = a) => of.terminated[step * COUNT + w] + of.truncated[step * COUNT + w]
      let end = 0
      while (over(end) === 0) end++
      const at = (step: number) => step * COUNT + w
      // Up to the end all are the same.
      for (const other of [b, c]) {
        t.is(over(end, other), 1)
        for (let step = 0; step <= end; step++) t.is(other.rewards[at(step)], a.rewards[at(step)])
      }
      const last = row(a.observations, at(end), S)
      t.deepEqual(row(b.observations, at(end), S), last)
      t.deepEqual(row(c.finalObservations as Float64Array, at(end), S), last)
      t.deepEqual(row(c.observations, at(end), S), row(fresh, w, S), `${preset}: the first of the new episode`)
      if (end === horizon + 2) continue
      t.deepEqual([a.rewards[at(end + 1)], over(end + 1)], [0, 1])
      t.deepEqual(row(a.observations, at(end + 1), S), last)
      t.deepEqual([b.rewards[at(end + 1)], over(end + 1, b)], [0, 0])
      t.deepEqual(row(b.observations, at(end + 1), S), row(fresh, w, S))
      t.deepEqual(row(c.finalObservations as Float64Array, at(end + 1), S), row(c.observations, at(end + 1), S))
    }
    // A step says the same as a rollout of one.
    const [one, whole] = [batch({ autoReset: 'same-step' }), batch({ autoReset: 'same-step' })]
    t.deepEqual({ steps: 1, ...one.step(actions(1)) }, whole.rollout(actions(1)))
  }
  const wrong = { tasks: [[8, 3]], autoReset: 'always' as never }
  t.throws(() => createWorlds('drone-planar', wrong), { message: /autoReset.*"always".*disabled, next-step, same-step/ })
})

test('a wrong action names its row, and nothing is lost: states, counters and starts to come', (t) => {
  for (const { preset, sizes, batch, actions } of presets(t)) {
    const [made, twin] = [batch(), batch()]
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const one = actions(1)
      one[4 * sizes.A] = bad
      t.throws(() => made.step(one), { code: 'ERR_NOT_FINITE', message: /^actions, row 4, entry 0/ })
      const three = actions(3)
      three[(2 * COUNT + 5) * sizes.A] = bad
      t.throws(
        () => made.rollout(three),
        { code: 'ERR_NOT_FINITE', message: /^actions of step 2, row 5, entry 0: (NaN|inf) is not finite/ },
        preset
      )
    }
    t.deepEqual(made.rollout(actions(3)), twin.rollout(actions(3)))
    made.reset([5])
    twin.reset([5])
    t.deepEqual(made.state(), twin.state())
  }
})

test('shapes and rows that do not fit are named', (t) => {
  const made = createWorlds('drone-planar', { tasks: [[8, 3]], worldsPerTask: 4, seed: 7, threads: 2 })
  t.teardown(() => made.dispose())
  const before = made.state()
  t.throws(() => made.rollout(new Float64Array(20)), { code: 'ERR_SHAPE', message: /\[T, 4, 2\], a multiple of 8 numbers, got 20/ })
  t.throws(() => made.rollout(new Float64Array(0)), { code: 'ERR_SHAPE' })
  t.throws(() => made.rollout([1, 2] as never), { code: 'ERR_SHAPE', message: /Float64Array, not an array/ })
  t.throws(() => made.reset([4]), { code: 'ERR_USAGE', message: /rows\[0\] is 4, these are worlds 0 to 3/ })
  t.throws(() => made.reset([1, -1]), { code: 'ERR_USAGE', message: /rows\[1\].*-1/ })
  t.throws(() => made.reset([0.5]), { code: 'ERR_USAGE', message: /rows\[0\].*0\.5/ })
  t.throws(() => made.reset(Uint8Array.of(0, 1, 0, 1)), {
    code: 'ERR_USAGE',
    message: /rows\[2\]: world 0 is named twice; give numbers of worlds, not flags/
  })
  t.throws(() => made.reset(3 as never), { code: 'ERR_SHAPE', message: /rows: give a list of numbers of worlds, not a number/ })
  t.throws(() => made.setState(before, [0, 1]), { code: 'ERR_SHAPE', message: /expected 8 numbers \(\[2, 4\]\), got 16/ })
  t.throws(() => made.setState(new Float64Array(8).fill(Number.NaN), [2, 1]), { code: 'ERR_NOT_FINITE', message: /states, row 0/ })
  made.reset([])
  t.deepEqual(made.state(), before)
  t.like(made, { seed: 7, threads: 2, worldsPerTask: 4 })
  const { tasks } = made
  tasks[0][0] = 1
  t.deepEqual(made.tasks, [[8, 3]], 'a copy')
})

test('a rollout that no memory holds is refused before a world moves', (t) => {
  const made = createWorlds('ant-vel/maml', { tasks: [[1]], worldsPerTask: 40, autoReset: 'same-step' })
  t.teardown(() => made.dispose())
  const before = made.state()
  const total = Number(/^MemTotal:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024
  // Actions take little beside what they give: 8 numbers for twice the observation.
  const steps = Math.ceil(total / (8 * made.count * (2 * made.observationSize + 1)))
  if (steps > 1_000_000) return t.pass('this machine has more memory than a test should ask for')
  const actions = new Float64Array(steps * made.count * made.actionSize)
  t.throws(() => made.rollout(actions), { code: 'ERR_USAGE', message: /GiB.*take fewer at a time/ })
  t.deepEqual(made.state(), before)
})
