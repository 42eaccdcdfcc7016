import test from 'ava'
import { decodeTensors, encodeTensors, type Layout, type Tensor } from '../../ts/run/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { exportPolicy, importPolicy } from '../../ts/stages/foreign.js'

/** Numbers that every dtype holds exactly; the same formula made the recorded values (`grid` below in numpy 2.4). */
const grid = (count: number, from: number) => Float64Array.from({ length: count }, (_, i) => (((7 * i + from) % 11) - 5) / 8)
const tensor = (shape: number[], from: number): Tensor => ({
  shape,
  values: grid(
    shape.reduce((a, b) => a * b, 1),
    from
  )
})

/** A file as PyTorch's libraries write it: weights [out, in]; a running mean and variance of observations of 4. */
const torch = {
  'actor.0.weight': tensor([3, 4], 0),
  'actor.0.bias': tensor([3], 1),
  'actor.2.weight': tensor([5, 3], 2),
  'actor.2.bias': tensor([5], 3),
  'mu.weight': tensor([2, 5], 4),
  'mu.bias': tensor([2], 5),
  sigma: { shape: [1, 2], values: Float64Array.of(-0.5, 0.25) },
  'rms.mean': tensor([4], 6),
  'rms.var': { shape: [4], values: grid(4, 7).map((x) => 0.5 + x * x) }
}
const torchLayout: Layout = {
  layers: [
    { weight: 'actor.0.weight', bias: 'actor.0.bias' },
    { weight: 'actor.2.weight', bias: 'actor.2.bias' },
    { weight: 'mu.weight', bias: 'mu.bias' }
  ],
  orientation: 'out-in',
  activation: 'tanh',
  logStd: 'sigma',
  observation: { mean: 'rms.mean', variance: 'rms.var', epsilon: 1e-5 }
}
/** As Flax writes it: kernels [in, out]; one fixed deviation. */
const jax = {
  'params/Dense_0/kernel': tensor([4, 6], 1),
  'params/Dense_0/bias': tensor([6], 8),
  'params/Dense_1/kernel': tensor([6, 2], 9),
  'params/Dense_1/bias': tensor([2], 2)
}
const jaxLayout: Layout = {
  layers: [0, 1].map((at) => ({ weight: `params/Dense_${at}/kernel`, bias: `params/Dense_${at}/bias` })),
  orientation: 'in-out',
  activation: 'relu',
  logStd: -0.75
}
/**
 * What numpy gives for the observation grid(4, 3): `W3 tanh(W2 tanh(W1 (x - mean)/sqrt(var + 1e-5) + b1) + b2) + b3`, and
 * `max(x K1 + c1, 0) K2 + c2`.
 */
const OBSERVATION = grid(4, 3)
const RECORDED = { torch: [-0.024407511769805254, -0.7929617690239225], jax: [0.140625, 0.46875] }

const spec = (change: object = {}) => defineExperiment({ environment: 'drone-planar', ...change }).spec

/** The means of our policy: theta is each layer's weight [in, out], row-major, then its bias; last the log deviations. */
function means(theta: Float64Array, sizes: number[], activation: (x: number) => number): { mean: number[]; logStd: number[] } {
  let rows = Array.from(OBSERVATION)
  let at = 0
  for (const [layer, outputs] of sizes.slice(1).entries()) {
    const inputs = sizes[layer]
    const bias = at + inputs * outputs
    rows = Array.from({ length: outputs }, (_, o) => rows.reduce((sum, x, i) => sum + x * theta[at + i * outputs + o], theta[bias + o]))
    if (layer < sizes.length - 2) rows = rows.map(activation)
    at = bias + outputs
  }
  return { mean: rows, logStd: Array.from(theta.slice(at)) }
}

const near = (a: readonly number[], b: readonly number[], bound = 1e-12) =>
  a.length === b.length && a.every((x, i) => Math.abs(x - b[i]) < bound)

