import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exportOnnx, type OnnxDtype } from '../../ts/exports/index.js'
import { decodeTensors, encodeTensors, exportPolicy } from '../../ts/policies/index.js'
import { defineExperiment, presetNames, type Spec } from '../../ts/spec/index.js'
import { environment } from '../../ts/worlds/index.js'
import { root } from '../helpers.js'
import { decoded, type Model, type Tensor } from './schemas.js'

const recorded = (name: string) => readFileSync(join(root, '__test__', 'exports', 'recorded', name))

/** What the small policies were made with (scripts/exports/policies.mjs). */
const SMALL = {
  tanh: { spec: { environment: 'drone-planar', policy: { hidden: [3, 5], activation: 'tanh' } }, options: { dtype: 'mixed' } },
  relu: {
    spec: { environment: 'drone-quadrotor', policy: { hidden: [6], activation: 'relu' } },
    options: { dtype: 'float32', metadata: { arm: 'xmrl' } }
  }
} as const

interface Outputs {
  observation: number[][]
  mean: number[][]
  log_std: number[]
}

/** Means and log deviations of a policy of ours by plain loops over theta: weights [in, out], biases, log deviations. */
function ours(theta: Float64Array, sizes: number[], { policy }: Spec, observation: readonly number[]) {
  let rows = [...observation]
  let at = 0
  for (const [layer, outputs] of sizes.slice(1).entries()) {
    const inputs = sizes[layer]
    const bias = at + inputs * outputs
    rows = Array.from({ length: outputs }, (_, o) => rows.reduce((sum, x, i) => sum + x * theta[at + i * outputs + o], theta[bias + o]))
    if (layer < sizes.length - 2) rows = rows.map((x) => (policy.activation === 'tanh' ? Math.tanh(x) : Math.max(x, 0)))
    at = bias + outputs
  }
  return { mean: rows, logStd: Array.from(theta.slice(at), (value) => Math.max(value, policy.logStdMin)) }
}

const far = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((x, i) => Math.abs(x - b[i])), a.length === b.length ? 0 : 9)

for (const [name, { spec: written, options }] of Object.entries(SMALL)) {
  test(`a ${name} policy is byte for byte the model that onnxruntime ran, and onnxruntime gave our outputs`, (t) => {
    const { spec } = defineExperiment(written as never)
    const weights = recorded(`${name}.weights.safetensors`)
    t.deepEqual(
      Buffer.from(exportOnnx(weights, spec, options)),
      recorded(`${name}.onnx`),
      'after a change: npm run check:exports -- --record'
    )
    const { observation, mean, log_std: logStd } = JSON.parse(recorded(`${name}.outputs.json`).toString()) as Outputs
    const sizes = [observation[0].length, ...spec.policy.hidden, mean[0].length]
    const { theta } = decodeTensors(weights, name)
    t.is(observation.length, 5)
    for (const [row, given] of observation.entries()) {
      const own = ours(theta.values, sizes, spec, given)
      t.true(far(mean[row], own.mean) < 1e-6, `${far(mean[row], own.mean)}`)
      t.true(far(logStd, own.logStd) < 1e-6)
    }
  })
}

const SIZES = { 1: 4, 11: 8 } as const

/** Numbers of a tensor. */
function numbers({ dataType, rawData }: Tensor): number[] {
  const size = SIZES[dataType as keyof typeof SIZES]
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength)
  return Array.from({ length: rawData.length / size }, (_, i) => (size === 4 ? view.getFloat32(4 * i, true) : view.getFloat64(8 * i, true)))
}

/** Evaluates a model on one observation, operator by operator as ONNX defines them. */
function evaluated({ graph }: Model, observation: readonly number[]): Record<string, number[]> {
  const shapes = new Map(graph.initializer.map((tensor) => [tensor.name, tensor.dims]))
  const known = new Map<string, number[]>([['observation', [...observation]]])
  for (const tensor of graph.initializer) known.set(tensor.name, numbers(tensor))
  const value = (name: string) => {
    const found = known.get(name)
    if (found === undefined) throw new Error(`${name} is used before it is made`)
    return found
  }
  const operators: Record<string, (inputs: string[]) => number[]> = {
    Gemm: ([a, b, c]) => {
      const [inputs, outputs] = shapes.get(b) as number[]
      if (value(a).length !== inputs) throw new Error(`${b} takes ${inputs} numbers`)
      return Array.from({ length: outputs }, (_, o) => value(a).reduce((sum, x, i) => sum + x * value(b)[i * outputs + o], value(c)[o]))
    },
    Tanh: ([a]) => value(a).map(Math.tanh),
    Relu: ([a]) => value(a).map((x) => Math.max(x, 0)),
    Cast: ([a]) => value(a)
  }
  for (const { input, output, opType } of graph.node) known.set(output[0], operators[opType](input))
  return Object.fromEntries(graph.output.map(({ name }) => [name, value(name)]))
}

