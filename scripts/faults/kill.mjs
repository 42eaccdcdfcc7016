// kill -9 at random moments of whole runs, of one seed in one process and of two seeds in processes of their own, where the parent or a
// worker is killed; then the run goes on, is killed again, and is compared with one that nobody disturbed.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { generator, index } from './random.mjs'
import { outcome, Running, specFile } from './runs.mjs'

export const about = 'kill -9 at random moments, then the run goes on'

export const options = { kills: { whole: 200, small: 2 }, 'each-run': { whole: 5, small: 1 } }

/** Seeds, and options of the command. */
const SHAPES = [
  { seeds: [0], args: ['--threads', '2'] },
  { seeds: [0, 3], args: ['--jobs', '2', '--threads', '1'] }
]

/** Kills runs until there were so many kills. */
export async function tried({ kills, 'each-run': eachRun, seed }, { say, fault }) {
  const random = generator(seed)
  return await inFolder(async (place) => {
    const spec = specFile(place)
    const shapes = []
    for (const shape of SHAPES) {
      const out = join(place, `whole-${shape.seeds.length}`)
      const from = performance.now()
      const run = new Running(command(spec, shape, out))
      if ((await run.ended) !== 0) throw new Error(`the undisturbed run failed: ${run.stderr}`)
      shapes.push({ ...shape, whole: outcome(out), milliseconds: performance.now() - from, events: run.events.length })
    }
    const counts = { parent: 0, worker: 0, runs: 0 }
    const stages = {}
    for (let killed = 0; killed < kills; ) {
      const shape = shapes[counts.runs % shapes.length]
      const out = join(place, `run-${counts.runs++}`)
      for (let i = 0; i < eachRun; i++) {
        const end = await killedRun(spec, shape, out, random, fault)
        if (end === undefined) break
        killed++
        counts[end.whom]++
        stages[end.stage] = (stages[end.stage] ?? 0) + 1
      }
      const last = new Running(command(spec, shape, out))
      if ((await last.ended) !== 0) fault(`run ${counts.runs}: going on fails: ${last.stderr}`)
      else if (outcome(out) !== shape.whole) fault(`run ${counts.runs}: the outcome differs`)
      rmSync(out, { recursive: true, force: true })
      if (counts.runs % 10 === 0) say(`${killed} kills in ${counts.runs} runs`)
    }
    return { counts, stages }
  })
}

const command = (spec, { seeds, args }, out) => ['run', spec, '--seeds', seeds.join(','), ...args, '--out', out, '--json', '--resume']

/** Of kills, how many come by the clock; the others come a moment after a random event, since most of a small run's time is its start. */
const BY_CLOCK = 0.25
/** Milliseconds after an event. */
const AFTER = 25

/** Starts or goes on with a run and kills it at a random moment; undefined where it was quicker. */
async function killedRun(spec, shape, out, random, fault) {
  const victim = shape.seeds.length > 1 && random() < 0.5 ? shape.seeds[index(random, shape.seeds.length)] : undefined
  let whom
  const strike = () => {
    const worker = victim === undefined ? undefined : Running.owner(out, victim)
    whom = worker === undefined ? 'parent' : 'worker'
    try {
      process.kill(worker ?? run.child.pid, 'SIGKILL')
    } catch {
      whom = undefined
    }
  }
  let timer
  const byClock = random() < BY_CLOCK
  // Early enough that a run is killed several times.
  const at = 1 + index(random, Math.ceil(shape.events / 3))
  const run = new Running(command(spec, shape, out), (_, { events }) => {
    if (!byClock && events.length === at) timer = setTimeout(strike, AFTER * random())
  })
  if (byClock) timer = setTimeout(strike, random() * shape.milliseconds)
  const code = await run.ended
  clearTimeout(timer)
  if (whom === undefined) return undefined
  if (whom === 'worker' && code === 1) {
    if (!new RegExp(`^ERR_WORKER: 1 of 2 seeds failed: seed ${victim}: .*SIGKILL`).test(run.stderr)) fault(`a killed worker: ${run.stderr}`)
  } else if (code !== null && code !== 0) fault(`exit code ${code} of a killed ${whom}: ${run.stderr}`)
  // It had ended when the signal came.
  if (code === 0) return undefined
  const last = run.events.findLast(({ type }) => type === 'stage-started')
  return { whom, stage: last === undefined ? 'opening' : [last.stage, ...(last.arm ? [last.arm] : [])].join(' ') }
}
