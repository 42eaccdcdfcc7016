/** The learner of a run: the native handle with the options of a specification filled in. */

import { availableParallelism } from 'node:os'
import { defined } from '../defined.js'
import { nativeMarket, type PriceTable, readPrices } from '../market/index.js'
import {
  type Addon,
  chooseDevice,
  type DeviceChoice,
  guarded,
  guardedJob,
  learningAddon,
  type NativeLearner,
  type RegulariseSettings,
  type StepStats
} from '../native.js'
import { checkArgument, checkOptions, type Kinds, object, oneOf, seed as seeds, whole } from '../options.js'
import { worldOf } from '../own/index.js'
import { MOST_THREADS, type Spec } from '../spec/index.js'

/** Options that change where and how fast a run computes, never its results. */
export interface ComputeOptions {
  /** @default 'auto' */
  device?: DeviceChoice
  /**
   * Where episodes fly: on the processor, or on the first CUDA device by the package's own kernels, which need a driver but no libtorch;
   * `ERR_DEVICE` where there is none. Presets without kernels fly on the processor either way.
   * @default as `device`, and on the processor where a card cannot
   */
  rollouts?: 'cpu' | 'cuda'
  /** Threads of the learner's pool. @default the machine's cores */
  threads?: number
}

/** What each of them takes. */
export const COMPUTE: Kinds<ComputeOptions> = {
  device: oneOf('auto', 'cpu', 'cuda'),
  rollouts: oneOf('cpu', 'cuda'),
  threads: whole(1, MOST_THREADS)
}

/** How one meta-iteration is flown and stepped. */
export interface MetaStep {
  /** Stage or arm, see ARM_INFO; training is stream 0. */
  stream: number
  iteration: number
  /** `[N][K]`, the tasks of the meta-batch; a task may stand in it more than once. */
  tasks: readonly (readonly number[])[]
  /** `[N]` weights in the objective; equal where left out. */
  weights?: number[]
  mixedEpisodes?: number[]
  family?: string
  phi?: number[]
  /** How states are mixed and infeasible mixtures repaired; the spec's where left out. */
  mix?: Spec['augment']['mix']
  repair?: Spec['augment']['repair']
  /** Most steps of a mixed episode; the environment's horizon where left out. */
  mixedHorizon?: number
  supportEpisodes: number
  queryEpisodes: number
  maxKl: number
  monitor: boolean
  /** Share of the meta-batch, by its lowest query returns, that the objective is the mean of; all of it where left out. */
  tail?: number
  /** Train a Gaussian over the meta-parameters, held to a prior. */
  regularise?: RegulariseSettings
}

/** How meta-gradients are sampled. */
export interface GradientSample {
  stream: number
  /** Number of the batch on the stream; those of an explanation with `batches` are the same. @default 0 */
  batch?: number
  supportEpisodes: number
  /** Mixed ones included. */
  queryEpisodes: number
  /** Query episodes of every task that start at mixed states. @default 0 */
  mixedEpisodes?: number
  /** Their mixing law and its parameters. @default 'uniform' */
  family?: Spec['augment']['family']
  phi?: number[]
  /** Most steps of those. @default the environment's horizon */
  mixedHorizon?: number
  /** Numbers of the tasks, which key their random numbers: equal ones are common random numbers. @default 0..N */
  ids?: number[]
}

/** Returns and successes `[N]` of one evaluation stream. */
export interface TaskScores {
  returns: number[]
  success: number[]
  envSteps: number
}

/** Scores with what the adaptations moved. */
export interface KeptScores extends TaskScores {
  /** `[k][N][P]` row-major: mean over the adaptations of theta' - theta after 1 to k adaptation steps. */
  displacements: Float32Array
  /** Steps of the adaptation steps beyond those that scores are measured after; not in `envSteps`. */
  furtherSteps: number
}

/** Rows of task parameters, `[N][K]`. */
export type Tasks = readonly (readonly number[])[]

