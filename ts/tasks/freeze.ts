/** The pools of tasks of a seed: drawn by a law, listed, or read from a file; frozen in a record with where they came from. */

import { basename } from 'node:path'
import { XmrlError } from '../errors.js'
import type { PriceTable } from '../market/index.js'
import { nativeMarket } from '../market/index.js'
import { coreAddon, guarded } from '../native.js'
import { worldOf } from '../own/index.js'
import type { PoolName, TaskSource, TasksRecord } from '../records/index.js'
import {
  type EnvironmentSpec,
  type Experiment,
  environmentSpecOf,
  POOL_KEYS,
  type PoolSource,
  poolSource,
  rowProblem,
  type Spec,
  withTaskFiles
} from '../spec/index.js'
import { environment, sampleTasks, scene, type TaskLaw, type TaskPool } from '../worlds/index.js'
import { taskBounds } from './bounds.js'
import { type PlacedTask, readTaskFile } from './file.js'

type Law = PoolSource & { from: 'law' }
type Data = Exclude<PoolSource, Law>

/**
 * The experiment with what its files of tasks hold: their SHA-256, which its hash then covers, how many tasks there are and whether they
 * are marked.
 * @throws XmrlError `ERR_SPEC_INVALID` (no such file, another SHA-256), `ERR_TASK` naming file, line and column
 */
export function withTasks(experiment: Experiment): Experiment {
  const { spec } = experiment
  const read = POOL_KEYS.flatMap((key) => {
    const source = poolSource(spec.tasks[key])
    if (source.from !== 'file') return []
    const { tasks, marked, sha256 } = readTaskFile(`tasks.${key}`, source.file, aboutOf(spec), source.sha256)
    return [[key, { sha256, rows: tasks.length, marked }] as const]
  })
  return read.length === 0 ? experiment : withTaskFiles(experiment, Object.fromEntries(read))
}

/** What is known of an environment's tasks before its prices are. */
const aboutOf = (spec: Spec): EnvironmentSpec<string> => environmentSpecOf(spec) ?? environment(spec.environment)

/**
 * Refuses tasks of one's own that the environment does not take, or a preset on which arms are scored too.
 * @throws XmrlError `ERR_TASK` naming the row or the file's line, the number and what is taken
 */
export function checkTasks(spec: Spec, prices: PriceTable | undefined): void {
  const world = worldOf(spec)
  const own = world?.spec ?? environment(spec.environment, prices)
  for (const pool of POOL_KEYS) {
    const source = poolSource(spec.tasks[pool])
    if (source.from === 'law') continue
    const tasks = rowsOf(source, pool, own)
    for (const task of tasks) {
      if (world === undefined) checkTask(task, own, prices)
      else world.checkTask(task.values, task.place)
    }
    if (pool === 'training') continue
    for (const name of spec.evaluate.transfer) {
      const other = environment(name)
      for (const { values, place } of tasks) {
        const text = rowProblem(values, other)
        if (text !== undefined) throw new XmrlError('ERR_TASK', `${place}: on ${name} of evaluate.transfer: ${text}`)
      }
    }
  }
}

function checkTask({ values, place }: PlacedTask, own: EnvironmentSpec<string>, prices: PriceTable | undefined): void {
  const text = rowProblem(values, own)
  if (text !== undefined) throw new XmrlError('ERR_TASK', `${place}: ${text}`)
  try {
    guarded(() => coreAddon().checkTask(own.preset, Float64Array.from(values), nativeMarket(own.preset, prices)))
  } catch (error) {
    if (!(error instanceof XmrlError)) throw error
    throw new XmrlError(error.code, `${place}: ${error.message.replace(/^task 0: /, '')}`, { cause: error })
  }
}

/** The tasks that a specification lists, or its file. */
function rowsOf(source: Data, pool: PoolName, about: EnvironmentSpec<string>): readonly PlacedTask[] {
  if (source.from === 'file') return readTaskFile(`tasks.${pool}`, source.file, about, source.sha256).tasks
  return source.rows.map((row, at) => ({ ...row, place: `tasks.${pool}.${at}` }))
}

/** The frozen tasks of a seed: the same for every stage and arm. Those of a market are periods of its prices. Errors: as {@link checkTasks}. */
export function freezeTasks(spec: Spec, seed: number, prices: PriceTable | undefined): TasksRecord {
  const own = worldOf(spec)
  const info = own?.spec ?? environment(spec.environment, prices)
  const training = poolSource(spec.tasks.training)
  const drawn = (pool: PoolName, { count, law }: Law) =>
    sampleTasks(own ?? spec.environment, pool, seed, count, prices, own === undefined ? lawOf(training) : law)
  const pools = {} as Record<PoolName, TaskPool>
  const sources = {} as Record<PoolName, TaskSource>
  for (const pool of POOL_KEYS) {
    const source = poolSource(spec.tasks[pool])
    pools[pool] = source.from === 'law' ? drawn(pool, source) : listed(source, rowsOf(source, pool, info))
    sources[pool] = sourceOf(source, pool, info)
  }
  const { view } = info
  const flies = view === 'plan' || view === 'arena' ? { scene: scene(spec.environment) } : {}
  const scored = info.scoredBy === 'return' ? { scoredBy: info.scoredBy } : {}
  const kinds = info.kinds === undefined ? {} : { kinds: info.kinds }
  const { taskNames } = info
  return { preset: spec.environment, taskNames, ...taskBounds(info, pools), ...kinds, pools, sources, ...scored, ...flies }
}

/**
 * The law of the training pool, by which the pools that are drawn tell their rare tasks; nothing is rare where the training tasks are
 * given. Tasks that are measured on are the same under every law. Undefined: the preset's own.
 */
function lawOf(training: PoolSource): TaskLaw | undefined {
  if (training.from !== 'law') return 'uniform'
  if (training.law === undefined) return undefined
  return training.rare === undefined ? 'uniform' : { law: 'rare', ...training.rare }
}

function listed(source: Data, tasks: readonly PlacedTask[]): TaskPool {
  const values = tasks.map((task) => [...task.values])
  return source.marked ? { values, rare: tasks.map(({ rare }) => rare) } : { values }
}

/** What the record keeps of where the tasks of a pool came from. */
function sourceOf(source: PoolSource, pool: PoolName, { taskLaws: [own], rareness }: EnvironmentSpec<string>): TaskSource {
  if (source.from === 'rows') return { from: 'rows' }
  if (source.from === 'file') return { from: 'file', file: basename(source.file), ...(source.sha256 ? { sha256: source.sha256 } : {}) }
  const { law = own, rare = rareness } = source
  if (law !== 'rare' || rare === undefined || rareness === undefined) return { from: 'law', law }
  // What is rare in training is drawn like all else in the other pools.
  if (pool !== 'training') return { from: 'law', law: 'uniform' }
  const { share, part, end } = rare
  return { from: 'law', law, share, part, end, on: rareness.on, turns: rareness.turns }
}
