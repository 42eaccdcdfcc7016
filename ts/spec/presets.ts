/**
 * What each environment preset changes in the defaults: the recipe with which its reference figures were measured.
 * A user's own keys lie above these.
 */
import { metaworld } from './metaworld.js'
import type { Recipe } from './schema.js'

/** Rows of the drones, which take .6 of the time of float64 and learn alike (docs/learning). */
const learner = { dtype: 'float32' } as const

/** drone-planar: 200 iterations, 5.7 M environment steps, the trust region tightened for the last third. */
const imbalanced: Recipe = {
  learner,
  train: {
    phases: [
      { iterations: 100, metaBatchSize: 24, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.015 },
      { iterations: 33, metaBatchSize: 24, supportEpisodes: 160, queryEpisodes: 20, maxKl: 0.015 },
      { iterations: 67, metaBatchSize: 24, supportEpisodes: 160, queryEpisodes: 20, maxKl: 0.01 }
    ]
  },
  retrain: { arms: ['xmrl', 'maml', 'maml-null', 'ma', 'oracle'] }
}

/** drone-planar/uniform: 120 iterations, 2.4 M environment steps; its task law has no rare side, hence no oracle arm. */
const uniform: Recipe = {
  learner,
  train: {
    phases: [
      { iterations: 80, metaBatchSize: 30, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.015 },
      { iterations: 40, metaBatchSize: 30, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.01 }
    ]
  }
}

/**
 * drone-quadrotor: the planar recipe, with a wider policy for thirteen observations. Episodes are twice as many steps (10 Hz for
 * 5 Hz), so training and every arm have twice the environment steps at the same number of iterations.
 */
const quadrotor: Recipe = {
  learner,
  policy: { hidden: [64, 64] },
  train: imbalanced.train,
  augment: { mix: 'geodesic', horizon: 50 },
  retrain: { ...imbalanced.retrain, extraSteps: 12_000_000 }
}

/** drone-quadrotor/uniform: as drone-planar/uniform. */
const uniformQuadrotor: Recipe = { ...quadrotor, train: uniform.train, retrain: { extraSteps: 12_000_000 } }

/** Tasks and episodes of one reference meta-batch: 40 tasks, 20 episodes to adapt on and 20 to be scored on. */
const batch = { metaBatchSize: 40, supportEpisodes: 20, queryEpisodes: 20 }

/**
 * Walking bodies: MAML-TRPO with the settings of the reference (inner rate .1, 40 tasks × 20 episodes, 10 CG steps), states
 * mixed along geodesics and lifted out of the floor, tasks scored before and after 1 to 3 adaptation steps. Training steps
 * are longer than the reference's .01 and their curvature is damped less and measured on more rows than the drone's: HalfCheetah
 * learned in fewer environment steps so (docs/benchmarks.md, reference learning).
 */
const body = (horizon: number, policy: Recipe['policy']): Recipe => ({
  policy: { ...policy, logStdInit: 0 },
  learner: { dtype: 'float32' },
  adapt: { rate: 'fixed', alpha: 0.1, gamma: 0.99, lambda: 1 },
  train: { phases: [{ iterations: 100, ...batch, maxKl: 0.06 }] },
  trpo: { gamma: 0.99, lambda: 1, cgIterations: 10, damping: 1e-4, curvatureSupportRows: 200, curvatureQueryRows: 200 },
  tasks: { training: 40, evaluation: 40, heldOut: 40 },
  evaluate: { adaptations: 2, supportEpisodes: 20, queryEpisodes: 20, upToSteps: 3 },
  explain: { episodes: 40, supportEpisodes: 40, queryEpisodes: 40, validate: { iterations: 4, repeats: 2, leaveOut: 2 } },
  // Eight tasks: with all critical ones the law's figures took up to half of an arm's steps.
  augment: { mix: 'geodesic', repair: 'lift', sets: 4, tasks: 8, episodes: 10, supportEpisodes: 20, horizon },
  // Twenty iterations' worth of environment steps.
  retrain: {
    ...batch,
    maxKl: 0.01,
    extraSteps: 20 * batch.metaBatchSize * (batch.supportEpisodes + batch.queryEpisodes) * horizon,
    audit: { supportEpisodes: batch.supportEpisodes, queryEpisodes: batch.queryEpisodes },
    tw: { supportEpisodes: batch.supportEpisodes, queryEpisodes: batch.queryEpisodes }
  }
})

/**
 * A walking body some of whose tasks are rare in training: there is more to repair than with `body`, so retraining goes on for
 * longer, in longer steps, beside the arm that is told which training tasks are rare.
 */
const rare = (horizon: number, policy: Recipe['policy'], iterations: number): Recipe => {
  const { retrain, ...recipe } = body(horizon, policy)
  const extraSteps = iterations * batch.metaBatchSize * (batch.supportEpisodes + batch.queryEpisodes) * horizon
  return { ...recipe, retrain: { ...retrain, maxKl: 0.03, extraSteps, arms: imbalanced.retrain?.arms } }
}

