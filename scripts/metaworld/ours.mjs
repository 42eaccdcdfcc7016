// What `npm run bench:metaworld` measures of this package, each in a process of its own. Prints one JSON line.
//   node scripts/metaworld/ours.mjs speed <file> <threads>   steps of the tasks and actions that speed.py has recorded
//   node scripts/metaworld/ours.mjs memory <threads>         what a world of each of ML45's environments adds to the process
import { readFileSync } from 'node:fs'
import { createWorlds, sampleTasks } from '../../dist/index.js'

const KINDS = 10
const STEPS = 500
/** Worlds of a task: blocks enough for two threads to share. */
const WIDTH = 8
/** Steps of a native call. */
const CALL = 100

function speed(file, threads) {
  const numbers = new Float64Array(new Uint8Array(readFileSync(file)).buffer)
  const recorded = numbers.subarray(7 * KINDS)
  const tasks = sampleTasks('metaworld/ml10', 'training', 0, KINDS).values
  if (!tasks.flat().every((x, k) => Object.is(x, numbers[k]))) throw new Error('the recorded tasks are not those that are drawn here')
  const worlds = createWorlds('metaworld/ml10', { tasks, worldsPerTask: WIDTH, threads })
  const count = KINDS * WIDTH
  let cpu = 0
  let seconds = 0
  for (let from = 0; from < STEPS; from += CALL) {
    const actions = new Float64Array(CALL * count * 4)
    for (let step = 0; step < CALL; step++) {
      for (let world = 0; world < count; world++) {
        const at = ((from + step) * KINDS + Math.floor(world / WIDTH)) * 4
        actions.set(recorded.subarray(at, at + 4), (step * count + world) * 4)
      }
    }
    const before = [process.cpuUsage(), performance.now()]
    worlds.rollout(actions)
    const used = process.cpuUsage(before[0])
    cpu += (used.user + used.system) / 1e6
    seconds += (performance.now() - before[1]) / 1e3
  }
  return { steps: STEPS * count, cpu, seconds }
}

function memory(threads) {
  const resident = () => process.memoryUsage.rss() / 1e6
  // What a process with worlds has anyway.
  const small = createWorlds('drone-planar', { tasks: sampleTasks('drone-planar', 'training', 0, 8).values, worldsPerTask: 8, threads })
  small.rollout(new Float64Array(10 * small.count * small.actionSize))
  const before = resident()
  // A task of each of the 45 training environments and the five others.
  const pools = [sampleTasks('metaworld/ml45', 'training', 0, 45), sampleTasks('metaworld/ml45', 'heldOut', 0, 5)]
  const tasks = pools.flatMap(({ values }) => values)
  const worlds = createWorlds('metaworld/ml45', { tasks, worldsPerTask: 8, threads })
  worlds.rollout(new Float64Array(20 * worlds.count * worlds.actionSize))
  return { worlds: worlds.count, megabytes: resident() - before }
}

const [what, ...rest] = process.argv.slice(2)
console.log(JSON.stringify(what === 'speed' ? speed(rest[0], Number(rest[1])) : memory(Number(rest[0]))))
