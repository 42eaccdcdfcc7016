// The studies behind docs/results: what each flies. `npm run study -- <name>` carries one out; docs/protocol.md says why these.

import { secondRound } from './second.mjs'

/** The doses that were chosen on tuning seeds; see docs/protocol.md. */
const STRONG = 'retrain.criticalShare=0.75'
const MILD = 'retrain.criticalShare=0.5'
const DRONE = ['learner.dtype=float32', 'explain.allowUnreliable=true']

/** Variants of xmrl that were tried one at a time on tuning seeds. */
const CANDIDATES = {
  'share-25': { base: 'xmrl', criticalShare: 0.25 },
  'share-75': { base: 'xmrl', criticalShare: 0.75 },
  'mixed-25': { base: 'xmrl', mixedShare: 0.25 },
  'rho-02': { base: 'xmrl', explain: { rho: 0.02 } },
  'rho-20': { base: 'xmrl', explain: { rho: 0.2 } },
  layers: { base: 'xmrl', explain: { metric: 'layers' } },
  fisher: { base: 'xmrl', explain: { metric: 'fisher' } },
  beta: { base: 'xmrl', augment: { family: 'beta' } },
  twice: { base: 'xmrl', rounds: 2 },
  implicit: { base: 'xmrl', explain: { solver: 'implicit', minimumReliability: -1 } },
  alternating: { base: 'xmrl', explain: { solver: 'alternating', minimumReliability: -1 } },
  'kl-020': { base: 'xmrl', maxKl: 0.02 },
  'kl-005': { base: 'xmrl', maxKl: 0.005 }
}

const set = (...values) => values.flatMap((value) => ['--set', value])
const arms = (list) => ['--arms', list.join(',')]
/** A specification's text is YAML, of which JSON is a part. */
const define = (variants) => `retrain.define=${JSON.stringify(variants)}`

const CONTROLS = ['maml', 'maml-null']
const ALL = [
  ...['xmrl', 'omega-only', ...CONTROLS, 'ma', 'ma-beta-0.2', 'ma-beta-0.5', 'ma-beta-2', 'ma-critical', 'tw', 'tw-influence', 'mr'],
  ...['random', 'nearest', 'hardest']
]
/** The paper's own solvers, whose choice is used however little it repeats. */
const SOLVERS = {
  'xmrl-implicit': { base: 'xmrl', explain: { solver: 'implicit', minimumReliability: -1 } },
  'xmrl-alternating': { base: 'xmrl', explain: { solver: 'alternating', minimumReliability: -1 } }
}
const own = (explain) => ({ base: 'omega-only', explain: { minimumReliability: -1, ...explain } })
const INFLUENCE = {
  implicit: own({ solver: 'implicit' }),
  gradient: own({ solver: 'gradient' }),
  'gauss-newton': own({ solver: 'gauss-newton' }),
  alternating: own({ solver: 'alternating' }),
  layers: own({ metric: 'layers' }),
  fisher: own({ metric: 'fisher' })
}
const N_CRI = Object.fromEntries([10, 20, 40].map((share) => [`xmrl-${share}`, { base: 'xmrl', criticalFraction: share / 100 }]))
/** Presets as they were when these were flown: the mixing law's figures were measured on every critical task. */
/** Turbulence of the sample covariance, thresholds in [.4 n, 2 n]: flown with the version of the record's commit only. */
const FIRST_MARKET = 'market.rules=1'
const EVERY_CRITICAL = 'augment.tasks=null'
/** Milder doses, weighed by what they cost the other tasks. */
const DOSES = {
  'share-60': { base: 'xmrl', criticalShare: 0.6 },
  'n-40': { base: 'xmrl', criticalFraction: 0.4, criticalShare: 0.75 },
  'n-40-half': { base: 'xmrl', criticalFraction: 0.4 }
}
/** The paper's influence from several batches, averaged robustly or not. */
const ROBUST = {
  'gradient-mean': own({ solver: 'gradient', batches: 4 }),
  'gradient-median': own({ solver: 'gradient', batches: 4, average: 'median' }),
  'implicit-median': own({ solver: 'implicit', batches: 4, average: 'median' })
}
/** Mixed episodes that are cut short; whole ones have 25 steps. */
const LENGTHS = Object.fromEntries([5, 10].map((steps) => [`mixed-${steps}`, { base: 'xmrl', mixedHorizon: steps }]))
const body = (preset, weights) => [
  preset,
  ...['--seeds', '0..4'],
  ...arms(['xmrl', 'omega-only', ...CONTROLS, 'ma', 'tw', 'mr']),
  ...set(
    `train.initial=docs/reference/${weights}.safetensors`,
    'train.phases=[]',
    'evaluate.upToSteps=0',
    'explain.allowUnreliable=true',
    EVERY_CRITICAL
  )
]

