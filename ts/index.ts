/**
 * XMRL: explain why a meta-reinforcement-learning policy fails some tasks, repair it, and trust the figures.
 * This list is the public API.
 */
// Nothing by name: the import fails there where the addon is not installed.
export {} from './present.js'
export { ARM_INFO, ARMS, type Arm, type ArmInfo } from './arms/index.js'
export { ERROR_CODES, type ErrorCode, XmrlError } from './errors.js'
export { loadPrices, type PriceSource, type PriceTable } from './market/index.js'
export type { DeviceChoice } from './native.js'
export { type RunEvent, type RunOptions, runExperiment } from './pipeline/index.js'
export { decodeTensors, encodeTensors, exportPolicy, importPolicy, type Layout } from './policies/index.js'
export {} from './present.js'
export type {
  ArmRecord,
  AugmentationRecord,
  EpisodesRecord,
  EvaluationRecord,
  ExplanationRecord,
  Interval,
  Manifest,
  PoorRecord,
  SeedRecords,
  StudyRecord,
  TableRecord,
  TasksRecord,
  ValidationRecord
} from './records/index.js'
export { type ReportRun, renderReport, scoresOfStudy, studyFiles, studyOf, tableFiles } from './report/index.js'
export {
  type Checkpoint,
  type LoadedRun,
  type LoadedSeed,
  loadRun,
  type MetricLine,
  RunDirectory,
  readLayout,
  readSpecFile,
  readTensors,
  type SeedStore
} from './run/index.js'
export {
  buildTable,
  findPoor,
  pairedBootstrap,
  type Scores,
  type SeedScores,
  seedScores
} from './select/index.js'
export {
  applyOverrides,
  defineExperiment,
  type EnvironmentSpec,
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
export { spearman, topOverlap } from './statistics/index.js'
export { runTheory, type Theory, type TheoryOptions, theoryPage } from './theory/index.js'
export {
  createWorlds,
  environments,
  type MarketData,
  market,
  sampleTasks,
  type TaskPool,
  type Worlds,
  type WorldsOptions,
  type WorldsStep
} from './worlds/index.js'
