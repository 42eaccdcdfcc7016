/**
 * XMRL: explain why a meta-reinforcement-learning policy fails some tasks, repair it, and trust the figures.
 * This list is the public API.
 */
export { ARM_INFO, ARMS, type Arm, type ArmInfo } from './arms/index.js'
export { ERROR_CODES, type ErrorCode, XmrlError } from './errors.js'
export { exportOnnx, type OnnxDtype, type OnnxOptions, type TensorboardOptions, tensorboardFiles } from './exports/index.js'
export { type GivenPrices, loadPrices, type PriceSource, type PriceTable } from './market/index.js'
export type { DeviceChoice } from './native.js'
export { type RunEvent, type RunOptions, runExperiment } from './pipeline/index.js'
export {
  type ActOptions,
  type AdaptOptions,
  decodeTensors,
  encodeTensors,
  exportPolicy,
  type FilePolicyOptions,
  type Imported,
  importPolicy,
  type Layout,
  loadPolicy,
  type Policy,
  type RunPolicyOptions,
  readLayout,
  readTensors,
  type Tensor,
  type Tensors
} from './policies/index.js'
export type {
  ArmRecord,
  AugmentationRecord,
  EpisodesRecord,
  EvaluationRecord,
  ExplanationRecord,
  Interval,
  Manifest,
  PoolName,
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
  readSpecFile,
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
  type AutoReset,
  createWorlds,
  environments,
  type MarketData,
  market,
  sampleTasks,
  type TaskPool,
  type Worlds,
  type WorldsOptions,
  type WorldsRollout,
  type WorldsStep
} from './worlds/index.js'

import { requireAddon } from './native.js'

// Without the addon nothing here works: said when the package is imported, not in the middle of a script.
requireAddon()
