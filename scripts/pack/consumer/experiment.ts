// What a stranger writes first: worlds by hand, an experiment, its records. Run by prove.mjs where the packages are installed.
import { createWorlds, loadRun, runExperiment } from 'xmrl'

const worlds = createWorlds('drone-planar', { tasks: [[8, 3]], worldsPerTask: 2, seed: 0 })
const rewards: number[] = []
for (let step = 0; step < 5; step++) rewards.push(...worlds.step(new Float64Array(4).fill(0.1)).rewards)
worlds.dispose()

const settings = JSON.parse(process.argv[2])
const out = 'runs/first'
const events: string[] = []
for await (const event of runExperiment(settings, { out, device: 'cpu', threads: 1 })) events.push(event.type)

const { seeds } = await loadRun(out)
const { explanation } = seeds[0].records
process.stdout.write(`${JSON.stringify({ rewards: rewards.length, events: events.length, critical: explanation?.critical?.length })}\n`)
