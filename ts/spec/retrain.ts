/** Continued meta-training and its arms. */
import { z } from 'zod'
import { ARMS, DEFAULT_ARMS } from '../arms/index.js'
import { count, MOST, nonNegative, positive, share } from './numbers.js'
import { cvar, minimax, plr, roml } from './rivals.js'
import { armVariant } from './variants.js'

/** Task weighting: kernel mean matching of rows, and the episodes of both of its forms. */
const tw = z
  .strictObject({
    supportEpisodes: count().default(160).describe('Episodes a task adapts on before its rows are taken.'),
    queryEpisodes: count().default(20).describe('Episodes of the adapted policy that the rows come from.'),
    rows: count(MOST.rows).default(100).describe('tw: rows (s, a, r) a task, drawn from those episodes.'),
    ridge: nonNegative().default(1e-3).describe('tw: weight of |w|^2 in the matching.')
  })
  .describe('Arms tw and tw-influence: weights that fit the training tasks to the evaluation pool.')

/** Meta-regularisation: a Gaussian over the meta-parameters. */
const mr = z
  .strictObject({
    weight: nonNegative().default(1e-4).describe('Weight of KL(q || prior) in the objective; 1e-6 to 1e-2 in the sweep.'),
    prior: z.enum(['theta_0', 'zero']).default('theta_0').describe('Mean of the prior.'),
    priorStd: positive().default(0.1).describe('Standard deviation of the prior, the same for every parameter.'),
    initialStd: positive().default(0.01).describe('Standard deviation that q starts with around theta_0.')
  })
  .describe('Arm mr: a Gaussian over the meta-parameters.')

/** What an audit scores. */
const audit = z
  .strictObject({
    tasks: count().default(10).describe('Most poor tasks of the evaluation pool that are scored, and as many others.'),
    adaptations: count(MOST.byte).default(1).describe('Independent adaptations a task.'),
    supportEpisodes: count().default(40).describe('Episodes of one adaptation step.'),
    queryEpisodes: count().default(20).describe('Episodes an adapted policy is scored on.')
  })
  .describe('Audits of arms that begin with a Reptile step, try their lever or steer their dose; what they fly is among the arm’s steps.')

const tolerance = () =>
  nonNegative().default(1).describe('The others have fallen where their mean change is below zero by more than so many standard errors.')

/** The step before retraining. */
const reptileStep = z.strictObject({
  lengths: z
    .array(positive())
    .min(1)
    .default([0.05, 0.1, 0.2, 0.3])
    .describe('Lengths that are tried in this order until the other tasks fall, in units of the explanation’s move.'),
  tolerance: tolerance()
})

/** An audit that steers the share of favoured tasks. */
const dose = z.strictObject({
  every: count().default(5).describe('Meta-iterations between two audits.'),
  step: share().default(0.1).describe('By so much the share is raised or lowered.'),
  low: share().default(0.2).describe('Least share.'),
  high: share().default(1).describe('Greatest share.'),
  tolerance: tolerance()
})

/** Two short trials that choose between mixed and unmixed query episodes. */
const lever = z.strictObject({
  iterations: count().default(3).describe('Meta-iterations of each of the two trials; both are charged, those of the better one are kept.'),
  margin: nonNegative()
    .default(2)
    .describe('Mixed episodes are kept where the poor tasks do better with them than without by more than so many standard errors.'),
  tolerance: tolerance()
})

/** The `retrain` section. */
export const retrain = z
  .strictObject({
    arms: z
      .array(z.string())
      .min(1)
      .default([...DEFAULT_ARMS])
      .describe(`Arms, all from theta_0: names under \`define\`, or ${ARMS.join(', ')}.`),
    define: z
      .record(z.string(), armVariant)
      .default({})
      .describe(
        'Arms by name: variants of built-in ones, {xmrl-10: {base: xmrl, criticalFraction: .1}}, or tasks chosen elsewhere, {mine: {choose: given, tasks: [3, 7]}}.'
      ),
    extraSteps: count(MOST.envSteps)
      .default(6_000_000)
      .describe('Environment steps of every arm; what explaining, augmenting or choosing took is charged to the arms that use it.'),
    metaBatchSize: count().default(24).describe('Tasks in one meta-batch.'),
    supportEpisodes: count().default(160).describe('Episodes a task adapts on.'),
    queryEpisodes: count().default(20).describe('Episodes a task is scored on.'),
    maxKl: positive().default(0.01).describe('Trust region of the meta-step.'),
    criticalShare: z
      .union([share(), z.literal('natural')], { error: 'expected a share from 0 to 1, or natural' })
      .default(0.5)
      .describe('Share of the meta-batch that critical tasks get; `natural` = N_cri / N.'),
    mixedShare: share().default(0.5).describe('Share of their query episodes that start at mixed states.'),
    mixedHorizon: count()
      .nullable()
      .default(null)
      .describe('Most steps of those mixed episodes; null = as many as the environment allows.'),
    audit: audit.prefault({}),
    reptileStep: reptileStep
      .nullable()
      .prefault({})
      .describe(
        'Arms that go by the explanation begin with a weighted Reptile step along its move, as far as an audit finds the poor tasks better and the others no worse. null: they do not.'
      ),
    dose: dose
      .nullable()
      .prefault({})
      .describe(
        'Arms whose dose is `audited`: an audit steers the share of the meta-batch that critical tasks get, from criticalShare on. null: no dose is steered.'
      ),
    lever: lever
      .nullable()
      .prefault({})
      .describe(
        'Arms whose lever is `audited`: two short trials from the same weights, without mixed query episodes and with them, and an audit after each, choose whether the arm mixes. null: none is tried.'
      ),
    tw: tw.prefault({}),
    mr: mr.prefault({}),
    cvar: cvar.prefault({}),
    roml: roml.prefault({}),
    minimax: minimax.prefault({}),
    plr: plr.prefault({})
  })
  .describe('Continued meta-training.')
