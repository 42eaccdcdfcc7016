/**
 * A learner that notes what it is asked and answers with made-up figures, in place of the core addon: the real `Learner` and the
 * real stages run over it, a whole seed in milliseconds, without libtorch. Import it before anything that loads the core addon.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as Addons from '../../index.js'
import { LIBTORCH_VERSION } from '../../ts/libtorch.js'
import type { NativeLearner } from '../../ts/native.js'
import { packageRoot } from '../../ts/place.js'
import { environment } from '../../ts/worlds/index.js'
import { NOTHING_CROSSED, noise, restoredWeights, savedWeights } from './figures.js'

type Settings<M extends keyof NativeLearner> = NativeLearner[M] extends (tasks: never, options: infer O, ...rest: never[]) => unknown
  ? O
  : never
/** Every option that some method takes; each call holds those of its own. */
export type Options = Partial<
  Settings<'metaStep'> &
    Settings<'evaluate'> &
    Settings<'augmentStep'> &
    Settings<'taskGradients'> &
    Addons.InfluenceSettings &
    Addons.AlternatingSettings &
    Addons.MatchingSettings
>

/** Jobs that fly or learn, and what their random numbers are keyed by beside stream and task (`crates/meta/src/streams.rs`). */
const USAGE = {
  metaStep: 'train',
  evaluate: 'evaluate',
  directions: 'directions',
  episodes: 'paths',
  fisherProducts: 'explain',
  explainInfluence: 'explain',
  taskGradients: 'explain',
  alternatingRound: 'explain',
  augmentStep: 'other',
  transitions: 'transitions'
} as const

/** One job that was asked for. */
export interface Call {
  readonly method: keyof typeof USAGE
  readonly preset: string
  readonly seed: number
  /** The weights it was done with: the seed they were drawn from and the meta-steps behind them, `0 0:0+12 2:0+3` = stream:first+count, `2m` where some were of mixed episodes and the tape tells. */
  readonly weights: string
  /** `[N][K]` */
  readonly tasks: number[][]
  /** Poor tasks of an explanation. */
  readonly targets?: number[][]
  /** The numbers by which the tasks' random numbers are keyed; of a meta-step the places. */
  readonly ids: number[]
  readonly options: Options
  /** What it cost; 0 where it was not counted. */
  envSteps: number
}

/** A step on phi. */
export interface Ascent {
  phi: number[]
  gradient: number[]
  rate: number
}

/** Everything that one test's learners were asked, and what its worlds are like. */
export interface Tape {
  readonly calls: Call[]
  readonly ascents: Ascent[]
  /** Inputs of every explanation in adaptation space. */
  readonly spaces: Addons.AdaptationInputs[]
  readonly matchings: Addons.MatchingSettings[]
  /** What every learner was made with. */
  readonly learners: Addons.LearnerOptions[]
  /** Return of a task; by default a figure of the task, the stream and the weights. */
  score?: (about: { task: readonly number[]; id: number; stream: number; weights: string }) => number
  /** Success of a task; by default a rising function of its return. */
  success?: (about: { id: number }) => number
  /** Omega of an explanation in adaptation space, given its inputs; by default the two most similar tasks. */
  omega?: (inputs: Addons.AdaptationInputs) => number[]
  /** Weights tell whether mixed episodes made them. */
  tellsMixed?: boolean
  /** Called before every job; may throw what the native side would. */
  before?: (call: Call) => void
}

export const newTape = (world: Pick<Tape, 'score' | 'success' | 'omega' | 'tellsMixed' | 'before'> = {}): Tape => ({
  calls: [],
  ascents: [],
  spaces: [],
  matchings: [],
  learners: [],
  ...world
})

const here = new AsyncLocalStorage<Tape>()
/** Runs something whose learners write on `tape`. */
export const onTape = <T>(tape: Tape, work: () => T): T => here.run(tape, work)

function tapeHere(): Tape {
  const tape = here.getStore()
  if (tape === undefined) throw new Error('a recording learner was made outside onTape()')
  return tape
}

