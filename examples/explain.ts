/**
 * Explains and changes nothing: trains a meta-policy, finds the tasks that it serves worst, and says which training tasks matter for them.
 *
 *     npx tsx examples/explain.ts [meta-iterations] [run directory]
 */
import { defineExperiment, loadRun, runExperiment } from 'xmrl'

const [iterations, out] = [Number(process.argv[2] ?? 100), process.argv[3] ?? 'runs/explain']

const experiment = defineExperiment({
  environment: 'drone-planar',
  tasks: { training: 24, evaluation: 24, heldOut: 4 },
  train: { phases: [{ iterations, metaBatchSize: 12, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.015 }] },
  evaluate: { supportEpisodes: 100, queryEpisodes: 20 },
  // Explains also where two evaluations do not agree on which tasks are poor; the record says so.
  explain: { allowUnreliable: true }
})
for await (const event of runExperiment(experiment, { out, until: 'explain', resume: true }))
  if (event.type === 'stage-finished') console.log(`${event.stage}: ${event.summary}`)

const [{ records }] = (await loadRun(out)).seeds
const { tasks, poor, explanation } = records
if (!tasks || !poor || !explanation) throw new Error(`${out} has no explanation`)
const { training, evaluation } = tasks.pools
const shown = (values: readonly number[]) => `(${values.map((value) => value.toFixed(1)).join(', ')})`

console.log(`\ntasks are ${tasks.taskNames.join(' and ')}`)
console.log(`worst served of ${evaluation.values.length}: ${poor.evaluation.map((id) => shown(evaluation.values[id])).join(' ')}`)
console.log(`two evaluations agree on the order of tasks at ${poor.rankCorrelation.evaluation.toFixed(2)}`)
console.log(`two halves of the explanation agree at ${explanation.splitHalfSpearman.toFixed(2)}\n`)

const heaviest = explanation.omega.map((weight, id) => ({ id, weight })).sort((a, b) => b.weight - a.weight)
for (const { id, weight } of heaviest.slice(0, 5)) {
  const critical = explanation.critical.includes(id) ? 'critical' : ''
  const rare = training.rare?.[id] ? 'rare in training' : ''
  console.log(`training task ${id} ${shown(training.values[id])}: weight ${weight.toFixed(3)} ${critical} ${rare}`.trimEnd())
}
if (explanation.verdict) console.log(`\nverdict: ${explanation.verdict.reason}`)
