// The point with tasks of two kinds: the last parameter says whether the goal is where the others say or across from it.
import point from './point.mjs'

const goals = (tasks, count) => {
  const found = new Float64Array(2 * count)
  for (let w = 0; w < count; w++) for (let k = 0; k < 2; k++) found[2 * w + k] = (tasks[3 * w + 2] === 1 ? -1 : 1) * tasks[3 * w + k]
  return found
}

export default {
  ...point,
  name: 'point-kinds',
  task: {
    names: ['goal x', 'goal y', 'how'],
    low: [-2, -2, 0],
    high: [2, 2, 1],
    kinds: { parameter: 'how', names: ['straight', 'mirrored'] }
  },
  laws: {
    uniform: (random, count) => Array.from({ length: count }, (_, i) => [4 * random() - 2, 4 * random() - 2, i % 2])
  },
  step: (batch) => point.step({ ...batch, tasks: goals(batch.tasks, batch.count) })
}
