// The second round: repair that knows its dose, beside rivals made for badly served tasks. docs/protocol.md says why these.

const set = (/** @type {string[]} */ ...values) => values.flatMap((value) => ['--set', value])
const arms = (/** @type {string[]} */ list) => ['--arms', list.join(',')]
const define = (/** @type {object} */ variants) => `retrain.define=${JSON.stringify(variants)}`

/**
 * Parts of the method. `charged`: an explanation of the arm's own, of so many episodes a step, in place of the evaluation's adaptations:
 * what leaving those uncharged amounts to.
 */
const parts = (/** @type {number} */ episodes) => ({
  'no-step': { base: 'omega-only', reptileStep: 'none' },
  'minimax-mild': { base: 'minimax', minimax: { rate: 0.02 } },
  charged: { base: 'omega-only', explain: { source: 'own', episodes } }
})
/** Episodes a step of an explanation that is charged: about 6 % of an arm's steps. */
const EPISODES = { cheetah: 10, ant: 10, drone: 100, stock: 40 }
const episodesOf = (/** @type {string} */ preset) => EPISODES[/** @type {keyof typeof EPISODES} */ (preset.split(/[-/]/)[0])]
/** Rivals as tuning seeds left them (docs/protocol.md): prioritised replay with the least greedy of its temperatures. */
const TUNED = ['retrain.plr={temperature: 1}']
/** What every world is flown with. */
const CONTROLS = ['maml', 'maml-null']
const METHOD = ['xmrl', 'omega-only', 'no-step', 'charged', ...CONTROLS]
const RIVALS = ['tw', 'hardest-10', 'cvar', 'roml', 'minimax', 'minimax-mild', 'plr']
const OTHERS = ['ma', 'mr', 'random', 'nearest']

const flown = (
  /** @type {string} */ preset,
  /** @type {string} */ seeds,
  /** @type {string[]} */ list,
  /** @type {string[]} */ ...more
) => [
  ...[preset, '--seeds', seeds],
  ...arms(list),
  ...set(define(parts(episodesOf(preset))), 'explain.allowUnreliable=true', ...TUNED, ...more)
]
/** Whether to mix, chosen by trials; beside both fixed choices. */
const levered = (/** @type {string} */ preset, /** @type {string} */ seeds, /** @type {string[]} */ ...more) => [
  ...[preset, '--seeds', seeds],
  ...arms(['xmrl', 'omega-only', ...CONTROLS, 'audited']),
  ...set(
    define({ ...parts(episodesOf(preset)), audited: { base: 'xmrl', lever: 'audited' } }),
    'explain.allowUnreliable=true',
    ...TUNED,
    ...more
  )
]
/** Bodies are scored after one step alone: what two and three steps give is not asked here. */
const ONE_STEP = 'evaluate.upToSteps=0'
/** A law in which nothing is rare: the verdict is what is asked. */
const UNIFORM = ['xmrl', 'omega-only', 'maml', 'maml-null', 'hardest-10', 'tw']

/** What was tried on the planar drone's tuning seeds, one at a time around the recipe. */
const CANDIDATES = {
  'no-step': { base: 'omega-only', reptileStep: 'none' },
  k1: { base: 'omega-only', explain: { adaptationSteps: 1 } },
  k2: { base: 'omega-only', explain: { adaptationSteps: 2 } },
  unit: { base: 'omega-only', explain: { lengths: 'unit' } },
  'rho-2': { base: 'omega-only', explain: { rho: 0.02 } },
  'rho-20': { base: 'omega-only', explain: { rho: 0.2 } },
  'share-65': { base: 'omega-only', criticalShare: 0.65 },
  'share-75': { base: 'omega-only', criticalShare: 0.75 },
  again: { base: 'omega-only', rounds: 2, explain: { episodes: 100 } }
}
/** Rivals at other values of theirs; `none` is the method without its step, `step-50` with it. */
const SWEEP = {
  none: { base: 'omega-only', reptileStep: 'none' },
  'step-50': { base: 'omega-only', criticalShare: 0.5 },
  'plr-30': { base: 'plr', plr: { temperature: 0.3 } },
  'plr-100': { base: 'plr', plr: { temperature: 1 } },
  'cvar-10': { base: 'cvar', cvar: { alpha: 0.1 } },
  'cvar-30': { base: 'cvar', cvar: { alpha: 0.3 } },
  'minimax-2': { base: 'minimax', minimax: { rate: 0.02 } },
  'minimax-20': { base: 'minimax', minimax: { rate: 0.2 } },
  'roml-10': { base: 'roml', roml: { alpha: 0.1 } },
  'roml-30': { base: 'roml', roml: { alpha: 0.3 } }
}
/** Keys as they were when the tuning seeds were flown. */
const AS_TUNED = ['explain.allowUnreliable=true', 'explain.commonNumbers=false']

/**
 * Studies of the second round, by the name of its record; `rare`: what of a final study's tasks is rare in training.
 * @type {Record<string, { what: string, rare?: string, args: string[] }>}
 */
