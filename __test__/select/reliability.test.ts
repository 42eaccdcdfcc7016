import test from 'ava'
import { criticalCount } from '../../ts/arms/index.js'
import { chooseCritical, distanceToNearest, worstTasks } from '../../ts/select/index.js'
import { pearson, ranks, spearman, topIds, topOverlap } from '../../ts/statistics/index.js'

const near = (a: number, b: number, tolerance = 1e-12) => Math.abs(a - b) <= tolerance

test('ranks share the mean of ties', (t) => {
  t.deepEqual(ranks([10, 20, 10, 30]), [1.5, 3, 1.5, 4])
  t.deepEqual(ranks([7, 7, 7]), [2, 2, 2])
})

test('Spearman without ties is 1 - 6 sum d^2 / (n (n^2 - 1))', (t) => {
  const a = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
  const b = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
  // The textbook example of IQ against hours of television: sum d^2 = 194, rho = -29/165.
  t.true(near(spearman(a, b), -29 / 165))
})

test('Spearman with ties is Pearson on mean ranks, by hand', (t) => {
  // ranks (1, 2.5, 2.5, 4) and (1, 3, 2, 4): 4.5 / sqrt(4.5 * 5)
  t.true(near(spearman([1, 2, 2, 3], [1, 3, 2, 4]), 4.5 / Math.sqrt(4.5 * 5)))
})

test('correlations are bounded, monotone and 0 for a constant', (t) => {
  t.is(spearman([1, 2, 3], [10, 100, 1000]), 1)
  t.is(spearman([1, 2, 3], [3, 2, 1]), -1)
  t.is(spearman([1, 1, 1], [1, 2, 3]), 0)
  t.true(near(pearson([0, 1, 2], [1, 3, 5]), 1))
  t.throws(() => spearman([1], [1, 2]), { code: 'ERR_SHAPE' })
})

test('top ids break ties by id, overlap counts common members', (t) => {
  t.deepEqual(topIds([0.1, 0.5, 0.5, 0.4], 2), [1, 2])
  t.is(topOverlap([4, 3, 2, 1], [1, 3, 4, 2], 2), 0.5)
  t.is(topOverlap([4, 3, 2, 1], [4, 3, 2, 1], 2), 1)
  t.is(topOverlap([4, 3, 2, 1], [1, 2, 3, 4], 2), 0)
})

test('poor tasks are the worst by mean return of both evaluations', (t) => {
  const a = { returns: [5, 1, 3, 4, 2], success: [1, 0, 0.5, 0.8, 0.2] }
  const b = { returns: [5, 3, 3, 4, 1.5], success: [0.9, 0.4, 0.5, 0.7, 0.1] }
  const found = worstTasks([a, b], 0.4)
  t.deepEqual(found.poor, [1, 4])
  t.deepEqual(found.others, [0, 2, 3])
  t.deepEqual(found.returns, [5, 2, 3, 4, 1.75])
  t.true(near(found.rankCorrelation, spearman(a.success, b.success)))
})

test('without success the two evaluations are compared by their returns', (t) => {
  const [a, b] = [{ returns: [-5, -1, -9, -3] }, { returns: [-6, -2, -8, -2.5] }]
  const found = worstTasks([a, b], 0.25)
  t.deepEqual(found.poor, [2])
  t.is(found.rankCorrelation, 1)
  t.is(found.success, undefined)
  t.is(worstTasks([a, { returns: [-1, -6, -0.5, -2] }], 0.25).rankCorrelation, -1)
})

test('poor tasks: at least one, ties in id order, shapes checked', (t) => {
  t.deepEqual(worstTasks([{ returns: [1, 1, 1], success: [0, 0, 0] }], 0.01).poor, [0])
  t.throws(() => worstTasks([], 0.2), { code: 'ERR_SHAPE' })
  t.throws(() => worstTasks([{ returns: [1, 2], success: [1] }], 0.2), { code: 'ERR_SHAPE' })
})

const base = { splitHalfSpearman: 0.9, criticalFraction: 0.4, minimumReliability: 0.3, distance: [5, 1, 4, 2, 3] }

test('adaptation: the support of omega, drawn in proportion', (t) => {
  const chosen = chooseCritical({ ...base, solver: 'adaptation', omega: [0, 0.6, 0.01, 0.39, 0] })
  t.deepEqual(chosen.critical, [1, 3])
  t.is(chosen.cut, 0.02)
  t.true(near(chosen.weights[1], 0.6 / 0.99) && near(chosen.weights[3], 0.39 / 0.99))
  t.deepEqual([chosen.weights[0], chosen.weights[2], chosen.weights[4]], [0, 0, 0])
  t.false(chosen.fallback)
})

test('scores: the N_cri best, drawn evenly, negative scores allowed', (t) => {
  const chosen = chooseCritical({ ...base, solver: 'gradient', omega: [-3, 2, -1, 0.5, -2] })
  t.deepEqual(chosen.critical, [1, 3])
  t.deepEqual(chosen.weights, [0, 0.5, 0, 0.5, 0])
  t.is(chosen.cut, 0.5)
})

test('an explanation that does not repeat falls back to the nearest tasks and says so', (t) => {
  const chosen = chooseCritical({ ...base, solver: 'implicit', omega: [9, 0, 0, 0, 8], splitHalfSpearman: 0.29 })
  t.true(chosen.fallback)
  t.deepEqual(chosen.critical, [1, 3])
  t.is(chosen.cut, null)
  t.regex(chosen.reason ?? '', /0\.29.*nearest/)
})

test('weights that are all zero fall back too', (t) => {
  t.true(chooseCritical({ ...base, solver: 'adaptation', omega: [0, 0, 0, 0, 0] }).fallback)
})

test('N_cri is rounded, at least one, at most all', (t) => {
  t.is(criticalCount(50, 0.2), 10)
  t.is(criticalCount(3, 0.1), 1)
  t.is(criticalCount(3, 1), 3)
})

test('distances are to the nearest target, in units of each range', (t) => {
  const distances = distanceToNearest(
    [
      [0, 0],
      [8, 0],
      [4, 30]
    ],
    [
      [0, 40],
      [8, 10]
    ],
    [0, 0],
    [8, 40]
  )
  t.true(near(distances[0], 1) && near(distances[1], 0.25) && near(distances[2], Math.hypot(0.5, 0.25)))
  t.throws(() => distanceToNearest([[0]], [], [0], [1]), { code: 'ERR_SHAPE' })
})
