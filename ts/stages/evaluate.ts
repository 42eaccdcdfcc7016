/** Post-adaptation performance of one arm on the frozen pools, and which tasks are poor. */
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { EvaluationRecord, PoolName, PoorRecord } from '../records/index.js'
import { leadingScores, type Scores, worstTasks } from '../select/index.js'
import type { Spec } from '../spec/index.js'
import { mean, spearman } from '../statistics/index.js'
import { aborted, canSucceed, needed, STREAMS, type StageContext, stageOfArm, stageWeights, withWeights } from './context.js'
import { keepDisplacements, keptSteps } from './displacements.js'
import type { StageEvent } from './events.js'
import { type Measure, Measured } from './measured.js'
import { Pace } from './parts.js'

type PoolScores = NonNullable<EvaluationRecord['pools']['evaluation']>

/** Which pool is measured on which streams. */
type Plan = [PoolName, readonly number[]][]

type SteppedScores = NonNullable<EvaluationRecord['bySteps']>[number]

/**
 * Evaluates theta_0, or an arm after its retraining, or returns the record that is already there.
 * theta_0 is measured on the two mining streams and the fresh one, arms on the fresh one alone (paired with theta_0's).
 */
export async function* evaluate(context: StageContext, arm = 'theta_0'): AsyncGenerator<StageEvent, EvaluationRecord> {
  const { store, seed, spec, tasks } = context
  const who = { seed, stage: 'evaluate' as const, arm }
  const done = store.record(`evaluation-${arm}`)
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) {
    Measured.forget(context, arm)
    return done
  }
  const weights = stageWeights(context, stageOfArm(arm))
  const first = arm === 'theta_0'
  const streams = first ? [...STREAMS.mining, STREAMS.fresh] : [STREAMS.fresh]
  const keep = first ? keptSteps(spec) : 0
  // An explanation needs two measurements of the training tasks too.
  const training = STREAMS.mining.slice(0, keep > 0 ? 2 : 1)
  const plan: Plan = [...(first ? ([['training', training]] as Plan) : []), ['evaluation', streams], ['heldOut', streams]]
  // Episodes are keyed by task number. Where training tasks are compared with poor ones, equal numbers must not fly on equal noise.
  const beyond = Math.max(tasks.pools.evaluation.values.length, tasks.pools.heldOut.values.length)
  const ownIds = tasks.pools.training.values.map((_, task) => beyond + task)
  const counts = otherStepCounts(spec)
  const measures: Measure[] = [
    ...plan.flatMap(([pool, list]) => list.map((stream) => ({ pool, stream }))),
    ...counts.map((adaptationSteps) => ({ pool: 'evaluation' as const, stream: STREAMS.fresh, adaptationSteps }))
  ]
  const total = measures.length
  const measured = new Measured(context, arm, keep)
  const pace = new Pace(context.learner.threads)
  let between = false
  try {
    for (const which of measures.slice(measured.count)) {
      const { pool, stream, adaptationSteps } = which
      const over = defined({ steps: adaptationSteps, displacements: stream === STREAMS.fresh ? 0 : keep })
      const { values } = tasks.pools[pool]
      const ids = keep > 0 && pool === 'training' ? ownIds : [...values.keys()]
      while (measured.tasks < values.length) {
        measured.saveSometimes()
        if (context.signal?.aborted) {
          measured.save()
          throw aborted()
        }
        const part = [measured.tasks, measured.tasks + pace.tasks] as const
        const begun = performance.now()
        measured.add(
          await withWeights(context, weights, (learner) => learner.evaluate(values.slice(...part), stream, over, ids.slice(...part)))
        )
        pace.took(measured.tasks - part[0], (performance.now() - begun) / 1000)
      }
      const { returns, success } = measured.complete(which)
      const { envSteps } = measured.spent
      const iteration = measured.count
      const metrics = { ...(success ? { success: mean(success) } : {}), return: mean(returns) }
      store.metrics.append({ stage: `evaluate-${arm}`, iteration, envSteps, ...defined({ ...which }), ...metrics })
      between = true
      yield { type: 'iteration', ...who, iteration, of: total, envSteps, progress: iteration / total, metrics }
      between = false
    }
  } finally {
    // The caller left the loop over the events.
    if (between) measured.save()
  }
  const { envSteps, furtherSteps } = measured.spent
  const pools: Partial<Record<PoolName, PoolScores>> = {}
  for (const [pool] of plan) {
    const scores = measured.scores(pool, false)
    // Two evaluations on independent streams: how far the order of the tasks is a fact and not noise.
    const [a, b] = scores
    pools[pool] = { streams: scores, ...(b ? { rankCorrelation: spearman(leadingScores(a), leadingScores(b)) } : {}) }
  }
  const bySteps: SteppedScores[] = measured.scores('evaluation', true).map(({ stream: _, ...scores }) => scores)
  const evaluated = pools.evaluation?.streams.at(-1)
  if (counts.length > 0 && evaluated !== undefined) {
    // The spec's own number of steps is what the fresh stream has measured already.
    const { stream: _, ...scores } = evaluated
    bySteps.push({ adaptationSteps: spec.evaluate.steps, ...scores })
    bySteps.sort((a, b) => a.adaptationSteps - b.adaptationSteps)
  }
  const more = { ...(bySteps.length > 0 ? { bySteps } : {}), ...(keep > 0 ? { furtherSteps } : {}) }
  const record = { arm, seed, pools, ...more, envSteps } as EvaluationRecord
  if (keep > 0) keepDisplacements(context, measured.kept, keep)
  store.writeRecord(`evaluation-${arm}`, record)
  Measured.forget(context, arm)
  context.recordSteps(`evaluate-${arm}`, envSteps)
  const fresh = (pool: 'evaluation' | 'heldOut') => {
    const scores = record.pools[pool].streams.at(-1) as Scores
    return mean(leadingScores(scores)).toFixed(scores.success ? 3 : 1)
  }
  const correlation = record.pools.evaluation.rankCorrelation
  yield {
    type: 'stage-finished',
    ...who,
    envSteps,
    summary: `${canSucceed(tasks) ? 'success' : 'return'} ${fresh('evaluation')}, held-out ${fresh('heldOut')}${correlation === undefined ? '' : `, rank correlation of two evaluations ${correlation.toFixed(2)}`}`
  }
  return record
}

