/** Continued meta-training of one arm from theta_0, at the same extra environment steps as every other arm. */
import { type ArmPlan, drawSlots, planArm, rankTasks } from '../baselines/index.js'
import { suggestion, XmrlError } from '../errors.js'
import type { ArmRecord, AugmentationRecord, ExplanationRecord } from '../run/index.js'
import { draws, leadingScores, PURPOSE } from '../select/index.js'
import { ARMS, findArm, type ResolvedArm } from '../spec/index.js'
import { type OwnChoice, ownChoice } from './choose.js'
import { restoreStage, type StageContext } from './context.js'
import type { RunEvent } from './events.js'
import type { MetaStep } from './learner.js'
import { type Loop, runLoop } from './loop.js'

/** Retrains an arm until its budget (charged steps included) is spent; leaves the learner with the arm's weights. */
export async function* retrain(
  context: StageContext,
  name: string,
  explanation: ExplanationRecord,
  augmentation: AugmentationRecord
): AsyncGenerator<RunEvent, ArmRecord> {
  const { spec, seed, store, tasks } = context
  const { extraSteps, slots, supportFlights, queryFlights, maxKl } = spec.retrain
  const arm = armOf(context, name)
  const pool = tasks.pools.training
  restoreStage(context, 'train')
  const choice = await ownChoice(context, arm)
  const plan = planOf(context, arm, explanation, augmentation, choice)
  const costs = { explain: explanation.envSteps, augment: augmentation.envSteps, choice: choice?.envSteps ?? 0 }
  const chargedSteps = arm.charged.reduce((sum, charge) => sum + costs[charge], 0)
  const budget = extraSteps - chargedSteps
  if (budget <= 0) {
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `retrain.extraSteps: ${extraSteps} steps are no more than the ${chargedSteps} charged to ${name}; nothing is left to retrain with`
    )
  }
  const regularise = regularisation(context, arm)
  const loop: Loop = {
    name: `retrain-${name}`,
    stage: 'retrain',
    arm: name,
    ...(choice ? { choice } : {}),
    progress: (_, envSteps) => envSteps / budget,
    step: (iteration) => {
      const batch = drawSlots(plan, pool.values.length, slots, queryFlights, draws(seed, PURPOSE.slots, arm.stream * 2 ** 32 + iteration))
      return {
        stream: arm.stream,
        iteration,
        tasks: batch.tasks.map((task) => pool.values[task]),
        mixedEpisodes: batch.mixedEpisodes,
        family: plan.family,
        phi: plan.phi,
        supportFlights,
        queryFlights,
        maxKl,
        monitor: false,
        ...regularise
      }
    }
  }
  const state = yield* runLoop(context, loop)
  const done = store.record(`arm-${name}`)
  if (done) return done
  const record: ArmRecord = {
    arm: name,
    seed,
    extraSteps: state.envSteps,
    chargedSteps,
    iterations: state.iteration,
    budget: extraSteps,
    ...(plan.critical.length > 0 ? { favoured: plan.critical } : {}),
    ...(choice ? { choice } : {}),
    curve: state.curve
  }
  store.writeRecord(`arm-${name}`, record)
  context.recordSteps(`retrain-${name}`, state.envSteps)
  yield {
    type: 'stage-finished',
    seed,
    stage: 'retrain',
    arm: name,
    envSteps: state.envSteps,
    summary: `${state.iteration} iterations, ${(state.envSteps / 1e6).toFixed(2)} M steps${chargedSteps > 0 ? ` + ${(chargedSteps / 1e6).toFixed(2)} M charged` : ''}`
  }
  return record
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
  explanation: ExplanationRecord,
  augmentation: AugmentationRecord,
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
    ranking: rankTasks({ omega, fallback, distance, ...(similarity ? { similarity } : {}) }),
    ...(pool.rare ? { rare: pool.rare } : {}),
    distance,
    ...(measured ? { scores: [leadingScores(measured), measured.returns] } : {}),
    ...(choice ? { weights: choice.weights } : {}),
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
