/** Stage by stage with nothing but the public list, to the bytes of a run in one go. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun, openRun, type RunEvent, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder, outcome, TINY } from '../helpers.js'

const SPEC = { ...TINY, seeds: [3], retrain: { ...TINY.retrain, arms: ['maml'] } } as WrittenSpec

test('the stages of a run, one by one, come to what the run in one go comes to; what is done is kept', async (t) => {
  const dir = folder(t)
  const [out, whole] = [join(dir, 'parts'), join(dir, 'whole')]
  const run = await openRun(out, SPEC, { threads: 1 })
  t.false(existsSync(out), 'opening makes nothing')
  await t.throwsAsync(async () => await run.explain(), { code: 'ERR_RUN_NOT_FOUND', message: /has no theta_0: run train first$/ })
  t.is((await run.train()).seeds[0].stages.train, 12)
  await t.throwsAsync(async () => await run.explain(), {
    code: 'ERR_RUN_NOT_FOUND',
    message: /^explain: .*seed-3 has no evaluation-theta_0: run evaluate first$/
  })
  await run.evaluate()
  const found = await run.findPoor()
  t.truthy(found.seeds[0].records.poor)
  t.is(found.seeds[0].records.explanation, undefined)
  const events: RunEvent[] = []
  for await (const event of run.explain()) events.push(event)
  t.deepEqual(
    events.flatMap((event) => (event.type === 'stage-finished' ? [event.stage] : [])),
    ['explain'],
    'one stage alone'
  )
  await t.throwsAsync(async () => await run.retrain(), { message: /has no augmentation: run augment first$/ })
  t.truthy((await run.augment()).seeds[0].records.augmentation)
  const repaired = await run.retrain()
  t.deepEqual(Object.keys(repaired.seeds[0].records.evaluations).sort(), ['maml', 'theta_0'])
  t.is(repaired.manifest.status, 'stopped')
  t.is(repaired.table, undefined)
  const done = await run.report()
  t.is(done.manifest.status, 'done')
  t.deepEqual(done.table?.seeds, [3])
  t.true(existsSync(join(out, 'report.html')))
  await runExperiment(SPEC, { out: whole })
  t.deepEqual(outcome(out), outcome(whole))
  const again: RunEvent[] = []
  for await (const event of run.train()) again.push(event)
  t.true(again.some((event) => event.type === 'stage-started' && event.skipped === true))
  t.is((await loadRun(out)).manifest.status, 'done', 'asking for what is done takes nothing away')
})

test('an opened run takes more arms, and a directory is opened without its specification', async (t) => {
  const dir = folder(t)
  const out = join(dir, 'run')
  await runExperiment(SPEC, { out })
  const run = await openRun(out)
  t.deepEqual(run.experiment.spec.seeds, [3])
  t.throws(() => run.retrain('mmal'), { code: 'ERR_SPEC_INVALID', message: /unknown arm "mmal"; did you mean "maml"/ })
  const more = await run.retrain('ma')
  t.is(more.manifest.status, 'stopped', 'its table does not hold the arm yet')
  t.deepEqual(Object.keys((await run.report()).table?.steps ?? {}), ['maml', 'ma'])
  t.is((await run.load()).manifest.status, 'done')
  await t.throwsAsync(openRun(join(dir, 'none')), { code: 'ERR_RUN_NOT_FOUND' })
})

test('a report can be had at any time', async (t) => {
  const out = join(folder(t), 'run')
  const run = await openRun(out, SPEC)
  await run.train()
  const early = await run.report()
  t.is(early.table, undefined)
  t.true(existsSync(join(out, 'report.html')))
  t.is(early.manifest.status, 'running')
})
