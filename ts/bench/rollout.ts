/** Environment steps per second of worlds stepped from outside and of whole roll-outs. */
import { XmrlError } from '../errors.js'
import { givenPrices, nativeMarket } from '../market/index.js'
import { coreAddon, guardedJob, type Timing } from '../native.js'
import { defineExperiment, type Spec, whole } from '../spec/index.js'
import { environment } from '../worlds/index.js'
import { type Conditions, conditions, type Dtype, type PlanOptions, plan, type Spread, threadCount } from './figures.js'

/** What is flown; what is left out is the preset's recipe. */
export interface RolloutOptions extends PlanOptions {
  preset: string
  /** Worlds at a time; in roll-outs, episodes. */
  worlds: number
  /** Tasks that share them equally; one thread works on a task. @default the largest divisor of `worlds` up to 16 */
  tasks?: number
  /** @default the machine's cores */
  threads?: number
  /** Number type of roll-outs. */
  dtype?: Dtype
  hidden?: number[]
  activation?: 'tanh' | 'relu'
}

/** Environment steps per second. */
export interface RolloutFigures extends Conditions {
  bench: 'rollout'
  preset: string
  worlds: number
  tasks: number
  dtype: Dtype
  hidden: number[]
  activation: 'tanh' | 'relu'
  /** Worlds under random actions, stepped one by one from outside; nothing is kept. */
  bare: Spread
  /** Whole episodes of a fresh policy: network, noise, world and learning records. */
  policy: Spread
}

/** Most worlds, and most rows (worlds × steps): their states and records are in memory. */
const MOST_WORLDS = 2 ** 24
const MOST_ROWS = 2 ** 28
const MOST_TASKS = 16

/** Steps per second of a timing: the quickest run has the most. */
const rate = (steps: number, { median, min, max }: Timing): Spread => ({ median: steps / median, min: steps / max, max: steps / min })

/** Times them. Errors: `ERR_USAGE`, `ERR_PRESET_UNKNOWN`, `ERR_SPEC_INVALID`. */
export async function benchRollout(options: RolloutOptions): Promise<RolloutFigures> {
  const { preset, horizon } = environment(options.preset)
  const { policy, learner }: Spec = defineExperiment({ environment: preset }).spec
  const { dtype = learner.rolloutDtype, hidden = policy.hidden, activation = policy.activation } = options
  const worlds = whole('worlds', options.worlds, 1, MOST_WORLDS)
  if (worlds * horizon > MOST_ROWS) {
    const most = Math.floor(MOST_ROWS / horizon)
    throw new XmrlError('ERR_USAGE', `worlds: ${worlds} episodes of ${horizon} steps do not fit in memory; give at most ${most}`)
  }
  const tasks = whole('tasks', options.tasks ?? divisor(worlds), 1, worlds)
  if (worlds % tasks !== 0) throw new XmrlError('ERR_USAGE', `worlds: give a multiple of the ${tasks} tasks, not ${worlds}`)
  const threads = threadCount(options.threads)
  const setting = { preset, worlds, tasks, threads, dtype, hidden, activation, plan: plan(options) }
  const market = nativeMarket(preset, givenPrices(preset, undefined))
  const done = await guardedJob(() => coreAddon().benchRollout(setting, market))
  return {
    bench: 'rollout',
    preset,
    worlds,
    tasks,
    dtype,
    hidden,
    activation,
    bare: rate(done.bareSteps, done.bare),
    policy: rate(done.policySteps, done.policy),
    ...conditions(threads, [done.bare, done.policy])
  }
}

/** The largest divisor of `count` up to {@link MOST_TASKS}. */
function divisor(count: number): number {
  let best = Math.min(count, MOST_TASKS)
  while (count % best !== 0) best--
  return best
}
