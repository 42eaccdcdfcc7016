/** Continued meta-training of one arm from theta_0, at the same extra environment steps as every other arm. */
import {
  ARMS,
  type ArmPlan,
  drawMetaBatch,
  type Favoured,
  type MetaBatch,
  PLAIN,
  planArm,
  rankTasks,
  type SamplerOptions,
  type Sampling,
  samplingOf
} from '../arms/index.js'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { ArmRecord } from '../records/index.js'
import { averaged, leadingScores } from '../select/index.js'
import { findArm, type ResolvedArm, specOfArm } from '../spec/index.js'
import { suggestion } from '../spelling.js'
import { draws, PURPOSE } from '../statistics/index.js'
import { type OwnChoice, ownChoice } from './choose.js'
import { needed, type StageContext } from './context.js'
import { type SteeredDose, steeredDose } from './dose.js'
import type { StageEvent } from './events.js'
import type { MetaStep } from './learner.js'
import { type Loop, type LoopState, runLoop, type Steering } from './loop.js'
import { type Basis, basisOf, explainAgain } from './own.js'

/** Where the tasks of an audit are drawn; the arms' own draws are keyed by their streams, which are smaller. */
const AUDIT = 2 ** 41

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
  const sampling = arm.sampler && samplingOf(arm.sampler, samplersOf(context, arm), context.tasks.pools.training.values.length)
  let state: LoopState | undefined
  let favoured: Favoured[] = []
  let held: ArmRecord['held']
  let dose: SteeredDose | undefined
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) {
      basis = { ...basis, explanation: yield* explainAgain(context, arm, round) }
      chargedSteps += basis.explanation.envSteps
    }
    const budget = (extraSteps * round) / rounds - chargedSteps
    if (budget <= 0) throw new XmrlError('ERR_SPEC_INVALID', tooFew(extraSteps, chargedSteps, name, rounds))
    held = heldBy(arm, basis)
    const plan = held === undefined ? planOf(context, arm, basis, choice) : { ...PLAIN, arm: name }
    favoured = plan.critical
    dose = doseOf(context, arm, plan)
    const loop = loopOf(context, arm, plan, budget, choice, { dose, sampling })
    const average = arm.average ?? spec.retrain.average
    // Of all that the arm flies itself, whatever round it is in.
    const averageFrom = average === 0 ? undefined : (1 - average) * (extraSteps - chargedSteps)
    state = yield* runLoop(context, defined({ ...loop, averageFrom }))
  }
  const done = store.record(`arm-${name}`)
  if (done) return done
  const { iteration, envSteps, curve } = state as LoopState
  if (sampling) favoured = sampling.law().flatMap((weight, task) => (weight > 0 ? [{ task, weight }] : []))
  const record: ArmRecord = {
    arm: name,
    seed,
    extraSteps: envSteps,
    chargedSteps,
    iterations: iteration,
    budget: extraSteps,
    ...(favoured.length > 0 ? { favoured } : {}),
    ...(choice ? { choice } : {}),
    ...(held ? { held } : {}),
    ...(dose ? { dose: dose.record() } : {}),
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

/** The finding that keeps an arm of explained tasks from favouring any: it then goes on as the reference does. */
function heldBy(arm: ResolvedArm, { explanation }: Basis): ArmRecord['held'] {
  const finding = explanation.verdict?.finding
  const heeds = arm.choose === 'explained' && arm.verdict !== 'ignored'
  return heeds && finding !== 'repair' ? finding : undefined
}

/** Why nothing is left to retrain with. */
function tooFew(extraSteps: number, chargedSteps: number, name: string, rounds: number): string {
  const share = rounds === 1 ? '' : ` (${rounds} rounds share them)`
  return `retrain.extraSteps: ${extraSteps} steps${share} are no more than the ${chargedSteps} charged to ${name}; nothing is left to retrain with`
}

/** The audit that steers an arm's share of favoured tasks; undefined where it favours none or its dose is fixed. */
function doseOf(context: StageContext, arm: ResolvedArm, plan: ArmPlan): SteeredDose | undefined {
  const settings = context.spec.retrain.dose
  if (arm.dose !== 'audited' || settings === null || plan.critical.length === 0) return undefined
  const tasks = draws(context.seed, PURPOSE.controls, AUDIT)
  return steeredDose(context, needed(context, 'poor'), plan.criticalShare, settings, tasks)
}

/** What an arm's meta-batches depend on beside its plan: an audit that steers their shares, or a law of tasks that it learns. */
interface Steered {
  dose: SteeredDose | undefined
  sampling: Sampling | undefined
}

/** Meta-iterations on an arm's batches until it has made `budget` environment steps in all. */
function loopOf(
  context: StageContext,
  arm: ResolvedArm,
  plan: ArmPlan,
  budget: number,
  choice: OwnChoice | undefined,
  { dose, sampling }: Steered
): Loop {
  const { spec, seed, tasks } = context
  const { metaBatchSize, supportEpisodes, queryEpisodes, maxKl } = spec.retrain
  const mixedHorizon = arm.mixedHorizon ?? spec.retrain.mixedHorizon
  const { mix, repair } = specOfArm(spec, arm).augment
  const pool = tasks.pools.training
  const regularise = regularisation(context, arm)
  const tail = arm.tail ? { tail: arm.cvar?.alpha ?? spec.retrain.cvar.alpha } : {}
  const batchOf = (iteration: number): MetaBatch => {
    const places = draws(seed, PURPOSE.metaBatch, arm.stream * 2 ** 32 + iteration)
    const shared = dose === undefined ? plan : { ...plan, criticalShare: dose.share() }
    if (sampling === undefined) return drawMetaBatch(shared, pool.values.length, metaBatchSize, queryEpisodes, places)
    return { ...sampling.draw(metaBatchSize, places), mixedEpisodes: new Array<number>(metaBatchSize).fill(0) }
  }
  return {
    name: `retrain-${arm.name}`,
    stage: 'retrain',
    arm: arm.name,
    from: 'train',
    choice,
    progress: (_, envSteps) => envSteps / budget,
    step: (iteration) => {
      const batch = batchOf(iteration)
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
    ...(dose ? { steering: dose } : {}),
    ...(sampling ? { steering: steeredBy(sampling, (iteration) => batchOf(iteration).tasks) } : {})
  }
}

/** What a sampler learns of the meta-batches that it drew; an iteration's batch is drawn again, by the state it was drawn with. */
function steeredBy(sampling: Sampling, tasksOf: (iteration: number) => readonly number[]): Steering {
  return {
    state: () => sampling.state() as ReturnType<Steering['state']>,
    restore: (state) => sampling.restore(state),
    after(iteration, { taskReturns, taskAdvantages }) {
      sampling.learn({ tasks: tasksOf(iteration - 1), returns: Array.from(taskReturns), advantages: Array.from(taskAdvantages) })
      return { envSteps: 0, metrics: {} }
    }
  }
}

/** Options of the samplers, with those that the arm replaces. */
function samplersOf({ spec }: StageContext, arm: ResolvedArm): SamplerOptions {
  const { roml, minimax, plr } = spec.retrain
  return { roml: { ...roml, ...arm.roml }, minimax: { ...minimax, ...arm.minimax }, plr: { ...plr, ...arm.plr } }
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
