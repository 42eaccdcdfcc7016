/** Callers that leave the loop over a run's events, and runs that end without all that was asked for. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  defineExperiment,
  Learner,
  loadRun,
  type RunEvent,
  type RunInProgress,
  type RunOptions,
  runExperiment,
  sampleTasks
} from '../../ts/index.js'
import { RunDirectory } from '../../ts/run/index.js'
import { train } from '../../ts/stages/train.js'
import { folder, outcome, TINY } from '../helpers.js'

const experiment = (change: object = {}) =>
  defineExperiment({ ...TINY, checkpoint: { every: 100, keep: 2 }, ...change } as Parameters<typeof defineExperiment>[0])
const metricsOf = (out: string) => readFileSync(join(out, 'seed-0', 'metrics.jsonl'), 'utf8')
const seven = (event: RunEvent) => event.type === 'iteration' && event.stage === 'train' && event.iteration >= 7

/** Ways to leave a run at an event. */
const WAYS: Readonly<Record<string, (events: RunInProgress, when: (event: RunEvent) => boolean) => Promise<void>>> = {
  break: async (events, when) => {
    for await (const event of events) if (when(event)) break
  },
  'return()': async (events, when) => {
    for (let next = await events.next(); !next.done && !when(next.value); ) next = await events.next()
    await events.return()
  },
  'throw()': async (events, when) => {
    for (let next = await events.next(); !next.done && !when(next.value); ) next = await events.next()
    await events.throw(new Error('of the caller'))
  },
  'an exception': async (events, when) => {
    for await (const event of events) if (when(event)) throw new Error('of the caller')
  }
}

test('however a caller leaves a run, it is saved, stopped, not locked, and goes on to the same bytes', async (t) => {
  const until = { until: 'train' } as const
  const whole = join(folder(t), 'run')
  for await (const _ of runExperiment(experiment(), { out: whole, ...until }));
  for (const [way, leave] of Object.entries(WAYS)) {
    const out = join(folder(t), 'run')
    const left = leave(runExperiment(experiment(), { out, ...until }), seven)
    if (way === 'an exception' || way === 'throw()') t.is((await t.throwsAsync(left))?.message, 'of the caller')
    else await left
    const run = await loadRun(out)
    t.is(run.seeds[0].stages.train, 7, way)
    t.is(run.manifest.status, 'stopped', way)
    t.false(existsSync(join(out, '.lock')), way)
    for await (const _ of runExperiment(experiment(), { out, resume: true, ...until }));
    t.is(metricsOf(out), metricsOf(whole), way)
    t.deepEqual((await loadRun(out)).seeds[0].weights(), (await loadRun(whole)).seeds[0].weights(), way)
  }
})

test('a caller that leaves while seeds are worked on in processes of their own finds every one saved', async (t) => {
  const out = join(folder(t), 'run')
  const seen = new Map<number, number>()
  const long = { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 300 }] }
  const options: RunOptions = { out, until: 'train', jobs: 2 }
  for await (const event of runExperiment(experiment({ seeds: [0, 3], train: long, checkpoint: { every: 300, keep: 2 } }), options)) {
    if (event.type === 'iteration') seen.set(event.seed, event.iteration)
    if ([0, 3].every((seed) => (seen.get(seed) ?? 0) >= 2)) break
  }
  const run = await loadRun(out)
  t.is(run.manifest.status, 'stopped')
  for (const seed of run.seeds) {
    t.true(seed.stages.train >= (seen.get(seed.seed) ?? 0), `seed ${seed.seed}`)
    t.false(existsSync(join(seed.path, '.lock')))
  }
})

test('leaving while the mixing law is learned keeps its steps too', async (t) => {
  const out = join(folder(t), 'run')
  for await (const event of runExperiment(experiment(), { out }))
    if (event.type === 'iteration' && event.stage === 'augment' && event.iteration >= 2) break
  const { seeds, manifest } = await loadRun(out)
  t.is(manifest.status, 'stopped')
  t.is(seeds[0].stages.augment, 2)
})

test('leaving in an evaluation keeps what was measured, displacements too: it goes on where it was, to the same bytes', async (t) => {
  const given = experiment({ evaluate: { ...TINY.evaluate, upToSteps: 2 }, explain: { episodes: 10, allowUnreliable: true } })
  const until = { until: 'explain' } as const
  const [whole, out] = [join(folder(t), 'run'), join(folder(t), 'run')]
  for await (const _ of runExperiment(given, { out: whole, ...until }));
  const measures: number[] = []
  for (const last of [2, 5, 9, 99]) {
    const stopping = new AbortController()
    const flown = async () => {
      for await (const event of runExperiment(given, { out, resume: true, ...until, signal: stopping.signal })) {
        if (event.type !== 'iteration' || event.stage !== 'evaluate') continue
        measures.push(event.iteration)
        if (event.iteration !== last) continue
        if (last !== 5) break
        stopping.abort()
      }
    }
    if (last === 5) await t.throwsAsync(flown(), { code: 'ERR_ABORTED' })
    else await flown()
    const { stages } = (await loadRun(out)).seeds[0]
    t.is(stages['measured-theta_0'] as number | undefined, last === 99 ? undefined : last)
  }
  // Pools: training twice, the others three times; two other numbers of steps.
  t.deepEqual(
    measures,
    Array.from({ length: 10 }, (_, i) => i + 1)
  )
  t.deepEqual(outcome(out), outcome(whole))
})

test('a stage that is left saves as well', async (t) => {
  const given = experiment()
  const directory = RunDirectory.open(join(folder(t), 'run'), given)
  const learner = new Learner(given.spec, 0)
  const store = directory.seed(0)
  const tasks = { pools: { training: sampleTasks('drone-planar', 'training', 0, 8) } } as never
  const context = { spec: given.spec, seed: 0, store, learner, tasks, recordSteps: () => {} }
  for await (const event of train(context)) if (seven(event)) break
  t.is(store.checkpoint('train')?.iteration, 7)
  t.deepEqual(Buffer.from(store.checkpoint('train')?.files['weights.safetensors'] ?? []), Buffer.from(learner.checkpoint()))
  directory.close()
  await learner.dispose()
})

test('a run whose records lack what was asked for has failed, though nobody stopped it and nothing else did', async (t) => {
  const small = { retrain: { ...TINY.retrain, arms: ['maml', 'ma'] } }
  const cases: [object, string[], RegExp][] = [
    [{ ...small, seeds: [0, 3] }, ['seed-3/results/evaluation-maml.json'], /seed 3 lacks arm maml; run again with --resume/],
    [small, ['seed-0/results/arm-maml.json', 'seed-0/results/evaluation-maml.json'], /seed 0 lacks arm maml; /]
  ]
  for (const [change, files, message] of cases) {
    const out = join(folder(t), 'run')
    const events: RunEvent[] = []
    const last = (event: RunEvent) => event.type === 'stage-started' && event.stage === 'evaluate' && event.arm === 'ma'
    const work = (async () => {
      for await (const event of runExperiment(experiment(change), { out })) {
        events.push(event)
        if (last(event)) for (const file of files) rmSync(join(out, file), { force: true })
      }
    })()
    await t.throwsAsync(work, { code: 'ERR_RECORD_INVALID', message })
    t.is((await loadRun(out)).manifest.status, 'failed')
    const seeds = events.flatMap((event) => (event.type === 'table' ? event.seeds : []))
    t.deepEqual(seeds, 'seeds' in change ? [0] : [], 'the table over what is there')
  }
})
