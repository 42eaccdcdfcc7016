// The second round: repair that knows its dose, beside rivals made for badly served tasks. docs/protocol.md says why these.

const set = (...values) => values.flatMap((value) => ['--set', value])
const arms = (list) => ['--arms', list.join(',')]
const define = (variants) => `retrain.define=${JSON.stringify(variants)}`

/**
 * Parts of the method. `charged`: an explanation of the arm's own, of so many episodes a step, in place of the evaluation's adaptations:
 * what leaving those uncharged amounts to.
 */
const parts = (episodes) => ({
  'no-step': { base: 'omega-only', reptileStep: 'none' },
  'minimax-mild': { base: 'minimax', minimax: { rate: 0.02 } },
  charged: { base: 'omega-only', explain: { source: 'own', episodes } }
})
/** Episodes a step of an explanation that is charged: about 6 % of an arm's steps. */
const EPISODES = { cheetah: 10, ant: 10, drone: 100, stock: 40 }
/** What every world is flown with. */
const METHOD = ['xmrl', 'omega-only', 'no-step', 'charged', 'maml', 'maml-null']
const RIVALS = ['tw', 'hardest-10', 'cvar', 'roml', 'minimax', 'minimax-mild', 'plr']
const OTHERS = ['ma', 'mr', 'random', 'nearest']

const flown = (preset, seeds, list, ...more) => [
  ...[preset, '--seeds', seeds],
  ...arms(list),
  ...set(define(parts(EPISODES[preset.split('-')[0].split('/')[0]])), 'explain.allowUnreliable=true', ...TUNED, ...more)
]
/** Bodies are scored after one step alone: what two and three steps give is not asked here. */
const ONE_STEP = 'evaluate.upToSteps=0'
/** A law in which nothing is rare: the verdict is what is asked. */
const UNIFORM = ['xmrl', 'omega-only', 'maml', 'maml-null', 'hardest-10', 'tw']

/** Studies of the second round, by the name of its record. */
export const secondRound = {
  'rare-cheetah-vel': {
    what: 'rare fast goals on HalfCheetah, every arm',
    args: flown('cheetah-vel/rare', '200..209', [...METHOD, ...RIVALS, 'ma', 'random', 'oracle'], ONE_STEP)
  },
  'rare-ant-vel': {
    what: 'rare fast goals on Ant',
    args: flown('ant-vel/rare', '200..209', [...METHOD, ...RIVALS, 'oracle'], ONE_STEP)
  },
  'rare-ant-goal': {
    what: 'a rare sector of goals on Ant',
    args: flown('ant-goal/rare', '200..209', [...METHOD, ...RIVALS, 'oracle'], ONE_STEP)
  },
  'rare-drone-planar': {
    what: 'the planar drone again, every arm',
    args: flown('drone-planar', '200..219', [...METHOD, ...RIVALS, ...OTHERS, 'oracle'])
  },
  'rare-drone-quadrotor': {
    what: 'the quadrotor again',
    args: flown('drone-quadrotor', '200..209', [...METHOD, ...RIVALS, 'oracle'])
  },
  'rare-drone-loads': {
    what: 'rare heavy loads on the quadrotor',
    args: flown('drone-quadrotor/loads', '200..209', [...METHOD, ...RIVALS, 'oracle'])
  },
  'rare-stock': {
    what: 'rare low thresholds on a synthetic market',
    args: flown('stock/rare', '200..209', [...METHOD, ...RIVALS, 'oracle'])
  },
  'uniform-cheetah-vel': {
    what: 'nothing rare on HalfCheetah: does the verdict keep the loss away',
    args: flown('cheetah-vel/maml', '200..209', UNIFORM, ONE_STEP, 'retrain.maxKl=0.03', 'retrain.extraSteps=9600000')
  },
  'uniform-drone-planar': {
    what: 'nothing rare on the planar drone: does the verdict keep the loss away',
    args: flown('drone-planar/uniform', '200..219', UNIFORM)
  },
  'uniform-stock': {
    what: 'nothing rare on a synthetic market: does the verdict keep the loss away',
    args: flown('stock/synthetic', '200..209', UNIFORM)
  }
}
