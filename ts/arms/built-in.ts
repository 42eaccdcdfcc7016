/** Every built-in arm, one definition each. Adding an arm is one entry here. */
import type { ArmDefinition } from './definition.js'

const unmixed = { mixedShare: 0, law: 'uniform', charged: [] } as const
const control = { role: 'control', law: 'uniform', charged: [] } as const
const weighted = { role: 'baseline', criticalShare: 1, mixedShare: 0, law: 'uniform', charged: ['choice'] } as const
const learned = { role: 'baseline', choose: 'none', mixedShare: 0, law: 'uniform', charged: [] } as const
const mixup = { role: 'baseline', choose: 'all', charged: [] } as const

/** The built-in arms, in the order of tables; streams are part of the random-number contract: never renumber. */
export const BUILT_IN_ARMS = {
  xmrl: {
    label: 'XMRL',
    look: { colour: 'critical', dash: [] },
    role: 'method',
    description: 'explained tasks oversampled and mixed',
    stream: 1,
    choose: 'explained',
    law: 'learned',
    charged: ['explain', 'augment']
  },
  'omega-only': {
    label: 'weights alone, no mixing',
    look: { colour: 'critical', dash: [2, 3] },
    role: 'part',
    comparedFor: 'mixed episodes beside the weights',
    description: 'explained tasks oversampled, nothing mixed',
    stream: 7,
    choose: 'explained',
    ...unmixed,
    charged: ['explain']
  },
  maml: {
    label: 'MAML continued',
    look: { colour: 'ink', dash: [] },
    role: 'reference',
    description: 'meta-training continued unchanged',
    stream: 2,
    choose: 'none',
    ...unmixed
  },
  'maml-null': {
    label: 'MAML again (null)',
    look: { colour: 'ink', dash: [2, 3] },
    role: 'null',
    description: 'the same again with other random numbers: the null',
    stream: 3,
    choose: 'none',
    ...unmixed
  },
  ma: {
    label: 'mixup on all (MA)',
    look: { colour: 'better', dash: [] },
    ...mixup,
    comparedFor: 'explained against all tasks mixed',
    description: 'every task mixed with lambda ~ U(0,1)',
    stream: 4,
    law: 'uniform'
  },
  'ma-beta-0.2': {
    label: 'MA, Beta(.2, .2)',
    look: { colour: 'better', dash: [1, 2] },
    ...mixup,
    comparedFor: 'explained against all tasks mixed, Beta(.2, .2)',
    description: 'every task mixed with lambda ~ Beta(.2,.2)',
    stream: 8,
    law: { beta: 0.2 }
  },
  'ma-beta-0.5': {
    label: 'MA, Beta(.5, .5)',
    look: { colour: 'better', dash: [3, 2] },
    ...mixup,
    comparedFor: 'explained against all tasks mixed, Beta(.5, .5)',
    description: 'every task mixed with lambda ~ Beta(.5,.5)',
    stream: 9,
    law: { beta: 0.5 }
  },
  'ma-beta-2': {
    label: 'MA, Beta(2, 2)',
    look: { colour: 'better', dash: [6, 2] },
    ...mixup,
    comparedFor: 'explained against all tasks mixed, Beta(2, 2)',
    description: 'every task mixed with lambda ~ Beta(2,2)',
    stream: 10,
    law: { beta: 2 }
  },
  'ma-critical': {
    label: 'MA on critical tasks',
    look: { colour: 'better', dash: [2, 3] },
    role: 'part',
    comparedFor: 'explained tasks oversampled against only mixed',
    description: 'explained tasks mixed with lambda ~ U(0,1), not oversampled',
    stream: 11,
    choose: 'explained',
    criticalShare: 'natural',
    law: 'uniform',
    charged: ['explain']
  },
  tw: {
    label: 'task weighting (TW)',
    look: { colour: 'poor', dash: [] },
    ...weighted,
    comparedFor: 'explained against matched tasks',
    description: 'tasks weighted to match the rows of the evaluation pool',
    stream: 12,
    choose: 'matched'
  },
  'tw-influence': {
    label: 'TW by hypergradient',
    look: { colour: 'poor', dash: [2, 3] },
    ...weighted,
    comparedFor: 'explained against tasks weighted by the hypergradient',
    description: "tasks weighted by the hypergradient of the evaluation pool's return",
    stream: 13,
    choose: 'influence'
  },
  mr: {
    label: 'meta-regularisation (MR)',
    look: { colour: 'muted', dash: [4, 3] },
    role: 'baseline',
    comparedFor: 'explained against meta-regularisation',
    description: 'a Gaussian over the meta-parameters, penalised by its KL to a fixed prior',
    stream: 14,
    choose: 'none',
    ...unmixed,
    regularise: {}
  },
  cvar: {
    label: 'worst of each batch (CVaR)',
    look: { colour: 'poor', dash: [1, 2] },
    ...learned,
    comparedFor: 'explained against the worst tasks of each meta-batch',
    description: 'only the worst share of each even meta-batch is learned from (CVaR-MAML)',
    stream: 17,
    tail: true
  },
  roml: {
    label: 'cross-entropy sampler (RoML)',
    look: { colour: 'poor', dash: [4, 2] },
    ...learned,
    comparedFor: 'explained against tasks sampled by cross-entropy',
    description: 'tasks drawn by a cross-entropy sampler for the worst returns (RoML)',
    stream: 18,
    sampler: 'roml'
  },
  minimax: {
    label: 'worst-case weights (TR-MAML)',
    look: { colour: 'poor', dash: [6, 2] },
    ...learned,
    comparedFor: 'explained against worst-case weights',
    description: 'tasks drawn by weights that rise exponentially with their loss (TR-MAML)',
    stream: 19,
    sampler: 'minimax'
  },
  plr: {
    label: 'prioritised replay (PLR)',
    look: { colour: 'poor', dash: [4, 2, 1, 2] },
    ...learned,
    comparedFor: 'explained against tasks replayed by score',
    description: 'tasks replayed by the size of their last advantages (PLR)',
    stream: 20,
    sampler: 'plr'
  },
  oracle: {
    label: 'oracle',
    look: { colour: 'rareInk', dash: [] },
    ...control,
    role: 'ceiling',
    comparedFor: 'explained against truly rare tasks (the ceiling)',
    description: 'the truly rare tasks oversampled and mixed',
    stream: 5,
    choose: 'rare'
  },
  random: {
    label: 'random tasks',
    look: { colour: 'rival', dash: [] },
    ...control,
    comparedFor: 'explained against random tasks',
    description: 'as many randomly chosen tasks oversampled and mixed',
    stream: 6,
    choose: 'random'
  },
  nearest: {
    label: 'nearest tasks',
    look: { colour: 'rival', dash: [4, 2] },
    ...control,
    comparedFor: 'explained against nearest tasks',
    description: 'as many tasks nearest the poor ones oversampled and mixed',
    stream: 15,
    choose: 'nearest'
  },
  hardest: {
    label: 'hardest tasks',
    look: { colour: 'rival', dash: [1, 2] },
    ...control,
    comparedFor: 'explained against hardest tasks',
    description: 'as many tasks with the lowest scores oversampled and mixed',
    stream: 16,
    choose: 'hardest'
  },
  'hardest-10': {
    label: 'hardest tenth',
    look: { colour: 'rival', dash: [6, 2] },
    ...control,
    comparedFor: 'explained against the hardest tenth',
    description: 'the tenth of the tasks with the lowest scores oversampled, nothing mixed',
    stream: 21,
    choose: 'hardest',
    criticalFraction: 0.1,
    mixedShare: 0
  }
} as const satisfies Record<string, ArmDefinition>

/** A built-in arm. */
export type Arm = keyof typeof BUILT_IN_ARMS
/** Names of the built-in arms, in the order of tables. */
export const ARMS = Object.keys(BUILT_IN_ARMS) as [Arm, ...Arm[]]
/** The arms of a run that names none: the method, what it is held against, and the simplest rival. */
export const DEFAULT_ARMS: readonly Arm[] = ['xmrl', 'maml', 'maml-null', 'ma']
