/** A small learner for the seam's tests. */
import type { ExecutionContext } from 'ava'
import { fromNative } from '../../ts/errors.js'
import { coreAddon, learningAddon, type NativeLearner } from '../../ts/native.js'
import { sampleTasks } from '../../ts/worlds/index.js'

export const core = coreAddon()
export type Options = ConstructorParameters<typeof core.Learner>[0]
export type StepOptions = Parameters<NativeLearner['metaStep']>[1]

export const OPTIONS: Options = {
  preset: 'drone-planar',
  seed: 5,
  threads: 1,
  device: 'cpu',
  dtype: 'float64',
  calculus: 'fused',
  hidden: [8, 8],
  activation: 'tanh',
  logStdInit: -0.3,
  logStdMin: -2.3,
  innerRate: 2,
  learnRate: true,
  rolloutDtype: 'float64'
}
export const advantage = { gamma: 0.99, innerLambda: 0.9, outerLambda: 1 }
/** One small meta-iteration. */
export const STEP: StepOptions = {
  iteration: 0,
  stream: 0,
  mixedEpisodes: [],
  family: 'uniform',
  phi: [],
  supportEpisodes: 10,
  queryEpisodes: 6,
  advantage,
  maxKl: 0.01,
  unadaptedKlWeight: 0.5,
  cgIterations: 8,
  damping: 0.05,
  lineSearchSteps: 15,
  lineSearchShrink: 0.8,
  curvatureSupportRows: 60,
  curvatureQueryRows: 60,
  monitor: false
}
/** One small evaluation. */
export const EVALUATE: Parameters<NativeLearner['evaluate']>[1] = {
  stream: 1,
  adaptations: 1,
  supportEpisodes: 10,
  queryEpisodes: 6,
  steps: 1,
  advantage
}
/** Six training tasks. */
export const TASKS = Float64Array.from(sampleTasks('drone-planar', 'training', 0, 6).values.flat())

/** The build of the addon that has this calculus. */
export const buildFor = (calculus: string | undefined) => learningAddon('cpu', calculus === 'libtorch' ? calculus : 'fused')

/** A learner that is disposed after the test. */
export function learner(t: ExecutionContext, change: Partial<Options> = {}): NativeLearner {
  const made = new (buildFor(change.calculus).Learner)({ ...OPTIONS, ...change })
  t.teardown(() => made.dispose())
  return made
}

/**
 * Begins a job of hours, a Neumann series of a million Hessian products that converges far more slowly than that, and resolves
 * when it is queued; `ended` is told should it be done.
 */
export async function endless(calculus: string, ended: () => void): Promise<void> {
  const made = new (buildFor(calculus).Learner)({ ...OPTIONS, calculus, threads: 2 })
  // An iteration first: libtorch builds much of itself on first use.
  await made.metaStep(TASKS, STEP)
  const episodes = { supportEpisodes: 60, queryEpisodes: 40, streamA: 11, streamB: 12, top: 2, seed: 0 }
  const series = { solver: 'neumann', damping: 1e-3, maxIterations: 1_000_000, tolerance: 1e-300 }
  made.explainInfluence(TASKS, TASKS, { ...episodes, ...series, advantage }).then(ended, () => {})
}

/** Runs a native call or job and gives its error as the package shows it. */
export async function refused(call: () => unknown): Promise<{ code: string; message: string }> {
  try {
    await call()
  } catch (error) {
    return fromNative(error)
  }
  return { code: 'none', message: 'no error' }
}
