/** The whole pipeline: train, evaluate, find the poor tasks, explain, augment, retrain every arm, evaluate, report. */
import { availableParallelism } from 'node:os'
import { XmrlError } from '../errors.js'
import { readPrices } from '../market/index.js'
import { chooseDevice, openedLibtorch } from '../native.js'
import { kindOf, type RecordName, type SeedRecords, type TableRecord } from '../records/index.js'
import { renderReport, tableFiles } from '../report/index.js'
import { type LoadedRun, loadRun, RunDirectory } from '../run/index.js'
import { buildTable, seedScores } from '../select/index.js'
import {
  defineExperiment,
  type Experiment,
  hashSpec,
  isMarket,
  MOST_THREADS,
  registered,
  type Spec,
  type WrittenSpec,
  whole
} from '../spec/index.js'
import {
  type ComputeOptions,
  checkpointOf,
  checkTransfer,
  Learner,
  type Product,
  readInitial,
  stagesOf,
  type Until
} from '../stages/index.js'
import type { RunEvent } from './events.js'
import { failedSeeds, runParallel, type SeedFailure } from './parallel.js'
import { workSeed } from './seed.js'

export interface RunOptions extends ComputeOptions {
  /** The run directory; made if it is not there. */
  out: string
  /** Go on with the run that is in it. @default false */
  resume?: boolean
  /** Stops the run after saving; the generator then throws `ERR_ABORTED`. */
  signal?: AbortSignal
  /** Stops after a stage (`validate`: the explanation, checked by interventions); `resume` goes on from there. */
  until?: Until
  /** The specification's text, kept word for word. */
  specText?: string
  /**
   * Work on so many seeds at a time, each in a process of its own with `threads` threads (by default the cores divided by
   * `jobs`); a seed that fails then does not stop the others. `cores`: one a core, or one on a GPU. The outcome is the same.
   * @default one after the other, in this process
   */
  jobs?: number | 'cores'
}

/** How seeds are worked on: in this process (no `jobs`), or by so many at a time. */
function sharing({ seeds }: Spec, { jobs, threads, device }: RunOptions): { jobs?: number; threads?: number } {
  if (jobs === undefined || seeds.length === 1) return { threads }
  const cores = availableParallelism()
  const wanted = jobs === 'cores' ? (chooseDevice(device ?? 'auto').device === 'cuda' ? 1 : cores) : whole('jobs', jobs, 1, MOST_THREADS)
  const most = Math.min(wanted, seeds.length)
  return { jobs: most, threads: threads ?? Math.max(1, Math.floor(cores / most)) }
}

type Seed = LoadedRun['seeds'][number]

/** What a seed still lacks of what the specification asks for, in words; empty where it is complete. */
function missing(spec: Spec, { records, stages }: Seed, until?: Until): string[] {
  const made = (product: Product) => {
    const stage = checkpointOf(product)
    return stage === undefined ? recordOf(records, product as RecordName) !== undefined : stage in stages
  }
  const lacking = stagesOf(spec, until).flatMap(({ makes, lacking }) => (lacking === undefined || makes.every(made) ? [] : [lacking]))
  return [...new Set(lacking)]
}

/** A record by its file name. */
function recordOf(records: SeedRecords, name: RecordName): unknown {
  const kind = kindOf(name)
  if (kind === undefined) return undefined
  const arm = name.slice(kind.length + 1)
  if (kind === 'evaluation') return records.evaluations[arm]
  return kind === 'arm' ? records.arms[arm] : records[kind]
}

/** True where a seed has everything that the specification asks for. */
const complete = (spec: Spec, seed: Seed) => missing(spec, seed).length === 0

