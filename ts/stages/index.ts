/** The stages of a run, one by one and as a list. */
export { aborted, STREAMS, type StageContext } from './context.js'
export type { IterationDone, Note, StageEvent, StageFinished, StageName, StageStarted } from './events.js'
export { type ComputeOptions, Learner } from './learner.js'
export {
  augment,
  checkpointOf,
  evaluate,
  explain,
  type Product,
  perform,
  retrain,
  STOPS,
  type Stage,
  stagesOf,
  train,
  type Until,
  validate
} from './list.js'
export { readInitial } from './train.js'
export { checkTransfer } from './transfer.js'
