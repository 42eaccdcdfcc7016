/** Retraining arms as data: which training tasks an arm favours, how it mixes, and what is charged to it. */
import { z } from 'zod'
import { suggestion } from '../errors.js'
import { augment } from './augment.js'
import { explain } from './explain.js'
import { count, nonNegative, positive, share } from './numbers.js'
import { partOf } from './part.js'

/**
 * How an arm chooses the training tasks it favours.
 * `none`: no task; every task alike. `all`: no task, but every slot is mixed. `explained`: the critical tasks. `rare`: those
 * the task law calls rare. `random`, `nearest`, `hardest`: as many as are critical, drawn by lot, nearest to the poor tasks,
 * with the lowest score of theta_0. `matched`: weights that bring the training tasks' rows nearest to the evaluation pool's
 * (kernel mean matching). `influence`: weights from the hypergradient of the evaluation pool's mean return.
 */
export type Choice = 'none' | 'all' | 'explained' | 'rare' | 'random' | 'nearest' | 'hardest' | 'matched' | 'influence'

/** What is charged to an arm: the steps of explaining, of learning the mixing law, of choosing for itself. */
export type Charge = 'explain' | 'augment' | 'choice'

/** Law of the mixing coefficient: the one that augmentation learned, U(0,1), or Beta(a, a). */
export type ArmLaw = 'learned' | 'uniform' | { beta: number }

/** A share of slots or flights; `natural` = number of favoured tasks / N. */
export type Share = number | 'natural'

/** What makes an arm. What is left out comes from `retrain`. */
export interface ArmDefinition {
  /** One line for tables and the report. */
  description: string
  /** Key of its random numbers; part of the random-number contract. */
  stream: number
  choose: Choice
  /** N_cri as a share of the training pool; absent: as many as the explanation found critical. */
  criticalFraction?: number
  /** Share of the slots given to favoured tasks. */
  criticalShare?: Share
  /** Share of a mixed slot's query flights that start at mixed states. */
  mixedShare?: number
  /** Most steps of a mixed flight. */
  mixedHorizon?: number
  law: ArmLaw
  charged: readonly Charge[]
  /** Train a Gaussian over the meta-parameters with the penalty of `retrain.mr`. */
  regularise?: { weight?: number }
  /** Keys of `explain` that differ: the arm then makes an explanation (and a mixing law) of its own. */
  explain?: OwnExplain
  /** Keys of `augment` that differ: the arm then learns a mixing law of its own. */
  augment?: OwnAugment
  /** Times the arm explains: the others at its own weights, after equal shares of its budget. */
  rounds?: number
  /** Trust region of its meta-steps. */
  maxKl?: number
}

const unmixed = { mixedShare: 0, law: 'uniform', charged: [] } as const
const control = { law: 'uniform', charged: [] } as const
const mixup = (stream: number, law: ArmLaw, name: string): ArmDefinition => ({
  description: `every task mixed with lambda ~ ${name}`,
  stream,
  choose: 'all',
  law,
  charged: []
})
const weighted = { criticalShare: 1, mixedShare: 0, law: 'uniform', charged: ['choice'] } as const

/** Every built-in arm, in the order of tables; streams are part of the random-number contract: never renumber. */
export const BUILT_IN_ARMS = {
  xmrl: {
    description: 'explained tasks oversampled and mixed',
    stream: 1,
    choose: 'explained',
    law: 'learned',
    charged: ['explain', 'augment']
  },
  'omega-only': {
    description: 'explained tasks oversampled, nothing mixed',
    stream: 7,
    choose: 'explained',
    ...unmixed,
    charged: ['explain']
  },
  maml: { description: 'meta-training continued unchanged', stream: 2, choose: 'none', ...unmixed },
  'maml-null': { description: 'the same again with other random numbers: the null', stream: 3, choose: 'none', ...unmixed },
  ma: mixup(4, 'uniform', 'U(0,1)'),
  'ma-beta-0.2': mixup(8, { beta: 0.2 }, 'Beta(.2,.2)'),
  'ma-beta-0.5': mixup(9, { beta: 0.5 }, 'Beta(.5,.5)'),
  'ma-beta-2': mixup(10, { beta: 2 }, 'Beta(2,2)'),
  'ma-critical': {
    description: 'explained tasks mixed with lambda ~ U(0,1), not oversampled',
    stream: 11,
    choose: 'explained',
    criticalShare: 'natural',
    law: 'uniform',
    charged: ['explain']
  },
  tw: { description: 'tasks weighted to match the rows of the evaluation pool', stream: 12, choose: 'matched', ...weighted },
  'tw-influence': {
    description: "tasks weighted by the hypergradient of the evaluation pool's return",
    stream: 13,
    choose: 'influence',
    ...weighted
  },
  mr: {
    description: 'a Gaussian over the meta-parameters, penalised by its KL to a fixed prior',
    stream: 14,
    choose: 'none',
    ...unmixed,
    regularise: {}
  },
  oracle: { description: 'the truly rare tasks oversampled and mixed', stream: 5, choose: 'rare', ...control },
  random: { description: 'as many randomly chosen tasks oversampled and mixed', stream: 6, choose: 'random', ...control },
  nearest: { description: 'as many tasks nearest the poor ones oversampled and mixed', stream: 15, choose: 'nearest', ...control },
  hardest: { description: 'as many tasks with the lowest scores oversampled and mixed', stream: 16, choose: 'hardest', ...control }
} as const satisfies Record<string, ArmDefinition>

