/** Retraining arms. */
export { ARM_INFO, type ArmInfo, type ArmPlan, drawSlots, type PlanInputs, planArm, type Slots } from './arms.js'
