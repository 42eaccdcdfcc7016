/**
 * From what was written to what is used, in two stages: written spec (a file or an object, with `--set` overrides)
 * -> resolved spec (defaults, then the preset's recipe, then the written keys), with a hash that names it in every record.
 */
import { ARMS } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import { suggestion } from '../spelling.js'
import { hashSpec } from './hash.js'
import { describeIssues } from './issues.js'
import { meant } from './meant.js'
import { currentPath, migrated } from './migration.js'
import { canMix, environmentSpecOf, isOwnWorld, keepWorld, type OwnWorld } from './own.js'
import { ownRecipe } from './own-recipe.js'
import { isWorldPlace } from './place.js'
import { plainCopy } from './plain.js'
import { knowsRare, poolProblem, poolSize, splitProblem, withUsual } from './pools.js'
import { presets } from './presets.js'
import { isMarket, isPreset, presetNames, registered, registry } from './registry.js'
import { type Spec, specSchema } from './schema.js'
import { isTree, readAt, type Tree, typeName } from './tree.js'
import { armProblem, findArm, type OwnAugment, type OwnExplain } from './variants.js'
import type { WorldRecord } from './world.js'
import type { WrittenSpec } from './written.js'
import { readYaml } from './yaml.js'

/** A validated experiment: what was written, what is used, and the hash of the latter. */
export interface Experiment {
  /** As the user wrote it (overrides applied). */
  readonly written: WrittenSpec
  /** As used: every key present. */
  readonly spec: Spec
  /**
   * SHA-256 of what makes results: one experiment keeps its hash over its seeds and arms. Files of tasks and prices are read when a run
   * begins, which then covers what they hold: its records, and `xmrl spec`, have that hash.
   */
  readonly hash: string
}

/**
 * Validates a specification and fills in the rest.
 * @throws XmrlError `ERR_SPEC_INVALID` (names the key path and the nearest known key), `ERR_PRESET_UNKNOWN`
 */
export function defineExperiment<Defined extends string = never>(written: WrittenSpec<Defined> = {}): Experiment {
  const own = ownWorldOf(written)
  const plain = migrated(
    own === undefined ? toPlain(written) : { ...toPlain({ ...written, environment: own.name }), world: toPlain(own.record) }
  )
  const name = plain.environment ?? 'drone-planar'
  if (typeof name === 'string' && !isPreset(name) && !isTree(plain.world)) throw unknownEnvironment(name)
  const recipe = recipeFor(plain)
  const whole = merge(recipe, plain)
  const described = typeof name === 'string' ? (own?.spec ?? registered(name)) : undefined
  const result = specSchema.safeParse({ ...whole, tasks: withUsual(described, whole.tasks, recipe.tasks) })
  if (!result.success) throw new XmrlError('ERR_SPEC_INVALID', describeIssues(result.error.issues, plain), { cause: result.error })
  const spec = withPossibleArms(result.data, plain)
  if (spec.world !== null && isPreset(spec.environment))
    throw new XmrlError('ERR_SPEC_INVALID', `world: ${spec.environment} is a preset of the package, which has none; leave it out`)
  checkAcross(spec)
  if (spec.world !== null && own !== undefined) keepWorld(spec.world, own)
  return deepFreeze({ written: plain as WrittenSpec, spec, hash: hashSpec(spec) })
}

/** The world of one's own that was written, where it is one itself. */
function ownWorldOf(written: unknown): OwnWorld | undefined {
  const given = isTree(written) ? written.environment : undefined
  if (isOwnWorld(given)) return given
  if (typeof given === 'object' && given !== null)
    throw new XmrlError('ERR_SPEC_INVALID', 'environment: expected a preset, a path, or a world that defineWorld or openWorld gave')
  return undefined
}

/** What is wrong with an environment that is neither a preset nor opened. */
function unknownEnvironment(name: string): XmrlError {
  if (isWorldPlace(name))
    return new XmrlError(
      'ERR_SPEC_INVALID',
      `environment: ${name} is not opened yet, which takes a moment: give await openWorld('${name}'), or the specification itself to runExperiment`
    )
  return new XmrlError('ERR_PRESET_UNKNOWN', `environment: unknown preset "${name}"${suggestion(name, presetNames)}`)
}

/** The recipe above the defaults: the preset's, or what follows from the description of a world of one's own. */
function recipeFor({ environment = 'drone-planar', world }: Tree): Tree {
  if (isTree(world)) return ownRecipe(world as Pick<WorldRecord, 'horizon' | 'supportHorizon' | 'setState' | 'mixes'>) as Tree
  return (typeof environment === 'string' ? (presets[environment] ?? {}) : {}) as Tree
}