/** Weights of the policy of a preset, some numbers an entry. */
function weightsOf(spec: Spec, sizes: number[]): { theta: Float64Array; bytes: Uint8Array } {
  const count = sizes.slice(1).reduce((sum, size, at) => sum + (sizes[at] + 1) * size, sizes[sizes.length - 1])
  const theta = Float64Array.from({ length: count }, (_, i) => 0.2 * Math.sin(0.7 * i * i))
  theta[count - 1] = spec.policy.logStdMin - 1
  return { theta, bytes: encodeTensors({ theta: { shape: [count], values: theta } }, 'test') }
}

test("every preset's policy: another reader of protocol buffers finds the network, and the network gives our means", (t) => {
  for (const preset of presetNames.filter((name) => name !== 'stock/csv' && name !== 'stock/sp20')) {
    const { spec } = defineExperiment({ environment: preset })
    const { observationSize, actionSize, actionScale } = environment(preset)
    const sizes = [observationSize, ...spec.policy.hidden, actionSize]
    const { theta, bytes } = weightsOf(spec, sizes)
    const model = decoded<Model>('ModelProto', exportOnnx(bytes, spec, { dtype: 'float64' }))
    const observation = Array.from({ length: observationSize }, (_, i) => Math.cos(i))
    const found = evaluated(model, observation)
    const own = ours(theta, sizes, spec, observation)
    t.true(far(found.mean, own.mean) < 1e-12, `${preset}: ${far(found.mean, own.mean)}`)
    t.deepEqual(found.log_std, own.logStd, preset)
    t.is(found.log_std.at(-1), spec.policy.logStdMin, 'the deviation in force')
    const facts = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]))
    t.deepEqual(facts, { environment: preset, activation: spec.policy.activation, action_scale: `${actionScale}` })
  }
})

test('inputs, outputs and weights have the number types that were asked for', (t) => {
  const { spec } = defineExperiment({ environment: 'drone-planar' })
  const { bytes } = weightsOf(spec, [4, ...spec.policy.hidden, 2])
  const [single, double] = [1, 11]
  const wanted: Record<OnnxDtype, [number, number]> = { mixed: [single, double], float32: [single, single], float64: [double, double] }
  for (const [dtype, [outside, inside]] of Object.entries(wanted)) {
    const { graph, irVersion, opsetImport } = decoded<Model>('ModelProto', exportOnnx(bytes, spec, { dtype: dtype as OnnxDtype }))
    t.deepEqual([irVersion, opsetImport], [6, [{ version: 11 }]])
    const told = [...graph.input, ...graph.output].map(({ name, type: { tensorType } }) => [
      name,
      tensorType.elemType,
      ...tensorType.shape.dim.map(({ dimValue, dimParam }) => dimParam || dimValue)
    ])
    t.deepEqual(told, [
      ['observation', outside, 'batch', 4],
      ['mean', outside, 'batch', 2],
      ['log_std', outside, 2]
    ])
    t.true(graph.initializer.every(({ dataType }) => dataType === inside))
    const casts = graph.node.filter(({ opType }) => opType === 'Cast').map(({ attribute }) => attribute[0])
    t.deepEqual(casts.at(-1), { name: 'to', i: outside, type: 2 }, dtype)
    t.is(casts.length, inside === outside ? 2 : 3)
  }
})

test('weights of another policy are refused, with both sizes', (t) => {
  const { spec } = defineExperiment({ environment: 'drone-planar' })
  const bytes = encodeTensors({ theta: { shape: [3], values: new Float64Array(3) } }, 'test')
  const refused = { code: 'ERR_SHAPE', message: 'weights: theta has 3 numbers, the policy of this run has 1284' }
  t.throws(() => exportOnnx(bytes, spec), refused)
  t.throws(() => exportPolicy(bytes, spec), refused)
})
