/** Meta-batches of an arm that draws them by a law which it learns: the sampler held in the loop, and what is saved of it. */
import { type Favoured, type MetaBatch, samplingOf } from '../arms/index.js'
import type { ResolvedArm } from '../spec/index.js'
import { draws, PURPOSE } from '../statistics/index.js'
import type { StageContext } from './context.js'
import type { Steering } from './loop.js'

/** An arm's sampler. */
export interface SampledBatches {
  /** The meta-batch of an iteration, by what was learned of those before it. */
  batch(iteration: number): MetaBatch
  /** Learns of every meta-batch; flies nothing. */
  steering: Steering
  /** The law as it is. */
  favoured(): Favoured[]
}

/** The sampler of an arm at its start; undefined for one that draws by a plan. */
export function sampledOf({ spec, seed, tasks }: StageContext, arm: ResolvedArm): SampledBatches | undefined {
  if (arm.sampler === undefined) return undefined
  const { roml, minimax, plr, metaBatchSize } = spec.retrain
  const options = { roml: { ...roml, ...arm.roml }, minimax: { ...minimax, ...arm.minimax }, plr: { ...plr, ...arm.plr } }
  const sampling = samplingOf(arm.sampler, options, tasks.pools.training.values.length)
  const tasksOf = (iteration: number) =>
    sampling.draw(metaBatchSize, draws(seed, PURPOSE.metaBatch, arm.stream * 2 ** 32 + iteration)).tasks
  return {
    batch: (iteration) => ({ tasks: tasksOf(iteration), mixedEpisodes: new Array<number>(metaBatchSize).fill(0) }),
    steering: {
      state: () => sampling.state() as ReturnType<Steering['state']>,
      restore: (state) => sampling.restore(state),
      after(iteration, { taskReturns, taskAdvantages }) {
        // The batch that was flown is the one that the same state draws again.
        const flown = tasksOf(iteration - 1)
        sampling.learn({ tasks: flown, returns: Array.from(taskReturns), advantages: Array.from(taskAdvantages) })
        return { envSteps: 0, metrics: {} }
      }
    },
    favoured: () => sampling.law().flatMap((weight, task) => (weight > 0 ? [{ task, weight }] : []))
  }
}
