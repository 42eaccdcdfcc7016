import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { bodySegments, createWorlds, environment, environments, sampleTasks, scene, type Worlds } from '../../ts/worlds/index.js'
import { folder, root, script, tinySpec } from '../helpers.js'

const TASKS = [
  [8, 3],
  [2, 8],
  [5, 9]
]
const PRESET = 'drone-planar'

/** Worlds that are disposed after the test. */
function worlds(t: ExecutionContext, options: Partial<Parameters<typeof createWorlds>[1]> = {}): Worlds {
  const made = createWorlds(PRESET, { tasks: TASKS, worldsPerTask: 5, seed: 3, ...options })
  t.teardown(() => made.dispose())
  return made
}

/** Some actions, different in every world and step, a few of them outside [-1, 1]. */
const actionsAt = (step: number, count: number) => Float64Array.from({ length: count * 2 }, (_, i) => 1.3 * Math.sin(i * 0.7 + step))

/** Observations, rewards and flags of an episode of `steps` steps, as one list. */
function fly(made: Worlds, steps: number): number[] {
  const seen: number[] = [...made.observations]
  for (let step = 0; step < steps; step++) {
    const { observations, rewards, terminated, truncated } = made.step(actionsAt(step, made.count))
    seen.push(...observations, ...rewards, ...terminated, ...truncated)
  }
  return seen
}

test('environments() gives every documented field of every preset', (t) => {
  const specs = environments()
  for (const spec of specs) {
    const scored = { scoredBy: 'success', actionScale: 1 }
    if (spec.family === 'drone-planar') t.like(spec, { ...scored, horizon: 25, supportHorizon: 10, taskSize: 2, actionSize: 2 })
    else if (spec.family === 'drone-quadrotor') {
      t.like(spec, { ...scored, horizon: 50, supportHorizon: 20, actionSize: 3, observationSize: 13, stateSize: 20 })
      t.is(spec.taskSize, spec.preset === 'drone-quadrotor/loads' ? 4 : 3)
    } else if (spec.family === 'stock')
      t.like(spec, { horizon: 252, supportHorizon: 20, taskSize: 2, stateSize: spec.actionSize + 2, scoredBy: 'return', actionScale: 1 })
    else if (spec.family === 'metaworld')
      t.like(spec, { ...scored, horizon: 500, supportHorizon: 500, observationSize: 39, actionSize: 4, needsFiles: true })
    else {
      const actionScale = { 'cheetah-vel/promp': 10, 'point-nav/gym': 0.1 }[spec.preset as string] ?? 1
      t.like(spec, { supportHorizon: spec.horizon, scoredBy: 'return', actionScale })
    }
    for (const size of [spec.observationSize, spec.stateSize]) t.true(Number.isInteger(size) && size > 0)
    t.is(spec.taskNames.length, spec.taskSize)
    t.is(spec.defaultTask.length, spec.taskSize)
    t.true(spec.defaultTask.every((value, k) => value >= spec.taskLow[k] && value <= spec.taskHigh[k]))
    t.true(spec.description.length > 20)
    t.deepEqual(environment(spec.preset), spec)
  }
  t.deepEqual(
    specs.filter((spec) => spec.knowsRareTasks).map((spec) => spec.preset),
    [
      ...['drone-planar', 'drone-quadrotor', 'drone-quadrotor/clean', 'drone-quadrotor/wind', 'drone-quadrotor/mass'],
      ...['drone-quadrotor/loads', 'cheetah-vel/rare', 'ant-vel/rare', 'ant-goal/rare', 'point-nav/rare', 'stock/rare']
    ]
  )
})

test('shapes of a batch: task-major, W = tasks × worldsPerTask', (t) => {
  const made = worlds(t)
  const spec = environment(PRESET)
  t.like(made, { preset: PRESET, count: 15, observationSize: spec.observationSize, actionSize: 2, stateSize: spec.stateSize })
  t.is(made.observations.length, 15 * spec.observationSize)
  t.is(made.state().length, 15 * spec.stateSize)
  const step = made.step(new Float64Array(30))
  t.true(step.terminated instanceof Uint8Array && step.truncated instanceof Uint8Array)
  t.deepEqual([step.rewards.length, step.terminated.length, step.truncated.length], [15, 15, 15])
  t.deepEqual(step.observations, made.observations)
  t.is(worlds(t, { worldsPerTask: undefined }).count, 3)
})

