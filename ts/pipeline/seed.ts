/** One seed of a run from its frozen tasks to its last arm: what this process, or a worker of its own, goes through. */
import type { PriceTable } from '../market/index.js'
import { worldOf } from '../own/index.js'
import type { PoolName, TasksRecord } from '../records/index.js'
import type { SeedStore } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import { type Learner, lacks, type Part, perform, type StageEvent, stagesOfPart } from '../stages/index.js'
import { environment, sampleTasks, scene } from '../worlds/index.js'

/** The frozen tasks of a seed: the same for every stage and arm. Those of a market are periods of its prices. */
function freezeTasks(spec: Spec, seed: number, prices: PriceTable | undefined): TasksRecord {
  const own = worldOf(spec)
  const info = own?.spec ?? environment(spec.environment, prices)
  const draw = (pool: PoolName, count: number) => sampleTasks(own ?? spec.environment, pool, seed, count, prices)
  const pools = {
    training: draw('training', spec.tasks.training),
    evaluation: draw('evaluation', spec.tasks.evaluation),
    heldOut: draw('heldOut', spec.tasks.heldOut)
  }
  const all = (k: number) => Object.values(pools).flatMap(({ values }) => values.map((task) => task[k]))
  const { view } = info
  const flies = view === 'plan' || view === 'arena' ? { scene: scene(spec.environment) } : {}
  const scored = info.scoredBy === 'return' ? { scoredBy: info.scoredBy } : {}
  return {
    preset: spec.environment,
    taskNames: info.taskNames,
    // A world of one's own may have no bounds: those of the tasks that there are stand for them in pictures and distances.
    taskLow: info.taskLow.map((low, k) => (own !== undefined && low === Number.NEGATIVE_INFINITY ? Math.min(...all(k)) : low)),
    taskHigh: info.taskHigh.map((high, k) => (own !== undefined && high === Number.POSITIVE_INFINITY ? Math.max(...all(k)) : high)),
    pools,
    ...scored,
    ...flies
  }
}

/** What working on a seed takes, wherever it is done. */
export interface SeedJob {
  readonly spec: Spec
  readonly seed: number
  readonly store: SeedStore
  readonly learner: Learner
  /** What of the seed's stages is done. @default all */
  readonly part?: Part
  readonly signal?: AbortSignal
  /** Notes the environment steps that a stage has spent in all. */
  recordSteps(stage: string, envSteps: number): void
}

/** Works on a seed from where its records stand; yields what its stages report, notices of the store first. */
export async function* workSeed(job: SeedJob): AsyncGenerator<StageEvent, void> {
  const { part = {}, ...rest } = job
  const { spec, seed, store } = job
  for (const text of store.notices) yield { type: 'note', seed, text }
  const tasks = store.record('tasks') ?? freezeTasks(spec, seed, job.learner.prices)
  if (!store.record('tasks')) store.writeRecord('tasks', tasks)
  const context = { ...rest, tasks }
  for (const stage of stagesOfPart(spec, part)) {
    // A report is made of what is there.
    if (part.only === 'report' && lacks(context, stage) !== undefined) continue
    yield* perform(context, stage)
  }
}
