/** Worlds of one's own: a sound one, and the slips that people make when they write one. Each is named by its line, and by no other. */
import test from 'ava'
import { type CheckLine, checkWorld, type DefinedWorld, defineWorld, type StepBatch, type WorldDefinition } from '../../ts/index.js'
import { POINT } from '../own/worlds.js'

const clip = (x: number) => Math.max(-2, Math.min(2, x))

/** A point with momentum on a plane that is pushed to a hidden goal; episodes end, with success, within .3 of it. */
const step = ({ count, tasks, states, actions, rewards, terminated, success }: StepBatch) => {
  for (let w = 0; w < count; w++) {
    let square = 0
    for (let k = 0; k < 2; k++) {
      const speed = clip(states[4 * w + 2 + k] + 0.2 * actions[2 * w + k])
      states[4 * w + 2 + k] = speed
      states[4 * w + k] = clip(states[4 * w + k] + 0.1 * speed)
      square += (states[4 * w + k] - tasks[2 * w + k]) ** 2
    }
    rewards[w] = -Math.sqrt(square)
    terminated[w] = success[w] = Number(square < 0.09)
  }
}

const sound: WorldDefinition = {
  name: 'pushed',
  horizon: 30,
  supportHorizon: 15,
  observation: { size: 4 },
  action: { size: 2 },
  state: { size: 4, names: ['x', 'y', 'vx', 'vy'] },
  task: { names: ['goal x', 'goal y'], low: [-1, -1], high: [1, 1] },
  laws: { uniform: (random, count) => Array.from({ length: count }, () => [2 * random() - 1, 2 * random() - 1]) },
  score: 'success',
  reset({ count, states, support, random }) {
    for (let w = 0; w < count; w++) for (let k = 0; k < 2; k++) states[4 * w + k] = (support ? 2 : 0.2) * (random(w, k) - 0.5)
  },
  observe({ states, observations }) {
    observations.set(states)
  },
  step
}

/** The world with something changed. */
const world = (change: Partial<WorldDefinition> = {}): DefinedWorld => defineWorld({ ...sound, ...change })

/** The world whose step does something more to each row, before or after the rest. */
const stepped = (more: (batch: StepBatch, w: number) => void, when: 'before' | 'after' = 'after') =>
  world({
    step(batch) {
      const each = () => {
        for (let w = 0; w < batch.count; w++) more(batch, w)
      }
      if (when === 'before') each()
      step(batch)
      if (when === 'after') each()
    }
  })

const of = (lines: readonly CheckLine[], verdict: CheckLine['verdict']) => lines.filter((line) => line.verdict === verdict)

test('a sound world, and the one of the examples, have nothing to change', async (t) => {
  for (const each of [world(), POINT]) {
    const { lines, passed, world: name } = await checkWorld(each)
    t.true(passed, name)
    t.deepEqual(of(lines, 'warning'), [], name)
    t.deepEqual(of(lines, 'not applicable'), [], name)
  }
})

let started = 0

