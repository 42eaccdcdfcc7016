/**
 * Trains and measures on tasks of one's own: training goals from a CSV file that marks the rare ones, evaluation goals listed here, and
 * held-out goals drawn by the environment's law. Files count from the working directory in a script, from the spec file in YAML.
 *
 *     npx tsx examples/own-tasks.ts [meta-iterations] [run directory] [CSV file]
 */
import { fileURLToPath } from 'node:url'
import { defineExperiment, runExperiment } from 'xmrl'

const [iterations, out] = [Number(process.argv[2] ?? 100), process.argv[3] ?? 'runs/own-tasks']
const file = process.argv[4] ?? fileURLToPath(new URL('goals.csv', import.meta.url))

const experiment = defineExperiment({
  environment: 'drone-planar/uniform',
  seeds: [0],
  tasks: {
    training: { file },
    evaluation: [
      [2, 2],
      [2, 8.5],
      [8.5, 2],
      [8.8, 8.8],
      [1.5, 4],
      [6.5, 1.2],
      [4, 8.6],
      [8.6, 5]
    ],
    heldOut: { law: 'uniform', count: 8 }
  },
  train: { phases: [{ iterations, metaBatchSize: 12, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.015 }] },
  evaluate: { supportEpisodes: 100, queryEpisodes: 20 },
  explain: { allowUnreliable: true },
  // The oracle is there because the file marks rare goals.
  retrain: { extraSteps: 60_000 + 12_000 * iterations, metaBatchSize: 12, arms: ['xmrl', 'maml', 'maml-null', 'oracle'] }
})
const run = await runExperiment(experiment, { out, resume: true })

const [{ records }] = run.seeds
const { pools, sources } = records.tasks ?? {}
console.log(
  `training: ${pools?.training.values.length} goals of ${sources?.training.file}, ${pools?.training.rare?.filter((is) => is).length} of them rare`
)
const goal = (id: number) => `(${pools?.evaluation.values[id].join(', ')})`
console.log(`worst served of ${pools?.evaluation.values.length}: ${records.poor?.evaluation.map(goal).join(' ')}`)
for (const { arm, pool, group, metric, after } of run.table?.rows ?? []) {
  if (pool === 'both' && group === 'poor' && metric === 'success') console.log(`${arm}: poor tasks ${after.toFixed(2)} after`)
}
