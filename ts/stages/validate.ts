/**
 * Checks an explanation by finite interventions: short retrainings from theta_0 on all training tasks, with and without a change
 * of their weights, on the same random numbers. No result depends on it and no arm is charged for it.
 */
import { XmrlError } from '../errors.js'
import type { ExplanationRecord, PoorRecord, StateOf, ValidationRecord } from '../records/index.js'
import { type Intervention, interventionWeights, judgeInterventions, planInterventions } from '../select/index.js'
import { findArm } from '../spec/index.js'
import { draws, mean, PURPOSE } from '../statistics/index.js'
import { aborted, canSucceed, needed, STREAMS, type StageContext, stageWeights, withWeights } from './context.js'
import type { StageEvent } from './events.js'

/** Where the random tasks of the control group are drawn. */
const CONTROL = 2 ** 40

/**
 * Carries out every intervention `repeats` times, each repeat on random numbers of its own that all its retrainings share.
 * Saves after each retraining. Returns the record that is there, where its settings are the spec's.
 * Errors: `ERR_RUN_EXISTS` where they are others, `ERR_ABORTED` after saving.
 */
export async function* validate(context: StageContext): AsyncGenerator<StageEvent, ValidationRecord> {
  const { store, seed, spec, tasks } = context
  const [poor, explanation] = [needed(context, 'poor'), needed(context, 'explanation')]
  const settings = spec.explain.validate
  const who = { seed, stage: 'validate' as const }
  const done = store.record('validation')
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) {
    checkSettings(store.path, done, settings)
    return done
  }
  const { omega, similarity, controls } = explanation
  const { top, leaveOut, raiseEach, repeats } = settings
  const plan = planInterventions({
    scores: omega,
    ties: similarity,
    distance: controls.distance,
    top,
    leaveOut,
    raiseEach,
    draws: draws(seed, PURPOSE.controls, CONTROL)
  })
  // Groups can hold the same tasks; what is done to them is then done once. The first unit of a repeat changes nothing.
  const changes: (Intervention | undefined)[] = [undefined, ...plan.filter((entry, at) => plan.findIndex(same(entry)) === at)]
  const total = repeats * changes.length
  const theta = stageWeights(context, 'train')
  const found = store.checkpoint('validate')
  const progress: StateOf<'validate'> = found?.state ?? { scores: [], envSteps: 0 }
  if (found && progress.scores.length > total) throw otherSettings(store.path)
  for (let unit = progress.scores.length; unit < total; unit++) {
    if (context.signal?.aborted) throw aborted()
    const repeat = Math.floor(unit / changes.length)
    const change = changes[unit % changes.length]
    const { scores, envSteps } = await withWeights(context, theta, () => intervene(context, poor, repeat, change))
    progress.scores.push(scores)
    progress.envSteps += envSteps
    store.saveCheckpoint('validate', unit + 1, {}, progress)
    yield {
      type: 'iteration',
      ...who,
      iteration: unit + 1,
      of: total,
      envSteps: progress.envSteps,
      progress: (unit + 1) / total,
      metrics: { [canSucceed(tasks) ? 'success' : 'return']: mean(scores) }
    }
  }
  const of = (change: number) => Array.from({ length: repeats }, (_, repeat) => progress.scores[repeat * changes.length + change])
  const scores = { base: of(0), after: plan.map((entry) => of(changes.findIndex((other) => other !== undefined && same(entry)(other)))) }
  const record: ValidationRecord = {
    solver: explanation.solver,
    settings,
    scoredBy: canSucceed(tasks) ? 'success' : 'return',
    poor: poor.evaluation,
    base: scores.base.map(mean),
    ...judgeInterventions(plan, scores, omega, seed, explanationsOf(context, explanation)),
    envSteps: progress.envSteps
  }
  store.writeRecord('validation', record)
  context.recordSteps('validate', record.envSteps)
  yield { type: 'stage-finished', ...who, envSteps: record.envSteps, summary: summary(record) }
  return record
}

