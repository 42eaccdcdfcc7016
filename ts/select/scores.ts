/** What comparisons of arms are made from: the scores of every arm on the tasks of each seed, all from one fresh stream. */
import { XmrlError } from '../errors.js'
import {
  type ArmRecord,
  type DoseSummary,
  EVALUATED,
  type EvaluatedPool,
  type Group,
  type LeverSummary,
  type Metric,
  type TablePool,
  type TasksRecord,
  type TransferScores
} from '../records/index.js'
import { type ChoiceScores, choiceScores } from './choices.js'
import { doseSummary } from './dose.js'
import { taskKindsOf } from './kinded.js'
import { leverSummary } from './lever.js'
import type { Scores } from './poor.js'

/** Scores after a number of adaptation steps. */
export type SteppedScores = Scores & { adaptationSteps: number }

/** One arm's evaluation, as far as the table reads it. */
export interface ScoredEvaluation {
  pools: Readonly<Record<EvaluatedPool, { streams: readonly (Scores & { stream: number })[] }>>
  bySteps?: readonly SteppedScores[]
}

/** The part of a seed's records that the table reads. */
export interface ScoredRecords {
  poor?: Readonly<Record<EvaluatedPool, readonly number[]>>
  explanation?: Parameters<typeof choiceScores>[0]
  ownExplanations?: Readonly<Record<string, Parameters<typeof choiceScores>[0]>>
  tasks?: Pick<TasksRecord, 'preset' | 'taskNames' | 'kinds' | 'pools'>
  transfer?: { presets: TransferScores }
  evaluations: Readonly<Record<string, ScoredEvaluation>>
  arms: Readonly<Record<string, ScoredArm>>
}

/** What the table reads of an arm's retraining. */
export type ScoredArm = Pick<ArmRecord, 'extraSteps' | 'chargedSteps'> &
  Partial<Pick<ArmRecord, 'held' | 'lever' | 'dose' | 'iterations' | 'curve'>>

/** What the table needs of one seed; all scores come from one fresh stream, the same for every arm. */
export interface SeedScores {
  seed: number
  /** Ids of the poor tasks, chosen on other streams. */
  poor: Record<EvaluatedPool, readonly number[]>
  /** What each task's kind is called, where there are several. */
  kinds?: Readonly<Record<EvaluatedPool, readonly string[]>>
  before: Record<EvaluatedPool, Scores>
  arms: Record<string, Record<EvaluatedPool, Scores>>
  /** Scores of the evaluation pool by number of adaptation steps, theta_0 and arms, where they were measured. */
  bySteps?: Record<string, readonly SteppedScores[]>
  /** Extra environment steps of each arm, charged ones included. */
  steps: Record<string, number>
  /** Explanations: the run's under an empty name, those of arms under theirs. */
  choices?: Record<string, ChoiceScores>
  /** Arms that went on as the reference does, and the explanation's finding that made them. */
  held?: Record<string, NonNullable<ArmRecord['held']>>
  /** Arms whose share of favoured tasks was steered. */
  doses?: Record<string, DoseSummary>
  /** Arms that chose by trials whether they mix. */
  levers?: Record<string, LeverSummary>
  /** Scores on other presets, where they were measured. */
  transfer?: TransferScores
}

/**
 * Reads what the table needs out of a seed's records. The stream compared is the last one that theta_0 shares with every arm.
 * @throws XmrlError `ERR_RECORD_INVALID` where theta_0, the poor tasks or a shared stream are missing
 */
