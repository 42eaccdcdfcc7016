/** How an explanation is made. */
import { z } from 'zod'
import { count, MOST, nonNegative, positive, share } from './numbers.js'

/** Every solver. `adaptation` and `alternating` give weights on the simplex, the others scores. */
export const SOLVERS = [
  'adaptation',
  'implicit',
  'gradient',
  'alternating',
  'finite-difference',
  'neumann',
  'nystrom',
  'gauss-newton'
] as const

const alternating = z
  .strictObject({
    rounds: count().default(15).describe('Rounds; steps are 1/sqrt(rounds) of the rates below.'),
    supportEpisodes: count().default(40).describe('Support episodes a task, half and round.'),
    queryEpisodes: count().default(20).describe('Query episodes a task, half and round.'),
    omegaRate: positive().default(1).describe('Rate of the weights (softmax), in units of the first hypergradient.'),
    thetaRate: positive().default(1).describe('Rate of theta, in units of 1 / (damping + greatest curvature).'),
    adjointRate: positive().default(1).describe('Rate of v, in the same units.'),
    averageRate: positive().default(1).describe('Rate of the moving average of hypergradients.'),
    entropy: nonNegative().default(0).describe("Weight of the weights' entropy, which keeps them from ending on one task.")
  })
  .describe('The solver `alternating`.')

const validate = z
  .strictObject({
    iterations: count().default(20).describe('Meta-iterations of a short retraining.'),
    supportEpisodes: count().default(40).describe('Support episodes a training task and iteration.'),
    queryEpisodes: count().default(20).describe('Query episodes a training task and iteration.'),
    maxKl: positive().default(0.01).describe('Trust region of an iteration.'),
    top: count().default(5).describe('Tasks raised or removed together, and the size of each control group.'),
    leaveOut: count().default(5).describe('So many of the highest-ranked tasks, and as many random others, are left out one by one.'),
    share: z.number().gt(0).lt(1).default(0.5).describe("A raised group's share of the objective."),
    raiseEach: z
      .boolean()
      .default(false)
      .describe('Also raise every training task alone to `share`: what no score of a task should miss, and the costliest part.'),
    repeats: count(32).min(2).default(3).describe('Times everything is done, each on random numbers of its own.')
  })
  .describe('`xmrl explain --validate`: what raising and leaving out tasks really does. Not part of an experiment’s hash.')

const verdict = z.strictObject({
  effectiveShare: share()
    .default(0.18)
    .describe('Something is singled out where the weight is as if shared evenly by at most this share of the training tasks.'),
  foretold: z
    .number()
    .default(0.8)
    .describe('... or where the poor tasks are foretold to gain at least so much, in second adaptation steps of an evaluation task.')
})

/** The `explain` section. */
export const explain = z
  .strictObject({
    solver: z
      .enum(SOLVERS)
      .default('adaptation')
      .describe(
        "`adaptation`: convex weights in adaptation space. `implicit`: the paper's hypergradient (CG on exact Hessian products), `finite-difference` (CG on differences), `neumann`, `nystrom` (preconditioned CG), `gauss-newton` (CG on JᵀFJ). `gradient`: inner products. `alternating`: the paper's rounds."
      ),
    metric: z
      .enum(['raw', 'layers', 'fisher'])
      .default('raw')
      .describe('adaptation: `raw` parameters; `layers`: every layer evened out; `fisher`: the Fisher matrix of theta_0.'),
    source: z
      .enum(['evaluation', 'own'])
      .default('evaluation')
      .describe(
        'adaptation: whose adaptations are the directions: those of theta_0’s evaluation, which is the same for every arm and costs none, or episodes of the explanation’s own, which are charged.'
      ),
    commonNumbers: z
      .boolean()
      .default(true)
      .describe(
        'adaptation, source `own`: all tasks fly on the same random numbers, so that much of the noise cancels where directions are compared.'
      ),
    adaptationSteps: count(MOST.byte).nullable().default(3).describe('adaptation: steps behind a direction; null = `evaluate.steps`.'),
    lengths: z
      .enum(['kept', 'unit'])
      .default('kept')
      .describe('adaptation: `kept`: directions keep their lengths, in one common scale; `unit`: each is divided by its own.'),
    fisherEpisodes: count().default(4).describe('adaptation, metric `fisher`: support episodes a training task.'),
    fisherRows: count(MOST.rows).default(40).describe('adaptation, metric `fisher`: states of them that are used, a task.'),
    groupCosine: z
      .number()
      .gt(0)
      .lte(1)
      .nullable()
      .default(null)
      .describe(
        'Tasks whose directions (or meta-gradients) have at least this cosine are near-duplicates and share their score; null = off.'
      ),
    rho: positive().default(0.05).describe('adaptation: weight of |omega|^2.'),
    episodes: count().default(400).describe('adaptation, source `own`: support episodes a task, half and step.'),
    supportEpisodes: count()
      .default(400)
      .describe('Influence (every solver but adaptation, alternating): support episodes a task and batch.'),
    queryEpisodes: count().default(60).describe('Influence: query episodes a task and batch.'),
    batches: count(0xffff).default(1).describe('Influence: batches a half, each with an adaptation of its own.'),
    average: z
      .enum(['mean', 'median'])
      .default('mean')
      .describe("Influence: how the batches' meta-gradients become one. `median`: the geometric one, which wild batches do not move."),
    damping: positive().default(20).describe('Influence, alternating: delta of the lower problem; doubled on negative curvature.'),
    maxIterations: count().default(40).describe('Influence: most steps of a linear solve.'),
    tolerance: positive().default(1e-8).describe('Influence: relative residual that ends it.'),
    differenceStep: positive().default(1e-5).describe('finite-difference: step, relative to 1 + |theta|.'),
    rank: count(MOST.rank).default(20).describe('nystrom: columns of the sketch.'),
    alternating: alternating.prefault({}),
    criticalFraction: z
      .number()
      .gt(0)
      .lte(1)
      .default(0.2)
      .describe('All but adaptation, and fallback: share of training tasks called critical (N_cri).'),
    minimumReliability: z
      .number()
      .min(-1)
      .max(1)
      .default(0.3)
      .describe('Split-half Spearman below which the nearest tasks are taken instead.'),
    verdict: verdict
      .nullable()
      .prefault({})
      .describe(
        'adaptation: when an explanation singles something out. Where it does not, or does not repeat, the arms that go by it train on as MAML does. null: they favour its tasks all the same.'
      ),
    allowUnreliable: z.boolean().default(false).describe('Explain even where poor tasks are not identifiable.'),
    validate: validate.prefault({})
  })
  .describe('Which training tasks matter most for the poor ones.')
