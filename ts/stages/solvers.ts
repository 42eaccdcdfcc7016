/** The solvers of an explanation that are one measurement: in adaptation space, and by influence. */
import type { ExplanationRecord, PoorRecord } from '../records/index.js'
import type { Solver } from '../spec/index.js'
import { STREAMS, type StageContext, throwIfAborted } from './context.js'

/** What a solver measured, before critical tasks are chosen from it. */
export type RawExplanation = Omit<ExplanationRecord, 'kind' | 'critical' | 'weights' | 'cut' | 'fallback' | 'reason' | 'controls'> & {
  gradient?: number[]
}

/** Training tasks, and the poor tasks of the evaluation pool, with their parameters. */
export function explained({ tasks }: StageContext, poor: PoorRecord): { training: number[][]; targets: number[][] } {
  const { training, evaluation } = tasks.pools
  return { training: training.values, targets: poor.evaluation.map((task) => evaluation.values[task]) }
}

/** Size of the set whose overlap between the halves is reported. */
export const topSize = ({ spec }: StageContext, tasks: number) => Math.max(1, Math.round(spec.explain.criticalFraction * tasks))

/** Convex weights in the space of adaptation directions, from two independent halves of support episodes. */
export async function inAdaptationSpace(context: StageContext, poor: PoorRecord): Promise<RawExplanation> {
  const { learner, spec, seed } = context
  const { rho, episodes, metric, groupCosine } = spec.explain
  const steps = spec.explain.adaptationSteps ?? spec.evaluate.steps
  const { training, targets } = explained(context, poor)
  // Streams of a pool are keyed by task number: the poor tasks' numbers are moved past the training pool's.
  const ids = poor.evaluation.map((task) => training.length + task)
  const halves: [Float64Array, Float64Array][] = []
  let envSteps = 0
  for (const stream of STREAMS.halves) {
    throwIfAborted(context)
    const over = { supportEpisodes: episodes, steps }
    const train = await learner.directions(training, stream, over)
    const aim = await learner.directions(targets, stream, over, ids)
    envSteps += train.envSteps + aim.envSteps
    halves.push([train.directions, aim.directions])
  }
  const [[trainA, poorA], [trainB, poorB]] = halves
  const measured = metric === 'fisher' ? await fisherImages(context, training, [trainA, trainB, poorA, poorB]) : undefined
  envSteps += measured?.envSteps ?? 0
  const found = await learner.explainAdaptation({
    trainA,
    trainB,
    poorA,
    poorB,
    rho,
    top: topSize(context, training.length),
    seed,
    ...(metric === 'layers' ? { layers: learner.layerSizes } : {}),
    ...(measured ? { images: measured.images } : {}),
    ...(groupCosine === null ? {} : { groupCosine })
  })
  return {
    solver: 'adaptation',
    ...(metric === 'raw' ? {} : { metric }),
    ...(steps === 1 ? {} : { adaptationSteps: steps }),
    omega: found.omega,
    low: found.low,
    high: found.high,
    halves: [found.omegaA, found.omegaB],
    similarity: found.similarity,
    splitHalfSpearman: found.splitHalfSpearman,
    topOverlap: found.topOverlap,
    ...(groupCosine === null ? {} : { groups: found.groups }),
    info: { dualityGap: found.gap, iterations: found.iterations, objective: found.objective, rho },
    envSteps
  }
}

/** Every set of directions multiplied by the Fisher matrix of theta_0 on states of the training tasks. */
async function fisherImages(
  context: StageContext,
  training: readonly (readonly number[])[],
  sets: readonly Float64Array[]
): Promise<{ images: Float64Array[]; envSteps: number }> {
  throwIfAborted(context)
  const { learner, spec } = context
  const { fisherEpisodes, fisherRows } = spec.explain
  const all = new Float64Array(sets.reduce((sum, set) => sum + set.length, 0))
  const starts = sets.map((_, at) => sets.slice(0, at).reduce((sum, set) => sum + set.length, 0))
  for (const [at, set] of sets.entries()) all.set(set, starts[at])
  const { directions, envSteps } = await learner.fisherProducts(
    training,
    STREAMS.fisher,
    { supportEpisodes: fisherEpisodes, rows: fisherRows },
    all
  )
  return { images: sets.map((set, at) => directions.slice(starts[at], starts[at] + set.length)), envSteps }
}

/** Influence of each training task through the meta-gradient: the hypergradient by any linear solver, or plain inner products. */
export async function byInfluence(
  context: StageContext,
  poor: PoorRecord,
  solver: Exclude<Solver, 'adaptation' | 'alternating'>
): Promise<RawExplanation> {
  const { learner, spec, seed } = context
  const { supportEpisodes, queryEpisodes, batches, average, damping, maxIterations, tolerance, differenceStep, rank, groupCosine } =
    spec.explain
  const { training, targets } = explained(context, poor)
  const found = await learner.explainInfluence(training, targets, {
    solver,
    supportEpisodes,
    queryEpisodes,
    batches,
    average,
    streamA: STREAMS.halves[0],
    streamB: STREAMS.halves[1],
    damping,
    maxIterations,
    tolerance,
    differenceStep,
    rank,
    top: topSize(context, training.length),
    seed,
    ...(groupCosine === null ? {} : { groupCosine })
  })
  const info: RawExplanation['info'] = {}
  for (const [key, value] of Object.entries(found.info)) if (value !== undefined && value !== null) info[key] = value as number | boolean
  return {
    solver,
    omega: found.scores,
    low: found.low,
    high: found.high,
    halves: [found.scoresA, found.scoresB],
    splitHalfSpearman: found.splitHalfSpearman,
    topOverlap: found.topOverlap,
    ...(groupCosine === null ? {} : { groups: found.groups }),
    gradient: found.gradientScores,
    info,
    envSteps: found.envSteps
  }
}
