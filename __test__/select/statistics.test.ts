import test from 'ava'
import { Bootstrap, pairedBootstrap, quantile } from '../../ts/select/index.js'
import { draws, mean, philox4x32, weightedIndex } from '../../ts/statistics/index.js'

test('Philox4x32-10 gives the known answers of Random123', (t) => {
  t.deepEqual(philox4x32([0, 0, 0, 0], [0, 0]), [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
  t.deepEqual(
    philox4x32([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff]),
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]
  )
  t.deepEqual(
    philox4x32([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0]),
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
  )
})

test('uniform draws have the mean and variance of U(0,1)', (t) => {
  const source = draws(7, 10, 0)
  const sample = Array.from({ length: 20000 }, () => source.uniform())
  const centre = mean(sample)
  const variance = mean(sample.map((u) => (u - centre) ** 2))
  t.true(Math.abs(centre - 0.5) < 4 * Math.sqrt(1 / 12 / 20000))
  t.true(Math.abs(variance - 1 / 12) < 0.002)
  t.true(sample.every((u) => u >= 0 && u < 1))
})

test('weighted draws follow their weights', (t) => {
  const source = draws(1, 3, 5)
  const counts = [0, 0, 0]
  for (let i = 0; i < 6000; i++) counts[weightedIndex(source, [1, 0, 2])]++
  t.is(counts[1], 0)
  t.true(Math.abs(counts[0] / 6000 - 1 / 3) < 0.025)
})

test('quantiles interpolate linearly', (t) => {
  t.is(quantile([0, 10], 0.25), 2.5)
  t.is(quantile([1, 2, 3], 0.5), 2)
  t.is(quantile([1, 2, 3], 1), 3)
})

test('a constant difference has an interval of no width', (t) => {
  const interval = pairedBootstrap([[0.25, 0.25, 0.25]])
  t.deepEqual(interval, { gain: 0.25, low: 0.25, high: 0.25, shown: true })
  t.false(pairedBootstrap([[0, 0]]).shown)
})

test('the bootstrap of one binary sample is the binomial: quantiles known exactly', (t) => {
  // Mean of n draws from {0 x 8, 1 x 2} is Binomial(10, .2) / 10; its 2.5 % and 97.5 % quantiles are 0 and .5.
  const interval = pairedBootstrap([[0, 0, 0, 0, 0, 0, 0, 0, 1, 1]], { resamples: 8000 })
  t.is(interval.low, 0)
  t.true(Math.abs(interval.high - 0.5) < 1e-9)
  t.is(interval.gain, 0.2)
  t.false(interval.shown, 'the interval holds 0')
})

test('the same data give the same interval; the seed moves it a little', (t) => {
  const data = [Array.from({ length: 23 }, (_, i) => Math.sin(i * i))]
  t.deepEqual(pairedBootstrap(data), pairedBootstrap(data))
  t.notDeepEqual(pairedBootstrap(data, { seed: 1 }), pairedBootstrap(data))
  const shared = new Bootstrap()
  shared.interval([[1, 2, 3, 4, 5, 6, 7, 8]])
  t.deepEqual(shared.interval(data), pairedBootstrap(data), 'earlier rows of a table do not matter')
})

/** Standard normal numbers for the coverage experiments. */
function normals(index: number): () => number {
  const source = draws(99, 99, index)
  return () => Math.sqrt(-2 * Math.log(1 - source.uniform())) * Math.cos(2 * Math.PI * source.uniform())
}

test('95 % intervals over tasks cover the truth about 95 times in 100', (t) => {
  const trials = 200
  let covered = 0
  for (let trial = 0; trial < trials; trial++) {
    const normal = normals(trial)
    const { low, high } = pairedBootstrap([Array.from({ length: 30 }, () => 0.3 + normal())], { resamples: 300, seed: trial })
    if (low <= 0.3 && high >= 0.3) covered++
  }
  t.true(covered / trials > 0.9 && covered / trials < 0.985, `${covered / trials}`)
})

test('seeds that differ widen the interval: resampling tasks alone would be overconfident', (t) => {
  const trials = 120
  let covered = 0
  let coveredByTasks = 0
  for (let trial = 0; trial < trials; trial++) {
    const normal = normals(10_000 + trial)
    const seeds = Array.from({ length: 12 }, () => {
      const shift = normal()
      return Array.from({ length: 10 }, () => shift + normal())
    })
    const nested = pairedBootstrap(seeds, { resamples: 200, seed: trial })
    const flat = pairedBootstrap([seeds.flat()], { resamples: 200, seed: trial })
    if (nested.low <= 0 && nested.high >= 0) covered++
    if (flat.low <= 0 && flat.high >= 0) coveredByTasks++
  }
  t.true(covered / trials > 0.87, `nested ${covered / trials}`)
  t.true(coveredByTasks / trials < 0.75, `tasks only ${coveredByTasks / trials}`)
})

test('bad data are refused', (t) => {
  t.throws(() => pairedBootstrap([[]]), { code: 'ERR_SHAPE' })
  t.throws(() => pairedBootstrap([[0, Number.NaN]]), { code: 'ERR_NOT_FINITE', message: /task 1/ })
})
