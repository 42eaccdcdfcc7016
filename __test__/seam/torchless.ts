/** Child of worlds.test.ts: flies worlds of the public API and says which libraries the process has mapped. */
import { readFileSync } from 'node:fs'
import { createWorlds, environments } from '../../ts/index.js'

const worlds = createWorlds('drone-planar', { tasks: [[8, 3]], worldsPerTask: 2, threads: 2 })
let steps = 0
for (let step = 0; step < 25; step++) {
  worlds.step(new Float64Array(4).fill(0.1))
  steps++
}
worlds.dispose()
const mapped = [...new Set(readFileSync('/proc/self/maps', 'utf8').match(/\/\S+\.(so[.\d]*|node)$/gm) ?? [])]
process.stdout.write(JSON.stringify({ steps, presets: environments().length, mapped }))
