/** Worlds of one's own, stepped by hand: what crosses, row by row. */
import test from 'ava'
import { createWorlds, defineWorld, sampleTasks, type WorldDefinition, XmrlError } from '../../ts/index.js'
import { counter, point } from './worlds.js'

const worldsOf = (definition: WorldDefinition, tasks: number[][], worldsPerTask = 1) =>
  createWorlds(defineWorld(definition), { tasks, worldsPerTask, seed: 3 })

test('a world of one’s own steps as its rules say, worked out by hand', (t) => {
  using worlds = worldsOf(counter(), [[0], [4]])
  const start = worlds.state()
  t.true(start[0] >= 0 && start[0] < 1 && start[1] >= 4 && start[1] < 5)
  t.deepEqual([...worlds.observations], [start[0], 0, start[1], 4])
  const first = worlds.step(Float64Array.of(0.5, 7))
  // The second action is clipped to 1.
  t.deepEqual([...worlds.state()], [start[0] + 1.5, start[1] + 2])
  t.deepEqual([...first.rewards], [start[0] + 1.5, start[1] + 2])
  t.deepEqual([...first.terminated], [0, 1])
  worlds.step(Float64Array.of(-1, 0))
  worlds.step(Float64Array.of(-1, 0))
  const last = worlds.step(Float64Array.of(-1, 0))
  t.deepEqual([...last.truncated], [1, 0], 'the horizon is four steps')
  t.deepEqual([...last.rewards], [start[0] + 1.5, 0], 'what is over pays nothing')
})

test('actions are divided by the scale, clipped, and mapped to the bounds', (t) => {
  using worlds = worldsOf(counter({ action: { size: 1, scale: 2, low: 0, high: 10 } }), [[0], [0], [0]])
  const start = worlds.state()
  worlds.step(Float64Array.of(0, 2, -1))
  const moved = worlds.state().map((x, w) => x - start[w] - 1)
  t.true(Math.max(...[5, 10, 2.5].map((by, w) => Math.abs(moved[w] - by))) < 1e-12)
})

test('a row’s course is its own: alone, among others and in another order it has the same bits', async (t) => {
  const definition = await point()
  const tasks = [
    [1, 1],
    [-1, 0.5],
    [0.3, -2]
  ]
  const course = (worlds: ReturnType<typeof worldsOf>, rows: readonly number[], states: readonly Float64Array[]) => {
    worlds.setState(Float64Array.from(rows.flatMap((row) => [...states[row]])))
    const seen: number[][] = rows.map(() => [])
    for (let step = 0; step < 20; step++) {
      const { rewards } = worlds.step(Float64Array.from(rows.flatMap((row) => [Math.sin(step + row), Math.cos(2 * step - row)])))
      const state = worlds.state()
      for (const at of rows.keys()) seen[at].push(rewards[at], ...state.subarray(4 * at, 4 * at + 4))
    }
    return seen
  }
  const starts = [0, 1, 2].map((row) => Float64Array.of(row, 0, 0.1, 0))
  using all = worldsOf(definition, tasks)
  using turned = worldsOf(definition, [tasks[2], tasks[0]])
  using alone = worldsOf(definition, [tasks[1]])
  const whole = course(all, [0, 1, 2], starts)
  t.deepEqual(course(turned, [2, 0], starts), [whole[2], whole[0]])
  t.deepEqual(course(alone, [1], starts), [whole[1]])
})

test('the same seed gives the same starts and tasks, another seed others', async (t) => {
  const world = defineWorld(await point())
  const starts = (seed: number) => {
    using worlds = createWorlds(world, { tasks: [[1, 1]], worldsPerTask: 50, seed })
    return [...worlds.state()]
  }
  t.deepEqual(starts(1), starts(1))
  t.notDeepEqual(starts(1), starts(2))
  t.is(new Set(starts(1)).size, 101, 'positions differ from world to world; velocities are 0')
  const tasks = sampleTasks(world, 'training', 0, 5).values
  t.deepEqual(sampleTasks(world, 'training', 0, 5).values, tasks)
  t.notDeepEqual(sampleTasks(world, 'evaluation', 0, 5).values, tasks)
  t.notDeepEqual(sampleTasks(world, 'training', 1, 5).values, tasks)
})

