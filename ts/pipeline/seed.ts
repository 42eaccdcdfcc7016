/** One seed of a run from its frozen tasks to its last arm: what this process, or a worker of its own, goes through. */
import { methodOf } from '../arms/index.js'
import type { PriceTable } from '../market/index.js'
import type { PoolName, TasksRecord } from '../records/index.js'
import type { SeedStore } from '../run/index.js'
import type { Spec } from '../spec/index.js'
import {
  augment,
  evaluate,
  explain,
  findPoor,
  type Learner,
  recordFlights,
  retrain,
  type StageContext,
  type StageEvent,
  throwIfAborted,
  train,
  transfer,
  validate
} from '../stages/index.js'
import { environment, sampleTasks, scene } from '../worlds/index.js'

/** A stage after which a run can stop; `validate` is done only where it is asked for. */
export type Until = 'train' | 'evaluate' | 'explain' | 'validate' | 'augment'

/** The frozen tasks of a seed: the same for every stage and arm. Those of a market are periods of its prices. */
function freezeTasks(spec: Spec, seed: number, prices: PriceTable | undefined): TasksRecord {
  const info = environment(spec.environment, prices)
  const draw = (pool: PoolName, count: number) => sampleTasks(spec.environment, pool, seed, count, prices)
  const flies = info.family.startsWith('drone-') ? { scene: scene(spec.environment) } : {}
  const scored = info.scoredBy === 'return' ? { scoredBy: info.scoredBy } : {}
  return {
    preset: spec.environment,
    taskNames: info.taskNames,
    taskLow: info.taskLow,
    taskHigh: info.taskHigh,
    pools: {
      training: draw('training', spec.tasks.training),
      evaluation: draw('evaluation', spec.tasks.evaluation),
      'held-out': draw('held-out', spec.tasks.heldOut)
    },
    ...scored,
    ...flies
  }
}

/** Every stage of one seed, each skipped where its record is there. */
async function* runSeed(context: StageContext, until: Until | undefined): AsyncGenerator<StageEvent, void> {
  const { spec } = context
  yield* train(context)
  if (until === 'train') return
  const before = yield* evaluate(context, 'theta_0')
  if (until === 'evaluate') return
  const poor = yield* findPoor(context, before)
  const explanation = yield* explain(context, poor, before)
  if (until === 'validate') yield* validate(context, poor, explanation)
  if (until === 'explain' || until === 'validate') return
  const augmentation = yield* augment(context, explanation)
  if (until === 'augment') return
  for (const arm of spec.retrain.arms) {
    yield* retrain(context, arm, explanation, augmentation)
    yield* evaluate(context, arm)
  }
  yield* transfer(context)
  throwIfAborted(context)
  await recordFlights(context, poor, methodOf(spec.retrain.arms) ?? spec.retrain.arms[0])
}

/** What working on a seed takes, wherever it is done. */
export interface SeedJob {
  readonly spec: Spec
  readonly seed: number
  readonly store: SeedStore
  readonly learner: Learner
  readonly until?: Until
  readonly signal?: AbortSignal
  /** Notes the environment steps that a stage has spent in all. */
  recordSteps(stage: string, envSteps: number): void
}

/** Works on a seed from where its records stand; yields what its stages report, notices of the store first. */
export async function* workSeed(job: SeedJob): AsyncGenerator<StageEvent, void> {
  const { until, ...rest } = job
  const { spec, seed, store } = job
  for (const text of store.notices) yield { type: 'note', seed, text }
  const tasks = store.record('tasks') ?? freezeTasks(spec, seed, job.learner.prices)
  if (!store.record('tasks')) store.writeRecord('tasks', tasks)
  yield* runSeed({ ...rest, tasks }, until)
}
