/** The stages of a run joined: seeds one after the other or in processes, the table and the report over them. */
export type { ReportWritten, RunEvent, TableDone } from './events.js'
export { type RunOptions, runExperiment } from './pipeline.js'