const BROKEN: [slip: string, () => DefinedWorld, line: string, found: RegExp][] = [
  [
    'the reward is that of the row before',
    () =>
      world({
        step(batch) {
          step(batch)
          batch.rewards.set(batch.rewards.slice(0, batch.count - 1), 1)
        }
      }),
    'rows',
    /^world \d+ of 20 gives other figures as world \d+ of 6: after step 1 reward: /
  ],
  [
    'the number of the row is read',
    () =>
      stepped(({ states }, w) => {
        states[4 * w] += 1e-9 * w
      }),
    'rows',
    /^world \d+ of 20 gives other figures as world \d+ of 6: after step 1 /
  ],
  [
    'an index that forgets the size of a row',
    () =>
      stepped(({ rewards, actions }, w) => {
        rewards[w] -= 0.01 * actions[w]
      }),
    'rows',
    /gives other figures .*reward/
  ],
  [
    'Math.random in a step',
    () =>
      stepped(({ rewards }, w) => {
        rewards[w] += 1e-3 * Math.random()
      }),
    'repeatable',
    /^two runs from the same states under the same actions part: world 0, after step 1 reward: /
  ],
  [
    'steps are counted in a closure',
    () => {
      let t = 0
      return stepped(({ rewards }, w) => {
        rewards[w] -= 1e-6 * t++
      })
    },
    'repeatable',
    /^two runs from the same states/
  ],
  [
    'a mass that is drawn in reset and kept beside the state',
    () => {
      // Episodes all last as long: where one ends, the others change their rows, and `rows` would name it.
      const masses = new Float64Array(4096).fill(1)
      return world({
        reset(batch) {
          sound.reset(batch)
          for (let w = 0; w < batch.count; w++) masses[w] = 1 + 0.1 * batch.random(w, 9)
        },
        step(batch) {
          for (let i = 0; i < batch.actions.length; i++) batch.actions[i] /= masses[i >> 1]
          step(batch)
          batch.terminated.fill(0)
        }
      })
    },
    'set state',
    /^set to its state of step 15 in another row, world \d+ goes on in another way: after step 1 /
  ],
  [
    'what counts as success is drawn in reset and kept beside the state',
    () => {
      const bands = new Float64Array(4096)
      return world({
        reset(batch) {
          sound.reset(batch)
          for (let w = 0; w < batch.count; w++) bands[w] = batch.random(w, 9)
        },
        step(batch) {
          step(batch)
          for (let w = 0; w < batch.count; w++) batch.success[w] = Number(Math.abs(batch.states[4 * w] - 0.1) < 0.2 * bands[w])
          batch.terminated.fill(0)
        }
      })
    },
    'set state',
    /^set to its state of step 15 in .*, world \d+ goes on in another way.*: after step \d+ success: /
  ],
  [
    'starts by Math.random',
    () =>
      world({
        reset({ states }) {
          for (let i = 0; i < states.length; i++) states[i] = 0.1 * Math.random()
        }
      }),
    'starts',
    /^two batches of one seed begin differently \(world 0\)$/
  ],
  [
    'starts that are counted on',
    () =>
      world({
        reset({ count, states }) {
          for (let w = 0; w < count; w++) states[4 * w] = 1e-4 * started++
        }
      }),
    'starts',
    /begin differently/
  ],
  [
    'no number after a while',
    () =>
      stepped(({ states, rewards }, w) => {
        rewards[w] += Math.sqrt(1.99 - Math.abs(states[4 * w]))
      }),
    'finite',
    /^in step \d+ of an episode \(.*\): pushed: step wrote NaN to rewards \(row \d+, step \d+ of its episode\)/
  ],
  [
    'code that throws',
    () =>
      stepped(({ states }, w) => {
        if (Math.abs(states[4 * w + 2]) > 0.5) throw new RangeError('too fast')
      }),
    'finite',
    /pushed: step threw RangeError: too fast/
  ],
  [
    'a task that is not read',
    () =>
      stepped(({ rewards, states, terminated, success }, w) => {
        rewards[w] = states[4 * w]
        terminated[w] = success[w] = 0
      }),
    'task matters',
    /^from one state under the same actions 12 different tasks give the same rewards/
  ],
  [
    'actions that are not read',
    () => stepped(({ actions }, w) => actions.fill(0.1, 2 * w, 2 * w + 2), 'before'),
    'actions',
    /^10 steps at the bounds of the actions give what doing nothing gives/
  ],
  [
    'a law that draws by Math.random',
    () => world({ laws: { uniform: (_, count) => Array.from({ length: count }, () => [Math.random(), Math.random()]) } }),
    'tasks',
    /^the same seed gives other training tasks when it is asked again$/
  ],
  [
    'a law that leaves the bounds',
    () =>
      world({ defaultTask: [0, 0], laws: { uniform: (random, count) => Array.from({ length: count }, () => [4 * random(), random()]) } }),
    'tasks',
    /^pushed: laws\.uniform, task \d+ of training: goal x = \d\.\d+ is outside \[-1, 1\]$/
  ],
  [
    'a law that gives too few',
    () => world({ defaultTask: [0, 0], laws: { uniform: () => [[0, 0]] } }),
    'tasks',
    /^pushed: laws\.uniform gave 1 tasks where 40 were asked for \(training\)$/
  ],
  [
    'a mix the wrong way round',
    () =>
      world({
        mix(lambda, a, b, out) {
          for (let k = 0; k < 4; k++) out[k] = lambda * b[k] + (1 - lambda) * a[k]
        }
      }),
    'mixing',
    /^lambda 0\.999999 is not close to the first state in \d+ of 200 pairs$/
  ],
  [
    'a mix that throws',
    () =>
      world({
        mix() {
          throw new TypeError('no such thing')
        }
      }),
    'mixing',
    /pushed: mix threw TypeError: no such thing/
  ],
  [
    'starts of support episodes that are none',
    () =>
      world({
        reset(batch) {
          sound.reset(batch)
          if (batch.support) batch.states[1] = Number.POSITIVE_INFINITY
        }
      }),
    'support starts',
    /^pushed: reset wrote inf to states, entry 1 \(row 0, at the start of its episode\)/
  ]
]