/** Numbers of adaptation steps that are measured beside the one behind every score. */
function otherStepCounts({ evaluate: { upToSteps, steps } }: Spec): number[] {
  return upToSteps === 0 ? [] : Array.from({ length: upToSteps + 1 }, (_, count) => count).filter((count) => count !== steps)
}

/**
 * The tasks that need repair: the worst share of each pool by mean return over the two mining streams.
 * Errors: `ERR_UNRELIABLE` where two evaluations disagree about the order of the tasks, unless the spec allows it.
 */
export async function* findPoor(context: StageContext): AsyncGenerator<StageEvent, PoorRecord> {
  const { store, spec, seed } = context
  const evaluation = needed(context, 'evaluation-theta_0')
  const { fraction, minimumCorrelation } = spec.poor
  const found = (pool: 'evaluation' | 'heldOut') =>
    worstTasks(
      evaluation.pools[pool].streams.filter((scores) => (STREAMS.mining as readonly number[]).includes(scores.stream)),
      fraction
    )
  const [mined, heldOut] = [found('evaluation'), found('heldOut')]
  const record: PoorRecord = {
    fraction,
    evaluation: mined.poor,
    heldOut: heldOut.poor,
    rankCorrelation: { evaluation: mined.rankCorrelation, heldOut: heldOut.rankCorrelation },
    reliable: mined.rankCorrelation >= minimumCorrelation
  }
  if (!store.record('poor')) store.writeRecord('poor', record)
  if (!record.reliable) {
    const text = `two evaluations order the tasks alike only to ${mined.rankCorrelation.toFixed(2)} (Spearman; ${minimumCorrelation} is asked): poor tasks are not identifiable at this sample size`
    if (!spec.explain.allowUnreliable) {
      throw new XmrlError(
        'ERR_UNRELIABLE',
        `${text}; raise evaluate.supportEpisodes or evaluate.queryEpisodes, or set explain.allowUnreliable=true`
      )
    }
    yield { type: 'note', seed, text }
  }
  return record
}