export function seedScores(seed: number, records: ScoredRecords): SeedScores {
  const { theta_0: before, ...evaluations } = records.evaluations
  if (before === undefined || records.poor === undefined) {
    throw new XmrlError('ERR_RECORD_INVALID', `seed ${seed}: the table needs the records evaluation-theta_0 and poor; run evaluate first`)
  }
  const all = [before, ...Object.values(evaluations)]
  const streams = before.pools.evaluation.streams.map((entry) => entry.stream)
  const shared = streams.filter((stream) =>
    all.every((record) => EVALUATED.every((pool) => record.pools[pool].streams.some((entry) => entry.stream === stream)))
  )
  const stream = shared.at(-1)
  if (stream === undefined)
    throw new XmrlError('ERR_RECORD_INVALID', `seed ${seed}: no evaluation stream is common to theta_0 and every arm`)
  const pick = (record: (typeof all)[number]) => {
    const of = (pool: EvaluatedPool): Scores => record.pools[pool].streams.find((entry) => entry.stream === stream) as Scores
    return { evaluation: of('evaluation'), heldOut: of('heldOut') }
  }
  const bySteps = Object.entries(records.evaluations).flatMap(([arm, record]) => (record.bySteps ? [[arm, record.bySteps] as const] : []))
  const { explanation, ownExplanations = {}, tasks } = records
  const found = { ...(explanation === undefined ? {} : { '': explanation }), ...ownExplanations }
  const kinds = tasks && taskKindsOf(tasks)
  const choices = Object.entries(found).map(
    ([arm, each]) => [arm, choiceScores(each, tasks?.pools.training.rare, kinds?.training)] as const
  )
  const arms = Object.entries(records.arms)
  const held = arms.flatMap(([arm, record]) => (record.held === undefined ? [] : [[arm, record.held] as const]))
  const doses = arms.flatMap(([arm, { dose, iterations, curve }]) => {
    const summary = iterations === undefined || curve === undefined ? undefined : doseSummary({ dose, iterations, curve })
    return summary === undefined ? [] : [[arm, summary] as const]
  })
  const levers = arms.flatMap(([arm, record]) => {
    const summary = leverSummary(record)
    return summary === undefined ? [] : [[arm, summary] as const]
  })
  return {
    seed,
    poor: { evaluation: records.poor.evaluation, heldOut: records.poor.heldOut },
    ...(kinds === undefined ? {} : { kinds: { evaluation: kinds.evaluation, heldOut: kinds.heldOut } }),
    before: pick(before),
    arms: Object.fromEntries(Object.entries(evaluations).map(([arm, record]) => [arm, pick(record)])),
    ...(bySteps.length > 0 ? { bySteps: Object.fromEntries(bySteps) } : {}),
    steps: Object.fromEntries(arms.map(([arm, record]) => [arm, record.extraSteps + record.chargedSteps])),
    ...(held.length > 0 ? { held: Object.fromEntries(held) } : {}),
    ...(doses.length > 0 ? { doses: Object.fromEntries(doses) } : {}),
    ...(levers.length > 0 ? { levers: Object.fromEntries(levers) } : {}),
    ...(choices.length > 0 ? { choices: Object.fromEntries(choices) } : {}),
    ...(records.transfer === undefined ? {} : { transfer: records.transfer.presets })
  }
}

/** Scores of one group of tasks, in id order; `both` is the evaluation tasks, then the held-out ones. */
export function values(seed: SeedScores, arm: string, pool: TablePool, group: Group, metric: Metric): number[] {
  if (pool === 'both') return EVALUATED.flatMap((each) => values(seed, arm, each, group, metric))
  const scores = (arm === 'theta_0' ? seed.before : seed.arms[arm])[pool]
  return grouped(metric === 'success' ? (scores.success ?? []) : scores.returns, seed.poor[pool], group)
}

/** Of one number a task, those of a group. */
export function grouped(list: readonly number[], poorIds: readonly number[], group: Group): number[] {
  if (group === 'mean') return [...list]
  const poor = new Set(poorIds)
  return list.filter((_, id) => poor.has(id) === (group === 'poor'))
}

/** True where every score of a seed comes with a success. */
export function hasSuccess(seed: SeedScores): boolean {
  return [seed.before, ...Object.values(seed.arms)].every((pools) => EVALUATED.every((pool) => pools[pool].success !== undefined))
}

/** `[seeds][tasks]` what one list of scores is above another. */
export function differences(after: readonly (readonly number[])[], before: readonly (readonly number[])[]): number[][] {
  return after.map((tasks, seed) => tasks.map((value, task) => value - before[seed][task]))
}