test('each slip is named by its line, and by no other', async (t) => {
  t.timeout(180_000)
  for (const [slip, make, name, found] of BROKEN) {
    const { lines, passed } = await checkWorld(make())
    const failed = of(lines, 'failed')
    t.deepEqual(
      failed.map((line) => line.name),
      [name],
      `${slip}: ${JSON.stringify(failed, null, 2)}`
    )
    t.false(passed)
    t.regex(failed[0]?.found ?? '', found, slip)
    t.truthy(failed[0]?.change, slip)
    for (const line of of(lines, 'not applicable')) t.regex(line.found, /^not judged, since/, `${slip}: ${line.name}`)
  }
})

/** What is no fault, and looked at all the same. */
const WARNED: [what: string, () => DefinedWorld, line: string, found: RegExp][] = [
  [
    'observations that are not written',
    () => world({ observe() {} }),
    'observations',
    /^no entry of the observation ever changes \(always 0\): a policy sees nothing$/
  ],
  [
    'one entry is never written',
    () => world({ observation: { size: 5 }, observe: wide(0) }),
    'observations',
    /; entry 4 is always 0 in random play$/
  ],
  ['one entry is in the thousands', () => world({ observation: { size: 5 }, observe: wide(1e4) }), 'observations', /; entry 4 reaches \d/],
  [
    'the task is in sight',
    () =>
      world({
        observation: { size: 6 },
        observe({ count, states, tasks, observations }) {
          for (let w = 0; w < count; w++) {
            observations.set(states.subarray(4 * w, 4 * w + 4), 6 * w)
            observations.set(tasks.subarray(2 * w, 2 * w + 2), 6 * w + 4)
          }
        }
      }),
    'task hidden',
    /^in the same state entries 4, 5 of the observation differ from task to task/
  ],
  [
    'the task comes into sight in the third step',
    () => world({ ...counting, observation: { size: 5 }, observe: glimpsed((state) => state[4] >= 3) }),
    'task hidden',
    /^in the same state, as step 3 returns it, entry 4 of the observation differs from task to task/
  ],
  [
    'the task pushes the point and comes into sight once it has moved',
    () =>
      world({
        ...counting,
        observation: { size: 5 },
        observe: glimpsed((state) => Math.abs(state[2]) > 0.3),
        step(batch) {
          for (let w = 0; w < batch.count; w++) batch.states[5 * w] += 1e-3 * batch.tasks[2 * w]
          counting.step(batch)
        }
      }),
    'task hidden',
    /^in the same state in the middle of an episode entry 4 of the observation differs from task to task/
  ],
  [
    'rewards of millions',
    () =>
      stepped(({ rewards }, w) => {
        rewards[w] *= 1e6
      }),
    'reward scale',
    /returns up to \d+\.\d+ million$/
  ],
  [
    'a goal that nobody meets',
    () =>
      stepped(({ terminated, success }, w) => {
        terminated[w] = success[w] = 0
      }),
    'success',
    /^no success in \d+ episodes of random play and of doing nothing, from either kind of start$/
  ],
  [
    'mixtures that no world may be in',
    () => world({ feasible: (state) => state[0] > 1000 }),
    'mixing',
    /; 0 % of 200 mixtures are feasible$/
  ]
]

/** The world with the number of steps in its state, whose goals are met nowhere so that episodes last. */
const counting = {
  state: { size: 5 },
  reset({ count, states, random }) {
    for (let w = 0; w < count; w++) for (let k = 0; k < 2; k++) states[5 * w + k] = 0.2 * (random(w, k) - 0.5)
  },
  step({ count, tasks, states, actions, rewards, success }) {
    for (let w = 0; w < count; w++) {
      let square = 0
      for (let k = 0; k < 2; k++) {
        states[5 * w + 2 + k] = clip(states[5 * w + 2 + k] + 0.2 * actions[2 * w + k])
        states[5 * w + k] = clip(states[5 * w + k] + 0.1 * states[5 * w + 2 + k])
        square += (states[5 * w + k] - tasks[2 * w + k]) ** 2
      }
      states[5 * w + 4] = Math.min(30, states[5 * w + 4] + 1)
      rewards[w] = -Math.sqrt(square)
      success[w] = Number(square < 0.09)
    }
  }
} satisfies Partial<WorldDefinition>

