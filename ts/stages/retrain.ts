/** Continued meta-training of one arm from theta_0, at the same extra environment steps as every other arm. */
import { ARMS, type ArmPlan, drawMetaBatch, type Favoured, planArm, rankTasks } from '../arms/index.js'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { ArmRecord } from '../records/index.js'
import { leadingScores } from '../select/index.js'
import { findArm, type ResolvedArm, specOfArm } from '../spec/index.js'
import { suggestion } from '../spelling.js'
import { draws, PURPOSE } from '../statistics/index.js'
import { type OwnChoice, ownChoice } from './choose.js'
import type { StageContext } from './context.js'
import type { StageEvent } from './events.js'
import type { MetaStep } from './learner.js'
import { type Loop, type LoopState, runLoop } from './loop.js'
import { type Basis, basisOf, explainAgain } from './own.js'
import { type SampledBatches, sampledOf } from './sampled.js'

/**
 * Retrains an arm until its budget (charged steps included) is spent; its weights are checkpoint `retrain-<arm>`. An arm of several
 * rounds explains anew, at its own weights, whenever an equal share of the budget is spent; its mixing law stays.
 */
export async function* retrain(context: StageContext, name: string): AsyncGenerator<StageEvent, ArmRecord> {
  const { spec, seed, store } = context
  const { extraSteps } = spec.retrain
  const arm = armOf(context, name)
  const choice = await ownChoice(context, arm)
  let basis = yield* basisOf(context, arm)
  const costs = { explain: basis.explanation.envSteps, augment: basis.augmentation.envSteps, choice: choice?.envSteps ?? 0 }
  let chargedSteps = arm.charged.reduce((sum, charge) => sum + costs[charge], 0)
  const rounds = arm.rounds ?? 1
  // An arm of several rounds has a plan in each, and no sampler.
  const sampled = sampledOf(context, arm)
  let state: LoopState | undefined
  let favoured: Favoured[] = []
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) {
      basis = { ...basis, explanation: yield* explainAgain(context, arm, round) }
      chargedSteps += basis.explanation.envSteps
    }
    const budget = (extraSteps * round) / rounds - chargedSteps
    if (budget <= 0) throw new XmrlError('ERR_SPEC_INVALID', tooFew(extraSteps, chargedSteps, name, rounds))
    const plan = planOf(context, arm, basis, choice)
    favoured = plan.critical
    const loop = loopOf(context, arm, plan, budget, choice, sampled)
    const average = arm.average ?? spec.retrain.average
    // Of all that the arm flies itself, whatever round it is in.
    const averageFrom = average === 0 ? undefined : (1 - average) * (extraSteps - chargedSteps)
    state = yield* runLoop(context, defined({ ...loop, averageFrom }))
  }
  const done = store.record(`arm-${name}`)
  if (done) return done
  const { iteration, envSteps, curve } = state as LoopState
  if (sampled) favoured = sampled.favoured()
  const record: ArmRecord = {
    arm: name,
    seed,
    extraSteps: envSteps,
    chargedSteps,
    iterations: iteration,
    budget: extraSteps,
    ...(favoured.length > 0 ? { favoured } : {}),
    ...(choice ? { choice } : {}),
    curve
  }
  store.writeRecord(`arm-${name}`, record)
  context.recordSteps(`retrain-${name}`, envSteps)
  yield {
    type: 'stage-finished',
    seed,
    stage: 'retrain',
    arm: name,
    envSteps,
    summary: `${iteration} iterations, ${(envSteps / 1e6).toFixed(2)} M steps${chargedSteps > 0 ? ` + ${(chargedSteps / 1e6).toFixed(2)} M charged` : ''}`
  }
  return record
}

/** Why nothing is left to retrain with. */
function tooFew(extraSteps: number, chargedSteps: number, name: string, rounds: number): string {
  const share = rounds === 1 ? '' : ` (${rounds} rounds share them)`
  return `retrain.extraSteps: ${extraSteps} steps${share} are no more than the ${chargedSteps} charged to ${name}; nothing is left to retrain with`
}

/** Meta-iterations on an arm's batches until it has made `budget` environment steps in all. */
function loopOf(
  context: StageContext,
  arm: ResolvedArm,
  plan: ArmPlan,
  budget: number,
  choice: OwnChoice | undefined,
  sampled: SampledBatches | undefined
): Loop {
  const { spec, seed, tasks } = context
  const { metaBatchSize, supportEpisodes, queryEpisodes, maxKl } = spec.retrain
  const mixedHorizon = arm.mixedHorizon ?? spec.retrain.mixedHorizon
  const { mix, repair } = specOfArm(spec, arm).augment
  const pool = tasks.pools.training
  const regularise = regularisation(context, arm)
  const tail = arm.tail ? { tail: arm.cvar?.alpha ?? spec.retrain.cvar.alpha } : {}
  const drawn = (iteration: number) =>
    drawMetaBatch(plan, pool.values.length, metaBatchSize, queryEpisodes, draws(seed, PURPOSE.metaBatch, arm.stream * 2 ** 32 + iteration))
  return {
    name: `retrain-${arm.name}`,
    stage: 'retrain',
    arm: arm.name,
    from: 'train',
    choice,
    ...defined({ steering: sampled?.steering }),
    progress: (_, envSteps) => envSteps / budget,
    step: (iteration) => {
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
    }
  }
}

/** The arm of a name. Errors: `ERR_USAGE` offering the nearest one. */
function armOf({ spec }: StageContext, name: string): ResolvedArm {
  const { define } = spec.retrain
  const arm = findArm(name, define)
  if (arm !== undefined) return arm
  throw new XmrlError('ERR_USAGE', `no arm is called "${name}"${suggestion(name, [...ARMS, ...Object.keys(define)])}`)
}

/** What the arm puts into its meta-batches. */
function planOf(
  { spec, seed, store, tasks }: StageContext,
  arm: ResolvedArm,
  { explanation, augmentation }: Basis,
  choice: OwnChoice | undefined
): ArmPlan {
  const { criticalShare, mixedShare } = spec.retrain
  const { omega, similarity, fallback, controls } = explanation
  const { distance } = controls
  const pool = tasks.pools.training
  const measured = store.record('evaluation-theta_0')?.pools.training?.streams[0]
  const inputs = {
    training: pool.values.length,
    critical: explanation.critical.map((task) => ({ task, weight: explanation.weights[task] })),
    ranking: rankTasks({ omega, fallback, distance, similarity }),
    rare: pool.rare,
    distance,
    scores: measured && [leadingScores(measured), measured.returns],
    weights: choice?.weights,
    criticalShare,
    mixedShare,
    family: augmentation.family,
    phi: augmentation.phi,
    draws: draws(seed, PURPOSE.controls, arm.stream)
  }
  return planArm(arm.name, inputs, arm)
}

/** The penalty of an arm that trains a Gaussian over its parameters. */
function regularisation({ spec }: StageContext, arm: ResolvedArm): Pick<MetaStep, 'regularise'> {
  const { mr } = spec.retrain
  return arm.regularise ? { regularise: { ...mr, weight: arm.regularise.weight ?? mr.weight } } : {}
}
