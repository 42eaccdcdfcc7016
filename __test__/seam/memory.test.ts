import test from 'ava'
import { defineExperiment } from '../../ts/spec/index.js'
import { Learner } from '../../ts/stages/index.js'
import { sampleTasks } from '../../ts/worlds/index.js'

// Rust's and libtorch's allocations are invisible to the garbage collector: only the process's resident set tells.
test.serial('a thousand meta-iterations do not grow the process', async (t) => {
  // Small work per iteration: what could leak does so per iteration, not per row.
  const { spec } = defineExperiment({
    environment: 'drone-planar',
    policy: { hidden: [8] },
    trpo: { cgIterations: 2, curvatureSupportRows: 20, curvatureQueryRows: 20 }
  })
  const learner = new Learner(spec, 0, { device: 'cpu', threads: 2 })
  const tasks = sampleTasks('drone-planar', 'training', 0, 6).values
  const step = (iteration: number) =>
    learner.metaStep({ stream: 0, iteration, tasks, supportEpisodes: 8, queryEpisodes: 6, maxKl: 0.01, monitor: iteration % 50 === 49 })
  for (let iteration = 0; iteration < 200; iteration++) await step(iteration)
  const before = process.memoryUsage.rss()
  for (let iteration = 200; iteration < 1200; iteration++) await step(iteration)
  const grown = (process.memoryUsage.rss() - before) / 2 ** 20
  await learner.dispose()
  t.true(grown < 32, `the resident set grew by ${grown.toFixed(1)} MiB`)
})
