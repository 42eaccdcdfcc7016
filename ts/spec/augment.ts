/** How critical tasks are enriched. */
import { z } from 'zod'
import { count, positive } from './numbers.js'

/** The `augment` section. */
export const augment = z
  .strictObject({
    family: z
      .enum(['uniform', 'kumaraswamy', 'logit-normal'])
      .default('uniform')
      .describe('Mixing law P_phi(lambda), symmetric; `uniform` has nothing to learn.'),
    sets: count().min(2).default(8).describe('M: coefficient sets of one CMI estimate.'),
    flights: count().default(20).describe('Mixed flights a task and set.'),
    supportFlights: count().default(160).describe('Flights a critical task adapts on.'),
    horizon: count().default(25).describe('Steps of a mixed flight.'),
    mix: z
      .enum(['linear', 'geodesic'])
      .default('linear')
      .describe('How two states are mixed. `geodesic`: angles the short way round, orientations along the shortest arc.'),
    repair: z
      .enum(['none', 'lift', 'reject'])
      .default('reject')
      .describe('What is done about an infeasible mixture. `lift`: raise the body out of the floor. `reject`: draw another pair.'),
    steps: count().default(12).describe('Steps on phi (uniform: repetitions of the estimate).'),
    learningRate: positive().default(0.1).describe('Step size on phi.'),
    beta: positive().default(1).describe("Weight of the critical tasks' curvature in the posterior."),
    delta: positive().default(20).describe('Prior precision of the posterior.')
  })
  .describe('How critical tasks are enriched.')
