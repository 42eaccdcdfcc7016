/** The solvers of an explanation that are one measurement: in adaptation space, and by influence. */
import { EVALUATED, type ExplanationRecord, type PoorRecord } from '../records/index.js'
import type { Solver } from '../spec/index.js'
import { mean, spearman } from '../statistics/index.js'
import { STREAMS, type StageContext, throwIfAborted, weightsOf } from './context.js'
import { keptDisplacements } from './displacements.js'

/** What a solver measured, before critical tasks are chosen from it. */
export type RawExplanation = Omit<
  ExplanationRecord,
  'kind' | 'critical' | 'weights' | 'cut' | 'fallback' | 'reason' | 'verdict' | 'controls'
> & {
  gradient?: number[]
  /** `[N][P]` mean of both halves, where their lengths are kept. */
  directions?: Float64Array
}

/** Training tasks, and the poor tasks of the evaluation pool, with their parameters. */
export function explained({ tasks }: StageContext, poor: PoorRecord): { training: number[][]; targets: number[][] } {
  const { training, evaluation } = tasks.pools
  return { training: training.values, targets: poor.evaluation.map((task) => evaluation.values[task]) }
}

/** Size of the set whose overlap between the halves is reported. */
export const topSize = ({ spec }: StageContext, tasks: number) => Math.max(1, Math.round(spec.explain.criticalFraction * tasks))

/** Convex weights in the space of adaptation directions, measured on two independent halves. */
export async function inAdaptationSpace(context: StageContext, poor: PoorRecord): Promise<RawExplanation> {
  const { learner, spec, seed } = context
  const { rho, metric, lengths, groupCosine } = spec.explain
  const { training } = explained(context, poor)
  const measured = await halvesOf(context, poor)
  const { steps, halves, foretelling } = measured
  let { envSteps } = measured
  const [[trainA, poorA], [trainB, poorB]] = halves
  const images = metric === 'fisher' ? await fisherImages(context, training, [trainA, trainB, poorA, poorB]) : undefined
  envSteps += images?.envSteps ?? 0
  const found = await learner.explainAdaptation({
    trainA,
    trainB,
    poorA,
    poorB,
    rho,
    lengths,
    top: topSize(context, training.length),
    seed,
    ...(metric === 'layers' ? { layers: learner.layerSizes } : {}),
    ...(images ? { images: images.images } : {}),
    ...(groupCosine === null ? {} : { groupCosine })
  })
  const foretold = foretelling && (await foretell(context, poor, [trainA, trainB], [found.omegaA, found.omegaB], foretelling))
  return {
    solver: 'adaptation',
    ...(metric === 'raw' ? {} : { metric }),
    ...(steps === 1 ? {} : { adaptationSteps: steps }),
    ...(lengths === 'unit' ? {} : { lengths, directions: trainA.map((value, at) => 0.5 * (value + trainB[at])) }),
    ...(measured.source === 'own' ? {} : { source: measured.source }),
    omega: found.omega,
    low: found.low,
    high: found.high,
    halves: [found.omegaA, found.omegaB],
    similarity: found.similarity,
    splitHalfSpearman: found.splitHalfSpearman,
    topOverlap: found.topOverlap,
    effectiveTasks: found.effectiveTasks,
    ...(foretold ? { foretold } : {}),
    ...(groupCosine === null ? {} : { groups: found.groups }),
    info: { dualityGap: found.gap, iterations: found.iterations, objective: found.objective, rho },
    envSteps
  }
}

/** Directions `[N][P]` of the training tasks and `[B][P]` of the poor ones, on two halves. */
interface Halves {
  source: 'evaluation' | 'own'
  steps: number
  halves: [Float64Array, Float64Array][]
  /** Second adaptation steps of the evaluation and the held-out tasks on the same halves; where they are known. */
  foretelling?: [Float64Array, Float64Array]
  envSteps: number
}

/** Those of theta_0's evaluation, or of episodes of the explanation's own: at other weights than theta_0 nobody has evaluated. */
function halvesOf(context: StageContext, poor: PoorRecord): Halves | Promise<Halves> {
  const { spec } = context
  const own = spec.explain.source === 'own' || weightsOf(context) !== 'train'
  return own ? flownHalves(context, poor) : keptHalves(context, poor)
}

