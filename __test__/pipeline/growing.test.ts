/** Runs grow: more seeds and more arms come to the same bits as if they had been asked for at once. */
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun, type RunEvent, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder, outcome, TINY } from '../helpers.js'

const spec = (seeds: number[], arms: string[]) => ({ ...TINY, seeds, retrain: { ...TINY.retrain, arms } }) as WrittenSpec

/** All of a seed but the order in which arms were worked on, which is that of the lines of its metrics. */
const sorted = (path: string) => {
  const { 'metrics.jsonl': lines, ...rest } = outcome(path)
  return { ...rest, lines: lines.split('\n').sort().join('\n') }
}

test('a run of one seed and one arm becomes one of two seeds and two arms, bit for bit', async (t) => {
  const dir = folder(t)
  const [out, whole] = [join(dir, 'grown'), join(dir, 'whole')]
  await runExperiment(spec([3], ['maml']), { out })
  // Only what is new has to be said; the rest belongs to the run.
  const events: RunEvent[] = []
  for await (const event of runExperiment(spec([0], ['xmrl']), { out, resume: true })) events.push(event)
  t.true(events.some((event) => event.type === 'note' && event.text === 'of this run too: seeds 3; arms maml'))
  await runExperiment(spec([3, 0], ['xmrl', 'maml']), { out: whole })
  const [grown, once] = [await loadRun(out), await loadRun(whole)]
  t.deepEqual(grown.manifest.seeds, [3, 0])
  t.is(grown.manifest.status, 'done')
  for (const seed of [3, 0]) t.deepEqual(sorted(join(out, `seed-${seed}`)), sorted(join(whole, `seed-${seed}`)), `seed ${seed}`)
  t.deepEqual(grown.table, once.table)
  t.deepEqual(grown.seeds[0].records.episodes, once.seeds[0].records.episodes, 'drawn of the arm that a whole run is shown by')
  t.is(grown.seeds[0].records.episodes?.arm, 'xmrl')
})

test('who goes on without naming seeds or arms means those of the run', async (t) => {
  const out = join(folder(t), 'run')
  await runExperiment(spec([3, 5], ['maml']), { out, until: 'train' })
  const { seeds: _, retrain, ...rest } = spec([0], [])
  const { arms: __, ...others } = retrain ?? {}
  const run = await runExperiment({ ...rest, retrain: others }, { out, resume: true })
  t.deepEqual([run.manifest.seeds, Object.keys(run.table?.steps ?? {})], [[3, 5], ['maml']])
})

test('a run that an older version laid out flat grows too', async (t) => {
  const out = join(folder(t), 'run')
  await runExperiment(spec([3], ['maml']), { out })
  for (const name of ['checkpoints', 'metrics.jsonl', 'timing.jsonl']) renameSync(join(out, 'seed-3', name), join(out, name))
  const { readdirSync } = await import('node:fs')
  for (const name of readdirSync(join(out, 'seed-3', 'results')))
    renameSync(join(out, 'seed-3', 'results', name), join(out, 'results', name))
  const flat = await loadRun(out)
  t.is(flat.seeds[0].path, out)
  t.deepEqual(flat.table?.seeds, [3])
  const run = await runExperiment(spec([3, 5], ['maml']), { out, resume: true, jobs: 2 })
  t.deepEqual(run.table?.seeds, [3, 5])
  t.deepEqual(run.seeds[0].records, flat.seeds[0].records)
})