test('a PyTorch policy gives the means that numpy gave, standardised observations folded in', (t) => {
  const { weights, settings } = importPolicy(torch, torchLayout, spec())
  const { theta, log_rates: rates } = decodeTensors(weights, 'weights')
  const found = means(theta.values, [4, 3, 5, 2], Math.tanh)
  t.true(near(found.mean, RECORDED.torch), `${found.mean}`)
  t.deepEqual(found.logStd, [-0.5, 0.25])
  // Where rates are learned they start from the specification's: three layers and the deviations.
  t.deepEqual(Array.from(rates.values), new Array(4).fill(Math.log(2)))
  t.deepEqual(settings, ['policy.hidden=[3,5]'])
  t.false('log_rates' in decodeTensors(importPolicy(torch, torchLayout, spec({ adapt: { rate: 'fixed' } })).weights, 'weights'))
})

test('a JAX policy gives the means that numpy gave', (t) => {
  const { weights, settings } = importPolicy(jax, jaxLayout, spec())
  const found = means(decodeTensors(weights, 'weights').theta.values, [4, 6, 2], (x) => Math.max(x, 0))
  t.true(near(found.mean, RECORDED.jax), `${found.mean}`)
  t.deepEqual(found.logStd, [-0.75, -0.75])
  t.deepEqual(settings, ['policy.hidden=[6]', 'policy.activation=relu'])
  t.deepEqual(importPolicy(jax, jaxLayout, spec({ policy: { hidden: [6], activation: 'relu' } })).settings, [])
})

test('standard deviations in place of variances, and a layer without a bias', (t) => {
  const { epsilon: _, ...observation } = { mean: 'rms.mean', epsilon: 0 }
  const std = { ...torch, std: { shape: [4], values: torch['rms.var'].values.map((x) => Math.sqrt(x + 1e-5)) } }
  const same = importPolicy(std, { ...torchLayout, observation: { ...observation, std: 'std', epsilon: 0 } }, spec())
  const theta = (weights: Uint8Array) => Array.from(decodeTensors(weights, 'weights').theta.values)
  t.true(near(theta(same.weights), theta(importPolicy(torch, torchLayout, spec()).weights)))
  const bare = { ...jaxLayout, layers: [{ ...jaxLayout.layers[0], bias: null }, jaxLayout.layers[1]] }
  t.deepEqual(theta(importPolicy(jax, bare, spec()).weights).slice(24, 30), new Array(6).fill(0))
})

test('what does not fit is named, with the shape that would', (t) => {
  const refuse = (tensors: Record<string, Tensor>, layout: Layout, change: object = {}) => {
    const error = t.throws(() => importPolicy(tensors, layout, spec(change))) as Error & { code: string }
    return `${error.code}: ${error.message}`
  }
  t.regex(
    refuse(torch, { ...torchLayout, logStd: 'log_sigma' }),
    /ERR_SPEC_INVALID: logStd: no tensor "log_sigma"; the file has actor\.0\.weight/
  )
  t.regex(refuse(torch, { ...torchLayout, orientation: 'in-out' }), /ERR_SHAPE: actor\.0\.bias has the shape \[3\], not \[4\]/)
  const turned = { ...jaxLayout, orientation: 'out-in' as const, layers: jaxLayout.layers.map(({ weight }) => ({ weight, bias: null })) }
  t.regex(refuse(jax, turned), /ERR_SHAPE: .*Dense_0\/kernel takes 6 inputs .*drone-planar observes 4.*"in-out" would fit/)
  t.regex(refuse(jax, jaxLayout, { environment: 'cheetah-vel/maml' }), /takes 4 inputs .*cheetah-vel\/maml observes 20/)
  t.regex(refuse({ ...jax, 'params/Dense_0/kernel': tensor([24], 1) }, jaxLayout), /has the shape \[24\], a weight has two sizes/)
  t.regex(refuse(jax, { ...jaxLayout, layers: jaxLayout.layers.slice(0, 1) }), /gives 6 numbers, but an action of drone-planar has 2/)
  t.regex(refuse(jax, { ...jaxLayout, logStd: -4 }), /logStd: -4 lies below policy\.logStdMin \(-2\.3\); add --set policy\.logStdMin=-5/)
  t.regex(refuse(jax, { ...jaxLayout, logStd: [0, 0, 0] }), /logStd has 3 numbers, 2 are needed/)
  t.regex(refuse(torch, { ...torchLayout, observation: { mean: 0, std: 0, epsilon: 0 } }), /observation: number 0 is divided by 0/)
})