/** The error of a run that nobody stopped and nothing failed in, and that yet lacks what it was asked for; undefined where nothing is lacking. */
function incomplete(spec: Spec, { seeds }: LoadedRun, until: Until | undefined): XmrlError | undefined {
  const gaps = spec.seeds.flatMap((number) => {
    const seed = seeds.find((each) => each.seed === number)
    const lacks = seed === undefined ? ['everything'] : missing(spec, seed, until)
    return lacks.length > 0 ? [`seed ${number} lacks ${lacks.join(', ')}`] : []
  })
  if (gaps.length === 0) return undefined
  return new XmrlError(
    'ERR_RECORD_INVALID',
    `the run ended without all that was asked for: ${gaps.join('; ')}; run again with --resume to go on`
  )
}

/** Writes the table over a directory's complete seeds, from records alone; undefined where no seed is complete. */
function writeTable(open: RunDirectory, spec: Spec, run: LoadedRun): TableRecord | undefined {
  const done = run.seeds.filter((seed) => complete(spec, seed))
  if (done.length === 0) return undefined
  const scores = done.map(({ seed, records }) => seedScores(seed, records))
  const table = buildTable(scores, { variants: run.experiment.spec.retrain.define })
  if (run.seeds.length === 1) open.seed(done[0].seed).writeRecord('table', table)
  else open.writeTable(table)
  for (const [name, text] of Object.entries(tableFiles(table, run.experiment.spec.environment))) open.writeFile(name, text)
  return table
}

/** Every seed in this process, one after the other; the first failure ends the run. */
async function* runSeeds(open: RunDirectory, spec: Spec, first: Learner, options: RunOptions): AsyncGenerator<RunEvent, SeedFailure[]> {
  let learner: Learner | undefined = first
  try {
    for (const seed of spec.seeds) {
      learner ??= new Learner(spec, seed, options)
      const { until, signal } = options
      yield* workSeed({
        spec,
        seed,
        store: open.seed(seed),
        learner,
        until,
        signal,
        recordSteps: (stage, steps) => open.recordSteps(seed, stage, steps)
      })
      await learner.dispose()
      learner = undefined
    }
    return []
  } finally {
    await learner?.dispose()
  }
}

/** The experiment with the hash of the prices that it trades at, so that its own hash covers them. */
function withPrices(experiment: Experiment): Experiment {
  const { environment, market } = experiment.spec
  if (isMarket(environment) && market.rules !== 2)
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `market.rules: ${market.rules} is not flown any more; only the version of xmrl that made the run can go on with it`
    )
  const prices = readPrices(environment, market)
  if (prices === undefined || prices.sha256 === market.sha256) return experiment
  const spec: Spec = { ...experiment.spec, market: { ...market, sha256: prices.sha256 } }
  return { ...experiment, spec, hash: hashSpec(spec) }
}

/** What was decided about a user's prices when they were read. */
function pricesRead({ environment, market }: Spec): string[] {
  const notes = registered(environment)?.prices === 'files' ? readPrices(environment, market)?.reading.notes : undefined
  return (notes ?? []).map((note) => `prices: ${note}`)
}

/**
 * Runs an experiment in a run directory, yielding typed events; every finished stage is on disk before the next begins.
 * Stopping (`signal`, leaving the loop over the events, or a crash) and running again with `resume` gives the same weights and
 * metrics, byte for byte. Whoever leaves the loop early (`break`, `return`, an exception of its own) waits until the run has saved.
 * Errors: every `XmrlError` of the stages; `ERR_ABORTED` when stopped; with `jobs`, that of the first seed that failed;
 * `ERR_RECORD_INVALID` where a seed or an arm that was asked for is not in the records at the end.
 */
export async function* runExperiment(experiment: Experiment | WrittenSpec, options: RunOptions): AsyncGenerator<RunEvent, void> {
  const leaving = new AbortController()
  const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([options.signal, leaving.signal])
  const events = run(experiment, { ...options, signal })
  // True while the caller has an event.
  let left = false
  try {
    for (;;) {
      const next = await events.next()
      if (next.done) break
      left = true
      yield next.value
      left = false
    }
  } finally {
    // Left early: the run is stopped as by a signal, so that every stage, in whatever process, saves what it has.
    if (left) {
      leaving.abort()
      await untilStopped(events)
    }
  }
}

