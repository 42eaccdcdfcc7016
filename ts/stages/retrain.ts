/** Continued meta-training of one arm from theta_0, at the same extra environment steps as every other arm. */
import { ARM_INFO, drawSlots, planArm } from '../baselines/index.js'
import type { ArmRecord, AugmentationRecord, ExplanationRecord } from '../run/index.js'
import { draws, PURPOSE } from '../select/index.js'
import type { Arm } from '../spec/index.js'
import { restoreStage, type StageContext } from './context.js'
import type { RunEvent } from './events.js'
import { type Loop, runLoop } from './loop.js'

/** Retrains an arm until its budget (charged steps included) is spent; leaves the learner with the arm's weights. */
export async function* retrain(
  context: StageContext,
  arm: Arm,
  explanation: ExplanationRecord,
  augmentation: AugmentationRecord
): AsyncGenerator<RunEvent, ArmRecord> {
  const { spec, seed, store, tasks } = context
  const { extraSteps, slots, supportFlights, queryFlights, maxKl, criticalShare, mixedShare } = spec.retrain
  const info = ARM_INFO[arm]
  const pool = tasks.pools.training
  const plan = planArm(arm, {
    training: pool.values.length,
    critical: explanation.critical.map((task) => ({ task, weight: explanation.weights[task] })),
    ...(pool.rare ? { rare: pool.rare } : {}),
    criticalShare,
    mixedShare,
    family: augmentation.family,
    phi: augmentation.phi,
    draws: draws(seed, PURPOSE.controls, info.stream)
  })
  const chargedSteps = info.charged ? explanation.envSteps + augmentation.envSteps : 0
  const budget = extraSteps - chargedSteps
  restoreStage(context, 'train')
  const loop: Loop = {
    name: `retrain-${arm}`,
    stage: 'retrain',
    arm,
    progress: (_, envSteps) => (budget > 0 ? envSteps / budget : 1),
    step: (iteration) => {
      const batch = drawSlots(plan, pool.values.length, slots, queryFlights, draws(seed, PURPOSE.slots, info.stream * 2 ** 32 + iteration))
      return {
        stream: info.stream,
        iteration,
        tasks: batch.tasks.map((task) => pool.values[task]),
        mixedEpisodes: batch.mixedEpisodes,
        family: plan.family,
        phi: plan.phi,
        supportFlights,
        queryFlights,
        maxKl,
        monitor: false
      }
    }
  }
  const state = yield* runLoop(context, loop)
  const done = store.record(`arm-${arm}`)
  if (done) return done
  const record: ArmRecord = {
    arm,
    seed,
    extraSteps: state.envSteps,
    chargedSteps,
    iterations: state.iteration,
    budget: extraSteps,
    curve: state.curve
  }
  store.writeRecord(`arm-${arm}`, record)
  context.recordSteps(`retrain-${arm}`, state.envSteps)
  yield {
    type: 'stage-finished',
    seed,
    stage: 'retrain',
    arm,
    envSteps: state.envSteps,
    summary: `${state.iteration} iterations, ${(state.envSteps / 1e6).toFixed(2)} M steps${chargedSteps > 0 ? ` + ${(chargedSteps / 1e6).toFixed(2)} M charged` : ''}`
  }
  return record
}
