/** Specifications: schema, presets, resolution. */
export { presetNames, presets } from './presets.js'
export { applyOverrides, canonicalJson, defineExperiment, type Experiment, hashSpec, parseSpec } from './resolve.js'
export {
  ARMS,
  type Arm,
  type Family,
  type Solver,
  type Spec,
  specJsonSchema,
  specSchema,
  type TrainPhase,
  type WrittenSpec
} from './schema.js'
