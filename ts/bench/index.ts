/** What `xmrl bench` times: meta-iterations, derivatives beside the peers, roll-outs. */
export type { Conditions, Dtype, PlanOptions, Spread } from './figures.js'
export { benchHvp, type HvpFigures, type HvpOptions } from './hvp.js'
export { benchIteration, type IterationFigures, type IterationOptions, PHASES, type Phase } from './iteration.js'
export { benchRollout, type RolloutFigures, type RolloutOptions } from './rollout.js'
