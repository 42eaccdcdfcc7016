// `npm run gate:cuda`: roll-outs and the learner on a CUDA device against this processor, and how fast they are there. Needs
// the build (dist, both addons), an NVIDIA driver and libtorch 2.11.0 with CUDA (a Python torch will do). At most 8 minutes, of which roll-outs have 2.
// Every meta-step begins at the same weights on both, so that a difference is of one step. Meta-gradients are held to a bound in each step,
// the direction of the step to one in the median: conjugate gradients enlarge rounding, now and then to something that can be seen.
//   --device cpu     rehearses the learner with libtorch on the CPU; nothing is timed and nothing stored
//   --device emulated   rehearses roll-outs over the test double of the driver, which interprets the kernels; no card, no libtorch, no figure
//   --steps <n>      meta-steps of an agreement (20)
//   --out <folder>   where the figures are stored, by the device's name (docs)
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { commandLine, main, root, StepFailed, step } from '../setup/terminal.mjs'
import { emulate, FAMILIES, sameBits, speed, WORLDS } from './rollouts.mjs'

const { values: options } = commandLine({
  device: { type: 'string', default: 'cuda' },
  steps: { type: 'string', default: '20' },
  out: { type: 'string', default: join(root, 'docs') }
})

/**
 * What is compared, and what is allowed: relative difference of the meta-gradient's length (the largest of all steps), distance of the
 * steps' directions (the median). In single precision a body's flights part within an episode, so that only the drone is compared.
 * `regularised`: the step of the arm `mr`, which moves a Gaussian over the meta vector.
 * @type {{ preset: string, dtype: 'float64' | 'float32', gradient: number, direction: number, regularised?: boolean }[]}
 */
const AGREEMENTS = [
  { preset: 'drone-planar', dtype: 'float64', gradient: 1e-10, direction: 1e-10 },
  { preset: 'drone-planar', dtype: 'float64', gradient: 1e-10, direction: 1e-10, regularised: true },
  { preset: 'cheetah-vel/maml', dtype: 'float64', gradient: 1e-10, direction: 1e-10 },
  { preset: 'drone-planar', dtype: 'float32', gradient: 1e-4, direction: 1e-3 }
]
/** Meta-batches whose iterations are timed: tasks, episodes. */
const SIZES = [
  [40, 20],
  [40, 400]
]

/**
 * Copies to the device in a meta-step, on which all tasks are one chunk: anchor and two phases of rows; meta vector and weights; which rows
 * the curvature is measured on, of both. (A chunk of tasks on the CPU copies its own.) A Gaussian has one more: its noise, prior and spread.
 */
const uploadsOf = (/** @type {boolean} */ regularised) => 7 + Number(regularised)
const kib = (/** @type {number} */ bytes) => (bytes / 1024).toFixed(1)

const xmrl = await import('../../dist/index.js')
const { decodeTensors } = await import('../../dist/policies/index.js')
const { benchIteration } = await import('../../dist/bench/index.js')

/** @param {Uint8Array} bytes @returns {Float64Array} every number of a checkpoint, tensor after tensor */
function numbers(bytes) {
  const tensors = Object.values(decodeTensors(bytes, 'checkpoint'))
  return Float64Array.from(tensors.flatMap((tensor) => Array.from(tensor.values)))
}
/** @param {Float64Array} from @param {Float64Array} to the way from one to the other, of length 1 */
function direction(from, to) {
  const way = to.map((x, k) => x - from[k])
  const length = Math.hypot(...way)
  return way.map((x) => x / length)
}
/** @param {Float64Array} a @param {Float64Array} b */
const distance = (a, b) => Math.hypot(...a.map((x, k) => x - b[k]))

/**
 * How far meta-steps on the device lie from those here.
 * @param {string} preset @param {'float64' | 'float32'} dtype @param {'cpu' | 'cuda'} device @param {boolean} regularised
 */
async function compare(preset, dtype, device, regularised) {
  const written = (/** @type {'fused' | 'libtorch'} */ calculus) =>
    xmrl.defineExperiment({ environment: preset, policy: { hidden: [32, 32] }, learner: { dtype, calculus } }).spec
  const here = new xmrl.Learner(written('fused'), 3, { device: 'cpu' })
  const there = new xmrl.Learner(written('libtorch'), 3, { device })
  const { mr } = xmrl.defineExperiment({ environment: preset }).spec.retrain
  try {
    const tasks = xmrl.sampleTasks(preset, 'training', 3, 6).values
    const [gradients, directions, transfers] = [[], [], []]
    for (let iteration = 0; iteration < Number(options.steps); iteration++) {
      const before = here.checkpoint()
      there.restore(before)
      const flown = {
        stream: 0,
        iteration,
        tasks,
        supportEpisodes: 10,
        queryEpisodes: 10,
        maxKl: 0.01,
        monitor: false,
        ...(regularised && { regularise: mr })
      }
      const [ours, theirs] = [await here.metaStep(flown), await there.metaStep(flown)]
      transfers.push(theirs.transfers)
      gradients.push(Math.abs(theirs.gradientNorm / ours.gradientNorm - 1))
      const [from, to, tto] = [before, here.checkpoint(), there.checkpoint()].map(numbers)
      directions.push(distance(direction(from, to), direction(from, tto)))
    }
    const most = (/** @type {'uploads' | 'uploaded' | 'downloads' | 'downloaded'} */ what) =>
      Math.max(...transfers.map((step) => step[what]))
    return {
      gradient: Math.max(...gradients),
      direction: directions.sort((a, b) => a - b)[directions.length >> 1],
      // The most of any step: copies to the device with their bytes, and back.
      transfers: { uploads: most('uploads'), uploaded: most('uploaded'), downloads: most('downloads'), downloaded: most('downloaded') }
    }
  } finally {
    await here.dispose()
    await there.dispose()
  }
}

