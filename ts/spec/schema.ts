/**
 * The specification of an experiment: every option, its default and what it does.
 * Objects are strict (an unknown key is refused); presets and a user's file lie above these defaults (resolve.ts).
 */
import { z } from 'zod'

const count = () => z.number().int().positive()
const share = () => z.number().min(0).max(1)
const positive = () => z.number().positive()
const nonNegative = () => z.number().nonnegative()

const policy = z
  .strictObject({
    hidden: z.array(count()).min(1).default([32, 32]).describe('Units of each hidden layer.'),
    activation: z.enum(['tanh', 'relu']).default('tanh').describe('Hidden activation.'),
    logStdInit: z.number().default(-0.3).describe('Initial log standard deviation of every action.'),
    logStdMin: z.number().default(-2.3).describe('Floor of the log standard deviation; no gradient below it.')
  })
  .describe('Gaussian policy on one flat parameter vector.')

const learner = z
  .strictObject({
    calculus: z
      .enum(['fused', 'libtorch'])
      .default('fused')
      .describe('`fused`: derivatives written out, CPU. `libtorch`: automatic, any device.'),
    dtype: z
      .enum(['float64', 'float32'])
      .default('float64')
      .describe(
        'Number type in which training stores rows and differentiates them; parameters, sums, evaluation and explanation are float64 either way.'
      ),
    rolloutDtype: z.enum(['float64', 'float32']).default('float32').describe('Number type of the worlds and the policy in roll-outs.')
  })
  .describe('How derivatives and roll-outs are computed.')

const adapt = z
  .strictObject({
    rate: z.enum(['learned', 'fixed']).default('learned').describe('`learned`: one log-rate per layer group, trained with the rest.'),
    alpha: positive().default(2).describe('Inner step size (its start where learned).'),
    gamma: share().default(0.99).describe('Discount of the inner loss.'),
    lambda: share().default(0.9).describe('GAE lambda of the inner loss; inner advantages are standardised.')
  })
  .describe('The inner (adaptation) step.')

const phase = z.strictObject({
  iterations: count().describe('Meta-iterations of the phase.'),
  slots: count().default(24).describe('Tasks in one meta-batch.'),
  supportFlights: count().default(40).describe('Flights a task adapts on.'),
  queryFlights: count().default(20).describe('Flights a task is scored on.'),
  maxKl: positive().default(0.01).describe('Trust region of the meta-step.')
})

const train = z
  .strictObject({
    initial: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('A safetensors file of weights to start from (a checkpoint of the same policy); null = drawn from the seed.'),
    phases: z
      .array(phase)
      .default([{ iterations: 100, slots: 24, supportFlights: 40, queryFlights: 20, maxKl: 0.01 }])
      .describe('Pre-training, phase after phase; may be empty where `initial` is given.'),
    monitorEvery: z
      .number()
      .int()
      .nonnegative()
      .default(25)
      .describe('Every so many iterations measure predicted / frozen / re-adapted gain; 0 = never.')
  })
  .describe('Meta-training of theta_0.')

const trpo = z
  .strictObject({
    gamma: share().default(0.99).describe('Discount of the outer loss.'),
    lambda: share().default(1).describe('GAE lambda of the outer loss (below 1 the meta-policy drifts down); outer advantages stay raw.'),
    cgIterations: count().default(8).describe('Conjugate-gradient steps.'),
    damping: nonNegative().default(0.05).describe('Added to the curvature.'),
    lineSearchSteps: count().default(15).describe('Most back-tracking steps.'),
    lineSearchShrink: z.number().gt(0).lt(1).default(0.8).describe('Factor of each back-tracking step.'),
    unadaptedKlWeight: nonNegative().default(0.5).describe("Weight of the unadapted policy's KL in the trust region."),
    curvatureSupportRows: count().default(120).describe('Support rows a task in the curvature.'),
    curvatureQueryRows: count().default(100).describe('Query rows a task in the curvature.')
  })
  .describe('The outer (meta) step.')

const evaluate = z
  .strictObject({
    adaptations: count().default(3).describe('Independent adaptations a task.'),
    supportFlights: count().default(400).describe('Flights of one adaptation step.'),
    queryFlights: count().default(40).describe('Flights an adapted policy is scored on.'),
    steps: count().max(255).default(1).describe('Adaptation steps behind every score; the rate is halved after the first.'),
    upToSteps: z
      .number()
      .int()
      .min(0)
      .max(255)
      .default(0)
      .describe('Also score the evaluation pool before and after 1, 2, ... this many adaptation steps; 0 = not.')
  })
  .describe('Meta-test.')

const tasks = z
  .strictObject({
    training: count().default(50).describe('Training pool.'),
    evaluation: count().default(50).describe('Pool in which poor tasks are mined.'),
    heldOut: count().default(50).describe('Pool that no stage sees before the last evaluation.')
  })
  .describe('Sizes of the three frozen task pools.')

const poor = z
  .strictObject({
    fraction: z.number().gt(0).lt(1).default(0.2).describe('Share of a pool that is called poor: the worst by mean return.'),
    minimumCorrelation: z
      .number()
      .min(-1)
      .max(1)
      .default(0.6)
      .describe('Rank correlation of two evaluations below which poor tasks are not identifiable.')
  })
  .describe('Which tasks need repair.')

