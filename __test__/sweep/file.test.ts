import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { defineExperiment } from '../../ts/spec/index.js'
import { cellText, readSweepFile } from '../../ts/sweep/file.js'
import { grownPlan, unitsOf } from '../../ts/sweep/plan.js'
import { folder, TINY } from '../helpers.js'
import { POINT } from '../own/worlds.js'

/** A sweep file of a text, beside a spec file. */
function written(t: ExecutionContext, text: string): string {
  const at = folder(t)
  writeFileSync(join(at, 'tiny.json'), JSON.stringify(TINY))
  writeFileSync(join(at, 'sweep.yaml'), text)
  return join(at, 'sweep.yaml')
}

test('the cells are all combinations, the last key the fastest, each the experiment that its overrides make', async (t) => {
  const file = written(
    t,
    'base: tiny.json\nmatrix: { retrain.mixedShare: [0.25, 0.5], explain.rho: [0.1, 0.2, 0.3] }\nseeds: 0..2\narms: [maml, maml-null]\nthreads: 2\n'
  )
  const { plan, out } = await readSweepFile(file)
  t.is(out, join(file, '..', 'runs', 'sweep'))
  t.deepEqual(
    plan.cells.map(({ name }) => name),
    ['0.25+0.1', '0.25+0.2', '0.25+0.3', '0.5+0.1', '0.5+0.2', '0.5+0.3']
  )
  t.is(cellText(plan.cells[3]), 'retrain.mixedShare=0.5, explain.rho=0.1')
  const { seeds: _, ...rest } = { seeds: [], ...TINY }
  const hand = defineExperiment({
    ...rest,
    explain: { ...TINY.explain, rho: 0.1 },
    retrain: { ...TINY.retrain, mixedShare: 0.5, arms: ['maml', 'maml-null'] }
  } as never)
  t.is(plan.cells[3].hash, hand.hash)
  t.deepEqual(plan.cells[3].arms, ['maml', 'maml-null'])
  t.is(unitsOf(plan).length, 18)
  t.deepEqual(
    unitsOf(plan)
      .slice(5, 8)
      .map(({ name }) => name),
    ['0.5+0.3/seed-0', '0.25+0.1/seed-1', '0.25+0.2/seed-1']
  )
})

test('presets as base and as values; out, and files of the specification, count from the sweep file', async (t) => {
  const { plan, out } = await readSweepFile(
    written(t, 'base: drone-planar\nmatrix: { environment: [drone-planar, drone-quadrotor] }\nseeds: [4, 2]\nout: here\n')
  )
  t.regex(out, /xmrl-test-[^/]*\/here$/)
  t.deepEqual(
    plan.cells.map(({ name, hash }) => [name, hash]),
    ['drone-planar', 'drone-quadrotor'].map((environment) => [environment, defineExperiment({ environment } as never).hash])
  )
  t.deepEqual(plan.seeds, [4, 2])
  const file = written(t, 'base: stock/csv\nmatrix: { market.file: [a.csv, sub/b.csv] }\nseeds: 3\n')
  const found = (await readSweepFile(file)).plan.cells.map(({ written: { market } }) => (market as { file: string }).file)
  t.deepEqual(found, [join(file, '..', 'a.csv'), join(file, '..', 'sub/b.csv')])
  t.deepEqual(
    (await readSweepFile(written(t, 'seeds: 7\n'))).plan.cells.map(({ name, values }) => [name, values]),
    [['cell', {}]]
  )
})