test('random and normal numbers of a start are Philox’s: uniform, standard normal, and the row’s own', (t) => {
  const drawn: number[][] = []
  const definition = counter({
    state: { size: 2 },
    reset({ count, states, random, normal }) {
      for (let w = 0; w < count; w++) {
        states[2 * w] = random(w, 3)
        states[2 * w + 1] = normal(w, 1)
        drawn.push([random(w, 3), random(w, 2)])
      }
    },
    observe: () => {},
    step: () => {}
  })
  using worlds = worldsOf(definition, [[0]], 4000)
  const state = worlds.state()
  const of = (k: number) => Array.from({ length: 4000 }, (_, w) => state[2 * w + k])
  const mean = (x: number[]) => x.reduce((sum, each) => sum + each, 0) / x.length
  t.deepEqual(
    drawn.map(([again]) => again),
    of(0),
    'asked twice, the same number'
  )
  t.true(drawn.every(([a, b]) => a !== b))
  // Four standard errors of each mean and variance.
  t.true(Math.abs(mean(of(0)) - 0.5) < 4 * Math.sqrt(1 / 12 / 4000))
  t.true(Math.abs(mean(of(1))) < 4 / Math.sqrt(4000))
  t.true(Math.abs(mean(of(1).map((x) => x * x)) - 1) < 4 * Math.sqrt(2 / 4000))
})

