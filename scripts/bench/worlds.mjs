// `npm run bench:worlds`: what a world of one's own costs beside a native one: whole episodes with a policy, by one thread, kinds in turns.
//
// A crossing is a batch step of a world that does nothing, in eight rows; the policy's part of it is that of the same episodes on the native drone.
// Times are processor seconds of this process where the machine is shared, so that what others do on it counts little.
import { availableParallelism, cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

const { defineExperiment, defineWorld, Learner, openWorld } = await import(new URL('../../dist/index.js', import.meta.url).href)

const ROUNDS = 9
const [few, many] = [8, 1024]
const world = (/** @type {string} */ name) => openWorld(fileURLToPath(new URL(`../../__test__/own/worlds/${name}.mjs`, import.meta.url)))

/** A world that does nothing, for what crossing alone takes. */
const nothing = defineWorld({
  name: 'nothing',
  horizon: 100,
  observation: { size: 4 },
  action: { size: 2 },
  state: { size: 4 },
  task: { names: ['none'] },
  defaultTask: [0],
  laws: { none: (/** @type {unknown} */ _, /** @type {number} */ count) => Array.from({ length: count }, () => [0]) },
  reset() {},
  observe() {},
  step() {}
})

/**
 * A learner of a small policy in a world.
 * @param {unknown} environment
 */
const learner = (environment) =>
  new Learner(
    defineExperiment({
      environment,
      policy: { hidden: [32, 32] },
      learner: { rolloutDtype: 'float32' },
      adapt: { rate: 'fixed', alpha: 1e-3 },
      augment: { mix: 'linear', repair: 'reject' }
    }).spec,
    0,
    { device: 'cpu', threads: 1 }
  )

/**
 * Environment steps and batch steps a processor second of one evaluation.
 * @param {InstanceType<typeof Learner>} flies
 * @param {number[]} task
 * @param {number} rows episodes of a task
 * @param {number} tasks
 * @param {number} stream
 */
async function timed(flies, task, rows, tasks, stream) {
  const before = process.cpuUsage()
  const settings = { adaptations: 1, supportEpisodes: rows, queryEpisodes: rows }
  const { envSteps } = await flies.evaluate(Array(tasks).fill(task), stream, settings)
  const { user, system } = process.cpuUsage(before)
  return { envSteps, seconds: (user + system) / 1e6 }
}

const CASES = /** @type {const} */ ([
  ['native drone, 1,024 rows', 'drone-planar', [8, 3], many, 4],
  ['drone in JavaScript, 1,024 rows', await world('drone'), [8, 3], many, 4],
  ['point in JavaScript, 1,024 rows', await world('point'), [2, 2], many, 4],
  ['nothing, 8 rows', nothing, [0], few, 20],
  ['native drone, 8 rows', 'drone-planar', [8, 3], few, 60]
])

/** @type {Map<string, number[]>} */
const rates = new Map(CASES.map(([name]) => [name, []]))
/** @type {number[]} */
const crossings = []
const flying = CASES.map(([, environment]) => learner(environment))
for (let round = 0; round <= ROUNDS; round++) {
  for (const [at, [name, , task, rows, tasks]] of CASES.entries()) {
    const { envSteps, seconds } = await timed(flying[at], [...task], rows, tasks, 3 + round)
    // The first round warms up.
    if (round === 0) continue
    rates.get(name)?.push(envSteps / seconds)
    if (name.startsWith('nothing')) crossings.push((seconds * 1e6 * rows) / envSteps)
  }
}
await Promise.all(flying.map((each) => each.dispose()))

const median = (/** @type {number[]} */ values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
const of = (/** @type {string} */ name) => median(rates.get(name) ?? [])
console.log(`${cpus()[0].model}, ${availableParallelism()} cores, node ${process.versions.node}; medians of ${ROUNDS}, a processor second`)
for (const [name] of CASES) console.log(`${name.padEnd(32)} ${(of(name) / 1e6).toFixed(2).padStart(6)} M env steps/s`)
const policy = 8e6 / of('native drone, 8 rows')
console.log(`crossing, policy included         ${median(crossings).toFixed(1).padStart(6)} us a batch step of 8 rows`)
console.log(
  `crossing alone                    ${Math.max(0, median(crossings) - policy)
    .toFixed(1)
    .padStart(6)} us`
)
console.log(`drone in JavaScript : native      ${(of(CASES[1][0]) / of(CASES[0][0])).toFixed(2).padStart(6)}`)
