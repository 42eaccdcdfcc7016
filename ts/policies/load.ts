/** Policies of runs and of files. */
import type { Arm } from '../arms/index.js'
import { XmrlError } from '../errors.js'
import { anything, checkArgument, checkOptions, type Kinds, path as paths, seed as seeds, text, whole } from '../options.js'
import { withOpenedWorld } from '../own/index.js'
import { type LoadedSeed, loadRun, readBytes, whatIs } from '../run/index.js'
import { applyOverrides, defineExperiment, isOwnWorld, MOST_THREADS, type OwnWorld, type Spec, type WrittenSpec } from '../spec/index.js'
import { environmentOf, pricesOf } from './environment.js'
import { layoutOf, type Reading, weightsOf } from './files.js'
import type { LayoutHints } from './find.js'
import type { Layout } from './layout.js'
import { Policy } from './policy.js'
import { decodeTensors, type Tensors } from './safetensors.js'

/** Which policy of a run. */
export interface RunPolicyOptions {
  /** @default the run's first */
  seed?: number
  /** `theta_0`, which training left, or a retrained arm. @default 'theta_0' */
  arm?: Arm | 'theta_0' | (string & {})
  /** Threads that a call of `act` with many rows takes; the bits do not depend on it. @default 1 */
  threads?: number
}

/** What a file of weights does not say of its policy. */
export interface FilePolicyOptions {
  /** The environment preset or world of one's own it is for, or a specification that names it: its `policy` and `adapt` are the policy's. */
  preset: string | OwnWorld | WrittenSpec
  /**
   * Where the layers lie (docs/foreign.md): a layout, or a file of one.
   * @default `<file>.layout.json`, else what the tensors' names say; of a checkpoint, none is needed
   */
  layout?: string | Layout
  /** What the tensors' names do not say, where there is no layout: the activation at least. */
  hints?: LayoutHints
  /** Seed that `adapt` takes where it is given none. @default 0 */
  seed?: number
  /** As for a run. @default 1 */
  threads?: number
}

const OF_RUN: Kinds<RunPolicyOptions> = { seed: seeds, arm: text, threads: whole(1, MOST_THREADS) }
const OF_FILE: Kinds<FilePolicyOptions> = {
  preset: anything,
  layout: anything,
  hints: anything,
  seed: seeds,
  threads: whole(1, MOST_THREADS)
}
const NAME = 'loadPolicy'

/**
 * A policy that acts and adapts: of a run directory, or of a safetensors file (of another program with its layout, what `Policy.save`
 * or `xmrl export` wrote, or a checkpoint of ours).
 * @throws XmrlError `ERR_RUN_NOT_FOUND` where there is neither, or the arm has no finished weights; `ERR_USAGE` for a seed that the run
 * has not, an option of the other kind, or one that there is not; all list what there is. For a file those of `importPolicy`, naming the file, and `ERR_PRESET_UNKNOWN`
 */
export async function loadPolicy(path: string, options: RunPolicyOptions | FilePolicyOptions = {}): Promise<Policy> {
  checkArgument('path', path, paths)
  const found = whatIs(path)
  if (found === undefined) throw new XmrlError('ERR_RUN_NOT_FOUND', `${path}: there is no such run directory or file of weights`)
  if (found === 'folder') return await ofRun(path, options as RunPolicyOptions)
  return await ofFile(path, options as FilePolicyOptions)
}

async function ofRun(path: string, options: RunPolicyOptions): Promise<Policy> {
  refuse(options, ['preset', 'layout', 'hints'], `${path} is a run directory, which says them itself; leave them out`)
  checkOptions(NAME, options, OF_RUN)
  const run = await loadRun(path)
  const { spec } = run.experiment
  const wanted = options.seed ?? spec.seeds[0]
  const seed = run.seeds.find((each) => each.seed === wanted)
  if (seed === undefined) throw new XmrlError('ERR_USAGE', `seed: ${run.path} has no seed ${wanted}; it has ${spec.seeds.join(', ')}`)
  const arm = options.arm ?? 'theta_0'
  const weights = finished(seed, spec).includes(arm) ? seed.weights(stageOf(arm)) : undefined
  if (weights === undefined) throw noWeights(seed, arm, spec)
  return new Policy(spec, weights, { seed: wanted, threads: options.threads ?? 1, prices: pricesOf(spec) })
}

const stageOf = (arm: string) => (arm === 'theta_0' ? 'train' : `retrain-${arm}`)

/** Whose weights a seed has: theta_0 once training is over, arms that have their record. */
function finished({ stages, records }: LoadedSeed, { train }: Spec): string[] {
  const iterations = train.phases.reduce((sum, phase) => sum + phase.iterations, 0)
  const trained = (stages.train ?? -1) >= iterations
  return [...(trained ? ['theta_0'] : []), ...Object.keys(records.arms).filter((arm) => stageOf(arm) in stages)]
}

function noWeights(seed: LoadedSeed, arm: string, spec: Spec): XmrlError {
  const begun = seed.stages[stageOf(arm)]
  const what = begun === undefined ? `no weights of "${arm}"` : `no finished weights of "${arm}" (iteration ${begun}: go on with --resume)`
  return new XmrlError('ERR_RUN_NOT_FOUND', `arm: ${seed.path} has ${what}; it has ${finished(seed, spec).join(', ') || 'none yet'}`)
}

async function ofFile(path: string, options: FilePolicyOptions): Promise<Policy> {
  refuse(options, ['arm'], `${path} is a file of one policy; load a run directory to choose an arm`)
  checkOptions(NAME, options, OF_FILE)
  const { preset, layout, hints, seed = 0, threads = 1 } = options
  if (preset === undefined)
    throw new XmrlError('ERR_USAGE', `preset: ${path} does not say which environment it is for; give { preset: 'drone-planar' }`)
  const written = await withOpenedWorld(
    typeof preset === 'string' || isOwnWorld(preset) ? { environment: preset as NonNullable<WrittenSpec['environment']> } : preset
  )
  const bytes = readBytes('weights', path)
  const tensors = decodeTensors(bytes, path)
  const ours = layout === undefined && hints === undefined && Object.hasOwn(tensors, 'theta')
  const { spec, weights } = ours
    ? { spec: defineExperiment(written).spec, weights: bytes }
    : foreign(path, tensors, written, { layout, hints })
  return new Policy(spec, weights, { seed, threads, prices: pricesOf(spec) })
}

/** Weights of another program, with the specification of the policy that they make. */
function foreign(path: string, tensors: Tensors, written: WrittenSpec, reading: Reading): { spec: Spec; weights: Uint8Array } {
  const { spec } = defineExperiment(written)
  const { layout: read } = layoutOf(path, tensors, spec, reading)
  // Acting needs no floor above what the file says.
  const free = { ...spec, policy: { ...spec.policy, logStdMin: Number.NEGATIVE_INFINITY } }
  const { weights, settings } = weightsOf(path, tensors, read, free)
  const made = defineExperiment(applyOverrides(written, settings)).spec
  const { theta } = decodeTensors(weights, 'weights')
  const { actionSize } = environmentOf(made)
  const logStdMin = Math.min(made.policy.logStdMin, ...theta.values.slice(-actionSize))
  return { spec: { ...made, policy: { ...made.policy, logStdMin } }, weights }
}

/** That no option of the other kind is given. */
function refuse(options: object, keys: readonly string[], why: string): void {
  if (typeof options !== 'object' || options === null) return
  const given = keys.find((key) => (options as Record<string, unknown>)[key] !== undefined)
  if (given !== undefined) throw new XmrlError('ERR_USAGE', `${given}: ${why}`)
}
