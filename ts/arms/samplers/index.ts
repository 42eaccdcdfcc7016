/** Samplers of tasks by name. */
import type { Sampled } from '../definition.js'
import { type MinimaxOptions, type MinimaxState, minimax } from './minimax.js'
import { type PlrOptions, type PlrState, plr } from './plr.js'
import { type RomlOptions, type RomlState, roml } from './roml.js'
import { checked, type Sampler } from './sampler.js'

/** The options of each. */
export interface SamplerOptions extends Record<Sampled, object> {
  roml: RomlOptions
  minimax: MinimaxOptions
  plr: PlrOptions
}
/** A sampler with the state that it has: it draws, learns from what became of the draw, and is saved between two meta-batches. */
export interface Sampling {
  draw(...given: Parameters<Sampler<unknown>['draw']> extends [unknown, ...infer Rest] ? Rest : never): { tasks: number[] }
  learn(outcome: Parameters<Sampler<unknown>['learn']>[1]): void
  /** `[N]` probabilities by which a place is drawn. */
  law(): number[]
  /** Plain values that {@link restore} takes. */
  state(): unknown
  /** Throws `ERR_CHECKPOINT_CORRUPT` for what is no state of this sampler over these tasks. */
  restore(state: unknown): void
}

/** A sampler over a pool of tasks, at its start. */
export function samplingOf(name: Sampled, options: SamplerOptions, tasks: number): Sampling {
  switch (name) {
    case 'roml':
      return holding(roml(options.roml), (state) => checked<RomlState>(state, ['law'], tasks), tasks)
    case 'minimax':
      return holding(minimax(options.minimax), (state) => checked<MinimaxState>(state, ['logWeights'], tasks), tasks)
    case 'plr':
      return holding(plr(options.plr), (state) => checked<PlrState>(state, ['scores', 'age'], tasks), tasks)
  }
}

function holding<State>(sampler: Sampler<State>, read: (state: unknown) => State, tasks: number): Sampling {
  let held = sampler.start(tasks)
  return {
    draw: (size, draws) => sampler.draw(held, size, draws),
    learn(outcome) {
      held = sampler.learn(held, outcome)
    },
    law: () => sampler.law(held),
    state: () => held,
    restore(state) {
      held = read(state)
    }
  }
}
