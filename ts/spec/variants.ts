/** Arms that a specification defines: a built-in one (`ts/arms`) with some of its data replaced, or a choice of one's own; and what is wrong with them. */
import { z } from 'zod'
import {
  ARMS,
  type Arm,
  type ArmConduct,
  type ArmDefinition,
  builtIn,
  type Choice,
  INTERVENTIONS,
  type Sampled,
  streamOf
} from '../arms/index.js'
import { suggestion } from '../spelling.js'
import { augment } from './augment.js'
import { explain } from './explain.js'
import { type Given, givenKeys, givenProblem } from './given.js'
import { count, nonNegative, positive, share } from './numbers.js'
import { partOf } from './part.js'
import { cvar, minimax, plr, roml } from './rivals.js'

/** Arms that favour a number of tasks by rank or by lot, so that the number can be set. */
const COUNTED: readonly Choice[] = ['explained', 'random', 'nearest', 'hardest']
/** Arms that favour tasks. */
const FAVOURING: readonly Choice[] = [...COUNTED, 'rare', 'matched', 'influence', 'given']

const { allowUnreliable: _allowed, validate: _validate, ...explainKeys } = explain.shape
const ownExplain = partOf(explainKeys).describe('Keys of `explain` for an explanation of the arm’s own, charged to it alone.')
const ownAugment = partOf(augment.shape).describe('Keys of `augment` for a mixing law of the arm’s own, charged to it alone.')
/** Keys of `explain` that an arm replaces. */
export type OwnExplain = z.output<typeof ownExplain>
/** Keys of `augment` that an arm replaces. */
export type OwnAugment = z.output<typeof ownAugment>

/** Some of the options of an arm with a law of its own, in place of those in `retrain`. */
const ofRival = <S extends Record<string, z.ZodType>>(options: z.ZodObject<S>) =>
  partOf(options.shape)
    .describe(`${options.description?.split(':')[0]}: options in place of those in \`retrain\`.`)
    .optional()

/** An arm that a specification defines: a built-in one with some of its data replaced, or one whose tasks are given. */
export const armVariant = z.strictObject({
  base: z.enum(ARMS).optional().describe('The built-in arm that is varied; every arm has a base, or `choose: given`.'),
  ...givenKeys,
  criticalFraction: z
    .number()
    .gt(0)
    .lte(1)
    .optional()
    .describe('N_cri as a share of the training pool: that many best-ranked tasks, drawn evenly.'),
  criticalShare: z
    .union([share(), z.literal('natural')], { error: 'expected a share from 0 to 1, or natural' })
    .optional()
    .describe('Share of the meta-batch that favoured tasks get.'),
  mixedShare: share().optional().describe("Share of a mixed task's query episodes that start at mixed states."),
  mixedHorizon: count().optional().describe('Most steps of a mixed episode, in place of retrain.mixedHorizon.'),
  law: z
    .union([z.enum(['learned', 'uniform']), z.strictObject({ beta: z.number().min(0.05).max(20) })], {
      error: 'expected learned, uniform, or {beta: a} with a from .05 to 20'
    })
    .optional()
    .describe('Law of lambda: the one that augmentation learned (charged), U(0,1), or Beta(a, a).'),
  cvar: ofRival(cvar),
  roml: ofRival(roml),
  minimax: ofRival(minimax),
  plr: ofRival(plr),
  weight: nonNegative().optional().describe('mr: weight of the KL, in place of retrain.mr.weight.'),
  explain: ownExplain.optional(),
  augment: ownAugment.optional(),
  rounds: count(16)
    .min(2)
    .optional()
    .describe("Explain so many times: anew at the arm's own weights after equal shares of its budget, each charged."),
  maxKl: positive().optional().describe('Trust region of its meta-steps, in place of retrain.maxKl.'),
  dose: z
    .enum(['audited', 'fixed'])
    .optional()
    .describe('`audited`: the share of favoured tasks starts at criticalShare and is steered by `retrain.dose`; `fixed`: it stays there.'),
  lever: z
    .enum(['audited', 'fixed'])
    .optional()
    .describe('`audited`: whether its query episodes are mixed is chosen by the trials of `retrain.lever`; `fixed`: they are.'),
  reptileStep: z
    .enum(['audited', 'none'])
    .optional()
    .describe('`none`: it does not begin with a weighted Reptile step; see `retrain.reptileStep`.'),
  verdict: z
    .enum(['heeded', 'ignored'])
    .optional()
    .describe('`ignored`: favour the explained tasks even where the explanation singles nothing out.')
})
/** A variant as written. */
export type ArmVariant = z.output<typeof armVariant>