/**
 * Every kernel's roll-outs against this processor's.
 * @param {readonly string[]} presets @param {{ tasks: number, episodes: number, steps: number }} size
 */
async function rollouts(presets, size) {
  const flown = []
  for (const preset of presets) {
    for (const dtype of /** @type {const} */ (['float64', 'float32'])) {
      await step(`${preset}, roll-outs in ${dtype}`, async () => {
        const found = await sameBits(xmrl, preset, dtype, size)
        if (found === undefined) return 'no kernels: flown by the processor'
        flown.push({ preset, dtype, envSteps: found.envSteps })
        return `the processor's bits over ${found.envSteps} steps, flown by ${found.by}`
      })
    }
  }
  if (flown.length === 0) throw new StepFailed('no kernel flew')
  return flown
}

/** What card and driver there are, as nvidia-smi says. */
function card() {
  const asked = spawnSync('nvidia-smi', ['--query-gpu=name,driver_version', '--format=csv,noheader'], { encoding: 'utf8' })
  const [name, driver] = (asked.stdout ?? '').trim().split('\n')[0].split(', ')
  if (asked.status !== 0 || !driver) throw new StepFailed('nvidia-smi names no card; --device cpu rehearses without one')
  return { name, driver }
}

await main(async () => {
  const device = options.device
  if (device === 'emulated') {
    emulate()
    await rollouts(FAMILIES.slice(0, 1), { tasks: 2, episodes: 2, steps: 1 })
    process.stdout.write('gate:cuda rehearsed over the emulated driver: nothing was timed\n')
    return
  }
  if (device !== 'cpu' && device !== 'cuda') throw new StepFailed(`--device is cpu, cuda or emulated, not ${device}`)
  const found = device === 'cuda' ? card() : undefined
  const flown = found === undefined ? [] : await rollouts(FAMILIES, { tasks: 40, episodes: 20, steps: 2 })
  const agreements = []
  for (const { preset, dtype, regularised = false, ...bounds } of AGREEMENTS) {
    const [what, uploads] = [regularised ? 'meta-steps of a Gaussian' : 'meta-steps', uploadsOf(regularised)]
    await step(`${preset}, ${dtype}: ${options.steps} ${what}`, async () => {
      const { transfers, ...apart } = await compare(preset, dtype, device, regularised)
      agreements.push({ preset, dtype, regularised, apart, bounds, transfers })
      for (const what of /** @type {const} */ (['gradient', 'direction'])) {
        if (!(apart[what] <= bounds[what]))
          throw new StepFailed(
            `${preset}, ${dtype}: the ${what} is ${apart[what].toExponential(1)} off, at most ${bounds[what]} is allowed`
          )
      }
      if (device === 'cuda' && transfers.uploads > uploads)
        throw new StepFailed(`${preset}, ${dtype}: ${transfers.uploads} copies to the device in a step, at most ${uploads} are allowed`)
      const { uploaded, downloads, downloaded } = transfers
      return (
        `gradient within ${apart.gradient.toExponential(1)}, direction within ${apart.direction.toExponential(1)}; ` +
        `${transfers.uploads} copies there (${kib(uploaded)} KiB) and ${downloads} back (${kib(downloaded)} KiB) a step`
      )
    })
  }
  if (found === undefined) {
    process.stdout.write('gate:cuda rehearsed on the CPU: nothing was timed\n')
    return
  }
  const speeds = []
  for (const preset of new Set(flown.map((each) => each.preset)))
    for (const worlds of WORLDS)
      await step(`${preset}, ${worlds} worlds`, async () => {
        const stepsPerSecond = await speed(xmrl, preset, worlds)
        speeds.push({ preset, worlds, stepsPerSecond })
        return `${(stepsPerSecond / 1e6).toFixed(2)} M env steps/s`
      })
  const timed = []
  for (const [tasks, episodes] of SIZES) {
    for (const where of /** @type {const} */ (['cpu', 'cuda'])) {
      await step(`cheetah-vel/maml, ${tasks} tasks, ${episodes} episodes, ${where}`, async () => {
        const figures = await benchIteration({
          preset: 'cheetah-vel/maml',
          tasks,
          episodes,
          dtype: 'float32',
          device: where,
          iterations: 3
        })
        timed.push(figures)
        return `${figures.seconds.median.toFixed(2)} s an iteration`
      })
    }
  }
  const folder = resolve(options.out)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `cuda-${found.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.json`)
  writeFileSync(
    file,
    `${JSON.stringify({ card: found, command: 'npm run gate:cuda', rollouts: { bits: flown, speeds }, agreements, iterations: timed }, null, 2)}\n`
  )
  process.stdout.write(`gate:cuda passed on ${found.name}: ${file}\n`)
})
