/**
 * The specification of an experiment: every option, its default and what it does.
 * Objects are strict (an unknown key is refused); presets and a user's file lie above these defaults (resolve.ts).
 */
import { z } from 'zod'
import { augment } from './augment.js'
import { explain } from './explain.js'
import { count, MOST, nonNegative, positive, share } from './numbers.js'
import { retrain } from './retrain.js'
import { tasks } from './tasks.js'
import { world } from './world.js'

const policy = z
  .strictObject({
    hidden: z
      .array(count(MOST.units))
      .max(MOST.layers)
      .default([32, 32])
      .describe('Units of each hidden layer; an empty list: a linear policy.'),
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
  metaBatchSize: count().default(24).describe('Tasks in one meta-batch.'),
  supportEpisodes: count().default(40).describe('Episodes a task adapts on.'),
  queryEpisodes: count().default(20).describe('Episodes a task is scored on.'),
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
    initialFrom: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('The folder that `initial` counts from; filled in from the place of the spec file. null = the working directory.'),
    phases: z
      .array(phase)
      .default([{ iterations: 100, metaBatchSize: 24, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.01 }])
      .describe('Pre-training, phase after phase; may be empty where `initial` is given.'),
    monitorEvery: z
      .number()
      .int()
      .nonnegative()
      .max(MOST.count)
      .default(25)
      .describe('Every so many iterations measure predicted / frozen / re-adapted gain; 0 = never.')
  })
  .describe('Meta-training of theta_0.')

const preconditioner = z.strictObject({
  rank: count(MOST.rank).default(20).describe('Ritz pairs, each of which takes one product with the curvature on those rows.'),
  rows: count(MOST.rows).default(50).describe('Support and query rows a task, spread over those in the curvature.')
})

const trpo = z
  .strictObject({
    gamma: share().default(0.99).describe('Discount of the outer loss.'),
    lambda: share().default(1).describe('GAE lambda of the outer loss (below 1 the meta-policy drifts down); outer advantages stay raw.'),
    cgIterations: count().default(8).describe('Conjugate-gradient steps.'),
    damping: nonNegative().default(0.05).describe('Added to the curvature.'),
    lineSearchSteps: count().default(15).describe('Most back-tracking steps.'),
    lineSearchShrink: z.number().gt(0).lt(1).default(0.8).describe('Factor of each back-tracking step.'),
    unadaptedKlWeight: nonNegative().default(0.5).describe("Weight of the unadapted policy's KL in the trust region."),
    curvatureSupportRows: count(MOST.rows).default(120).describe('Support rows a task in the curvature.'),
    curvatureQueryRows: count(MOST.rows).default(100).describe('Query rows a task in the curvature.'),
    preconditioner: preconditioner
      .nullable()
      .default(null)
      .describe(
        'Conjugate gradients preconditioned by the curvature on a few of its rows, anew in every step: with curvature on all rows of a body, 2 steps leave the residual of 10. Damping of about .05 belongs to it: with much less it learns worse. null: none.'
      )
  })
  .describe('The outer (meta) step.')

const evaluate = z
  .strictObject({
    adaptations: count(MOST.byte).default(3).describe('Independent adaptations a task.'),
    supportEpisodes: count().default(400).describe('Episodes of one adaptation step.'),
    queryEpisodes: count().default(40).describe('Episodes an adapted policy is scored on.'),
    steps: count(MOST.byte).default(1).describe('Adaptation steps behind every score; the rate is halved after the first.'),
    upToSteps: z
      .number()
      .int()
      .min(0)
      .max(MOST.byte)
      .default(0)
      .describe('Also score the evaluation pool before and after 1, 2, ... this many adaptation steps; 0 = not.'),
    transfer: z
      .array(z.string())
      .default([])
      .describe('Other presets of the same environment on which theta_0 and every arm are scored too, without further training.')
  })
  .describe('Meta-test.')

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

const market = z
  .strictObject({
    file: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('`stock/csv`: a CSV file of daily prices (counts from the folder of the spec file); null elsewhere.'),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits')
      .nullable()
      .default(null)
      .describe("The prices' SHA-256; filled in when a run begins, and part of the experiment's hash as the file's name is not."),
    allow: z
      .array(z.enum(['jumps', 'gaps']))
      .default([])
      .describe('What is odd in the file and true: `jumps`, moves of a day that no market makes; `gaps`, missing days.'),
    rules: z
      .union([z.literal(1), z.literal(2)])
      .default(2)
      .describe(
        'Rules of the market, part of the hash. 2: shrunk turbulence, thresholds are quantiles, adjusted closes first. 1: those of older records; no longer flown.'
      )
  })
  .describe('Prices of stock presets.')

const checkpoint = z
  .strictObject({
    every: count().default(10).describe('Iterations between checkpoints.'),
    keep: count().min(2).default(3).describe('Newest checkpoints kept per stage.')
  })
  .describe('Saving.')

/** The whole specification; parsing an empty object gives every default. */
export const specSchema = z
  .strictObject({
    environment: z
      .string()
      .min(1)
      .default('drone-planar')
      .describe(
        "Environment preset, or a world of one's own: the path of a module (from the folder of the spec file), a package, or `gymnasium:module:factory`."
      ),
    world: world
      .nullable()
      .default(null)
      .describe(world.description ?? ''),
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
    market: market.prefault({}),
    checkpoint: checkpoint.prefault({})
  })
  .describe('An XMRL experiment.')

/** What a specification may hold of keys, whatever environment it names. */
export type Recipe = z.input<typeof specSchema>
/** What is used: every key present. */
export type Spec = z.output<typeof specSchema>
/** One phase of pre-training. */
export type TrainPhase = Spec['train']['phases'][number]
/** Explanation solvers. */
export type Solver = Spec['explain']['solver']
/** Mixing families. */
export type Family = Spec['augment']['family']
