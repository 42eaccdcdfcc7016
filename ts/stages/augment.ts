/** The mixing law: learned by conditional mutual information, or fixed, and in both cases measured beside its null. */
import { coreAddon, guarded, guardedJob } from '../native.js'
import { type AugmentationRecord, type ExplanationRecord, WEIGHTS } from '../run/index.js'
import { aborted, STREAMS, type StageContext } from './context.js'
import type { RunEvent } from './events.js'
import { flatten } from './learner.js'

/** Points at which the density of lambda is recorded. */
const GRID = Array.from({ length: 101 }, (_, i) => i / 100)
/** Fresh evaluations behind the final figure and its standard error. */
const REPEATS = 4

/** Infeasible mixtures, and what became of them. */
interface Mixtures {
  infeasible: number
  lifted: number
  redraws: number
  gaveUp: number
}

interface Progress extends Mixtures {
  phi: number[]
  envSteps: number
  history: AugmentationRecord['history']
}

const mixtures = ({ infeasible, lifted, redraws, gaveUp }: Mixtures): Mixtures => ({ infeasible, lifted, redraws, gaveUp })

/** Adds what one evaluation cost. */
function count(progress: Progress, step: Mixtures & { envSteps: number }): void {
  progress.envSteps += step.envSteps
  progress.infeasible += step.infeasible
  progress.lifted += step.lifted
  progress.redraws += step.redraws
  progress.gaveUp += step.gaveUp
}

/**
 * Learns phi on the critical tasks by stochastic ascent (steps ∝ 1/√k), then measures the CMI with fresh random numbers.
 * Resumes from its checkpoint; returns the record that is already there.
 */
export async function* augment(context: StageContext, explanation: ExplanationRecord): AsyncGenerator<RunEvent, AugmentationRecord> {
  const { store, seed, spec, learner, tasks } = context
  const who = { seed, stage: 'augment' as const }
  const { family, steps, learningRate, sets, flights, supportFlights, horizon, mix, repair, beta, delta } = spec.augment
  const done = store.record('augmentation')
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) return done
  const core = coreAddon(learner.device)
  const critical = flatten(explanation.critical.map((task) => tasks.pools.training.values[task]))
  const found = store.checkpoint('augment')
  const progress: Progress = found
    ? (found.state as unknown as Progress)
    : { phi: guarded(() => core.mixStart(family)), envSteps: 0, infeasible: 0, lifted: 0, redraws: 0, gaveUp: 0, history: [] }
  const learned = progress.phi.length > 0 ? steps : 0
  const measure = (iteration: number) =>
    guardedJob(() =>
      learner.native.augmentStep(critical, {
        family,
        phi: progress.phi,
        sets,
        flights,
        supportFlights,
        horizon,
        mix,
        repair,
        beta,
        delta,
        stream: STREAMS.augment,
        iteration,
        taskIds: explanation.critical,
        advantage: learner.advantage
      })
    )
  const save = (iteration: number) =>
    store.saveCheckpoint(
      'augment',
      iteration,
      { [WEIGHTS]: learner.checkpoint() },
      { ...progress, history: progress.history.map((entry) => ({ ...entry })) }
    )
  const total = learned + REPEATS
  for (let iteration = found?.iteration ?? 0; iteration < learned; iteration++) {
    if (context.signal?.aborted) {
      save(iteration)
      throw aborted()
    }
    const step = await measure(iteration)
    progress.history.push({ iteration, phi: progress.phi, cmi: step.cmi })
    progress.phi = guarded(() => core.mixAscend(family, progress.phi, step.gradPhi, learningRate / Math.sqrt(iteration + 1)))
    count(progress, step)
    store.metrics.append({
      stage: 'augment',
      iteration: iteration + 1,
      envSteps: progress.envSteps,
      cmi: step.cmi,
      phi: progress.phi,
      ...mixtures(progress)
    })
    if ((iteration + 1) % spec.checkpoint.every === 0) save(iteration + 1)
    yield {
      type: 'iteration',
      ...who,
      iteration: iteration + 1,
      of: total,
      envSteps: progress.envSteps,
      progress: (iteration + 1) / total,
      metrics: { cmi: step.cmi }
    }
  }
  const fresh: Awaited<ReturnType<typeof measure>>[] = []
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    if (context.signal?.aborted) throw aborted()
    const step = await measure(learned + repeat)
    fresh.push(step)
    count(progress, step)
    yield {
      type: 'iteration',
      ...who,
      iteration: learned + repeat + 1,
      of: total,
      envSteps: progress.envSteps,
      progress: (learned + repeat + 1) / total,
      metrics: { cmi: step.cmi }
    }
  }
  const mean = (pick: (step: (typeof fresh)[number]) => number) => fresh.reduce((sum, step) => sum + pick(step), 0) / fresh.length
  const cmi = mean((step) => step.cmi)
  const record: AugmentationRecord = {
    family,
    phi: progress.phi,
    density: { lambda: GRID, p: guarded(() => core.mixDensity(family, progress.phi, GRID)) },
    cmi,
    null: mean((step) => step.nullCmi),
    noiseNull: mean((step) => step.noiseNull),
    standardError: Math.sqrt(mean((step) => (step.cmi - cmi) ** 2) / Math.max(1, fresh.length - 1)),
    informationGain: mean((step) => step.informationGain),
    upperBound: mean((step) => step.upperBound),
    history: progress.history,
    mix,
    repair,
    ...mixtures(progress),
    envSteps: progress.envSteps
  }
  store.metrics.append({
    stage: 'augment',
    envSteps: record.envSteps,
    cmi: record.cmi,
    null: record.null,
    standardError: record.standardError,
    phi: record.phi,
    ...mixtures(progress)
  })
  store.writeRecord('augmentation', record)
  context.recordSteps('augment', record.envSteps)
  yield {
    type: 'stage-finished',
    ...who,
    envSteps: record.envSteps,
    summary: `${family}, CMI ${cmi.toFixed(4)} ± ${record.standardError.toFixed(4)} nats (null ${record.null.toFixed(4)}), ${(record.envSteps / 1e6).toFixed(2)} M steps`
  }
  return record
}
