import test from 'ava'
import { inArmOrder } from '../../ts/arms/index.js'
import { Bootstrap, buildTable, degradationMargin, leadingMetric, type SeedScores } from '../../ts/select/index.js'

const scores = (success: number[]) => ({ success, returns: success.map((value) => 10 * value) })
const pools = (success: number[]) => ({ evaluation: scores(success), heldOut: scores(success) })

const seed: SeedScores = {
  seed: 3,
  poor: { evaluation: [0, 1], heldOut: [1] },
  before: pools([0.2, 0.4, 0.9, 1]),
  arms: {
    maml: pools([0.3, 0.5, 0.9, 1]),
    'maml-null': pools([0.3, 0.5, 0.9, 1]),
    xmrl: pools([0.6, 0.8, 0.8, 0.95])
  },
  steps: { maml: 100, 'maml-null': 100, xmrl: 101 }
}

const row = (table: ReturnType<typeof buildTable>, arm: string, pool: string, group: string, metric = 'success') => {
  const found = table.rows.find((entry) => entry.arm === arm && entry.pool === pool && entry.group === group && entry.metric === metric)
  if (found === undefined) throw new Error('no such row')
  return found
}
const near = (a: number, b: number) => Math.abs(a - b) < 1e-12

test('figures of one seed, by hand', (t) => {
  const table = buildTable([seed])
  const poor = row(table, 'xmrl', 'evaluation', 'poor')
  t.true(near(poor.before, 0.3) && near(poor.after, 0.7) && near(poor.gain, 0.4))
  t.is(poor.tasks, 2)
  t.true(poor.shown, 'both poor tasks gain .4')
  t.true(near(poor.overMaml?.gain ?? 0, 0.3))
  t.is(poor.null?.gain, 0)
  t.false(poor.null?.shown ?? true)
  t.true(near(row(table, 'xmrl', 'heldOut', 'poor').gain, 0.4))
  t.is(row(table, 'xmrl', 'heldOut', 'poor').tasks, 1)
  t.true(near(row(table, 'xmrl', 'evaluation', 'other').gain, -0.075))
  t.true(near(row(table, 'xmrl', 'evaluation', 'mean', 'return').gain, (10 * (0.4 + 0.4 - 0.1 - 0.05)) / 4))
  t.is(row(table, 'maml', 'evaluation', 'poor').overMaml, undefined)
})

test('both pools are joined within each seed, by hand', (t) => {
  const table = buildTable([seed])
  const poor = row(table, 'xmrl', 'both', 'poor')
  // Poor: evaluation tasks 0 and 1, held-out task 1.
  t.is(poor.tasks, 3)
  t.true(near(poor.before, (0.2 + 0.4 + 0.4) / 3) && near(poor.after, (0.6 + 0.8 + 0.8) / 3) && near(poor.gain, 0.4))
  t.true(near(poor.overMaml?.gain ?? 0, 0.3))
  t.is(row(table, 'xmrl', 'both', 'other').tasks, 5)
  t.true(near(row(table, 'xmrl', 'both', 'other').gain, (-0.1 - 0.05 + 0.4 - 0.1 - 0.05) / 5))
  t.is(row(table, 'xmrl', 'both', 'mean').tasks, 8)
  const degraded = table.degraded.find((entry) => entry.arm === 'xmrl' && entry.pool === 'both')
  t.deepEqual([degraded?.share, degraded?.tasks], [2 / 5, 5])
})

test('the interval of both pools is the bootstrap over seeds, then over the joined tasks', (t) => {
  const second: SeedScores = {
    ...seed,
    seed: 4,
    arms: { ...seed.arms, xmrl: { evaluation: scores([0.3, 0.3, 0.9, 1]), heldOut: scores([0.9, 0.9, 0.9, 1]) } }
  }
  const { low, high, gain } = row(buildTable([seed, second]), 'xmrl', 'both', 'poor').overMaml ?? { low: 0, high: 0, gain: 0 }
  const joined = new Bootstrap().interval([
    [0.6 - 0.3, 0.8 - 0.5, 0.8 - 0.5],
    [0.3 - 0.3, 0.3 - 0.5, 0.9 - 0.5]
  ])
  t.true(near(gain, (0.3 + 0.2 / 3) / 2))
  t.true(near(low, joined.low) && near(high, joined.high))
})

test('arms come in one order, whatever order the records have', (t) => {
  t.deepEqual(inArmOrder(['ma', 'tw', 'maml', 'maml-null', 'xmrl']), ['xmrl', 'maml', 'maml-null', 'ma', 'tw'])
  t.deepEqual(inArmOrder(['xmrl-20', 'mr', 'xmrl-05', 'xmrl']), ['xmrl', 'mr', 'xmrl-05', 'xmrl-20'], 'arms that are defined last, by name')
  t.deepEqual([...new Set(buildTable([seed]).rows.map((entry) => `${entry.arm} ${entry.pool}`))].slice(0, 4), [
    'xmrl both',
    'xmrl evaluation',
    'xmrl heldOut',
    'maml both'
  ])
})

test('degraded tasks are others that fall by more than the margin', (t) => {
  const table = buildTable([seed])
  const degraded = table.degraded.find((entry) => entry.arm === 'xmrl' && entry.pool === 'evaluation')
  t.is(degraded?.share, 0.5, 'a fall of .05 is not more than .05')
  t.true(near(degraded?.size ?? 0, 0.1))
  t.is(table.degraded.find((entry) => entry.arm === 'maml')?.share, 0)
})

