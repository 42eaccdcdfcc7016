/** Worlds in Python from TypeScript: what is recorded of them, whole runs, and what is said where they fail. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { createWorlds, type ErrorCode, loadRun, openWorld, sampleTasks, XmrlError } from '../../ts/index.js'
import { folder, outcome, root, TINY, xmrl } from '../helpers.js'
import { HERE, PYTHON, point, processesWith } from './python.js'

Object.assign(process.env, PYTHON)

/** A specification as overrides of the command line. */
const set = (written: object) => Object.entries(written).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`])
const { environment: _, ...SMALL } = TINY
const run = (path: string, factory: string, args: string[], env: Record<string, string> = {}) =>
  xmrl(['run', point(factory), ...set(SMALL), '--out', path, ...args], { cwd: HERE, env: { ...PYTHON, ...env } })

test('what is recorded of a world follows from its environment', async (t) => {
  const world = await openWorld(point('contexts'), HERE)
  t.is(world.name, 'gymnasium:point:contexts')
  const { kind, source, sha256, taskNames, laws, setState, mixes, deterministic, scoredBy, horizon, actionSize } = world.record
  t.deepEqual({ kind, source }, { kind: 'gymnasium', source: `point:contexts@${HERE}` })
  t.regex(sha256, /^[0-9a-f]{64}$/)
  t.not(sha256, '0'.repeat(64))
  t.deepEqual(taskNames, ['gain', 'kind', 'goal 0', 'goal 1'])
  t.deepEqual({ laws, setState, mixes, deterministic }, { laws: ['sample_tasks'], setState: false, mixes: false, deterministic: true })
  t.deepEqual({ scoredBy, horizon, actionSize }, { scoredBy: 'success', horizon: 40, actionSize: 2 })
  const { values } = sampleTasks(world, 'training', 3, 6)
  t.deepEqual(sampleTasks(world, 'training', 3, 6).values, values)
  t.notDeepEqual(sampleTasks(world, 'evaluation', 3, 6).values, values)
  t.true(values.every(([gain, kind]) => gain >= 1 && gain < 2 && Number.isInteger(kind)))
  t.is((await openWorld('gymnasium:point:random_steps', HERE)).record.deterministic, false)
})

test('a batch of worlds steps as its environment does', async (t) => {
  const world = await openWorld(point('settable'), HERE)
  const worlds = createWorlds(world, {
    tasks: [
      [0.5, 0],
      [0, 0.5]
    ],
    worldsPerTask: 3,
    seed: 2,
    threads: 2
  })
  const before = worlds.state()
  const { observations, rewards } = worlds.step(new Float64Array(12).fill(0.25))
  for (let row = 0; row < 6; row++) {
    // Accelerations of [-2, 2] are twice the action; then place and velocity by Euler's step of .1 s.
    const [x, y, vx, vy] = before.subarray(row * 5, row * 5 + 4)
    const expected = [x + 0.1 * (vx + 0.05), y + 0.1 * (vy + 0.05), vx + 0.05, vy + 0.05]
    for (const [k, value] of expected.entries()) t.true(Math.abs(observations[row * 4 + k] - value) < 1e-15)
    const goal = row < 3 ? [0.5, 0] : [0, 0.5]
    t.true(Math.abs(rewards[row] + Math.hypot(expected[0] - goal[0], expected[1] - goal[1])) < 1e-15)
  }
  worlds.dispose()
})

test('a run has every stage, and is the same for more threads, in several processes and after a stop', async (t) => {
  const path = folder(t)
  const [whole, shared, stopped] = ['whole', 'shared', 'stopped'].map((name) => join(path, name))
  const first = await run(whole, 'settable', ['--seeds', '0,1', '--threads', '1'])
  t.is(first.code, 0, first.stderr)
  const side = await run(shared, 'settable', ['--seeds', '0,1', '--threads', '2', '--jobs', '2'])
  t.is(side.code, 0, side.stderr)
  const seeds = (out: string) => [0, 1].map((seed) => outcome(join(out, `seed-${seed}`)))
  t.deepEqual(seeds(shared), seeds(whole), 'two processes of two threads')
  t.is((await run(stopped, 'settable', ['--seeds', '0,1', '--until', 'explain'])).code, 0)
  const rest = await xmrl(['run', point('settable'), ...set(SMALL), '--seeds', '0,1', '--out', stopped, '--resume'], {
    cwd: HERE,
    env: PYTHON
  })
  t.is(rest.code, 0, rest.stderr)
  t.deepEqual(seeds(stopped), seeds(whole), 'stopped and gone on with')
  const loaded = await loadRun(whole)
  t.is(loaded.experiment.spec.environment, 'gymnasium:point:settable')
  t.truthy(loaded.seeds[0].records.augmentation, 'states were mixed')
  t.is(loaded.seeds[0].records.tasks?.taskNames.length, 2)
})

test('where states cannot be set nothing is mixed, and the run says so', async (t) => {
  const out = join(folder(t), 'run')
  const done = await run(out, 'make_env', ['--threads', '2'])
  t.is(done.code, 0, done.stderr)
  const { records } = (await loadRun(out)).seeds[0]
  t.is(records.augmentation, undefined)
  t.truthy(records.explanation)
  t.truthy(records.arms.xmrl)
  t.regex(done.stderr, /episodes cannot begin in a given state, so nothing is augmented/)
  const report = readFileSync(join(out, 'report.html'), 'utf8')
  t.true(report.includes('Nothing was augmented in gymnasium:point:make_env: its episodes cannot begin in a given state.'))
})

test('an exception in Python ends the run with its traceback, and leaves what was done', async (t) => {
  const path = folder(t)
  const out = join(path, 'run')
  copyFileSync(join(HERE, 'point.py'), join(path, 'point.py'))
  // What decides is a file, so that the source, and the experiment, stay the same.
  const broken = join(path, 'broken')
  writeFileSync(
    join(path, 'weather.py'),
    `import os, point