const explain = z
  .strictObject({
    solver: z
      .enum(['adaptation', 'implicit', 'gradient'])
      .default('adaptation')
      .describe("`adaptation`: convex weights in adaptation space. `implicit`: the paper's hypergradient. `gradient`: inner products."),
    rho: positive().default(0.05).describe('adaptation: weight of |omega|^2.'),
    flights: count().default(400).describe('adaptation: support flights a task and half.'),
    supportFlights: count().default(400).describe('implicit, gradient: support flights a task and half.'),
    queryFlights: count().default(60).describe('implicit, gradient: query flights a task and half.'),
    damping: positive().default(20).describe('implicit: delta of the lower problem; doubled on negative curvature.'),
    maxIterations: count().default(40).describe('implicit: most CG steps.'),
    tolerance: positive().default(1e-8).describe('implicit: relative residual that ends CG.'),
    criticalFraction: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.2)
      .describe('implicit, gradient, fallback: share of training tasks called critical (N_cri).'),
    minimumReliability: z
      .number()
      .min(-1)
      .max(1)
      .default(0.3)
      .describe('Split-half Spearman below which the nearest tasks are taken instead.'),
    allowUnreliable: z.boolean().default(false).describe('Explain even where poor tasks are not identifiable.')
  })
  .describe('Which training tasks matter most for the poor ones.')

const augment = z
  .strictObject({
    family: z
      .enum(['uniform', 'kumaraswamy', 'logit-normal'])
      .default('uniform')
      .describe('Mixing law P_phi(lambda), symmetric; `uniform` has nothing to learn.'),
    sets: count().min(2).default(8).describe('M: coefficient sets of one CMI estimate.'),
    flights: count().default(20).describe('Mixed flights a task and set.'),
    supportFlights: count().default(160).describe('Flights a critical task adapts on.'),
    horizon: count().default(25).describe('Steps of a mixed flight.'),
    mix: z
      .enum(['linear', 'geodesic'])
      .default('linear')
      .describe('How two states are mixed. `geodesic`: angles the short way round, orientations along the shortest arc.'),
    repair: z
      .enum(['none', 'lift', 'reject'])
      .default('reject')
      .describe('What is done about an infeasible mixture. `lift`: raise the body out of the floor. `reject`: draw another pair.'),
    steps: count().default(12).describe('Steps on phi (uniform: repetitions of the estimate).'),
    learningRate: positive().default(0.1).describe('Step size on phi.'),
    beta: positive().default(1).describe("Weight of the critical tasks' curvature in the posterior."),
    delta: positive().default(20).describe('Prior precision of the posterior.')
  })
  .describe('How critical tasks are enriched.')

/** Arms of the retraining stage; `oracle` only where the task law knows its rare tasks, `random` a control of the choice. */
export const ARMS = ['xmrl', 'maml', 'maml-null', 'ma', 'oracle', 'random'] as const
/** One retraining arm. */
export type Arm = (typeof ARMS)[number]

const retrain = z
  .strictObject({
    arms: z.array(z.enum(ARMS)).min(1).default(['xmrl', 'maml', 'maml-null', 'ma']).describe('Arms, all from theta_0.'),
    extraSteps: count().default(6_000_000).describe('Environment steps of every arm; explaining and augmenting are charged to xmrl.'),
    slots: count().default(24).describe('Tasks in one meta-batch.'),
    supportFlights: count().default(160).describe('Flights a task adapts on.'),
    queryFlights: count().default(20).describe('Flights a task is scored on.'),
    maxKl: positive().default(0.01).describe('Trust region of the meta-step.'),
    criticalShare: z
      .union([share(), z.literal('natural')], { error: 'expected a share from 0 to 1, or natural' })
      .default(0.5)
      .describe('Share of the slots given to critical tasks; `natural` = N_cri / N.'),
    mixedShare: share().default(0.5).describe("Share of those slots' query flights that start at mixed states.")
  })
  .describe('Continued meta-training.')

const checkpoint = z
  .strictObject({
    every: count().default(10).describe('Iterations between checkpoints.'),
    keep: count().min(2).default(3).describe('Newest checkpoints kept per stage.')
  })
  .describe('Saving.')

/** The whole specification; parsing an empty object gives every default. */
export const specSchema = z
  .strictObject({
    environment: z.string().min(1).default('drone-planar').describe('Environment preset.'),
    seeds: z.array(z.number().int().min(0).max(0xffffffff)).min(1).default([0]).describe('Seeds, each a whole run.'),
    policy: policy.prefault({}),
    learner: learner.prefault({}),
    adapt: adapt.prefault({}),
    train: train.prefault({}),
    trpo: trpo.prefault({}),
    evaluate: evaluate.prefault({}),
    tasks: tasks.prefault({}),
    poor: poor.prefault({}),
    explain: explain.prefault({}),
    augment: augment.prefault({}),
    retrain: retrain.prefault({}),
    checkpoint: checkpoint.prefault({})
  })
  .describe('An XMRL experiment.')

/** What a user writes: any part of the specification. */
export type WrittenSpec = z.input<typeof specSchema>
/** What is used: every key present. */
export type Spec = z.output<typeof specSchema>
/** One phase of pre-training. */
export type TrainPhase = Spec['train']['phases'][number]
/** Explanation solvers. */
export type Solver = Spec['explain']['solver']
/** Mixing families. */
export type Family = Spec['augment']['family']

/** JSON Schema of the written specification, for editors. */
export function specJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(specSchema, { io: 'input' }) as Record<string, unknown>
}
