/** Choosing and judging: poor tasks, reliability, critical tasks, intervals, the table. Pure functions. */

export { interquartileMean, resampledIqm, wins } from './aggregates.js'
export { Bootstrap, type BootstrapOptions, pairedBootstrap, quantile, type Resampled } from './bootstrap.js'
export { type ChoiceScores, choiceRows, choiceScores, type Finding, weightByKind } from './choices.js'
export type { Variant } from './contrasts.js'
export { type CriticalInputs, type CriticalTasks, chooseCritical, distanceToNearest, spreadReason } from './critical.js'
export { degradationMargin, MARGIN } from './degraded.js'
export { doseSummary, doseTurns, placedAudits } from './dose.js'
export { type ForetoldTask, foretoldTasks, goesByExplanation, referencesOf } from './foretold.js'
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
export { taskKindsOf } from './kinded.js'
export { type Leak, leaksOf, leakText } from './leaks.js'
export { type ForetoldTrials, judgeLever, type LeverRule, leverSummary, type TrialScores } from './lever.js'
export { averaged, leadingScores, type PoorTasks, type Scores, worstTasks } from './poor.js'
export { type ScoredArm, type ScoredEvaluation, type ScoredRecords, type SeedScores, type SteppedScores, seedScores } from './scores.js'
export {
  buildTable,
  ENOUGH_SEEDS,
  leadingMetric,
  type TableOptions
} from './table.js'
export { transferRows } from './transfer.js'
export { judge } from './verdict.js'
