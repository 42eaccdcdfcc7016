/** The arms of a comparison, one definition each: what an arm puts into a meta-batch, what it is for, and how it is shown. */
export { ARMS, type Arm, BUILT_IN_ARMS, DEFAULT_ARMS } from './built-in.js'
export type { ArmConduct, ArmDefinition, ArmLaw, ArmLook, Charge, Choice, Role, Sampled } from './definition.js'
export { inArmOrder } from './order.js'
export {
  ARM_INFO,
  type ArmInfo,
  type ArmPlan,
  criticalCount,
  drawMetaBatch,
  type Favoured,
  type MetaBatch,
  PLAIN,
  type PlanInputs,
  planArm
} from './plan.js'
export { type Ranked, rankTasks } from './ranking.js'
export { builtIn, METHOD, methodOf, NULL, questions, REFERENCE, repairsNothing, roleOf } from './roles.js'
export { type SamplerOptions, type Sampling, samplingOf } from './samplers/index.js'
export { INTERVENTIONS, streamOf } from './streams.js'
export { hypergradientWeights } from './weights.js'
