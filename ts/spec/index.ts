/** Specifications: schema, presets, resolution. */
export { SOLVERS } from './explain.js'
export { MOST_UNITS } from './numbers.js'
export { presets } from './presets.js'
export { type EnvironmentSpec, isMarket, presetNames, registered, registry } from './registry.js'
export { applyOverrides, canonicalJson, defineExperiment, type Experiment, hashedPart, hashSpec, parseSpec, specOfArm } from './resolve.js'
export {
  type Family,
  type Solver,
  type Spec,
  specJsonSchema,
  specSchema,
  type TrainPhase,
  type WrittenSpec
} from './schema.js'
export { type ArmVariant, findArm, type ResolvedArm } from './variants.js'
