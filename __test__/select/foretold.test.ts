import test from 'ava'
import { foretoldRows, heldRows } from '../../ts/select/foretold.js'
import { Bootstrap, buildTable, foretoldTasks, goesByExplanation, type SeedScores } from '../../ts/select/index.js'
import { spearman } from '../../ts/statistics/index.js'

const returned = (evaluation: number[], heldOut: number[]) => ({ evaluation: { returns: evaluation }, heldOut: { returns: heldOut } })
const choice = (evaluation: number[], heldOut: number[]) => ({
  splitHalfSpearman: 0.9,
  criticalFraction: 0.25,
  fallback: false,
  foretold: { evaluation, heldOut }
})
/** Task 0 of each pool is poor. */
const seed: SeedScores = {
  seed: 3,
  poor: { evaluation: [0], heldOut: [0] },
  before: returned([0, 10, 20], [0, 30]),
  arms: {
    xmrl: returned([9, 11, 21], [8, 29]),
    'omega-only': returned([5, 9, 20], [5, 30]),
    maml: returned([1, 12, 20], [2, 30]),
    'maml-null': returned([3, 8, 22], [2, 32]),
    random: returned([4, 10, 20], [4, 30])
  },
  steps: {},
  choices: { '': choice([2, 0.5, 1], [3, -1]) }
}
/** Of `seed` with some of its parts replaced. */
const changed = (change: Partial<SeedScores>): SeedScores => ({ ...seed, ...change })
const only = (...names: string[]) => changed({ arms: Object.fromEntries(names.map((name) => [name, seed.arms[name]])) })
const measured = (of: SeedScores, arm = 'xmrl') => foretoldTasks(of, arm, 'return')?.map((task) => task.measured)

test('a change is measured from the mean of both MAML runs, from the one there is, or from theta_0', (t) => {
  // xmrl less the mean of (1, 3), (12, 8), (20, 22); (2, 2), (30, 32).
  t.deepEqual(measured(seed), [7, 1, 0, 6, -2])
  t.deepEqual(measured(only('xmrl', 'maml')), [8, -1, 1, 6, -1])
  t.deepEqual(measured(only('xmrl')), [9, 1, 1, 8, -1])
  t.deepEqual(
    foretoldTasks(seed, 'xmrl', 'return')?.map(({ pool, task, poor, foretold }) => [pool, task, poor, foretold]),
    [
      ['evaluation', 0, true, 2],
      ['evaluation', 1, false, 0.5],
      ['evaluation', 2, false, 1],
      ['heldOut', 0, true, 3],
      ['heldOut', 1, false, -1]
    ]
  )
})

test('an explanation of the arm’s own foretells it; where none foretold, or the arm went on as before, there is nothing to hold', (t) => {
  const own = changed({ choices: { ...seed.choices, xmrl: choice([0, 0, 0], [1, 1]) } })
  t.deepEqual(
    foretoldTasks(own, 'xmrl', 'return')?.map((task) => task.foretold),
    [0, 0, 0, 1, 1]
  )
  t.is(foretoldTasks(changed({ choices: undefined }), 'xmrl', 'return'), undefined)
  const { foretold: _, ...silent } = choice([], [])
  t.is(foretoldTasks(changed({ choices: { ...seed.choices, xmrl: silent } }), 'xmrl', 'return'), undefined, 'its own says nothing')
  t.is(foretoldTasks(changed({ held: { xmrl: 'spread' } }), 'xmrl', 'return'), undefined)
  t.throws(() => foretoldTasks(changed({ choices: { '': choice([1, 2], [3, 4]) } }), 'xmrl', 'return'), {
    code: 'ERR_SHAPE',
    message: /seed 3, explanation, foretold\.evaluation: 2 tasks were foretold of, the pool has 3/
  })
})

test('arms that train by the explanation have rows, by hand: ranks of five tasks, of the three that are not poor', (t) => {
  const rows = foretoldRows([seed], Object.keys(seed.arms), {}, 'return', new Bootstrap({ resamples: 200 }))
  t.deepEqual(
    rows.map(({ arm, group, tasks, seeds, against }) => [arm, group, tasks, seeds, against.join()]),
    [
      ['xmrl', 'mean', 5, 1, 'maml,maml-null'],
      ['xmrl', 'other', 3, 1, 'maml,maml-null'],
      ['omega-only', 'mean', 5, 1, 'maml,maml-null'],
      ['omega-only', 'other', 3, 1, 'maml,maml-null']
    ]
  )
  // Foretold ranks 4 2 3 5 1, measured 5 3 2 4 1: 1 - 6 (1 + 1 + 1 + 1 + 0) / (5 · 24) = .8.
  t.true(Math.abs(rows[0].spearman - 0.8) < 1e-12)
  // Others: foretold 2 3 1, measured 3 2 1: 1 - 6 (1 + 1) / (3 · 8) = .5.
  t.true(Math.abs(rows[1].spearman - 0.5) < 1e-12)
  t.deepEqual(
    foretoldRows([only('xmrl')], ['xmrl'], {}, 'return', new Bootstrap({ resamples: 20 })).map(({ against }) => against),
    [['theta_0'], ['theta_0']]
  )
})

