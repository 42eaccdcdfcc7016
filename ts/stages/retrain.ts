/** Continued meta-training of one arm from theta_0, at the same extra environment steps as every other arm. */
import { ARMS, type ArmPlan, type Favoured, PLAIN } from '../arms/index.js'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { ArmRecord, StateOf } from '../records/index.js'
import { WEIGHTS } from '../run/index.js'
import { findArm, type ResolvedArm } from '../spec/index.js'
import { suggestion } from '../spelling.js'
import { type Audit, auditOf } from './audit.js'
import { loopOf, planOf } from './batches.js'
import { type OwnChoice, ownChoice } from './choose.js'
import { needed, type StageContext, stageWeights } from './context.js'
import { type SteeredDose, steeredDose } from './dose.js'
import type { StageEvent } from './events.js'
import { type Lever, leverTrials } from './lever.js'
import { type LoopState, runLoop } from './loop.js'
import { type Basis, basisOf, explainAgain } from './own.js'
import { keptMove, reptileStep } from './reptile.js'
import { sampledOf } from './sampled.js'

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
  const costs = { explain: basis.explanation.envSteps, augment: basis.augmentation?.envSteps ?? 0, choice: choice?.envSteps ?? 0 }
  let chargedSteps = arm.charged.reduce((sum, charge) => sum + costs[charge], 0)
  const rounds = arm.rounds ?? 1
  // An arm of several rounds has a plan in each, and no sampler.
  const sampled = sampledOf(context, arm)
  const audit = auditOf(context, needed(context, 'poor'))
  let state: LoopState | undefined
  let favoured: Favoured[] = []
  let held: ArmRecord['held']
  let dose: SteeredDose | undefined
  let reptile: Reptile
  let lever: Lever | undefined
  for (let round = 1; round <= rounds; round++) {
    if (round > 1) {
      basis = { ...basis, explanation: yield* explainAgain(context, arm, round) }
      chargedSteps += basis.explanation.envSteps
    }
    const budget = (extraSteps * round) / rounds - chargedSteps
    if (budget <= 0) throw new XmrlError('ERR_SPEC_INVALID', tooFew(extraSteps, chargedSteps, name, rounds))
    held = heldBy(arm, basis)
    const planned = held === undefined ? planOf(context, arm, basis, choice) : { ...PLAIN, arm: name }
    favoured = planned.critical
    reptile = held === undefined ? await stepOf(context, arm, round, audit) : undefined
    const spent = spentOnStep(reptile, budget)
    if (spent !== undefined) yield { type: 'note', seed, text: `seed ${seed}, ${name}: ${spent}` }
    lever = yield* leverOf(context, arm, planned, { budget, choice, audit })
    const plan = lever?.record.mixed === false ? unmixed(planned) : planned
    const { dose: settings } = spec.retrain
    const steered = arm.dose === 'audited' && settings !== null && plan.critical.length > 0
    dose = steered ? steeredDose(audit, plan.criticalShare, settings) : undefined
    const passed = lever?.record.trial ?? 0
    const loop = defined({ ...loopOf(context, arm, plan, budget, choice, { dose, sampled, passed }), reptile, lever })
    state = yield* runLoop(context, loop)
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
    ...(held ? { held } : {}),
    ...(reptile ? { reptileStep: reptile.steps.at(-1) } : {}),
    ...(lever ? { lever: lever.record } : {}),
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
    summary: summaryOf(record)
  }
  return record
}

/** One line of what an arm did. */
function summaryOf({ iterations, extraSteps, chargedSteps, reptileStep, lever, held }: ArmRecord): string {
  const million = (steps: number) => `${(steps / 1e6).toFixed(2)} M`
  const charged = chargedSteps > 0 ? ` + ${million(chargedSteps)} charged` : ''
  const before = reptileStep === undefined ? '' : `, begun by a Reptile step of length ${reptileStep.length}`
  const tried = lever === undefined ? '' : `, ${leverLine(lever)}`
  return `${iterations} iterations, ${million(extraSteps)} steps${charged}${before}${tried}${held === undefined ? '' : ', on all tasks alike'}`
}

/** What the trials of a lever said, in short. */
function leverLine({ mixed, trial, before, without, with: mixing }: NonNullable<ArmRecord['lever']>): string {
  const change = (after: number) => {
    const by = after - before.poor
    return `${by < 0 ? '−' : '+'}${Math.abs(by).toPrecision(2)}`
  }
  const what = mixed ? 'mixed episodes kept' : 'mixed episodes left out'
  return `${what} after trials of ${trial} iterations (poor tasks ${change(without.poor)} without, ${change(mixing.poor)} with)`
}

/** The finding that keeps an arm of explained tasks from favouring any: it then goes on as the reference does. */
function heldBy(arm: ResolvedArm, { explanation }: Basis): ArmRecord['held'] {
  const finding = explanation.verdict?.finding
  const heeds = arm.choose === 'explained' && arm.verdict !== 'ignored'
  return heeds && finding !== 'repair' ? finding : undefined
}

/** What the Reptile steps of an arm came to, as its checkpoints keep it. */
type Reptile = StateOf<'retrain'>['reptile']