/** The random numbers that a call opens, one a task: two calls that share one fly on common random numbers. */
export function numbersOf({ method, seed, ids, options }: Call): string[] {
  const { stream, streamA, streamB, iteration } = options
  const counted = method === 'metaStep' || method === 'augmentStep' || method === 'alternatingRound'
  const index = method === 'explainInfluence' ? [`${streamA}`, `${streamB}`] : [`${stream}${counted ? `/${iteration}` : ''}`]
  return index.flatMap((at) => ids.map((id) => `${seed} ${USAGE[method]} ${at} ${id}`))
}

/** Steps of an episode, for the account. */
const STEPS = 10
const P = 4

/** The weights after one more meta-step. */
function stepped(weights: string, stream: string, iteration: number): string {
  const parts = weights.split(' ')
  const [, last, first, count] = /^(\d+m?):(\d+)\+(\d+)$/.exec(parts.at(-1) as string) ?? []
  if (last === stream && Number(first) + Number(count) === iteration) {
    return [...parts.slice(0, -1), `${stream}:${first}+${Number(count) + 1}`].join(' ')
  }
  return `${weights} ${stream}:${iteration}+1`
}

/** In place of the addon's learner. */
class RecordingLearner implements NativeLearner {
  readonly #tape = tapeHere()
  readonly #about: { preset: string; seed: number }
  readonly #size: { task: number; state: number }
  #weights: string
  readonly layerSizes = [2, 1, 1]
  readonly parameters = P + 1
  readonly policyParameters = P
  readonly rollouts = () => 'cpu'

  constructor(options: Addons.LearnerOptions) {
    this.#tape.learners.push(structuredClone(options))
    this.#about = { preset: options.preset, seed: options.seed }
    const { taskSize, stateSize } = environment(options.preset)
    this.#size = { task: taskSize, state: stateSize }
    this.#weights = `${options.seed}`
  }

