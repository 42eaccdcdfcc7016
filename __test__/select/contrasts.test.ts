import test from 'ava'
import { buildTable, pairedBootstrap, type SeedScores } from '../../ts/select/index.js'

const scores = (success: number[]) => ({ success, returns: success })
const arm = (evaluation: number[], heldOut = evaluation) => ({ evaluation: scores(evaluation), heldOut: scores(heldOut) })
const seed = (number: number, more: SeedScores['arms'], criticalFraction?: number): SeedScores => ({
  seed: number,
  poor: { evaluation: [0], heldOut: [0] },
  before: arm([0.2, 0.9]),
  arms: { xmrl: arm([0.8, 0.9], [0.6, 0.9]), maml: arm([0.3, 0.9]), ...more },
  steps: {},
  ...(criticalFraction === undefined ? {} : { choices: { '': { splitHalfSpearman: 0.5, criticalFraction, fallback: false } } })
})
const near = (a: number, b: number) => Math.abs(a - b) < 1e-12

test('arms that differ in one part are compared, paired, on poor and other tasks of both pools', (t) => {
  const { ablations = [] } = buildTable([seed(0, { 'omega-only': arm([0.5, 1]), random: arm([0.3, 0.8]) })], { resamples: 100 })
  t.deepEqual(
    ablations.map((row) => [row.arm, row.against, row.group]),
    [
      ['xmrl', 'omega-only', 'poor'],
      ['xmrl', 'omega-only', 'other'],
      ['xmrl', 'random', 'poor'],
      ['xmrl', 'random', 'other']
    ]
  )
  // Poor: .8 - .5 on the evaluation task and .6 - .5 on the held-out one.
  t.true(near(ablations[0].gain, 0.2) && near(ablations[1].gain, -0.1))
  const { low, high } = pairedBootstrap([[0.8 - 0.5, 0.6 - 0.5]], { resamples: 100 })
  t.true(near(ablations[0].low, low) && near(ablations[0].high, high))
  t.is(buildTable([seed(0, {})], { resamples: 10 }).ablations, undefined)
})

test('the fair reference is the mean of both MAML runs, task by task', (t) => {
  const whole = buildTable([seed(0, { 'maml-null': arm([0.5, 0.7], [0.1, 0.7]) })], { resamples: 100 })
  const row = (pool: string, group: string) => whole.overBoth?.find((each) => each.pool === pool && each.group === group)
  t.is(whole.overBoth?.length, 6, 'xmrl on three pools and two groups')
  t.true(near(row('evaluation', 'poor')?.gain ?? 9, 0.8 - 0.4) && near(row('heldOut', 'poor')?.gain ?? 9, 0.6 - 0.2))
  t.true(near(row('both', 'poor')?.gain ?? 9, 0.4) && near(row('both', 'other')?.gain ?? 9, 0.1))
  const { low, high } = pairedBootstrap([[0.8 - 0.4, 0.6 - 0.2]], { resamples: 100 })
  t.true(near(row('both', 'poor')?.low ?? 9, low) && near(row('both', 'poor')?.high ?? 9, high))
  t.is(buildTable([seed(0, {})], { resamples: 10 }).overBoth, undefined)
})

test('a defined arm is compared with the one it varies, and says what it changes', (t) => {
  const variants = { 'xmrl-fixed': { base: 'xmrl', law: 'uniform', mixedShare: undefined }, unused: { base: 'xmrl', law: 'uniform' } }
  const { ablations = [] } = buildTable([seed(0, { 'xmrl-fixed': arm([0.7, 0.9]) })], { resamples: 10, variants })
  t.deepEqual(
    ablations.map((row) => [row.question, row.arm, row.against]),
    [
      ['law uniform', 'xmrl-fixed', 'xmrl'],
      ['law uniform', 'xmrl-fixed', 'xmrl']
    ]
  )
  t.true(near(ablations[0].gain, (0.7 - 0.8 + 0.7 - 0.6) / 2))
})

test('the N_cri curve: arms that set that share alone, by share, with what the explanation settled', (t) => {
  const variants = {
    'xmrl-50': { base: 'xmrl', criticalFraction: 0.5 },
    'xmrl-05': { base: 'xmrl', criticalFraction: 0.05 },
    'xmrl-30-even': { base: 'xmrl', criticalFraction: 0.3, mixedShare: 0 },
    'random-10': { base: 'random', criticalFraction: 0.1 }
  }
  const more = {
    'xmrl-50': arm([0.5, 0.9]),
    'xmrl-05': arm([0.4, 0.9]),
    'xmrl-30-even': arm([0.9, 0.9]),
    'random-10': arm([0.4, 0.9])
  }
  const curve = buildTable([seed(0, more, 0.1), seed(1, more, 0.3)], { resamples: 10, variants }).criticalCurve ?? []
  const poor = curve.filter((point) => point.group === 'poor')
  t.deepEqual(
    poor.map((point) => [point.arm, point.set]),
    [
      ['xmrl-05', true],
      ['xmrl', false],
      ['xmrl-50', true]
    ]
  )
  t.true(near(poor[1].criticalFraction, 0.2), 'mean over seeds')
  t.true(near(poor[0].overMaml.gain, 0.1) && near(poor[1].overMaml.gain, 0.4) && near(poor[2].overMaml.gain, 0.2))
  t.is(curve.length, 6)
  t.is(buildTable([seed(0, more, 0.1)], { resamples: 10 }).criticalCurve, undefined, 'no arm sets it')
  t.is(buildTable([seed(0, { 'xmrl-50': more['xmrl-50'] })], { resamples: 10, variants }).criticalCurve, undefined, 'one point is no curve')
})

test('degraded tasks have intervals, and the null beside them', (t) => {
  const others = Array.from({ length: 10 }, () => 0.9)
  const fell = (count: number, by: number) => [0.2, ...others.map((value, i) => (i < count ? value - by : value))]
  const base: SeedScores = { ...seed(0, {}), before: arm([0.2, ...others]) }
  const arms = { xmrl: arm(fell(1, 0.1)), maml: arm(fell(0, 0)), 'maml-null': arm(fell(3, 0.2)) }
  const table = buildTable([{ ...base, arms }], { resamples: 8000 })
  const row = (name: string, pool: string) => table.degraded.find((entry) => entry.arm === name && entry.pool === pool)
  const xmrl = row('xmrl', 'evaluation')
  // The share of n = 10 tasks is Binomial(10, .1) / 10: its quantiles are known.
  t.true(near(xmrl?.share ?? 0, 0.1) && near(xmrl?.shareRange?.[0] ?? 1, 0) && near(xmrl?.shareRange?.[1] ?? 0, 0.3))
  // A third of all resamples ((9/10)^10) has no fall, so the size reaches down to 0; every fall is of .1.
  t.true(near(xmrl?.size ?? 0, 0.1) && near(xmrl?.sizeRange?.[0] ?? 1, 0) && near(xmrl?.sizeRange?.[1] ?? 0, 0.1))
  t.true(near(xmrl?.null?.share ?? 0, 0.3) && near(xmrl?.null?.size ?? 0, 0.2))
  // The fall of the first task is common to both: two tasks more fell under the null.
  t.true(near(xmrl?.null?.over.gain ?? 0, -0.2) && (xmrl?.null?.over.high ?? 1) <= 0)
  t.is(row('maml-null', 'both')?.null, undefined)
  t.is(row('xmrl', 'both')?.tasks, 20)
})