/** Arms' own laws of tasks, under whose names their options stand. */
const SAMPLED: readonly Sampled[] = ['roml', 'minimax', 'plr']

/** How the name of a defined arm is spelt: it names files. */
export const ARM_NAME = /^[a-z][a-z0-9.-]*$/

/** An arm that is resolved: its name, the built-in one behind it, and its data. */
export interface ResolvedArm extends ArmConduct, Given {
  name: string
  /** Keys of `explain` that differ: the arm then makes an explanation (and a mixing law) of its own. */
  explain?: OwnExplain
  /** Options of its own law of tasks that differ from those in `retrain`. */
  cvar?: ArmVariant['cvar']
  roml?: ArmVariant['roml']
  minimax?: ArmVariant['minimax']
  plr?: ArmVariant['plr']
  /** Keys of `augment` that differ: the arm then learns a mixing law of its own. */
  augment?: OwnAugment
}

/** The arm of a name, built in or defined under `retrain.define`; undefined where there is none. */
export function findArm(name: string, define: Readonly<Record<string, ArmVariant>> = {}): ResolvedArm | undefined {
  const own = builtIn(name)
  if (own !== undefined) return { ...conductOf(own), name }
  if (!Object.hasOwn(define, name)) return undefined
  const { base, weight, choose: _, ...replaced } = define[name]
  const arm = base === undefined ? GIVEN : conductOf(definitionOf(base))
  const law = replaced.law ?? arm.law
  const learns = law === 'learned' && replaced.mixedShare !== 0
  return {
    ...arm,
    ...replaced,
    law,
    name,
    stream: streamOf(name),
    description: describedArm(define[name]),
    // Only a learned law costs the steps of learning it.
    charged: [...arm.charged.filter((charge) => charge !== 'augment'), ...(learns ? (['augment'] as const) : [])],
    ...(arm.regularise ? { regularise: weight === undefined ? arm.regularise : { weight } } : {})
  }
}

/**
 * What is wrong with the arms of a specification: the key and a line of text; undefined where nothing is.
 * @param of the arms that are run and those that are defined, how many training tasks there are (undefined where a file was not read
 * yet), and the seeds
 */
