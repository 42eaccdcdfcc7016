/** The arms of a comparison: what each puts into a meta-batch. Every arm starts from theta_0. */
import { XmrlError } from '../errors.js'
import { type Draws, sampleWithoutReplacement, topIds, weightedIndex } from '../statistics/index.js'
import { ARMS, type Arm, BUILT_IN_ARMS } from './built-in.js'
import type { ArmConduct } from './definition.js'
import { builtIn } from './roles.js'

/** An arm that makes a plan: its name, for messages, and what it does. */
export type PlannedArm = ArmConduct & { readonly name: string }

/** What a built-in arm is, in short. */
export interface ArmInfo {
  /** One line for tables and the report. */
  description: string
  /** Stream of this arm's random numbers; the reference and its null differ in nothing else. */
  stream: number
  /** True when steps of explaining, augmenting or choosing are charged to it. */
  charged: boolean
}

/** What each built-in arm is. */
export const ARM_INFO = Object.fromEntries(
  ARMS.map((arm) => {
    const { description, stream, charged } = BUILT_IN_ARMS[arm]
    return [arm, { description, stream, charged: charged.length > 0 }]
  })
) as Record<Arm, ArmInfo>

/** A favoured training task and how often it is drawn. */
export interface Favoured {
  task: number
  weight: number
}

/** Which training tasks an arm favours and how it mixes. */
export interface ArmPlan {
  arm: string
  /** Favoured training tasks with their sampling weights (sum 1); empty: none. */
  critical: Favoured[]
  /** Share of the meta-batch that they get, in [0,1]. */
  criticalShare: number
  /** Share of a mixed task's query episodes that start at mixed states, in [0,1]. */
  mixedShare: number
  /** Mix in every task (`ma`), or in those of the favoured tasks. */
  mixEverywhere: boolean
  /** The law of lambda. */
  family: string
  phi: number[]
}

/** One meta-batch: the training tasks, and how many of each one's query episodes start mixed. */
export interface MetaBatch {
  tasks: number[]
  mixedEpisodes: number[]
}

/** What retraining, evaluation and explanation settle; see `retrain` in the spec. */
export interface PlanInputs {
  training: number
  /** The explanation's critical tasks. */
  critical: Favoured[]
  /** `[N]` every training task, the most important first; needed where an explained arm sets its own number of tasks. */
  ranking?: readonly number[]
  rare?: boolean[]
  /** `[N]` distance to the nearest poor task; needed by `nearest`. */
  distance?: readonly number[]
  /** `[N]` scores of theta_0, and what settles ties between them; needed by `hardest`. */
  scores?: readonly (readonly number[])[]
  /** `[N]` weights that the arm chose for itself, or was given; needed by `matched`, `influence` and `given`. */
  weights?: readonly number[]
  criticalShare: number | 'natural'
  mixedShare: number
  family: string
  phi: number[]
  /** Source of the `random` control's choice; a seed gives one choice. */
  draws: Draws
}

/**
 * The plan of an arm (by default the built-in one of that name).
 * Errors: `ERR_SPEC_INVALID` for an arm of rare tasks where the task law does not know them, `ERR_USAGE` for an unknown name.
 */
export function planArm(name: string, inputs: PlanInputs, arm: ArmConduct | undefined = builtIn(name)): ArmPlan {
  if (arm === undefined) throw new XmrlError('ERR_USAGE', `no arm is called "${name}"`)
  const critical = favoured({ ...arm, name }, inputs)
  const share = arm.criticalShare ?? inputs.criticalShare
  return {
    arm: name,
    critical,
    criticalShare: critical.length === 0 ? 0 : share === 'natural' ? critical.length / inputs.training : share,
    mixedShare: arm.mixedShare ?? inputs.mixedShare,
    mixEverywhere: arm.choose === 'all',
    ...lawOf(arm, inputs)
  }
}

/** The plan of plain meta-training: every task alike, nothing mixed. */
export const PLAIN: ArmPlan = {
  arm: 'train',
  critical: [],
  criticalShare: 0,
  mixedShare: 0,
  mixEverywhere: false,
  family: 'uniform',
  phi: []
}

/** N_cri: `fraction` of `tasks`, rounded, at least 1. */
export function criticalCount(tasks: number, fraction: number): number {
  return Math.min(tasks, Math.max(1, Math.round(fraction * tasks)))
}