/** A built-in arm. */
export type Arm = keyof typeof BUILT_IN_ARMS
/** Names of the built-in arms, in the order of tables. */
export const ARMS = Object.keys(BUILT_IN_ARMS) as [Arm, ...Arm[]]

/** Arms that favour a number of tasks by rank or by lot, so that the number can be set. */
const COUNTED: readonly Choice[] = ['explained', 'random', 'nearest', 'hardest']
/** Arms that favour tasks. */
const FAVOURING: readonly Choice[] = [...COUNTED, 'rare', 'matched', 'influence']

const { allowUnreliable: _allowed, validate: _validate, ...explainKeys } = explain.shape
const ownExplain = partOf(explainKeys).describe('Keys of `explain` for an explanation of the arm’s own, charged to it alone.')
const ownAugment = partOf(augment.shape).describe('Keys of `augment` for a mixing law of the arm’s own, charged to it alone.')
/** Keys of `explain` that an arm replaces. */
export type OwnExplain = z.output<typeof ownExplain>
/** Keys of `augment` that an arm replaces. */
export type OwnAugment = z.output<typeof ownAugment>

/** An arm that a specification defines: a built-in one with some of its data replaced. */
export const armVariant = z.strictObject({
  base: z.enum(ARMS).describe('The built-in arm that is varied.'),
  criticalFraction: z
    .number()
    .gt(0)
    .lte(1)
    .optional()
    .describe('N_cri as a share of the training pool: that many best-ranked tasks, drawn evenly.'),
  criticalShare: z
    .union([share(), z.literal('natural')], { error: 'expected a share from 0 to 1, or natural' })
    .optional()
    .describe('Share of the slots given to favoured tasks.'),
  mixedShare: share().optional().describe("Share of a mixed slot's query flights that start at mixed states."),
  mixedHorizon: count().optional().describe('Most steps of a mixed flight, in place of retrain.mixedHorizon.'),
  law: z
    .union([z.enum(['learned', 'uniform']), z.strictObject({ beta: z.number().min(0.05).max(20) })], {
      error: 'expected learned, uniform, or {beta: a} with a from .05 to 20'
    })
    .optional()
    .describe('Law of lambda: the one that augmentation learned (charged), U(0,1), or Beta(a, a).'),
  weight: nonNegative().optional().describe('mr: weight of the KL, in place of retrain.mr.weight.'),
  explain: ownExplain.optional(),
  augment: ownAugment.optional(),
  rounds: count(16)
    .min(2)
    .optional()
    .describe("Explain so many times: anew at the arm's own weights after equal shares of its budget, each charged."),
  maxKl: positive().optional().describe('Trust region of its meta-steps, in place of retrain.maxKl.')
})
/** A variant as written. */
export type ArmVariant = z.output<typeof armVariant>

/** Streams of meta-steps that the short retrainings of a validation take, one a repeat: the first, and how many. No arm has one. */
export const INTERVENTIONS = { first: 200, count: 32 } as const

/** How the name of a defined arm is spelt: it names files. */
export const ARM_NAME = /^[a-z][a-z0-9.-]*$/

/**
 * Stream of a defined arm: 19 bits of the FNV-1a hash of its name, so that defining one more arm changes no other. The low
 * byte is 128 to 255, which no built-in arm uses; the few names that fall on {@link INTERVENTIONS} are refused. See
 * `StepOptions::index` in crates/node for the whole layout.
 */
export function streamOf(name: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(name, 'utf8')) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return 128 + (hash & 127) + ((hash >>> 7) & 0xfff) * 256
}

/** An arm that is resolved: its name, the built-in one behind it, and its data. */
export type ResolvedArm = ArmDefinition & { name: string; base: Arm }

