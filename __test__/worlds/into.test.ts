/** Steps that write over the arrays of earlier ones, and what steps leave behind. */
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { createWorlds, defineWorld, environments, type WorldsOptions, type WorldsStep } from '../../ts/index.js'
import { script } from '../helpers.js'
import { counter } from '../own/worlds.js'

const [TASKS, EACH] = [[[8, 3]], 5]
const planar = (options: Partial<WorldsOptions> = {}) =>
  createWorlds('drone-planar', { tasks: TASKS, worldsPerTask: EACH, seed: 3, threads: 2, ...options })
const waves = (length: number, phase = 0) => Float64Array.from({ length }, (_, i) => Math.sin(0.7 * i + phase))

test('a step into the arrays of an earlier one is that step, whatever is done about ends', (t) => {
  const horizon = environments().find(({ preset }) => preset === 'drone-planar')?.horizon ?? 0
  for (const autoReset of ['disabled', 'next-step', 'same-step'] as const) {
    using fresh = planar({ autoReset })
    using reused = planar({ autoReset })
    let into: WorldsStep | undefined
    for (let step = 0; step < horizon + 5; step++) {
      const actions = waves(EACH * fresh.actionSize, step)
      const given: WorldsStep = reused.step(actions, into)
      t.true(into === undefined || given === into, 'the same arrays')
      t.deepEqual(given, fresh.step(actions), `${autoReset}, step ${step}`)
      into = given
    }
    const actions = waves(7 * EACH * fresh.actionSize)
    const flown = reused.rollout(actions)
    flown.rewards.fill(9)
    reused.setState(fresh.state())
    t.is(reused.rollout(actions, flown), flown)
    fresh.setState(fresh.state())
    t.deepEqual(flown, fresh.rollout(actions), autoReset)
  }
})

test('a world of one’s own steps into arrays, and cannot take them away meanwhile', (t) => {
  let taken: ArrayBufferLike | undefined
  const definition = counter()
  const step: typeof definition.step = (...given) => {
    if (taken) structuredClone(taken, { transfer: [taken as ArrayBuffer] })
    taken = undefined
    return definition.step(...given)
  }
  using worlds = createWorlds(defineWorld({ ...definition, step }), { tasks: [[0], [4]] })
  using same = createWorlds(defineWorld(definition), { tasks: [[0], [4]] })
  const into = worlds.step(Float64Array.of(0.5, 0.1))
  t.deepEqual(into, same.step(Float64Array.of(0.5, 0.1)))
  t.deepEqual(worlds.step(Float64Array.of(-0.5, 0.1), into), same.step(Float64Array.of(-0.5, 0.1)))
  taken = into.observations.buffer
  t.throws(() => worlds.step(Float64Array.of(0, 0), into), { code: 'ERR_USAGE', message: /into\.observations.*given away/ })
  const actions = Float64Array.of(0.25, 0.25)
  taken = actions.buffer
  same.step(Float64Array.of(0, 0))
  t.deepEqual(worlds.step(actions), same.step(Float64Array.of(0.25, 0.25)), 'actions were read before')
})

test('arrays that cannot be written to are named, and no world moves', (t) => {
  using worlds = planar({ autoReset: 'same-step' })
  const actions = waves(EACH * worlds.actionSize)
  const right = worlds.step(actions)
  const before = worlds.state()
  const bad = (change: object, code: string, message: RegExp) =>
    t.throws(() => worlds.step(actions, { ...right, ...change } as WorldsStep), { code, message })
  bad({ observations: new Float64Array(3) }, 'ERR_SHAPE', /^into\.observations: expected 20 numbers, got 3$/)
  bad({ rewards: new Float32Array(5) }, 'ERR_SHAPE', /^into\.rewards: give a Float64Array, not a Float32Array$/)
  bad({ terminated: undefined }, 'ERR_SHAPE', /^into\.terminated: give a Uint8Array, not undefined$/)
  bad({ truncated: new Uint8Array(6) }, 'ERR_SHAPE', /^into\.truncated: expected 5 numbers, got 6$/)
  bad({ finalObservations: undefined }, 'ERR_SHAPE', /^into\.finalObservations: give a Float64Array/)
  bad({ truncated: right.terminated }, 'ERR_USAGE', /^terminated and truncated share memory: give two arrays$/)
  bad({ rewards: right.observations.subarray(15) }, 'ERR_USAGE', /^observations and rewards share memory/)
  bad({ rewards: actions.subarray(0, 5) }, 'ERR_USAGE', /^actions and rewards share memory/)
  t.throws(() => worlds.step(actions, 3 as never), { code: 'ERR_SHAPE', message: /^into: give what a step gave, not a number$/ })
  t.throws(() => worlds.rollout(waves(4 * actions.length), { steps: 4, ...right }), {
    code: 'ERR_SHAPE',
    message: /expected 80 numbers, got 20/
  })
  t.deepEqual(worlds.state(), before)
})

test('a loop of steps leaves nothing behind, though the event loop never turns', async (t) => {
  // It gives 1,200 MiB.
  const { stdout, stderr } = await script(fileURLToPath(new URL('./loop.ts', import.meta.url)))
  t.true(Number(stdout) < 200, `${stdout} MiB more ${stderr}`)
  t.regex(stdout, /^-?[\d.]+\n$/)
})
