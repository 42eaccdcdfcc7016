/** Choosing and judging: poor tasks, reliability, critical tasks, intervals, the table. Pure functions. */

export { type ImprovementRow, type IqmRow, interquartileMean, resampledIqm, wins } from './aggregates.js'
export { type ChoiceRow, type ChoiceScores, choiceRows, choiceScores } from './choices.js'
export {
  type AblationRow,
  ablationRows,
  type CriticalPoint,
  criticalCurve,
  type OverBothRow,
  overBothRows,
  type Variant
} from './contrasts.js'
export {
  type CriticalInputs,
  type CriticalTasks,
  chooseCritical,
  criticalCount,
  distanceToNearest,
  type OmegaKind,
  omegaKind,
  spreadReason,
  supportOf
} from './critical.js'
export { type DegradedRow, degradationMargin, degradedRow, MARGIN } from './degraded.js'
export { sharedWithin, wholeGroups } from './groups.js'
export {
  type ChosenBy,
  type Intervention,
  type InterventionEffect,
  type InterventionFindings,
  type InterventionInputs,
  type InterventionScores,
  interventionWeights,
  judgeInterventions,
  planInterventions
} from './interventions.js'
export { ARM_ORDER, inArmOrder } from './order.js'
export { averaged, findPoor, leadingScores, type PoorTasks, type Scores } from './poor.js'
export { type Draws, draws, integer, PURPOSE, philox4x32, sampleWithoutReplacement, weightedIndex } from './random.js'
export { mean, pearson, ranks, spearman, topIds, topOverlap } from './reliability.js'
export { type Group, type Metric, type Pool, type ScoredRecords, type SeedScores, seedScores, type TablePool } from './scores.js'
export { Bootstrap, type BootstrapOptions, type Interval, pairedBootstrap, quantile, type Resampled } from './statistics.js'
export {
  type AdaptationRow,
  buildTable,
  ENOUGH_SEEDS,
  leadingMetric,
  type Table,
  type TableOptions,
  type TableRow
} from './table.js'
export { type TransferRow, type TransferScores, transferRows } from './transfer.js'
