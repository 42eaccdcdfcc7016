/** `xmrl spec`: what it prints runs, and is the same experiment. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { commandLine, folder, root, TINY, tinySpec, xmrl } from '../helpers.js'
import { priceFile } from '../market/made.js'
import { HERE, PYTHON } from '../own/python.js'

const hashOf = (out: string) => JSON.parse(readFileSync(join(out, 'resolved.json'), 'utf8')).hash

test('a specification that is printed into a file runs, under the hash that it says', async (t) => {
  const cwd = folder(t)
  const from = tinySpec(cwd)
  const printed = await xmrl(['spec', from, '--set', 'explain.rho=.2', '--set', 'seeds=[7]'], { cwd })
  t.is(printed.code, 0, printed.stderr)
  const said = /^# Hash, .*: ([0-9a-f]{64})$/m.exec(printed.stdout)?.[1]
  writeFileSync(join(cwd, 'again.yaml'), printed.stdout)
  const run = await xmrl(['run', 'again.yaml', '--until', 'train', '--out', 'out'], { cwd })
  t.is(run.code, 0, run.stderr)
  t.is(hashOf(join(cwd, 'out')), said)
  t.is(readFileSync(join(cwd, 'out', 'spec.yaml'), 'utf8'), printed.stdout, 'a run keeps the text')
  const direct = await xmrl(['run', from, '--set', 'explain.rho=.2', '--seed', '7', '--until', 'train', '--out', 'direct'], { cwd })
  t.is(direct.code, 0, direct.stderr)
  t.is(hashOf(join(cwd, 'direct')), said)
  const again = await xmrl(['spec', 'again.yaml', '--json'], { cwd })
  const { hash, spec } = JSON.parse(again.stdout)
  t.is(hash, said)
  t.deepEqual([spec.seeds, spec.explain.rho, spec.policy.hidden], [[7], 0.2, TINY.policy.hidden])
})

test('what is printed of a world of one’s own is the same experiment: with its source, without opening it anew, and not with another', async (t) => {
  const cwd = folder(t)
  copyFileSync(join(root, '__test__', 'own', 'worlds', 'point.mjs'), join(cwd, 'point.mjs'))
  const { environment: _, ...small } = TINY
  writeFileSync(join(cwd, 'own.json'), JSON.stringify({ ...small, environment: './point.mjs' }))
  const printed = await xmrl(['spec', 'own.json'], { cwd })
  t.is(printed.code, 0, printed.stderr)
  const said = /^# Hash, .*: ([0-9a-f]{64})$/m.exec(printed.stdout)?.[1]
  // It names the world by its place, from wherever it is read.
  mkdirSync(join(cwd, 'elsewhere'))
  writeFileSync(join(cwd, 'elsewhere', 'again.yaml'), printed.stdout)
  const again = await xmrl(['spec', 'elsewhere/again.yaml', '--json'], { cwd })
  t.is(again.code, 0, again.stderr)
  const { hash, spec } = JSON.parse(again.stdout)
  t.is(hash, said)
  t.deepEqual([spec.environment, spec.world.kind, spec.world.source], ['point-2d', 'module', join(cwd, 'point.mjs')])
  const run = await xmrl(['run', 'elsewhere/again.yaml', '--until', 'train', '--out', 'out'], { cwd })
  t.is(run.code, 0, run.stderr)
  const direct = await xmrl(['run', 'own.json', '--until', 'train', '--out', 'direct'], { cwd })
  t.is(direct.code, 0, direct.stderr)
  t.deepEqual([hashOf(join(cwd, 'out')), hashOf(join(cwd, 'direct'))], [said, said])
  writeFileSync(join(cwd, 'point.mjs'), `${readFileSync(join(cwd, 'point.mjs'), 'utf8')}\n// another\n`)
  const changed = await xmrl(['run', 'elsewhere/again.yaml', '--until', 'train', '--out', 'other'], { cwd })
  t.is(changed.code, 1)
  t.regex(changed.stderr, /ERR_RUN_EXISTS: environment: .*point\.mjs has changed/)
})

test('the same of a world in Python', async (t) => {
  const cwd = folder(t)
  const { environment: _, ...small } = TINY
  writeFileSync(join(cwd, 'own.json'), JSON.stringify({ ...small, environment: `gymnasium:point:settable@${HERE}` }))
  const printed = await xmrl(['spec', 'own.json'], { cwd, env: PYTHON })
  t.is(printed.code, 0, printed.stderr)
  writeFileSync(join(cwd, 'again.yaml'), printed.stdout)
  const again = await xmrl(['spec', 'again.yaml', '--json'], { cwd, env: PYTHON })
  t.is(again.code, 0, again.stderr)
  const { hash, spec } = JSON.parse(again.stdout)
  t.is(hash, /^# Hash, .*: ([0-9a-f]{64})$/m.exec(printed.stdout)?.[1])
  t.deepEqual([spec.environment, spec.world.source], ['gymnasium:point:settable', `point:settable@${HERE}`])
})

test('files of a spec are found from the printed one, wherever it lies', async (t) => {
  const cwd = folder(t)
  mkdirSync(join(cwd, 'project'))
  writeFileSync(
    join(cwd, 'project', 's.yaml'),
    'environment: stock/csv\nmarket: { file: p.csv }\ntrain: { initial: w.safetensors, phases: [] }\n'
  )
  renameSync(priceFile(cwd), join(cwd, 'project', 'p.csv'))
  const without = await xmrl(['spec', 'project/s.yaml', '--json'], { cwd })
  t.is(without.code, 2)
  t.regex(without.stderr, /^ERR_SPEC_INVALID: train\.initial: no file .*\/project\/w\.safetensors/)
  writeFileSync(join(cwd, 'project', 'w.safetensors'), 'weights')
  const { stdout, stderr } = await xmrl(['spec', 'project/s.yaml', '--json'], { cwd })
  t.is(stderr, '')
  const { spec } = JSON.parse(stdout)
  t.is(spec.market.file, join(cwd, 'project', 'p.csv'))
  t.deepEqual([spec.train.initial, spec.train.initialFrom], ['w.safetensors', join(cwd, 'project')])
  const home = await xmrl(['spec', 'stock/csv', '--set', 'market.file=~/p.csv', '--json'], { cwd, env: { HOME: join(cwd, 'project') } })
  t.is(JSON.parse(home.stdout).spec.market.file, join(cwd, 'project', 'p.csv'))
})

test('the hash that is printed is the one that the run’s records have, of what files hold: tasks, prices', async (t) => {
  const cwd = folder(t)
  const from = tinySpec(cwd)
  const rows = (count: number, from: number) => Array.from({ length: count }, (_, at) => `${from + at / 8},${8 - at / 8}\n`).join('')
  writeFileSync(join(cwd, 'a.csv'), `goal x,goal y\n${rows(8, 2)}`)
  writeFileSync(join(cwd, 'b.csv'), `goal x,goal y\n${rows(8, 3)}`)
  const printed = async (...set: string[]) => {
    const { code, stdout, stderr } = await xmrl(['spec', from, '--json', ...set.flatMap((each) => ['--set', each])], { cwd })
    return { code, stderr, hash: code === 0 ? JSON.parse(stdout).hash : undefined }
  }
  const [a, b] = [await printed('tasks.training={file: a.csv}'), await printed('tasks.training={file: b.csv}')]
  t.not(a.hash, b.hash)
  const run = await xmrl(['run', from, '--set', 'tasks.training={file: a.csv}', '--until', 'train', '--out', 'out'], { cwd })
  t.is(run.code, 0, run.stderr)
  t.deepEqual([hashOf(join(cwd, 'out')), JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8')).specHash], [a.hash, a.hash])
  for (const [file, said] of [
    ['none.csv', /^ERR_SPEC_INVALID: tasks\.training\.file: no file .*none\.csv/],
    ['far.csv', /^ERR_TASK: far\.csv, line 2: goal x \(m\) is 1000; /]
  ] as const) {
    writeFileSync(join(cwd, 'far.csv'), 'goal x,goal y\n1000,2\n')
    const refused = await printed(`tasks.training={file: ${file}}`)
    t.is(refused.code, 2)
    t.regex(refused.stderr, said)
  }
  const market = ['environment=stock/csv', 'market.file=p.csv']
  const hashes: string[] = []
  for (const by of [1, 2]) {
    renameSync(priceFile(cwd, by), join(cwd, 'p.csv'))
    const { hash, stderr } = await printed(...market)
    t.is(stderr, '')
    const out = join(cwd, `market-${by}`)
    const traded = await xmrl(['run', from, ...market.flatMap((each) => ['--set', each]), '--until', 'train', '--out', out], { cwd })
    t.is(traded.code, 0, traded.stderr)
    t.is(hashOf(out), hash)
    hashes.push(hash)
  }
  t.not(hashes[0], hashes[1])
  writeFileSync(join(cwd, 'p.csv'), 'date,AA\n2020-01-02,1\n')
  t.regex((await printed(...market)).stderr, /^ERR_PRICES: .*p\.csv: 1 days of prices are too few/)
})

test('--schema is a JSON Schema, and a project that has the package is told where it lies', async (t) => {
  const cwd = folder(t)
  const { code, stdout } = await xmrl(['spec', '--schema'])
  t.is(code, 0)
  const schema = JSON.parse(stdout)
  t.regex(schema.$schema, /json-schema\.org/)
  t.true(schema.properties.environment.anyOf[0].enum.includes('drone-planar'))
  const place = new RegExp(schema.properties.environment.anyOf[1].pattern)
  const places = [
    './point.mjs',
    '../worlds/point.js',
    '/abs/point.mts',
    'gymnasium:a.b:make',
    '@me/world',
    'drone-planer',
    'cheetah-vel/mamll'
  ]
  t.deepEqual(
    places.map((name) => place.test(name)),
    [true, true, true, true, true, false, false]
  )
  const bare = await xmrl(['spec', 'drone-planar'], { cwd })
  t.regex(bare.stdout, /^# drone-planar, every key/)
  const built = join(root, 'dist', 'specification.schema.json')
  if (commandLine.length > 1 || !existsSync(built)) return t.log('dist/ is older than its sources: not looked at')
  t.is(readFileSync(built, 'utf8'), stdout, 'the file of the package')
  mkdirSync(join(cwd, 'node_modules'))
  symlinkSync(root, join(cwd, 'node_modules', 'xmrl'))
  const project = await xmrl(['spec', 'drone-planar'], { cwd })
  const [line] = project.stdout.split('\n')
  t.is(readFileSync(join(cwd, line.replace('# yaml-language-server: $schema=', '')), 'utf8'), stdout)
})
