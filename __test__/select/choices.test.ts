import test from 'ava'
import { buildTable, choiceRows, choiceScores, seedScores } from '../../ts/select/index.js'
import { syntheticRun } from '../report/synthetic.js'

const found = { critical: [1, 3], omega: [0, 0.6, 0, 0.4], weights: [0, 0.6, 0, 0.4], splitHalfSpearman: 0.8, fallback: false }

test('weight on rare tasks is summed where the task law says which, and left out elsewhere', (t) => {
  t.deepEqual(choiceScores(found, [false, false, true, true]), {
    splitHalfSpearman: 0.8,
    criticalFraction: 0.5,
    fallback: false,
    weightOnRare: 0.4
  })
  t.false('weightOnRare' in choiceScores(found, undefined))
})

test('weight on the training tasks of each kind is summed, and over seeds a kind without tasks weighs nothing', (t) => {
  const own = choiceScores(found, undefined, ['push', 'reach', 'push', 'reach'])
  t.deepEqual(own.weightByKind, { push: 0, reach: 1 })
  t.false('weightByKind' in choiceScores(found, undefined))
  const other = choiceScores({ ...found, weights: [0.5, 0.25, 0, 0.25] }, undefined, ['push', 'lift', 'push', 'lift'])
  const [row] = choiceRows([{ choices: { '': own } }, { choices: { '': other } }])
  t.deepEqual(row.weightByKind, { push: 0.25, reach: 0.5, lift: 0.25 })
})

test('means over seeds of the explanations that all seeds have, the run first; fallbacks are counted', (t) => {
  const rare = [false, true, true, true]
  const [a, b] = [
    choiceScores(found, rare),
    choiceScores({ ...found, splitHalfSpearman: 0.2, fallback: true, weights: [0.5, 0.5, 0, 0] }, rare)
  ]
  const rows = choiceRows([{ choices: { paper: a, '': a, lonely: a } }, { choices: { '': b, paper: b } }])
  t.deepEqual(
    rows.map((row) => row.arm),
    ['', 'paper']
  )
  for (const row of rows) {
    t.is(row.splitHalfSpearman, 0.5)
    t.is(row.weightOnRare, 0.75)
    t.is(row.fallbacks, 1)
  }
  t.deepEqual(choiceRows([{ choices: { '': a } }, {}]), [])
})

test('records of a run become a row of its table', (t) => {
  const { seeds } = syntheticRun([0, 1], 12)
  const fallbacks = seeds.filter(({ records }) => records.explanation?.fallback).length
  const scores = seeds.map(({ seed, records }) => {
    const { explanation } = records
    return seedScores(seed, {
      ...records,
      ...(explanation === undefined ? {} : { ownExplanations: { ma: { ...explanation, fallback: true } } })
    })
  })
  const { choices } = buildTable(scores, { resamples: 50 })
  t.deepEqual(
    choices?.map(({ arm, fallbacks }) => [arm, fallbacks]),
    [
      ['', fallbacks],
      ['ma', 2]
    ]
  )
})
