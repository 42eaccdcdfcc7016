/** What a repair is worth where the world differs: theta_0 and every arm on other presets, without further training. */
import { methodOf } from '../arms/index.js'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { TransferRecord } from '../records/index.js'
import { leadingScores } from '../select/index.js'
import type { Spec } from '../spec/index.js'
import { mean } from '../statistics/index.js'
import { environment } from '../worlds/index.js'
import { canSucceed, STREAMS, type StageContext, stageOfArm, stageWeights, throwIfAborted } from './context.js'
import type { StageEvent } from './events.js'
import { Learner } from './learner.js'

/**
 * Refuses presets on which a policy of the run's own could not act.
 * Errors: `ERR_SPEC_INVALID` naming the preset and the size that differs.
 */
export function checkTransfer({ environment: preset, evaluate }: Spec): void {
  if (evaluate.transfer.length === 0) return
  const own = environment(preset)
  for (const name of evaluate.transfer) {
    const other = environment(name)
    for (const size of ['observationSize', 'actionSize', 'taskSize'] as const) {
      if (other[size] === own[size]) continue
      throw new XmrlError('ERR_SPEC_INVALID', `evaluate.transfer: ${name} has ${size} ${other[size]}, ${preset} has ${own[size]}`)
    }
  }
}

/**
 * Scores theta_0 and every arm on the presets of `evaluate.transfer`: each adapts there, on the same tasks and the same random
 * numbers as the others, and nothing is trained. What the record already holds is kept; it is written preset by preset.
 * Errors: `ERR_ABORTED`, `ERR_RUN_NOT_FOUND` where an arm has no checkpoint.
 */
export async function* transfer(context: StageContext): AsyncGenerator<StageEvent, void> {
  const { store, seed, spec, tasks, learner } = context
  const presets = spec.evaluate.transfer
  if (presets.length === 0) return
  const who = { seed, stage: 'transfer' as const }
  const wanted = ['theta_0', ...spec.retrain.arms]
  let record: TransferRecord = store.record('transfer') ?? { presets: {}, envSteps: 0 }
  const missing = (preset: string) => wanted.filter((arm) => record.presets[preset]?.[arm] === undefined)
  const total = presets.reduce((sum, preset) => sum + missing(preset).length, 0)
  yield { type: 'stage-started', ...who, ...(total === 0 ? { skipped: true } : {}) }
  if (total === 0) return
  const { device, threads, rollouts } = learner
  let iteration = 0
  for (const preset of presets) {
    const arms = missing(preset)
    if (arms.length === 0) continue
    const there = new Learner({ ...spec, environment: preset }, seed, defined({ device, threads, rollouts }))
    try {
      const found = { ...record.presets[preset] }
      let { envSteps } = record
      for (const arm of arms) {
        throwIfAborted(context)
        there.restore(stageWeights(context, stageOfArm(arm)))
        const measure = async (pool: 'evaluation' | 'heldOut') => {
          const { returns, success, ...result } = await there.evaluate(tasks.pools[pool].values, STREAMS.fresh)
          envSteps += result.envSteps
          return canSucceed(tasks) ? { returns, success } : { returns }
        }
        found[arm] = { evaluation: await measure('evaluation'), heldOut: await measure('heldOut') }
        const score = mean(leadingScores(found[arm].evaluation))
        const metrics = { [canSucceed(tasks) ? 'success' : 'return']: score }
        yield { type: 'iteration', ...who, iteration: ++iteration, of: total, envSteps, progress: iteration / total, metrics }
      }
      record = { presets: { ...record.presets, [preset]: found }, envSteps }
    } finally {
      await there.dispose()
    }
    store.writeRecord('transfer', record)
    context.recordSteps('transfer', record.envSteps)
  }
  const digits = canSucceed(tasks) ? 3 : 1
  const shown = (preset: string, arm: string) => mean(leadingScores(record.presets[preset][arm].evaluation)).toFixed(digits)
  const last = methodOf(wanted) ?? wanted[wanted.length - 1]
  const summary = presets.map((preset) => `${preset} ${shown(preset, 'theta_0')} → ${shown(preset, last)}`).join(', ')
  yield { type: 'stage-finished', ...who, envSteps: record.envSteps, summary }
}