/**
 * Parses the text of a spec file (YAML, hence JSON too; merge keys `<<` are merged) into a written spec; validation is
 * `defineExperiment`'s. Keys that begin with `x-` are left out: they hold what merge keys point at.
 * @throws XmrlError `ERR_SPEC_INVALID` naming the file and what is no YAML, or a tag that stands for nothing here
 */
export function parseSpec(text: string, file = 'spec'): WrittenSpec {
  const value = meant(readYaml(text, file), file)
  if (value === null || value === undefined) return {}
  if (!isTree(value)) throw new XmrlError('ERR_SPEC_INVALID', `${file}: expected keys and values, found ${typeName(value)}`)
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('x-'))) as WrittenSpec
}

/**
 * Applies `--set` overrides such as `explain.rho=.1`, `seeds=[0,1]`, `train.phases.0.iterations=20`; values are YAML.
 * @throws XmrlError `ERR_SPEC_INVALID` where an override is not `key=value` or goes through something that has no keys
 */
export function applyOverrides(written: WrittenSpec, overrides: readonly string[]): WrittenSpec {
  const own = ownWorldOf(written)
  let tree = migrated(toPlain(own === undefined ? written : { ...written, environment: own.name, world: own.record }))
  for (const override of overrides) {
    const at = override.indexOf('=')
    if (at <= 0) throw new XmrlError('ERR_SPEC_INVALID', `--set ${override}: write it as key.path=value`)
    const path = currentPath(override.slice(0, at).trim().split('.'))
    const value = meant(readYaml(override.slice(at + 1), `--set ${override}`), '--set', path)
    tree = setAt(withRecipeArrays(tree, path), path, value, override) as Tree
  }
  if (own === undefined) return tree as WrittenSpec
  // Another environment that an override names is that one.
  const { world: _world, ...rest } = tree
  return { ...rest, ...(tree.environment === own.name ? { environment: own } : {}) } as WrittenSpec
}

/**
 * An experiment with more arms.
 * @param arms built-in ones, or such as it defines
 * @throws XmrlError `ERR_SPEC_INVALID` for an arm that is unknown or that its environment cannot have
 */
export function withArms(experiment: Experiment, arms: readonly string[]): Experiment {
  const { retrain, ...rest } = experiment.spec
  const spec = { ...rest, retrain: { ...retrain, arms: [...new Set([...retrain.arms, ...arms])] } }
  checkAcross(spec)
  const { written } = experiment
  return deepFreeze({
    ...experiment,
    written: { ...written, retrain: { ...written.retrain, arms: spec.retrain.arms } } as WrittenSpec,
    spec
  })
}

/**
 * The experiment once its files of tasks were read.
 * @param found of each pool that is a file: its SHA-256, how many tasks it holds and whether it marks rare ones
 * @throws XmrlError `ERR_SPEC_INVALID` where something of the experiment does not go with what was found
 */
export function withTaskFiles(
  experiment: Experiment,
  found: Readonly<Record<string, { sha256: string; rows: number; marked: boolean }>>
): Experiment {
  const read = Object.entries(found).map(([key, what]) => [key, { ...(experiment.spec.tasks[key as 'training'] as object), ...what }])
  const tasks = { ...experiment.spec.tasks, ...Object.fromEntries(read) }
  const spec = withPossibleArms({ ...experiment.spec, tasks }, experiment.written as Tree)
  checkAcross(spec)
  return deepFreeze({ ...experiment, spec, hash: hashSpec(spec) })
}

/** A specification without those arms of its preset, where its user named none, that need rare tasks and whose pool has none. */
function withPossibleArms(spec: Spec, written: Tree): Spec {
  const { arms, define } = spec.retrain
  if (readAt(written, ['retrain', 'arms']) !== undefined || knowsRare(environmentSpecOf(spec), spec.tasks) !== false) return spec
  return { ...spec, retrain: { ...spec.retrain, arms: arms.filter((name) => findArm(name, define)?.choose !== 'rare') } }
}

/** Every arm that an experiment can have: the built-in ones that its environment knows the tasks of, and those that it defines. */
export function everyArm(spec: Spec): string[] {
  const { define } = spec.retrain
  const knows = knowsRare(environmentSpecOf(spec), spec.tasks) === true
  return [...ARMS, ...Object.keys(define)].filter((name) => {
    const arm = findArm(name, define)
    return (knows || arm?.choose !== 'rare') && (canMix(spec) || !onlyMixes(arm))
  })
}

