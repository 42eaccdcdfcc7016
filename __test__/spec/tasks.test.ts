/** Pools of tasks in a specification: what is filled in, what is hashed, which arms there are, and what is refused. */
import test from 'ava'
import { applyOverrides, defineExperiment, everyArm, type Preset, registry } from '../../ts/spec/index.js'

const written = (environment: Preset, tasks: object, more: object = {}) => ({ environment, tasks, ...more }) as never
const define = (environment: Preset, tasks: object, more: object = {}) => defineExperiment(written(environment, tasks, more))

test('a law is filled in with the preset’s count and the usual settings of what it acts on', (t) => {
  const training = (environment: Preset, pool: object) => define(environment, { training: pool }).spec.tasks.training
  t.deepEqual(training('cheetah-vel/maml', { law: 'rare' }), { law: 'rare', count: 40, share: 0.1, part: 0.4, end: 'high' } as never)
  t.deepEqual(training('stock/synthetic', { law: 'rare', part: 0.2 }), {
    law: 'rare',
    count: 40,
    share: 0.1,
    part: 0.2,
    end: 'low'
  } as never)
  t.deepEqual(training('drone-planar/uniform', { law: 'rare', share: 0.25, count: 12 }), {
    ...{ law: 'rare', count: 12 },
    ...{ share: 0.25, part: 0.5, end: 'high' }
  } as never)
  t.deepEqual(training('drone-planar', { law: 'uniform' }), { law: 'uniform', count: 50 } as never)
})

test('the preset’s own law said by name is the experiment that a count is; anything else is another', (t) => {
  const hash = (environment: Preset, training: unknown) => define(environment, { training } as object).hash
  t.is(hash('cheetah-vel/maml', { law: 'uniform', count: 40 }), hash('cheetah-vel/maml', 40))
  t.is(hash('drone-planar', { law: 'rare', count: 30 }), hash('drone-planar', 30))
  t.is(hash('cheetah-vel/maml', { law: 'rare' }), hash('cheetah-vel/maml', { law: 'rare', share: 0.1, part: 0.4, end: 'high', count: 40 }))
  const others = [
    40,
    { law: 'rare' },
    { law: 'rare', share: 0.2 },
    { law: 'rare', part: 0.3 },
    { law: 'rare', end: 'low' },
    [[0.5], [1]],
    [[1], [0.5]]
  ]
  t.is(new Set(others.map((training) => hash('cheetah-vel/maml', training))).size, others.length)
})

test('a file is hashed by what it holds, not by where it is', (t) => {
  const hash = (file: string, sha256?: string) => define('cheetah-vel/maml', { training: { file, ...(sha256 ? { sha256 } : {}) } }).hash
  const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
  t.is(hash('goals.csv', a), hash('/elsewhere/velocities.json', a))
  t.not(hash('goals.csv', a), hash('goals.csv', b))
})

test('the oracle is there where the pool that is used knows its rare tasks', (t) => {
  const has = (environment: Preset, training: unknown) => everyArm(define(environment, { training } as object).spec).includes('oracle')
  t.true(has('cheetah-vel/maml', { law: 'rare' }))
  t.false(has('cheetah-vel/maml', 40))
  t.true(has('drone-planar', 50))
  t.false(has('drone-planar', { law: 'uniform' }))
  t.false(
    has('drone-planar', [
      [8, 3],
      [2, 8]
    ])
  )
  t.true(has('drone-planar', [[8, 3], { values: [2, 8], rare: true }]))
  t.true(has('drone-planar', { file: 'goals.csv', sha256: 'a'.repeat(64), rows: 3, marked: true }))
  // Who names no arms gets those of the preset that the pool allows.
  const arms = (training: unknown) => define('drone-planar', { training } as object).spec.retrain.arms as string[]
  t.deepEqual([arms(50).includes('oracle'), arms([[8, 3]]).includes('oracle'), arms([[8, 3]]).includes('xmrl')], [true, false, true])
  const oracle = { retrain: { arms: ['oracle'] } }
  t.notThrows(() => define('cheetah-vel/maml', { training: { law: 'rare' } }, oracle))
  t.notThrows(() => define('cheetah-vel/maml', { training: { file: 'not-read-yet.csv' } }, oracle))
  const refused = (environment: Preset, training: unknown, message: string) =>
    t.throws(() => define(environment, { training } as object, oracle), { code: 'ERR_SPEC_INVALID', message })
  refused(
    'cheetah-vel/maml',
    40,
    'retrain.arms: the task law of cheetah-vel/maml has no rare tasks, so there is no oracle arm; tasks.training {law: rare} has some'
  )
  refused('cheetah-dir/gym', 40, 'retrain.arms: the task law of cheetah-dir/gym has no rare tasks, so there is no oracle arm')
  refused(
    'drone-planar',
    [[8, 3]],
    'retrain.arms: no row of tasks.training is marked as rare, so there is no oracle arm; mark some, {values: […], rare: true}, or in a column rare'
  )
})

