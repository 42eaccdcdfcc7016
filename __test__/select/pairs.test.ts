/** Pairs: what is subtracted from what, seed by seed, and with which sign. */
import test from 'ava'
import { buildTable, type SeedScores, seedScores } from '../../ts/select/index.js'
import { differences } from '../../ts/select/scores.js'

const scores = (success: number[]) => ({ success, returns: success.map((value) => 100 * value) })
const pools = (success: number[]) => ({ evaluation: scores(success), heldOut: scores(success) })
/** Two seeds that are served very differently to begin with: pairing one with the other's start would show. */
const seeds: SeedScores[] = [
  {
    seed: 0,
    poor: { evaluation: [0], heldOut: [0] },
    before: pools([0.1, 0.5, 0.6]),
    arms: { xmrl: pools([0.3, 0.5, 0.7]), maml: pools([0.2, 0.6, 0.6]), 'maml-null': pools([0.15, 0.5, 0.6]) },
    steps: {}
  },
  {
    seed: 1,
    poor: { evaluation: [2], heldOut: [2] },
    before: pools([0.9, 0.8, 0.5]),
    arms: { xmrl: pools([0.9, 0.9, 0.9]), maml: pools([0.9, 0.7, 0.6]), 'maml-null': pools([0.9, 0.8, 0.7]) },
    steps: {}
  }
]
const close = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) < 1e-12

test('differences are taken task by task within each seed', (t) => {
  t.deepEqual(
    differences(
      [
        [5, 7],
        [1, 2]
      ],
      [
        [1, 2],
        [10, 20]
      ]
    ),
    [
      [4, 5],
      [-9, -18]
    ]
  )
})

test('every figure of a table over two seeds, by hand: gain, over MAML, null, and over both', (t) => {
  const table = buildTable(seeds)
  const find = (arm: string, group: string) =>
    table.rows.find((row) => row.arm === arm && row.pool === 'evaluation' && row.group === group && row.metric === 'success')
  const poor = find('xmrl', 'poor')
  t.true(close(poor?.before, (0.1 + 0.5) / 2) && close(poor?.after, (0.3 + 0.9) / 2))
  t.true(close(poor?.gain, (0.2 + 0.4) / 2), `${poor?.gain}`)
  t.true(close(poor?.overMaml?.gain, (0.1 + 0.3) / 2))
  // maml-null minus maml: -.05 and +.1.
  t.true(close(poor?.null?.gain, 0.025), `${poor?.null?.gain}`)
  const other = find('xmrl', 'other')
  t.true(close(other?.gain, ((0 + 0.1) / 2 + (0 + 0.1) / 2) / 2))
  t.true(close(other?.null?.gain, ((-0.1 + 0) / 2 + (0 + 0.1) / 2) / 2))
  const over = table.overBoth?.find((row) => row.arm === 'xmrl' && row.pool === 'evaluation' && row.group === 'poor')
  t.true(close(over?.gain, (0.3 - 0.175 + (0.9 - 0.65)) / 2), `${over?.gain}`)
  const null_ = find('maml-null', 'poor')
  t.true(close(null_?.overMaml?.gain, 0.025))
})

test('by number of adaptation steps, the poor tasks are those of the evaluation pool, the only one that is measured so', (t) => {
  const bySteps = (values: number[]) => [{ adaptationSteps: 0, ...scores(values) }]
  const [first, second] = seeds
  const table = buildTable([
    { ...first, poor: { evaluation: [0], heldOut: [2] }, bySteps: { theta_0: bySteps([0.1, 0.4, 0.7]) } },
    { ...second, poor: { evaluation: [2], heldOut: [1] }, bySteps: { theta_0: bySteps([0.6, 0.8, 0.3]) } }
  ])
  const [row, ...none] = table.adaptation ?? []
  t.is(none.length, 0)
  t.like(row, { arm: 'theta_0', adaptationSteps: 0 })
  t.true(close(row.poor, (0.1 + 0.3) / 2) && close(row.other, (0.55 + 0.7) / 2) && close(row.mean, (1.2 / 3 + 1.7 / 3) / 2))
})

test('scores of a seed are those of the one stream that theta_0 and every arm share, in whatever order they were measured', (t) => {
  const streams = (values: Record<number, number>) =>
    Object.entries(values).map(([stream, value]) => ({ stream: Number(stream), ...scores([value, value]) }))
  const both = (values: Record<number, number>) => ({
    pools: { evaluation: { streams: streams(values) }, heldOut: { streams: streams(values) } }
  })
  const records = {
    poor: { evaluation: [0], heldOut: [1] },
    evaluations: { theta_0: both({ 1: 0.1, 2: 0.2, 3: 0.3 }), xmrl: both({ 3: 0.5 }), maml: both({ 3: 0.4 }) },
    arms: { xmrl: { extraSteps: 70, chargedSteps: 30 }, maml: { extraSteps: 101, chargedSteps: 0 } }
  }
  const found = seedScores(4, records)
  t.like(found.before, pools([0.3, 0.3]))
  t.like(found.arms, { xmrl: pools([0.5, 0.5]), maml: pools([0.4, 0.4]) })
  t.deepEqual(found.steps, { xmrl: 100, maml: 101 })
  t.deepEqual([found.poor.evaluation, found.poor.heldOut], [[0], [1]])
  const lost = { ...records, evaluations: { ...records.evaluations, maml: both({ 2: 0.4 }) } }
  t.throws(() => seedScores(4, lost), { code: 'ERR_RECORD_INVALID', message: /no evaluation stream is common/ })
})