test('actions are clipped to [-1, 1] by the dynamics, and inside it they matter', (t) => {
  const [a, b, c] = [worlds(t), worlds(t), worlds(t)]
  const next = (made: Worlds, value: number) => made.step(new Float64Array(30).fill(value)).observations
  t.deepEqual(next(a, 1), next(b, 7))
  t.notDeepEqual(a.observations, next(c, 0.9))
})

test('the horizon truncates, and an ended world keeps its state and earns nothing', (t) => {
  const made = worlds(t)
  const still = new Float64Array(30)
  for (let step = 1; step <= 25; step++) {
    const { terminated, truncated } = made.step(still)
    t.is(
      [...truncated].reduce((sum, x) => sum + x, 0),
      step < 25 ? 0 : 15 - [...terminated].reduce((sum, x) => sum + x, 0)
    )
    t.is(truncated.includes(1), step === 25, 'by the clock')
  }
  const before = made.state()
  const after = made.step(new Float64Array(30).fill(1))
  t.deepEqual(made.state(), before)
  t.true(after.rewards.every((reward) => reward === 0))
  t.true(after.truncated.every((flag, i) => flag === 1 || after.terminated[i] === 1))
})

test('the same bits for one, two and three threads', (t) => {
  const one = fly(worlds(t, { threads: 1 }), 25)
  t.true(one.every(Number.isFinite))
  for (const threads of [2, 3]) t.deepEqual(fly(worlds(t, { threads }), 25), one)
})

test('a world does not feel where in the batch it is, nor its neighbours', (t) => {
  const S = environment(PRESET).observationSize
  const [wide, alone] = [worlds(t, { worldsPerTask: 13 }), worlds(t, { tasks: [TASKS[1]], worldsPerTask: 1 })]
  const D = wide.stateSize
  for (const at of [13, 17, 25]) {
    wide.reset()
    const states = wide.state()
    alone.setState(states.slice(at * D, (at + 1) * D))
    for (let step = 0; step < 25; step++) {
      const actions = actionsAt(step, wide.count)
      const many = wide.step(actions)
      const one = alone.step(actions.slice(at * 2, at * 2 + 2))
      t.deepEqual(one.observations, many.observations.slice(at * S, (at + 1) * S), `world ${at}, step ${step}`)
      t.is(one.rewards[0], many.rewards[at])
      t.is(one.terminated[0], many.terminated[at])
    }
  }
})

test('setState and a replay give the same bits, the step counter included', (t) => {
  const made = worlds(t)
  const start = made.state()
  const first = fly(made, 25)
  made.setState(start)
  t.deepEqual(made.state(), start)
  t.deepEqual(fly(made, 25), first)
})

test('no solve of a tame episode meets the bound on its iterations', (t) => {
  for (const preset of ['cheetah-vel/maml', 'ant-vel/maml', PRESET]) {
    const { defaultTask, actionSize } = environment(preset)
    const made = createWorlds(preset, { tasks: [defaultTask], worldsPerTask: 3 })
    t.teardown(() => made.dispose())
    for (let step = 0; step < 20; step++) made.step(Float64Array.from({ length: 3 * actionSize }, (_, i) => Math.sin(i * 0.7 + step)))
    t.is(made.cappedSolves, 0, preset)
  }
})

test('reset draws the next starts of the seed', (t) => {
  const [a, b, other] = [worlds(t), worlds(t), worlds(t, { seed: 4 })]
  const first = a.state()
  t.deepEqual(b.state(), first)
  t.notDeepEqual(other.state(), first)
  a.reset()
  t.notDeepEqual(a.state(), first)
  b.step(actionsAt(0, 15))
  b.reset()
  t.deepEqual(b.state(), a.state(), 'what was flown before does not matter')
})

test('a disposed handle says so, whatever is asked; twice is once', (t) => {
  const made = worlds(t)
  made.dispose()
  made.dispose()
  for (const call of [
    () => made.observations,
    () => made.step(new Float64Array(30)),
    () => made.rollout(new Float64Array(60)),
    () => made.state(),
    () => made.cappedSolves,
    () => made.setState(new Float64Array(1)),
    () => made.reset(),
    () => made.reset([1])
  ])
    t.throws(call, { code: 'ERR_DISPOSED' })
  const scoped = worlds(t)
  scoped[Symbol.dispose]()
  t.throws(() => scoped.state(), { code: 'ERR_DISPOSED' })
})

test('an unknown preset offers the nearest one', (t) => {
  for (const call of [() => createWorlds('drone-planer', { tasks: TASKS }), () => environment('drone-planer'), () => scene('drone-planer')])
    t.throws(call, { code: 'ERR_PRESET_UNKNOWN', message: /drone-planer.*drone-planar/ })
})

