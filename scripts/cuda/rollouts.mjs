// Roll-outs of `npm run gate:cuda`: every family's kernel against this processor, to the bit, and its speed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, StepFailed } from '../setup/terminal.mjs'

/** A preset of every family that may have kernels. */
export const FAMILIES = /** @type {const} */ ([
  'drone-planar',
  'drone-quadrotor',
  'cheetah-vel/maml',
  'walker2d-vel/gym',
  'ant-vel/maml',
  'stock/synthetic'
])
/** Worlds that are timed at once. */
export const WORLDS = [1_000, 10_000, 100_000, 1_000_000]

/** Builds the test double of the driver, and has the addon open it: call this before a learner is made. */
export function emulate() {
  const made = spawnSync('cargo', ['build', '--quiet', '--package', 'xmrl-emulated-driver'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit']
  })
  if (made.status !== 0) throw new StepFailed('the test double of the driver does not build')
  process.env.XMRL_LIBCUDA = join(root, 'target', 'debug', 'libxmrl_emulated_driver.so')
}

/**
 * A learner whose derivatives are those written out, wherever its episodes fly.
 * @param {typeof import('../../ts/index.js')} xmrl @param {string} preset @param {'float64' | 'float32'} rolloutDtype
 * @param {'cpu' | 'cuda'} rollouts
 */
function learner(xmrl, preset, rolloutDtype, rollouts) {
  const { spec } = xmrl.defineExperiment({
    environment: preset,
    policy: { hidden: [32, 32] },
    learner: { calculus: 'fused', rolloutDtype }
  })
  return new xmrl.Learner(spec, 3, { device: 'cpu', rollouts })
}

/**
 * Meta-steps from the same weights with episodes flown on both: their weights must be the same bytes. In a word who flew; undefined
 * where no kernel of the preset is part of the package.
 * @param {typeof import('../../ts/index.js')} xmrl @param {string} preset @param {'float64' | 'float32'} dtype
 * @param {{ tasks: number, episodes: number, steps: number }} size
 */
export async function sameBits(xmrl, preset, dtype, { tasks: count, episodes, steps }) {
  const here = learner(xmrl, preset, dtype, 'cpu')
  const there = learner(xmrl, preset, dtype, 'cuda')
  try {
    if (there.flownBy.startsWith('cpu')) return undefined
    const tasks = xmrl.sampleTasks(preset, 'training', 3, count).values
    let envSteps = 0
    for (let iteration = 0; iteration < steps; iteration++) {
      const flown = { stream: 0, iteration, tasks, supportEpisodes: episodes, queryEpisodes: episodes, maxKl: 0.01, monitor: false }
      const [ours, theirs] = [await here.metaStep(flown), await there.metaStep(flown)]
      envSteps += ours.envSteps
      if (ours.envSteps !== theirs.envSteps || !Buffer.from(here.checkpoint()).equals(Buffer.from(there.checkpoint())))
        throw new StepFailed(`${preset}, ${dtype}: meta-step ${iteration} on ${there.flownBy} is not the processor's, bit by bit`)
    }
    return { by: there.flownBy, envSteps }
  } finally {
    await here.dispose()
    await there.dispose()
  }
}

/**
 * Env steps a second of so many worlds at once, only their returns kept: the quickest of three.
 * @param {typeof import('../../ts/index.js')} xmrl @param {string} preset @param {number} worlds
 */
export async function speed(xmrl, preset, worlds) {
  const flying = learner(xmrl, preset, 'float32', 'cuda')
  try {
    const tasks = xmrl.sampleTasks(preset, 'training', 3, 40).values
    const asked = { adaptations: 1, supportEpisodes: 1, queryEpisodes: worlds / 40, steps: 0 }
    let best = 0
    for (let run = 0; run < 3; run++) {
      const from = performance.now()
      const { envSteps } = await flying.evaluate(tasks, run, asked)
      best = Math.max(best, envSteps / ((performance.now() - from) / 1000))
    }
    return best
  } finally {
    await flying.dispose()
  }
}