/** Policy of the presets after cbfinn/maml_rl. */
const wide: Recipe['policy'] = { hidden: [100, 100], activation: 'relu' }
/** Policy of the presets after pytorch-maml-rl (`gym`) and ProMP. */
const narrow: Recipe['policy'] = { hidden: [64, 64], activation: 'tanh' }

/** Recipes of the walking bodies. */
const bodies = {
  'cheetah-vel/maml': body(200, wide),
  'cheetah-vel/gym': body(200, narrow),
  'cheetah-vel/promp': body(100, narrow),
  'cheetah-dir/gym': body(200, narrow),
  'cheetah-vel/rare': rare(200, wide, 30),
  'ant-vel/maml': body(200, wide),
  'ant-vel/maml-without-forces': body(200, wide),
  'ant-goal/promp': body(200, narrow),
  'ant-goal/maml': body(200, wide),
  'ant-dir/maml': body(200, wide),
  'ant-vel/rare': rare(200, wide, 20),
  'ant-goal/rare': rare(200, narrow, 20),
  'walker2d-vel/gym': body(200, narrow)
} satisfies Record<string, Recipe>

/**
 * point-nav: 60 iterations, 9 M environment steps: the batches of the MAML authors' script at longer steps and a shorter sight (a goal is
 * five steps away). Retraining takes a quarter of that.
 */
const point: Recipe = {
  learner,
  policy: { hidden: [64, 64] },
  adapt: { alpha: 1, gamma: 0.95, lambda: 1 },
  train: { phases: [{ iterations: 60, ...batch, maxKl: 0.05 }] },
  trpo: { gamma: 0.95 },
  tasks: { training: 40, evaluation: 40, heldOut: 40 },
  evaluate: { adaptations: 2, supportEpisodes: 20, queryEpisodes: 20, upToSteps: 3 },
  explain: { episodes: 40, supportEpisodes: 40, queryEpisodes: 40 },
  augment: { sets: 4, tasks: 8, episodes: 10, supportEpisodes: 20, horizon: 100 },
  retrain: {
    ...batch,
    maxKl: 0.03,
    extraSteps: 15 * batch.metaBatchSize * (batch.supportEpisodes + batch.queryEpisodes) * 100,
    audit: { supportEpisodes: batch.supportEpisodes, queryEpisodes: batch.queryEpisodes },
    tw: { supportEpisodes: batch.supportEpisodes, queryEpisodes: batch.queryEpisodes }
  }
}

/**
 * Stock presets: support episodes of a month from random portfolios, query episodes of a year, so that few of them make a batch;
 * explored with less noise than a drone, because every order costs. Thirty iterations' worth of steps to repair with. An explanation
 * of its own episodes would take half of them: with fewer its two halves do not agree (docs/protocol.md).
 */
const stock: Recipe = {
  policy: { hidden: [64, 64], logStdInit: -1 },
  learner: { dtype: 'float32' },
  adapt: { rate: 'learned', alpha: 0.1 },
  train: { phases: [{ iterations: 100, metaBatchSize: 20, supportEpisodes: 40, queryEpisodes: 8, maxKl: 0.02 }] },
  trpo: { curvatureSupportRows: 200, curvatureQueryRows: 200 },
  tasks: { training: 40, evaluation: 40, heldOut: 40 },
  evaluate: { adaptations: 2, supportEpisodes: 160, queryEpisodes: 16 },
  explain: { episodes: 400, supportEpisodes: 40, queryEpisodes: 16 },
  augment: { sets: 4, tasks: 8, episodes: 2, supportEpisodes: 40, horizon: 252 },
  retrain: {
    metaBatchSize: 20,
    supportEpisodes: 40,
    queryEpisodes: 8,
    extraSteps: 30 * 20 * (40 * 20 + 8 * 252),
    criticalShare: 0.75,
    audit: { supportEpisodes: 40, queryEpisodes: 8 },
    tw: { supportEpisodes: 40, queryEpisodes: 8 }
  }
}

/** SHA-256 of the prices of stock/sp20. */
const SP20 = '5f769c6d7be57f62a4dfd1f553995855462a17c92b21a4af4245439c6115617f'

const recipes = {
  'drone-planar': imbalanced,
  'drone-planar/uniform': uniform,
  'drone-quadrotor': quadrotor,
  'drone-quadrotor/uniform': uniformQuadrotor,
  'drone-quadrotor/clean': quadrotor,
  'drone-quadrotor/wind': quadrotor,
  'drone-quadrotor/mass': quadrotor,
  'drone-quadrotor/loads': quadrotor,
  ...bodies,
  'point-nav': point,
  'point-nav/gym': point,
  'point-nav/rare': { ...point, retrain: { ...point.retrain, arms: imbalanced.retrain?.arms } },
  'stock/synthetic': stock,
  'stock/sp20': { ...stock, market: { sha256: SP20 } },
  'stock/csv': stock,
  'stock/rare': { ...stock, retrain: { ...stock.retrain, arms: imbalanced.retrain?.arms } },
  ...metaworld
} satisfies Record<string, Recipe>

/** Name of an environment preset of the package; a test holds it to the addon's list. */
export type Preset = keyof typeof recipes
/** Recipe of every environment preset, by preset name. */
export const presets: Readonly<Record<string, Recipe>> = recipes