test('a task of another shape or outside the bounds is named', (t) => {
  t.throws(() => createWorlds(PRESET, { tasks: [[8, 3], [1]] }), { code: 'ERR_SHAPE', message: /tasks\[1\].*\[1\].*\[2\]/ })
  t.throws(() => createWorlds(PRESET, { tasks: [] }), { code: 'ERR_SHAPE' })
  const { taskHigh } = environment(PRESET)
  const outside = [8, taskHigh[1] + 0.5]
  t.throws(() => createWorlds(PRESET, { tasks: [[8, 3], outside] }), {
    code: 'ERR_TASK',
    message: /^task 1: goal y \(m\) = 9\.5 is outside \[1, 9\]$/
  })
  t.throws(() => createWorlds(PRESET, { tasks: [[8, Number.NaN]] }), { code: 'ERR_NOT_FINITE' })
})

test('numbers that would wrap around in native code are refused, with their name', (t) => {
  for (const bad of [-1, 1.5, Number.NaN, 2 ** 33]) {
    for (const name of ['worldsPerTask', 'seed', 'threads'])
      t.throws(() => createWorlds(PRESET, { tasks: TASKS, [name]: bad }), { code: 'ERR_USAGE', message: new RegExp(`^${name}: .*${bad}`) })
    t.throws(() => sampleTasks(PRESET, 'training', bad, 5), { code: 'ERR_USAGE', message: /^seed/ })
    t.throws(() => sampleTasks(PRESET, 'training', 0, bad), { code: 'ERR_USAGE', message: /^count/ })
  }
  t.throws(() => createWorlds(PRESET, { tasks: TASKS, worldsPerTask: 0 }), { code: 'ERR_USAGE' })
  t.throws(() => createWorlds(PRESET, { tasks: TASKS, worldsPerTask: 2 ** 23 }), { code: 'ERR_USAGE', message: /tasks × worldsPerTask/ })
})

test('a NaN or infinite action names its row, and no world moves', (t) => {
  const made = worlds(t)
  const before = made.state()
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const actions = actionsAt(0, 15)
    actions[2 * 11 + 1] = bad
    t.throws(() => made.step(actions), { code: 'ERR_NOT_FINITE', message: /row 11\b/ })
    t.deepEqual(made.state(), before)
  }
  const states = made.state()
  states[2 * made.stateSize] = Number.NaN
  t.throws(() => made.setState(states), { code: 'ERR_NOT_FINITE', message: /row 2\b/ })
  t.deepEqual(made.state(), before)
})

test('actions or states of another length name both shapes', (t) => {
  const made = worlds(t)
  t.throws(() => made.step(new Float64Array(29)), { code: 'ERR_SHAPE', message: /(?=.*30)(?=.*29)/ })
  t.throws(() => made.step([0, 0] as never), { code: 'ERR_SHAPE', message: /Float64Array/ })
  t.throws(() => made.setState(new Float64Array(3)), {
    code: 'ERR_SHAPE',
    message: new RegExp(`(?=.*${15 * made.stateSize})(?=.*\\b3\\b)`)
  })
})

test('a body is drawn by capsules that lie where its state puts them', (t) => {
  for (const { preset, family, stateSize, defaultTask } of environments().filter(
    (spec) => !['drone-planar', 'drone-quadrotor', 'point-nav', 'stock', 'metaworld'].includes(spec.family)
  )) {
    const made = createWorlds(preset, { tasks: [defaultTask], worldsPerTask: 3, seed: 1 })
    const all = made.state()
    made.dispose()
    const states = [0, 1, 2].map((world) => all.slice(world * stateSize, (world + 1) * stateSize))
    const bodies = bodySegments(preset, states)
    t.is(bodies.length, 3)
    const count = family.startsWith('cheetah') ? 8 : family.startsWith('ant') ? 13 : 7
    for (const capsules of bodies) {
      t.is(capsules.length, count, preset)
      for (const [x1, y1, z1, x2, y2, z2, radius] of capsules) {
        t.true([x1, y1, z1, x2, y2, z2].every((value) => Math.abs(value) < 3) && radius > 0.01 && radius < 0.3, preset)
        if (!family.startsWith('ant')) t.deepEqual([y1, y2], [0, 0], 'a planar body lies in its plane')
      }
    }
    // Moving the root along x moves the drawing and nothing else.
    const moved = states[0].slice()
    moved[0] += 2
    const [there] = bodySegments(preset, [moved])
    const step = [2, 0, 0, 2, 0, 0, 0]
    there.forEach((capsule, k) => {
      t.true(
        capsule.every((value, i) => Math.abs(value - bodies[0][k][i] - step[i]) < 1e-12),
        `${preset}, capsule ${k}`
      )
    })
  }
  t.deepEqual(bodySegments('cheetah-vel/maml', []), [])
  t.throws(() => bodySegments(PRESET, [Float64Array.of(5, 5, 0, 0)]), { code: 'ERR_USAGE' })
  t.throws(() => bodySegments('cheetah-vel/maml', [Float64Array.of(1, 2)]), { code: 'ERR_SHAPE' })
})