/** Whether all that an arm does is to mix: without it, it is the reference by another name. */
const onlyMixes = (arm: ReturnType<typeof findArm>) =>
  arm?.choose === 'all' || (arm?.choose === 'explained' && arm.criticalShare === 'natural' && arm.mixedShare !== 0)

/** The specification that an arm works by: its own keys of `explain` and `augment` above the experiment's. */
export function specOfArm(spec: Spec, { explain, augment }: { explain?: OwnExplain | undefined; augment?: OwnAugment | undefined }): Spec {
  if (explain === undefined && augment === undefined) return spec
  const over = <K extends 'explain' | 'augment'>(key: K, keys: object = {}) => merge(spec[key] as Tree, keys as Tree) as Spec[K]
  return { ...spec, explain: over('explain', explain), augment: over('augment', augment) }
}

/** A deep copy that holds only plain data, so that a caller's later change cannot reach the experiment. */
function toPlain(value: unknown): Tree {
  if (!isTree(value)) throw new XmrlError('ERR_SPEC_INVALID', `spec: expected an object, found ${typeName(value)}`)
  return plainCopy(value)
}

/** Objects merge key by key, everything else (lists too) is replaced. */
function merge(under: Tree, over: Tree): Tree {
  const out: Tree = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const below = out[key]
    out[key] = isTree(below) && isTree(value) ? merge(below, value) : value
  }
  return out
}

/** Before an override reaches into a list that only the recipe or the defaults hold, the list is copied into the written spec. */
function withRecipeArrays(tree: Tree, path: readonly string[]): Tree {
  const index = path.findIndex((key) => /^\d+$/.test(key))
  if (index <= 0) return tree
  const keys = path.slice(0, index)
  if (readAt(tree, keys) !== undefined) return tree
  const known = specSchema.safeParse(merge(recipeFor(tree), {}))
  const list = known.success ? readAt(known.data, keys) : undefined
  return Array.isArray(list) ? (setAt(tree, keys, structuredClone(list), path.join('.')) as Tree) : tree
}

function setAt(node: unknown, path: readonly string[], value: unknown, override: string): unknown {
  if (path.length === 0) return value
  const [key, ...rest] = path
  if (Array.isArray(node)) {
    const index = Number(key)
    if (!Number.isInteger(index) || index < 0 || index >= node.length) {
      throw new XmrlError('ERR_SPEC_INVALID', `--set ${override}: "${key}" is not an index of a list of ${node.length}`)
    }
    return node.map((item, i) => (i === index ? setAt(item, rest, value, override) : item))
  }
  if (node !== undefined && !isTree(node)) {
    throw new XmrlError('ERR_SPEC_INVALID', `--set ${override}: "${key}" lies under ${typeName(node)}, which has no keys`)
  }
  if (key === '' || key === '__proto__') throw new XmrlError('ERR_SPEC_INVALID', `--set ${override}: empty or forbidden key in the path`)
  return { ...node, [key]: setAt((node as Tree | undefined)?.[key], rest, value, override) }
}

