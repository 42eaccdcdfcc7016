/** A policy that acts, and adapts to tasks, from TypeScript. */
import { availableParallelism } from 'node:os'
import { XmrlError } from '../errors.js'
import { type GivenPrices, givenPrices, nativeMarket, type PriceTable } from '../market/index.js'
import { coreAddon, guarded, guardedJob, type NativeMarket, type NativeWorld } from '../native.js'
import { anything, checkOptions, flag, type Kinds, list, seed as seeds, whole } from '../options.js'
import { openExperiment, ownOf } from '../own/index.js'
import { type EnvironmentSpec, environmentSpecOf, MOST_THREADS, type OwnWorld, type Spec } from '../spec/index.js'
import { environment, floats, placeOf, taskRows } from '../worlds/index.js'
import { writePolicy } from './files.js'

/** How actions are chosen. */
export interface ActOptions {
  /** Means instead of samples. @default false */
  mean?: boolean
  /**
   * Seed of the noise of samples: the noise of row w is a function of (seed, w). @default noise of the policy's own, whose n-th call
   * draws the n-th set of it
   */
  seed?: number
  /** `[W, A]` what an earlier call gave, to be written over and given again. @default a new array */
  into?: Float64Array
}

/** How a policy adapts to a task. */
export interface AdaptOptions {
  /** Support episodes of each inner step. @default the specification's `evaluate.supportEpisodes` */
  episodes?: number
  /** Inner steps; the rates are halved after the first. @default the specification's `evaluate.steps` */
  steps?: number
  /** @default the seed of the policy's run; 0 for a policy of a file */
  seed?: number
  /** Stream of the random numbers. @default 3, the one behind a run's figures before and after */
  stream?: number
  /** Number of the adaptation: an evaluation adapts `evaluate.adaptations` times, and this is one of them. @default 0 */
  adaptation?: number
  /** Numbers of the tasks in their pool, which key their random numbers. @default 0, 1, 2, … */
  ids?: readonly number[]
  /** The bits do not depend on it. @default the machine's cores */
  threads?: number
  /** Of a stock preset: the CSV file of its prices, or the table of them. @default the run's own, or what `loadPrices` read last */
  prices?: GivenPrices
}

/** Most support episodes, and most inner steps, which number random draws by a byte. */
const MOST_EPISODES = 1_000_000
const MOST_STEPS = 255

const ACT: Kinds<ActOptions> = { mean: flag, seed: seeds, into: anything }
const COUNT = whole(0, 0xffffffff)
const ADAPT: Kinds<AdaptOptions> = {
  episodes: whole(1, MOST_EPISODES),
  steps: whole(0, MOST_STEPS),
  seed: seeds,
  stream: COUNT,
  adaptation: COUNT,
  ids: list('a list with the number of each task'),
  threads: whole(1, MOST_THREADS),
  prices: anything
}

/** What the environment of a specification is, with the prices that are at hand. */
const environmentSpec = (spec: Spec, prices: PriceTable | undefined): EnvironmentSpec<string> =>
  (spec.world === null ? undefined : environmentSpecOf(spec)) ?? environment(spec.environment, prices)

/** Stream of the evaluations before and after (`STREAMS.fresh` of the stages). */
const FRESH = 3

/** Where a policy is from. */
export interface PolicyOrigin {
  /** The seed of its run. */
  seed: number
  /** Threads that a call of `act` with many rows takes. */
  threads: number
  /** Prices of its environment, where they are the user's files. */
  prices: PriceTable | undefined
}

/**
 * A Gaussian policy: a network from observations to means of actions, and one standard deviation an action. Made by `loadPolicy`, and by
 * {@link adapt}. It computes in double precision, whatever the run flew in.
 */
export class Policy {
  readonly #native: InstanceType<ReturnType<typeof coreAddon>['NativePolicy']>
  readonly #weights: Uint8Array
  readonly #spec: Spec
  readonly #origin: PolicyOrigin
  /** The environment preset that it was trained for. */
  readonly preset: string
  /** S. */
  readonly observationSize: number
  /** A. */
  readonly actionSize: number

  /** Use `loadPolicy`. Errors: `ERR_CHECKPOINT_CORRUPT`, `ERR_SHAPE` for weights of another policy. @internal */
  constructor(spec: Spec, weights: Uint8Array, origin: PolicyOrigin) {
    const { observationSize, actionSize } = environmentSpec(spec, origin.prices)
    const { policy, adapt } = spec
    const shape = { observationSize, actionSize, ...policy, innerRate: adapt.alpha, learnRate: adapt.rate === 'learned' }
    this.#native = guarded(() => new (coreAddon().NativePolicy)(shape, weights, origin.threads))
    this.#weights = weights
    this.#spec = spec
    this.#origin = origin
    this.preset = spec.environment
    this.observationSize = observationSize
    this.actionSize = actionSize
  }