test('the imbalanced law: 45 of 50 training goals on one side, the other pools even', (t) => {
  for (const seed of [0, 1, 2]) {
    const training = sampleTasks(PRESET, 'training', seed, 50)
    t.is(training.values.length, 50)
    t.is(training.rare?.filter((is) => is).length, 5)
    const spec = environment(PRESET)
    for (const task of training.values) t.true(task.every((value, k) => value >= spec.taskLow[k] && value <= spec.taskHigh[k]))
    t.deepEqual(sampleTasks(PRESET, 'training', seed, 50), training)
    t.notDeepEqual(sampleTasks(PRESET, 'training', seed + 10, 50).values, training.values)
    t.notDeepEqual(sampleTasks(PRESET, 'heldOut', seed, 50).values, sampleTasks(PRESET, 'evaluation', seed, 50).values)
    const rare = sampleTasks(PRESET, 'evaluation', seed, 400).rare?.filter((is) => is).length ?? 0
    t.true(Math.abs(rare - 200) < 60, `${rare} of 400 evaluation goals lie on the rare side`)
  }
  t.is(sampleTasks('drone-planar/uniform', 'training', 0, 50).rare, undefined)
  t.throws(() => sampleTasks(PRESET, 'heldout' as never, 0, 5), { code: 'ERR_USAGE', message: /heldOut/ })
  t.throws(() => sampleTasks(PRESET, 'training', 0, 0), { code: 'ERR_USAGE' })
})

test('worlds and whole experiments work without libtorch, and the build that needs it is never loaded', async (t) => {
  const empty = join(folder(t), 'nothing')
  mkdirSync(empty)
  const work = folder(t)
  const args = [tinySpec(work), join(work, 'run')]
  const done = await script(join(root, '__test__', 'seam', 'torchless.ts'), args, { env: { XMRL_LIBTORCH: empty } })
  t.is(done.code, 0, done.stderr)
  const { steps, events, presets, mapped } = JSON.parse(done.stdout)
  t.is(steps, 25)
  t.true(events > 10, 'the experiment ran')
  t.is(presets, environments().length)
  t.true(
    mapped.some((file: string) => file.includes('xmrl-core')),
    'the check sees what is loaded'
  )
  t.deepEqual(
    mapped.filter((file: string) => /torch|libc10/.test(file)),
    []
  )
})

test('scenes: discs of both drones, heights of the one that has them, none of a body', (t) => {
  const planar = scene('drone-planar')
  t.is(planar.heights, undefined)
  t.deepEqual(scene('drone-quadrotor/wind'), { ...planar, heights: { low: 0, high: 4, start: 2 } })
  t.throws(() => scene('ant-vel/maml'), { code: 'ERR_USAGE', message: /ant-vel\/maml does not fly among discs/ })
})

test('a quadrotor that is asked for nothing hovers, one asked for a velocity flies at it, and one without mass is refused', (t) => {
  const made = createWorlds('drone-quadrotor', { tasks: [[2, 8, 2.5]], worldsPerTask: 2, seed: 3 })
  t.teardown(() => made.dispose())
  const [start, size] = [made.state(), made.stateSize]
  const wanted = Float64Array.from([0, 0, 0, 0.5, 0, 0.5])
  for (let step = 0; step < 20; step++) made.step(wanted)
  const state = made.state()
  for (let k = 0; k < size; k++) t.true(Math.abs(state[k] - start[k]) < 1e-9, `entry ${k}`)
  // Less the drag that the controller does not make up for: K m / (K m + k) of what was asked.
  for (const [k, velocity, drag] of [
    [3, 1, 5.56e-3],
    [5, 0.5, 6.25e-3]
  ])
    t.true(Math.abs(state[size + k] - (velocity * 0.0675) / (0.0675 + drag)) < 0.01, `${state[size + k]}`)
  state[size + 19] = 0
  t.throws(() => made.setState(state), { code: 'ERR_NOT_FINITE', message: /state 1, entry 19: 0 is no mass/ })
})
