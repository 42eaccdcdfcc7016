/** Post-adaptation performance of one arm on the frozen pools, and which tasks are poor. */
import { XmrlError } from '../errors.js'
import type { EvaluationRecord, PoolName, PoorRecord, StreamScores } from '../run/index.js'
import { mean, spearman, findPoor as worstTasks } from '../select/index.js'
import { STREAMS, type StageContext, throwIfAborted } from './context.js'
import type { RunEvent } from './events.js'

type PoolScores = NonNullable<EvaluationRecord['pools']['evaluation']>

/** Which pool is measured on which streams. */
type Plan = [PoolName, readonly number[]][]

/**
 * Evaluates the learner's present weights as `arm`, or returns the record that is already there.
 * theta_0 is measured on the two mining streams and the fresh one, arms on the fresh one alone (paired with theta_0's).
 */
export async function* evaluate(context: StageContext, arm: string): AsyncGenerator<RunEvent, EvaluationRecord> {
  const { store, seed, learner, tasks } = context
  const who = { seed, stage: 'evaluate' as const, arm }
  const done = store.record(`evaluation-${arm}`)
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) return done
  const first = arm === 'theta_0'
  const streams = first ? [...STREAMS.mining, STREAMS.fresh] : [STREAMS.fresh]
  const plan: Plan = [...(first ? ([['training', [STREAMS.mining[0]]]] as Plan) : []), ['evaluation', streams], ['held-out', streams]]
  const total = plan.reduce((sum, [, list]) => sum + list.length, 0)
  const pools: Partial<Record<PoolName, PoolScores>> = {}
  let envSteps = 0
  let iteration = 0
  for (const [pool, list] of plan) {
    const scores: StreamScores[] = []
    for (const stream of list) {
      throwIfAborted(context)
      const result = await learner.evaluate(tasks.pools[pool].values, stream)
      envSteps += result.envSteps
      scores.push({ stream, returns: result.returns, success: result.success })
      const metrics = { success: mean(result.success), return: mean(result.returns) }
      store.metrics.append({ stage: `evaluate-${arm}`, iteration: ++iteration, envSteps, pool, stream, ...metrics })
      yield { type: 'iteration', ...who, iteration, of: total, envSteps, progress: iteration / total, metrics }
    }
    // Two evaluations on independent streams: how far the order of the tasks is a fact and not noise.
    const [a, b] = scores
    pools[pool] = { streams: scores, ...(b ? { rankCorrelation: spearman(a.success, b.success) } : {}) }
  }
  const record = { arm, seed, pools, envSteps } as EvaluationRecord
  store.writeRecord(`evaluation-${arm}`, record)
  context.recordSteps(`evaluate-${arm}`, envSteps)
  const fresh = (pool: 'evaluation' | 'held-out') => mean(record.pools[pool].streams.at(-1)?.success ?? [])
  const correlation = record.pools.evaluation.rankCorrelation
  yield {
    type: 'stage-finished',
    ...who,
    envSteps,
    summary: `success ${fresh('evaluation').toFixed(3)}, held-out ${fresh('held-out').toFixed(3)}${correlation === undefined ? '' : `, rank correlation of two evaluations ${correlation.toFixed(2)}`}`
  }
  return record
}

/**
 * The tasks that need repair: the worst share of each pool by mean return over the two mining streams.
 * Errors: `ERR_UNRELIABLE` where two evaluations disagree about the order of the tasks, unless the spec allows it.
 */
export async function* findPoor(context: StageContext, evaluation: EvaluationRecord): AsyncGenerator<RunEvent, PoorRecord> {
  const { store, spec, seed } = context
  const { fraction, minimumCorrelation } = spec.poor
  const found = (pool: 'evaluation' | 'held-out') =>
    worstTasks(
      evaluation.pools[pool].streams.filter((scores) => (STREAMS.mining as readonly number[]).includes(scores.stream)),
      fraction
    )
  const [mined, heldOut] = [found('evaluation'), found('held-out')]
  const record: PoorRecord = {
    fraction,
    evaluation: mined.poor,
    'held-out': heldOut.poor,
    rankCorrelation: { evaluation: mined.rankCorrelation, 'held-out': heldOut.rankCorrelation },
    reliable: mined.rankCorrelation >= minimumCorrelation
  }
  if (!store.record('poor')) store.writeRecord('poor', record)
  if (!record.reliable) {
    const text = `two evaluations order the tasks alike only to ${mined.rankCorrelation.toFixed(2)} (Spearman; ${minimumCorrelation} is asked): poor tasks are not identifiable at this sample size`
    if (!spec.explain.allowUnreliable) {
      throw new XmrlError(
        'ERR_UNRELIABLE',
        `${text}; raise evaluate.supportFlights or evaluate.queryFlights, or set explain.allowUnreliable=true`
      )
    }
    yield { type: 'note', seed, text }
  }
  return record
}
