/// <reference lib="esnext.disposable" preserve="true" />
/**
 * XMRL: explain why a meta-reinforcement-learning policy fails some tasks, repair it, and trust the figures.
 * This list is the public API: every type that a signature names is on it.
 */
// Nothing by name: the import fails there where the addon is not installed.
export {} from './present.js'
export { ARM_INFO, ARMS, type Arm, type ArmInfo } from './arms/index.js'
export { type CheckLine, type CheckOptions, type CheckVerdict, checkWorld, type WorldCheck } from './check/index.js'
export { ERROR_CODES, type ErrorCode, XmrlError } from './errors.js'
export { exportOnnx, type OnnxDtype, type OnnxOptions, type TensorboardOptions, tensorboardFiles } from './exports/index.js'
export { type GivenPrices, loadPrices, type Oddity, type PriceSource, type PriceTable, type Reading } from './market/index.js'
export type {
  DeviceChoice,
  MonitorFigures,
  PosteriorFigures,
  RegulariseSettings,
  StepSeconds,
  StepStats,
  StepTransfers,
  TheoryCheck,
  TheoryCurve,
  TheoryPart,
  TheorySeries
} from './native.js'
export {
  type DefinedWorld,
  defineWorld,
  type MixStates,
  type ObserveBatch,
  type OpenedWorld,
  type OwnTaskLaw,
  openWorld,
  type ResetBatch,
  type StepBatch,
  type TaskPoolName,
  type TaskRandom,
  type WorldBatch,
  type WorldDefinition
} from './own/index.js'
export {
  OpenRun,
  type OpenRunOptions,
  openRun,
  type ReportWritten,
  type RunEvent,
  type RunInProgress,
  type RunOptions,
  runExperiment,
  type TableDone
} from './pipeline/index.js'
export {
  type ActOptions,
  type AdaptOptions,
  decodeTensors,
  encodeTensors,
  exportPolicy,
  type FilePolicyOptions,
  type Imported,
  type FoundLayout,
  findLayout,
  importPolicy,
  type Layout,
  type LayoutHints,
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
  DoseSummary,
  EpisodesRecord,
  EvaluatedPool,
  EvaluationRecord,
  ExplanationRecord,
  Interval,
  LeverSummary,
  Manifest,
  PoolName,
  PoorRecord,
  SeedRecords,
  StudyRecord,
  TableRecord,
  TasksRecord,
  TransferRecord,
  TransferScores,
  ValidationRecord
} from './records/index.js'
export { type ReportRun, renderReport, scoresOfStudy, studyFiles, studyOf, tableFiles } from './report/index.js'
export {
  type Checkpoint,
  type CheckpointManifest,
  type LoadedRun,
  type LoadedSeed,
  loadRun,
  type MetricLine,
  type MetricValue,
  readSpecFile
} from './run/index.js'
export {
  Bootstrap,
  type BootstrapOptions,
  buildTable,
  type ChoiceScores,
  type Finding,
  type PoorTasks,
  pairedBootstrap,
  type Resampled,
  type ScoredArm,
  type ScoredEvaluation,
  type ScoredRecords,
  type Scores,
  type SeedScores,
  type SteppedScores,
  seedScores,
  type TableOptions,
  type Variant,
  worstTasks
} from './select/index.js'
export {
  applyOverrides,
  defineExperiment,
  type EnvironmentSpec,
  type Experiment,
  type OwnWorld,
  type Preset,
  presetNames,
  type Rareness,
  type Recipe,
  type Spec,
  specJsonSchema,
  type TaskKinds,
  type WorldAbilities,
  type WorldPlace,
  type WorldRecord,
  type WrittenArm,
  type WrittenSpec
} from './spec/index.js'
export {
  type ComputeOptions,
  type EvaluationChange,
  type GradientSample,
  type IterationDone,
  type KeptScores,
  Learner,
  type MetaStep,
  type Note,
  type StageEvent,
  type StageEventBase,
  type StageFinished,
  type StageName,
  type StageStarted,
  type TaskScores,
  type Tasks,
  type Until
} from './stages/index.js'
export { spearman, topOverlap } from './statistics/index.js'
export { runTheory, type Theory, type TheoryOptions, theoryPage } from './theory/index.js'
export {
  type AutoReset,
  createWorlds,
  environments,
  type MarketData,
  type Mixtures,
  market,
  sampleTasks,
  type TaskLaw,
  type TaskPool,
  type Worlds,
  type WorldsOptions,
  type WorldsRollout,
  type WorldsStep
} from './worlds/index.js'
