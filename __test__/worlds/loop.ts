/** Process of into.test.ts: steps worlds in a loop without a turn of the event loop, and says by how many MiB its memory grew. */
import { createWorlds } from '../../ts/index.js'

const worlds = createWorlds('drone-planar', { tasks: [[8, 3]], worldsPerTask: 2000, autoReset: 'next-step' })
const actions = new Float64Array(2000 * worlds.actionSize)
const loop = (times: number) => {
  for (let i = 0; i < times; i++) {
    worlds.step(actions)
    worlds.observations
  }
}
loop(500)
const before = process.memoryUsage.rss()
loop(8000)
console.log((process.memoryUsage.rss() - before) / 2 ** 20)
