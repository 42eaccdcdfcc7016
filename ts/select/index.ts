/** Choosing and judging: poor tasks, reliability, critical tasks, intervals, the table. Pure functions. */
export { type CriticalInputs, type CriticalTasks, chooseCritical, criticalCount, distanceToNearest, supportOf } from './critical.js'
export { degradationMargin, MARGIN } from './degraded.js'
export { averaged, findPoor, leadingScores, type PoorTasks, type Scores } from './poor.js'
export { type Draws, draws, integer, PURPOSE, philox4x32, sampleWithoutReplacement, weightedIndex } from './random.js'
export { mean, pearson, ranks, spearman, topIds, topOverlap } from './reliability.js'
export { Bootstrap, type BootstrapOptions, type Interval, pairedBootstrap, quantile } from './statistics.js'
export {
  type AdaptationRow,
  ARM_ORDER,
  buildTable,
  type Group,
  inArmOrder,
  leadingMetric,
  type Metric,
  type ScoredRecords,
  type SeedScores,
  seedScores,
  type Table,
  type TableOptions
} from './table.js'