/** What the native learner's method takes in a place, without what the specification fills in. */
type Settings<M extends keyof NativeLearner, At extends number> = NativeLearner[M] extends (...given: infer G) => unknown
  ? Omit<G[At] & object, 'advantage'>
  : never

/** Settings of an evaluation that replace the specification's. */
export interface EvaluationChange {
  adaptations?: number
  supportEpisodes?: number
  queryEpisodes?: number
  steps?: number
  displacements?: number
}

/** Flattens task rows for the seam. */
const flatten = (tasks: readonly (readonly number[])[]) => Float64Array.from(tasks.flat())

/** The seam takes no read-only lists. */
const mutable = (ids: readonly number[] | undefined) => (ids === undefined ? undefined : [...ids])

/** What an explanation in adaptation space is made from. */
type AdaptationInputs = Parameters<Addon['explainAdaptation']>[0]

/** What gains are foretold from. */
type ForetellInputs = Parameters<Addon['foretell']>[0]

/**
 * A meta-policy being trained or measured. Not shared between runs; `dispose()` it. What is marked as internal is for the stages alone, and
 * not among the declarations of the package.
 */
export class Learner {
  /** The build of the addon that it learns in. */
  readonly #addon: Addon
  readonly #native: NativeLearner
  readonly #spec: Spec
  /** Where it computes, in one line. */
  readonly deviceNote: string
  readonly device: 'cpu' | 'cuda'
  /** Where episodes were asked to fly. */
  readonly rollouts: 'cpu' | 'cuda' | undefined
  /** Where they fly: `cpu`, the card's name, or `cpu: ` and why no card flies them. */
  readonly flownBy: string
  readonly threads: number
  /** What it trades at, where its preset has prices from outside. */
  readonly prices: PriceTable | undefined

  constructor(spec: Spec, seed: number, options: ComputeOptions = {}) {
    const compute = checkOptions('Learner', options, COMPUTE)
    checkArgument('spec', spec, object('what defineExperiment gives as spec'))
    checkArgument('seed', seed, seeds)
    this.threads = compute.threads ?? availableParallelism()
    const { device, note } = chooseDevice(compute.device ?? 'auto')
    this.device = device
    this.deviceNote = note
    this.rollouts = compute.rollouts
    this.#spec = spec
    // CUDA is libtorch's: the fused kernel is CPU code.
    const calculus = device === 'cuda' ? 'libtorch' : spec.learner.calculus
    const addon = learningAddon(device, calculus)
    this.#addon = addon
    this.prices = readPrices(spec.environment, spec.market)
    const given = worldOf(spec)?.handle(addon) ?? nativeMarket(spec.environment, this.prices, addon)
    this.#native = guarded(
      () =>
        new addon.Learner(
          {
            preset: spec.environment,
            seed,
            threads: this.threads,
            device,
            dtype: spec.learner.dtype,
            calculus,
            rolloutDtype: spec.learner.rolloutDtype,
            ...defined({ rolloutDevice: compute.rollouts }),
            hidden: spec.policy.hidden,
            activation: spec.policy.activation,
            logStdInit: spec.policy.logStdInit,
            logStdMin: spec.policy.logStdMin,
            innerRate: spec.adapt.alpha,
            learnRate: spec.adapt.rate === 'learned'
          },
          given
        )
    )
    this.flownBy = guarded(() => this.#native.rollouts())
  }

  /** Q, meta parameters: the policy's and, where the rate is learned, the log-rates. */
  get parameters(): number {
    return this.#native.parameters
  }

  /** P, parameters of the policy: the length of an adaptation direction. */
  get policyParameters(): number {
    return this.#native.policyParameters
  }

  /** Parameters of each layer, which the metric `layers` evens out; they sum to P. */
  get layerSizes(): number[] {
    return this.#native.layerSizes
  }

