/** The arms of a comparison: what each puts into the slots of a meta-batch. Every arm starts from theta_0. */
import { XmrlError } from '../errors.js'
import { type Draws, sampleWithoutReplacement, weightedIndex } from '../select/index.js'
import type { Arm } from '../spec/index.js'

export interface ArmInfo {
  /** One line for tables and the report. */
  description: string
  /** Stream of this arm's random numbers; `maml` and `maml-null` differ in nothing else. */
  stream: number
  /** True when the steps of explaining and augmenting are charged to it. */
  charged: boolean
}

/** What each arm is; streams are part of the random-number contract: never renumber. */
export const ARM_INFO: Record<Arm, ArmInfo> = {
  xmrl: { description: 'explained tasks oversampled and mixed', stream: 1, charged: true },
  maml: { description: 'meta-training continued unchanged', stream: 2, charged: false },
  'maml-null': { description: 'the same again with other random numbers: the null', stream: 3, charged: false },
  ma: { description: 'every task mixed with lambda ~ U(0,1)', stream: 4, charged: false },
  oracle: { description: 'the truly rare tasks oversampled and mixed', stream: 5, charged: false },
  random: { description: 'as many randomly chosen tasks oversampled and mixed', stream: 6, charged: false }
}

/** Which training tasks an arm favours and how it mixes. */
export interface ArmPlan {
  arm: Arm
  /** Favoured training tasks with their sampling weights (sum 1); empty: none. */
  critical: { task: number; weight: number }[]
  /** Share of the slots given to them, in [0,1]. */
  criticalShare: number
  /** Share of a mixed slot's query episodes that start at mixed states, in [0,1]. */
  mixedShare: number
  /** Mix in every slot (`ma`), or in those of the favoured tasks. */
  mixEverywhere: boolean
  /** The law of lambda. */
  family: string
  phi: number[]
}

/** One meta-batch: a training task per slot and how many of the slot's query episodes start mixed. */
export interface Slots {
  tasks: number[]
  mixedEpisodes: number[]
}

/** What retraining and explanation settle about shares; see `retrain` in the spec. */
export interface PlanInputs {
  training: number
  critical: { task: number; weight: number }[]
  rare?: boolean[]
  criticalShare: number | 'natural'
  mixedShare: number
  family: string
  phi: number[]
  /** Source of the `random` control's choice; a seed gives one choice. */
  draws: Draws
}

/**
 * The plan of an arm.
 * Errors: `ERR_SPEC_INVALID` for `oracle` where the task law does not know its rare tasks.
 */
export function planArm(arm: Arm, inputs: PlanInputs): ArmPlan {
  const uniform = { family: 'uniform', phi: [] as number[] }
  const share = (count: number) => (inputs.criticalShare === 'natural' ? count / inputs.training : inputs.criticalShare)
  const evenly = (tasks: number[]) => tasks.map((task) => ({ task, weight: 1 / tasks.length }))
  const favour = (critical: ArmPlan['critical']) => ({
    arm,
    critical,
    criticalShare: critical.length ? share(critical.length) : 0,
    mixedShare: inputs.mixedShare,
    mixEverywhere: false
  })
  switch (arm) {
    case 'xmrl':
      return { ...favour(inputs.critical), family: inputs.family, phi: inputs.phi }
    case 'oracle': {
      const rare = inputs.rare?.flatMap((is, task) => (is ? [task] : [])) ?? []
      if (rare.length === 0)
        throw new XmrlError('ERR_SPEC_INVALID', 'retrain.arms: this task law knows no rare tasks, so there is no oracle arm')
      return { ...favour(evenly(rare)), ...uniform }
    }
    case 'random':
      return { ...favour(evenly(sampleWithoutReplacement(inputs.draws, inputs.training, inputs.critical.length))), ...uniform }
    case 'ma':
      return { arm, critical: [], criticalShare: 0, mixedShare: inputs.mixedShare, mixEverywhere: true, ...uniform }
    case 'maml':
    case 'maml-null':
      return { arm, critical: [], criticalShare: 0, mixedShare: 0, mixEverywhere: false, ...uniform }
  }
}

/**
 * Draws one meta-batch. Favoured tasks fill `criticalShare · slots` slots (the fraction is settled by one more draw),
 * in proportion to their weights; the other slots hold different tasks from the rest of the pool.
 */
export function drawSlots(plan: ArmPlan, training: number, slots: number, queryFlights: number, draws: Draws): Slots {
  const exact = plan.criticalShare * slots
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
  // Where every task is favoured there is no rest, and the other slots are drawn from all.
  const rest = unfavoured.length > 0 ? unfavoured : all
  const others: number[] = []
  while (others.length < slots - favoured) {
    for (const at of sampleWithoutReplacement(draws, rest.length, Math.min(rest.length, slots - favoured - others.length)))
      others.push(rest[at])
  }
  const mixed = Math.round(plan.mixedShare * queryFlights)
  return {
    tasks: [...chosen, ...others],
    mixedEpisodes: Array.from({ length: slots }, (_, slot) => (plan.mixEverywhere || slot < favoured ? mixed : 0))
  }
}
