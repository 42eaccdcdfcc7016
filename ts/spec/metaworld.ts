/** Recipes of Meta-World's presets. */
import type { Recipe } from './schema.js'

/**
 * MAML-TRPO with the settings of the benchmark's authors' baseline (10 episodes of 500 steps, inner rate .1, trust region .01, 10 CG
 * steps), with a network of its paper. At 20 tasks two million environment steps are ten iterations.
 */
const robot = (iterations: number, tasks: number, heldOut = tasks, metaBatchSize = 20): Recipe => {
  const meta = { metaBatchSize, supportEpisodes: 10, queryEpisodes: 10 }
  return {
    policy: { hidden: [128, 128], activation: 'tanh', logStdInit: 0 },
    learner: { dtype: 'float32' },
    adapt: { rate: 'fixed', alpha: 0.1, gamma: 0.99, lambda: 1 },
    train: { phases: [{ iterations, ...meta, maxKl: 0.01 }] },
    trpo: { gamma: 0.99, lambda: 1, cgIterations: 10, damping: 1e-4, curvatureSupportRows: 500, curvatureQueryRows: 500 },
    tasks: { training: tasks, evaluation: tasks, heldOut },
    evaluate: { adaptations: 2, supportEpisodes: 10, queryEpisodes: 10 },
    explain: { episodes: 20, supportEpisodes: 10, queryEpisodes: 10 },
    augment: { mix: 'geodesic', sets: 4, tasks: 8, episodes: 4, supportEpisodes: 10, horizon: 500 },
    retrain: {
      ...meta,
      maxKl: 0.01,
      extraSteps: 20 * meta.metaBatchSize * (meta.supportEpisodes + meta.queryEpisodes) * 500,
      audit: { supportEpisodes: meta.supportEpisodes, queryEpisodes: meta.queryEpisodes },
      tw: { supportEpisodes: meta.supportEpisodes, queryEpisodes: meta.queryEpisodes }
    }
  }
}

/** Environments that are presets of their own (ML1). */
const kinds = [
  'assembly',
  'basketball',
  'bin-picking',
  'box-close',
  'button-press',
  'button-press-topdown',
  'button-press-topdown-wall',
  'button-press-wall',
  'coffee-button',
  'coffee-pull',
  'coffee-push',
  'dial-turn',
  'disassemble',
  'door-close',
  'door-lock',
  'door-open',
  'door-unlock',
  'drawer-close',
  'drawer-open',
  'faucet-close',
  'faucet-open',
  'hammer',
  'hand-insert',
  'handle-press',
  'handle-press-side',
  'handle-pull',
  'handle-pull-side',
  'lever-pull',
  'peg-insert-side',
  'peg-unplug-side',
  'pick-out-of-hole',
  'pick-place',
  'pick-place-wall',
  'plate-slide',
  'plate-slide-back',
  'plate-slide-back-side',
  'plate-slide-side',
  'push',
  'push-back',
  'push-wall',
  'reach',
  'reach-wall',
  'shelf-place',
  'soccer',
  'stick-pull',
  'stick-push',
  'sweep',
  'sweep-into',
  'window-close',
  'window-open'
] as const

type Kind = (typeof kinds)[number]

/** One kind of task: 50 goals a pool. */
const oneKind = robot(50, 50)

/** Recipes by preset. ML45 has the baseline's 45 tasks an iteration, a task of each kind, and its 90 M environment steps. */
export const metaworld = {
  'metaworld/ml10': robot(100, 100),
  'metaworld/ml45': robot(200, 225, 100, 45),
  ...(Object.fromEntries(kinds.map((kind) => [`metaworld/${kind}`, oneKind])) as Record<`metaworld/${Kind}`, Recipe>)
}
