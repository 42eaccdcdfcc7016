/**
 * XMRL: explain why a meta-reinforcement-learning policy fails some tasks, repair it, and trust the figures.
 * This list is the public API.
 */
export { ARM_INFO, type ArmInfo } from './baselines/index.js'
export { ERROR_CODES, type ErrorCode, XmrlError } from './errors.js'
export { loadPrices, type PriceSource, type PriceTable } from './market/index.js'
export type { DeviceChoice } from './native.js'
export { type RunEvent, type RunOptions, runExperiment } from './pipeline/index.js'
export { decodeTensors, encodeTensors, exportPolicy, importPolicy, type Layout } from './policies/index.js'
export { type ReportRun, renderReport, scoresOfStudy, studyFiles, studyOf, tableFiles } from './report/index.js'
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
  readLayout,
  readSpecFile,
  readTensors,
  type SeedRecords,
  type SeedStore,
  type StudyRecord,
  type TableRecord,
  type TasksRecord,
  type ValidationRecord
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
  retrain,
  type StageContext,
  train,
  validate
} from './stages/index.js'
export { runTheory, type Theory, type TheoryOptions, theoryPage } from './theory/index.js'
export {
  createWorlds,
  type EnvironmentSpec,
  environments,
  type MarketData,
  market,
  sampleTasks,
  type TaskPool,
  type Worlds,
  type WorldsOptions,
  type WorldsStep
} from './worlds/index.js'
