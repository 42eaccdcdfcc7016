// A small run whose metrics are exported: one of every stage that writes lines of metrics.jsonl.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { defineExperiment, exportOnnx, exportPolicy, loadRun, runExperiment, tensorboardFiles } from '../../dist/index.js'

/** Two seeds, an arm that explains for itself, a learned mixing law, a monitor: as little of each as there can be. */
const SMALL = {
  environment: 'drone-planar',
  seeds: [0, 3],
  tasks: { training: 8, evaluation: 6, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: 12, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 4 },
  evaluate: { adaptations: 1, supportEpisodes: 10, queryEpisodes: 4, upToSteps: 2 },
  explain: { solver: 'alternating', episodes: 10, allowUnreliable: true },
  augment: { family: 'kumaraswamy', steps: 4, sets: 2, episodes: 2, supportEpisodes: 8 },
  retrain: { arms: ['xmrl', 'maml', 'maml-null'], extraSteps: 260_000, metaBatchSize: 8, supportEpisodes: 8, queryEpisodes: 4 }
}

/** Runs it in `folder`/run and writes its events by both kinds of steps, and its first policy; says what it made. */
export async function exportRunFiles(folder) {
  const out = join(folder, 'run')
  let lines = 0
  for await (const event of runExperiment(defineExperiment(SMALL), { out })) if (event.type === 'stage-finished') lines++
  const run = await loadRun(out)
  for (const step of ['envSteps', 'iteration'])
    for (const [path, bytes] of Object.entries(tensorboardFiles(run, { step }))) {
      const file = join(folder, 'events', step, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, bytes)
    }
  const [seed] = run.seeds
  const weights = seed.weights('retrain-xmrl')
  const { file, layout } = exportPolicy(weights, run.experiment.spec)
  writeFileSync(join(seed.path, 'xmrl.safetensors'), file)
  writeFileSync(join(seed.path, 'xmrl.layout.json'), JSON.stringify(layout))
  writeFileSync(join(seed.path, 'xmrl.onnx'), exportOnnx(weights, run.experiment.spec))
  return `${lines} stages of ${run.seeds.length} seeds`
}
