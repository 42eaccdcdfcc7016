/** The world that tests of this room change: a point with momentum, pushed to a hidden goal. */
import { type CheckLine, type DefinedWorld, defineWorld, type StepBatch, type WorldDefinition } from '../../ts/index.js'

export const clip = (x: number) => Math.max(-2, Math.min(2, x))

/** A point with momentum on a plane that is pushed to a hidden goal; episodes end, with success, within .3 of it. */
export const step = ({ count, tasks, states, actions, rewards, terminated, success }: StepBatch) => {
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

export const sound: WorldDefinition = {
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
export const world = (change: Partial<WorldDefinition> = {}): DefinedWorld => defineWorld({ ...sound, ...change })

/** The world whose step does something more to each row, before or after the rest. */
export const stepped = (more: (batch: StepBatch, w: number) => void, when: 'before' | 'after' = 'after') =>
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

export const of = (lines: readonly CheckLine[], verdict: CheckLine['verdict']) => lines.filter((line) => line.verdict === verdict)
