import test from 'ava'
import { Bootstrap, buildTable, interquartileMean, quantile, resampledIqm, type SeedScores, wins } from '../../ts/select/index.js'

const near = (a: number, b: number, within = 1e-12) => Math.abs(a - b) < within

/** Every resample of `n` tasks as counts, each as likely as the others. */
function* resamples(n: number): Generator<Uint16Array> {
  for (let code = 0; code < n ** n; code++) {
    const counts = new Uint16Array(n)
    for (let i = 0, rest = code; i < n; i++, rest = Math.floor(rest / n)) counts[rest % n]++
    yield counts
  }
}

test('the interquartile mean by hand: a quarter is left out at either end, rounded down', (t) => {
  t.is(interquartileMean([5]), 5)
  t.is(interquartileMean([1, 2, 9]), 4, 'three values have no quarter to leave out')
  t.is(interquartileMean([100, 2, 3, -50]), 2.5)
  t.is(interquartileMean([8, 1, 2, 3, 4, 5, 6, 7]), 4.5)
  t.is(interquartileMean([9, 1, 2, 3, 4, 5, 6, 7, 1000]), 5, 'nine values: two at either end')
})

test('of a resample it is the interquartile mean of the list with repetitions', (t) => {
  const list = [0.3, 0.9, 0.1, 0.1, 0.7]
  for (const counts of resamples(5)) {
    const drawn = list.flatMap((value, i) => Array.from({ length: counts[i] }, () => value))
    if (!near(resampledIqm(list)(counts, 5), interquartileMean(drawn))) return t.fail(`${counts}`)
  }
  t.pass()
})

test('its interval is that of all resamples, enumerated', (t) => {
  const list = [0, 1, 4, 20, 21]
  const all = [...resamples(5)].map((counts) => resampledIqm(list)(counts, 5)).sort((a, b) => a - b)
  const [{ low, high }] = new Bootstrap({ resamples: 20_000 }).intervals([[5]], [resampledIqm(list)])
  // Exact quantiles a little to either side: the sample's quantile lies between them.
  t.true(quantile(all, 0.022) <= low && low <= quantile(all, 0.028), `${low}`)
  t.true(quantile(all, 0.972) <= high && high <= quantile(all, 0.978), `${high}`)
})

test('strata keep their sizes, and seeds are drawn before tasks', (t) => {
  let seen = 0
  const whole = (counts: Uint16Array, drawn: number) => {
    seen++
    t.is(
      drawn,
      counts.reduce((x, y) => x + y, 0)
    )
    const [a, b, c] = [counts.subarray(0, 2), counts.subarray(2, 5), counts.subarray(5, 9)].map((part) => part.reduce((x, y) => x + y, 0))
    // Seeds of 2 + 3 and of 4 tasks: a drawn seed brings both its strata, whole.
    const [first, second] = [a / 2, c / 4]
    t.true(Number.isInteger(first) && b === 3 * first && Number.isInteger(second) && first + second === 2)
    return first
  }
  const [range] = new Bootstrap({ resamples: 300 }).intervals([[2, 3], [4]], [whole])
  t.is(seen, 300)
  t.deepEqual(range, { low: 0, high: 2 }, 'either seed may be drawn twice')
  t.throws(() => new Bootstrap().intervals([[0]], []), { code: 'ERR_SHAPE' })
})

test('the linear statistic of counts has the interval of the bootstrap of means', (t) => {
  const data = [
    [1, 5, 2],
    [7, 3, 3]
  ]
  const flat = data.flat()
  const [range] = new Bootstrap().intervals([[3], [3]], [(counts) => flat.reduce((sum, value, i) => sum + counts[i] * value, 0) / 6])
  const { low, high } = new Bootstrap().interval(data)
  t.true(near(range.low, low) && near(range.high, high))
})

test('wins are the Mann-Whitney count of one run against one', (t) => {
  t.deepEqual(wins([1, 2, 3], [0, 2, 4]), [1, 0.5, 0])
})

const pools = (success: number[]) => {
  const scores = { success, returns: success }
  return { evaluation: scores, heldOut: scores }
}
const seed: SeedScores = {
  seed: 0,
  poor: { evaluation: [0], heldOut: [0] },
  before: pools([0.1, 0.5, 0.6, 0.7]),
  arms: { xmrl: pools([0.4, 0.5, 0.7, 0.7]), maml: pools([0.2, 0.5, 0.6, 0.8]), 'maml-null': pools([0.2, 0.5, 0.6, 0.8]) },
  steps: {}
}

test('rows of the table: both pools, groups by hand', (t) => {
  const { iqm = [], improvement = [] } = buildTable([seed], { resamples: 50 })
  t.deepEqual([...new Set(iqm.map((row) => row.arm))], ['theta_0', 'xmrl', 'maml', 'maml-null'])
  const middle = (arm: string, group: string) => iqm.find((row) => row.arm === arm && row.group === group)?.iqm ?? Number.NaN
  t.true(near(middle('theta_0', 'mean'), (0.5 + 0.5 + 0.6 + 0.6) / 4))
  t.true(near(middle('xmrl', 'poor'), 0.4) && near(middle('xmrl', 'other'), (0.5 + 0.7 + 0.7 + 0.7) / 4))
  const better = (arm: string, group: string) => improvement.find((row) => row.arm === arm && row.group === group)
  t.is(better('maml', 'mean'), undefined)
  // Poor: better on the one task of each pool. Others: a tie, better, worse.
  t.like(better('xmrl', 'poor'), { probability: 1, low: 1, high: 1, shown: true })
  t.true(near(better('xmrl', 'other')?.probability ?? 0, 0.5))
  t.like(better('maml-null', 'mean'), { probability: 0.5, low: 0.5, high: 0.5, shown: false })
})

test('without continued MAML nothing is improved upon', (t) => {
  t.deepEqual(buildTable([{ ...seed, arms: { xmrl: seed.arms.xmrl } }], { resamples: 10 }).improvement, [])
})
