import test from 'ava'
import { taskBounds } from '../../ts/pipeline/bounds.js'

const pools = {
  training: { values: [[1, 5, 2, 7]] },
  evaluation: { values: [[-3, 5, 2, 7]] },
  heldOut: { values: [[2, 6, 2, 7]] }
}

test('a bound that is none is that of the tasks there are, and a parameter that never varies has a range of 1', (t) => {
  const none = Number.MAX_VALUE
  const bounds = taskBounds({ taskLow: [-none, Number.NEGATIVE_INFINITY, -none, 7], taskHigh: [none, 9, none, 7] }, pools)
  t.deepEqual(bounds, { taskLow: [-3, 5, 2, 7], taskHigh: [2, 9, 3, 8] })
})

test('bounds that there are stay', (t) => {
  t.deepEqual(taskBounds({ taskLow: [-5, 0, 0, 0], taskHigh: [5, 10, 4, 8] }, pools), { taskLow: [-5, 0, 0, 0], taskHigh: [5, 10, 4, 8] })
})
