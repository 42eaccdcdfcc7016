/**
 * The choice of lever by audit: two short trials from the same weights, one whose query episodes are all unmixed and one in which the
 * favoured tasks' are mixed, and an audit after each. Both are made of the same meta-batches on the same random numbers, and audited on
 * the same, so that what parts them is the kind of episode and what follows from it.
 */
import { XmrlError } from '../errors.js'
import type { StepStats } from '../native.js'
import type { StateOf } from '../records/index.js'
import { WEIGHTS } from '../run/index.js'
import { type ForetoldTrials, judgeLever } from '../select/index.js'
import type { Spec } from '../spec/index.js'
import { mean } from '../statistics/index.js'
import type { Audit, Looked } from './audit.js'
import { aborted, canSucceed, needed, STREAMS, type StageContext } from './context.js'
import { keptDisplacements, keptSteps } from './displacements.js'
import type { IterationDone, StageStarted } from './events.js'
import type { MetaStep } from './learner.js'
import { metricsOf } from './loop.js'
import { policyOf } from './weights.js'

/** What the trials came to, as the arm's checkpoints keep it. */
export type Lever = NonNullable<StateOf<'retrain'>['lever']>

/** Trials of an arm. */
export interface Trials {
  arm: string
  /** The weights that both start from. */
  weights: Uint8Array
  /** Iterations that the arm has made before. */
  from: number
  /** Steps that it may still make. */
  budget: number
  /** The meta-step of an iteration, its favoured tasks' query episodes mixed or not. */
  step(mixed: boolean, iteration: number): MetaStep
  audit: Audit
  settings: NonNullable<Spec['retrain']['lever']>
}

/** File of the weights at which the trial without mixed episodes ended. */
const WITHOUT = 'without.safetensors'

const means = ({ poor, other }: Omit<Looked, 'envSteps'>) => ({ poor: mean(poor), other: mean(other) })

/**
 * Makes the trials, from where their newest checkpoint (`lever-<arm>`) stands: first without mixed episodes, then with.
 * Yields `stage-started` and an event each meta-iteration; saves after each trial, and where it is asked to stop or left.
 * @returns the weights of the better trial, by {@link judgeLever}, and what they came to
 * @throws XmrlError `ERR_ABORTED` after saving, `ERR_DIVERGED`, `ERR_SPEC_INVALID` where the trials would take all that the arm has
 */
