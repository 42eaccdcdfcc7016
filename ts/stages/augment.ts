/** The mixing law: learned by conditional mutual information, or fixed, and in both cases measured beside its null. */
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import type { AugmentationRecord, ExplanationRecord, StateOf } from '../records/index.js'
import { aborted, needed, ownName, STREAMS, type StageContext, stageWeights, weightsOf } from './context.js'
import type { StageEvent } from './events.js'

/** Points at which the density of lambda is recorded. */
const GRID = Array.from({ length: 101 }, (_, i) => i / 100)
/** Fresh evaluations behind the final figure and its standard error. */
const REPEATS = 4

/** Share of the episodes without a pair from which the figures are flagged: these carry no lambda. */
const MOST_UNMIXED = 0.05

/** Mixed episodes that asked for a pair, infeasible mixtures, and what became of them. */
interface Mixtures {
  pairs: number
  infeasible: number
  lifted: number
  redraws: number
  gaveUp: number
}

/** What learning has come to. */
type Progress = StateOf<'augment'>

const mixtures = ({ pairs, infeasible, lifted, redraws, gaveUp }: Mixtures): Mixtures => ({ pairs, infeasible, lifted, redraws, gaveUp })

/** Adds the mixtures of one evaluation. */
function count(progress: Progress, step: Mixtures): void {
  progress.pairs += step.pairs
  progress.infeasible += step.infeasible
  progress.lifted += step.lifted
  progress.redraws += step.redraws
  progress.gaveUp += step.gaveUp
}

/** The moving average after one more gradient: `momentum` of the old, the rest of the new; the first is taken whole. */
export function movingAverage(average: readonly number[], gradient: readonly number[], momentum: number): number[] {
  return average.length === 0 ? [...gradient] : gradient.map((value, k) => momentum * average[k] + (1 - momentum) * value)
}

/** A figure that every fresh evaluation was asked for. */
function asked(value: number | undefined): number {
  if (value === undefined) throw new XmrlError('ERR_NATIVE', 'an evaluation of the mixing law lacks a figure that it was asked for')
  return value
}

/** What is said beside figures of which too many episodes carry no lambda; undefined where nearly all do. */
export function unmixed({ pairs, gaveUp }: Pick<Mixtures, 'pairs' | 'gaveUp'>): string | undefined {
  if (gaveUp <= MOST_UNMIXED * pairs) return undefined
  return `${gaveUp} of ${pairs} mixed episodes found no two states to mix and started at a visited one: the information of mixing is that of the others alone. More visited states (augment.episodes) or another augment.repair leave fewer of them`
}

const norm = (values: readonly number[]) => Math.hypot(...values)

/** The critical tasks with the largest weights, at most `most` of them, in the explanation's order. */
export function heaviest({ critical, weights }: Pick<ExplanationRecord, 'critical' | 'weights'>, most: number | null): number[] {
  if (most === null || critical.length <= most) return [...critical]
  const chosen = new Set([...critical].sort((a, b) => weights[b] - weights[a] || a - b).slice(0, most))
  return critical.filter((task) => chosen.has(task))
}

/**
 * Learns phi on the critical tasks by single-loop stochastic ascent along a moving average of gradients (steps ∝ 1/√k, as in
 * MA-SOBA), then measures the CMI and its nulls with fresh random numbers. Only what learned phi is charged (`envSteps`): the
 * figures change nothing, and their episodes are counted apart (`figureSteps`). Resumes from its checkpoint; returns the record
 * that is already there. Yields a `note` where more than 5 % of the mixed episodes found no pair.
 */
export async function* augment(context: StageContext): AsyncGenerator<StageEvent, AugmentationRecord> {
  return yield* augmentBy(context, needed(context, 'explanation'))
}

