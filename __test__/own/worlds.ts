/** Worlds that the tests of this room share. */
import { fileURLToPath } from 'node:url'
import type { WorldDefinition } from '../../ts/index.js'

/** The module of the point. */
export const POINT = fileURLToPath(new URL('./worlds/point.mjs', import.meta.url))

/** Its definition, which a test may change. */
export const point = async (): Promise<WorldDefinition> => ({ ...(await import(POINT)).default })

/**
 * A world whose steps can be worked out by hand: a number x that starts at the task plus a random number in [0, 1), grows by the action and by 1, and is
 * paid as its reward; the episode ends, with success, above 5.
 */
export const counter = (change: Partial<WorldDefinition> = {}): WorldDefinition => ({
  name: 'counter',
  horizon: 4,
  observation: { size: 2 },
  action: { size: 1 },
  state: { size: 1 },
  task: { names: ['from'], low: [0], high: [10] },
  laws: { uniform: (random, count) => Array.from({ length: count }, () => [random()]) },
  reset({ count, tasks, states, random }) {
    for (let w = 0; w < count; w++) states[w] = tasks[w] + random(w, 0)
  },
  observe({ count, tasks, states, observations }) {
    for (let w = 0; w < count; w++) {
      observations[2 * w] = states[w]
      observations[2 * w + 1] = tasks[w]
    }
  },
  step({ count, states, actions, rewards, terminated, success }) {
    for (let w = 0; w < count; w++) {
      states[w] += 1 + actions[w]
      rewards[w] = states[w]
      terminated[w] = success[w] = Number(states[w] > 5)
    }
  },
  ...change
})
