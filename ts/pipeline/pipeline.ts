/** The whole pipeline: train, evaluate, find the poor tasks, explain, augment, retrain every arm, evaluate, report; or a part of it. */
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import { readPrices, withPrices } from '../market/index.js'
import { chooseDevice, openedLibtorch } from '../native.js'
import { openExperiment, withOpenedWorld } from '../own/index.js'
import { grown, type LoadedRun, loadRun, RunDirectory, readResolved } from '../run/index.js'
import { canMix, defineExperiment, type Experiment, registered, type Spec, type WrittenSpec } from '../spec/index.js'
import { type ComputeOptions, checkTransfer, Learner, type Part, readInitial } from '../stages/index.js'
import { checkTasks, withTasks } from '../tasks/index.js'
import type { RunEvent } from './events.js'
import type { RunOptions } from './options.js'
import { incomplete, report, stillDone, tableAndReport } from './outcome.js'
import { failedSeeds, runParallel, type SeedFailure } from './parallel.js'
import { workSeed } from './seed.js'

/** A device with the head of its reason, for a line of the terminal; `xmrl doctor` has the whole. */
const brief = (note: string) => note.split(': ').slice(0, 2).join(': ')

/** How seeds are worked on: in this process (no `jobs`), or by so many at a time. */
function sharing({ seeds }: Spec, { jobs, threads, device }: Assignment): { jobs?: number; threads?: number } {
  if (jobs === undefined || seeds.length === 1) return { threads }
  const cores = availableParallelism()
  const wanted = jobs === 'cores' ? (chooseDevice(device ?? 'auto').device === 'cuda' ? 1 : cores) : jobs
  const most = Math.min(wanted, seeds.length)
  return { jobs: most, threads: threads ?? Math.max(1, Math.floor(cores / most)) }
}

/** Of what is asked of a run, what a learner takes. */
const computing = ({ device, rollouts, threads }: Assignment): ComputeOptions => defined({ device, rollouts, threads })

