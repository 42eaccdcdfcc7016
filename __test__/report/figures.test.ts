import test from 'ava'
import { count, fixed, range, signed } from '../../ts/drawing/index.js'
import { criticalFigure } from '../../ts/report/figures/critical.js'
import { runningMean } from '../../ts/report/figures/curves.js'
import { rareSide } from '../../ts/report/figures/plane.js'
import { reportFigures } from '../../ts/report/index.js'
import { blocksOf } from '../../ts/report/tables/blocks.js'
import { blockHtml } from '../../ts/report/tables/html.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { same } from './snapshot.js'
import { syntheticRecords, syntheticRun } from './synthetic.js'

test('pictures of fixed records are the committed ones', async (t) => {
  const run = syntheticRun([0, 1], 12)
  const figures = await reportFigures(run.seeds, undefined, run.table)
  t.deepEqual(Object.keys(figures).sort(), [
    'changed',
    'curves',
    'dumbbells',
    'episodes',
    'gains',
    'improvement',
    'iqm',
    'map',
    'mixing',
    'omega',
    'returns'
  ])
  for (const [name, figure] of Object.entries(figures)) {
    figure.svg.forEach((svg: string, index: number) => {
      t.is(same(`${name}-${index}.svg`, svg), undefined)
    })
    t.is(
      same(`${name}.txt`, `${figure.title}\n${figure.caption}\n${figure.legend.map((entry: { label: string }) => entry.label).join('; ')}`),
      undefined
    )
  }
})

test('the table of fixed records is the committed one', (t) => {
  const { table } = syntheticRun([0, 1], 12)
  t.is(same('table.html', table === undefined ? '' : blocksOf(table).map(blockHtml).join('\n')), undefined)
})

test('pictures carry what they claim: one mark a task, red only for falls, no clip that could collide', async (t) => {
  const records = syntheticRecords(3, 20)
  const scores = seedScores(3, records)
  const { returns, dumbbells, omega } = await reportFigures([{ seed: 3, records }])
  const poor = (text: string) => text.split('var(--x-poor,').length - 1
  const [evaluation] = returns?.svg ?? []
  t.is(poor(evaluation), 2 * (records.poor?.evaluation.length ?? 0), 'a dot and a bar for every poor task')
  const [before, after] = [scores.before, scores.arms.xmrl].map((pools) => pools.evaluation.success ?? [])
  const falls = before.filter((value, id) => value - after[id] > 0.05 + 1e-9).length
  t.is((dumbbells?.svg[0] ?? '').split('var(--x-worse,').length - 1, 2 * falls)
  t.is((omega?.svg[0] ?? '').split('var(--x-critical,').length - 1, records.explanation?.critical.length ?? 0)
  for (const figure of [returns, dumbbells, omega]) for (const svg of figure?.svg ?? []) t.false(svg.includes('clip'))
})

test('the rare side is found from its tasks, and not where there is none', (t) => {
  const tasks = syntheticRecords(1, 40).tasks
  if (tasks === undefined) throw new Error('no tasks')
  const normal = rareSide(tasks, [5, 5])
  t.true(normal !== undefined && normal[0] * Math.cos(0.7) + normal[1] * Math.sin(0.7) > Math.cos(0.05))
  const pools = Object.fromEntries(Object.entries(tasks.pools).map(([name, pool]) => [name, { values: pool.values }]))
  t.is(rareSide({ ...tasks, pools: pools as typeof tasks.pools }, [5, 5]), undefined)
  const crossed = {
    ...tasks.pools,
    training: { values: tasks.pools.training.values, rare: tasks.pools.training.values.map((_, i) => i % 2 === 0) }
  }
  t.is(rareSide({ ...tasks, pools: crossed }, [5, 5]), undefined)
})

test('numbers are written for reading', (t) => {
  t.is(fixed(-0.0004, 3), '0.000')
  t.is(fixed(-0.5), '−0.50')
  t.is(signed(0.0931, 3), '+0.093')
  t.is(range(-0.012, 0.13), '[−0.01, +0.13]')
  t.deepEqual([count(950), count(41_400), count(6_000_000), count(48_000_000)], ['950', '41 k', '6.0 M', '48 M'])
})

test('the running mean averages what neighbours there are', (t) => {
  t.deepEqual(runningMean([0, 3, 6], 1), [1.5, 3, 4.5])
  t.deepEqual(runningMean([2, 2, 2, 2], 5), [2, 2, 2, 2])
})

test('the N_cri curve: points in order, the explained one a triangle, hollow where 0 lies inside; none without such arms', async (t) => {
  const [base] = syntheticRun([0, 1], 12).seeds.map(({ seed, records }) => seedScores(seed, records))
  const { xmrl, maml, ma, oracle } = base.arms
  const arms = { xmrl, maml, 'xmrl-05': ma, 'xmrl-20': oracle, 'xmrl-50': maml }
  const variants = Object.fromEntries(
    [0.05, 0.2, 0.5].map((criticalFraction, i) => [['xmrl-05', 'xmrl-20', 'xmrl-50'][i], { base: 'xmrl', criticalFraction }])
  )
  const table = buildTable([{ ...base, arms, choices: { '': { splitHalfSpearman: 0.9, criticalFraction: 0.12, fallback: false } } }], {
    resamples: 500,
    variants
  })
  const figure = await criticalFigure(table)
  for (const [i, svg] of figure?.svg.entries() ?? []) t.is(same(`critical-${i}.svg`, svg), undefined)
  const [poor] = figure?.svg ?? []
  // Points: three circles and the triangle; the arm that is maml itself gains exactly 0.
  const points = [...poor.matchAll(/<path [^>]*fill="(var\(--x-(?:paper|critical),[^"]*)"[^>]*stroke-width="2"[^>]*\/>/g)].map(
    (match) => match[1]
  )
  t.is(points.length, 4)
  t.true(points.filter((fill) => fill.includes('paper')).length >= 1)
  t.is(await criticalFigure(buildTable([base], { resamples: 10 })), undefined)
})