const returned = (returns: number[]) => ({ evaluation: { returns }, heldOut: { returns } })
/** Eleven tasks with returns 0, 10, ..., 100: p10 = 10, p90 = 90, so that 5 % of the spread is 4. */
const even = Array.from({ length: 11 }, (_, i) => 10 * i)
const byReturn: SeedScores = {
  seed: 0,
  poor: { evaluation: [0, 1], heldOut: [0, 1] },
  before: returned(even),
  arms: {
    maml: returned(even),
    xmrl: returned(even.map((value, i) => value + (i < 2 ? 20 : i === 5 ? -4 : i === 6 ? -6 : i === 7 ? -4.5 : 0)))
  },
  bySteps: {
    theta_0: [
      { adaptationSteps: 0, returns: even.map((value) => value - 50) },
      { adaptationSteps: 1, returns: even }
    ],
    xmrl: [{ adaptationSteps: 1, returns: even.map((value) => value + 1) }]
  },
  steps: { maml: 1, xmrl: 1 }
}

test('without success there are rows of return alone, and degraded is a share of the spread', (t) => {
  const table = buildTable([byReturn])
  t.is(leadingMetric(table), 'return')
  t.is(leadingMetric(buildTable([seed])), 'success')
  t.true(table.rows.every((entry) => entry.metric === 'return'))
  const poor = row(table, 'xmrl', 'evaluation', 'poor', 'return')
  t.true(near(poor.before, 5) && near(poor.after, 25) && near(poor.overMaml?.gain ?? 0, 20))
  const degraded = table.degraded.find((entry) => entry.arm === 'xmrl' && entry.pool === 'evaluation')
  // Falls of 4, 6 and 4.5 among nine others: the first is not more than the margin.
  t.like(degraded, { share: 2 / 9, tasks: 9, spreadShare: 0.05 })
  t.true(near(degraded?.margin ?? 0, 4) && near(degraded?.size ?? 0, 5.25))
})

test('each pool is judged by its own spread', (t) => {
  const narrow = even.map((value) => value / 10)
  const pools = { ...byReturn.before, heldOut: { returns: narrow } }
  const fell = { evaluation: { returns: even.map((value) => value - 1) }, heldOut: { returns: narrow.map((value) => value - 1) } }
  const table = buildTable([{ ...byReturn, before: pools, arms: { xmrl: fell } }])
  const share = (pool: string) => table.degraded.find((entry) => entry.pool === pool)?.share
  t.deepEqual([share('evaluation'), share('heldOut'), share('both')], [0, 1, 0.5])
  t.true(near(table.degraded.find((entry) => entry.pool === 'both')?.margin ?? 0, (4 + 0.4) / 2))
})

test('the margin is a share of the spread of returns, or success itself', (t) => {
  t.true(near(degradationMargin({ returns: even }), 4))
  t.true(near(degradationMargin({ returns: even }, 0.1), 8))
  t.is(degradationMargin({ returns: even, success: even.map(() => 1) }), 0.05)
  t.is(degradationMargin({ returns: [3, 3, 3] }), 0)
})

test('scores by adaptation steps: theta_0 first, what every seed measured, means over seeds', (t) => {
  const rows = buildTable([byReturn]).adaptation ?? []
  t.deepEqual(
    rows.map((entry) => [entry.arm, entry.adaptationSteps, entry.mean, entry.poor]),
    [
      ['theta_0', 0, 0, -45],
      ['theta_0', 1, 50, 5],
      ['xmrl', 1, 51, 6]
    ]
  )
  t.true(near(rows[1].other, (550 - 10) / 9))
  t.is(buildTable([seed]).adaptation, undefined)
  t.is(buildTable([byReturn, { ...byReturn, seed: 1, bySteps: undefined }]).adaptation, undefined)
  const two = buildTable([
    byReturn,
    { ...byReturn, seed: 1, bySteps: { theta_0: [{ adaptationSteps: 1, returns: even.map((v) => v + 2) }] } }
  ])
  t.deepEqual(
    two.adaptation?.map((entry) => [entry.arm, entry.adaptationSteps, entry.mean]),
    [['theta_0', 1, 51]]
  )
})

test('seeds weigh the same and an arm that one seed lacks is left out', (t) => {
  const second: SeedScores = { ...seed, seed: 4, arms: { maml: seed.arms.maml, xmrl: pools([0.2, 0.4, 0.9, 1]) } }
  const table = buildTable([seed, second])
  t.deepEqual([...new Set(table.rows.map((entry) => entry.arm))], ['xmrl', 'maml'])
  t.true(near(row(table, 'xmrl', 'evaluation', 'poor').gain, 0.2))
  t.is(table.bootstrap.over, 'seeds and tasks')
  t.is(row(table, 'xmrl', 'evaluation', 'poor').null, undefined)
  t.deepEqual(table.steps, { maml: 200, xmrl: 202 })
})

test('scores that do not pair are refused with both sizes', (t) => {
  const bad: SeedScores = { ...seed, arms: { xmrl: pools([1, 1]) } }
  t.throws(() => buildTable([bad]), { code: 'ERR_SHAPE', message: /4 tasks, xmrl has 2/ })
  t.throws(() => buildTable([]), { code: 'ERR_SHAPE' })
  t.throws(() => buildTable([{ ...seed, poor: { evaluation: [9], heldOut: [0] } }]), { code: 'ERR_SHAPE', message: /poor task 9/ })
})
