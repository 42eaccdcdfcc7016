/** Choosing and judging: poor tasks, reliability, critical tasks, intervals, the table. Pure functions. */
export { type CriticalInputs, type CriticalTasks, chooseCritical, criticalCount, distanceToNearest, supportOf } from './critical.js'
export { averaged, findPoor, type PoorTasks, type Scores } from './poor.js'
export { type Draws, draws, integer, PURPOSE, philox4x32, sampleWithoutReplacement, weightedIndex } from './random.js'
export { mean, pearson, ranks, spearman, topIds, topOverlap } from './reliability.js'
export { Bootstrap, type BootstrapOptions, type Interval, pairedBootstrap, quantile } from './statistics.js'
export {
  ARM_ORDER,
  buildTable,
  inArmOrder,
  type ScoredRecords,
  type SeedScores,
  seedScores,
  type Table,
  type TableOptions
} from './table.js'