test('weights of given tasks are held against the rows', (t) => {
  const mine = (weights: number[]) => ({ retrain: { define: { mine: { choose: 'given', weights } }, arms: ['mine'] } })
  t.notThrows(() => define('cheetah-vel/maml', { training: [[0.2], [0.4], [1.9]] }, mine([0, 0.5, 0.5])))
  t.throws(() => define('cheetah-vel/maml', { training: [[0.2], [0.4]] }, mine([0, 0.5, 0.5])), {
    message: 'retrain.define.mine.weights: shape [3], and there are [2] training tasks (tasks.training)'
  })
  t.notThrows(() => define('cheetah-vel/maml', { training: { file: 'not-read-yet.csv' } }, mine([1, 2, 3, 4])))
})

test('every mistake names its key, its row and what to write', (t) => {
  const refused = (environment: Preset, tasks: unknown, message: string | RegExp) =>
    t.throws(() => define(environment, tasks as object), { code: 'ERR_SPEC_INVALID', message })
  const cheetah = (tasks: unknown, message: string | RegExp) => refused('cheetah-vel/maml', tasks, message)
  cheetah({ training: 0 }, /^tasks\.training: .*found 0/)
  cheetah({ training: [] }, /^tasks\.training: no tasks; give at least one row/)
  cheetah(
    { training: 'goals.csv' },
    'tasks.training: expected a count, {law: …, count: …}, rows of tasks [[…], …], or {file: …}, found "goals.csv"'
  )
  cheetah(
    { evaluation: [[0.5], [2.5]] },
    'tasks.evaluation.1: goal velocity (m/s) is 2.5; cheetah-vel/maml takes finite numbers from 0 to 2'
  )
  cheetah({ heldOut: [[0.5, 1]] }, 'tasks.heldOut.0: 2 numbers, and a task of cheetah-vel/maml has 1 (goal velocity (m/s))')
  cheetah({ training: [[0.5], [Number.NaN]] }, /^tasks\.training\.1/)
  cheetah({ training: [0.2, 0.4] }, /^tasks\.training\.0: expected the numbers of a task, \[0\.2\], or .*, found 0\.2/)
  cheetah({ training: [{ values: [0.2], rar: true }] }, /^tasks\.training\.0\.rar: unknown key; did you mean "tasks\.training\.0\.rare"\?/)
  cheetah({ training: { law: 'rare', shar: 0.1 } }, 'tasks.training.shar: unknown key; did you mean "tasks.training.share"?')
  cheetah({ training: { law: 'uniformly' } }, 'tasks.training.law: unknown law "uniformly" of cheetah-vel/maml; did you mean "uniform"?')
  cheetah({ training: { law: 'rare', share: 2 } }, /^tasks\.training\.share: .*found 2/)
  cheetah({ training: { law: 'rare', part: 0 } }, /^tasks\.training\.part: .*found 0/)
  cheetah({ training: { law: 'uniform', share: 0.2 } }, 'tasks.training.share: is a setting of the law rare, not of uniform')
  cheetah(
    { evaluation: { law: 'rare' } },
    'tasks.evaluation.law: rare is a law of the training pool; tasks that are measured on are drawn from the whole: write uniform, or a count'
  )
  cheetah({ training: { law: 'uniform', file: 'a.csv' } }, 'tasks.training: a law and a file; give one of them')
  cheetah({ training: { count: 5 } }, 'tasks.training: no law and no file; write {law: uniform, count: 50} or {file: tasks.csv}')
  cheetah({ training: { file: 'a.csv', count: 5 } }, 'tasks.training.count: a file has as many tasks as it has rows, and no law')
  cheetah({ training: { law: 'uniform', rows: 5 } }, 'tasks.training.rows: is said of files; leave it out')
  for (const preset of ['cheetah-dir/gym', 'ant-dir/maml'] as const) {
    const why = 'its tasks (direction) are no range of which a part could be rare; its laws are uniform'
    refused(preset, { training: { law: 'rare' } }, `tasks.training.law: ${preset} has no law rare: ${why}`)
  }
})

test('overrides reach a law, a file and a row', (t) => {
  const spec = (...set: string[]) => defineExperiment(applyOverrides({ environment: 'cheetah-vel/maml' }, set)).spec.tasks
  t.deepEqual(spec('tasks.training={law: rare, share: .2}').training, {
    law: 'rare',
    count: 40,
    share: 0.2,
    part: 0.4,
    end: 'high'
  } as never)
  t.deepEqual(spec('tasks.training={law: rare}', 'tasks.training.end=low').training, {
    ...{ law: 'rare', count: 40, share: 0.1 },
    ...{ part: 0.4, end: 'low' }
  } as never)
  t.deepEqual(spec('tasks.heldOut=[[.5], [1.5]]', 'tasks.heldOut.1.0=1').heldOut, [[0.5], [1]] as never)
  t.deepEqual(spec('tasks.evaluation={file: a.csv}').evaluation, { file: 'a.csv' } as never)
})

test('every preset names its laws, its own first, and on what the law rare acts', (t) => {
  for (const { preset, taskLaws, rareness, knowsRareTasks } of registry) {
    t.true(taskLaws.includes('uniform'), preset)
    t.is(taskLaws[0], knowsRareTasks ? 'rare' : 'uniform', preset)
    t.is(taskLaws.includes('rare'), rareness !== undefined, preset)
    // Directions are two, and Meta-World's goals lie in boxes of three numbers.
    t.is(rareness === undefined, /-dir\/|^metaworld\//.test(preset), preset)
  }
})
