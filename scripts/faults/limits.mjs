// How large a run may be: one thing after the other is doubled until something gives way or the time for it is over, and what gave way is
// shown with how it said so. Each size is tried in a process of its own, so that the process's peak of memory is its own too.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { loader, product } from './product.mjs'
import { TINY } from './runs.mjs'

export const about = 'the largest meta-batch, pools, policy, horizon, checkpoints and batches of worlds that were tried'

/** `seconds`: for one size; `mib`: most memory of a process. */
export const options = { seconds: { whole: 120, small: 5 }, mib: { whole: 6000, small: 600 } }

/** Least episodes and steps besides what is made large. */
const LEAST = { train: { phases: [{ iterations: 1, metaBatchSize: 2, supportEpisodes: 2, queryEpisodes: 2 }], monitorEvery: 1000 } }
const phase = (change) => ({ train: { ...LEAST.train, phases: [{ ...LEAST.train.phases[0], ...change }] } })

/** What is made large: where it begins, and an iteration of training (or a batch of worlds) of that size. */
const SIZES = {
  'tasks of a meta-batch': { from: 64, spec: (n) => phase({ metaBatchSize: n }) },
  'support episodes of a task': { from: 64, spec: (n) => phase({ supportEpisodes: n }) },
  'tasks of the training pool': { from: 1024, spec: (n) => ({ ...LEAST, tasks: { ...TINY.tasks, training: n } }) },
  'units of each of two hidden layers': { from: 64, spec: (n) => ({ ...LEAST, policy: { hidden: [n, n] } }) },
  'seeds of a specification': { from: 64, spec: (n) => ({ ...LEAST, seeds: Array.from({ length: n }, (_, i) => i) }) },
  'worlds of a batch': { from: 4096, worlds: true }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await once(process.argv[2], Number(process.argv[3]))

/** Doubles each until it gives way. */
export async function tried({ seconds, mib }, { say, fault }) {
  const largest = {}
  for (const [name, { from }] of Object.entries(SIZES)) {
    for (let n = from; ; n *= 2) {
      const end = await inProcess(name, n, seconds, mib)
      if (end.done) {
        largest[name] = { size: n, MiB: end.mib, seconds: end.seconds }
        continue
      }
      largest[name] = { ...largest[name], 'did not do': n, because: end.because }
      if (end.untyped) fault(`${name} ${n}: ${end.because}`)
      break
    }
    say(`${name}: ${JSON.stringify(largest[name])}`)
  }
  return { largest }
}

/** One size in a process; what it came to. */
function inProcess(name, n, seconds, mib) {
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      `ulimit -v ${(mib + 1500) * 1024}; exec "$@"`,
      'sh',
      process.execPath,
      ...loader,
      fileURLToPath(import.meta.url),
      name,
      String(n)
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe']
    }
  )
  const from = performance.now()
  let printed = ''
  let said = ''
  let late = false
  child.stdout.on('data', (data) => {
    printed += data
  })
  child.stderr.on('data', (data) => {
    said = `${said}${data}`.slice(-2000)
  })
  const timer = setTimeout(() => {
    late = true
    child.kill('SIGKILL')
  }, seconds * 1000)
  return new Promise((resolve) => {
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const took = Math.round((performance.now() - from) / 100) / 10
      if (late) return resolve({ done: false, because: `more than ${seconds} s` })
      const told = printed === '' ? {} : JSON.parse(printed)
      if (code === 0 && told.error === undefined) return resolve({ done: true, mib: told.mib, seconds: took })
      const because = told.error ?? `ended by ${signal ?? code}: ${said.trim().split('\n').at(-1)}`
      resolve({ done: false, because, untyped: told.error === undefined || !/^ERR_/.test(told.error) })
    })
  })
}

/** Makes an iteration, or a batch of worlds, of that size, and prints its peak of memory. */
async function once(name, n) {
  const { createWorlds, defineExperiment, sampleTasks } = await product('index')
  const { Learner } = await product('stages/index')
  const { spec: specOf, worlds } = SIZES[name]
  let error
  try {
    if (worlds) {
      const batch = createWorlds('drone-planar', { tasks: [[3, 4]], worldsPerTask: n, seed: 0 })
      batch.step(new Float64Array(2 * n))
      batch.dispose()
    } else {
      const { spec } = defineExperiment({ ...TINY, ...specOf(n) })
      const [{ metaBatchSize, supportEpisodes, queryEpisodes }] = spec.train.phases
      const pool = sampleTasks('drone-planar', 'training', 0, spec.tasks.training).values
      const tasks = Array.from({ length: metaBatchSize }, (_, i) => pool[i % pool.length])
      const learner = new Learner(spec, 0, { device: 'cpu', threads: 2 })
      await learner.metaStep({ stream: 0, iteration: 0, tasks, supportEpisodes, queryEpisodes, maxKl: 0.01, monitor: false })
      await learner.dispose()
    }
  } catch (caught) {
    error = `${caught.code ?? caught.name}: ${caught.message}`
  }
  process.stdout.write(JSON.stringify({ mib: Math.round(process.resourceUsage().maxRSS / 1024), error }))
}
