// Policies of every preset, exported, beside what the policy itself did: states that its own worlds gave it, and its actions there.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportOnnx } from '../../dist/exports/index.js'
import {
  decodeTensors,
  defineExperiment,
  encodeTensors,
  exportPolicy,
  Learner,
  presetNames,
  sampleTasks,
  XmrlError
} from '../../dist/index.js'

export const presets = presetNames

/** Weights away from those that learning starts with, so that outputs are of the size of actions; the last `kept` stay. */
function moved(bytes, kept) {
  const { theta, ...rest } = decodeTensors(bytes, 'weights')
  const values = theta.values.map((value, at) => (at < theta.values.length - kept ? value + 0.2 * Math.sin(0.7 * at * at) : value))
  return encodeTensors({ ...rest, theta: { shape: theta.shape, values } }, 'xmrl-meta-1')
}

/** Some years of made-up closes of one name, for `stock/csv`. */
function prices(folder) {
  const day = (t) => new Date(Date.UTC(2001, 0, 1 + 7 * Math.floor(t / 5) + (t % 5))).toISOString().slice(0, 10)
  const rows = Array.from(
    { length: 2000 },
    (_, t) => `${day(t)},${(20 * Math.exp(0.2 * Math.sin(t / 50) + 0.02 * Math.sin(1.7 * t))).toFixed(4)}`
  )
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'prices.csv')
  writeFileSync(file, `date,AAA\n${rows.join('\n')}\n`)
  return file
}

/**
 * Files of a preset's policy: the exports, and `rows`: observations `[n, S]` of episodes and the actions `[n, A]` that our own
 * network took there, in float64. Its deviations are a millionth of a millionth there, so that actions are means; it adapts by a
 * rate that moves nothing. Undefined where the preset's prices are not on this machine.
 */
export async function exportPreset(environment, folder) {
  const { spec } = defineExperiment({
    environment,
    policy: { logStdInit: -30, logStdMin: -40 },
    adapt: { rate: 'fixed', alpha: 1e-200 },
    learner: { dtype: 'float64', rolloutDtype: 'float64', calculus: 'fused' },
    ...(environment === 'stock/csv' ? { market: { file: prices(folder) } } : {})
  })
  let learner
  try {
    learner = new Learner(spec, 0, { device: 'cpu', threads: 1 })
  } catch (error) {
    if (XmrlError.is(error, 'ERR_PRICES')) return undefined
    throw error
  }
  try {
    const { policy, weights } = weightsOf(learner, spec)
    learner.restore(weights)
    const tasks = sampleTasks(environment, 'training', 0, 8, learner.prices).values
    const { values, width } = await learner.transitions(tasks, 0, { rows: 32, adaptations: 1, supportEpisodes: 2, queryEpisodes: 4 })
    const [observations, actions] = [policy.observationSize, policy.actionSize]
    const column = (from, count) =>
      Float64Array.from({ length: (values.length / width) * count }, (_, i) => values[Math.floor(i / count) * width + from + (i % count)])
    const n = values.length / width
    const rows = {
      observation: { shape: [n, observations], values: column(0, observations) },
      action: { shape: [n, actions], values: column(observations, actions) }
    }
    const { file, layout } = exportPolicy(weights, spec)
    return {
      'policy.safetensors': file,
      'policy.layout.json': JSON.stringify(layout),
      'rows.safetensors': encodeTensors(rows, 'rows'),
      ...Object.fromEntries(['mixed', 'float32', 'float64'].map((dtype) => [`${dtype}.onnx`, exportOnnx(weights, spec, { dtype })]))
    }
  } finally {
    await learner.dispose()
  }
}

/** Weights of a learner, moved, with the sizes that they tell. */
function weightsOf(learner, spec) {
  const start = learner.checkpoint()
  const { layout, file } = exportPolicy(start, spec)
  const tensors = decodeTensors(file, 'policy')
  const observationSize = tensors[layout.layers[0].weight].shape[1]
  const actionSize = tensors.log_std.shape[0]
  return { policy: { observationSize, actionSize }, weights: moved(start, actionSize) }
}

/** Small policies for the recorded test: one of each activation, one of each way to hold numbers that is not the plain one. */
export function recordedPolicies() {
  const theta = (count) => Float64Array.from({ length: count }, (_, i) => Math.sin(1.3 * i) * 0.8)
  const made = (environment, policy, count, options) => ({
    name: policy.activation,
    spec: defineExperiment({ environment, policy }).spec,
    weights: encodeTensors({ theta: { shape: [count], values: theta(count) } }, 'xmrl-meta-1'),
    options
  })
  return [
    made('drone-planar', { hidden: [3, 5], activation: 'tanh' }, 15 + 20 + 12 + 2, { dtype: 'mixed' }),
    made('drone-quadrotor', { hidden: [6], activation: 'relu' }, 14 * 6 + 7 * 3 + 3, { dtype: 'float32', metadata: { arm: 'xmrl' } })
  ]
}