class Weather(point.Settable):
    taken = 0
    def step(self, action):
        Weather.taken += 1
        if Weather.taken > 2000 and os.path.exists(${JSON.stringify(broken)}):
            raise TypeError("no wind today")
        return super().step(action)
`
  )
  const args = ['run', 'gymnasium:weather:Weather', ...set(SMALL), '--out', out, '--threads', '1']
  writeFileSync(broken, '')
  const failed = await xmrl(args, { cwd: path, env: PYTHON })
  t.is(failed.code, 1)
  t.regex(
    failed.stderr,
    /ERR_WORLD: .*gymnasium:weather:Weather: row \d+ of its process, task \[.*\], step \d+: step: TypeError: no wind today/
  )
  t.regex(failed.stderr, /File ".*weather\.py", line 7, in step\n +raise TypeError\("no wind today"\)/)
  t.deepEqual(processesWith(path), [], 'no process is left')
  const { unlinkSync } = await import('node:fs')
  unlinkSync(broken)
  const mended = await xmrl([...args, '--resume'], { cwd: path, env: PYTHON })
  t.is(mended.code, 0, mended.stderr)
  writeFileSync(join(path, 'point.py'), `${readFileSync(join(path, 'point.py'), 'utf8')}\n# changed\n`)
  const changed = await xmrl([...args, '--resume'], { cwd: path, env: PYTHON })
  t.is(changed.code, 1)
  t.regex(changed.stderr, /ERR_RUN_EXISTS: .*world\.sha256/)
})

test('what cannot be opened is said in a line or two', async (t) => {
  const refused = async (place: string, code: ErrorCode, message: RegExp) => {
    const error = await t.throwsAsync(openWorld(place, HERE), { instanceOf: XmrlError, message }, place)
    t.is(error?.code, code)
  }
  await refused('gymnasium:point', 'ERR_SPEC_INVALID', /write gymnasium:module:factory/)
  await refused('gymnasium:point:nothing', 'ERR_WORLD', /module point .* has no nothing/)
  await refused('gymnasium:no_such:f', 'ERR_WORLD', /No module named 'no_such'/)
  await refused('gymnasium:point:raises', 'ERR_WORLD', /KeyError: 'no model file'\n +File ".*point\.py", line \d+, in raises/)
  process.env.XMRL_PYTHON = '/nowhere/python'
  await refused('gymnasium:point:settable', 'ERR_WORLD', /there is no Python called `\/nowhere\/python`/)
  delete process.env.XMRL_PYTHON
  process.env.XMRL_PYTHON_LIMIT = 'soon'
  await refused('gymnasium:point:settable', 'ERR_USAGE', /XMRL_PYTHON_LIMIT is "soon"/)
  process.env.XMRL_PYTHON_LIMIT = '1'
  const world = await openWorld('gymnasium:point:fails_hang', HERE)
  const worlds = createWorlds(world, { tasks: [[1.5, 0]] })
  const moves = new Float64Array(2)
  for (let step = 0; step < 4; step++) worlds.step(moves)
  t.throws(() => worlds.step(moves), { code: 'ERR_WORLD', message: /step 5: step took longer than 1 s.*\nit stood at[\s\S]*in step/ })
  delete process.env.XMRL_PYTHON_LIMIT
})

test('no Python runs unless a world in Python is asked for', (t) => {
  const script = `
    import { createWorlds, environments } from ${JSON.stringify(join(root, 'ts/index.ts'))}
    environments()
    createWorlds('drone-planar', { tasks: [[1, 1]] }).dispose()
    console.log('done')`
  const env = { ...process.env, XMRL_PYTHON: '/nowhere/python' }
  const done = spawnSync(process.execPath, ['--import=tsx', '--input-type=module', '-e', script], { cwd: root, env, encoding: 'utf8' })
  t.is(done.stdout, 'done\n', done.stderr)
})

test('doctor says which Python there is, and whether it has gymnasium', async (t) => {
  const good = await xmrl(['doctor'], { env: PYTHON })
  t.regex(good.stdout, /python +python3: Python 3\.\d+\.\d+, numpy 2\.4\.6, gymnasium 1\.4\.0/)
  const bare = await xmrl(['doctor'], { env: { PYTHONPATH: '' } })
  t.is(bare.code, 0, 'a Python is needed for worlds in Python alone')
  const none = await xmrl(['doctor'], { env: { XMRL_PYTHON: '/nowhere/python' } })
  t.is(none.code, 0)
  t.regex(none.stdout, /python +none called \/nowhere\/python; needed only for worlds in Python/)
})
