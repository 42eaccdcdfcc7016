/** Every file of examples/ runs as it stands, made small by its arguments, and says what its run holds. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun } from '../../ts/run/index.js'
import { command, folder, root, script } from '../helpers.js'

const examples = join(root, 'examples')
const example = (name: string, ...args: string[]) => script(join(examples, name), args)

test('each is listed, and has at most sixty lines', (t) => {
  const listed = readFileSync(join(examples, 'README.md'), 'utf8')
  const files = readdirSync(examples).filter((name) => /\.(ts|py)$/.test(name))
  t.true(files.length >= 3)
  for (const name of files) {
    t.true(readFileSync(join(examples, name), 'utf8').split('\n').length <= 61, name)
    t.true(listed.includes(`[${name}](${name})`), `${name} is not in examples/README.md`)
  }
})

test('worlds.ts: drones that fly straight reach their goals', async (t) => {
  const done = await example('worlds.ts', '20')
  t.is(done.code, 0, done.stderr)
  const lines = [...done.stdout.matchAll(/^goal \(\d, \d\): (\d+) % reached, mean return (\d\.\d\d)$/gm)]
  t.is(lines.length, 3, done.stdout)
  // Arrival gives 2, and the way half its length: about 3.6, 4.2 and 4.1 m from the centre, less the last metre.
  for (const [, share, value] of lines) t.true(Number(share) === 100 && Math.abs(Number(value) - 3.5) < 0.4, done.stdout)
})

test('explain.ts leaves an explanation, and read_records.py reads it', async (t) => {
  const out = join(folder(t), 'run')
  const done = await example('explain.ts', '3', out)
  t.is(done.code, 0, done.stderr)
  const [seed] = (await loadRun(out)).seeds
  const { poor, explanation, tasks } = seed.records
  t.deepEqual(Object.keys(seed.stages).sort(), ['evaluate-theta_0', 'move', 'train'])
  const shown = (values: readonly number[]) => `(${values.map((value) => value.toFixed(1)).join(', ')})`
  const worst = poor?.evaluation.map((id) => shown(tasks?.pools.evaluation.values[id] ?? []))
  t.true(done.stdout.includes(`worst served of 24: ${worst?.join(' ')}\n`), done.stdout)
  t.is(done.stdout.match(/^training task \d+ .*: weight /gm)?.length, 5)
  t.true(done.stdout.includes(`\nverdict: ${explanation?.verdict?.reason}\n`))

  const read = await command('python3', [join(examples, 'read_records.py'), out])
  t.is(read.code, 0, read.stderr)
  t.regex(read.stdout, /^drone-planar, seed 0: \w+; \d+ lines of metrics, records evaluation-theta_0, explanation, poor, tasks\n/)
  for (const id of poor?.evaluation ?? [])
    t.true(read.stdout.includes(`\n${id}: ${shown(tasks?.pools.evaluation.values[id] ?? [])} `), read.stdout)
  for (const id of explanation?.critical ?? [])
    t.true(
      read.stdout.includes(`\n  ${id}: ${shown(tasks?.pools.training.values[id] ?? [])} ${explanation?.omega[id].toFixed(3)}\n`),
      read.stdout
    )
})

test('repair-and-use.ts repairs, and flies the policies of the run', async (t) => {
  const out = join(folder(t), 'run')
  const done = await example('repair-and-use.ts', '4', out)
  t.is(done.code, 0, done.stderr)
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  const { poor, tasks } = run.seeds[0].records
  const [x, y] = tasks?.pools.evaluation.values[poor?.evaluation[0] ?? -1] ?? []
  t.true(done.stdout.startsWith(`worst served goal: (${x.toFixed(1)}, ${y.toFixed(1)})\n`), done.stdout)
  const flown = [...done.stdout.matchAll(/^(\w+): reached in (\d+) of 200 flights after adapting to it$/gm)]
  t.deepEqual(
    flown.map(([, arm]) => arm),
    ['theta_0', 'maml', 'xmrl']
  )
})

test('own-tasks.ts trains on the goals of its file and measures on those it lists', async (t) => {
  const out = join(folder(t), 'run')
  const done = await example('own-tasks.ts', '3', out)
  t.is(done.code, 0, done.stderr)
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  const { tasks, poor, arms } = run.seeds[0].records
  const rows = readFileSync(join(examples, 'goals.csv'), 'utf8').trim().split('\n').slice(1)
  t.deepEqual(
    tasks?.pools.training.values,
    rows.map((row) => row.split(',').slice(0, 2).map(Number))
  )
  t.deepEqual(
    tasks?.pools.training.rare,
    rows.map((row) => row.endsWith('yes'))
  )
  t.deepEqual(Object.keys(arms).sort(), ['maml', 'maml-null', 'oracle', 'xmrl'])
  const worst = poor?.evaluation.map((id) => `(${tasks?.pools.evaluation.values[id].join(', ')})`)
  t.true(done.stdout.startsWith(`training: 20 goals of goals.csv, 4 of them rare\nworst served of 8: ${worst?.join(' ')}\n`), done.stdout)
})

test('own-selection.ts: an arm of given tasks joins a run, at the same cost, with its comparison', async (t) => {
  const out = join(folder(t), 'run')
  const done = await example('own-selection.ts', '4', out)
  t.is(done.code, 0, done.stderr)
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  for (const { seed, records } of run.seeds) {
    const [, chosen] = new RegExp(`^seed ${seed}: own selection (.*); XMRL's`, 'm').exec(done.stdout) ?? []
    t.is(chosen?.split(', ').length, 5, done.stdout)
    t.deepEqual(Object.keys(records.arms).sort(), ['maml', 'maml-null', 'mine', 'xmrl'])
  }
  t.regex(done.stdout, /^mine: poor tasks 0\.\d\d before, 0\.\d\d after; over maml -?0\.\d\d \[-?0\.\d\d, -?0\.\d\d\]$/m)
})
