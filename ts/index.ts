/**
 * XMRL: explain why a meta-reinforcement-learning policy fails some tasks, repair it, and trust the figures.
 * This list is the public API.
 */
export { ARM_INFO, type ArmInfo } from './baselines/index.js'
export { ERROR_CODES, type ErrorCode, XmrlError } from './errors.js'
export type { DeviceChoice } from './native.js'
export { type ReportRun, renderReport } from './report/index.js'
export {
  type ArmRecord,
  type AugmentationRecord,
  type Checkpoint,
  type EvaluationRecord,
  type ExplanationRecord,
  type FlightsRecord,
  type LoadedRun,
  type LoadedSeed,
  loadRun,
  type Manifest,
  type MetricLine,
  type PoorRecord,
  RunDirectory,
  readSpecFile,
  type SeedRecords,
  type SeedStore,
  type TableRecord,
  type TasksRecord
} from './run/index.js'
export {
  buildTable,
  findPoor,
  type Interval,
  pairedBootstrap,
  type Scores,
  type SeedScores,
  seedScores,
  spearman,
  topOverlap
} from './select/index.js'
export {
  ARMS,
  type Arm,
  applyOverrides,
  defineExperiment,
  type Experiment,
  presetNames,
  type Spec,
  specJsonSchema,
  type WrittenSpec
} from './spec/index.js'
export {
  augment,
  type ComputeOptions,
  evaluate,
  explain,
  Learner,
  type RunEvent,
  type RunOptions,
  retrain,
  runExperiment,
  type StageContext,
  train
} from './stages/index.js'
export {
  createWorlds,
  type EnvironmentSpec,
  environments,
  sampleTasks,
  type TaskPool,
  type Worlds,
  type WorldsOptions,
  type WorldsStep
} from './worlds/index.js'
