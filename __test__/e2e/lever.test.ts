/** Trials of a lever by the real learner: charged, resumed from anywhere within them, on any number of threads. */
import test from 'ava'
import { defineExperiment, loadRun, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder, outcome, TINY } from '../helpers.js'

const EXPLAIN = { ...TINY.explain, source: 'evaluation', lengths: 'kept', adaptationSteps: 2 }
const written = {
  ...TINY,
  explain: EXPLAIN,
  augment: { family: 'uniform' },
  retrain: {
    ...TINY.retrain,
    arms: ['tried', 'maml'],
    define: { tried: { base: 'xmrl', lever: 'audited' } },
    extraSteps: 40_000,
    audit: { tasks: 2, supportEpisodes: 8, queryEpisodes: 4 },
    lever: { iterations: 2 }
  }
} as WrittenSpec

test('a run that is left in the middle of its trials goes on to the same bytes', async (t) => {
  const [whole, parts] = [folder(t), folder(t)].map((path) => `${path}/run`)
  const experiment = defineExperiment(written)
  await runExperiment(experiment, { out: whole, threads: 1 })
  const { tried, maml } = (await loadRun(whole)).seeds[0].records.arms
  const { lever } = tried
  t.is(lever?.trial, 2)
  t.true(lever !== undefined && lever.foretold !== undefined && lever.envSteps < tried.extraSteps)
  const last = tried.curve.at(-2)?.envSteps ?? 0
  t.true(last < 40_000 && tried.extraSteps + tried.chargedSteps >= 40_000 && tried.iterations + 4 <= maml.iterations + 1, 'equal steps')
  // After the first trial's first iteration, its last, and the second trial's first and last.
  for (const moment of [1, 2, 3, 4]) {
    let seen = 0
    for await (const event of runExperiment(experiment, { out: parts, threads: 2, resume: true })) {
      if (event.type !== 'iteration' || event.stage !== 'retrain' || event.arm !== 'tried') continue
      t.is(event.iteration, moment)
      t.is(event.of, 4)
      seen++
      break
    }
    t.is(seen, 1)
  }
  await runExperiment(experiment, { out: parts, threads: 2, resume: true })
  t.deepEqual(outcome(parts), outcome(whole))
})
