/** A run is awaited, iterated, or both, and is worked on once. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun, type RunEvent, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder, TINY } from '../helpers.js'

const SPEC = { ...TINY, train: { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 3 }] } } as WrittenSpec
const until = 'train'
const finished = (events: readonly RunEvent[]) => events.filter(({ type }) => type === 'stage-finished').length
const lines = (out: string) => readFileSync(join(out, 'seed-0', 'metrics.jsonl'), 'utf8')

test('awaiting a run goes to its end and gives what loadRun gives, twice the same object', async (t) => {
  const out = join(folder(t), 'run')
  const work = runExperiment(SPEC, { out, until })
  const run = await work
  const { metrics, seeds, ...loaded } = await loadRun(out)
  t.like(run, { path: loaded.path, manifest: loaded.manifest })
  t.deepEqual(run.metrics, metrics)
  t.deepEqual(run.seeds[0].records, seeds[0].records)
  t.is(run.metrics.length, 3)
  t.is(run.metrics[0].seed, 0)
  t.is(await work, run)
  t.true((await work.next()).done, 'iterated after its end, it has no events')
  t.is(lines(out).trim().split('\n').length, 3, 'it was worked on once')
})

test('a run that was iterated to its end is not done again when it is awaited', async (t) => {
  const out = join(folder(t), 'run')
  const work = runExperiment(SPEC, { out, until })
  const events: RunEvent[] = []
  for await (const event of work) events.push(event)
  t.is(finished(events), 1)
  const before = lines(out)
  t.is((await work).seeds[0].stages.train, 3)
  t.is(lines(out), before)
  for await (const event of work) t.fail(`an event after the end: ${event.type}`)
})

test('awaited inside its own loop, it goes on to the end, and the loop ends', async (t) => {
  const work = runExperiment(SPEC, { out: join(folder(t), 'run'), until })
  let trained = 0
  let seen = 0
  for await (const event of work) {
    seen++
    if (event.type === 'iteration') trained = (await work).seeds[0].stages.train
  }
  t.is(trained, 3)
  t.true(seen < 5, 'the events that were left went to who awaited')
})

test('awaiting a run that was left says that it was stopped, after saving', async (t) => {
  const out = join(folder(t), 'run')
  const work = runExperiment(SPEC, { out, until })
  for await (const event of work) if (event.type === 'iteration') break
  t.is((await loadRun(out)).seeds[0].stages.train, 1)
  await t.throwsAsync(async () => await work, { code: 'ERR_ABORTED' })
  t.is(await work.catch((error) => (error as { code: string }).code), 'ERR_ABORTED')
  const never = runExperiment(SPEC, { out: join(folder(t), 'run'), until })
  await never.return()
  await t.throwsAsync(async () => await never, { code: 'ERR_ABORTED' }, 'left before it began')
})

test('a run that is left at its last event is whole', async (t) => {
  const out = join(folder(t), 'run')
  const work = runExperiment(SPEC, { out, until })
  for await (const event of work) if (event.type === 'note' && /stopped after train/.test(event.text)) break
  t.is((await work).seeds[0].stages.train, 3)
})

test('a signal stops a run that is awaited', async (t) => {
  const out = join(folder(t), 'run')
  const abort = new AbortController()
  abort.abort()
  await t.throwsAsync(async () => await runExperiment(SPEC, { out, until, signal: abort.signal }), { code: 'ERR_ABORTED' })
  t.is((await loadRun(out)).manifest.status, 'stopped')
})

test('what ends a loop ends the awaiting too, and finally is called', async (t) => {
  const out = join(folder(t), 'run')
  await runExperiment(SPEC, { out, until })
  const again = runExperiment(SPEC, { out, until })
  await t.throwsAsync(
    async () => {
      for await (const _ of again);
    },
    { code: 'ERR_RUN_EXISTS' }
  )
  let settled = 0
  await t.throwsAsync(
    again.finally(() => {
      settled++
    }),
    { code: 'ERR_RUN_EXISTS' }
  )
  t.is(settled, 1)
  await t.throwsAsync(async () => await runExperiment({ environment: 'drone-plana' as 'drone-planar' }, { out }), {
    code: 'ERR_PRESET_UNKNOWN'
  })
})
