/** Meta-training of theta_0: the spec's phases, uniform over the training pool. */
import { drawMetaBatch, PLAIN } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import { foreignWeights, initialWeights, WEIGHTS } from '../run/index.js'
import type { Spec, TrainPhase } from '../spec/index.js'
import { draws, mean, PURPOSE } from '../statistics/index.js'
import { canSucceed, type StageContext } from './context.js'
import type { StageEvent } from './events.js'
import type { Learner } from './learner.js'
import { type Loop, type LoopState, runLoop } from './loop.js'

/** Stream of training's random numbers. */
const STREAM = 0

function phaseAt(spec: Spec, iteration: number): TrainPhase {
  let left = iteration
  for (const phase of spec.train.phases) {
    if (left < phase.iterations) return phase
    left -= phase.iterations
  }
  return spec.train.phases[spec.train.phases.length - 1]
}

/** Starts from the run's copy of the weights that `train.initial` names. */
function takeInitial({ spec, store, learner }: StageContext): void {
  if (spec.train.initial === null || store.checkpoint('train')) return
  const bytes = store.initial()
  if (bytes === undefined) throw new XmrlError('ERR_SPEC_INVALID', `train.initial: ${store.path} has no copy of ${spec.train.initial}`)
  learner.restore(bytes)
  store.saveCheckpoint('train', 0, { [WEIGHTS]: learner.checkpoint() }, { envSteps: 0 })
}

/**
 * The weights that training starts from, once they are known to fit the learner; undefined where they are drawn from the seed.
 * @param out the run directory, whose own copy comes before the file that `train.initial` names
 * @throws XmrlError `ERR_SPEC_INVALID` (no such file, one of another program), `ERR_SHAPE`, `ERR_CHECKPOINT_CORRUPT`, each naming `train.initial` and the file
 */
export function readInitial({ train, environment }: Spec, out: string, learner: Learner): Uint8Array | undefined {
  if (train.initial === null) return undefined
  const { bytes, from } = initialWeights(train.initial, train.initialFrom, out)
  try {
    learner.restore(bytes)
  } catch (error) {
    if (!(error instanceof XmrlError)) throw error
    const foreign = foreignWeights(bytes)
    if (foreign !== undefined) {
      const cure = `a run starts from weights that "npx xmrl import" writes: npx xmrl import <policy.safetensors> --preset ${environment}`
      throw new XmrlError('ERR_SPEC_INVALID', `train.initial: ${from} is ${foreign}; ${cure}`, { cause: error })
    }
    throw new XmrlError(error.code, `train.initial: ${from}: ${error.message}`, { cause: error })
  }
  return bytes
}

/** Trains theta_0 (or goes on, or finds it done); saves it as checkpoint `train-<iterations>`. */
export async function* train(context: StageContext): AsyncGenerator<StageEvent, LoopState> {
  const { spec, seed, tasks } = context
  takeInitial(context)
  const iterations = spec.train.phases.reduce((sum, phase) => sum + phase.iterations, 0)
  const pool = tasks.pools.training.values
  const loop: Loop = {
    name: 'train',
    stage: 'train',
    iterations,
    progress: (iteration) => (iteration < iterations ? iteration / iterations : 1),
    step: (iteration) => {
      const phase = phaseAt(spec, iteration)
      const batch = drawMetaBatch(
        PLAIN,
        pool.length,
        phase.metaBatchSize,
        phase.queryEpisodes,
        draws(seed, PURPOSE.metaBatch, STREAM * 2 ** 32 + iteration)
      )
      const { monitorEvery } = spec.train
      return {
        stream: STREAM,
        iteration,
        tasks: batch.tasks.map((task) => pool[task]),
        supportEpisodes: phase.supportEpisodes,
        queryEpisodes: phase.queryEpisodes,
        maxKl: phase.maxKl,
        monitor: monitorEvery > 0 && (iteration + 1) % monitorEvery === 0
      }
    }
  }
  const state = yield* runLoop(context, loop)
  context.recordSteps('train', state.envSteps)
  const last = state.curve.slice(-10)
  const ended =
    last.length === 0
      ? 'weights as given'
      : canSucceed(tasks)
        ? `success of the last ten ${mean(last.map((point) => point.successAfter ?? 0)).toFixed(3)}`
        : `return of the last ten ${mean(last.map((point) => point.returnAfter)).toFixed(1)}`
  yield {
    type: 'stage-finished',
    seed,
    stage: 'train',
    envSteps: state.envSteps,
    summary: `${state.iteration} iterations, ${(state.envSteps / 1e6).toFixed(2)} M steps, ${ended}`
  }
  return state
}
