/** The stages of a run joined: seeds one after the other or in processes, the table and the report over them. */
export type { ReportWritten, RunEvent, TableDone } from './events.js'
export { OpenRun, openRun, runExperiment } from './experiment.js'
export type { OpenRunOptions, RunOptions } from './options.js'
export { type TableOutcome, tableOver } from './outcome.js'
export type { RunInProgress } from './underway.js'