const WRONG: [string, string, RegExp][] = [
  ['no seeds', 'base: tiny.json\n', /seeds: give a range such as 0\.\.29/],
  ['seeds that are no range', 'base: tiny.json\nseeds: 3..x\n', /seeds: "3\.\.x" is neither/],
  ['a seed twice', 'base: tiny.json\nseeds: [1, 1]\n', /seeds: a seed is named twice/],
  ['a seed below 0', 'base: tiny.json\nseeds: [-1]\n', /seeds: -1 is no whole number/],
  ['a key that is misspelt', 'base: tiny.json\nseeds: 0\nmatirx: {}\n', /matirx: no such key of a sweep; did you mean "matrix"\?/],
  [
    'a matrix key that is misspelt',
    'base: tiny.json\nseeds: 0\nmatrix: { retrain.mixdShare: [1] }\n',
    /matrix, cell retrain\.mixdShare=1: retrain\.mixdShare.*mixedShare/
  ],
  [
    'a value that no cell can have',
    'base: tiny.json\nseeds: 0\nmatrix: { retrain.mixedShare: [0.5, 7] }\n',
    /matrix, cell retrain\.mixedShare=7: retrain\.mixedShare/
  ],
  [
    'an environment that there is not',
    'seeds: 0\nmatrix: { environment: [drone-planer] }\n',
    /matrix, cell environment=drone-planer: .*"drone-planar"/
  ],
  ['no values', 'base: tiny.json\nseeds: 0\nmatrix: { explain.rho: [] }\n', /matrix\.explain\.rho: is empty/],
  ['a value that is no list', 'base: tiny.json\nseeds: 0\nmatrix: { explain.rho: 0.1 }\n', /matrix\.explain\.rho: expected array/],
  ['a value twice', 'base: tiny.json\nseeds: 0\nmatrix: { explain.rho: [0.1, 0.10] }\n', /matrix\.explain\.rho: 0\.1 stands there twice/],
  [
    'seeds in the matrix',
    'base: tiny.json\nseeds: 0\nmatrix: { seeds: [1, 2] }\n',
    /matrix\.seeds: every cell has the same seeds; write them as seeds:/
  ],
  ['arms in the matrix', 'base: tiny.json\nseeds: 0\nmatrix: { retrain.arms: [[maml]] }\n', /matrix\.retrain\.arms: .*arms: at the top/],
  ['an arm that is misspelt', 'base: tiny.json\nseeds: 0\narms: [mamll]\n', /retrain\.arms.*mamll.*"maml"/],
  [
    'two cells that are one',
    'base: stock/csv\nseeds: 0\nmatrix: { market.file: [a.csv, ./a.csv] }\n',
    /matrix: two cells are the same experiment \(market\.file=\.\/a\.csv\); leave one/
  ],
  [
    'too many units',
    'base: tiny.json\nseeds: 0..9999\nmatrix: { explain.rho: [.1, .2, .3, .4, .5, .6, .7, .8, .9, .11, .12] }\n',
    /110000 units, more than 100000/
  ],
  ['a base that is not there', 'base: tinny.json\nseeds: 0\n', /base: .*tinny\.json: no such preset or spec file/],
  ['a preset that is misspelt', 'base: drone-planer\nseeds: 0\n', /unknown preset "drone-planer"; did you mean "drone-planar"\?/],
  [
    'a value that is no number',
    'base: tiny.json\nseeds: 0\nmatrix: { policy.logStdInit: [.nan] }\n',
    /logStdInit=NaN.*: expected number, found NaN/
  ],
  ['one within a list', 'base: tiny.json\nseeds: 0\nmatrix: { tasks.training: [[[.inf, 3]]] }\n', /expected number, found Infinity/],
  ['no YAML', 'base: [\n', /not YAML/],
  ['jobs that are none', 'base: tiny.json\nseeds: 0\njobs: 0\n', /jobs: /]
]
for (const [what, text, message] of WRONG)
  test(`a wrong sweep file is refused: ${what}`, async (t) => {
    const file = written(t, text)
    const error = await t.throwsAsync(readSweepFile(file), { code: 'ERR_SPEC_INVALID', message })
    t.true(error?.message.startsWith(file), error?.message)
  })

test('a file that is not there is refused', async (t) => {
  await t.throwsAsync(readSweepFile('/nowhere/sweep.yaml'), {
    code: 'ERR_SPEC_INVALID',
    message: /^\/nowhere\/sweep\.yaml: there is no such file; name a sweep file/
  })
})

test('a sweep grows by cells and seeds; another experiment or other arms under a name that is there are refused', async (t) => {
  const plan = async (text: string) => (await readSweepFile(written(t, text))).plan
  const there = await plan('base: tiny.json\nseeds: 0..1\nmatrix: { explain.rho: [0.1] }\n')
  const more = await plan('base: tiny.json\nseeds: 0..3\nmatrix: { explain.rho: [0.1, 0.2] }\n')
  t.is(grownPlan(there, more, '/s'), more)
  t.is(grownPlan(undefined, more, '/s'), more)
  const arms = await plan('base: tiny.json\nseeds: 0..1\nmatrix: { explain.rho: [0.1] }\narms: [maml]\n')
  t.throws(() => grownPlan(there, arms, '/s'), {
    code: 'ERR_RUN_EXISTS',
    message: /other arms: xmrl, maml \(cell explain\.rho=0\.1\); choose another out/
  })
  const other = await plan('base: drone-planar\nseeds: 0..1\nmatrix: { explain.rho: [0.1] }\narms: [xmrl, maml]\n')
  t.throws(() => grownPlan(there, other, '/s'), { code: 'ERR_RUN_EXISTS', message: /another experiment/ })
})

test('a world of one’s own is a base, and a value of the matrix, found from the sweep file', async (t) => {
  const file = written(t, 'base: ./point.mjs\nseeds: 0\nmatrix: { environment: [drone-planar, ./point.mjs] }\narms: [maml]\n')
  copyFileSync(POINT, join(file, '..', 'point.mjs'))
  const { plan } = await readSweepFile(file)
  t.deepEqual(
    plan.cells.map(({ name }) => name.replace(/.*point.*/, 'point')),
    ['drone-planar', 'point']
  )
  const alone = written(t, 'base: ./point.mjs\nseeds: 0\narms: [maml]\n')
  copyFileSync(POINT, join(alone, '..', 'point.mjs'))
  const [cell] = (await readSweepFile(alone)).plan.cells
  t.is(cell.hash, plan.cells[1].hash, 'the hash is of the source, not of its place')
  const none = written(t, 'base: ./gone.mjs\nseeds: 0\n')
  await t.throwsAsync(readSweepFile(none), { message: /gone\.mjs/ })
})
