import test from 'ava'
import { buildTable, type ScoredRecords, type SeedScores, seedScores, wholeGroups } from '../../ts/select/index.js'

const near = (a: number | undefined, b: number) => a !== undefined && Math.abs(a - b) < 1e-12

/** Scores of two pools of two tasks on some streams: `value` of the stream, the second task one more. */
const evaluation = (streams: Record<number, number>) => {
  const of = Object.entries(streams).map(([stream, value]) => ({ stream: Number(stream), returns: [value, value + 1] }))
  return { pools: { evaluation: { streams: of }, heldOut: { streams: of } } }
}

test('a table reads the last stream that theta_0 and every arm share, and steps with what was charged', (t) => {
  const records: ScoredRecords = {
    poor: { evaluation: [0], heldOut: [1] },
    evaluations: {
      theta_0: evaluation({ 1: 10, 2: 20, 3: 30, 9: 90 }),
      maml: evaluation({ 1: 11, 3: 33, 4: 44 }),
      xmrl: evaluation({ 1: 12, 3: 36 })
    },
    arms: { maml: { extraSteps: 100, chargedSteps: 0 }, xmrl: { extraSteps: 70, chargedSteps: 31 } }
  }
  const seed = seedScores(7, records)
  t.deepEqual(seed.before.evaluation.returns, [30, 31])
  t.deepEqual(seed.arms.xmrl.heldOut.returns, [36, 37])
  t.deepEqual(seed.steps, { maml: 100, xmrl: 101 })
  t.throws(() => seedScores(7, { ...records, evaluations: { ...records.evaluations, xmrl: evaluation({ 4: 1 }) } }), {
    code: 'ERR_RECORD_INVALID',
    message: /seed 7: no evaluation stream is common/
  })
})

test('the null of a table is maml-null minus maml', (t) => {
  const pools = (value: number) => ({ evaluation: { returns: [value, value] }, heldOut: { returns: [value, value] } })
  const seed: SeedScores = {
    seed: 0,
    poor: { evaluation: [0], heldOut: [0] },
    before: pools(1),
    arms: { xmrl: pools(9), maml: pools(4), 'maml-null': pools(6) },
    steps: {}
  }
  for (const row of buildTable([seed], { resamples: 50 }).rows) t.true(near(row.null?.gain, 2), `${row.arm} ${row.group}`)
})

test('groups are taken until they hold as many tasks as were asked for, and no more', (t) => {
  t.deepEqual(wholeGroups([0, 1], [0, 1, 0, 2]), [0, 2])
  t.deepEqual(wholeGroups([1, 0, 3], [0, 1, 0, 2]), [1, 0, 2])
})