  /** P, numbers of the network and of the standard deviations. */
  get parameters(): number {
    return guarded(() => this.#native.parameters)
  }

  /**
   * Actions `[W, A]` for observations `[W, S]`, both row-major: samples, or with `mean` the means. Not clipped: worlds divide them by
   * the preset's action scale and clip them. A row's action depends on that row and on its number alone.
   * Errors: `ERR_SHAPE`; `ERR_NOT_FINITE` naming the row; `ERR_USAGE` for a seed that is none, or an option that there is not.
   */
  act(observations: Float64Array, options: ActOptions = {}): Float64Array {
    const { mean = false, seed, into } = checkOptions('act', options, ACT)
    const rows = Math.floor(floats('observations', observations).length / this.observationSize)
    const actions = into === undefined ? new Float64Array(rows * this.actionSize) : floats('into', into)
    guarded(() => this.#native.act(observations, actions, mean, seed))
    return actions
  }

  /**
   * Adapts to every task of `tasks` `[N][K]`, each on its own support episodes from here: one policy a task. With the run's settings,
   * which are the defaults, these are the policies that its evaluation flew, bit for bit.
   * @param where an environment preset, what `environments()` says of one, or a world of one's own; the name of the one that the policy was
   * trained in will do where its module is
   * @throws XmrlError `ERR_SHAPE` where the policy is not one of this environment, or a task has another shape; `ERR_TASK`; `ERR_USAGE`
   * for a count that is none or an option that there is not; `ERR_SPEC_INVALID` for a count that is too large
   */
  async adapt(
    where: string | { readonly preset: string } | OwnWorld,
    tasks: readonly ArrayLike<number>[],
    options: AdaptOptions = {}
  ): Promise<Policy[]> {
    checkOptions('adapt', options, ADAPT)
    const own = ownOf(where) ?? (where === this.preset ? await openExperiment({ spec: this.#spec }) : undefined)
    const preset = own?.name ?? placeOf((where as { preset?: string } | undefined)?.preset ?? where).name
    const prices = own === undefined ? this.#pricesOf(preset, options.prices) : undefined
    const flat = taskRows(this.#fitting(own?.spec ?? environment(preset, prices)), tasks)
    for (const [row, task] of tasks.entries()) own?.checkTask(task, `tasks[${row}]`)
    const learner = this.#learner(preset, own?.handle() ?? nativeMarket(preset, prices), options)
    const { gamma, lambda } = this.#spec.adapt
    const { evaluate, trpo } = this.#spec
    const settings = {
      stream: options.stream ?? FRESH,
      adaptations: 1,
      supportEpisodes: options.episodes ?? evaluate.supportEpisodes,
      queryEpisodes: 1,
      steps: options.steps ?? evaluate.steps,
      advantage: { gamma, innerLambda: lambda, outerLambda: trpo.lambda }
    }
    const ids = options.ids === undefined ? undefined : [...options.ids]
    try {
      const adapted = await guardedJob(() => learner.adapt(flat, settings, options.adaptation ?? 0, ids))
      return adapted.map((weights) => new Policy(this.#spec, weights, this.#origin))
    } finally {
      await guardedJob(() => learner.dispose() as Promise<void>)
    }
  }

  /** The weights as safetensors bytes, `theta [P]` and, where learned, `log_rates [G]`: what `Learner.restore` takes. A copy. */
  checkpoint(): Uint8Array {
    return new Uint8Array(this.#weights)
  }

  /**
   * Writes the policy as named tensors with PyTorch's shapes, and `<file>.layout.json` beside it: what `loadPolicy` and other programs
   * read.
   * @returns the path of the file
   * @throws XmrlError `ERR_OUTPUT`
   */
  save(file: string): string {
    return writePolicy(file, this.#weights, this.#spec).file
  }

  #pricesOf(preset: string, given: GivenPrices): PriceTable | undefined {
    const own = preset === this.preset ? this.#origin.prices : undefined
    return givenPrices(preset, given ?? own)
  }

  /** What a world is, once it is known that the policy can act there. */
  #fitting(spec: EnvironmentSpec<string>): EnvironmentSpec<string> {
    const { preset } = spec
    if (spec.observationSize === this.observationSize && spec.actionSize === this.actionSize) return spec
    throw new XmrlError(
      'ERR_SHAPE',
      `${preset} shows ${spec.observationSize} numbers and takes ${spec.actionSize}; this policy of ${this.preset} sees ${this.observationSize} and gives ${this.actionSize}`
    )
  }

  /** Who flies and differentiates, at this policy's weights. */
  #learner(
    preset: string,
    given: NativeMarket | NativeWorld | undefined,
    { seed = this.#origin.seed, threads = availableParallelism() }: AdaptOptions
  ) {
    const { policy, adapt, learner } = this.#spec
    const options = {
      preset,
      seed,
      threads,
      device: 'cpu',
      calculus: 'fused',
      dtype: learner.dtype,
      rolloutDtype: learner.rolloutDtype,
      ...policy,
      innerRate: adapt.alpha,
      learnRate: adapt.rate === 'learned'
    }
    return guarded(() => {
      const made = new (coreAddon().Learner)(options, given)
      made.restore(this.#weights)
      return made
    })
  }
}
