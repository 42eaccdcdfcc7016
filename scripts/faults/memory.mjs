// What stays behind: of meta-iterations, of handles that are made and disposed of, of threads that load the addon and leave, of second
// contexts. The process's resident set is what tells, since allocations of Rust are invisible to the garbage collector.
import { createContext, runInContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { inFolder } from './places.mjs'
import { built, placeOf, product } from './product.mjs'
import { TINY } from './runs.mjs'

const { createWorlds, defineExperiment, sampleTasks } = await product('index')
const { Learner } = await product('stages/index')

export const about = 'memory after many steps, handles, threads and contexts'

export const options = {
  steps: { whole: 10_000, small: 300 },
  handles: { whole: 1000, small: 100 },
  threads: { whole: 100, small: 4 },
  contexts: { whole: 200, small: 10 }
}

/** MiB by which the process may grow after a fifth of the work. */
const MOST = 32

/** Does each so often; a fifth of it warms the process up. */
export async function tried(counts, { say, fault }) {
  return await inFolder(async () => {
    const works = { steps: await steps(), handles: handles(), threads: threads(), contexts: contexts() }
    const grown = {}
    for (const [name, work] of Object.entries(works)) {
      const warm = Math.max(2, Math.floor(counts[name] / 5))
      for (let i = 0; i < warm; i++) await work(i)
      const before = resident()
      for (let i = warm; i < counts[name]; i++) await work(i)
      grown[name] = Math.round((resident() - before) * 10) / 10
      say(`${counts[name]} ${name}: ${grown[name]} MiB more`)
      if (grown[name] > MOST) fault(`${counts[name]} ${name}: the process grew by ${grown[name]} MiB`)
    }
    return { grown }
  })
}

function resident() {
  globalThis.gc?.()
  return process.memoryUsage.rss() / 2 ** 20
}

const { spec } = defineExperiment({ ...TINY, trpo: { cgIterations: 2, curvatureSupportRows: 20, curvatureQueryRows: 20 } })
const tasks = sampleTasks('drone-planar', 'training', 0, 4).values
const step = (learner, iteration) =>
  learner.metaStep({ stream: 0, iteration, tasks, supportEpisodes: 4, queryEpisodes: 4, maxKl: 0.01, monitor: false })

/** Meta-iterations of one learner. */
async function steps() {
  const learner = new Learner(spec, 0, { device: 'cpu', threads: 2 })
  return (i) => step(learner, i)
}

/** A learner that works once, and a batch of worlds that steps once. */
function handles() {
  return async (i) => {
    const learner = new Learner(spec, i, { device: 'cpu', threads: 2 })
    await step(learner, 0)
    await learner.dispose()
    const worlds = createWorlds('drone-planar', { tasks: [[3, 4]], worldsPerTask: 100, seed: i })
    worlds.step(new Float64Array(2 * worlds.count))
    worlds.dispose()
  }
}

/** A thread that loads the package, works and leaves. (tsx registers itself in the main thread alone.) */
function threads() {
  const text = `
    import { parentPort } from 'node:worker_threads'
    ${built ? '' : `(await import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})).register()`}
    const { createWorlds } = await import(${JSON.stringify(new URL(`file://${placeOf('index')}`).href)})
    const worlds = createWorlds('drone-planar', { tasks: [[3, 4]], worldsPerTask: 10, seed: 0 })
    worlds.step(new Float64Array(2 * worlds.count))
    worlds.dispose()
    parentPort.postMessage('done')`
  return () =>
    new Promise((resolve, reject) => {
      const url = new URL(`data:text/javascript,${encodeURIComponent(text)}`)
      let said
      const thread = new Worker(url)
      thread.on('message', (message) => {
        said = message
      })
      thread.on('error', reject)
      thread.on('exit', () => (said === 'done' ? resolve() : reject(new Error('a thread left without a word'))))
    })
}

/** A second context (as Jest makes one a file) that uses the package's functions on its own arrays. */
function contexts() {
  return () => {
    const context = createContext({ createWorlds })
    const ends = runInContext(
      `const worlds = createWorlds('drone-planar', { tasks: [[3, 4]], worldsPerTask: 100, seed: 0 })
      const { terminated } = worlds.step(new Float64Array(2 * worlds.count))
      worlds.dispose()
      terminated.length`,
      context
    )
    if (ends !== 100) throw new Error(`${ends} rows in a second context`)
  }
}
