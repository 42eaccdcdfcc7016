/** Specifications: schema, presets, resolution. */

export { commentedSpec } from './commented.js'
export { SOLVERS } from './explain.js'
export { givenWeights, sameDefinition } from './given.js'
export { canonicalJson, hashedPart, hashSpec } from './hash.js'
export { specJsonSchema } from './json-schema.js'
export { kindOf, type TaskKind } from './kind.js'
export { type TaskKinds, taskKinds } from './kinds.js'
export { completed as completedSpec, migrated as migratedSpec, SPEC_VERSION } from './migration.js'
export { MOST_THREADS, MOST_UNITS, whole } from './numbers.js'
export {
  abilitiesOf,
  canMix,
  environmentSpecOf,
  isForeignWorld,
  isOwnWorld,
  keepWorld,
  OwnWorld,
  openedWorld,
  type WorldAbilities
} from './own.js'
export { isModulePath, isWorldPlace } from './place.js'
export {
  POOL_KEYS,
  type PoolSource,
  poolSize,
  poolSource,
  poorCount,
  type RareSettings,
  rareText,
  rowProblem,
  type TaskRow
} from './pools.js'
export { type Preset, presets } from './presets.js'
export { type EnvironmentSpec, isMarket, isPreset, presetNames, type Rareness, registered, registry } from './registry.js'
export { applyOverrides, defineExperiment, type Experiment, everyArm, parseSpec, specOfArm, withArms, withTaskFiles } from './resolve.js'
export {
  type Family,
  type Recipe,
  type Solver,
  type Spec,
  specSchema,
  type TrainPhase
} from './schema.js'
export { parseSeeds } from './seeds.js'
export { type ArmVariant, findArm, type ResolvedArm } from './variants.js'
export type { WorldRecord } from './world.js'
export type { WorldPlace, WrittenArm, WrittenSpec } from './written.js'
