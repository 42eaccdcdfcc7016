import test from 'ava'
import { doseRows } from '../../ts/select/dose.js'
import { buildTable, choiceRows, doseSummary, doseTurns, placedAudits } from '../../ts/select/index.js'

const audit = (iteration: number, share: number) => ({
  iteration,
  envSteps: 7 * iteration,
  poor: 0,
  other: 0,
  change: 0,
  standardError: 1,
  share
})
const audits = [audit(0, 0.5), audit(10, 0.6), audit(20, 0.7), audit(30, 0.55), audit(40, 0.8)]
/** An arm that spends 1000 steps an iteration, and checks every ten. */
const arm = (iterations: number, kept = audits) => ({
  iterations,
  curve: Array.from({ length: iterations }, (_, i) => ({ envSteps: 1000 * (i + 1), returnAfter: 0 })),
  dose: { poor: [0], other: [1], envSteps: 70, audits: kept }
})

test('shares that were flown, where they turned by the arm’s own steps, and what follows the last iteration is none', (t) => {
  t.deepEqual(
    placedAudits(arm(40)).map(({ at }) => at),
    [0, 10_000, 20_000, 30_000, 40_000]
  )
  const turns = doseTurns(arm(40))
  t.deepEqual(
    turns?.flown.map(({ share }) => share),
    [0.5, 0.6, 0.7, 0.55]
  )
  t.is(doseTurns(arm(41))?.flown.length, 5)
  t.like(turns, { first: 0.5, last: 0.55 })
  t.deepEqual([turns?.lowered.map(({ iteration }) => iteration), turns?.raised.map(({ iteration }) => iteration)], [[30], [10, 20]])
  t.deepEqual(doseSummary(arm(40)), { first: 0.5, last: 0.55, steps: 70, loweredAt: 30_000 })
  t.deepEqual(doseSummary(arm(20, audits.slice(0, 2))), { first: 0.5, last: 0.6, steps: 70 })
  t.is(doseTurns(arm(40, [])), undefined)
  t.is(doseSummary({ ...arm(40), dose: undefined }), undefined)
})

test('rows are means over the seeds that were steered, the earliest lowering among them', (t) => {
  const seeds = [
    { doses: { xmrl: { first: 0.5, last: 0.7, steps: 100 } } },
    { doses: { xmrl: { first: 0.5, last: 0.4, steps: 300, loweredAt: 9000 } } },
    { doses: { xmrl: { first: 0.5, last: 0.4, steps: 200, loweredAt: 8000 } } },
    {}
  ]
  t.deepEqual(doseRows(seeds, ['xmrl', 'maml']), [
    { arm: 'xmrl', first: 0.5, last: 0.5, steps: 200, loweredAt: 8000, seeds: 3, lowered: 2 }
  ])
})

test('explanations: tasks of equal weight, and what they came to, where every seed says so', (t) => {
  const found = (effectiveTasks: number, finding: 'repair' | 'spread') => ({
    choices: { '': { splitHalfSpearman: 0.9, criticalFraction: 0.2, fallback: false, effectiveTasks, finding } }
  })
  t.like(choiceRows([found(4, 'repair'), found(12, 'spread'), found(5, 'repair')])[0], {
    effectiveTasks: 7,
    findings: { repair: 2, spread: 1, unrepeatable: 0 }
  })
  const old = { choices: { '': { splitHalfSpearman: 0.9, criticalFraction: 0.2, fallback: false } } }
  t.deepEqual(Object.keys(choiceRows([found(4, 'repair'), old])[0]), ['arm', 'splitHalfSpearman', 'criticalFraction', 'fallbacks'])
})

test('a table says how an arm was steered', (t) => {
  const scores = { evaluation: { returns: [1, 2] }, heldOut: { returns: [1, 2] } }
  const summary = { first: 0.5, last: 0.6, steps: 5 }
  const seed = {
    seed: 0,
    poor: { evaluation: [0], heldOut: [0] },
    before: scores,
    arms: { xmrl: scores },
    steps: {},
    doses: { xmrl: summary }
  }
  t.deepEqual(buildTable([seed], { resamples: 20 }).doses, [{ arm: 'xmrl', ...summary, seeds: 1, lowered: 0 }])
})