/** Writes the state, and the task where a row's state says so. */
function glimpsed(sees: (state: Float64Array) => boolean): WorldDefinition['observe'] {
  return ({ count, states, tasks, observations }) => {
    for (let w = 0; w < count; w++) {
      const state = states.subarray(5 * w, 5 * w + 5)
      observations.set(state.subarray(0, 4), 5 * w)
      observations[5 * w + 4] = sees(state) ? tasks[2 * w] : state[4] / 30
    }
  }
}

/** Writes the state and one entry more. */
function wide(times: number): WorldDefinition['observe'] {
  return ({ count, states, observations }) => {
    for (let w = 0; w < count; w++) {
      observations.set(states.subarray(4 * w, 4 * w + 4), 5 * w)
      observations[5 * w + 4] = times * states[4 * w]
    }
  }
}

test('what is no fault is a warning of its line alone', async (t) => {
  t.timeout(60_000)
  for (const [what, make, name, found] of WARNED) {
    const { lines, passed } = await checkWorld(make())
    t.true(passed, what)
    const warnings = of(lines, 'warning')
    t.deepEqual(
      warnings.map((line) => line.name),
      [name],
      `${what}: ${JSON.stringify(warnings, null, 2)}`
    )
    t.regex(warnings[0]?.found ?? '', found, what)
    t.truthy(warnings[0]?.change, what)
  }
})

/** Three arms of one pull: nothing is seen, and nothing is to be. */
const bandit = (horizon: number): DefinedWorld =>
  defineWorld({
    name: 'bandit',
    horizon,
    observation: { size: 1 },
    action: { size: 1 },
    state: { size: 1 },
    task: { names: ['best'], low: [-1], high: [1] },
    laws: { uniform: (random, count) => Array.from({ length: count }, () => [2 * random() - 1]) },
    reset() {},
    observe: ({ observations }) => {
      observations.fill(1)
    },
    step({ count, tasks, actions, rewards }) {
      for (let w = 0; w < count; w++) rewards[w] = -((actions[w] - tasks[w]) ** 2)
    }
  })

test('a bandit passes: that nothing is seen is a warning', async (t) => {
  for (const horizon of [1, 10]) {
    const { lines, passed } = await checkWorld(bandit(horizon))
    t.true(passed, JSON.stringify(of(lines, 'failed')))
    t.deepEqual(
      of(lines, 'warning').map((line) => line.name),
      ['observations']
    )
    t.regex(lines.find(({ name }) => name === 'observations')?.change ?? '', /^right for a bandit/)
  }
})

test('a constant reward says that there is nothing to learn from', async (t) => {
  const { lines } = await checkWorld(
    stepped(({ rewards, terminated, success }, w) => {
      rewards[w] = 1
      terminated[w] = success[w] = 0
    })
  )
  t.deepEqual(
    of(lines, 'warning').map((line) => line.name),
    ['task matters', 'success', 'reward scale']
  )
  t.regex(lines.find(({ name }) => name === 'reward scale')?.found ?? '', /^every reward is 1, in random play and doing nothing$/)
})

test('what a world says it cannot do is told with what follows', async (t) => {
  const told = async (change: Partial<WorldDefinition>) => of((await checkWorld(world(change))).lines, 'not applicable')
  const [mixing, ...rest] = await told({ mix: false })
  t.deepEqual(rest, [])
  t.regex(mixing.found, /^the world says that its states cannot be mixed: XMRL does not augment here/)
  const chance = await told({ deterministic: false })
  t.regex(
    chance.find(({ name }) => name === 'repeatable')?.found ?? '',
    /XMRL then promises neither that a resumed run gives the same bits/
  )
})

test('success is kept once it was met, also where the flag goes down again', async (t) => {
  // Met in passing, within a band that the point crosses; episodes go on.
  const passing = stepped(({ states, terminated, success }, w) => {
    terminated[w] = 0
    success[w] = Number(Math.abs(states[4 * w] - 0.3) < 0.05)
  })
  const { lines, passed } = await checkWorld(passing)
  // A state that is set in the middle begins an episode that has met nothing yet: no fault of the world's.
  t.true(passed)
  t.is(lines.find(({ name }) => name === 'set state')?.verdict, 'ok')
  const line = lines.find(({ name }) => name === 'success')
  t.is(line?.verdict, 'ok')
  t.regex(line?.found ?? '', /; episodes go on after a success$/)
})
