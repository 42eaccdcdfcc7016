/** Many runs on one machine or on a cluster: the cells of a matrix, each with every seed. */
export { type Collected, collect } from './collect.js'
export { readSweepFile, type SweepFile } from './file.js'
export type { PoolEvent } from './local.js'
export { type Unit, unitNamed } from './plan.js'
export { ownJob, type Program, requeueOwn } from './slurm.js'
export { isActive, type SweepStatus, type UnitPhase, type UnitStatus } from './status.js'
export {
  cancelSweep,
  type Engine,
  type OpenedSweep,
  openedSweep,
  resumeSweep,
  type SubmitOptions,
  type SweepEvent,
  submitSweep,
  sweepStatus
} from './sweep.js'
export { type UnitEnd, type UnitWork, workOnUnit } from './unit.js'
