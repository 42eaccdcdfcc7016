/** The run directory: the only room that touches the disk. */
export { makeFolder } from './atomic.js'
export { type Checkpoint, type CheckpointManifest, WEIGHTS } from './checkpoint.js'
export { type OpenOptions, type OpenSeed, openSeed, RunDirectory, type SeedPlace } from './directory.js'
export {
  entriesOf,
  initialWeights,
  placedFrom,
  placePaths,
  readBytes,
  readSpecFile,
  readStudyFile,
  readTextFile,
  readYamlFile,
  whatIs,
  writeFileAtomic
} from './files.js'
export { foreignWeights, otherFormat } from './formats.js'
export { type LoadedRun, type LoadedSeed, loadRun } from './load.js'
export { type Origin, origin, packageVersion } from './machine.js'
export type { EventLog, MetricLine, MetricValue } from './metrics.js'
export { grown, readResolved } from './resolved.js'
export type { SeedStore } from './store.js'
export { type Log, type OpenSweep, openSweep, SweepFolder } from './sweep.js'
export { readTiming } from './timing.js'
export type { Attempt, UnitFolder, UnitStanding, UnitState } from './unit.js'
