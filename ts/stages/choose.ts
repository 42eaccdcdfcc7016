/** Arms that weigh the training tasks by themselves (by matching rows, or by the hypergradient of the whole evaluation pool), or are given weights. */
import { hypergradientWeights } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import type { ArmRecord } from '../records/index.js'
import { WEIGHTS } from '../run/index.js'
import { givenWeights, type ResolvedArm } from '../spec/index.js'
import { STREAMS, type StageContext, stageWeights, throwIfAborted, withWeights } from './context.js'

/** Weights of the training tasks that an arm chose for itself or was given, and what that took. */
export type OwnChoice = NonNullable<ArmRecord['choice']>

/**
 * The choice of an arm at theta_0, or the one that the arm's newest checkpoint holds; undefined for arms
 * that choose nothing themselves. A new choice is saved as iteration 0 of the arm before it is returned.
 */
export async function ownChoice(context: StageContext, arm: ResolvedArm): Promise<OwnChoice | undefined> {
  if (arm.choose === 'given') return givenChoice(context, arm)
  if (arm.choose !== 'matched' && arm.choose !== 'influence') return undefined
  const { store } = context
  const stage = `retrain-${arm.name}` as const
  const found = store.checkpoint(stage)?.state
  if (found?.choice !== undefined) return found.choice
  throwIfAborted(context)
  const theta = stageWeights(context, 'train')
  const choice = await withWeights(context, theta, () => (arm.choose === 'matched' ? matched(context) : influence(context)))
  const { by, envSteps, info } = choice
  store.metrics.append({ stage: `choose-${arm.name}`, envSteps, by, ...info })
  store.saveCheckpoint(stage, 0, { [WEIGHTS]: theta }, { envSteps: 0, choice })
  context.recordSteps(`choose-${arm.name}`, envSteps)
  return choice
}

/** The choice that the specification holds for this seed. */
function givenChoice({ tasks, seed }: StageContext, arm: ResolvedArm): OwnChoice {
  const weights = givenWeights(arm, seed, tasks.pools.training.values.length)
  if (weights === undefined) throw new XmrlError('ERR_SPEC_INVALID', `retrain.define.${arm.name}: no tasks are given for seed ${seed}`)
  return { by: 'given', weights, envSteps: arm.steps ?? 0, info: {} }
}

/** Kernel mean matching of the adapted policies' rows (s, a, r): training pool to evaluation pool. */
async function matched(context: StageContext): Promise<OwnChoice> {
  const { learner, spec } = context
  const { supportEpisodes, queryEpisodes, rows, ridge } = spec.retrain.tw
  const { training, evaluation, ids } = pools(context)
  const over = { supportEpisodes, queryEpisodes, rows }
  const train = await learner.transitions(training, STREAMS.matching, over)
  throwIfAborted(context)
  const target = await learner.transitions(evaluation, STREAMS.matching, over, ids)
  const matching = { train: train.values, target: target.values, rows, width: train.width, ridge }
  const { weights, ...found } = await learner.matchTasks(matching)
  const { dualityGap, iterations, bandwidth, discrepancy, evenDiscrepancy } = found
  return {
    by: 'matching',
    weights,
    envSteps: train.envSteps + target.envSteps,
    info: { dualityGap, iterations, bandwidth, discrepancy, evenDiscrepancy, ridge, rows }
  }
}

/** One hypergradient step on the weights, with the mean return of the whole evaluation pool as the upper objective. */
async function influence(context: StageContext): Promise<OwnChoice> {
  const { learner, spec, seed } = context
  const { supportEpisodes, queryEpisodes } = spec.retrain.tw
  const { damping, maxIterations, tolerance, differenceStep, rank, criticalFraction } = spec.explain
  const { training, evaluation } = pools(context)
  const [streamA, streamB] = STREAMS.weighting
  const found = await learner.explainInfluence(training, evaluation, {
    solver: 'implicit',
    supportEpisodes,
    queryEpisodes,
    streamA,
    streamB,
    damping,
    maxIterations,
    tolerance,
    differenceStep,
    rank,
    top: Math.max(1, Math.round(criticalFraction * training.length)),
    seed
  })
  const { residual, iterations, damping: damped, nonStationarity } = found.info
  return {
    by: 'hypergradient',
    weights: hypergradientWeights(found.scores),
    envSteps: found.envSteps,
    info: { residual, iterations, damping: damped, nonStationarity, splitHalfSpearman: found.splitHalfSpearman }
  }
}

/** Training and evaluation tasks; the evaluation pool's stream ids lie past the training pool's. */
function pools({ tasks }: StageContext) {
  const training = tasks.pools.training.values
  const evaluation = tasks.pools.evaluation.values
  return { training, evaluation, ids: evaluation.map((_, task) => training.length + task) }
}