export async function* leverTrials(
  context: StageContext,
  trials: Trials
): AsyncGenerator<StageStarted | IterationDone, { weights: Uint8Array; lever: Lever }> {
  const { store, learner, seed, tasks } = context
  const { arm, audit, settings, budget } = trials
  const stage = `lever-${arm}` as const
  const who = { seed, stage: 'retrain', arm } as const
  yield { type: 'stage-started', ...who }
  const found = store.checkpoint(stage)
  let done = found?.iteration ?? 0
  let envSteps = found?.state.envSteps ?? 0
  let ended = found?.files[WITHOUT]
  learner.restore(found?.files[WEIGHTS] ?? trials.weights)
  let saved = done
  const look = async () => {
    const { envSteps: flown, ...scores } = await audit.look()
    envSteps += flown
    return scores
  }
  const before = found?.state.before ?? (await look())
  if (found !== undefined) audit.first = found.state.first
  else if (audit.first.length === 0) audit.first = [...before.other]
  let without = found?.state.without
  const save = () => {
    if (saved === done) return
    const files = { [WEIGHTS]: learner.checkpoint(), ...(ended ? { [WITHOUT]: ended } : {}) }
    store.saveCheckpoint(stage, done, files, { envSteps, first: audit.first, before, ...(without ? { without } : {}) })
    saved = done
  }
  const { iterations } = settings
  let between = false
  try {
    while (done < 2 * iterations) {
      if (context.signal?.aborted) {
        save()
        throw aborted()
      }
      const mixed = done >= iterations
      const at = done % iterations
      const stats = await stepOrSave(context, stage, trials.step(mixed, trials.from + at), save)
      done++
      envSteps += stats.envSteps
      const { whole, ...phases } = stats.seconds
      if (done === 1 && envSteps + stats.envSteps * (2 * iterations - 1) > budget) throw tooLong(iterations, stats.envSteps, budget)
      store.metrics.append({ stage, iteration: done, envSteps, mixed, ...metricsOf(stats, canSucceed(tasks)) })
      store.timing.append({
        stage,
        iteration: done,
        seconds: whole,
        phases,
        ...(learner.flownBy === 'cpu' ? {} : { rollouts: learner.flownBy })
      })
      if (done === iterations) {
        without = await look()
        ended = learner.checkpoint()
        learner.restore(trials.weights)
        save()
      }
      between = true
      yield {
        type: 'iteration',
        ...who,
        iteration: done,
        of: 2 * iterations,
        envSteps,
        progress: Math.min(1, envSteps / budget),
        metrics: { return: stats.returnAfter, kl: stats.kl, accepted: stats.accepted }
      }
      between = false
    }
  } finally {
    // The caller left the loop over the events.
    if (between) save()
  }
  if (without === undefined || ended === undefined)
    throw new XmrlError(
      'ERR_CHECKPOINT_CORRUPT',
      `${store.path}: ${stage}-${done} holds no end of the first trial; move it away to repeat the trials`
    )
  const withMixed = await look()
  const foretold = foretoldBy(context, trials.weights, { without: ended, with: learner.checkpoint() })
  const { mixed, ...difference } = judgeLever(without, withMixed, settings, foretold)
  const record = {
    mixed,
    trial: iterations,
    before: means(before),
    without: means(without),
    with: means(withMixed),
    difference,
    ...(foretold ? { foretold } : {}),
    envSteps
  }
  store.metrics.append({ stage, envSteps, mixed, poor: { ...difference.poor }, other: { ...difference.other } })
  return { weights: mixed ? learner.checkpoint() : ended, lever: { record, from: trials.from, first: audit.first } }
}

/**
 * How far each trial moved the policy along the poor tasks' mean second adaptation step, which is where they gain to first order; of the
 * poor tasks of the evaluation pool at theta_0, both mining streams. It costs nothing. Undefined where no second steps were measured.
 */
function foretoldBy(context: StageContext, from: Uint8Array, ends: Record<keyof ForetoldTrials, Uint8Array>): ForetoldTrials | undefined {
  if (keptSteps(context.spec) < 2) return undefined
  const start = policyOf(from)
  const { length } = start
  const kept = keptDisplacements(context)
  const along = new Float64Array(length)
  for (const stream of STREAMS.mining) {
    const [first, second] = [1, 2].map((step) => kept('evaluation', stream, step))
    for (const task of needed(context, 'poor').evaluation) {
      for (let at = 0; at < length; at++) along[at] += second[task * length + at] - first[task * length + at]
    }
  }
  const size = Math.sqrt(along.reduce((sum, value) => sum + value * value, 0))
  const moved = (end: Uint8Array) => policyOf(end).reduce((sum, value, at) => sum + (value - start[at]) * along[at], 0)
  return size === 0 ? undefined : { without: moved(ends.without) / size, with: moved(ends.with) / size }
}

/** One meta-step; where it diverges, what was made before it is saved. */
async function stepOrSave({ learner }: StageContext, stage: string, step: MetaStep, save: () => void): Promise<StepStats> {
  try {
    return await learner.metaStep(step)
  } catch (error) {
    save()
    if (!XmrlError.is(error, 'ERR_NOT_FINITE')) throw error
    throw new XmrlError('ERR_DIVERGED', `${stage}: ${error.message}`, { cause: error })
  }
}

function tooLong(iterations: number, steps: number, budget: number): XmrlError {
  const what = `two trials of ${iterations} meta-iterations of about ${steps} steps take more than the ${budget} that the arm has`
  return new XmrlError('ERR_SPEC_INVALID', `retrain.lever.iterations: ${what}; try fewer, or raise retrain.extraSteps`)
}
