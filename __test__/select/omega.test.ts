import test from 'ava'
import { chooseCritical } from '../../ts/select/index.js'

test('a choice carries the kind, also where it fell back; alternating has weights, and is cut by rank', (t) => {
  const base = { criticalFraction: 0.4, minimumReliability: 0.3, splitHalfSpearman: 0.9, distance: [5, 1, 4, 2, 3] }
  const omega = [0.1, 0.35, 0.15, 0.3, 0.1]
  const rounds = chooseCritical({ ...base, solver: 'alternating', omega })
  t.deepEqual([rounds.kind, rounds.critical, rounds.weights, rounds.cut], ['weights', [1, 3], [0, 0.5, 0, 0.5, 0], 0.3])
  const support = chooseCritical({ ...base, solver: 'adaptation', omega })
  t.deepEqual([support.kind, support.critical], ['weights', [0, 1, 2, 3, 4]])
  t.is(chooseCritical({ ...base, solver: 'neumann', omega }).kind, 'scores')
  const fallen = chooseCritical({ ...base, splitHalfSpearman: 0, solver: 'implicit', omega })
  t.deepEqual([fallen.kind, fallen.fallback], ['scores', true])
})
