// The planar drone of the package (crates/envs/src/worlds/drone_planar), written as a world of one's own: the same numbers to rounding.
const DT = 0.2
const DISCS = [
  [7.2, 7.2],
  [2.6, 5.6],
  [5.8, 2.5]
]

/** Squared distance to the nearest disc's centre less the squared radius. */
function clearance(x, y) {
  let nearest = Number.POSITIVE_INFINITY
  for (const [cx, cy] of DISCS) {
    const dx = x - cx
    const dy = y - cy
    nearest = Math.min(nearest, dx * dx + dy * dy)
  }
  return nearest - 0.25
}

const between = (p) => Math.min(Math.max(p, -2), 12)
const clear = (x, y) => x >= -2 && x <= 12 && y >= -2 && y <= 12 && clearance(x, y) >= 0

export default {
  name: 'own-drone',
  description: 'The planar drone, in JavaScript.',
  horizon: 25,
  supportHorizon: 10,
  observation: { size: 4 },
  action: { size: 2 },
  state: { size: 4, names: ['x', 'y', 'vx', 'vy'] },
  task: { names: ['goal x', 'goal y'], low: [1, 1], high: [9, 9] },
  defaultTask: [8, 3],
  score: 'success',
  laws: {
    uniform: (random, count) => {
      const goals = []
      while (goals.length < count) {
        const goal = [1 + 8 * random(), 1 + 8 * random()]
        if (Math.hypot(goal[0] - 5, goal[1] - 5) > 2 && Math.sqrt(clearance(...goal) + 0.25) - 0.5 >= 0.35) goals.push(goal)
      }
      return goals
    }
  },
  reset({ count, states, support, random }) {
    const draw = (w, attempt, k, low, high) => low + (high - low) * random(w, k, attempt)
    for (let w = 0; w < count; w++) {
      const at = 4 * w
      for (let attempt = 0; ; attempt++) {
        if (support) {
          for (let k = 0; k < 2; k++) states[at + k] = draw(w, attempt, k, 0, 10)
          for (let k = 2; k < 4; k++) states[at + k] = draw(w, attempt, k, -1, 1)
        } else {
          for (let k = 0; k < 2; k++) states[at + k] = draw(w, attempt, k, 5 - 0.3, 5 + 0.3)
        }
        if (clear(states[at], states[at + 1])) break
      }
    }
  },
  observe({ count, states, observations }) {
    for (let at = 0; at < 4 * count; at += 4) {
      observations[at] = (states[at] - 5) * 0.25
      observations[at + 1] = (states[at + 1] - 5) * 0.25
      observations[at + 2] = states[at + 2] * 0.5
      observations[at + 3] = states[at + 3] * 0.5
    }
  },
  step({ count, tasks, states, actions, rewards, terminated, success }) {
    for (let w = 0; w < count; w++) {
      const at = 4 * w
      const gx = tasks[2 * w]
      const gy = tasks[2 * w + 1]
      const px = states[at]
      const py = states[at + 1]
      let vx = states[at + 2] * (1 - DT * 2) + actions[2 * w] * (DT * 4)
      let vy = states[at + 3] * (1 - DT * 2) + actions[2 * w + 1] * (DT * 4)
      const square = vx * vx + vy * vy
      const shorter = square > 4 ? 2 / Math.sqrt(square) : 1
      vx *= shorter
      vy *= shorter
      const x = px + vx * DT
      const y = py + vy * DT
      if (x < -2 || x > 12) vx = 0
      if (y < -2 || y > 12) vy = 0
      const touched = clearance(between(x), between(y)) < 0
      states[at] = touched ? px : between(x)
      states[at + 1] = touched ? py : between(y)
      states[at + 2] = touched ? vx * -0.3 : vx
      states[at + 3] = touched ? vy * -0.3 : vy
      const before = Math.sqrt((px - gx) * (px - gx) + (py - gy) * (py - gy))
      const dx = states[at] - gx
      const dy = states[at + 1] - gy
      const left = Math.sqrt(dx * dx + dy * dy)
      const arrived = left < 1
      rewards[w] = (before - left) * 0.5 + (touched ? -0.2 : 0) + (arrived ? 2 : 0)
      terminated[w] = success[w] = Number(arrived)
    }
  },
  mix: 'linear',
  feasible: ([x, y]) => clear(x, y)
}
