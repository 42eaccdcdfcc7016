/** How critical tasks are augmented. */
import { z } from 'zod'
import { count, MOST, positive } from './numbers.js'

/** The `augment` section. */
export const augment = z
  .strictObject({
    family: z
      .enum(['uniform', 'kumaraswamy', 'logit-normal', 'beta', 'mixture'])
      .default('uniform')
      .describe('Mixing law P_phi(lambda), symmetric; `uniform` has nothing to learn, `mixture` is one of three Kumaraswamys.'),
    objective: z
      .enum(['mixture', 'information-gain'])
      .default('mixture')
      .describe('What phi ascends. `mixture`: information of the mixture of posteriors. `information-gain`: of scores at mixed states.'),
    gradient: z
      .enum(['score', 'pathwise'])
      .default('score')
      .describe('Its phi-gradient. `score`: by the score function. `pathwise`: slopes of episodes in lambda (drone-planar presets only).'),
    sets: count(MOST.sets).min(2).default(8).describe('M: coefficient sets of one CMI estimate.'),
    tasks: count()
      .nullable()
      .default(null)
      .describe('Most critical tasks that the law is learned and measured on, those with the largest weights; null = all.'),
    episodes: count().default(20).describe('Mixed episodes a task and set.'),
    supportEpisodes: count().default(160).describe('Episodes a critical task adapts on.'),
    horizon: count().default(25).describe('Steps of a mixed episode.'),
    mix: z
      .enum(['linear', 'geodesic'])
      .default('linear')
      .describe('How two states are mixed. `geodesic`: angles the short way round, orientations along the shortest arc.'),
    repair: z
      .enum(['none', 'lift', 'reject'])
      .default('reject')
      .describe('What is done about an infeasible mixture. `lift`: raise the body out of the floor. `reject`: draw another pair.'),
    samples: count().default(16).describe('Mixed states of each set behind the objective `information-gain`.'),
    steps: count().default(12).describe('Steps on phi (none where the family has no parameter).'),
    learningRate: positive().default(0.1).describe('Step size on phi; step k takes 1/√k of it.'),
    momentum: z
      .number()
      .min(0)
      .lt(1)
      .default(0.5)
      .describe('Share that the moving average of gradients keeps of its past; 0 = the newest gradient alone.'),
    beta: positive().default(1).describe("Weight of the critical tasks' curvature in the posterior."),
    delta: positive().default(20).describe('Prior precision of the posterior.')
  })
  .describe('How critical tasks are augmented.')