export const secondRound = {
  'tuning-rare-drone-planar': {
    what: 'tuning seeds: candidates of the recipe on the planar drone',
    args: [
      ...['drone-planar', '--seeds', '100..109'],
      ...arms([...CONTROLS, 'omega-only', 'xmrl', ...Object.keys(CANDIDATES), 'tw', 'minimax', 'roml', 'hardest-10']),
      ...set(define(CANDIDATES), ...AS_TUNED)
    ]
  },
  'tuning-rare-cheetah-vel': {
    what: 'tuning seeds: the Reptile step, and rivals at several values, on HalfCheetah',
    args: [
      ...['cheetah-vel/rare', '--seeds', '100..103'],
      ...arms([...CONTROLS, 'tw', 'hardest-10', 'xmrl', 'minimax', 'roml', 'cvar', 'plr', ...Object.keys(SWEEP)]),
      ...set(
        define(SWEEP),
        ...AS_TUNED,
        ONE_STEP,
        'explain.verdict={effectiveShare: 0.15}',
        'retrain.reptileStep={lengths: [0.05, 0.1, 0.15, 0.2, 0.3, 0.4]}',
        'retrain.audit={tasks: 20, supportEpisodes: 20, queryEpisodes: 20}'
      )
    ]
  },
  'tuning-lever-drone-planar': {
    what: 'tuning seeds: mixed episodes or not by trials, on the planar drone',
    args: levered('drone-planar', '100..109')
  },
  'tuning-lever-cheetah-vel': {
    what: 'tuning seeds: mixed episodes or not by trials, on HalfCheetah',
    args: levered('cheetah-vel/rare', '100..101', ONE_STEP)
  },
  'rare-cheetah-vel': {
    what: 'rare fast goals on HalfCheetah, every arm',
    rare: 'fast goals, one in ten',
    args: flown('cheetah-vel/rare', '200..209', [...METHOD, ...RIVALS, 'ma', 'random', 'oracle'], ONE_STEP)
  },
  'rare-ant-vel': {
    what: 'rare fast goals on Ant',
    rare: 'fast goals, one in ten',
    args: flown('ant-vel/rare', '200..209', [...METHOD, ...RIVALS, 'oracle'], ONE_STEP)
  },
  'rare-ant-goal': {
    what: 'a rare sector of goals on Ant',
    rare: 'goals in one sector, one in ten',
    args: flown('ant-goal/rare', '200..209', [...METHOD, ...RIVALS, 'oracle'], ONE_STEP)
  },
  'rare-drone-planar': {
    what: 'the planar drone again, every arm',
    rare: 'goals on one side, one in ten',
    args: flown('drone-planar', '200..219', [...METHOD, ...RIVALS, ...OTHERS, 'oracle'])
  },
  'rare-drone-quadrotor': {
    what: 'the quadrotor again',
    rare: 'goals on one side, one in ten',
    args: flown('drone-quadrotor', '200..209', [...METHOD, ...RIVALS, 'oracle'])
  },
  'rare-drone-loads': {
    what: 'rare heavy loads on the quadrotor',
    rare: 'heavy loads, one in ten',
    args: flown('drone-quadrotor/loads', '200..209', [...METHOD, ...RIVALS, 'oracle'])
  },
  'rare-stock': {
    what: 'rare low thresholds on a synthetic market',
    rare: 'low thresholds, one in ten',
    args: flown('stock/rare', '200..209', [...METHOD, ...RIVALS, 'oracle'])
  },
  'ml1-push': {
    what: "Meta-World's ML1-push, whose hidden goals nobody made rare",
    rare: 'nothing',
    args: [
      ...['metaworld/push', '--seeds', '200..201'],
      ...arms(UNIFORM),
      ...set('explain.allowUnreliable=true', ONE_STEP, 'train.phases.0.iterations=60', 'retrain.extraSteps=2000000')
    ]
  },
  ml10: {
    what: "Meta-World's ML10 from the policy of docs/reference, ten kinds of task of which some are not learned",
    rare: 'nothing',
    args: [
      ...['metaworld/ml10', '--seeds', '200'],
      ...arms(['xmrl', 'maml', 'maml-null']),
      ...set('train.initial=docs/reference/metaworld-ml10.safetensors', 'train.phases=[]', 'tasks.training=50', 'tasks.evaluation=50'),
      ...set('tasks.heldOut=50', 'evaluate.adaptations=1', 'evaluate.queryEpisodes=5', ONE_STEP, 'explain.allowUnreliable=true'),
      ...set('retrain.extraSteps=1000000')
    ]
  },
  'uniform-cheetah-vel': {
    what: 'nothing rare on HalfCheetah: does the verdict keep the loss away',
    rare: 'nothing',
    args: flown('cheetah-vel/maml', '200..209', UNIFORM, ONE_STEP, 'retrain.maxKl=0.03', 'retrain.extraSteps=9600000')
  },
  'uniform-drone-planar': {
    what: 'nothing rare on the planar drone: does the verdict keep the loss away',
    rare: 'nothing',
    args: flown('drone-planar/uniform', '200..219', UNIFORM)
  },
  'uniform-stock': {
    what: 'nothing rare on a synthetic market: does the verdict keep the loss away',
    rare: 'nothing',
    args: flown('stock/synthetic', '200..209', UNIFORM)
  }
}