test('what is foretold of is training more on the chosen tasks: no share of their own number, no other choice', (t) => {
  const variants = { 'xmrl-75': { base: 'xmrl' }, even: { base: 'xmrl', criticalShare: 'natural' }, other: { base: 'random' } }
  const arms = ['xmrl', 'omega-only', 'xmrl-75', 'ma-critical', 'even', 'other', 'random', 'maml', 'tw', 'stranger']
  t.deepEqual(
    arms.filter((arm) => goesByExplanation(arm, variants)),
    ['xmrl', 'omega-only', 'xmrl-75']
  )
})

/** Twelve tasks a pool with ties; two of each are poor. */
function larger(id: number, scale: number): SeedScores {
  const of = (shift: number) => Array.from({ length: 12 }, (_, task) => Math.round(5 * Math.sin(task * 1.7 + shift + id)) / 2)
  const [evaluation, heldOut] = [of(0), of(1)]
  const after = (list: number[], shift: number) => list.map((value, task) => scale * value + 3 * Math.cos(task * 2.1 + shift))
  const nothing = returned(Array(12).fill(0), Array(12).fill(0))
  return {
    seed: id,
    poor: { evaluation: [0, 5], heldOut: [3, 7] },
    before: nothing,
    arms: { maml: nothing, xmrl: returned(after(evaluation, 0), after(heldOut, 2)) },
    steps: {},
    choices: { '': choice(evaluation, heldOut) }
  }
}

test('the interval is that of correlations of the resampled tasks themselves, seed by seed', (t) => {
  const seeds = [larger(0, 1), larger(1, 0.4), larger(2, 0)]
  for (const group of ['mean', 'other'] as const) {
    const [row] = foretoldRows(seeds, ['maml', 'xmrl'], {}, 'return', new Bootstrap({ resamples: 300 })).filter(
      (each) => each.group === group
    )
    const lists = seeds.map((each) => {
      const tasks = foretoldTasks(each, 'xmrl', 'return') ?? []
      // The order of strata: within each pool the poor, then the others.
      return (['evaluation', 'heldOut'] as const).flatMap((pool) =>
        (group === 'mean' ? [true, false] : [false]).map((poor) => tasks.filter((task) => task.pool === pool && task.poor === poor))
      )
    })
    const flat = lists.map((strata) => strata.flat())
    // Every drawn task is written out as often as it was drawn.
    const plainly = (counts: Uint16Array) => {
      let at = 0
      const each = flat.flatMap((tasks) => {
        const drawn = tasks.flatMap((task) => Array<typeof task>(counts[at++]).fill(task))
        const found = spearman(
          drawn.map((task) => task.foretold),
          drawn.map((task) => task.measured)
        )
        return Array<number>(drawn.length / tasks.length).fill(found)
      })
      return each.reduce((sum, value) => sum + value, 0) / each.length
    }
    const shape = lists.map((strata) => strata.map((tasks) => tasks.length))
    const [{ low, high }] = new Bootstrap({ resamples: 300 }).intervals(shape, [plainly])
    t.true(Math.abs(row.low - low) < 1e-12 && Math.abs(row.high - high) < 1e-12, `${row.low} ${low} ${row.high} ${high}`)
    t.true(row.low < row.spearman && row.spearman < row.high)
    t.is(row.shown, low > 0 || high < 0)
  }
})

test('a foretelling that orders the tasks as they moved has correlation 1 in every resample, turned round −1, an even one 0', (t) => {
  const row = (evaluation: number[]) => {
    const moved = changed({
      poor: { evaluation: [0], heldOut: [] },
      before: returned([0, 0, 0, 0, 0], []),
      arms: { xmrl: returned([4, 3, 2, 1, 0], []) },
      choices: { '': choice(evaluation, []) }
    })
    const [{ spearman: found, low, high, shown }] = foretoldRows([moved], ['xmrl'], {}, 'return', new Bootstrap({ resamples: 100 }))
    return [...[found, low, high].map((value) => Number(value.toFixed(9))), shown]
  }
  // The poor task is in every resample, and at least one other: never are all alike.
  t.deepEqual(row([8, 6, 4, 2, 1]), [1, 1, 1, true])
  t.deepEqual(row([1, 2, 4, 6, 8]), [-1, -1, -1, true])
  t.deepEqual(row([7, 7, 7, 7, 7]), [0, 0, 0, false])
})

test('seeds in which the arm went on as before leave the foretelling, and are counted with their reason', (t) => {
  const seeds = [
    larger(0, 1),
    { ...larger(1, 1), held: { xmrl: 'spread' as const } },
    { ...larger(2, 1), held: { xmrl: 'unrepeatable' as const } }
  ]
  const table = buildTable(seeds, { resamples: 50 })
  t.deepEqual(
    table.foretold?.map(({ group, seeds: count, tasks }) => [group, count, tasks]),
    [
      ['mean', 1, 24],
      ['other', 1, 20]
    ]
  )
  t.deepEqual(table.held, [{ arm: 'xmrl', spread: 1, unrepeatable: 1 }])
  t.deepEqual(heldRows(seeds, ['maml']), [])
  const none = buildTable(
    [larger(0, 1)].map(({ choices: _, ...rest }) => rest),
    { resamples: 50 }
  )
  t.deepEqual([none.foretold, none.held, none.doses], [undefined, undefined, undefined], 'records of old')
})