/** The arm of a name, built in or defined under `retrain.define`; undefined where there is none. */
export function findArm(name: string, define: Readonly<Record<string, ArmVariant>> = {}): ResolvedArm | undefined {
  if (isBuiltIn(name)) return { ...BUILT_IN_ARMS[name], name, base: name }
  if (!Object.hasOwn(define, name)) return undefined
  const { base, weight, ...replaced } = define[name]
  const arm: ArmDefinition = BUILT_IN_ARMS[base]
  const law = replaced.law ?? arm.law
  const learns = law === 'learned' && replaced.mixedShare !== 0
  return {
    ...arm,
    ...replaced,
    law,
    name,
    base,
    stream: streamOf(name),
    description: `${base} with ${described({ ...replaced, ...(weight === undefined ? {} : { weight }) })}`,
    // Only a learned law costs the steps of learning it.
    charged: [...arm.charged.filter((charge) => charge !== 'augment'), ...(learns ? (['augment'] as const) : [])],
    ...(arm.regularise ? { regularise: weight === undefined ? arm.regularise : { weight } } : {})
  }
}

/** What is wrong with the arms of a specification: the key and a line of text; undefined where nothing is. */
export function armProblem(retrain: {
  arms: readonly string[]
  define: Readonly<Record<string, ArmVariant>>
}): { path: string; text: string } | undefined {
  const { arms, define } = retrain
  const streams = new Map<number, string>()
  for (const [name, variant] of Object.entries(define)) {
    const path = `retrain.define.${name}`
    if (isBuiltIn(name)) return { path, text: 'a built-in arm has this name; choose another' }
    if (!ARM_NAME.test(name)) return { path, text: 'a name is small letters, digits, dots and hyphens, a letter first' }
    const stream = streamOf(name)
    const after = stream - INTERVENTIONS.first
    if (after >= 0 && after < INTERVENTIONS.count) {
      return { path, text: 'its random numbers would be those of the retrainings that check an explanation; choose another name' }
    }
    const taken = streams.get(stream)
    if (taken !== undefined) return { path, text: `its random numbers would be those of "${taken}"; choose another name` }
    streams.set(stream, name)
    const problem = variantProblem(variant)
    if (problem !== undefined) return { path: problem.key === '' ? path : `${path}.${problem.key}`, text: problem.text }
  }
  const known = [...ARMS, ...Object.keys(define)]
  for (const [at, name] of arms.entries()) {
    if (!known.includes(name)) return { path: `retrain.arms.${at}`, text: `unknown arm "${name}"${suggestion(name, known)}` }
    if (arms.indexOf(name) < at) return { path: 'retrain.arms', text: 'an arm is named twice' }
  }
  return undefined
}

/** A key that would change nothing is a misunderstanding, and refused. */
function variantProblem({ base, ...keys }: ArmVariant): { key: string; text: string } | undefined {
  const arm: ArmDefinition = BUILT_IN_ARMS[base]
  if (Object.keys(keys).length === 0)
    return { key: '', text: `it changes nothing of ${base}; give criticalFraction, mixedShare, law, explain, ...` }
  const mixes = arm.choose === 'all' || FAVOURING.includes(arm.choose)
  const idle: [keyof typeof keys, boolean, string][] = [
    ['criticalFraction', COUNTED.includes(arm.choose), 'chooses no number of tasks'],
    ['criticalShare', FAVOURING.includes(arm.choose), 'favours no tasks'],
    ['mixedShare', mixes, 'mixes no flights'],
    ['mixedHorizon', mixes && (keys.mixedShare ?? arm.mixedShare) !== 0, 'mixes no flights'],
    ['law', mixes, 'mixes no flights'],
    ['weight', arm.regularise !== undefined, 'is not regularised'],
    ['explain', arm.choose === 'explained', 'uses no explanation'],
    ['augment', mixes && (keys.law ?? arm.law) === 'learned' && keys.mixedShare !== 0, 'mixes by no learned law'],
    ['rounds', arm.choose === 'explained', 'uses no explanation']
  ]
  const found = idle.find(([key, used]) => keys[key] !== undefined && !used)
  return found && { key: found[0], text: `${base} ${found[2]}` }
}

function isBuiltIn(name: string): name is Arm {
  return Object.hasOwn(BUILT_IN_ARMS, name)
}

/** `criticalFraction 0.1, law Beta(2,2), explain.solver implicit`. */
function described(keys: object, under = ''): string {
  return Object.entries(keys)
    .map(([key, value]) => {
      if (typeof value !== 'object' || value === null) return `${under}${key} ${value}`
      return key === 'law' ? `law Beta(${Object.values(value)[0]},${Object.values(value)[0]})` : described(value, `${under}${key}.`)
    })
    .join(', ')
}
