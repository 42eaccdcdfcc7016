/** What a specification says for a world of one's own where it says nothing: defaults that follow from the world's description. */
import { BUILT_IN_ARMS, DEFAULT_ARMS } from '../arms/index.js'
import { MOST } from './numbers.js'
import type { Recipe } from './schema.js'

/** Iterations' worth of steps that every arm gets. */
const ITERATIONS = 30
/** Meta-batches of retraining. */
const TASKS = 24
const SUPPORT = 40
const QUERY = 20

/** What the recipe follows from. */
interface Described {
  horizon: number
  supportHorizon: number
  setState: boolean
  mixes: boolean
}

/**
 * The recipe of a world of one's own. Numbers of episodes are those of the planar drone's, which has episodes of 100 steps, but for
 * support episodes of retraining, which are those of training. `retrain.extraSteps` is {@link ITERATIONS} of its meta-iterations at full length, and
 * `augment.horizon` a quarter of an episode.
 */
export function ownRecipe({ horizon, supportHorizon, setState, mixes }: Described): Recipe {
  // What is no horizon is for the schema to refuse.
  if (![horizon, supportHorizon].every((steps) => Number.isInteger(steps) && steps <= MOST.count)) return {}
  return {
    train: { phases: [{ iterations: 100, metaBatchSize: TASKS, supportEpisodes: SUPPORT, queryEpisodes: QUERY, maxKl: 0.02 }] },
    adapt: { alpha: 0.5 },
    policy: { logStdInit: -0.3, logStdMin: -2.3 },
    evaluate: { adaptations: 3, supportEpisodes: 160, queryEpisodes: 40 },
    explain: { episodes: 800 },
    augment: { horizon: Math.max(2, Math.ceil(horizon / 4)), supportEpisodes: SUPPORT },
    retrain: {
      // Of the default arms those that do something where no states can be mixed.
      ...(setState && mixes ? {} : { arms: DEFAULT_ARMS.filter((name) => BUILT_IN_ARMS[name].choose !== 'all') }),
      metaBatchSize: TASKS,
      supportEpisodes: SUPPORT,
      queryEpisodes: QUERY,
      extraSteps: ITERATIONS * TASKS * (SUPPORT * supportHorizon + QUERY * horizon),
      tw: { supportEpisodes: SUPPORT }
    }
  }
}