  /** How inner and outer advantages are computed. */
  get #advantage() {
    const { adapt, trpo } = this.#spec
    return { gamma: adapt.gamma, innerLambda: adapt.lambda, outerLambda: trpo.lambda }
  }

  /** One meta-iteration; the weights move when it resolves and stay when it rejects. */
  metaStep(step: MetaStep): Promise<StepStats> {
    const { trpo, augment } = this.#spec
    return guardedJob(() =>
      this.#native.metaStep(
        flatten(step.tasks),
        defined({
          stream: step.stream,
          iteration: step.iteration,
          weights: step.weights,
          mixedEpisodes: step.mixedEpisodes ?? [],
          family: step.family ?? 'uniform',
          phi: step.phi ?? [],
          mix: step.mix ?? augment.mix,
          repair: step.repair ?? augment.repair,
          mixedHorizon: step.mixedHorizon,
          supportEpisodes: step.supportEpisodes,
          queryEpisodes: step.queryEpisodes,
          advantage: this.#advantage,
          maxKl: step.maxKl,
          unadaptedKlWeight: trpo.unadaptedKlWeight,
          cgIterations: trpo.cgIterations,
          damping: trpo.damping,
          lineSearchSteps: trpo.lineSearchSteps,
          lineSearchShrink: trpo.lineSearchShrink,
          curvatureSupportRows: trpo.curvatureSupportRows,
          curvatureQueryRows: trpo.curvatureQueryRows,
          preconditioner: trpo.preconditioner ?? undefined,
          monitor: step.monitor,
          tail: step.tail,
          regularise: step.regularise
        })
      )
    )
  }

  /**
   * Return and success of every task on one evaluation stream; settings that are left out are the spec's.
   * @param over with `displacements`, k: the displacements of k adaptation steps are kept; scores are the same with any
   * @param ids numbers of the tasks, which key their random numbers. @default 0..N
   */
  async evaluate(tasks: Tasks, stream: number, over: EvaluationChange = {}, ids?: readonly number[]): Promise<KeptScores> {
    const settings = this.#evaluation(stream, over)
    const done = await guardedJob(() => this.#native.evaluate(flatten(tasks), settings, mutable(ids)))
    return {
      returns: Array.from(done.returns),
      success: Array.from(done.success),
      envSteps: done.envSteps,
      displacements: done.displacements,
      furtherSteps: done.furtherSteps
    }
  }

  /**
   * The meta-gradient of every task `[N][Q]` at the present weights, exact to second order on fresh episodes: rows of one
   * array, for estimators of one's own. Mixed episodes mix as the spec does.
   */
  async taskGradients(tasks: Tasks, { ids, ...sample }: GradientSample): Promise<{ gradients: Float64Array; envSteps: number }> {
    const { mix, repair } = this.#spec.augment
    return await guardedJob(() => this.#native.taskGradients(flatten(tasks), { ...sample, mix, repair, advantage: this.#advantage }, ids))
  }

  /** Adaptation directions of every task, `[N][P]` row-major, on one stream. @internal */
  directions(tasks: Tasks, stream: number, over: EvaluationChange, ids?: readonly number[]) {
    return guardedJob(() => this.#native.directions(flatten(tasks), this.#evaluation(stream, over), mutable(ids)))
  }

  /**
   * Vectors of P numbers, one after the other, multiplied by the policy's Fisher matrix on `rows` states a task of the support
   * episodes of a stream.
   * @internal
   */
  fisherProducts(tasks: Tasks, stream: number, over: EvaluationChange & { rows: number }, vectors: Float64Array) {
    const { rows, ...rest } = over
    return guardedJob(() => this.#native.fisherProducts(flatten(tasks), this.#evaluation(stream, rest), rows, vectors))
  }

  /** Rows (s, a, r) of the adapted policies of every task, `[N][rows][width]` row-major, drawn from their query episodes. @internal */
  transitions(tasks: Tasks, stream: number, over: EvaluationChange & { rows: number }, ids?: readonly number[]) {
    const { rows, ...rest } = over
    return guardedJob(() => this.#native.transitions(flatten(tasks), this.#evaluation(stream, rest), rows, mutable(ids)))
  }

  /** States of `count` episodes of one task after adaptation, one after the other, with the length and success of each. @internal */
  episodes(task: readonly number[], stream: number, count: number) {
    return guardedJob(() => this.#native.episodes(flatten([task]), this.#evaluation(stream, { queryEpisodes: count })))
  }

  /** Weights of the training tasks that bring their rows nearest to those of the target tasks. @internal */
  matchTasks(settings: Settings<'matchTasks', 0>) {
    return guardedJob(() => this.#native.matchTasks(settings))
  }

  /** Convex weights of the training tasks in the space of adaptation directions. Settings that are left out are this policy's. @internal */
  explainAdaptation(inputs: Omit<AdaptationInputs, 'parameters'>) {
    return guardedJob(() => this.#addon.explainAdaptation({ ...inputs, parameters: this.policyParameters }))
  }

  /** What retraining by the weights of an explanation is foretold to do to every task, by two halves that cross. @internal */
  foretell(inputs: Omit<ForetellInputs, 'parameters'>) {
    return guardedJob(() => this.#addon.foretell({ ...inputs, parameters: this.policyParameters }))
  }

  /** Scores of the training tasks by their influence on the targets. @internal */
  explainInfluence(training: Tasks, targets: Tasks, settings: Settings<'explainInfluence', 2>) {
    return guardedJob(() => this.#native.explainInfluence(flatten(training), flatten(targets), { ...settings, advantage: this.#advantage }))
  }

  /** One round of the solver `alternating`, from where `loop` (what the round before returned as `state`) stands. @internal */
  alternatingRound(training: Tasks, targets: Tasks, settings: Settings<'alternatingRound', 2>, loop: Uint8Array | undefined) {
    return guardedJob(() =>
      this.#native.alternatingRound(flatten(training), flatten(targets), { ...settings, advantage: this.#advantage }, loop)
    )
  }

  /** One evaluation of a mixing law on some tasks: its information, and the gradient with respect to phi. @internal */
  augmentStep(tasks: Tasks, settings: Settings<'augmentStep', 1>) {
    return guardedJob(() => this.#native.augmentStep(flatten(tasks), { ...settings, advantage: this.#advantage }))
  }

  /** The phi with which learning a family of mixing laws starts; empty for a family without parameters. @internal */
  mixStart(family: string): number[] {
    return guarded(() => this.#addon.mixStart(family))
  }

  /** phi after one step of length `rate` along a gradient. @internal */
  mixAscend(family: string, phi: number[], gradient: number[], rate: number): number[] {
    return guarded(() => this.#addon.mixAscend(family, phi, gradient, rate))
  }

  /** Density of a mixing law at some lambda. @internal */
  mixDensity(family: string, phi: number[], lambda: number[]): number[] {
    return guarded(() => this.#addon.mixDensity(family, phi, lambda))
  }

  /** The spec's evaluation settings on a stream, with any of them replaced. */
  #evaluation(stream: number, over: EvaluationChange = {}) {
    const { upToSteps: _steps, transfer: _presets, ...evaluate } = this.#spec.evaluate
    return { stream, ...evaluate, ...over, advantage: this.#advantage }
  }

  /** The weights as safetensors bytes. */
  checkpoint(): Uint8Array {
    return guarded(() => this.#native.checkpoint())
  }

  /** Replaces the weights. Errors: `ERR_CHECKPOINT_CORRUPT`, `ERR_SHAPE`. */
  restore(bytes: Uint8Array): void {
    guarded(() => this.#native.restore(bytes))
  }

  /** Frees weights and threads once the calls that run have ended; what is called later is `ERR_DISPOSED`. Twice is once. */
  async dispose(): Promise<void> {
    await guardedJob(() => this.#native.dispose() as Promise<void>)
  }
}
