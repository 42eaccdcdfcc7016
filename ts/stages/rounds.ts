/** The solver `alternating`: rounds of the single loop, twice on independent episodes, saved after every round. */
import { defined } from '../defined.js'
import type { PoorRecord, StateOf } from '../records/index.js'
import { averaged } from '../select/index.js'
import { spearman, topOverlap } from '../statistics/index.js'
import { aborted, ownName, STREAMS, type StageContext } from './context.js'
import type { StageEvent } from './events.js'
import { explained, type RawExplanation, topSize } from './solvers.js'

/** File of the loop of the half at work, beside what the rounds have come to. */
const LOOP = 'loop.safetensors'

/**
 * Weights of the training tasks by the paper's rounds. Rounds of the first half, then of the second; the weights are their mean.
 * Errors: `ERR_ABORTED` after saving.
 */
export async function* byRounds(context: StageContext, poor: PoorRecord): AsyncGenerator<StageEvent, RawExplanation> {
  const { learner, spec, seed, store } = context
  const { alternating, damping } = spec.explain
  const { training, targets } = explained(context, poor)
  const total = STREAMS.halves.length * alternating.rounds
  const stage = ownName(context, 'explain')
  const found = store.checkpoint(stage)
  const progress: StateOf<'explain'> = found?.state ?? { omegas: [], rounds: [], info: {}, envSteps: 0 }
  let loop = found?.files[LOOP]
  for (let done = found?.iteration ?? 0; done < total; done++) {
    if (context.signal?.aborted) throw aborted()
    const half = Math.floor(done / alternating.rounds)
    const first = done % alternating.rounds === 0
    const round = await learner.alternatingRound(
      training,
      targets,
      {
        rounds: alternating.rounds,
        upperRate: alternating.omegaRate,
        lowerRate: alternating.thetaRate,
        adjointRate: alternating.adjointRate,
        averageRate: alternating.averageRate,
        entropy: alternating.entropy,
        damping,
        supportEpisodes: alternating.supportEpisodes,
        queryEpisodes: alternating.queryEpisodes,
        stream: STREAMS.halves[half]
      },
      first ? undefined : loop
    )
    loop = round.state
    progress.omegas[half] = round.omega
    progress.envSteps += round.envSteps
    const entropy = -round.omega.reduce((sum, weight) => sum + (weight > 0 ? weight * Math.log(weight) : 0), 0)
    const { hypergradient, residual } = round
    progress.rounds.push({ half, round: round.round, entropy, hypergradient, residual })
    progress.info = { iterations: total, residual, damping: round.damping, lambdaMin: round.lambdaMin, lambdaMax: round.lambdaMax }
    const iteration = done + 1
    const figures = { entropy, hypergradient, residual }
    store.metrics.append({ stage, iteration, half, envSteps: progress.envSteps, ...figures })
    store.saveCheckpoint(stage, iteration, { [LOOP]: loop }, progress)
    yield {
      type: 'iteration',
      ...defined({ seed, stage: 'explain' as const, arm: context.own?.name }),
      iteration,
      of: total,
      envSteps: progress.envSteps,
      progress: iteration / total,
      metrics: figures
    }
  }
  const [a, b] = progress.omegas
  const omega = averaged(progress.omegas)
  return {
    solver: 'alternating',
    omega,
    low: a.map((value, task) => Math.min(value, b[task])),
    high: a.map((value, task) => Math.max(value, b[task])),
    halves: [a, b],
    splitHalfSpearman: spearman(a, b),
    topOverlap: topOverlap(a, b, topSize(context, training.length)),
    rounds: progress.rounds,
    info: progress.info,
    envSteps: progress.envSteps
  }
}
