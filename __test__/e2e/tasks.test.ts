/** Whole runs on tasks of one's own: rows and a file, stopped and gone on with, in worker processes, from the command line. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun, type RunEvent, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder, outcome, TINY, tinySpec, xmrl } from '../helpers.js'

const TRAINING = 'goal x,goal y,rare\n2,8,no\n8,3,no\n1.5,1.5,yes\n9,9,yes\n3,8.5,no\n8.5,2,no\n'
const EVALUATION = [
  [8, 3],
  [1, 9],
  [9, 1],
  [2, 2.5],
  [3, 7.5]
]

const written = (file: string, arms = ['xmrl', 'maml', 'oracle']) =>
  ({
    ...TINY,
    environment: 'drone-planar/uniform',
    seeds: [0, 4],
    tasks: { training: { file }, evaluation: EVALUATION, heldOut: { law: 'uniform', count: 4 } },
    retrain: { ...TINY.retrain, arms, extraSteps: 12_000 }
  }) as WrittenSpec

test('a run on rows and a file is the same stopped and gone on with, and in worker processes', async (t) => {
  const dir = folder(t)
  const file = join(dir, 'goals.csv')
  writeFileSync(file, TRAINING)
  const [whole, halves, shared] = ['whole', 'halves', 'shared'].map((name) => join(dir, name))
  const notes: string[] = []
  for await (const event of runExperiment(written(file), { out: whole })) if (event.type === 'note') notes.push(event.text)
  t.is(
    notes.filter((text) => text === 'evaluation task 0 (8, 3) is training task 1: what is measured on them says nothing of new tasks')
      .length,
    1
  )

  // Stopped in the middle of training; the file lies elsewhere when the run is gone on with.
  const leave = async (experiment: WrittenSpec, until: (event: RunEvent) => boolean) => {
    for await (const event of runExperiment(experiment, { out: halves })) if (until(event)) break
  }
  await leave(written(file), (event) => event.type === 'iteration' && event.stage === 'train' && event.iteration > 3)
  mkdirSync(join(dir, 'moved'))
  const moved = join(dir, 'moved', 'goals.csv')
  writeFileSync(moved, TRAINING)
  await runExperiment(written(moved), { out: halves, resume: true })
  await runExperiment(written(file), { out: shared, jobs: 2, threads: 1 })
  const run = await loadRun(whole)
  for (const seed of [0, 4]) {
    const seedOf = (out: string) => outcome(join(out, `seed-${seed}`))
    t.deepEqual(seedOf(halves), seedOf(whole), `seed ${seed}, stopped`)
    t.deepEqual(seedOf(shared), seedOf(whole), `seed ${seed}, shared`)
  }
  for (const { seed, records } of run.seeds) {
    t.deepEqual(records.tasks?.pools.evaluation.values, EVALUATION)
    t.deepEqual(records.tasks?.pools.training.values[2], [1.5, 1.5])
    t.deepEqual(records.tasks?.pools.training.rare, [false, false, true, true, false, false], `seed ${seed}`)
    t.is(records.evaluations.theta_0.pools.evaluation.streams[0].returns.length, 5)
    // The oracle favours the marked rows: it trains, and is compared.
    t.true('oracle' in records.arms)
  }
  const report = readFileSync(join(whole, 'report.html'), 'utf8')
  t.regex(
    report,
    /6 training tasks of the file goals\.csv \(SHA-256 [0-9a-f]{12}\) \(2 marked as rare\); 5 evaluation tasks that the specification lists; /
  )
  t.true(report.includes('4 held-out tasks drawn by the law uniform.'))
  t.true(report.includes('Tasks are in two pools: evaluation task 0 (8, 3) is training task 1'))

  // Other contents are another experiment, whatever the file is called.
  writeFileSync(file, TRAINING.replace('9,9,yes', '9,8.5,yes'))
  await t.throwsAsync(async () => await runExperiment(written(file), { out: whole, resume: true }), {
    code: 'ERR_RUN_EXISTS',
    message: /tasks\.training\.sha256: "[0-9a-f]{64}" there, "[0-9a-f]{64}" asked/
  })
})

test('xmrl table finds a file beside the specification and gives its marked rows an oracle; a bad row leaves nothing behind', async (t) => {
  const dir = folder(t)
  const out = join(dir, 'out')
  const { arms: _, ...retrain } = TINY.retrain
  const spec = tinySpec(dir, {
    retrain,
    environment: 'drone-planar/uniform',
    tasks: { training: { file: 'goals.csv' }, evaluation: EVALUATION, heldOut: { file: 'held.json' } }
  })
  writeFileSync(join(dir, 'goals.csv'), TRAINING)
  writeFileSync(join(dir, 'held.json'), '[[1.2, 8], [5, 9.5]]')
  const bad = await xmrl(['run', spec, '--out', out])
  t.deepEqual(
    [bad.code, bad.stderr],
    [2, 'ERR_TASK: held.json, row 1: goal y (m) is 9.5; drone-planar/uniform takes finite numbers from 1 to 9\n']
  )
  await t.throwsAsync(loadRun(out), { code: 'ERR_RUN_NOT_FOUND' })
  writeFileSync(join(dir, 'held.json'), '[[1.2, 8], [5, 8.5]]')
  const done = await xmrl(['table', spec, '--out', out, '--until', 'train', '--json', '--jobs', '1'], { cwd: folder(t) })
  t.is(done.code, 0, done.stderr)
  const { experiment } = await loadRun(out)
  t.true(experiment.spec.retrain.arms.includes('oracle' as never))
  t.like(experiment.spec.tasks.heldOut, { rows: 2, marked: false })
  const shown = await xmrl(['spec', spec])
  t.is(shown.code, 0, shown.stderr)
  t.true(shown.stdout.includes(`    file: ${join(dir, 'goals.csv')}\n`), shown.stdout)
})