  #note(method: Call['method'], flat: Float64Array, options: object, ids?: number[] | null, targets?: Float64Array): Call {
    const rows = (values: Float64Array) =>
      Array.from({ length: values.length / this.#size.task }, (_, i) =>
        Array.from(values.subarray(i * this.#size.task, (i + 1) * this.#size.task))
      )
    const tasks = rows(flat)
    // Native code numbers poor tasks after the training ones.
    const count = tasks.length + (targets === undefined ? 0 : targets.length / this.#size.task)
    const call: Call = {
      method,
      ...this.#about,
      weights: this.#weights,
      tasks,
      ...(targets === undefined ? {} : { targets: rows(targets) }),
      ids: ids ?? Array.from({ length: count }, (_, id) => id),
      options: structuredClone(options),
      envSteps: 0
    }
    this.#tape.before?.(call)
    this.#tape.calls.push(call)
    return call
  }

  #paid(call: Call, episodes: number): number {
    call.envSteps = episodes * STEPS
    return call.envSteps
  }

  #noise = ({ weights, options }: Call, task: readonly number[]) => noise(`${weights} ${options.stream ?? options.streamA} ${task}`)

  async metaStep(tasks: Float64Array, options: Addons.StepOptions): Promise<Addons.StepStats> {
    const call = this.#note('metaStep', tasks, options)
    const { stream, iteration, mixedEpisodes = [], supportEpisodes, queryEpisodes, monitor } = options
    this.#weights = stepped(
      this.#weights,
      `${stream}${this.#tape.tellsMixed && mixedEpisodes.some((count) => count > 0) ? 'm' : ''}`,
      iteration
    )
    const value = noise(this.#weights)
    return {
      envSteps: this.#paid(call, call.tasks.length * (supportEpisodes + queryEpisodes)),
      ...{ returnBefore: -200 - value, returnAfter: -100 - value, successAfter: value, surrogateGain: value, kl: 0.01, klUnadapted: 0.01 },
      taskReturns: Float64Array.from(call.tasks, (task) => -100 * noise(`${task}`) - noise(`${this.#weights} ${task}`)),
      taskSuccess: Float64Array.from(call.tasks, (task) => noise(`${task}`)),
      taskAdvantages: Float64Array.from(call.tasks, (task) => noise(`size ${task}`)),
      ...{ accepted: true, backtracks: 0, cgResidual: 1e-9, gradientNorm: 1, meanLogStd: -0.5, rates: [0.1] },
      ...{ redraws: 0, infeasible: 0, lifted: 0, gaveUp: 0, cappedSolves: 0, transfers: NOTHING_CROSSED },
      ...(monitor ? { monitor: { predicted: value, frozen: value, readapted: value } } : {}),
      ...(options.regularise ? { posterior: { divergence: value, meanLogStd: -4 } } : {}),
      seconds: { whole: 1, support: 0, query: 0, advantages: 0, adapt: 0, gradient: 0, curvature: 0, lineSearch: 0 }
    }
  }

  async evaluate(tasks: Float64Array, options: Addons.EvaluateOptions, ids?: number[] | null): Promise<Addons.Evaluation> {
    const call = this.#note('evaluate', tasks, options, ids)
    const { stream, adaptations, supportEpisodes, queryEpisodes, steps, displacements = 0 } = options
    const { weights } = call
    const plain = (task: readonly number[]) =>
      -100 * noise(`${task}`) + 2 * noise(`${stream} ${task}`) + 5 * noise(`${weights} ${task}`) + steps
    const returns = call.tasks.map((task, i) => this.#tape.score?.({ task, id: call.ids[i], stream, weights }) ?? plain(task))
    return {
      returns: Float64Array.from(returns),
      success: Float64Array.from(
        returns,
        (value, i) => this.#tape.success?.({ id: call.ids[i] }) ?? Math.max(0, Math.min(1, 1 + value / 200))
      ),
      perAdaptation: Float64Array.from(returns.flatMap((value) => new Array<number>(adaptations).fill(value))),
      // `[k, N, P]`: stream, number of the task, and two figures of the step and the task.
      displacements: Float32Array.from(
        Array.from({ length: displacements }, (_, step) =>
          call.tasks.flatMap((task, i) => [stream, call.ids[i], (step + 1) * noise(`${weights} ${task}`), noise(`${task}`)])
        ).flat()
      ),
      envSteps: this.#paid(call, call.tasks.length * adaptations * (supportEpisodes * steps + queryEpisodes)),
      furtherSteps: call.tasks.length * adaptations * supportEpisodes * Math.max(0, displacements - steps) * STEPS
    }
  }

  /** `[N, P]`: stream, number of the task, and two figures of the task. */
  async directions(tasks: Float64Array, options: Addons.EvaluateOptions, ids?: number[] | null): Promise<Addons.Directions> {
    const call = this.#note('directions', tasks, options, ids)
    const { stream, supportEpisodes, steps } = options
    const directions = Float64Array.from(
      call.tasks.flatMap((task, i) => [stream, call.ids[i], noise(`${call.weights} ${supportEpisodes} ${task}`), noise(`${task}`)])
    )
    return { directions, envSteps: this.#paid(call, call.tasks.length * supportEpisodes * steps) }
  }

  async adapt(): Promise<never> {
    throw new Error('no stage asks for policies')
  }

  async fisherProducts(
    tasks: Float64Array,
    options: Addons.EvaluateOptions,
    rows: number,
    vectors: Float64Array
  ): Promise<Addons.Directions> {
    const call = this.#note('fisherProducts', tasks, { ...options, rows })
    return { directions: vectors.map((value) => 2 * value), envSteps: this.#paid(call, call.tasks.length * options.supportEpisodes) }
  }

  async episodes(task: Float64Array, options: Addons.EvaluateOptions): Promise<Addons.Episodes> {
    this.#note('episodes', task, options)
    const length = 3
    const states = Float64Array.from({ length: options.queryEpisodes * length * this.#size.state }, (_, i) => (i % 7) / 10)
    return {
      states,
      lengths: new Array<number>(options.queryEpisodes).fill(length),
      success: new Array<boolean>(options.queryEpisodes).fill(true)
    }
  }

  async transitions(
    tasks: Float64Array,
    options: Addons.EvaluateOptions,
    rows: number,
    ids?: number[] | null
  ): Promise<Addons.Transitions> {
    const call = this.#note('transitions', tasks, { ...options, rows }, ids)
    const width = 2
    const values = Float64Array.from(call.tasks.flatMap((_, i) => new Array<number>(rows * width).fill(call.ids[i])))
    return { values, width, envSteps: this.#paid(call, call.tasks.length * (options.supportEpisodes + options.queryEpisodes)) }
  }

  async matchTasks(settings: Addons.MatchingSettings): Promise<Addons.MatchedWeights> {
    this.#tape.matchings.push(settings)
    const count = settings.train.length / settings.rows / settings.width
    const weights = Array.from({ length: count }, (_, task) => (task === 1 ? 0.75 : task === 4 ? 0.25 : 0))
    return { weights, dualityGap: 0, iterations: 1, bandwidth: 1, discrepancy: 0.1, evenDiscrepancy: 0.2 }
  }

  async explainInfluence(train: Float64Array, poor: Float64Array, settings: Addons.InfluenceSettings): Promise<Addons.InfluenceScores> {
    const call = this.#note('explainInfluence', train, settings, undefined, poor)
    const scores = call.tasks.map((task) => this.#noise(call, task) - 0.5)
    const { supportEpisodes, queryEpisodes, batches = 1 } = settings
    return {
      ...{ scores, scoresA: scores, scoresB: scores, low: scores, high: scores, gradientScores: scores },
      ...{ splitHalfSpearman: 0.9, topOverlap: 1, groups: call.tasks.map((_, task) => task) },
      info: {
        ...{ residual: 1e-9, iterations: 3, converged: true, damping: settings.damping, negativeCurvature: false },
        ...{ identityDefect: 0, nonStationarity: 0, identitySpearman: 1, topStability: 1 }
      },
      envSteps: this.#paid(call, 2 * batches * call.ids.length * (supportEpisodes + queryEpisodes))
    }
  }

  async alternatingRound(
    train: Float64Array,
    poor: Float64Array,
    settings: Addons.AlternatingSettings,
    state?: Uint8Array | null
  ): Promise<Addons.AlternatingRound> {
    const done = state ? Number(Buffer.from(state).toString().split('/')[1]) : 0
    const call = this.#note('alternatingRound', train, { ...settings, iteration: done }, undefined, poor)
    // What the next round goes on from says which half it is of.
    if (state && Buffer.from(state).toString() !== `${settings.stream}/${done}`) throw new Error('ERR_USAGE: the loop of another half')
    const raw = call.tasks.map((task) => this.#noise(call, task))
    const total = raw.reduce((sum, value) => sum + value, 0)
    const omega = raw.map((value) => value / total)
    return {
      state: Buffer.from(`${settings.stream}/${done + 1}`),
      ...{ round: done + 1, omega, scores: raw, hypergradient: 1, residual: 0.1, damping: 1, lambdaMin: 0, lambdaMax: 2 },
      envSteps: this.#paid(call, call.ids.length * (settings.supportEpisodes + settings.queryEpisodes))
    }
  }

  async taskGradients(tasks: Float64Array, settings: Addons.GradientSettings, ids?: number[] | null): Promise<Addons.TaskGradients> {
    const call = this.#note('taskGradients', tasks, settings, ids)
    const { supportEpisodes, queryEpisodes } = settings
    const envSteps = this.#paid(call, call.tasks.length * (supportEpisodes + queryEpisodes))
    return { gradients: new Float64Array(call.tasks.length * this.parameters), envSteps }
  }

  async augmentStep(tasks: Float64Array, settings: Addons.AugmentSettings): Promise<Addons.AugmentFigures> {
    const call = this.#note('augmentStep', tasks, settings, settings.taskIds)
    const { phi, figures, iteration, sets, episodes, supportEpisodes } = settings
    const cmi = 0.2 + 0.01 * noise(`${iteration} ${phi}`)
    return {
      ...{ value: cmi, cmi, nullCmi: 0, upperBound: 1, gradPhi: phi.map((_, k) => noise(`${iteration} ${k}`) - 0.25) },
      ...(figures ? { noiseNull: 0.1, informationGain: 0.15 } : {}),
      ...{ pairs: call.tasks.length * episodes, redraws: 1, infeasible: 2, lifted: 0, gaveUp: 0 },
      envSteps: this.#paid(call, call.tasks.length * (supportEpisodes + sets * episodes * (figures ? 3 : 2)))
    }
  }

  checkpoint(): Uint8Array {
    return savedWeights(this.#weights, P)
  }

  restore(bytes: Uint8Array): void {
    this.#weights = restoredWeights(bytes)
  }

  async dispose(): Promise<void> {}
}

/** Omega on the two tasks that are most similar, three quarters on the first. */
function explainAdaptation(inputs: Addons.AdaptationInputs): Addons.AdaptationWeights {
  const tape = tapeHere()
  tape.spaces.push(inputs)
  const similarity = Array.from({ length: inputs.trainA.length / P }, (_, task) => inputs.trainA[task * P + 2])
  const [first, second] = similarity.map((_, task) => task).sort((a, b) => similarity[b] - similarity[a])
  const omega = tape.omega?.(inputs) ?? similarity.map((_, task) => (task === first ? 0.75 : task === second ? 0.25 : 0))
  const effectiveTasks = 1 / omega.reduce((sum, weight) => sum + weight * weight, 0)
  const facts = { splitHalfSpearman: 0.9, topOverlap: 1, effectiveTasks, objective: 0, gap: 0, iterations: 1, groups: [] }
  return { omega, omegaA: omega, omegaB: omega, low: omega, high: omega, similarity, ...facts }
}

/** The component of every second step along the move, by its number alone. */
function foretell({ parameters, secondA, reference }: Addons.ForetellInputs): Addons.Foretold {
  const foretold = Array.from({ length: secondA.length / parameters }, (_, task) => secondA[task * parameters + 2])
  return { foretold, halves: [foretold, foretold], unit: reference }
}

/** What stages call of the core addon beside the learner; families have one parameter, the uniform law none. */
const core = {
  Learner: RecordingLearner,
  explainAdaptation,
  foretell,
  mixStart: (family: string) => (family === 'uniform' ? [] : [0.5]),
  mixAscend(_family: string, phi: number[], gradient: number[], rate: number) {
    tapeHere().ascents.push({ phi: [...phi], gradient: [...gradient], rate })
    return phi.map((value, k) => value + rate * gradient[k])
  },
  mixDensity: (_family: string, _phi: number[], lambda: number[]) => lambda.map(() => 1),
  shutDown() {}
} satisfies Partial<Record<keyof typeof Addons, unknown>>

/**
 * Puts the stand-in where both builds of the addon are looked for, and a folder that passes for libtorch where that is;
 * worlds, tasks and locks are the addon's own.
 */
function install(): void {
  const libtorch = mkdtempSync(join(tmpdir(), 'xmrl-no-torch-'))
  process.once('exit', () => rmSync(libtorch, { recursive: true, force: true }))
  mkdirSync(join(libtorch, 'lib'))
  writeFileSync(join(libtorch, 'lib', 'libtorch_cpu.so'), '')
  writeFileSync(join(libtorch, 'build-version'), LIBTORCH_VERSION)
  process.env.XMRL_LIBTORCH = libtorch
  const require = createRequire(import.meta.url)
  const file = (name: string) => join(packageRoot, `xmrl-${name}.linux-x64-gnu.node`)
  const put = (name: string, exports: object) => {
    require.cache[file(name)] = { exports, loaded: true, id: file(name), filename: file(name) } as NodeModule
  }
  const stand = { ...require(file('core')), ...core, openLibrary() {} }
  put('core', stand)
  put('torch', { ...stand })
}
install()
