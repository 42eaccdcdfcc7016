/** What a world in Python runs on: recorded, told where it has changed, and no part of the experiment's hash. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import test from 'ava'
import { loadRun, openWorld } from '../../ts/index.js'
import { folder, TINY, xmrl } from '../helpers.js'
import { HERE, PYTHON, point } from './python.js'

Object.assign(process.env, PYTHON)
const { environment: _, ...SMALL } = TINY

test('versions of Python and of what a world has imported are recorded as Python itself says them', async (t) => {
  const { record } = await openWorld(point('settable'), HERE)
  const say = 'import sys, numpy; print(sys.version.split()[0], numpy.__version__)'
  const [python, numpy] = spawnSync('python3', ['-c', say], { encoding: 'utf8' }).stdout.trim().split(' ')
  t.like(record.versions, { Python: python, numpy })
  t.is(record.versions?.gymnasium, undefined, 'point.py imports none')
})

test('another version of a package is told when a run is gone on with, by run and by a stage, and is no other experiment', async (t) => {
  const path = folder(t)
  copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
  writeFileSync(join(path, 'own.py'), 'import pillar, point\n\nclass World(point.Settable):\n    pass\n')
  // A package as pip installs one, in a folder of its own.
  const site = join(path, 'site')
  const info = (version: string) => join(site, `pillar-${version}.dist-info`)
  mkdirSync(info('1.0'), { recursive: true })
  writeFileSync(join(site, 'pillar.py'), '')
  const metadata = (version: string) =>
    writeFileSync(join(info(version), 'METADATA'), `Metadata-Version: 2.1\nName: pillar\nVersion: ${version}\n`)
  metadata('1.0')
  writeFileSync(join(info('1.0'), 'top_level.txt'), 'pillar\n')
  writeFileSync(join(info('1.0'), 'RECORD'), 'pillar.py,,\n')
  const env = { ...PYTHON, PYTHONPATH: [PYTHON.PYTHONPATH, site].join(delimiter) }
  const spec = join(path, 'spec.json')
  writeFileSync(spec, JSON.stringify({ ...SMALL, environment: 'gymnasium:own:World' }))
  const run = (...args: string[]) => xmrl(['run', spec, '--out', join(path, 'run'), ...args], { cwd: path, env })
  const first = await run('--until', 'train')
  t.is(first.code, 0, first.stderr)
  const before = (await loadRun(join(path, 'run'))).experiment
  t.is(before.spec.world?.versions?.pillar, '1.0')
  const same = await run('--resume', '--until', 'evaluate')
  t.is(same.code, 0, same.stderr)
  t.notRegex(same.stderr, /other versions/)
  renameSync(info('1.0'), info('2.0'))
  metadata('2.0')
  const told = /other versions than when this run was last worked on \(pillar 1\.0 then, 2\.0 now\): its numbers may differ/
  const stage = await xmrl(['explain', join(path, 'run')], { cwd: path, env })
  t.is(stage.code, 0, stage.stderr)
  t.regex(stage.stderr, told)
  const again = await run('--resume')
  t.is(again.code, 0, again.stderr)
  t.regex(again.stderr, told)
  const after = (await loadRun(join(path, 'run'))).experiment
  t.is(after.hash, before.hash)
  t.is(after.spec.world?.versions?.pillar, '2.0', 'what it was last worked on with')
  t.regex(readFileSync(join(path, 'run', 'resolved.json'), 'utf8'), /"pillar": ?"2\.0"/)
})
