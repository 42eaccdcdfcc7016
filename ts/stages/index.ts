/** The stages of a run, one by one and as a list. */
export { aborted, STREAMS, type StageContext } from './context.js'
export type { IterationDone, Note, StageEvent, StageEventBase, StageFinished, StageName, StageStarted } from './events.js'
export {
  COMPUTE,
  type ComputeOptions,
  type EvaluationChange,
  type GradientSample,
  type KeptScores,
  Learner,
  type MetaStep,
  type TaskScores,
  type Tasks
} from './learner.js'
export {
  checkpointOf,
  lacks,
  type Part,
  type Product,
  perform,
  STOPS,
  type Stage,
  type StageCommand,
  stagesOf,
  stagesOfPart,
  UNTIL,
  type Until
} from './list.js'
export { readInitial } from './train.js'
export { checkTransfer } from './transfer.js'
