/** The run directory: the only room that touches the disk. */
export { type Checkpoint, type CheckpointManifest, WEIGHTS } from './checkpoint.js'
export { type OpenOptions, RunDirectory } from './directory.js'
export { readSpecFile, readWeightsFile, writeFileAtomic } from './files.js'
export { type LoadedRun, type LoadedSeed, loadRun } from './load.js'
export type { EventLog, MetricLine, MetricValue } from './metrics.js'
export * from './records.js'
export type { SeedStore } from './store.js'
