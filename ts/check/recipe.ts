/** What a specification takes of environment steps. */
import { poolSize, type Spec } from '../spec/index.js'

/** Episodes of one task: to adapt on, and to be scored on. */
interface Flown {
  supportEpisodes: number
  queryEpisodes: number
}

/**
 * Environment steps of one seed, episodes being as long as they can be: training, every arm's own, and the evaluations of theta_0 and of
 * every arm on two pools. What explaining and augmenting take is charged to the arms.
 */
export function recipeSteps(spec: Spec, horizon: number, supportHorizon: number): number {
  const task = ({ supportEpisodes, queryEpisodes }: Flown) => supportEpisodes * supportHorizon + queryEpisodes * horizon
  const training = spec.train.phases.reduce((sum, phase) => sum + phase.iterations * phase.metaBatchSize * task(phase), 0)
  const { retrain, evaluate, tasks } = spec
  const { supportEpisodes, queryEpisodes, steps } = evaluate
  const adaptation = task({ supportEpisodes: supportEpisodes * steps, queryEpisodes })
  // A file that was not read has a size that nobody knows yet.
  const size = (poolSize(tasks.evaluation) ?? 0) + (poolSize(tasks.heldOut) ?? 0)
  const evaluation = size * evaluate.adaptations * adaptation
  return training + retrain.arms.length * retrain.extraSteps + (1 + retrain.arms.length) * evaluation
}
