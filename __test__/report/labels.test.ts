import test from 'ava'
import { tableLines } from '../../ts/cli/table.js'
import { type ExplanationRecord, explanationRecord, migrated, type TableRecord } from '../../ts/records/index.js'
import { explainedText } from '../../ts/report/explained.js'
import { mapFigure } from '../../ts/report/figures/map.js'
import { omegaFigure } from '../../ts/report/figures/omega.js'
import { taskLineFigure } from '../../ts/report/figures/taskline.js'
import { studyOf } from '../../ts/report/index.js'
import { nonStationarityText, spearmanBrown, splitHalfText } from '../../ts/report/measure.js'
import { answers } from '../../ts/report/summary.js'
import type { LoadedRun } from '../../ts/run/index.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { syntheticRecords, syntheticRun } from './synthetic.js'

const records = syntheticRecords(0, 12)
const { tasks, poor, explanation } = records
if (tasks === undefined || poor === undefined || explanation === undefined) throw new Error('no records')
/** What a record of old holds: the solver alone says what omega is. */
const { kind: _kind, ...old } = explanation
const as = (solver: ExplanationRecord['solver'], more: Partial<ExplanationRecord> = {}): ExplanationRecord =>
  explanationRecord.parse(migrated({ ...old, solver, fallback: false, ...more }))

for (const [solver, more, word] of [
  ['adaptation', {}, 'weight ω'],
  ['alternating', {}, 'weight ω'],
  ['gradient', {}, 'score'],
  ['gradient', { kind: 'weights' }, 'weight ω'],
  ['alternating', { kind: 'scores' }, 'score']
] as const) {
  test(`omega of ${solver}${'kind' in more ? ` that says ${more.kind}` : ''} is called ${word} in every picture and in words`, async (t) => {
    const given = as(solver, more)
    const other = word === 'score' ? 'weight ω' : 'score'
    const line = { ...tasks, taskNames: ['goal_x'] }
    const figures = [
      await omegaFigure(given),
      await mapFigure(tasks, poor, given),
      await taskLineFigure(line, seedScores(0, records), given)
    ]
    for (const figure of figures) {
      const charts = figure?.svg.join('') ?? ''
      t.true(charts.includes(`>${word}<`), figure?.id)
      t.false(charts.includes(`>${other}<`), figure?.id)
    }
    t.regex(figures[0]?.caption ?? '', new RegExp(`Each dot is one task, its ${word.replace(' ω', '')} from one half`))
    t.regex(figures[1]?.caption ?? '', new RegExp(`Second: ${word} of each training task`))
    t.regex(explainedText(given), new RegExp(`^Critical by ${word.replace(' ω', '')}: `))
  })
}

test('only the weights of adaptation are drawn in proportion; between halves that are all positive no 0 is left out', async (t) => {
  const text = async (solver: ExplanationRecord['solver']) => (await omegaFigure(as(solver))).caption
  t.regex(await text('adaptation'), /of the weight, in proportion to which they are drawn; the intervals of \d+ leave 0 out/)
  t.regex(await text('alternating'), /\(blue\): \d+ % of the weight\. Second/)
  t.regex(await text('gradient'), /\(blue\); the intervals of \d+ leave 0 out\. Second/)
  t.notRegex(explainedText(as('alternating')), /leave 0 out/)
})

test('Spearman-Brown: the whole has twice the data of a half', (t) => {
  // Of r = 0.3: 0.6 / 1.3.
  t.is(spearmanBrown(0.3)?.toFixed(4), '0.4615')
  t.is(spearmanBrown(1), 1)
  t.deepEqual([spearmanBrown(0), spearmanBrown(-0.5), spearmanBrown(-1)], [undefined, undefined, undefined])
  t.is(splitHalfText(0.6), '0.60 (0.75 for the whole, by Spearman-Brown)')
  t.is(splitHalfText(-0.2), '−0.20')
})