/** HalfCheetah's reference policy, repaired within the trust region that it was trained with. */
const wider = (seeds) => [
  ...['cheetah-vel/maml', '--seeds', seeds],
  ...arms([...CONTROLS, 'xmrl', 'omega-only']),
  ...set('retrain.maxKl=0.06', 'train.initial=docs/reference/cheetah-vel-maml-longest.safetensors', 'train.phases=[]'),
  ...set('evaluate.upToSteps=0', 'explain.allowUnreliable=true')
]

/** The explanation as it was when these were flown: one adaptation step, of its own episodes, each direction divided by its length. */
const FIRST_EXPLANATION = ['source=own', 'commonNumbers=false', 'lengths=unit', 'adaptationSteps=null', 'verdict=null'].map(
  (key) => `explain.${key}`
)
/** Retraining as it was: no step before it, and one share for all of it. */
const FIRST_RETRAINING = [
  'retrain.reptileStep=null',
  'retrain.dose=null',
  'retrain.audit={tasks: 10, adaptations: 1, supportEpisodes: 40, queryEpisodes: 20}'
]

/** Studies of the first round, by the name of its record. */
const firstRound = {
  'drone-planar-tuning': {
    what: 'tuning seeds: candidates of the recipe, one at a time',
    args: [
      ...['drone-planar', '--seeds', '100..109'],
      ...arms([...CONTROLS, 'xmrl', 'omega-only', 'oracle', 'tw', 'nearest', ...Object.keys(CANDIDATES)]),
      ...set(define(CANDIDATES), ...DRONE)
    ]
  },
  'drone-planar-final': {
    what: 'every arm, imbalanced task law',
    args: [
      ...['drone-planar', '--seeds', '0..9'],
      ...arms([...ALL, 'oracle', ...Object.keys(SOLVERS), ...Object.keys(N_CRI)]),
      ...set(define({ ...SOLVERS, ...N_CRI }), STRONG, ...DRONE)
    ]
  },
  'drone-planar-confirmation': {
    what: 'fresh seeds, imbalanced task law',
    args: ['drone-planar', '--seeds', '20..39', ...arms(['xmrl', 'omega-only', ...CONTROLS]), ...set(STRONG, ...DRONE)]
  },
  'drone-planar-dose': {
    what: 'tuning seeds: milder doses, weighed by what they cost the other tasks',
    args: [
      ...['drone-planar', '--seeds', '100..109'],
      ...arms([...CONTROLS, 'xmrl', ...Object.keys(DOSES)]),
      ...set(define(DOSES), MILD, ...DRONE)
    ]
  },
  'drone-planar-longer': {
    what: 'tuning seeds: arms three times as long',
    args: [
      ...['drone-planar', '--seeds', '100..103'],
      ...arms([...CONTROLS, 'xmrl', 'omega-only']),
      ...set('retrain.extraSteps=18000000', MILD, ...DRONE)
    ]
  },
  'drone-planar-robust': {
    what: 'tuning seeds: meta-gradients from several batches, averaged robustly',
    args: [
      ...['drone-planar', '--seeds', '100..109'],
      ...arms([...CONTROLS, 'omega-only', ...Object.keys(ROBUST)]),
      ...set(define(ROBUST), MILD, ...DRONE)
    ]
  },
  'drone-planar-mixed': {
    what: 'tuning seeds: how long mixed episodes are',
    args: [
      ...['drone-planar', '--seeds', '100..109'],
      ...arms([...CONTROLS, 'omega-only', 'xmrl', ...Object.keys(LENGTHS)]),
      ...set(define(LENGTHS), MILD, ...DRONE)
    ]
  },
  'drone-planar-mild': {
    what: 'fresh seeds, imbalanced task law, the milder dose',
    args: ['drone-planar', '--seeds', '40..59', ...arms(['xmrl', 'omega-only', ...CONTROLS]), ...set(MILD, ...DRONE)]
  },
  'drone-planar-uniform': {
    what: 'every arm, uniform task law',
    args: ['drone-planar/uniform', '--seeds', '0..9', ...arms(ALL), ...set(MILD, ...DRONE)]
  },
  'drone-planar-influence': {
    what: 'tuning seeds: what explanations say of a task against what raising it alone does',
    args: [
      ...['drone-planar', '--seeds', '100..103'],
      ...arms(['maml', 'maml-null', 'xmrl', 'omega-only', ...Object.keys(INFLUENCE)]),
      ...set(define(INFLUENCE), 'retrain.extraSteps=1500000', MILD, ...DRONE)
    ],
    validate: ['raiseEach=true', 'repeats=5', 'iterations=10', 'leaveOut=1']
  },
  'drone-quadrotor': {
    what: 'main arms, the full quadrotor',
    args: [
      ...['drone-quadrotor', '--seeds', '0..9'],
      ...arms(['xmrl', 'omega-only', ...CONTROLS, 'tw', 'oracle']),
      ...set('explain.allowUnreliable=true', 'evaluate.transfer=[drone-quadrotor/wind, drone-quadrotor/mass, drone-quadrotor/clean]')
    ]
  },
  stock: {
    what: 'main arms, real prices, years that no earlier stage saw',
    args: [
      'stock/sp20',
      '--seeds',
      '0..9',
      ...arms(['xmrl', 'omega-only', ...CONTROLS, 'ma', 'tw', 'mr', 'nearest']),
      ...set('explain.allowUnreliable=true', EVERY_CRITICAL, FIRST_MARKET)
    ]
  },
  'stock-tuning': {
    what: 'tuning seeds: doses on real prices',
    args: [
      ...['stock/sp20', '--seeds', '100..104'],
      ...arms([...CONTROLS, 'xmrl', 'share-25', 'share-75']),
      ...set(
        define({ 'share-25': { base: 'xmrl', criticalShare: 0.25 }, 'share-75': { base: 'xmrl', criticalShare: 0.75 } }),
        'explain.allowUnreliable=true',
        // The preset as it was then.
        'explain.episodes=80',
        'augment.episodes=6',
        EVERY_CRITICAL,
        'retrain.extraSteps=1126400',
        'retrain.criticalShare=0.5',
        FIRST_MARKET
      )
    ]
  },
  'cheetah-tuning': { what: 'tuning seeds: HalfCheetah with the trust region of its training', args: wider('100..103') },
  'cheetah-confirmation': { what: 'fresh seeds: HalfCheetah with the trust region of its training', args: wider('10..19') },
  'cheetah-vel': { what: 'HalfCheetah from its reference policy', args: body('cheetah-vel/maml', 'cheetah-vel-maml-longest') },
  'ant-vel': { what: 'Ant from its reference policy', args: body('ant-vel/maml', 'ant-vel-maml-longer') }
}

/** By the name of its record. */
export const studies = {
  ...Object.fromEntries(
    Object.entries(firstRound).map(([name, { args, ...study }]) => [
      name,
      { ...study, args: [...args, ...set(...FIRST_EXPLANATION, ...FIRST_RETRAINING)] }
    ])
  ),
  ...secondRound
}
