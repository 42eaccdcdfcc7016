/** Worlds of one's own: defined, opened, and asked for what a preset is asked for. */

export { type DefinedWorld, defineWorld } from './define.js'
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
export { pythonProgram } from './python.js'
export type { OpenedWorld } from './world.js'