export function armProblem(of: {
  arms: readonly string[]
  define: Readonly<Record<string, ArmVariant>>
  training: number | undefined
  seeds: readonly number[]
}): { path: string; text: string } | undefined {
  const { arms, define, training, seeds } = of
  const streams = new Map<number, string>()
  for (const [name, variant] of Object.entries(define)) {
    const path = `retrain.define.${name}`
    if (builtIn(name) !== undefined) return { path, text: 'a built-in arm has this name; choose another' }
    if (!ARM_NAME.test(name)) return { path, text: 'a name is small letters, digits, dots and hyphens, a letter first' }
    const stream = streamOf(name)
    const after = stream - INTERVENTIONS.first
    if (after >= 0 && after < INTERVENTIONS.count) {
      return { path, text: 'its random numbers would be those of the retrainings that check an explanation; choose another name' }
    }
    const taken = streams.get(stream)
    if (taken !== undefined) return { path, text: `its random numbers would be those of "${taken}"; choose another name` }
    streams.set(stream, name)
    const problem = variantProblem(variant) ?? choiceProblem(variant, training, arms.includes(name) ? seeds : [])
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
function variantProblem({ base, choose, ...keys }: ArmVariant): { key: string; text: string } | undefined {
  if (base === undefined && choose === undefined)
    return { key: '', text: 'an arm has a base (a built-in arm that it varies), or choose: given with tasks or weights; give one' }
  if (base !== undefined && choose !== undefined)
    return { key: 'choose', text: `given tasks are in place of those that ${base} favours; leave out base or choose` }
  const arm = base === undefined ? GIVEN : definitionOf(base)
  const who = base ?? 'an arm of given tasks'
  if (base !== undefined && Object.keys(keys).length === 0)
    return { key: '', text: `it changes nothing of ${base}; give criticalFraction, mixedShare, law, explain, ...` }
  const mixes = arm.choose === 'all' || FAVOURING.includes(arm.choose)
  const idle: [keyof typeof keys, boolean, string][] = [
    ...(['tasks', 'weights', 'steps'] as const).map((name): [typeof name, boolean, string] => [
      name,
      base === undefined,
      'is given no tasks'
    ]),
    ['criticalFraction', COUNTED.includes(arm.choose), 'chooses no number of tasks'],
    ['criticalShare', FAVOURING.includes(arm.choose), 'favours no tasks'],
    ['mixedShare', mixes, 'mixes no episodes'],
    ['mixedHorizon', mixes && (keys.mixedShare ?? arm.mixedShare) !== 0, 'mixes no episodes'],
    ['law', mixes, 'mixes no episodes'],
    ['cvar', arm.tail === true, 'learns from whole meta-batches'],
    ...SAMPLED.map((name): [typeof name, boolean, string] => [name, arm.sampler === name, `does not draw by ${name}`]),
    ['weight', arm.regularise !== undefined, 'is not regularised'],
    ['explain', arm.choose === 'explained', 'uses no explanation'],
    ['augment', mixes && (keys.law ?? arm.law) === 'learned' && keys.mixedShare !== 0, 'mixes by no learned law'],
    ['dose', FAVOURING.includes(arm.choose), 'favours no tasks'],
    ['lever', mixes && (keys.mixedShare ?? arm.mixedShare) !== 0, 'mixes no episodes'],
    ['reptileStep', arm.choose === 'explained', 'uses no explanation'],
    ['verdict', arm.choose === 'explained', 'uses no explanation'],
    ['rounds', arm.choose === 'explained', 'uses no explanation']
  ]
  const found = idle.find(([key, used]) => keys[key] !== undefined && !used)
  return found && { key: found[0], text: `${who} ${found[2]}` }
}

function choiceProblem(variant: ArmVariant, training: number | undefined, seeds: readonly number[]) {
  return variant.choose === undefined ? undefined : givenProblem(variant, training, seeds)
}

/** An arm whose tasks are given: as many places and mixed episodes for them as a control gives to its own. */
const GIVEN: ArmConduct = { ...conductOf(definitionOf('hardest')), choose: 'given', charged: ['choice'] }

function definitionOf(name: Arm): ArmDefinition {
  return builtIn(name) as ArmDefinition
}

/** What an arm does, without how it is shown and judged: a variant has neither from its base. */
function conductOf({ label: _label, look: _look, role: _role, comparedFor: _question, ...conduct }: ArmDefinition): ArmConduct {
  return conduct
}

/** One line on an arm: what of its base it changes, or what it was given. */
function describedArm({ base, choose: _, tasks, weights, ...keys }: ArmVariant): string {
  if (base !== undefined) return `${base} with ${described(keys)}`
  const counted = (given: object, many: (list: readonly number[]) => number) =>
    Array.isArray(given) ? `${many(given)}` : [...new Set(Object.values(given).map(many))].sort((a, b) => a - b).join(' or ')
  const favoured =
    tasks === undefined
      ? counted(weights ?? [], (list) => list.filter((weight) => weight > 0).length)
      : counted(tasks, (list) => list.length)
  const changed = described(keys)
  return `${favoured} given training tasks oversampled${changed === '' ? '' : `, with ${changed}`}`
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
