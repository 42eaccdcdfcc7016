/** Worlds of one's own: defined, opened, and asked for what a preset is asked for. */

export { DefinedWorld, defineWorld } from './define.js'
export type {
  MixStates,
  ObserveBatch,
  OwnTaskLaw,
  ResetBatch,
  StepBatch,
  TaskPoolName,
  TaskRandom,
  WorldBatch,
  WorldDefinition
} from './definition.js'
export { openExperiment, openWorld, ownOf, withOpenedWorld, worldOf } from './open.js'
export { OpenedWorld } from './world.js'
