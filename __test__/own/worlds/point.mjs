// A point with velocity that is pushed towards a goal; what it exports is a definition, so that it needs no package to import.
const DT = 0.1

export default {
  name: 'point-2d',
  description: 'A point that is pushed towards a goal.',
  horizon: 20,
  observation: { size: 4 },
  action: { size: 2 },
  state: { size: 4, names: ['x', 'y', 'vx', 'vy'] },
  task: { names: ['goal x', 'goal y'], low: [-2, -2], high: [2, 2] },
  score: 'success',
  laws: {
    uniform: (random, count) => Array.from({ length: count }, () => [4 * random() - 2, 4 * random() - 2])
  },
  reset({ count, states, random }) {
    for (let w = 0; w < count; w++) {
      states[4 * w] = 0.2 * random(w, 0) - 0.1
      states[4 * w + 1] = 0.2 * random(w, 1) - 0.1
    }
  },
  observe({ states, observations }) {
    observations.set(states)
  },
  step({ count, tasks, states, actions, rewards, terminated, success }) {
    for (let w = 0; w < count; w++) {
      const [gx, gy] = [tasks[2 * w], tasks[2 * w + 1]]
      const before = Math.hypot(states[4 * w] - gx, states[4 * w + 1] - gy)
      for (let k = 0; k < 2; k++) {
        states[4 * w + 2 + k] = 0.8 * states[4 * w + 2 + k] + DT * 8 * actions[2 * w + k]
        states[4 * w + k] += DT * states[4 * w + 2 + k]
      }
      const after = Math.hypot(states[4 * w] - gx, states[4 * w + 1] - gy)
      rewards[w] = before - after
      if (after < 0.3) {
        rewards[w] += 1
        terminated[w] = 1
        success[w] = 1
      }
    }
  }
}
