/** Retraining arms. */
export { ARM_INFO, type ArmInfo, type ArmPlan, drawSlots, type Favoured, type PlanInputs, planArm, type Slots } from './arms.js'
export { type Ranked, rankTasks } from './ranking.js'
export { hypergradientWeights } from './weights.js'