/** What a call throws. */
const thrown = (call: () => unknown): XmrlError => {
  try {
    call()
  } catch (error) {
    if (error instanceof XmrlError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

test('an exception names the world, the function, the row and the step, and ends with the user’s own stack', (t) => {
  const cause = new RangeError('x is too large')
  const definition = counter({
    step({ count, states }) {
      for (let w = 0; w < count; w++) {
        states[w] += 1
        if (states[w] > 7.5) throw cause
      }
    }
  })
  using worlds = worldsOf(definition, [[1], [6], [2]])
  worlds.setState(Float64Array.of(1, 6, 2))
  worlds.step(new Float64Array(3))
  const error = thrown(() => worlds.step(new Float64Array(3)))
  t.is(error.code, 'ERR_WORLD')
  t.regex(error.message, /^counter: step threw RangeError: x is too large \(row 1, step 2 of its episode\)\n {4}at /)
  t.regex(error.message, /stepping\.test\.ts/)
  t.notRegex(error.message, /serve\.[tj]s/, 'the frames are the user’s alone')
  t.is(error.cause, cause)
  t.throws(() => worlds.step(new Float64Array(3)), { code: 'ERR_WORLD' }, 'there is no going on')
})

test('what is not finite is refused where it was written', (t) => {
  const nan = (change: Partial<WorldDefinition>) => {
    using worlds = worldsOf(counter(change), [[0], [1]])
    return thrown(() => worlds.step(new Float64Array(2)))
  }
  const step: WorldDefinition['step'] = ({ count, states, rewards }) => {
    for (let w = 0; w < count; w++) {
      states[w] += 1
      rewards[w] = states[w] > 1.5 ? Number.NaN : 0
    }
  }
  t.regex(
    nan({ step, reset: ({ states, tasks }) => states.set(tasks) }).message,
    /^counter: step wrote NaN to rewards \(row 1, step 1 of its episode\)$/,
    'x > 2'
  )
  const late: WorldDefinition['observe'] = ({ observations }) => void observations.fill(Number.POSITIVE_INFINITY)
  t.regex(
    thrown(() => worldsOf(counter({ observe: late }), [[0]])).message,
    /^counter: observe wrote inf to observations, entry 0 \(row 0\)/
  )
  const lost: WorldDefinition['reset'] = ({ states }) => void states.fill(Number.NaN)
  t.regex(thrown(() => worldsOf(counter({ reset: lost }), [[0]])).message, /^counter: reset wrote NaN to states \(row 0, at the start/)
})

test('arrays of another shape cannot be put in place of a batch’s, and a promise is refused', (t) => {
  const replaced = counter({
    observe(batch) {
      ;(batch as { observations: Float64Array }).observations = new Float64Array(3)
    }
  })
  t.regex(thrown(() => worldsOf(replaced, [[0]])).message, /^counter: observe threw TypeError: .*read only property 'observations'/)
  const later = counter({ step: (async () => {}) as unknown as WorldDefinition['step'] })
  using worlds = worldsOf(later, [[0]])
  t.regex(thrown(() => worlds.step(new Float64Array(1))).message, /step returned a promise: it must be done when it returns/)
  const tooLong = counter({ observe: ({ observations }) => observations.set([1, 2, 3, 4, 5, 6, 7, 8, 9]) })
  t.regex(thrown(() => worldsOf(tooLong, [[0]])).message, /observe threw RangeError: offset is out of bounds/)
})

test('two worlds of one name are two', (t) => {
  const faster = defineWorld(
    counter({
      step({ count, states }) {
        for (let w = 0; w < count; w++) states[w] += 2
      }
    })
  )
  using one = worldsOf(counter(), [[0]])
  using two = createWorlds(faster, { tasks: [[0]], seed: 3 })
  const [a, b] = [one.state()[0], two.state()[0]]
  one.step(new Float64Array(1))
  two.step(new Float64Array(1))
  t.is(one.state()[0], a + 1)
  t.is(two.state()[0], b + 2)
  t.not(defineWorld(counter()).record.sha256, faster.record.sha256)
})

test('tasks are checked with the row and the reason', (t) => {
  const world = defineWorld(
    counter({ task: { names: ['from'], low: [0], high: [10], check: ([x]) => (x === 3 ? 'three is taken' : undefined) } })
  )
  const make = (tasks: number[][]) => () => createWorlds(world, { tasks })
  t.throws(make([[0], [3]]), { code: 'ERR_TASK', message: 'counter: tasks[1]: three is taken' })
  t.throws(make([[11]]), { code: 'ERR_TASK', message: /from = 11 is outside \[0, 10\]/ })
  t.throws(make([[1, 2]]), { code: 'ERR_SHAPE' })
  const short = defineWorld(counter({ defaultTask: [1], laws: { few: () => [[1]] } }))
  t.throws(() => sampleTasks(short, 'heldOut', 0, 2), { code: 'ERR_TASK', message: /laws\.few gave 1 tasks where 2 were asked for/ })
  const wrong = defineWorld(counter({ defaultTask: [1], laws: { wide: (_, count) => Array.from({ length: count }, () => [1, 2]) } }))
  t.throws(() => sampleTasks(wrong, 'training', 0, 2), {
    code: 'ERR_TASK',
    message: /laws\.wide, task 0 of training: expected 1 numbers \(from\), found 2/
  })
})

test('a definition that does not hold together is refused by field', (t) => {
  const refused = (change: object, message: RegExp) =>
    t.throws(() => defineWorld({ ...counter(), ...change } as WorldDefinition), { code: 'ERR_SPEC_INVALID', message })
  refused({ horizon: 0 }, /^world "counter": horizon: expected a whole number from 1/)
  refused({ observation: { size: '2' } }, /observation\.size: expected a whole number from 1 to 1000000, found "2"/)
  refused({ obsevation: {} }, /obsevation: unknown key; did you mean "observation"\?/)
  refused({ name: 'drone-planar' }, /name: it is a preset of the package/)
  refused({ step: undefined }, /step: expected a function of a batch, found undefined/)
  refused({ laws: {} }, /laws: expected at least one law/)
  refused({ mix: 'cubic' }, /mix: expected 'linear', a function/)
  refused({ state: { size: 2, names: ['x'] } }, /state\.names: expected 2 names, found 1/)
  refused({ task: { names: ['from'], low: [3], high: [1] } }, /task\.low: from: 3 lies above task\.high \(1\)/)
  refused({ action: { size: 1, low: 2 } }, /action\.low: 2 must lie below action\.high \(1\)/)
  t.throws(() => defineWorld(7 as never), { message: /expected an object, found 7/ })
  for (const [horizon, found] of [
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [[1, -Infinity, null, 'x'], '[1,-Infinity,null,"x"]']
  ])
    t.throws(() => defineWorld({ ...counter(), horizon: horizon as never }), {
      message: `world "counter": horizon: expected a whole number from 1 to 1000000, found ${found}`
    })
})