/** Every seed in this process, one after the other; the first failure ends the run. */
async function* runSeeds(open: RunDirectory, spec: Spec, first: Learner, assignment: Assignment): AsyncGenerator<RunEvent, SeedFailure[]> {
  let learner: Learner | undefined = first
  try {
    for (const seed of spec.seeds) {
      learner ??= new Learner(spec, seed, computing(assignment))
      const { part, signal } = assignment
      yield* workSeed({
        spec,
        seed,
        store: open.seed(seed),
        learner,
        part,
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

/** What was decided about a user's prices when they were read. */
function pricesRead({ environment, market }: Spec): string[] {
  const notes = registered(environment)?.prices === 'files' ? readPrices(environment, market)?.reading.notes : undefined
  return (notes ?? []).map((note) => `prices: ${note}`)
}

/** What a world of the user's own cannot do, and what follows from it. */
function worldNotes(spec: Spec): string[] {
  if (spec.world === null) return []
  const { environment, world } = spec
  const why = world.setState ? 'states cannot be mixed' : 'episodes cannot begin in a given state'
  return [
    ...(canMix(spec)
      ? []
      : [`${environment}: ${why}, so nothing is augmented: arms of the explanation favour its tasks and mix no episodes`]),
    ...(world.deterministic
      ? []
      : [`${environment}: not deterministic, so a resumed run is not bit for bit the run that was never stopped`])
  ]
}

/** What a Python world runs on that is another version than when the run was last worked on: its source may be the same and its steps not. */
function otherVersions(then: Readonly<Record<string, string>> = {}, now: Readonly<Record<string, string>> = {}): string[] {
  // Packages that only one of them has imported are none that changed.
  const changed = Object.keys(then).filter((name) => now[name] !== undefined && now[name] !== then[name])
  if (changed.length === 0) return []
  const texts = changed.map((name) => `${name} ${then[name]} then, ${now[name]} now`)
  return [
    `the world runs on other versions than when this run was last worked on (${texts.join('; ')}): its numbers may differ from those before`
  ]
}

/** An experiment as it is, or what was written of one made into it, once its world is opened. */
export async function experimentOf<Defined extends string>(given: Experiment | WrittenSpec<Defined>): Promise<Experiment> {
  if ('spec' in given && 'hash' in given) return given
  return defineExperiment(await withOpenedWorld(given as WrittenSpec<Defined>))
}

/** What is asked of a run: options, and which part of it is done. */
export interface Assignment extends Omit<RunOptions, 'until'> {
  part: Part
}

/**
 * Works on a part of an experiment in a run directory, yielding typed events; every finished stage is on disk before the next begins.
 * Errors: every `XmrlError` of the stages; `ERR_ABORTED` when stopped; with `jobs`, that of the first seed that failed;
 * `ERR_RECORD_INVALID` where a seed or an arm that was asked for is not in the records at the end.
 */
export async function* work<Defined extends string>(
  given: Experiment | WrittenSpec<Defined>,
  assignment: Assignment
): AsyncGenerator<RunEvent, void> {
  const { out, resume = false, part } = assignment
  const experiment = await experimentOf(given)
  const world = await openExperiment(experiment)
  const moved = otherVersions(readResolved(resolve(out))?.spec.world?.versions, world?.record.versions)
  const asked = withTasks(withPrices(experiment))
  const whole = grown(resolve(out), asked, resume)
  const { spec } = whole
  checkTransfer(spec)
  const { jobs, threads } = sharing(spec, assignment)
  // Made before the directory, so that a missing libtorch or device leaves nothing behind.
  const learner = new Learner(spec, spec.seeds[0], defined({ ...computing(assignment), threads: threads ?? assignment.threads }))
  let directory: RunDirectory | undefined
  try {
    const libtorch = openedLibtorch()?.version
    checkTasks(spec, learner.prices)
    const initial = readInitial(spec, out, learner)
    directory = RunDirectory.open(out, whole, {
      resume,
      initial,
      device: learner.device,
      threads: learner.threads,
      libtorch,
      specText: assignment.specText
    })
    const open = directory
    const share = jobs === undefined ? '' : `${jobs} ${jobs === 1 ? 'seed' : 'seeds'} at a time, `
    const each = learner.threads === 1 ? 'thread' : 'threads'
    yield {
      type: 'note',
      text: `${brief(learner.deviceNote)}${learner.flownBy === 'cpu' ? '' : `, episodes flown by ${learner.flownBy}`}, ${share}${learner.threads} ${each}${libtorch === undefined ? '' : `, libtorch ${libtorch}`}`
    }
    for (const text of [...alsoThere(asked.spec, spec), ...pricesRead(spec), ...worldNotes(spec), ...moved]) yield { type: 'note', text }
    const failures =
      jobs === undefined ? yield* runSeeds(open, spec, learner, assignment) : yield* inWorkers(open, spec, learner, jobs, assignment)
    const loaded = await loadRun(open.path)
    const lacking = failures.length > 0 ? failedSeeds(failures, spec.seeds.length) : incomplete(spec, loaded, part)
    if (part.until === undefined && (part.only ?? 'report') === 'report') {
      yield* tableAndReport(open, loaded, part.only === 'report')
      if (lacking !== undefined) throw lacking
    } else {
      if (lacking !== undefined) throw lacking
      yield* stopEarly(open, loaded, part)
    }
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

/** What is worked on though it was not asked for: it belongs to the run that is gone on with. */
function alsoThere(asked: Spec, whole: Spec): string[] {
  const more = (name: string, there: readonly unknown[], wanted: readonly unknown[]) => {
    const others = there.filter((each) => !wanted.includes(each))
    return others.length === 0 ? [] : [`${name} ${others.join(', ')}`]
  }
  const found = [...more('seeds', whole.seeds, asked.seeds), ...more('arms', whole.retrain.arms, asked.retrain.arms)]
  return found.length === 0 ? [] : [`of this run too: ${found.join('; ')}`]
}

/** Every seed in a worker; this process's learner has shown that device and libtorch are there, and is let go. */
async function* inWorkers(
  open: RunDirectory,
  spec: Spec,
  learner: Learner,
  jobs: number,
  { part, signal }: Assignment
): AsyncGenerator<RunEvent, SeedFailure[]> {
  const { device, threads, rollouts } = learner
  await learner.dispose()
  return yield* runParallel(open, spec, defined({ jobs, threads, device, rollouts, part, signal }))
}

/** Ends a run of which a part was asked for; one that was done and had nothing added stays so. */
async function* stopEarly(open: RunDirectory, loaded: LoadedRun, { until, only }: Part): AsyncGenerator<RunEvent, void> {
  const done = stillDone(open, loaded)
  open.setStatus(done ? 'done' : 'stopped')
  // A finished run's report shows what was added to it.
  if (done && (until ?? only) === 'validate') yield await report(open)
  else if (until !== undefined)
    yield { type: 'note', text: done ? 'nothing left to do: the run is done' : `stopped after ${until}, as asked; --resume goes on` }
}