/** Rules between keys, which a schema of single keys cannot say. */
function checkAcross(spec: Spec): void {
  const fail = (path: string, text: string) => {
    throw new XmrlError('ERR_SPEC_INVALID', `${path}: ${text}`)
  }
  if (new Set(spec.seeds).size !== spec.seeds.length) fail('seeds', 'a seed is named twice')
  const pools = poolProblem(environmentSpecOf(spec), spec.tasks)
  if (pools !== undefined) fail(pools.path, pools.text)
  const split = splitProblem(spec.poor.fraction, spec.tasks)
  if (split !== undefined) fail(split.path, split.text)
  const problem = armProblem({ ...spec.retrain, training: poolSize(spec.tasks.training), seeds: spec.seeds })
  if (problem !== undefined) fail(problem.path, problem.text)
  const { logStdInit, logStdMin } = spec.policy
  if (logStdInit <= logStdMin)
    fail('policy.logStdInit', `${logStdInit} must lie above policy.logStdMin (${logStdMin}), below which it has no gradient`)
  const { adapt, trpo } = spec
  if (trpo.gamma !== adapt.gamma)
    fail('trpo.gamma', `${trpo.gamma} differs from adapt.gamma (${adapt.gamma}): inner and outer loss have one discount; set both`)
  const { mixedShare, queryEpisodes, define } = spec.retrain
  const shares: [string, number | undefined][] = [
    ['retrain.mixedShare', mixedShare],
    ...Object.entries(define).map(([name, arm]): [string, number | undefined] => [`retrain.define.${name}.mixedShare`, arm.mixedShare])
  ]
  for (const [path, value = 0] of shares) {
    if (Math.round(value * queryEpisodes) >= queryEpisodes)
      fail(path, `${value} mixes all ${queryEpisodes} query episodes; leave at least one whose states can be mixed`)
  }
  if (spec.train.phases.length === 0 && spec.train.initial === null) {
    fail('train.phases', 'empty: nothing would be trained; give a phase, or train.initial')
  }
  checkMixing(spec, fail)
  checkTransfer(spec, (text) => fail('evaluate.transfer', text))
  checkStages(spec, fail)
  for (const [name, arm] of Object.entries(define)) {
    checkStages(specOfArm(spec, arm), (path, text) => fail(`retrain.define.${name}.${path}`, text))
  }
  // Its intervals resample four blocks of query episodes.
  if (spec.retrain.tw.queryEpisodes < 4 && spec.retrain.arms.some((name) => findArm(name, define)?.choose === 'influence'))
    fail('retrain.tw.queryEpisodes', `${spec.retrain.tw.queryEpisodes} are too few for tw-influence; give at least 4`)
  const world = environmentSpecOf(spec)
  const reads = world?.prices === 'files'
  if (reads && spec.market.file === null) fail('market.file', `${spec.environment} needs the name of a CSV file of daily prices`)
  if (!reads && spec.market.file !== null) {
    const readers = registry.filter(({ prices }) => prices === 'files').map(({ preset }) => preset)
    fail('market.file', `${spec.environment} reads no file; only ${readers.join(', ')} does`)
  }
  const rare = spec.retrain.arms.find((name) => findArm(name, define)?.choose === 'rare')
  if (rare !== undefined && knowsRare(environmentSpecOf(spec), spec.tasks) === false) fail('retrain.arms', withoutRare(spec, rare))
}

/** Why there is no arm of rare tasks, and how there would be. */
function withoutRare({ environment, tasks: { training } }: Spec, arm: string): string {
  const own = typeof training === 'object' && !('law' in training)
  if (own)
    return `no row of tasks.training is marked as rare, so there is no ${arm} arm; mark some, {values: […], rare: true}, or in a column rare`
  const law = registered(environment)?.taskLaws.includes('rare') ? '; tasks.training {law: rare} has some' : ''
  return `the task law of ${environment} has no rare tasks, so there is no ${arm} arm${law}`
}

/** Worlds whose states cannot be mixed have no arm that does nothing else. */
function checkMixing(spec: Spec, fail: (path: string, text: string) => void): void {
  const { arms, define } = spec.retrain
  const mixing = canMix(spec) ? undefined : arms.find((name) => onlyMixes(findArm(name, define)))
  if (mixing !== undefined)
    fail(
      'retrain.arms',
      `states of ${spec.environment} cannot be mixed, and ${mixing} does nothing else; leave it out (xmrl then mixes none)`
    )
}

/** Other presets of the same environment, whose tasks and observations are then the same; a market's tasks belong to its prices. */
function checkTransfer({ environment, evaluate: { transfer } }: Spec, fail: (text: string) => void): void {
  const family = (preset: string) => registered(preset)?.family
  const unknown = transfer.find((preset) => !isPreset(preset))
  if (unknown !== undefined) fail(`unknown preset "${unknown}"${suggestion(unknown, presetNames)}`)
  if (new Set(transfer).size !== transfer.length) fail('a preset is named twice')
  if (transfer.includes(environment)) fail(`${environment} is what the run is scored on anyway`)
  if (transfer.length > 0 && isMarket(environment)) fail("a stock preset's tasks are periods of its own prices; leave it empty")
  const stranger = transfer.find((preset) => family(preset) !== family(environment))
  if (stranger !== undefined) fail(`${stranger} is another environment than ${environment}`)
}

/** Rules within and around the sections `explain` and `augment`, which arms may have of their own. */
function checkStages(spec: Spec, fail: (path: string, text: string) => void): void {
  const { environment, explain, augment } = spec
  const world = environmentSpecOf(spec)
  if (explain.solver === 'alternating' && explain.groupCosine !== null) {
    fail('explain.groupCosine', 'the solver alternating compares no tasks with one another; leave it null or choose another solver')
  }
  if (augment.repair === 'lift' && world?.liftable !== true) {
    fail('augment.repair', `${environment} has no body that could be lifted; use reject or none`)
  }
  if (augment.gradient === 'pathwise' && world?.smooth !== true) {
    fail('augment.gradient', `episodes of ${environment} meet contacts, so they have no slope in their start; use score`)
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
