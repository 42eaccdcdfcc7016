/** Runs of older versions, whose one seed lies flat: read where they are, gone on with in a folder of the seed's own. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadRun, RunDirectory } from '../../ts/run/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { experiment, folder, iterate, pipeline, poor } from './helpers.js'

/** A run as older versions laid it out: the seed's files in the run's folder. */
function flat(out: string, work: (run: RunDirectory) => void): void {
  const run = RunDirectory.open(out, experiment())
  work(run)
  run.close()
  const own = join(out, 'seed-0')
  for (const name of readdirSync(own)) {
    if (name !== 'results') renameSync(join(own, name), join(out, name))
    else {
      mkdirSync(join(out, 'results'), { recursive: true })
      for (const file of readdirSync(join(own, name))) renameSync(join(own, name, file), join(out, name, file))
    }
  }
  cpSync(out, `${out}-before`, { recursive: true })
}

const files = (path: string) =>
  Object.fromEntries(
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(path.length + 1), readFileSync(file, 'latin1')])
  )

test('a flat run is read as it lies, and nothing of it moves', async (t) => {
  const out = join(folder(t), 'run')
  flat(out, pipeline)
  const before = files(out)
  const run = await loadRun(out)
  t.is(run.seeds[0].path, out)
  t.deepEqual(run.seeds[0].records.poor, poor)
  t.deepEqual(run.seeds[0].stages, { train: 10, 'retrain-xmrl': 6 })
  t.is(run.metrics.length, 17)
  t.deepEqual(files(out), before)
})

test('going on with a flat run moves its seed into a folder, byte for byte, and more seeds lie beside it', async (t) => {
  const out = join(folder(t), 'run')
  flat(out, (run) => iterate(run.seed(0), 'train', 10, 5))
  const { 'metrics.jsonl': begun } = files(out)
  const more = defineExperiment({ checkpoint: { every: 4, keep: 3 }, seeds: [0, 3] })
  const again = RunDirectory.open(out, more, { resume: true })
  t.false(existsSync(join(out, 'metrics.jsonl')) || existsSync(join(out, 'checkpoints')) || existsSync(join(out, 'timing.jsonl')))
  t.is(files(out)[join('seed-0', 'metrics.jsonl')], begun)
  iterate(again.seed(0), 'train', 10)
  iterate(again.seed(3), 'train', 4)
  again.close()
  const whole = join(folder(t), 'whole')
  const fresh = RunDirectory.open(whole, more)
  iterate(fresh.seed(0), 'train', 10)
  fresh.close()
  t.is(readFileSync(join(out, 'seed-0', 'metrics.jsonl'), 'utf8'), readFileSync(join(whole, 'seed-0', 'metrics.jsonl'), 'utf8'))
  t.deepEqual(
    (await loadRun(out)).seeds.map(({ seed, stages }) => [seed, stages.train]),
    [
      [0, 10],
      [3, 4]
    ]
  )
})

test('a move that was cut off is gone on with', async (t) => {
  const out = join(folder(t), 'run')
  flat(out, pipeline)
  mkdirSync(join(out, 'seed-0', 'results'), { recursive: true })
  renameSync(join(out, 'results', 'poor.json'), join(out, 'seed-0', 'results', 'poor.json'))
  renameSync(join(out, 'checkpoints'), join(out, 'seed-0', 'checkpoints'))
  RunDirectory.open(out, experiment(), { resume: true }).close()
  const run = await loadRun(out)
  t.is(run.seeds[0].path, join(out, 'seed-0'))
  t.deepEqual(run.seeds[0].records.poor, poor)
  t.deepEqual(run.seeds[0].stages, { train: 10, 'retrain-xmrl': 6 })
})

test('a flat run that may not be gone on with is left as it lies', (t) => {
  const out = join(folder(t), 'run')
  flat(out, pipeline)
  const before = files(out)
  const other = defineExperiment({ checkpoint: { every: 4, keep: 3 }, explain: { episodes: 3 } })
  t.throws(() => RunDirectory.open(out, other, { resume: true }), { code: 'ERR_RUN_EXISTS' })
  t.deepEqual(files(out), before)
})

test('a choice of tasks by seed grows with the seeds, and is not changed for those that are there', (t) => {
  const out = join(folder(t), 'run')
  const given = (seeds: number[], tasks: Record<string, number[]>) =>
    defineExperiment({ seeds, retrain: { arms: ['mine'], define: { mine: { choose: 'given', tasks } } } })
  RunDirectory.open(out, given([0], { 0: [1, 2] })).close()
  const grown = RunDirectory.open(out, given([3], { 3: [4] }), { resume: true })
  t.deepEqual(grown.experiment.spec.retrain.define.mine.tasks, { 0: [1, 2], 3: [4] })
  grown.close()
  t.throws(() => RunDirectory.open(out, given([0], { 0: [1] }), { resume: true }), { code: 'ERR_RUN_EXISTS', message: /another arm mine/ })
})
