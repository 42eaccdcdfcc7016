/**
 * The share of the meta-batch that favoured tasks get, steered by an audit: every few iterations some poor and some other tasks are
 * scored at the arm's weights; the share is raised while the others hold, and lowered when they fall.
 */
import { z } from 'zod'
import type { ArmRecord, PoorRecord } from '../records/index.js'
import { leadingScores } from '../select/index.js'
import type { Spec } from '../spec/index.js'
import { type Draws, mean, sampleWithoutReplacement } from '../statistics/index.js'
import { STREAMS, type StageContext } from './context.js'
import type { Steered, Steering } from './loop.js'

type Dose = NonNullable<ArmRecord['dose']>

/** What a steered dose goes on with. */
const state = z.object({
  audits: z.custom<Dose['audits']>(Array.isArray),
  /** Scores of theta_0 on the audited other tasks. */
  first: z.array(z.number()),
  envSteps: z.number()
})

/** A dose that is steered, with what it came to. */
export interface SteeredDose extends Steering {
  /** The share at which the next meta-batch is drawn. */
  share(): number
  record(): Dose
}

/** Settings of the steering. */
type Settings = NonNullable<Spec['retrain']['dose']>

/**
 * The share after an audit: `share + step` while the other tasks' mean change since theta_0 is not below zero by more than `tolerance`
 * standard errors, else `share − step`; within `low` and `high`.
 */
export function nextShare(share: number, { change, standardError }: { change: number; standardError: number }, settings: Settings): number {
  const { step, low, high, tolerance } = settings
  const falls = change < -tolerance * standardError
  return Math.min(high, Math.max(low, share + (falls ? -step : step)))
}

/**
 * Steers from `start`. Audited are the poor tasks of the evaluation pool and as many others, drawn once; every audit flies on the same
 * random numbers, so that changes are paired. What it flies counts among the arm's steps.
 */
export function steeredDose(context: StageContext, poor: PoorRecord, start: number, settings: Settings, draws: Draws): SteeredDose {
  const { learner, tasks } = context
  const pool = tasks.pools.evaluation.values
  const chosen = new Set(poor.evaluation)
  const rest = pool.flatMap((_, task) => (chosen.has(task) ? [] : [task]))
  const sample = (from: readonly number[]) =>
    sampleWithoutReplacement(draws, from.length, Math.min(from.length, settings.tasks))
      .map((at) => from[at])
      .sort((a, b) => a - b)
  const audited = { poor: sample(poor.evaluation), other: sample(rest) }
  const ids = [...audited.poor, ...audited.other]
  let audits: Dose['audits'] = []
  let first: number[] = []
  let envSteps = 0
  const share = () => audits.at(-1)?.share ?? start

  async function audit(iteration: number): Promise<Steered> {
    const targets = ids.map((task) => pool[task])
    const { adaptations, supportEpisodes, queryEpisodes } = settings
    const scored = await learner.evaluate(targets, STREAMS.audit, { ids, adaptations, supportEpisodes, queryEpisodes })
    const scores = leadingScores(tasks.scoredBy === 'return' ? { returns: scored.returns } : scored)
    const other = scores.slice(audited.poor.length)
    if (iteration === 0) first = other
    const changes = other.map((score, at) => score - first[at])
    const change = mean(changes)
    const spread = Math.sqrt(mean(changes.map((each) => (each - change) ** 2)) / Math.max(1, changes.length - 1))
    envSteps += scored.envSteps
    const found = { poor: mean(scores.slice(0, audited.poor.length)), other: mean(other), change, standardError: spread }
    const next = iteration === 0 ? start : nextShare(share(), found, settings)
    audits.push({ iteration, envSteps, ...found, share: next })
    return { envSteps: scored.envSteps, metrics: { audit: { ...found, share: next } } }
  }

  return {
    share,
    record: () => ({ ...audited, audits, envSteps }),
    state: () => ({ audits, first, envSteps }),
    restore: (found) => {
      ;({ audits, first, envSteps } = state.parse(found))
    },
    before: () => audit(0),
    after: async (iteration) => (iteration % settings.every === 0 ? await audit(iteration) : { envSteps: 0, metrics: {} })
  }
}