/**
 * The Reptile step that a round of an arm begins with, saved as a checkpoint of its own before it is returned, or the one that the arm's
 * newest checkpoint holds; undefined where the arm makes none.
 */
async function stepOf(context: StageContext, arm: ResolvedArm, round: number, audit: Audit): Promise<Reptile> {
  const { store, spec } = context
  const settings = spec.retrain.reptileStep
  if (arm.choose !== 'explained' || arm.reptileStep === 'none' || settings === null) return undefined
  const move = keptMove({ store, ...(ownMove(arm, round) ?? {}) })
  if (move === undefined) return undefined
  const stage = `retrain-${arm.name}` as const
  const found = store.checkpoint(stage)
  const before = found?.state.reptile ?? { steps: [], first: [], round: 0 }
  audit.first = before.first
  if (before.round >= round) return before
  const from = found === undefined ? 'train' : stage
  const { weights, step } = await reptileStep(context, stage, stageWeights(context, from), move, audit, settings)
  const reptile = { steps: [...before.steps, step], first: audit.first, round }
  const envSteps = (found?.state.envSteps ?? 0) + step.envSteps
  store.saveCheckpoint(stage, found?.iteration ?? 0, { [WEIGHTS]: weights }, { ...found?.state, envSteps, reptile })
  return reptile
}

/** What to say where trying lengths of the Reptile step has taken half of an arm's steps or more: little is then retrained. */
function spentOnStep(reptile: Reptile, budget: number): string | undefined {
  const spent = reptile?.steps.reduce((sum, { envSteps }) => sum + envSteps, 0) ?? 0
  if (spent < budget / 2) return undefined
  const share = spent >= budget ? 'all' : `${Math.round((100 * spent) / budget)} %`
  return (
    `trying lengths of the Reptile step took ${spent} steps, ${share} of the ${budget} that this arm has, so little or nothing is retrained: ` +
    'raise retrain.extraSteps, make retrain.audit smaller, or leave the step out (retrain.reptileStep: null)'
  )
}

/** A plan of which nothing is mixed. */
const unmixed = (plan: ArmPlan): ArmPlan => ({ ...plan, mixedShare: 0 })

/**
 * What the trials of an arm's lever came to: those in its newest checkpoint, or else made now, before the first round in which it mixes,
 * and saved as a checkpoint with the weights of the better one; undefined where the arm makes none.
 */
async function* leverOf(
  context: StageContext,
  arm: ResolvedArm,
  plan: ArmPlan,
  { budget, choice, audit }: { budget: number; choice: OwnChoice | undefined; audit: Audit }
): AsyncGenerator<StageEvent, Lever | undefined> {
  const { store, spec } = context
  const settings = spec.retrain.lever
  if (arm.lever !== 'audited' || settings === null) return undefined
  const stage = `retrain-${arm.name}` as const
  const found = store.checkpoint(stage)
  const made = found?.state.lever
  if (made !== undefined) {
    if (audit.first.length === 0) audit.first = made.first
    return made
  }
  if (plan.mixedShare === 0 || (plan.critical.length === 0 && !plan.mixEverywhere)) return undefined
  const spent = found?.state.envSteps ?? 0
  const [without, mixing] = [unmixed(plan), plan].map((each) =>
    loopOf(context, arm, each, budget, choice, { dose: undefined, sampled: undefined })
  )
  const { weights, lever } = yield* leverTrials(context, {
    arm: arm.name,
    weights: stageWeights(context, found === undefined ? 'train' : stage),
    from: found?.iteration ?? 0,
    budget: budget - spent,
    step: (mixed, iteration) => (mixed ? mixing : without).step(iteration),
    audit,
    settings
  })
  const state = defined({ ...found?.state, envSteps: spent + lever.record.envSteps, lever })
  store.saveCheckpoint(stage, found?.iteration ?? 0, { [WEIGHTS]: weights }, state)
  return lever
}

/** Whose explanation an arm's round goes by, where it is not the run's. */
function ownMove(arm: ResolvedArm, round: number): Pick<StageContext, 'own'> | undefined {
  if (round > 1) return { own: { name: `${arm.name}@${round}`, at: `retrain-${arm.name}` } }
  return arm.explain === undefined ? undefined : { own: { name: arm.name, at: 'train' } }
}

/** Why nothing is left to retrain with. */
function tooFew(extraSteps: number, chargedSteps: number, name: string, rounds: number): string {
  const share = rounds === 1 ? '' : ` (${rounds} rounds share them)`
  return `retrain.extraSteps: ${extraSteps} steps${share} are no more than the ${chargedSteps} charged to ${name}; nothing is left to retrain with`
}

/** The arm of a name. Errors: `ERR_USAGE` offering the nearest one. */
function armOf({ spec }: StageContext, name: string): ResolvedArm {
  const { define } = spec.retrain
  const arm = findArm(name, define)
  if (arm !== undefined) return arm
  throw new XmrlError('ERR_USAGE', `no arm is called "${name}"${suggestion(name, [...ARMS, ...Object.keys(define)])}`)
}
