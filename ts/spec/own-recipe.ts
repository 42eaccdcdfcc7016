/** What a specification says for a world of one's own where it says nothing: defaults that follow from the world's description. */
import { BUILT_IN_ARMS, DEFAULT_ARMS } from '../arms/index.js'
import { MOST } from './numbers.js'
import type { Recipe } from './schema.js'

/** Iterations' worth of steps that every arm gets. */
const ITERATIONS = 30
/** Tasks of a meta-batch, and episodes that each is scored on. */
const TASKS = 24
const QUERY = 20
/** Episodes that a task adapts on: while theta_0 is young, when it goes on, and when it is measured. */
const SUPPORT = { training: 40, retraining: 160, evaluation: 400 }

/** What the recipe follows from. */
interface Described {
  horizon: number
  supportHorizon: number
  setState: boolean
  mixes: boolean
}

/**
 * The recipe of a world of one's own. Numbers of episodes are those of the planar drone; retraining takes half of the drone's trust region. On the point of
 * `xmrl init` (one seed), whose episodes are twice as long, meta-training that went on with training's 40 support episodes and the drone's trust region fell from
 * .82 to .59 of success; as it is here, from .84 to .81. `retrain.extraSteps` is {@link ITERATIONS} of its meta-iterations at full length, `augment.horizon` a quarter of an episode.
 */
export function ownRecipe({ horizon, supportHorizon, setState, mixes }: Described): Recipe {
  // What is no horizon is for the schema to refuse.
  if (![horizon, supportHorizon].every((steps) => Number.isInteger(steps) && steps <= MOST.count)) return {}
  return {
    train: { phases: [{ iterations: 100, metaBatchSize: TASKS, supportEpisodes: SUPPORT.training, queryEpisodes: QUERY, maxKl: 0.02 }] },
    adapt: { alpha: 0.5 },
    evaluate: { supportEpisodes: SUPPORT.evaluation },
    augment: { horizon: Math.max(2, Math.ceil(horizon / 4)) },
    retrain: {
      // Of the default arms those that do something where no states can be mixed.
      ...(setState && mixes ? {} : { arms: DEFAULT_ARMS.filter((name) => BUILT_IN_ARMS[name].choose !== 'all') }),
      metaBatchSize: TASKS,
      supportEpisodes: SUPPORT.retraining,
      queryEpisodes: QUERY,
      maxKl: 0.005,
      extraSteps: ITERATIONS * TASKS * (SUPPORT.retraining * supportHorizon + QUERY * horizon)
    }
  }
}
