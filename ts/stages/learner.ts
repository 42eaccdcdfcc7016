/** The learner of a run: the native handle with the options of a specification filled in. */
import { availableParallelism } from 'node:os'
import { MOST_THREADS, whole } from '../errors.js'
import { nativeMarket, type PriceTable, readPrices } from '../market/index.js'
import {
  chooseDevice,
  type DeviceChoice,
  guarded,
  guardedJob,
  learningAddon,
  type NativeLearner,
  type RegulariseSettings,
  type StepStats
} from '../native.js'
import type { Spec } from '../spec/index.js'

/** Options that change where and how fast a run computes, never its results. */
export interface ComputeOptions {
  /** @default 'auto' */
  device?: DeviceChoice
  /** Threads of the learner's pool. @default the machine's cores */
  threads?: number
}

/** How one meta-iteration is flown and stepped. */
export interface MetaStep {
  /** Stage or arm, see ARM_INFO; training is stream 0. */
  stream: number
  iteration: number
  /** `[slots][K]` */
  tasks: readonly (readonly number[])[]
  /** `[slots]` weights in the objective; equal where left out. */
  weights?: number[]
  mixedEpisodes?: number[]
  family?: string
  phi?: number[]
  /** How states are mixed and infeasible mixtures repaired; the spec's where left out. */
  mix?: Spec['augment']['mix']
  repair?: Spec['augment']['repair']
  /** Most steps of a mixed flight; the environment's horizon where left out. */
  mixedHorizon?: number
  supportFlights: number
  queryFlights: number
  maxKl: number
  monitor: boolean
  /** Train a Gaussian over the meta-parameters, held to a prior. */
  regularise?: RegulariseSettings
}

/** How meta-gradients are sampled. */
export interface GradientSample {
  stream: number
  /** Number of the batch on the stream; those of an explanation with `batches` are the same. @default 0 */
  batch?: number
  supportFlights: number
  /** Mixed ones included. */
  queryFlights: number
  /** Query flights of every task that start at mixed states. @default 0 */
  mixedFlights?: number
  /** Their mixing law and its parameters. @default 'uniform' */
  family?: Spec['augment']['family']
  phi?: number[]
  /** Most steps of those. @default the environment's horizon */
  mixedHorizon?: number
  /** Numbers of the tasks, which key their random numbers: equal ones are common random numbers. @default 0..N */
  ids?: number[]
}

/** Returns and successes `[N]` of one evaluation stream. */
export interface Scores {
  returns: number[]
  success: number[]
  envSteps: number
}

/** Flattens task rows for the seam. */
export const flatten = (tasks: readonly (readonly number[])[]) => Float64Array.from(tasks.flat())

/** A meta-policy being trained or measured. Not shared between runs; `dispose()` it. */
export class Learner {
  readonly #native: NativeLearner
  readonly #spec: Spec
  /** Where it computes, in one line. */
  readonly deviceNote: string
  readonly device: 'cpu' | 'cuda'
  readonly threads: number
  /** What it trades at, where its preset has prices from outside. */
  readonly prices: PriceTable | undefined

  constructor(spec: Spec, seed: number, compute: ComputeOptions = {}) {
    this.threads = whole('threads', compute.threads ?? availableParallelism(), 1, MOST_THREADS)
    whole('seed', seed, 0, 0xffffffff)
    const { device, note } = chooseDevice(compute.device ?? 'auto')
    this.device = device
    this.deviceNote = note
    this.#spec = spec
    // CUDA is libtorch's: the fused kernel is CPU code.
    const calculus = device === 'cuda' ? 'libtorch' : spec.learner.calculus
    const addon = learningAddon(device, calculus)
    this.prices = readPrices(spec.environment, spec.market)
    const market = nativeMarket(spec.environment, this.prices, addon)
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
            hidden: spec.policy.hidden,
            activation: spec.policy.activation,
            logStdInit: spec.policy.logStdInit,
            logStdMin: spec.policy.logStdMin,
            innerRate: spec.adapt.alpha,
            learnRate: spec.adapt.rate === 'learned'
          },
          market
        )
    )
  }

  /** The native handle, for stages that call what has no wrapper here. */
  get native(): NativeLearner {
    return this.#native
  }

  /** How inner and outer advantages are computed. */
  get advantage() {
    const { adapt, trpo } = this.#spec
    return { gamma: adapt.gamma, innerLambda: adapt.lambda, outerLambda: trpo.lambda }
  }

  /** One meta-iteration; the weights move when it resolves and stay when it rejects. */
  metaStep(step: MetaStep): Promise<StepStats> {
    const { trpo, augment } = this.#spec
    return guardedJob(() =>
      this.#native.metaStep(flatten(step.tasks), {
        stream: step.stream,
        iteration: step.iteration,
        ...(step.weights ? { weights: step.weights } : {}),
        mixedEpisodes: step.mixedEpisodes ?? [],
        family: step.family ?? 'uniform',
        phi: step.phi ?? [],
        mix: step.mix ?? augment.mix,
        repair: step.repair ?? augment.repair,
        ...(step.mixedHorizon === undefined ? {} : { mixedHorizon: step.mixedHorizon }),
        supportFlights: step.supportFlights,
        queryFlights: step.queryFlights,
        advantage: this.advantage,
        maxKl: step.maxKl,
        unadaptedKlWeight: trpo.unadaptedKlWeight,
        cgIterations: trpo.cgIterations,
        damping: trpo.damping,
        lineSearchSteps: trpo.lineSearchSteps,
        lineSearchShrink: trpo.lineSearchShrink,
        curvatureSupportRows: trpo.curvatureSupportRows,
        curvatureQueryRows: trpo.curvatureQueryRows,
        monitor: step.monitor,
        ...(step.regularise ? { regularise: step.regularise } : {})
      })
    )
  }

  /** Return and success of every task on one evaluation stream after the spec's adaptation steps, or after `steps`. */
  async evaluate(tasks: readonly (readonly number[])[], stream: number, steps = this.#spec.evaluate.steps): Promise<Scores> {
    const done = await guardedJob(() => this.#native.evaluate(flatten(tasks), this.evaluation(stream, { steps })))
    return { returns: Array.from(done.returns), success: Array.from(done.success), envSteps: done.envSteps }
  }

  /**
   * The meta-gradient of every task `[N][Q]` at the present weights, exact to second order on fresh flights: rows of one
   * array, for estimators of one's own. Mixed flights mix as the spec does.
   */
  async taskGradients(
    tasks: readonly (readonly number[])[],
    { ids, ...sample }: GradientSample
  ): Promise<{ gradients: Float64Array; envSteps: number }> {
    const { mix, repair } = this.#spec.augment
    return await guardedJob(() => this.#native.taskGradients(flatten(tasks), { ...sample, mix, repair, advantage: this.advantage }, ids))
  }

  /** The spec's evaluation settings on a stream, with any of them replaced. */
  evaluation(stream: number, over: { supportFlights?: number; queryFlights?: number; steps?: number } = {}) {
    const { upToSteps: _steps, transfer: _presets, ...evaluate } = this.#spec.evaluate
    return { stream, ...evaluate, ...over, advantage: this.advantage }
  }

  /** The weights as safetensors bytes. */
  checkpoint(): Uint8Array {
    return guarded(() => this.#native.checkpoint())
  }

  /** Replaces the weights. Errors: `ERR_CHECKPOINT_CORRUPT`, `ERR_SHAPE`. */
  restore(bytes: Uint8Array): void {
    guarded(() => this.#native.restore(bytes))
  }

  async dispose(): Promise<void> {
    await guardedJob(() => this.#native.dispose() as Promise<void>)
  }
}
