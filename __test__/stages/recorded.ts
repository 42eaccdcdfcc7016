/** Whole seeds over the recording learner, and what tests read of its tape. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineExperiment, loadRun, type RunEvent, type SeedRecords, type WrittenSpec, XmrlError } from '../../ts/index.js'
import { workSeed } from '../../ts/pipeline/seed.js'
import { RunDirectory } from '../../ts/run/index.js'
import type { Spec } from '../../ts/spec/index.js'
import { Learner, type Until } from '../../ts/stages/index.js'
import { FIRST_METHOD } from '../helpers.js'
import { type Call, newTape, onTape, type Tape } from './recording.js'

/** Every stage, with numbers that tell from which key of the specification each came. */
export const SMALL = {
  environment: 'drone-planar',
  seeds: [5],
  tasks: { training: 8, evaluation: 6, heldOut: 4 },
  policy: { hidden: [2] },
  train: {
    phases: [
      { iterations: 2, metaBatchSize: 3, supportEpisodes: 11, queryEpisodes: 2, maxKl: 0.03 },
      { iterations: 3, metaBatchSize: 4, supportEpisodes: 12, queryEpisodes: 3, maxKl: 0.02 },
      { iterations: 1, metaBatchSize: 5, supportEpisodes: 13, queryEpisodes: 4, maxKl: 0.01 }
    ],
    monitorEvery: 3
  },
  evaluate: { adaptations: 2, supportEpisodes: 14, queryEpisodes: 5 },
  poor: { fraction: 0.34 },
  explain: {
    ...FIRST_METHOD.explain,
    episodes: 15,
    supportEpisodes: 16,
    queryEpisodes: 6,
    validate: { iterations: 2, supportEpisodes: 17, queryEpisodes: 7, maxKl: 0.04, top: 2, leaveOut: 1, repeats: 2 }
  },
  augment: { family: 'kumaraswamy', steps: 3, sets: 2, episodes: 3, supportEpisodes: 18, horizon: 9 },
  retrain: {
    ...FIRST_METHOD.retrain,
    arms: ['xmrl', 'maml'],
    extraSteps: 20_000,
    metaBatchSize: 6,
    supportEpisodes: 19,
    queryEpisodes: 8,
    maxKl: 0.05,
    tw: { supportEpisodes: 21, queryEpisodes: 9, rows: 5 }
  },
  checkpoint: { every: 4, keep: 2 }
}

/** Where this process's runs lie: in memory where the system has such a place and TMPDIR names no other, since a run syncs every record. */
const memory = process.env.TMPDIR === undefined && existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const place = mkdtempSync(join(memory, 'xmrl-recorded-'))
process.once('exit', () => rmSync(place, { recursive: true, force: true }))
/** A fresh run directory's path. */
export const freshRun = (): string => join(mkdtempSync(join(place, 'run-')), 'run')

/** {@link SMALL} with some keys of its sections replaced. */
export const small = (change: { [section: string]: unknown } = {}): WrittenSpec => {
  const merged = Object.entries(change).map(([key, value]) => {
    const below = (SMALL as Record<string, unknown>)[key]
    return [key, typeof value === 'object' && !Array.isArray(value) ? { ...(below as object), ...value } : value]
  })
  return { ...SMALL, ...Object.fromEntries(merged) } as WrittenSpec
}

/** A call and the stage in which it was made, such as `retrain maml`; empty between stages (own choices, pictures). */
export type Staged = Call & { stage: string }

/** What one seed did. */
export interface Recorded {
  out: string
  spec: Spec
  tape: Tape
  calls: Staged[]
  events: RunEvent[]
  records: SeedRecords
  error?: XmrlError
}

export interface RecordOptions {
  /** Where it lies; a run that is there goes on. @default a fresh folder */
  out?: string
  world?: Parameters<typeof newTape>[0]
  until?: Until
  /** Asks the run to stop after this event. */
  stop?: (event: RunEvent) => boolean
}

/** Works on the seed of an experiment over the recording learner, from where its directory stands. */
export async function record(written: WrittenSpec, options: RecordOptions = {}): Promise<Recorded> {
  const { out = freshRun(), world = {}, until, stop = () => false } = options
  const experiment = defineExperiment(written)
  const { spec } = experiment
  const tape = newTape(world)
  const calls: Staged[] = []
  const events: RunEvent[] = []
  const abort = new AbortController()
  let stage = ''
  let error: XmrlError | undefined
  const directory = RunDirectory.open(out, experiment, { resume: true })
  try {
    await onTape(tape, async () => {
      const [seed] = spec.seeds
      const learner = new Learner(spec, seed, { device: 'cpu', threads: 1 })
      const work = workSeed({
        spec,
        seed,
        store: directory.seed(seed),
        learner,
        ...(until === undefined ? {} : { part: { until } }),
        signal: abort.signal,
        recordSteps: (name, envSteps) => directory.recordSteps(seed, name, envSteps)
      })
      const collect = () => {
        for (const call of tape.calls.slice(calls.length)) calls.push({ ...call, stage })
      }
      for await (const event of work) {
        collect()
        events.push(event)
        if (event.type === 'stage-started') stage = event.skipped ? '' : `${event.stage}${event.arm === undefined ? '' : ` ${event.arm}`}`
        if (event.type === 'stage-finished') stage = ''
        if (stop(event)) abort.abort()
      }
      collect()
    })
  } catch (caught) {
    if (!(caught instanceof XmrlError)) throw caught
    error = caught
  } finally {
    for (const call of tape.calls.slice(calls.length)) calls.push({ ...call, stage })
    directory.close()
  }
  const { records } = (await loadRun(out)).seeds[0]
  return { out, spec, tape, calls, events, records, ...(error === undefined ? {} : { error }) }
}

/** Which tasks of a pool a call was about, in its order. */
export function idsIn({ records }: Recorded, pool: 'training' | 'evaluation' | 'heldOut', tasks: readonly (readonly number[])[]): number[] {
  const known = records.tasks?.pools[pool].values.map(String) ?? []
  return tasks.map((task) => known.indexOf(String(task)))
}

/** The pool that a call's tasks are all of. */
export function poolOf(run: Recorded, { tasks }: Call): string {
  const pools = (['training', 'evaluation', 'heldOut'] as const).filter((pool) => idsIn(run, pool, tasks).every((id) => id >= 0))
  return pools.join()
}

/** Calls of one stage, of one method where that is named; throws where there is none, so that no test looks at nothing. */
export function during({ calls }: Recorded, stage: string, method?: Call['method']): Staged[] {
  const found = calls.filter((call) => call.stage === stage && (method === undefined || call.method === method))
  if (found.length === 0) throw new Error(`no ${method ?? 'call'} during ${stage}`)
  return found
}

/** The weights of a seed after training. */
export const theta0 = ({ spec }: Recorded) => {
  const iterations = spec.train.phases.reduce((sum, phase) => sum + phase.iterations, 0)
  return `${spec.seeds[0]} 0:0+${iterations}`
}