test('export and import are inverse, bit for bit', (t) => {
  const own = spec({ policy: { hidden: [3, 5] } })
  const { weights } = importPolicy(torch, torchLayout, own)
  const { file, layout } = exportPolicy(weights, own)
  const tensors = decodeTensors(file, 'exported')
  t.deepEqual(tensors['layers.0.weight'].shape, [3, 4])
  t.deepEqual(tensors['layers.2.weight'].values, torch['mu.weight'].values, 'as PyTorch holds it')
  t.deepEqual(importPolicy(tensors, layout, own).weights, weights)
  t.throws(() => exportPolicy(weights, spec()), { code: 'ERR_SHAPE', message: /theta has \d+ numbers, the policy of this run has 1284/ })
})

/** A safetensors file written by hand. */
function file(header: object, data: Buffer): Uint8Array {
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, data])
}

test('numbers of every floating type are read, whole numbers are passed over', (t) => {
  const data = Buffer.alloc(8 + 4 + 2 * 6 + 2 * 2 + 8)
  data.writeDoubleLE(-0.1, 0)
  data.writeFloatLE(0.375, 8)
  // binary16: 1, -2, 65504 (its greatest), 2^-24 (its least), 1/3 rounded, -0.
  for (const [i, bits] of [0x3c00, 0xc000, 0x7bff, 0x0001, 0x3555, 0x8000].entries()) data.writeUInt16LE(bits, 12 + 2 * i)
  // bfloat16: 1, -3.140625.
  for (const [i, bits] of [0x3f80, 0xc049].entries()) data.writeUInt16LE(bits, 24 + 2 * i)
  const header = {
    __metadata__: { format: 'pt' },
    a: { dtype: 'F64', shape: [], data_offsets: [0, 8] },
    b: { dtype: 'F32', shape: [1], data_offsets: [8, 12] },
    c: { dtype: 'F16', shape: [2, 3], data_offsets: [12, 24] },
    d: { dtype: 'BF16', shape: [2], data_offsets: [24, 28] },
    steps: { dtype: 'I64', shape: [1], data_offsets: [28, 36] }
  }
  const read = decodeTensors(file(header, data), 'x')
  t.deepEqual(Object.keys(read), ['a', 'b', 'c', 'd'])
  t.deepEqual(Array.from(read.a.values), [-0.1])
  t.deepEqual(Array.from(read.b.values), [0.375])
  t.deepEqual(Array.from(read.c.values), [1, -2, 65504, 2 ** -24, 0.333251953125, -0])
  t.deepEqual(Array.from(read.d.values), [1, -3.140625])
})

test('files that are torn or no tensors are refused by name', (t) => {
  const bytes = encodeTensors({ w: tensor([2, 3], 1) }, 'f')
  t.deepEqual(decodeTensors(bytes, 'x').w, tensor([2, 3], 1))
  const bad: [Uint8Array, RegExp][] = [
    [new Uint8Array(3), /^x: it is not a safetensors file/],
    [Buffer.from('{"layers": []}, and so on'), /^x: it is not a safetensors file/],
    [bytes.subarray(0, bytes.length - 8), /^x: tensor w: F64 \[2, 3\] needs 48 bytes, the file has 40/],
    [file({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, Buffer.alloc(4)), /^x: tensor w: F32 \[2\] needs 8 bytes/],
    [file({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, Buffer.from([0, 0, 0xc0, 0x7f])), /^x: tensor w: entry 0 is NaN/],
    [file({ w: [] }, Buffer.alloc(0)), /^x: tensor w: no dtype/]
  ]
  for (const [content, message] of bad) t.throws(() => decodeTensors(content, 'x'), { code: 'ERR_CHECKPOINT_CORRUPT', message })
})