test('the value of the whole stands beside that of the halves: picture, words and terminal', async (t) => {
  const given = as('adaptation', { splitHalfSpearman: 0.6 })
  t.regex((await omegaFigure(given)).caption, /Spearman correlation of 0\.60 \(0\.75 for the whole, by Spearman-Brown\)/)
  t.regex(explainedText(given), /correlation of 0\.60 \(0\.75 for the whole, by Spearman-Brown\), and share/)
  const table = syntheticRun([0, 1], 12).table as TableRecord
  const lines = tableLines({ ...table, choices: [{ arm: '', splitHalfSpearman: 0.6, criticalFraction: 0.2, fallbacks: 0 }] })
  t.true(lines.some((line) => line.startsWith('of the run   0.60  0.75 for the whole, by Spearman-Brown')))
  const { choices: _, ...without } = table
  t.false(tableLines(without).some((line) => line.includes('Spearman-Brown')))
})

test('non-stationarity goes by its own name, in records of old too', async (t) => {
  const said = ' Non-stationarity, the share by which the scores do not cancel at theta_0: 12 %.'
  t.is(nonStationarityText({ nonStationarity: 0.12 }), said)
  t.is(nonStationarityText({ identityDefect: 0.12, iterations: 3 }), said)
  t.is(nonStationarityText({ gap: 0.12 }), '')
  const given = as('implicit', { info: { identityDefect: 0.12 } })
  t.true((await omegaFigure(given)).caption.endsWith(said))
  t.true(explainedText(given).endsWith(said))
})

test('the third card reads the other tasks, and their falls under the same arm', (t) => {
  const pools = (poorTask: number, others: number) => {
    const list = [poorTask, others, others, others, others]
    return { evaluation: { returns: list, success: list }, heldOut: { returns: list, success: list } }
  }
  const table = buildTable(
    [
      {
        seed: 0,
        poor: { evaluation: [0], heldOut: [0] },
        before: pools(0.1, 0.9),
        arms: { xmrl: pools(0.7, 0.8), maml: pools(0.2, 0.95) },
        steps: {}
      }
    ],
    { resamples: 20 }
  )
  const [repaired, unharmed] = answers({ evaluations: {}, arms: {} }, table)
  t.is(repaired.figure, '+0.600')
  t.is(unharmed.figure, '−0.150')
  t.is(unharmed.verdict, 'worse')
  t.regex(
    unharmed.text,
    /on the 8 other tasks: from 0\.900 before to 0\.800\.\n100 % of them fell by more than 0\.05, against 0 % under continued MAML\.$/
  )
})

test('the small record keeps each pool’s own rare tasks', (t) => {
  const rare = { evaluation: [1, 4], heldOut: [0, 2, 5] }
  const flagged = (pool: 'evaluation' | 'heldOut') => ({
    ...tasks.pools[pool],
    rare: tasks.pools[pool].values.map((_, id) => rare[pool].includes(id))
  })
  const run = syntheticRun([0], 12)
  const pools = { ...tasks.pools, evaluation: flagged('evaluation'), heldOut: flagged('heldOut') }
  const seeds = [{ seed: 0, records: { ...records, tasks: { ...tasks, pools } } }]
  const study = studyOf({ ...run, seeds, path: '', metrics: [], records } as unknown as LoadedRun, 'x')
  t.deepEqual(study.seeds[0].rare, rare)
})

test('the map: a critical task is as large as its weight, at its goal; poor ones are triangles', async (t) => {
  const ids = [2, 7]
  const weights = explanation.weights.map((_, id) => (id === 2 ? 0.8 : id === 7 ? 0.2 : 0))
  const [map] = (await mapFigure(tasks, poor, as('adaptation', { critical: ids, weights })))?.svg ?? []
  const marks = [...map.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="([\d.]+)" fill="var\(--x-critical/g)].map((found) =>
    found.slice(1).map(Number)
  )
  t.deepEqual(
    marks.map(([, , r]) => r),
    [10, 7],
    'area above the least: 4 + 6 √(0.8 / 0.8), 4 + 6 √(0.2 / 0.8)'
  )
  const [a, b] = ids.map((id) => tasks.pools.training.values[id])
  const scale = (marks[1][0] - marks[0][0]) / (b[0] - a[0])
  t.true(scale > 0 && Math.abs((marks[0][1] - marks[1][1]) / (b[1] - a[1]) / scale - 1) < 0.01, 'one scale for both axes, y upward')
})
