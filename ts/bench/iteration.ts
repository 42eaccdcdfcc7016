/** Whole meta-iterations of the public learner: seconds, where they go, memory. */

import { cpus } from 'node:os'
import { defined } from '../defined.js'
import type { DeviceChoice, StepStats } from '../native.js'
import { origin } from '../run/index.js'
import { applyOverrides, defineExperiment, type Preset, type Spec, whole } from '../spec/index.js'
import { Learner } from '../stages/index.js'
import { environment, sampleTasks } from '../worlds/index.js'
import { type Conditions, type Dtype, peakResidentMiB, residentMiB, type Spread, spread, threadCount } from './figures.js'

/** A meta-iteration; what is left out is the last training phase of the preset's recipe. */
export interface IterationOptions {
  preset: string
  /** Tasks of the meta-batch. */
  tasks?: number
  /** Episodes that a task adapts on, and as many that it is scored on. */
  episodes?: number
  hidden?: number[]
  activation?: 'tanh' | 'relu'
  /** Number type of derivatives. */
  dtype?: Dtype
  calculus?: 'fused' | 'libtorch'
  /** @default 'auto' */
  device?: DeviceChoice
  /** @default the machine's cores */
  threads?: number
  /** @default 0 */
  seed?: number
  /** Iterations that are timed, after one that is not. @default 5 */
  iterations?: number
  /** Other keys of the specification, such as `trpo.curvatureQueryRows=4000`. */
  set?: readonly string[]
}

/** Phases of an iteration; `rest` is what no other names. */
export const PHASES = ['support', 'query', 'advantages', 'adapt', 'gradient', 'curvature', 'lineSearch', 'rest'] as const
export type Phase = (typeof PHASES)[number]

/** Seconds of a meta-iteration. */
export interface IterationFigures extends Conditions {
  bench: 'iteration'
  preset: string
  tasks: number
  supportEpisodes: number
  queryEpisodes: number
  /** Steps of a support and of a query episode. */
  horizons: { support: number; query: number }
  hidden: number[]
  activation: 'tanh' | 'relu'
  /** Meta parameters. */
  parameters: number
  /** Rows a task on which curvature is measured, and the size of the trust region. */
  curvatureRows: { support: number; query: number }
  maxKl: number
  calculus: 'fused' | 'libtorch'
  device: 'cpu' | 'cuda'
  dtype: Dtype
  rolloutDtype: Dtype
  seed: number
  seconds: Spread
  /** Median seconds of each phase. */
  phases: Record<Phase, number>
  /** Environment steps of the median iteration; episodes may end early. */
  envSteps: number
  /** Those over its seconds. */
  envStepsPerSecond: number
  /** Resident set before the first iteration; the rest of the peak is the iterations'. */
  residentMiB: number
}

/** Times them. Errors: `ERR_USAGE`, `ERR_PRESET_UNKNOWN`, `ERR_SPEC_INVALID`, `ERR_DEVICE`, those of the learner. */
export async function benchIteration(options: IterationOptions): Promise<IterationFigures> {
  const { preset, hidden, activation, dtype, calculus, seed = 0, set = [] } = options
  const written = { environment: preset as Preset, policy: defined({ hidden, activation }), learner: defined({ dtype, calculus }) }
  const { spec } = defineExperiment(applyOverrides(written, set))
  const phase = spec.train.phases[spec.train.phases.length - 1]
  const tasks = whole('tasks', options.tasks ?? phase.metaBatchSize, 1, 100_000)
  const supportEpisodes = whole('episodes', options.episodes ?? phase.supportEpisodes, 1, 1_000_000)
  const queryEpisodes = options.episodes ?? phase.queryEpisodes
  const iterations = whole('iterations', options.iterations ?? 5, 1, 1_000_000)
  const threads = threadCount(options.threads)
  const learner = new Learner(spec, seed, { device: options.device ?? 'auto', threads })
  try {
    const pool = sampleTasks(preset, 'training', seed, tasks, learner.prices).values
    const before = residentMiB()
    const step = (iteration: number) =>
      learner.metaStep({ stream: 0, iteration, tasks: pool, supportEpisodes, queryEpisodes, maxKl: phase.maxKl, monitor: false })
    await step(0)
    const [from, busy] = [performance.now(), foreignSeconds()]
    const steps: StepStats[] = []
    for (let iteration = 1; iteration <= iterations; iteration++) steps.push(await step(iteration))
    const foreign = Math.max(0, foreignSeconds() - busy) / ((performance.now() - from) / 1000)
    return {
      bench: 'iteration',
      preset,
      tasks,
      supportEpisodes,
      queryEpisodes,
      horizons: horizons(preset),
      ...described(spec),
      // CUDA is libtorch's.
      ...(learner.device === 'cuda' ? { calculus: 'libtorch' as const } : {}),
      parameters: learner.parameters,
      curvatureRows: {
        support: Math.min(spec.trpo.curvatureSupportRows, supportEpisodes * horizons(preset).support),
        query: Math.min(spec.trpo.curvatureQueryRows, queryEpisodes * horizons(preset).query)
      },
      maxKl: phase.maxKl,
      device: learner.device,
      seed,
      ...timed(steps),
      residentMiB: before,
      threads,
      runs: iterations,
      discarded: 0,
      foreign,
      peakResidentMiB: peakResidentMiB(),
      origin: origin()
    }
  } finally {
    await learner.dispose()
  }
}

function horizons(preset: string) {
  const { supportHorizon, horizon } = environment(preset)
  return { support: supportHorizon, query: horizon }
}

function described({ policy, learner }: Spec) {
  const { calculus, dtype, rolloutDtype } = learner
  return { hidden: [...policy.hidden], activation: policy.activation, calculus, dtype, rolloutDtype }
}

function timed(steps: readonly StepStats[]) {
  const seconds = spread(steps.map((stats) => stats.seconds.whole))
  const rest = ({ whole, ...named }: StepStats['seconds']) => whole - Object.values(named).reduce((sum, part) => sum + part, 0)
  const part = (phase: Phase) => spread(steps.map((stats) => (phase === 'rest' ? rest(stats.seconds) : stats.seconds[phase]))).median
  const envSteps = spread(steps.map((stats) => stats.envSteps)).median
  const phases = Object.fromEntries(PHASES.map((phase) => [phase, part(phase)])) as Record<Phase, number>
  return { seconds, phases, envSteps, envStepsPerSecond: envSteps / seconds.median }
}

/** CPU seconds of this machine that this process did not use. */
function foreignSeconds(): number {
  const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1e3
  const own = process.cpuUsage()
  return busy - (own.user + own.system) / 1e6
}
