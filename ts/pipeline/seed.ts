/** One seed of a run from its frozen tasks to its last arm: what this process, or a worker of its own, goes through. */
import type { SeedStore } from '../run/index.js'
import { leakText } from '../select/index.js'
import type { Spec } from '../spec/index.js'
import { type Learner, lacks, type Part, perform, type StageEvent, stagesOfPart } from '../stages/index.js'
import { freezeTasks } from '../tasks/index.js'

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
  // Pools of one's own are the same for every seed, so that the first tells it.
  const leak = seed === spec.seeds[0] ? leakText(tasks) : undefined
  if (leak !== undefined) yield { type: 'note', seed, text: leak }
  const context = { ...rest, tasks }
  for (const stage of stagesOfPart(spec, part)) {
    // A report is made of what is there.
    if (part.only === 'report' && lacks(context, stage) !== undefined) continue
    yield* perform(context, stage)
  }
}
