/** Child of worlds.test.ts: flies worlds, and runs an experiment of its arguments, by the public API; says which libraries are mapped. */
import { readFileSync } from 'node:fs'
import { createWorlds, environments, readSpecFile, runExperiment } from '../../ts/index.js'

const worlds = createWorlds('drone-planar', { tasks: [[8, 3]], worldsPerTask: 2, threads: 2 })
let steps = 0
for (let step = 0; step < 25; step++) {
  worlds.step(new Float64Array(4).fill(0.1))
  steps++
}
worlds.dispose()
let events = 0
const [spec, out] = process.argv.slice(2)
for await (const _ of runExperiment(readSpecFile(spec).written, { out, device: 'cpu', threads: 1 })) events++
const mapped = [...new Set(readFileSync('/proc/self/maps', 'utf8').match(/\/\S+\.(so[.\d]*|node)$/gm) ?? [])]
process.stdout.write(JSON.stringify({ steps, events, presets: environments().length, mapped }))
