/** The planar drone in JavaScript against the native one: another program for every number of a rollout on a world of one's own. */
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { createWorlds, defineExperiment, Learner, openWorld, sampleTasks, type WrittenSpec } from '../../ts/index.js'

const own = await openWorld(fileURLToPath(new URL('./worlds/drone.mjs', import.meta.url)))
const goals = sampleTasks('drone-planar', 'training', 0, 6).values
const worst = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i])))

test('steps from the same starts under the same actions are the native ones', (t) => {
  const options = { tasks: goals, worldsPerTask: 40, seed: 5 }
  using native = createWorlds('drone-planar', options)
  using written = createWorlds(own, options)
  const start = written.state()
  t.deepEqual(start, native.state(), 'starts of one stream, bit for bit')
  for (let step = 0; step < 30; step++) {
    const actions = Float64Array.from({ length: 480 }, (_, i) => 1.4 * Math.sin(0.7 * i + step * (1 + (i % 5))))
    const [a, b] = [native.step(actions), written.step(actions)]
    t.true(worst(a.observations, b.observations) < 1e-12, `observations, step ${step}`)
    t.true(worst(a.rewards, b.rewards) < 1e-12, `rewards, step ${step}`)
    t.deepEqual(b.terminated, a.terminated)
    t.deepEqual(b.truncated, a.truncated)
  }
  t.notDeepEqual(written.state(), start, 'they moved')
})

const spec = (environment: WrittenSpec['environment']) =>
  defineExperiment({
    environment,
    learner: { rolloutDtype: 'float64', dtype: 'float64' },
    policy: { hidden: [16], logStdInit: -0.3, logStdMin: -2.3 },
    adapt: { rate: 'fixed', alpha: 0.1 },
    augment: { mix: 'linear', repair: 'reject' }
  }).spec

const learner = (environment: WrittenSpec['environment'], threads: number) => new Learner(spec(environment), 1, { device: 'cpu', threads })

test('returns after adaptation are the native ones to rounding, with any number of threads', async (t) => {
  const over = { adaptations: 1, supportEpisodes: 12, queryEpisodes: 8 }
  const scores = []
  for (const [environment, threads] of [
    ['drone-planar', 1],
    [own, 1],
    [own, 3]
  ] as const) {
    const flies = learner(environment, threads)
    scores.push(await flies.evaluate(goals, 3, over))
    await flies.dispose()
  }
  const [native, one, three] = scores
  t.true(worst(native.returns, one.returns) < 1e-9, `${worst(native.returns, one.returns)}`)
  t.deepEqual(one.success, native.success)
  t.is(one.envSteps, native.envSteps)
  t.deepEqual(three, one, 'three threads, the same bits')
})

test('a meta-step with mixed episodes moves the weights as the native one does', async (t) => {
  const step = {
    stream: 1,
    iteration: 0,
    tasks: goals,
    mixedEpisodes: goals.map(() => 4),
    supportEpisodes: 10,
    queryEpisodes: 8,
    maxKl: 0.01,
    monitor: false
  }
  const stats = []
  for (const environment of ['drone-planar', own] as const) {
    const flies = learner(environment, 2)
    stats.push(await flies.metaStep(step))
    await flies.dispose()
  }
  const [native, written] = stats
  t.is(written.envSteps, native.envSteps)
  t.true(worst(native.taskReturns, written.taskReturns) < 1e-9)
})
