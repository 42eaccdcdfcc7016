/**
 * What each environment preset changes in the defaults: the recipe with which its reference figures were measured.
 * A user's own keys lie above these.
 */
import type { WrittenSpec } from './schema.js'

/** drone-planar: 200 iterations, 5.7 M environment steps, the trust region tightened for the last third. */
const imbalanced: WrittenSpec = {
  train: {
    phases: [
      { iterations: 100, slots: 24, supportFlights: 40, queryFlights: 20, maxKl: 0.015 },
      { iterations: 33, slots: 24, supportFlights: 160, queryFlights: 20, maxKl: 0.015 },
      { iterations: 67, slots: 24, supportFlights: 160, queryFlights: 20, maxKl: 0.01 }
    ]
  },
  retrain: { arms: ['xmrl', 'maml', 'maml-null', 'ma', 'oracle'] }
}

/** drone-planar/uniform: 120 iterations, 2.4 M environment steps; its task law has no rare side, hence no oracle arm. */
const uniform: WrittenSpec = {
  train: {
    phases: [
      { iterations: 80, slots: 30, supportFlights: 40, queryFlights: 20, maxKl: 0.015 },
      { iterations: 40, slots: 30, supportFlights: 40, queryFlights: 20, maxKl: 0.01 }
    ]
  }
}

/** Recipe of every environment preset, by preset name. */
export const presets: Readonly<Record<string, WrittenSpec>> = {
  'drone-planar': imbalanced,
  'drone-planar/uniform': uniform
}

/** Names of the presets a specification may name. */
export const presetNames: readonly string[] = Object.keys(presets)
