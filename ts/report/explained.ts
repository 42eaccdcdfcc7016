/** One seed's explanation in words: which training tasks matter, and how far that can be relied on. */
import { fixed, say } from '../drawing/index.js'
import { type ExplanationRecord, type SeedRecords, SOLVER_FACTS, type TasksRecord } from '../records/index.js'
import { taskKindsOf } from '../select/index.js'
import { parameterText } from './figures/task.js'
import { nonStationarityText, splitHalfText } from './measure.js'

/** Critical tasks that are named. */
const NAMED = 5

/** Which tasks are critical, the heaviest first, with their parameters. */
function criticalText(explanation: ExplanationRecord, tasks?: TasksRecord): string {
  const { critical, weights, kind, low, solver } = explanation
  const heaviest = [...critical].sort((a, b) => weights[b] - weights[a] || a - b).slice(0, NAMED)
  const named = heaviest.map((task) => {
    const values = tasks?.pools.training.values[task] ?? []
    return tasks === undefined || values.length === 0 ? String(task) : `${task} (${parameterText(tasks, values)})`
  })
  // Where the ends are the two halves of positive weights, they leave 0 out by construction.
  const clear =
    SOLVER_FACTS[solver].range === 'halves' ? '' : `; the intervals of ${critical.filter((id) => low[id] > 0).length} leave 0 out`
  return `Critical by ${kind === 'weights' ? 'weight' : 'score'}: ${critical.length > heaviest.length ? 'first of all ' : ''}${named.join(', ')}${clear}.`
}

/** Whether the explanation repeats, and by how much theta_0 is not stationary. */
function repeatsText({ solver, splitHalfSpearman, topOverlap, info }: ExplanationRecord): string {
  const ranked = SOLVER_FACTS[solver].ranked === 'similarity' ? ' (by similarity to the poor ones)' : ''
  return `Two independent halves rank the training tasks${ranked} alike with a correlation of ${splitHalfText(splitHalfSpearman)}, and share ${fixed(topOverlap * 100, 0)} % of the top set.${nonStationarityText(info)}`
}

/** How alike two evaluations rank the tasks that are called poor by them. */
export function evaluationsText({ rankCorrelation }: NonNullable<SeedRecords['poor']>): string {
  return `Two evaluations rank the tasks alike with a correlation of ${fixed(rankCorrelation.evaluation)} (held-out ${fixed(rankCorrelation.heldOut)}).`
}

/** `The poor tasks are of the kinds pick-place (10) and push (2).`; undefined where there is but one kind. */
export function poorKindsText({ evaluation, heldOut }: NonNullable<SeedRecords['poor']>, tasks?: TasksRecord): string | undefined {
  const kinds = tasks && taskKindsOf(tasks)
  if (kinds === undefined) return undefined
  const poor = [...evaluation.map((id) => kinds.evaluation[id]), ...heldOut.map((id) => kinds.heldOut[id])]
  const counts = new Map<string, number>()
  for (const kind of poor) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  const parts = [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${kind} (${count})`)
  return `The poor tasks of both pools are of the ${parts.length === 1 ? 'kind' : 'kinds'} ${parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]}.`
}

/** The explanation in a paragraph. */
export const explainedText = (explanation: ExplanationRecord, tasks?: TasksRecord): string =>
  say(criticalText(explanation, tasks), repeatsText(explanation))