/** Every explanation that the seed has, the run's first: cosines with the poor tasks where the weights are mostly 0, else scores. */
function explanationsOf({ spec, store }: StageContext, shared: ExplanationRecord) {
  const scored = (arm: string, { solver, similarity, omega }: ExplanationRecord) => ({ arm, solver, scores: [...(similarity ?? omega)] })
  const own = spec.retrain.arms.flatMap((arm) => {
    const record = findArm(arm, spec.retrain.define)?.explain === undefined ? undefined : store.record(`explanation-${arm}`)
    return record === undefined ? [] : [scored(arm, record)]
  })
  return [scored('', shared), ...own]
}

/** Retrains from the learner's weights with changed weights of the tasks and measures the poor tasks, both on the repeat's random numbers. */
async function intervene(
  context: StageContext,
  poor: PoorRecord,
  repeat: number,
  change: Intervention | undefined
): Promise<{ scores: number[]; envSteps: number }> {
  const { learner, spec, tasks } = context
  const { iterations, supportEpisodes, queryEpisodes, maxKl, share } = spec.explain.validate
  const training = tasks.pools.training.values
  let envSteps = 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    if (context.signal?.aborted) throw aborted()
    // Every task has a place, so that each flies on the same random numbers whatever its weight.
    const stats = await learner.metaStep({
      stream: STREAMS.interventions + repeat,
      iteration,
      tasks: training,
      weights: interventionWeights(training.length, change, share),
      supportEpisodes,
      queryEpisodes,
      maxKl,
      monitor: false
    })
    envSteps += stats.envSteps
  }
  const targets = poor.evaluation.map((task) => tasks.pools.evaluation.values[task])
  const measured = await learner.evaluate(targets, STREAMS.validation + repeat, {}, poor.evaluation)
  const scores = canSucceed(tasks) ? measured.success : measured.returns
  return { scores, envSteps: envSteps + measured.envSteps }
}

const same = (a: Intervention) => (b: Intervention) => a.change === b.change && a.tasks.join() === b.tasks.join()

function checkSettings(path: string, { settings }: ValidationRecord, wanted: ValidationRecord['settings']): void {
  const there = { raiseEach: false, ...settings }
  const key = (Object.keys(wanted) as (keyof typeof wanted)[]).find((name) => wanted[name] !== there[name])
  if (key !== undefined) throw otherSettings(path, `${key} ${there[key]}, not ${wanted[key]}`)
}

function otherSettings(path: string, what = 'more interventions'): XmrlError {
  return new XmrlError(
    'ERR_RUN_EXISTS',
    `explain.validate: ${path} was validated with other settings (${what}); move results/validation.json and checkpoints/validate-* away to do it again`
  )
}

function summary({ interventions, contrasts, leaveOut, raiseEach, scoredBy }: ValidationRecord): string {
  const digits = scoredBy === 'success' ? 3 : 1
  const signed = (value: number) => `${value < 0 ? '' : '+'}${value.toFixed(digits)}`
  const raised = (group: string) => interventions.find((entry) => entry.change === 'raise' && entry.group === group)?.gain ?? 0
  const over = contrasts.find((entry) => entry.change === 'raise' && entry.against === 'random')
  const shown = over === undefined ? '' : ` (over random [${signed(over.low)}, ${signed(over.high)}])`
  const alone = raiseEach?.explanations.map(({ arm, spearman }) => `${arm === '' ? 'explanation' : arm} ${spearman.toFixed(2)}`) ?? []
  const each =
    raiseEach === undefined ? '' : `; raised one by one: Spearman ${alone.join(', ')}, noise ceiling ${raiseEach.ceiling.toFixed(2)}`
  return `raising the top tasks ${signed(raised('top'))} on the poor ones, random ${signed(raised('random'))}, nearest ${signed(raised('nearest'))}${shown}; left out one by one: Spearman ${leaveOut.spearman.toFixed(2)}, noise ceiling ${leaveOut.ceiling.toFixed(2)}${each}`
}
