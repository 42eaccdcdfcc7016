/** Worlds of one's own in which something is no fault, but should be looked at: a warning of its line alone. */
import test from 'ava'
import { checkWorld, type DefinedWorld, defineWorld, type WorldDefinition } from '../../ts/index.js'
import { clip, of, stepped, world } from './pushed.js'

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
