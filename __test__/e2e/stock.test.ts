import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { defineExperiment, loadPrices, loadRun, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder } from '../helpers.js'
import { priceFile } from '../market/made.js'

/** A run of every stage in a few seconds: years are 252 steps long, so there are few of them. */
const TINY: WrittenSpec = {
  environment: 'stock/synthetic',
  tasks: { training: 6, evaluation: 5, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: 2, metaBatchSize: 3, supportEpisodes: 4, queryEpisodes: 3 }], monitorEvery: 2 },
  evaluate: { adaptations: 1, supportEpisodes: 8, queryEpisodes: 2 },
  explain: { episodes: 6, supportEpisodes: 6, queryEpisodes: 3, allowUnreliable: true },
  augment: { sets: 2, episodes: 2, supportEpisodes: 6, horizon: 40 },
  retrain: { arms: ['xmrl', 'maml'], extraSteps: 30_000, metaBatchSize: 4, supportEpisodes: 4, queryEpisodes: 4 }
}

test('the whole pipeline on the synthetic market', async (t) => {
  const out = join(folder(t), 'run')
  for await (const _ of runExperiment(defineExperiment(TINY), { out, device: 'cpu', threads: 2 })) {
    // Only its records matter here.
  }
  const run = await loadRun(out)
  t.is(run.manifest.status, 'done')
  const { tasks, episodes, augmentation, evaluations } = run.seeds[0].records
  t.deepEqual(tasks?.taskNames, ['turbulence threshold', 'period'])
  t.is(tasks?.scoredBy, 'return')
  // Training, evaluation and held-out tasks trade in different periods.
  const periods = Object.values(tasks?.pools ?? {}).map((pool) => new Set(pool.values.map(([, period]) => period)))
  for (const [i, own] of periods.entries())
    for (const other of periods.slice(i + 1))
      t.deepEqual(
        [...own].filter((each) => other.has(each)),
        []
      )
  t.true(Object.values(evaluations).every((evaluation) => evaluation.pools.evaluation.streams[0].success === undefined))
  t.truthy(augmentation)
  t.is(episodes?.view, 'wealth')
  t.deepEqual(
    episodes?.benchmarks?.map(({ name }) => name),
    ['buy and hold', 'equal weight']
  )
  for (const episode of [...(episodes?.before ?? []), ...(episodes?.after ?? [])]) {
    t.is(episode.path[0][1], 1000)
    t.true(episode.path.length > 250 && episode.path.every(([, wealth]) => wealth > 100 && wealth < 10_000))
    t.true(episode.account !== undefined && episode.account.costs > 0 && episode.account.turnover > 0)
  }
  t.true(existsSync(join(out, 'report.html')))
  const html = readFileSync(join(out, 'report.html'), 'utf8')
  t.regex(html, /The worst served task: evaluation task \d+ \(turbulence threshold/)
  t.regex(html, /not advice/)
  t.notRegex(html, /metres/, 'a market has no map in metres')
})

test("a run on a file of prices is named by the file's content, and goes on with no other", async (t) => {
  const path = folder(t)
  const [one, other] = [priceFile(path), priceFile(path, 2)]
  const out = join(path, 'run')
  const run = async (file: string, resume: boolean) => {
    const experiment = defineExperiment({ ...TINY, environment: 'stock/csv', market: { file } })
    for await (const _ of runExperiment(experiment, { out, resume, until: 'train', device: 'cpu', threads: 1 })) {
      // Only what it leaves matters here.
    }
    return experiment.hash
  }
  const unpinned = await run(one, false)
  const { hash, spec } = JSON.parse(readFileSync(join(out, 'resolved.json'), 'utf8'))
  t.regex(spec.market.sha256, /^[0-9a-f]{64}$/)
  t.not(hash, unpinned)
  await t.throwsAsync(run(other, true), { code: 'ERR_RUN_EXISTS', message: /market\.sha256/ })
  // The same prices elsewhere are the same experiment.
  copyFileSync(one, join(path, 'moved.csv'))
  await t.notThrowsAsync(run(join(path, 'moved.csv'), true))
})

test('a run that was begun by the first rules of the market is not gone on with', async (t) => {
  const out = join(folder(t), 'run')
  const run = async (market: object) => {
    for await (const _ of runExperiment(defineExperiment({ ...TINY, market } as WrittenSpec), {
      out,
      resume: true,
      until: 'train',
      threads: 1
    })) {
      // Only whether it runs matters here.
    }
  }
  await t.throwsAsync(run({ rules: 1 }), { code: 'ERR_SPEC_INVALID', message: /^market\.rules: 1 is not flown any more/ })
  await run({})
  // As an older version wrote it.
  const file = join(out, 'resolved.json')
  const resolved = JSON.parse(readFileSync(file, 'utf8'))
  delete resolved.spec.market
  writeFileSync(file, JSON.stringify(resolved))
  await t.throwsAsync(run({}), { code: 'ERR_RUN_EXISTS', message: /a run of a version without the key market/ })
})

test('two experiments at a time are each what it is alone: tasks, metrics and pictures', async (t) => {
  const path = folder(t)
  // Other days and other prices; and a script that loads one of them while both run.
  const files = [priceFile(path, 1, 2900), priceFile(path, 2)]
  const small = { ...TINY, retrain: { ...TINY.retrain, arms: ['maml'], extraSteps: 2000 } }
  const run = async (file: string, out: string) => {
    const experiment = defineExperiment({ ...small, environment: 'stock/csv', market: { file } })
    for await (const _ of runExperiment(experiment, { out: join(path, out), device: 'cpu', threads: 1 })) {
      loadPrices('stock/csv', { file: files[1] })
    }
  }
  await run(files[0], 'alone')
  await Promise.all([run(files[0], 'beside'), run(files[1], 'other')])
  const read = (name: string, out: string) => readFileSync(join(path, out, 'seed-0', name), 'utf8')
  for (const name of ['results/tasks.json', 'results/episodes.json', 'metrics.jsonl']) t.is(read(name, 'beside'), read(name, 'alone'), name)
  const periods = (out: string) => JSON.parse(read('results/tasks.json', out)).taskHigh[1]
  t.deepEqual([periods('beside'), periods('other')], [8, 5])
  t.not(read('results/episodes.json', 'other'), read('results/episodes.json', 'alone'))
})
