/** The contract of a world, as a report: what is in order, what is not, and what to change. */
export { judge } from './judge.js'
export type { CheckLine, CheckVerdict } from './line.js'
export type { Batch, Subject } from './subject.js'
export { type CheckOptions, checkWorld, type WorldCheck } from './world.js'
