/**
 * Repairs a meta-policy and uses it: both policies, the one before and the one after, adapt to the goal that was served worst, and fly there.
 *
 *     npx tsx examples/repair-and-use.ts [meta-iterations] [run directory]
 */
import { createWorlds, defineExperiment, environments, loadPolicy, runExperiment } from 'xmrl'

const [iterations, out] = [Number(process.argv[2] ?? 100), process.argv[3] ?? 'runs/repair-and-use']

const experiment = defineExperiment({
  environment: 'drone-planar',
  tasks: { training: 24, evaluation: 24, heldOut: 24 },
  train: { phases: [{ iterations, metaBatchSize: 12, supportEpisodes: 40, queryEpisodes: 20, maxKl: 0.015 }] },
  evaluate: { supportEpisodes: 100, queryEpisodes: 20 },
  explain: { allowUnreliable: true },
  retrain: { arms: ['xmrl', 'maml'], extraSteps: 60_000 + 12_000 * iterations, metaBatchSize: 12 }
})
const run = await runExperiment(experiment, { out, resume: true })

const [{ records }] = run.seeds
const worst = records.poor?.evaluation[0]
const goal = worst === undefined ? undefined : records.tasks?.pools.evaluation.values[worst]
if (goal === undefined) throw new Error(`${out} has no poor tasks`)
console.log(`worst served goal: (${goal.map((value) => value.toFixed(1)).join(', ')})`)

const horizon = environments().find(({ preset }) => preset === 'drone-planar')?.horizon ?? 0
const worldsPerTask = 200
for (const arm of ['theta_0', 'maml', 'xmrl']) {
  const policy = await loadPolicy(out, { arm })
  const [adapted] = await policy.adapt('drone-planar', [goal], { episodes: 100 })
  const worlds = createWorlds('drone-planar', { tasks: [goal], worldsPerTask, seed: 1 })
  let { observations } = worlds
  let reached = 0
  for (let step = 0; step < horizon; step++) {
    const next = worlds.step(adapted.act(observations, { mean: true }))
    observations = next.observations
    reached = next.terminated.filter((flag) => flag === 1).length
  }
  worlds.dispose()
  console.log(`${arm}: reached in ${reached} of ${worldsPerTask} flights after adapting to it`)
}