/** Lets a run that was told to stop come to its end. */
async function untilStopped(events: AsyncGenerator<RunEvent, void>): Promise<void> {
  try {
    while (!(await events.next()).done);
  } catch (error) {
    if (!XmrlError.is(error, 'ERR_ABORTED')) throw error
  }
}

async function* run(experiment: Experiment | WrittenSpec, options: RunOptions): AsyncGenerator<RunEvent, void> {
  const given = 'spec' in experiment && 'hash' in experiment ? (experiment as Experiment) : defineExperiment(experiment as WrittenSpec)
  const defined = withPrices(given)
  const { spec } = defined
  checkTransfer(spec)
  const { jobs, threads } = sharing(spec, options)
  // Made before the directory, so that a missing libtorch or device leaves nothing behind.
  const learner = new Learner(spec, spec.seeds[0], { ...options, threads: threads ?? options.threads })
  let directory: RunDirectory | undefined
  try {
    const libtorch = openedLibtorch()?.version
    const initial = readInitial(spec, options.out, learner)
    directory = RunDirectory.open(options.out, defined, {
      resume: options.resume ?? false,
      initial,
      device: learner.device,
      threads: learner.threads,
      libtorch,
      specText: options.specText
    })
    const open = directory
    const share = jobs === undefined ? '' : `${jobs} ${jobs === 1 ? 'seed' : 'seeds'} at a time, `
    const each = learner.threads === 1 ? 'thread' : 'threads'
    yield {
      type: 'note',
      text: `${learner.deviceNote}, ${share}${learner.threads} ${each}${libtorch === undefined ? '' : `, libtorch ${libtorch}`}`
    }
    for (const text of pricesRead(spec)) yield { type: 'note', text }
    const failures =
      jobs === undefined ? yield* runSeeds(open, spec, learner, options) : yield* inWorkers(open, spec, learner, jobs, options)
    const loaded = await loadRun(open.path)
    const lacking = failures.length > 0 ? failedSeeds(failures, spec.seeds.length) : incomplete(spec, loaded, options.until)
    if (options.until !== undefined) {
      if (lacking !== undefined) throw lacking
      yield* stopEarly(open, spec, options.until)
      return
    }
    const table = writeTable(open, spec, loaded)
    if (table !== undefined) {
      yield { type: 'table', seeds: [...table.seeds], table }
      if (lacking === undefined) open.setStatus('done')
      const path = open.writeFile('report.html', await renderReport(await loadRun(open.path)))
      yield { type: 'report', path }
    }
    if (lacking !== undefined) throw lacking
  } catch (error) {
    try {
      directory?.setStatus(XmrlError.is(error, 'ERR_ABORTED') ? 'stopped' : 'failed')
    } catch {
      // A full or read-only disk: the first error is the one to report.
    }
    throw error
  } finally {
    directory?.close()
    await learner.dispose()
  }
}

/** Every seed in a worker; this process's learner has shown that device and libtorch are there, and is let go. */
async function* inWorkers(
  open: RunDirectory,
  spec: Spec,
  learner: Learner,
  jobs: number,
  { until, signal }: RunOptions
): AsyncGenerator<RunEvent, SeedFailure[]> {
  const { device, threads } = learner
  await learner.dispose()
  return yield* runParallel(open, spec, { jobs, threads, device, until, signal })
}

/** Ends a run that was asked to stop after a stage; one that was done and had nothing added stays so. */
async function* stopEarly(open: RunDirectory, spec: Spec, until: Until): AsyncGenerator<RunEvent, void> {
  const { seeds } = await loadRun(open.path)
  const done = open.before?.status === 'done' && open.before.seeds.length === seeds.length && seeds.every((seed) => complete(spec, seed))
  open.setStatus(done ? 'done' : 'stopped')
  if (done && until === 'validate') {
    // A finished run's report shows what was added to it.
    yield { type: 'report', path: open.writeFile('report.html', await renderReport(await loadRun(open.path))) }
    return
  }
  yield { type: 'note', text: done ? 'nothing left to do: the run is done' : `stopped after ${until}, as asked; --resume goes on` }
}
