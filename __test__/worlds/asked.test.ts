/** What a check asks worlds beside stepping them: success, starts of support episodes, mixtures. */
import test from 'ava'
import { createWorlds, sampleTasks, scene } from '../../ts/worlds/index.js'
import { folder } from '../helpers.js'
import { priceFile } from '../market/made.js'

const GOAL = [8, 3]

test('success is told where a world has met it, and forgotten by a reset', (t) => {
  const made = createWorlds('drone-planar', { tasks: [GOAL], worldsPerTask: 3 })
  t.teardown(() => made.dispose())
  t.deepEqual([...made.success], [0, 0, 0])
  // Half a metre from the goal, at rest: arrived (drone_planar/mod.rs, 5). The others are far.
  made.setState(Float64Array.of(2, 2, 0, 0, 8, 3.5, 0, 0, 2, 9, 0, 0))
  const { terminated } = made.step(new Float64Array(6))
  t.deepEqual([...made.success], [0, 1, 0])
  t.deepEqual([...terminated], [0, 1, 0])
  made.step(new Float64Array(6))
  t.deepEqual([...made.success], [0, 1, 0], 'kept while the world is over')
  made.reset([1])
  t.deepEqual([...made.success], [0, 0, 0])
})

test('starts of support episodes follow from the seed, lie anywhere in the arena, and move nothing', (t) => {
  const batch = (seed: number) => {
    const made = createWorlds('drone-planar', { tasks: [GOAL], worldsPerTask: 200, seed })
    t.teardown(() => made.dispose())
    return made
  }
  const made = batch(4)
  const before = made.state()
  const starts = made.supportStarts()
  t.deepEqual(made.state(), before)
  t.deepEqual(batch(4).supportStarts(), starts)
  t.notDeepEqual(batch(5).supportStarts(), starts)
  // drone_planar/mod.rs: query episodes begin within .3 m of the middle, support episodes anywhere in [0, 10]².
  const far = (states: Float64Array) =>
    Array.from({ length: 200 }, (_, w) => Math.max(Math.abs(states[4 * w] - 5), Math.abs(states[4 * w + 1] - 5)))
  t.true(Math.max(...far(before)) <= 0.3)
  t.true(Math.max(...far(starts)) > 4.5)
  t.true(Math.max(...far(starts)) <= 5)
})

test('mixtures are straight lines in the plane; those in a pillar are told', (t) => {
  const made = createWorlds('drone-planar', { tasks: [GOAL] })
  t.teardown(() => made.dispose())
  const [{ x, y, radius }] = scene('drone-planar').discs
  const first = Float64Array.of(2, 2, 0.5, 0, x - 2 * radius, y, 0, 0)
  const second = Float64Array.of(4, 3, 0.1, 0.2, x + 2 * radius, y, 0, 0)
  const { states, verdicts } = made.mixtures(Float64Array.of(0.25, 0.5), first, second)
  const expected = [3.5, 2.75, 0.2, 0.15, x, y, 0, 0]
  states.forEach((value, i) => {
    t.true(Math.abs(value - expected[i]) < 1e-12, `${i}: ${value}`)
  })
  t.deepEqual([...verdicts], [1, 2], 'the second lies in the middle of a pillar')
  t.deepEqual(made.mixtures(Float64Array.of(1, 0), first, second).states, Float64Array.of(...first.slice(0, 4), ...second.slice(4)))
  t.throws(() => made.mixtures(Float64Array.of(0.5), first, second), {
    code: 'ERR_SHAPE',
    message: /^first: expected \[1, 4\], got 8 numbers$/
  })
  t.throws(() => made.mixtures(Float64Array.of(0.5, 1.5), first, second), { code: 'ERR_USAGE', message: /lambda: .*not 1\.5/ })
  first[5] = Number.NaN
  t.throws(() => made.mixtures(Float64Array.of(0.5, 0.5), first, second), { message: /state 1|states, row 1|row 1/ })
})

test('days that differ are not mixed', (t) => {
  const prices = priceFile(folder(t))
  const made = createWorlds('stock/csv', { tasks: sampleTasks('stock/csv', 'evaluation', 0, 1, prices).values, prices, worldsPerTask: 2 })
  t.teardown(() => made.dispose())
  const first = made.state().slice(0, made.stateSize)
  made.step(new Float64Array(2 * made.actionSize))
  const second = made.state().slice(0, made.stateSize)
  const one = Float64Array.of(0.5)
  t.deepEqual([...made.mixtures(one, first, second).verdicts], [0])
  t.deepEqual([...made.mixtures(one, first, first).verdicts], [1])
})
