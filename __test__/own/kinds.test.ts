/** Worlds of one's own whose tasks are of several kinds: what they say, what is refused, and a run that calls the kinds by name. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { createWorlds, defineWorld, loadRun, openWorld, sampleTasks, type WorldDefinition, XmrlError } from '../../ts/index.js'
import { folder, TINY, xmrl } from '../helpers.js'
import { HERE, PYTHON, point as python } from './python.js'

Object.assign(process.env, PYTHON)
const MODULE = fileURLToPath(new URL('worlds/kinds.mjs', import.meta.url))
const given: WorldDefinition = (await import(MODULE)).default

test('a world says the kinds of its tasks, and a kind’s number is a whole number of one of them', (t) => {
  const { low: _, high: __, ...bare } = given.task
  const world = defineWorld({ ...given, task: bare })
  t.deepEqual(world.spec.kinds, { parameter: 'how', names: ['straight', 'mirrored'] })
  t.deepEqual(
    [world.spec.taskLow, world.spec.taskHigh].map((bounds) => bounds[2]),
    [0, 1],
    'bounds that follow from the kinds'
  )
  for (const [task, said] of [
    [[1, 1, 0.5], /how = 0\.5 is no number of a kind, a whole number from 0 \(straight, mirrored\)/],
    [[1, 1, 2], /how = 2 is outside \[0, 1\]/]
  ] as const) {
    const error = t.throws(() => world.checkTask(task), { instanceOf: XmrlError, code: 'ERR_TASK' })
    t.regex(error?.message ?? '', said)
  }
  // The native layer holds to it too.
  const native = t.throws(() => createWorlds(world, { tasks: [[1, 1, 0.5]] }), { instanceOf: XmrlError, code: 'ERR_TASK' })
  t.regex(native?.message ?? '', /how = 0\.5/)
})

test('the check of a world and its description in a list name the kinds', async (t) => {
  const { stdout, code } = await xmrl(['check', MODULE])
  t.is(code, 0)
  const said = stdout.replace(/\s+/g, ' ')
  t.true(said.includes('how (2 kinds: straight, mirrored)'), said)
  t.true(said.includes('values outside the bounds, fractions of a kind'), said)
  t.true((await xmrl(['envs', 'metaworld/ml10'])).stdout.includes('kinds of task: 0 reach, 1 push, 2 pick-place, 3 door-open'))
})

test('kinds that do not fit the tasks are refused by name', (t) => {
  const refused = (change: object, said: RegExp) => {
    const task = { ...given.task, ...change } as WorldDefinition['task']
    const error = t.throws(() => defineWorld({ ...given, task }), { instanceOf: XmrlError, code: 'ERR_SPEC_INVALID' })
    t.regex(error?.message ?? '', said)
  }
  const of = (change: object) => ({ kinds: { parameter: 'how', names: ['straight', 'mirrored'], ...change } })
  refused(of({ parameter: 'why' }), /task\.kinds\.parameter: expected one of task\.names \(goal x, goal y, how\), found "why"/)
  refused(of({ names: ['straight', 'straight'] }), /task\.kinds\.names: "straight" is there twice/)
  refused(of({ names: [] }), /task\.kinds\.names: expected names/)
  refused(of({ sizes: [3] }), /task\.kinds\.sizes: expected 2 whole numbers from 3 to 3, one a kind, found \[3\]/)
  refused(of({ called: [] }), /task\.kinds\.called: unknown key/)
  refused({ ...of({}), high: [2, 2, 2] }, /task\.high: how is the number of one of 2 kinds, up to 1; found 2/)
})

test('a world in Python says them too', async (t) => {
  const world = await openWorld(python('contexts'), HERE)
  t.deepEqual(world.record.kinds, { parameter: 'kind', names: ['near', 'middle', 'far'] })
  t.deepEqual([world.spec.taskLow[1], world.spec.taskHigh[1]], [0, 2])
  t.notThrows(() => createWorlds(world, { tasks: sampleTasks(world, 'training', 0, 2).values }).dispose())
  const strange = await t.throwsAsync(openWorld(python('strange_kinds'), HERE), { instanceOf: XmrlError, code: 'ERR_WORLD' })
  t.regex(strange?.message ?? '', /task_kinds speaks of 'sort', its tasks have 'gain', 'kind', 'goal 0', 'goal 1'/)
})

test('a run calls the kinds by their names, in its records, tables and report', async (t) => {
  const out = join(folder(t), 'run')
  const { environment: _, ...small } = TINY
  const set = Object.entries(small).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`])
  const done = await xmrl(['run', MODULE, ...set, '--out', out, '--threads', '2'])
  t.is(done.code, 0, done.stderr)
  const { seeds, table, experiment } = await loadRun(out)
  t.deepEqual(experiment.spec.world?.kinds?.names, ['straight', 'mirrored'])
  const { tasks, explanation } = seeds[0].records
  t.deepEqual(tasks?.kinds, { parameter: 'how', names: ['straight', 'mirrored'] })
  // Six and four tasks, kinds in turn.
  t.deepEqual(
    table?.kinds?.filter(({ arm }) => arm === 'theta_0').map(({ kind, tasks: count }) => [kind, count]),
    [
      ['straight', 5],
      ['mirrored', 5]
    ]
  )
  const even = explanation?.weights.reduce((sum, weight, task) => sum + (task % 2 === 0 ? weight : 0), 0)
  t.is(table?.choices?.[0].weightByKind?.straight, even)
  t.regex(readFileSync(join(out, 'table.md'), 'utf8'), /## By kind of task[\s\S]*\| straight \| 5 \|[\s\S]*\| mirrored \| 5 \|/)
  const report = readFileSync(join(out, 'report.html'), 'utf8')
  t.true(report.includes('<td>mirrored</td>'), 'in the table of tasks')
  t.true(report.includes('Every kind of task: the figures'))
  t.regex(report, /task 1 \(goal x −?\d\.\d\d, goal y −?\d\.\d\d, mirrored\)/)
  t.notRegex(report, /how [01][,)]/)
})
