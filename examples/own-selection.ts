/**
 * Compares a selection of training tasks of one's own with XMRL's and with going on as before, all at the same number of environment
 * steps: here the training goals that lie nearest to the poor ones.
 *
 *     npx tsx examples/own-selection.ts [meta-iterations] [run directory]
 */
import { defineExperiment, runExperiment, type WrittenSpec } from 'xmrl'

const [iterations, out] = [Number(process.argv[2] ?? 100), process.argv[3] ?? 'runs/own-selection']

const common: WrittenSpec = {
  environment: 'drone-planar',
  seeds: [0, 1],
  tasks: { training: 24, evaluation: 24, heldOut: 24 },
  train: { phases: [{ iterations, metaBatchSize: 12, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.015 }] },
  evaluate: { supportEpisodes: 100, queryEpisodes: 20 },
  explain: { allowUnreliable: true }
}
const retrain = { extraSteps: 60_000 + 12_000 * iterations, metaBatchSize: 12 }

// First the arms that need no choice; the run is there, and its records say which tasks are poor.
const references = defineExperiment({ ...common, retrain: { ...retrain, arms: ['xmrl', 'maml', 'maml-null'] } })
const { seeds } = await runExperiment(references, { out, resume: true })

const tasks: Record<string, number[]> = {}
for (const { seed, records } of seeds) {
  const { pools } = records.tasks ?? {}
  const poor = records.poor?.evaluation.map((id) => pools?.evaluation.values[id] ?? []) ?? []
  const away = (goal: readonly number[]) => Math.min(...poor.map((other) => Math.hypot(goal[0] - other[0], goal[1] - other[1])))
  const nearest = (pools?.training.values ?? []).map((goal, id) => ({ id, distance: away(goal) })).sort((a, b) => a.distance - b.distance)
  tasks[seed] = nearest.slice(0, 5).map(({ id }) => id)
  console.log(`seed ${seed}: own selection ${tasks[seed].join(', ')}; XMRL's ${records.explanation?.critical.join(', ')}`)
}

// Then the own arm joins them: what is done stays, and it has the same seeds, cost and comparisons.
const grown = defineExperiment({
  ...common,
  retrain: { ...retrain, define: { mine: { choose: 'given', tasks } }, arms: ['xmrl', 'maml', 'maml-null', 'mine'] }
})
const { table } = await runExperiment(grown, { out, resume: true })

for (const { arm, pool, group, metric, before, after, overMaml } of table?.rows ?? []) {
  if (pool !== 'both' || group !== 'poor' || metric !== 'success') continue
  const gain = overMaml && `; over maml ${overMaml.gain.toFixed(2)} [${overMaml.low.toFixed(2)}, ${overMaml.high.toFixed(2)}]`
  console.log(`${arm}: poor tasks ${before.toFixed(2)} before, ${after.toFixed(2)} after${gain ?? ''}`)
}
