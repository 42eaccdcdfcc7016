/** Continued meta-training and its arms. */
import { z } from 'zod'
import { count, positive, share } from './numbers.js'

/** Arms of the retraining stage; `oracle` only where the task law knows its rare tasks, `random` a control of the choice. */
export const ARMS = ['xmrl', 'maml', 'maml-null', 'ma', 'oracle', 'random'] as const
/** One retraining arm. */
export type Arm = (typeof ARMS)[number]

/** The `retrain` section. */
export const retrain = z
  .strictObject({
    arms: z.array(z.enum(ARMS)).min(1).default(['xmrl', 'maml', 'maml-null', 'ma']).describe('Arms, all from theta_0.'),
    extraSteps: count().default(6_000_000).describe('Environment steps of every arm; explaining and augmenting are charged to xmrl.'),
    slots: count().default(24).describe('Tasks in one meta-batch.'),
    supportFlights: count().default(160).describe('Flights a task adapts on.'),
    queryFlights: count().default(20).describe('Flights a task is scored on.'),
    maxKl: positive().default(0.01).describe('Trust region of the meta-step.'),
    criticalShare: z
      .union([share(), z.literal('natural')], { error: 'expected a share from 0 to 1, or natural' })
      .default(0.5)
      .describe('Share of the slots given to critical tasks; `natural` = N_cri / N.'),
    mixedShare: share().default(0.5).describe("Share of those slots' query flights that start at mixed states.")
  })
  .describe('Continued meta-training.')
