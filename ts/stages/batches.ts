/** What an arm's meta-iterations are made of: its plan, its meta-batches, and what steers them. */
import { type ArmPlan, drawMetaBatch, type MetaBatch, planArm, rankTasks } from '../arms/index.js'
import { defined } from '../defined.js'
import { averaged, leadingScores } from '../select/index.js'
import { canMix, type ResolvedArm, specOfArm } from '../spec/index.js'
import { draws, PURPOSE } from '../statistics/index.js'
import type { OwnChoice } from './choose.js'
import type { StageContext } from './context.js'
import type { SteeredDose } from './dose.js'
import type { MetaStep } from './learner.js'
import type { Loop } from './loop.js'
import type { Basis } from './own.js'
import type { SampledBatches } from './sampled.js'

/** What an arm's meta-batches depend on beside its plan: an audit that steers their shares, or a law of tasks that it learns. */
export interface Steered {
  dose: SteeredDose | undefined
  sampled: SampledBatches | undefined
  /** Meta-steps that trials made before: the next ones have the numbers, and so the random numbers, after theirs. @default 0 */
  passed?: number
}

/** Meta-iterations on an arm's batches until it has made `budget` environment steps in all. */
export function loopOf(
  context: StageContext,
  arm: ResolvedArm,
  plan: ArmPlan,
  budget: number,
  choice: OwnChoice | undefined,
  { dose, sampled, passed = 0 }: Steered
): Loop {
  const { spec, seed, tasks } = context
  const { metaBatchSize, supportEpisodes, queryEpisodes, maxKl } = spec.retrain
  const mixedHorizon = arm.mixedHorizon ?? spec.retrain.mixedHorizon
  const { mix, repair } = specOfArm(spec, arm).augment
  const pool = tasks.pools.training
  const regularise = regularisation(context, arm)
  const tail = arm.tail ? { tail: arm.cvar?.alpha ?? spec.retrain.cvar.alpha } : {}
  const drawn = (iteration: number): MetaBatch => {
    const places = draws(seed, PURPOSE.metaBatch, arm.stream * 2 ** 32 + iteration)
    const shared = dose === undefined ? plan : { ...plan, criticalShare: dose.share() }
    return drawMetaBatch(shared, pool.values.length, metaBatchSize, queryEpisodes, places)
  }
  return {
    name: `retrain-${arm.name}`,
    stage: 'retrain',
    arm: arm.name,
    from: 'train',
    choice,
    progress: (_, envSteps) => envSteps / budget,
    step: (done) => {
      const iteration = done + passed
      const batch = sampled?.batch(iteration) ?? drawn(iteration)
      return {
        stream: arm.stream,
        iteration,
        tasks: batch.tasks.map((task) => pool.values[task]),
        mixedEpisodes: batch.mixedEpisodes,
        family: plan.family,
        phi: plan.phi,
        mix,
        repair,
        mixedHorizon: mixedHorizon ?? undefined,
        supportEpisodes,
        queryEpisodes,
        maxKl: arm.maxKl ?? maxKl,
        monitor: false,
        ...tail,
        ...regularise
      }
    },
    ...defined({ steering: dose ?? sampled?.steering })
  }
}

/** What the arm puts into its meta-batches. */
export function planOf(
  { spec, seed, store, tasks }: StageContext,
  arm: ResolvedArm,
  { explanation, augmentation }: Basis,
  choice: OwnChoice | undefined
): ArmPlan {
  const { criticalShare, mixedShare } = spec.retrain
  const { omega, similarity, fallback, controls } = explanation
  const { distance } = controls
  const pool = tasks.pools.training
  const measured = store.record('evaluation-theta_0')?.pools.training?.streams
  const inputs = {
    training: pool.values.length,
    critical: explanation.critical.map((task) => ({ task, weight: explanation.weights[task] })),
    ranking: rankTasks({ omega, fallback, distance, similarity }),
    rare: pool.rare,
    distance,
    scores: measured && [averaged(measured.map(leadingScores)), averaged(measured.map(({ returns }) => returns))],
    weights: choice?.weights,
    criticalShare,
    mixedShare,
    family: augmentation?.family ?? 'uniform',
    phi: augmentation?.phi ?? [],
    draws: draws(seed, PURPOSE.controls, arm.stream)
  }
  const plan = planArm(arm.name, inputs, arm)
  return canMix(spec) ? plan : { ...plan, mixedShare: 0 }
}

/** The penalty of an arm that trains a Gaussian over its parameters. */
function regularisation({ spec }: StageContext, arm: ResolvedArm): Pick<MetaStep, 'regularise'> {
  const { mr } = spec.retrain
  return arm.regularise ? { regularise: { ...mr, weight: arm.regularise.weight ?? mr.weight } } : {}
}
