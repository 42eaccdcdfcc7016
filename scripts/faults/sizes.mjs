// What a run may have much of, and a small piece of work of each size: an iteration of training of the planar drone with everything else
// small, unless something else is said. `faults -- limits` doubles each until something gives way.
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { Running, specFile, TINY } from './runs.mjs'

/** Least episodes and steps besides what is made large. */
const LEAST = { train: { phases: [{ iterations: 1, metaBatchSize: 2, supportEpisodes: 2, queryEpisodes: 2 }], monitorEvery: 1000 } }
const phase = (change) => ({ train: { ...LEAST.train, phases: [{ ...LEAST.train.phases[0], ...change }] } })

/** Where each begins, and its work; what gave way is thrown. */
export const SIZES = {
  'tasks of a meta-batch': { from: 64, work: (n) => iteration(phase({ metaBatchSize: n })) },
  'support episodes of a task': { from: 64, work: (n) => iteration(phase({ supportEpisodes: n })) },
  'tasks of the training pool': { from: 1024, work: (n) => iteration({ ...LEAST, tasks: { ...TINY.tasks, training: n } }) },
  'units of each of two hidden layers': { from: 64, work: (n) => iteration({ ...LEAST, policy: { hidden: [n, n] } }) },
  "steps of an episode, in a world of one's own": { from: 1024, work: longEpisodes },
  'seeds of a specification': { from: 64, work: (n) => iteration({ ...LEAST, seeds: Array.from({ length: n }, (_, i) => i) }) },
  'seeds at once, whole small runs in a process each': { from: 2, work: seedsAtOnce },
  'lines of metrics in a run directory, written and read': { from: 4096, work: longRun },
  'worlds of a batch, one step': { from: 4096, work: manyWorlds }
}

/** One meta-iteration of a specification that is changed at its top level. */
async function iteration(change) {
  const { defineExperiment, sampleTasks } = await product('index')
  const { Learner } = await product('stages/index')
  const { spec } = defineExperiment({ ...TINY, ...change })
  const [{ metaBatchSize, supportEpisodes, queryEpisodes }] = spec.train.phases
  const pool = sampleTasks(change.environment ?? spec.environment, 'training', 0, spec.tasks.training).values
  const tasks = Array.from({ length: metaBatchSize }, (_, i) => pool[i % pool.length])
  const learner = new Learner(spec, 0, { device: 'cpu', threads: 2 })
  await learner.metaStep({ stream: 0, iteration: 0, tasks, supportEpisodes, queryEpisodes, maxKl: 0.01, monitor: false })
  await learner.dispose()
}

/** A point that is moved and paid for being far, for `steps` steps. */
async function longEpisodes(steps) {
  const { defineWorld } = await product('index')
  const environment = defineWorld({
    name: 'line',
    horizon: steps,
    observation: { size: 1 },
    action: { size: 1 },
    state: { size: 1 },
    task: { names: ['direction'] },
    defaultTask: [1],
    laws: { either: (_, count) => Array.from({ length: count }, (__, i) => [i % 2 === 0 ? 1 : -1]) },
    reset({ states }) {
      states.fill(0)
    },
    observe({ states, observations }) {
      observations.set(states)
    },
    step({ states, actions, tasks, rewards }) {
      for (let i = 0; i < states.length; i++) {
        states[i] += 0.01 * Math.tanh(actions[i])
        rewards[i] = tasks[i] * states[i]
      }
    }
  })
  const adapt = { rate: 'fixed', alpha: 1e-3 }
  await iteration({ ...LEAST, environment, adapt, augment: { ...TINY.augment, mix: 'linear', repair: 'reject' } })
}

async function seedsAtOnce(seeds) {
  await inFolder(async (place) => {
    const args = ['--seeds', `0..${seeds - 1}`, '--jobs', `${seeds}`, '--threads', '1', '--out', join(place, 'run'), '--json']
    const running = new Running(['run', specFile(place), ...args])
    if ((await running.ended) !== 0) throw new Error(running.stderr.trim())
  })
}

async function longRun(lines) {
  const { defineExperiment, loadRun } = await product('index')
  const { RunDirectory, WEIGHTS } = await product('run/index')
  await inFolder(async (place) => {
    const out = join(place, 'run')
    const experiment = defineExperiment({ checkpoint: { every: 1, keep: 2 } })
    const run = RunDirectory.open(out, experiment, { resume: false })
    const store = run.seed(0)
    for (let line = 1; line <= lines; line++) store.metrics.append({ stage: 'train', iteration: line, returnAfter: Math.sin(line) })
    store.saveCheckpoint('train', lines, { [WEIGHTS]: Buffer.from('weights') }, { envSteps: lines })
    run.close()
    await loadRun(out)
    const again = RunDirectory.open(out, experiment, { resume: true })
    if (again.seed(0).checkpoint('train')?.iteration !== lines) throw new Error('what was saved is not there')
    again.close()
  })
}

async function manyWorlds(count) {
  const { createWorlds } = await product('index')
  const batch = createWorlds('drone-planar', { tasks: [[3, 4]], worldsPerTask: count, seed: 0 })
  batch.step(new Float64Array(2 * count))
  batch.dispose()
}