/** The tasks that an arm favours, with their sampling weights. */
function favoured(arm: PlannedArm, inputs: PlanInputs): Favoured[] {
  const { training, critical } = inputs
  const evenly = (tasks: readonly number[]) => tasks.map((task) => ({ task, weight: 1 / tasks.length }))
  const count = arm.criticalFraction === undefined ? critical.length : criticalCount(training, arm.criticalFraction)
  switch (arm.choose) {
    case 'none':
    case 'all':
      return []
    case 'explained':
      return arm.criticalFraction === undefined ? critical : evenly(needed(arm, 'ranking', inputs.ranking).slice(0, count))
    case 'rare': {
      const rare = inputs.rare?.flatMap((is, task) => (is ? [task] : [])) ?? []
      if (rare.length > 0) return evenly(rare)
      throw new XmrlError('ERR_SPEC_INVALID', `retrain.arms: this task law knows no rare tasks, so there is no ${arm.name} arm`)
    }
    case 'random':
      return evenly(sampleWithoutReplacement(inputs.draws, training, count))
    case 'nearest': {
      const distance = needed(arm, 'distance', inputs.distance)
      return evenly(
        topIds(
          distance.map((value) => -value),
          count
        )
      )
    }
    case 'hardest':
      return evenly(lowest(needed(arm, 'scores', inputs.scores), count))
    case 'matched':
    case 'influence':
    case 'given': {
      const weights = needed(arm, 'weights', inputs.weights)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      return weights.flatMap((weight, task) => (weight > 0 ? [{ task, weight: weight / total }] : []))
    }
  }
}

/** Family and parameters of lambda's law. */
function lawOf({ law }: ArmConduct, { family, phi }: PlanInputs): Pick<ArmPlan, 'family' | 'phi'> {
  if (law === 'learned') return { family, phi }
  if (law === 'uniform') return { family: 'uniform', phi: [] }
  // phi of the family `beta` is (ln a, ln b).
  return { family: 'beta', phi: [Math.log(law.beta), Math.log(law.beta)] }
}

/** Ids of the `count` tasks with the lowest first score; later scores, then ids, settle ties. */
function lowest(scores: readonly (readonly number[])[], count: number): number[] {
  const order = (a: number, b: number) => scores.map((score) => score[a] - score[b]).find((difference) => difference !== 0) ?? a - b
  return Array.from(scores[0] ?? [], (_, task) => task)
    .sort(order)
    .slice(0, count)
}

function needed<T>(arm: PlannedArm, what: string, value: T | undefined): T {
  if (value === undefined) throw new XmrlError('ERR_USAGE', `the ${arm.name} arm needs ${what}, which this run does not have`)
  return value
}

/**
 * Draws one meta-batch. Favoured tasks fill `criticalShare · size` places (the fraction is settled by one more draw),
 * in proportion to their weights; the other places hold different tasks from the rest of the pool.
 */
export function drawMetaBatch(plan: ArmPlan, training: number, size: number, queryEpisodes: number, draws: Draws): MetaBatch {
  const exact = plan.criticalShare * size
  const favoured = plan.critical.length === 0 ? 0 : Math.floor(exact) + (draws.uniform() < exact - Math.floor(exact) ? 1 : 0)
  const chosen = Array.from(
    { length: favoured },
    () =>
      plan.critical[
        weightedIndex(
          draws,
          plan.critical.map((entry) => entry.weight)
        )
      ].task
  )
  const favouredTasks = new Set(plan.critical.map((entry) => entry.task))
  const all = Array.from({ length: training }, (_, task) => task)
  const unfavoured = all.filter((task) => favoured === 0 || !favouredTasks.has(task))
  // Where every task is favoured there is no rest, and the other places are drawn from all.
  const rest = unfavoured.length > 0 ? unfavoured : all
  const others: number[] = []
  while (others.length < size - favoured) {
    for (const at of sampleWithoutReplacement(draws, rest.length, Math.min(rest.length, size - favoured - others.length)))
      others.push(rest[at])
  }
  const mixed = Math.round(plan.mixedShare * queryEpisodes)
  return {
    tasks: [...chosen, ...others],
    mixedEpisodes: Array.from({ length: size }, (_, place) => (plan.mixEverywhere || place < favoured ? mixed : 0))
  }
}
