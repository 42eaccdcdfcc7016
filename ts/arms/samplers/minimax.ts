/**
 * Weights of tasks that rise with their loss: the maximising player of TR-MAML's game (Collins, Mokhtari, Shakkottai, "Task-Robust
 * Model-Agnostic Meta-Learning", NeurIPS 2020), by exponentiated gradient from meta-batches.
 */
import { mean } from '../../statistics/index.js'
import { drawn, mixedWithEven, normalised, type Sampler } from './sampler.js'

/** See `retrain.minimax` in the specification. */
export interface MinimaxOptions {
  rate: number
  evenShare: number
}

/** Logarithms of the weights, the greatest 0. */
export interface MinimaxState {
  logWeights: number[]
}

/** How far each return lies below the meta-batch's mean, in standard deviations; 0 where all are alike. */
function losses(returns: readonly number[]): number[] {
  const middle = mean(returns)
  const deviation = Math.sqrt(mean(returns.map((value) => (value - middle) ** 2)))
  return returns.map((value) => (deviation > 0 ? (middle - value) / deviation : 0))
}

/**
 * Places are drawn from `q = (1 − evenShare) w + evenShare / N`. After each meta-batch of B places,
 * `w_i <- w_i exp(rate g_i)`, normalised, with `g_i = (1/B) Σ_(places of i) z / q_i`: z the returns' distance below the batch's mean in
 * its standard deviations, divided by how often i is drawn, so that g_i has the mean z_i for a task that was not drawn too.
 */
export function minimax({ rate, evenShare }: MinimaxOptions): Sampler<MinimaxState> {
  const law = ({ logWeights }: MinimaxState) => mixedWithEven(normalised(logWeights.map(Math.exp)), evenShare)
  return {
    start: (tasks) => ({ logWeights: new Array<number>(tasks).fill(0) }),
    draw: (state, size, draws) => ({ tasks: drawn(law(state), size, draws) }),
    learn(state, { tasks, returns }) {
      const q = law(state)
      const logWeights = [...state.logWeights]
      for (const [at, z] of losses(returns).entries()) logWeights[tasks[at]] += (rate * z) / (tasks.length * q[tasks[at]])
      const top = Math.max(...logWeights)
      return { logWeights: logWeights.map((value) => value - top) }
    },
    law
  }
}
