/** Which training tasks matter for the poor ones, and how far the answer can be trusted. */
import { coreAddon, guarded, guardedJob } from '../native.js'
import type { EvaluationRecord, ExplanationRecord, PoorRecord } from '../run/index.js'
import { chooseCritical, distanceToNearest } from '../select/index.js'
import { STREAMS, type StageContext, throwIfAborted } from './context.js'
import type { RunEvent } from './events.js'
import { flatten } from './learner.js'

/** What a solver measured, before critical tasks are chosen from it. */
type RawExplanation = Omit<ExplanationRecord, 'critical' | 'weights' | 'cut' | 'fallback' | 'reason' | 'controls'> & { gradient?: number[] }

/** Explains the poor tasks of the evaluation pool at the learner's weights (theta_0), or returns the record that is there. */
export async function* explain(
  context: StageContext,
  poor: PoorRecord,
  evaluation: EvaluationRecord
): AsyncGenerator<RunEvent, ExplanationRecord> {
  const { store, seed, spec } = context
  const who = { seed, stage: 'explain' as const }
  const done = store.record('explanation')
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) return done
  throwIfAborted(context)
  const raw = spec.explain.solver === 'adaptation' ? await inAdaptationSpace(context, poor) : await byInfluence(context, poor)
  const { tasks } = context
  const poorTasks = poor.evaluation.map((task) => tasks.pools.evaluation.values[task])
  const distance = distanceToNearest(tasks.pools.training.values, poorTasks, tasks.taskLow, tasks.taskHigh)
  const { criticalFraction, minimumReliability } = spec.explain
  const choice = chooseCritical({
    solver: raw.solver,
    omega: raw.omega,
    splitHalfSpearman: raw.splitHalfSpearman,
    distance,
    criticalFraction,
    minimumReliability
  })
  const { gradient, ...measured } = raw
  const { success, returns = [] } = evaluation.pools.training?.streams[0] ?? {}
  const scores = success === undefined ? { returns } : { success }
  const record: ExplanationRecord = { ...measured, ...choice, controls: { distance, ...scores, ...(gradient ? { gradient } : {}) } }
  store.metrics.append({
    stage: 'explain',
    envSteps: record.envSteps,
    splitHalfSpearman: record.splitHalfSpearman,
    topOverlap: record.topOverlap,
    critical: record.critical,
    fallback: record.fallback
  })
  store.writeRecord('explanation', record)
  context.recordSteps('explain', record.envSteps)
  if (record.fallback && record.reason) yield { type: 'note', seed, text: record.reason }
  yield {
    type: 'stage-finished',
    ...who,
    envSteps: record.envSteps,
    summary: `${record.critical.length} critical of ${record.omega.length} training tasks, split-half Spearman ${record.splitHalfSpearman.toFixed(2)}, ${(record.envSteps / 1e6).toFixed(2)} M steps`
  }
  return record
}

/** Convex weights in the space of adaptation directions, from two independent halves of support flights. */
async function inAdaptationSpace(context: StageContext, poor: PoorRecord): Promise<RawExplanation> {
  const { learner, spec, tasks, seed } = context
  const { rho, flights } = spec.explain
  const training = tasks.pools.training.values
  const targets = poor.evaluation.map((task) => tasks.pools.evaluation.values[task])
  // Streams of a pool are keyed by task number: the poor tasks' numbers are moved past the training pool's.
  const ids = poor.evaluation.map((task) => training.length + task)
  const halves: [Float64Array, Float64Array][] = []
  let envSteps = 0
  for (const stream of STREAMS.halves) {
    throwIfAborted(context)
    const options = learner.evaluation(stream, { supportFlights: flights })
    const train = await guardedJob(() => learner.native.directions(flatten(training), options))
    const aim = await guardedJob(() => learner.native.directions(flatten(targets), options, ids))
    envSteps += train.envSteps + aim.envSteps
    halves.push([train.directions, aim.directions])
  }
  const [[trainA, poorA], [trainB, poorB]] = halves
  const top = Math.max(1, Math.round(spec.explain.criticalFraction * training.length))
  const found = guarded(() =>
    coreAddon(learner.device).explainAdaptation({
      parameters: learner.native.policyParameters,
      trainA,
      trainB,
      poorA,
      poorB,
      rho,
      top,
      seed
    })
  )
  return {
    solver: 'adaptation',
    omega: found.omega,
    low: found.low,
    high: found.high,
    halves: [found.omegaA, found.omegaB],
    similarity: found.similarity,
    splitHalfSpearman: found.splitHalfSpearman,
    topOverlap: found.topOverlap,
    info: { dualityGap: found.gap, iterations: found.iterations, objective: found.objective, rho },
    envSteps
  }
}

/** Influence of each training task through the meta-gradient: the paper's hypergradient, or plain inner products. */
async function byInfluence(context: StageContext, poor: PoorRecord): Promise<RawExplanation> {
  const { learner, spec, tasks, seed } = context
  const { solver, supportFlights, queryFlights, damping, maxIterations, tolerance, criticalFraction } = spec.explain
  const training = tasks.pools.training.values
  const targets = poor.evaluation.map((task) => tasks.pools.evaluation.values[task])
  const found = await guardedJob(() =>
    learner.native.explainInfluence(flatten(training), flatten(targets), {
      solver,
      supportFlights,
      queryFlights,
      streamA: STREAMS.halves[0],
      streamB: STREAMS.halves[1],
      damping,
      maxIterations,
      tolerance,
      top: Math.max(1, Math.round(criticalFraction * training.length)),
      seed,
      advantage: learner.advantage
    })
  )
  const info: RawExplanation['info'] = {}
  for (const [key, value] of Object.entries(found.info)) if (value !== undefined && value !== null) info[key] = value as number | boolean
  return {
    solver: solver === 'gradient' ? 'gradient' : 'implicit',
    omega: found.scores,
    low: found.low,
    high: found.high,
    halves: [found.scoresA, found.scoresB],
    splitHalfSpearman: found.splitHalfSpearman,
    topOverlap: found.topOverlap,
    gradient: found.gradientScores,
    info,
    envSteps: found.envSteps
  }
}
