/** Processes that work for another one of ours: how one lives, and how one is started. */
export { type Failure, failureOf, type Life, workFor } from './life.js'
export { howItEnded, startWorker, type Worker, type WorkerEnd, workerBeside } from './start.js'
