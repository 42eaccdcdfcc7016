// A worker process of a run of two seeds is ended, starved of memory, or stopped: its seed is named, the other goes on, and going on makes
// the bytes of an undisturbed run.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { outcome, Running, TINY } from './runs.mjs'

const { XmrlError, defineExperiment } = await product('index')
const { RunDirectory } = await product('run/index')
const { runParallel } = await product('pipeline/parallel')

export const about = 'a worker gets SIGTERM, SIGKILL, no more memory, or hangs'

/** `beat`: milliseconds between two signs of life, of which thirty must be missing. */
export const options = { tries: { whole: 10, small: 1 }, beat: { whole: 1000, small: 700 } }

/** What is done to a worker, and how its end is told. */
const FAULTS = {
  SIGTERM: { strike: (pid) => process.kill(pid, 'SIGTERM'), said: /was told to end by SIGTERM, and saved/ },
  SIGKILL: { strike: (pid) => process.kill(pid, 'SIGKILL'), said: /was killed by SIGKILL/ },
  // No more than it has, before it has what its first roll-outs need: an allocation fails, in V8 or in Rust.
  memory: {
    at: ({ type }) => type === 'stage-started',
    strike: (pid) => void spawnSync('prlimit', ['--pid', String(pid), '--as=1000000']),
    said: /was killed by SIG|ended with exit code/
  },
  hang: { strike: (pid) => process.kill(pid, 'SIGSTOP'), said: /said nothing for 30 beats and was ended: it hung/ }
}
/** Times in a row that a worker may be struck too late. */
const LATE = 8
/** Iterations of training: enough that a worker is at work when it is struck. */
const LONG = { train: { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 30 }] } }

/** Strikes a worker in every way, so often. */
export async function tried({ tries, beat }, { say, fault }) {
  const experiment = defineExperiment({ ...TINY, ...LONG, seeds: [0, 3] })
  const able = spawnSync('prlimit', ['--version']).status === 0
  return await inFolder(async (place) => {
    const whole = join(place, 'whole')
    const { failures } = await work(experiment, whole, beat)
    if (failures.length > 0) throw failures[0].error
    const counts = {}
    for (const [name, { strike, said, at }] of Object.entries(FAULTS)) {
      if (name === 'memory' && !able) {
        say('memory: skipped (no prlimit)')
        continue
      }
      counts[name] = 0
      for (let i = 0, late = 0; i < tries; i++) {
        const out = join(place, `${name}-${i}-${late}`)
        const seed = [0, 3][i % 2]
        const { failures: found, struck } = await work(experiment, out, beat, {
          seed,
          strike,
          at: at ?? (({ type, iteration }) => type === 'iteration' && iteration >= 2 + 3 * i)
        })
        const where = `${name}, try ${i}`
        if (!struck) fault(`${where}: never came`)
        // On a busy machine it may have what it needs, or be done, before it is struck: that is no try.
        if (struck && found.length === 0 && outcome(out) === outcome(whole) && late < LATE) {
          late++
          i--
          continue
        }
        late = 0
        counts[name]++
        if (found.length !== 1 || found[0].seed !== seed)
          fault(`${where}: failed: ${found.map((each) => `${each.seed}: ${each.error.message}`)}`)
        for (const { error } of found)
          if (!XmrlError.is(error, 'ERR_WORKER') || !said.test(error.message)) fault(`${where}: ${error.code}: ${error.message}`)
        const again = await work(experiment, out, beat)
        if (again.failures.length > 0) fault(`${where}: going on fails: ${again.failures[0].error.message}`)
        else if (outcome(out) !== outcome(whole)) fault(`${where}: the outcome differs`)
      }
      say(`${name}: ${counts[name]}`)
    }
    return { counts }
  })
}

/** Trains and measures two seeds in workers; strikes that of `seed` at one of its events. */
async function work(experiment, out, beat, { seed, at, strike } = {}) {
  const open = RunDirectory.open(out, experiment, { resume: true })
  try {
    const events = runParallel(open, open.experiment.spec, { jobs: 2, threads: 1, device: 'cpu', part: { until: 'evaluate' }, beat })
    let struck = false
    for (;;) {
      const { done, value } = await events.next()
      if (done) return { failures: value, struck }
      if (struck || seed === undefined || value.seed !== seed || !at(value)) continue
      struck = true
      strike(Running.owner(out, seed))
    }
  } finally {
    open.close()
  }
}