/** What the two evaluations of theta_0 kept in which poor tasks were found. */
function keptHalves(context: StageContext, poor: PoorRecord): Halves {
  const { spec, learner } = context
  const steps = spec.explain.adaptationSteps ?? spec.evaluate.steps
  const kept = keptDisplacements(context)
  const width = learner.policyParameters
  const halves = STREAMS.mining.map((stream): [Float64Array, Float64Array] => {
    const evaluated = kept('evaluation', stream, steps)
    return [kept('training', stream, steps), joined(poor.evaluation.map((task) => evaluated.subarray(task * width, (task + 1) * width)))]
  })
  const second = (stream: number) => joined(EVALUATED.map((pool) => kept(pool, stream, 2).map(less(kept(pool, stream, 1)))))
  const foretelling: [Float64Array, Float64Array] | undefined =
    steps < 2 ? undefined : [second(STREAMS.mining[0]), second(STREAMS.mining[1])]
  return { source: 'evaluation', steps, halves, ...(foretelling ? { foretelling } : {}), envSteps: 0 }
}

/** Support episodes of the explanation's own, charged. */
async function flownHalves(context: StageContext, poor: PoorRecord): Promise<Halves> {
  const { learner, spec } = context
  const steps = spec.explain.adaptationSteps ?? spec.evaluate.steps
  const { training, targets } = explained(context, poor)
  // Episodes are keyed by task number: one for all, or numbers of their own, the poor tasks' past the training pool's.
  const { commonNumbers } = spec.explain
  const trainIds = training.map((_, task) => (commonNumbers ? 0 : task))
  const poorIds = poor.evaluation.map((task) => (commonNumbers ? 0 : training.length + task))
  const halves: [Float64Array, Float64Array][] = []
  let envSteps = 0
  for (const stream of STREAMS.halves) {
    throwIfAborted(context)
    const over = { supportEpisodes: spec.explain.episodes, steps }
    const train = await learner.directions(training, stream, over, trainIds)
    const aim = await learner.directions(targets, stream, over, poorIds)
    envSteps += train.envSteps + aim.envSteps
    halves.push([train.directions, aim.directions])
  }
  return { source: 'own', steps, halves, envSteps }
}

/** What training by these weights is foretold to do to every task of the evaluation and the held-out pool. */
async function foretell(
  { learner, tasks }: StageContext,
  poor: PoorRecord,
  [trainA, trainB]: readonly [Float64Array, Float64Array],
  [omegaA, omegaB]: readonly [number[], number[]],
  [secondA, secondB]: readonly [Float64Array, Float64Array]
): Promise<NonNullable<RawExplanation['foretold']>> {
  const reference = tasks.pools.evaluation.values.length
  const { foretold, halves } = await learner.foretell({ trainA, trainB, omegaA, omegaB, secondA, secondB, reference })
  const evaluation = foretold.slice(0, reference)
  return {
    evaluation,
    heldOut: foretold.slice(reference),
    poor: mean(poor.evaluation.map((task) => evaluation[task])),
    splitHalfSpearman: spearman(halves[0], halves[1])
  }
}

/** Rows of several arrays, one after the other. */
function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const less = (other: Float64Array) => (value: number, at: number) => value - other[at]

/** Every set of directions multiplied by the Fisher matrix of theta_0 on states of the training tasks. */
async function fisherImages(
  context: StageContext,
  training: readonly (readonly number[])[],
  sets: readonly Float64Array[]
): Promise<{ images: Float64Array[]; envSteps: number }> {
  throwIfAborted(context)
  const { learner, spec } = context
  const { fisherEpisodes, fisherRows } = spec.explain
  const starts = sets.map((_, at) => sets.slice(0, at).reduce((sum, set) => sum + set.length, 0))
  const { directions, envSteps } = await learner.fisherProducts(
    training,
    STREAMS.fisher,
    { supportEpisodes: fisherEpisodes, rows: fisherRows },
    joined(sets)
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
