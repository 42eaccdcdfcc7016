// SIGINT and SIGTERM, once or twice, at random moments of whole runs and sweeps, which then go on. One signal saves and ends with exit code
// 75; a second one ends at once with 130; whichever it was, what comes of going on has the bytes of an undisturbed run.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { generator, oneOf } from './random.mjs'
import { outcome, Running, specFile } from './runs.mjs'

export const about = 'SIGINT and SIGTERM, once or twice, at random moments of runs and sweeps, which go on'

export const options = { stops: { whole: 300, small: 3 }, 'each-run': { whole: 4, small: 1 } }

const [DONE, STOPPED, ENDED] = [0, 75, 130]
const SIGNALS = ['SIGINT', 'SIGTERM']
/** Of stops, how many are two signals, and milliseconds within which the second comes. */
const [TWICE, WITHIN] = [0.4, 250]
/** Milliseconds from the second signal to the end, on a machine that is busy with much else. */
const PATIENCE = 10_000
const UNITS = ['0.25/seed-0', '0.5/seed-0']

/** What is stopped: `command` of a directory, and what must come of it. */
function shapes(place) {
  const spec = specFile(place)
  const run = (seeds, ...args) => ({
    command: (out) => ['run', spec, '--seeds', seeds, ...args, '--out', out, '--json', '--resume'],
    result: outcome,
    status: (out) => JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).status
  })
  const file = join(place, 'sweep.yaml')
  writeFileSync(file, 'base: tiny.json\nmatrix: { retrain.mixedShare: [0.25, 0.5] }\nseeds: 0\narms: [xmrl, maml]\njobs: 2\nthreads: 1\n')
  return {
    run: run('0', '--threads', '2'),
    'two seeds': run('0,3', '--jobs', '2', '--threads', '1'),
    sweep: {
      command: (out) => ['sweep', existsSync(join(out, 'sweep.json')) ? 'resume' : 'submit', file, '--out', out, '--json'],
      result: (out) => JSON.stringify(UNITS.map((unit) => outcome(join(out, 'units', unit, 'run')))),
      status: () => 'stopped'
    }
  }
}

/** Stops runs until there were so many stops. */
export async function tried({ stops, 'each-run': eachRun, seed }, { say, fault }) {
  const random = generator(seed)
  return await inFolder(async (place) => {
    const wholes = []
    for (const [name, shape] of Object.entries(shapes(place))) {
      const out = join(place, `whole-${name}`)
      const from = performance.now()
      const whole = new Running(shape.command(out))
      if ((await whole.ended) !== DONE) throw new Error(`the undisturbed ${name} failed: ${whole.stderr}`)
      wholes.push({ name, ...shape, whole: shape.result(out), milliseconds: performance.now() - from, events: whole.events.length })
    }
    const counts = { once: 0, twice: 0, saved: 0, 'at once': 0, 'before or after': 0, runs: 0 }
    const of = Object.fromEntries(wholes.map(({ name }) => [name, 0]))
    let slowest = 0
    for (let stopped = 0; stopped < stops; ) {
      const shape = wholes[counts.runs % wholes.length]
      const out = join(place, `stopped-${counts.runs++}`)
      for (let i = 0; i < eachRun && stopped < stops; i++) {
        const end = await stoppedRun(shape, out, random, fault)
        if (end === undefined) break
        stopped++
        of[shape.name]++
        counts[end.twice ? 'twice' : 'once']++
        counts[end.how]++
        slowest = Math.max(slowest, end.milliseconds)
      }
      const last = new Running(shape.command(out))
      if ((await last.ended) !== DONE) fault(`${shape.name} ${counts.runs}: going on fails: ${last.stderr}`)
      else if (shape.result(out) !== shape.whole) fault(`${shape.name} ${counts.runs}: the outcome differs`)
      rmSync(out, { recursive: true, force: true })
      if (counts.runs % 9 === 0) say(`${stopped} stops in ${counts.runs} runs`)
    }
    return { counts, of, slowest: Math.round(slowest) }
  })
}

/** Starts or goes on, and stops it at a random moment; undefined where it was done before. */
async function stoppedRun(shape, out, random, fault) {
  const [first, second] = [oneOf(random, SIGNALS), oneOf(random, SIGNALS)]
  const [twice, gap] = [random() < TWICE, random() * WITHIN]
  const timers = []
  let [struck, told] = [false, 0]
  const strike = () => {
    struck = running.child.kill(first)
    if (!twice) return
    const again = () => {
      if (running.child.kill(second)) told = performance.now()
    }
    timers.push(setTimeout(again, gap))
  }
  // Half by events, since most of the time of a small run goes into its start; early, so that one run is stopped several times.
  const byClock = random() < 0.5
  const at = 1 + Math.floor((random() * shape.events) / 2)
  const running = new Running(shape.command(out), (_, { events }) => {
    if (!byClock && events.length === at) strike()
  })
  if (byClock) timers.push(setTimeout(strike, random() * shape.milliseconds))
  const code = await running.ended
  for (const timer of timers) clearTimeout(timer)
  if (!struck || code === DONE) return undefined
  const what = `${shape.name}, ${first}${told > 0 ? ` and ${second} after ${Math.round(gap)} ms` : ''}`
  const milliseconds = code === ENDED && told > 0 ? performance.now() - told : 0
  if (milliseconds > PATIENCE) fault(`${what}: ended only after ${Math.round(milliseconds)} ms`)
  if (code === STOPPED) {
    if (!/^ERR_ABORTED: .*stopped after saving; /m.test(running.stderr)) fault(`${what}: it said ${running.stderr}`)
    if (shape.status(out) !== 'stopped') fault(`${what}: its status is ${shape.status(out)}`)
    if (existsSync(join(out, '.lock'))) fault(`${what}: its lock is still there`)
    return { twice: told > 0, how: 'saved', milliseconds }
  }
  if (code === ENDED && told > 0) return { twice: true, how: 'at once', milliseconds }
  // Before it listens, and after it has done everything, a signal ends it as it ends any program.
  if (running.child.signalCode === first || running.child.signalCode === second)
    return { twice: told > 0, how: 'before or after', milliseconds }
  fault(`${what}: exit code ${code}: ${running.stderr}`)
  return { twice: told > 0, how: 'saved', milliseconds }
}
