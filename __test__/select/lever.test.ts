/** The choice between mixed and unmixed query episodes, on audits made up by hand. */
import test from 'ava'
import { judgeLever } from '../../ts/select/index.js'

const RULE = { margin: 2, tolerance: 1 }
const judged = (poor: [number[], number[]], other: [number[], number[]] = [[0], [0]], rule = RULE) =>
  judgeLever({ poor: poor[0], other: other[0] }, { poor: poor[1], other: other[1] }, rule)

test('the differences are with less without, paired by task, with s/√n for their error', (t) => {
  // Differences 1, 2, 3, 6: mean 3, squares about it 4 + 1 + 0 + 9 = 14, s² = 14/3, s/√4 = √(14/12).
  const { poor, other } = judged(
    [
      [10, 0, -5, 1],
      [11, 2, -2, 7]
    ],
    [
      [1, 5],
      [2, 2]
    ]
  )
  t.is(poor.mean, 3)
  t.true(Math.abs(poor.standardError - Math.sqrt(14 / 12)) < 1e-12)
  t.is(other.mean, -1)
  t.true(Math.abs(other.standardError - 2) < 1e-12)
})

test('mixed episodes are kept where the poor tasks gain by more than the margin', (t) => {
  const poor: [number[], number[]] = [
    [0, 0],
    [3, 1]
  ]
  // Mean 2, standard error 1: no more than two of them, but more than one and a half.
  t.false(judged(poor).mixed)
  t.true(judged(poor, undefined, { ...RULE, margin: 1.5 }).mixed)
  t.false(judged([poor[1], poor[0]], undefined, { ...RULE, margin: 1.5 }).mixed, 'the other way round they harm')
})

test('on a tie, and from one task alone, they are left out', (t) => {
  t.false(
    judged([
      [4, 5, 6],
      [4, 5, 6]
    ]).mixed
  )
  t.false(judged([[0], [9]]).mixed)
  t.true(
    judged([
      [0, 0],
      [9, 9]
    ]).mixed
  )
  // A gain of noise alone is no gain, whatever the margin.
  t.false(
    judged(
      [
        [1, -1],
        [-1, 1]
      ],
      undefined,
      { ...RULE, margin: 0 }
    ).mixed
  )
})

test('the others must hold', (t) => {
  const poor: [number[], number[]] = [
    [0, 0],
    [9, 9]
  ]
  // Differences −3 and −1: mean −2, standard error 1.
  const other: [number[], number[]] = [
    [0, 0],
    [-3, -1]
  ]
  t.false(judged(poor, other).mixed)
  t.true(judged(poor, other, { ...RULE, tolerance: 2 }).mixed)
  t.true(judged(poor, [other[1], other[0]]).mixed)
})

test('audits of other numbers of tasks are no pair', (t) => {
  t.throws(() => judged([[0, 1], [0]]), { code: 'ERR_SHAPE', message: /poor tasks: 2 audited without mixed episodes, 1 with/ })
})

test('what the trials foretell must agree', (t) => {
  const of = (foretold?: { without: number; with: number }) =>
    judgeLever({ poor: [0, 0], other: [0] }, { poor: [9, 9], other: [0] }, RULE, foretold).mixed
  t.deepEqual([of(), of({ without: 1, with: 2 }), of({ without: 2, with: 1 }), of({ without: 1, with: 1 })], [true, true, false, false])
  const harmed = judgeLever({ poor: [9, 9], other: [0] }, { poor: [0, 0], other: [0] }, RULE, { without: 1, with: 2 })
  t.false(harmed.mixed, 'a foretelling alone keeps nothing')
})