/** {@link augment} on the critical tasks of an explanation, which may be an arm's own. */
export async function* augmentBy(context: StageContext, explanation: ExplanationRecord): AsyncGenerator<StageEvent, AugmentationRecord> {
  const { store, seed, spec, learner, tasks } = context
  const who = defined({ seed, stage: 'augment' as const, arm: context.own?.name })
  const name = ownName(context, 'augment')
  const { steps, learningRate, momentum, tasks: most, ...law } = spec.augment
  const { family, objective, gradient, mix, repair } = law
  const done = store.record(ownName(context, 'augmentation'))
  yield { type: 'stage-started', ...who, ...(done ? { skipped: true } : {}) }
  if (done) return done
  const taskIds = heaviest(explanation, most)
  const critical = taskIds.map((task) => tasks.pools.training.values[task])
  const found = store.checkpoint(name)
  const nothing: Mixtures = { pairs: 0, infeasible: 0, lifted: 0, redraws: 0, gaveUp: 0 }
  const progress: Progress = found?.state ?? { ...nothing, phi: learner.mixStart(family), average: [], envSteps: 0, history: [] }
  const learned = progress.phi.length > 0 ? steps : 0
  learner.restore(stageWeights(context, weightsOf(context)))
  /** One evaluation; `figures` adds those that are reported but not ascended, with episodes of their own. */
  const measure = (iteration: number, figures: boolean) =>
    learner.augmentStep(critical, { ...law, phi: progress.phi, figures, stream: STREAMS.augment, iteration, taskIds })
  const save = (iteration: number) => store.saveCheckpoint(name, iteration, {}, progress)
  const total = learned + REPEATS
  for (let iteration = found?.iteration ?? 0; iteration < learned; iteration++) {
    if (context.signal?.aborted) {
      save(iteration)
      throw aborted()
    }
    const step = await measure(iteration, false)
    progress.average = movingAverage(progress.average, step.gradPhi, momentum)
    const figures = {
      cmi: step.cmi,
      ...(objective === 'mixture' ? {} : { objective: step.value }),
      gradientNorm: norm(step.gradPhi),
      averageNorm: norm(progress.average)
    }
    progress.history.push({ iteration, phi: progress.phi, ...figures })
    progress.envSteps += step.envSteps
    progress.phi = learner.mixAscend(family, progress.phi, progress.average, learningRate / Math.sqrt(iteration + 1))
    count(progress, step)
    store.metrics.append({
      stage: name,
      iteration: iteration + 1,
      envSteps: progress.envSteps,
      ...figures,
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
  let figureSteps = 0
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    if (context.signal?.aborted) throw aborted()
    const step = await measure(learned + repeat, true)
    fresh.push(step)
    figureSteps += step.envSteps
    count(progress, step)
    yield {
      type: 'iteration',
      ...who,
      iteration: learned + repeat + 1,
      of: total,
      envSteps: progress.envSteps + figureSteps,
      progress: (learned + repeat + 1) / total,
      metrics: { cmi: step.cmi }
    }
  }
  const mean = (pick: (step: (typeof fresh)[number]) => number | undefined) =>
    fresh.reduce((sum, step) => sum + asked(pick(step)), 0) / fresh.length
  const cmi = mean((step) => step.cmi)
  const note = unmixed(progress)
  const record: AugmentationRecord = {
    family,
    phi: progress.phi,
    ...(learned > 0 ? { objective, gradient } : {}),
    density: { lambda: GRID, p: learner.mixDensity(family, progress.phi, GRID) },
    cmi,
    null: mean((step) => step.nullCmi),
    noiseNull: mean((step) => step.noiseNull),
    standardError: Math.sqrt(mean((step) => (step.cmi - cmi) ** 2) / Math.max(1, fresh.length - 1)),
    informationGain: mean((step) => step.informationGain),
    upperBound: mean((step) => step.upperBound),
    history: progress.history,
    ...(taskIds.length < explanation.critical.length ? { tasks: taskIds } : {}),
    mix,
    repair,
    ...mixtures(progress),
    ...(note === undefined ? {} : { note }),
    envSteps: progress.envSteps,
    figureSteps
  }
  store.metrics.append({
    stage: name,
    envSteps: record.envSteps,
    figureSteps,
    cmi: record.cmi,
    null: record.null,
    standardError: record.standardError,
    phi: record.phi,
    ...mixtures(progress)
  })
  store.writeRecord(ownName(context, 'augmentation'), record)
  context.recordSteps(name, record.envSteps + figureSteps)
  if (note !== undefined) yield { type: 'note', text: `seed ${seed}, augment: ${note}` }
  yield {
    type: 'stage-finished',
    ...who,
    envSteps: record.envSteps,
    summary: `${family}, CMI ${cmi.toFixed(4)} ± ${record.standardError.toFixed(4)} nats (null ${record.null.toFixed(4)}), ${(record.envSteps / 1e6).toFixed(2)} M steps + ${(figureSteps / 1e6).toFixed(2)} M for the figures`
  }
  return record
}
