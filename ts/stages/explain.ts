/** Which training tasks matter for the poor ones, and how far the answer can be trusted. */
import { defined } from '../defined.js'
import type { ExplanationRecord, PoorRecord } from '../records/index.js'
import { chooseCritical, distanceToNearest, judge, sharedWithin, spreadReason } from '../select/index.js'
import { needed, ownName, type StageContext, throwIfAborted, weightsOf, withWeights } from './context.js'
import { findPoor } from './evaluate.js'
import type { StageEvent } from './events.js'
import { keepMove } from './reptile.js'
import { byRounds } from './rounds.js'
import { byInfluence, inAdaptationSpace, type RawExplanation } from './solvers.js'

/**
 * Finds the poor tasks and explains those of the evaluation pool, at theta_0; or, of the same tasks, makes the explanation of the arm
 * that `context.own` names, at its weights. Returns the record that is there.
 * Errors: `ERR_UNRELIABLE` where poor tasks are not identifiable, unless the specification allows it.
 */
export async function* explain(context: StageContext): AsyncGenerator<StageEvent, ExplanationRecord> {
  const { store, seed, spec } = context
  const evaluation = needed(context, 'evaluation-theta_0')
  const poor = context.own === undefined ? yield* findPoor(context) : needed(context, 'poor')
  const who = defined({ seed, stage: 'explain' as const, arm: context.own?.name })
  const done = store.record(ownName(context, 'explanation'))
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) return done
  throwIfAborted(context)
  const raw = grouped(yield* withWeights(context, weightsOf(context), () => solve(context, poor)))
  const { tasks } = context
  const poorTasks = poor.evaluation.map((task) => tasks.pools.evaluation.values[task])
  const distance = distanceToNearest(tasks.pools.training.values, poorTasks, tasks.taskLow, tasks.taskHigh)
  const { criticalFraction, minimumReliability } = spec.explain
  const choice = chooseCritical({
    solver: raw.solver,
    omega: raw.omega,
    groups: raw.groups,
    splitHalfSpearman: raw.splitHalfSpearman,
    distance,
    criticalFraction,
    minimumReliability
  })
  const { gradient, directions, ...measured } = raw
  const { success, returns = [] } = evaluation.pools.training?.streams[0] ?? {}
  const scores = success === undefined ? { returns } : { success }
  const verdict = judge(raw, spec.explain.verdict, minimumReliability)
  const record: ExplanationRecord = {
    ...measured,
    ...choice,
    ...(verdict ? { verdict } : {}),
    controls: defined({ distance, ...scores, gradient })
  }
  if (directions !== undefined) keepMove(context, record.weights, directions)
  store.metrics.append({
    stage: ownName(context, 'explain'),
    envSteps: record.envSteps,
    splitHalfSpearman: record.splitHalfSpearman,
    topOverlap: record.topOverlap,
    critical: record.critical,
    fallback: record.fallback,
    ...(verdict ? { finding: verdict.finding } : {})
  })
  store.writeRecord(ownName(context, 'explanation'), record)
  context.recordSteps(ownName(context, 'explain'), record.envSteps)
  const text = noteOf(record)
  if (text !== undefined) yield { type: 'note', seed, text: context.own === undefined ? text : `${context.own.name}: ${text}` }
  yield {
    type: 'stage-finished',
    ...who,
    envSteps: record.envSteps,
    summary: `${record.critical.length} critical of ${record.omega.length} training tasks, split-half Spearman ${record.splitHalfSpearman.toFixed(2)}, ${(record.envSteps / 1e6).toFixed(2)} M steps`
  }
  return record
}

/** What to say of an explanation that singles nothing out, or does not repeat; undefined of any other. */
function noteOf(record: ExplanationRecord): string | undefined {
  const { verdict, fallback, reason } = record
  if (verdict !== undefined) {
    return verdict.finding === 'repair' ? undefined : `${verdict.reason}: arms that go by the explanation train on as MAML does`
  }
  return fallback ? reason : spreadReason(record)
}

/** What the spec's solver measures at the learner's weights. */
async function* solve(context: StageContext, poor: PoorRecord): AsyncGenerator<StageEvent, RawExplanation> {
  const { solver } = context.spec.explain
  if (solver === 'adaptation') return await inAdaptationSpace(context, poor)
  if (solver === 'alternating') return yield* byRounds(context, poor)
  return await byInfluence(context, poor, solver)
}

/** Near-duplicates share what was measured of each: the explanation cannot tell them apart. */
function grouped(raw: RawExplanation): RawExplanation {
  const { groups } = raw
  if (groups === undefined) return raw
  const shared = (values: readonly number[]) => sharedWithin(values, groups)
  const { omega, low, high, halves } = raw
  return { ...raw, omega: shared(omega), low: shared(low), high: shared(high), halves: [shared(halves[0]), shared(halves[1])] }
}
