/** Arms that repair by their own law of tasks: their options, with the values of those who proposed them. */
import { z } from 'zod'
import { count, positive, share } from './numbers.js'

/** A share that is not nothing. */
const some = () => z.number().gt(0).lte(1)

/** CVaR-MAML: the objective is the worst share of each meta-batch. */
export const cvar = z
  .strictObject({
    alpha: some().default(0.05).describe('Share of a meta-batch, by its lowest query returns, that the objective is the mean of.')
  })
  .describe('Arm cvar: meta-batches are drawn evenly, and only their worst share is learned from.')

/** RoML: a cross-entropy sampler of tasks. */
export const roml = z
  .strictObject({
    alpha: some().default(0.05).describe('Share of tasks, by lowest return, that the sampler looks for.'),
    beta: some().default(0.2).describe('Least share of the places that an update is fitted to.'),
    evenShare: some()
      .default(0.2)
      .describe('Share of a meta-batch (one place at the least) drawn from the even law; the alpha-quantile is estimated from it.'),
    smoothing: z.number().min(0).lt(1).default(0.5).describe('Weight of the law as it was in an update.'),
    batch: count().default(128).describe('Places behind an update; several meta-batches are gathered for one.'),
    floor: some().default(0.02).describe('Share of the law that stays even, so that no task is lost.')
  })
  .describe('Arm roml: a cross-entropy sampler of tasks for the CVaR of their returns.')

/** TR-MAML: weights against the policy. */
export const minimax = z
  .strictObject({
    rate: positive().default(0.05).describe('Step of the weights, for losses in standard deviations of the meta-batch.'),
    evenShare: some().default(0.1).describe('Share of the law of places that stays even.')
  })
  .describe('Arm minimax: weights of tasks rise exponentially with their loss.')

/** PLR: tasks are replayed by score. */
export const plr = z
  .strictObject({
    temperature: positive().default(0.1).describe('Places are drawn by 1 / rank^(1/temperature) of the scores.'),
    staleness: share().default(0.1).describe('Share of the law that goes by the time since the last visit.')
  })
  .describe('Arm plr: tasks are replayed by the size of their advantages at the last visit.')
