import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  decodeTensors,
  encodeTensors,
  exportPolicy,
  importPolicy,
  type Layout,
  layoutOf,
  loadPolicy,
  readLayout,
  readTensors,
  type Tensor,
  weightsOf
} from '../../ts/policies/index.js'
import { parseJson } from '../../ts/policies/json.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { folder, root } from '../helpers.js'

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
  // A log deviation that learning left below the floor leaves as the one in force, and so can come back.
  const floored = spec({ policy: { hidden: [3, 5], logStdInit: 0.5, logStdMin: -0.25 } })
  const { file: inForce } = exportPolicy(weights, floored)
  t.deepEqual(Array.from(decodeTensors(inForce, 'in force').log_std.values), [-0.25, 0.25])
  t.notThrows(() => importPolicy(decodeTensors(inForce, 'in force'), layout, floored))
  t.throws(() => exportPolicy(weights, spec()), { code: 'ERR_SHAPE', message: /theta has \d+ numbers, the policy of this run has 1284/ })
})

/** A safetensors file written by hand. */
function file(header: object | string, data: Buffer): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
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

test('a file of another kind is called what it is, and what to do is said', (t) => {
  const kinds: [Buffer, RegExp][] = [
    // What onnxruntime ran.
    [readFileSync(join(root, '__test__', 'exports', 'recorded', 'tanh.onnx')), /an ONNX model/],
    [readFileSync(join(root, '__test__', 'exports', 'recorded', 'relu.onnx')), /an ONNX model/],
    // Python's pickle.dumps({}, protocol), and the first bytes of numpy.savez and of h5py.
    [Buffer.from('80027d71002e', 'hex'), /a pickle/],
    [Buffer.from('80057d942e', 'hex'), /a pickle/],
    [Buffer.from('504b03042d0000000000', 'hex'), /a zip archive/],
    [Buffer.from('894844460d0a1a0a00000000', 'hex'), /an HDF5 file/]
  ]
  for (const [content, kind] of kinds) {
    const { message } = t.throws(() => decodeTensors(content, 'x'), { code: 'ERR_CHECKPOINT_CORRUPT' })
    t.regex(
      message,
      /^x: it is not a safetensors file but an? .*; write its tensors as safetensors \(PyTorch: safetensors\.torch\.save_file\(.*\)\)$/
    )
    t.regex(message, kind)
  }
})

test('what is wrong inside a file names the file, too', async (t) => {
  const path = join(folder(t), 'theirs.safetensors')
  writeFileSync(path, encodeTensors({ 'conv.weight': tensor([2, 2, 2], 1) }, 'pt'))
  await t.throwsAsync(async () => layoutOf(path, readTensors(path), spec(), {}), {
    code: 'ERR_SPEC_INVALID',
    message: /theirs\.safetensors: no layers were found/
  })
  writeFileSync(path, encodeTensors(torch, 'pt'))
  const wild = { ...torchLayout, logStd: 'no such tensor' }
  const expected = { code: 'ERR_SPEC_INVALID', message: /theirs\.safetensors: logStd: no tensor "no such tensor"/ }
  t.throws(() => weightsOf(path, readTensors(path), wild, spec()), expected)
  await t.throwsAsync(loadPolicy(path, { preset: 'drone-planar', layout: wild }), expected)
})

test('files that are torn or no tensors are refused by name', (t) => {
  const bytes = encodeTensors({ w: tensor([2, 3], 1) }, 'f')
  t.deepEqual(decodeTensors(bytes, 'x').w, tensor([2, 3], 1))
  const bad: [Uint8Array, RegExp][] = [
    [new Uint8Array(3), /^x: it is not a safetensors file/],
    [Buffer.from('{"layers": []}, and so on'), /^x: it is not a safetensors file/],
    [bytes.subarray(0, bytes.length - 8), /^x: tensor w: F64 \[2, 3\] needs 48 bytes, the file has 40/],
    [file({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, Buffer.alloc(4)), /^x: tensor w: F32 \[2\] needs 8 bytes/],
    [file({ w: [] }, Buffer.alloc(0)), /^x: tensor w: no dtype/]
  ]
  for (const [content, message] of bad) t.throws(() => decodeTensors(content, 'x'), { code: 'ERR_CHECKPOINT_CORRUPT', message })
})

test('a header that breaks a rule of the format is refused, and the tensor is named', (t) => {
  const one = (name: string, from: number, to = from + 8, dtype = 'F64', shape: unknown = [1]) => ({
    [name]: { dtype, shape, data_offsets: [from, to] }
  })
  const data = (count: number) => Buffer.alloc(count)
  const written = (...parts: object[]) => `{${parts.map((part) => JSON.stringify(part).slice(1, -1)).join(',')}}`
  const bad: [string, object | string, number, RegExp][] = [
    ['null', 'null', 0, /^x: its header is no object of tensors/],
    ['a list', '[]', 0, /no object of tensors/],
    ['a number', '12', 0, /no object of tensors/],
    ['a text', '"ab"', 0, /no object of tensors/],
    ['spaces first', ' {}', 0, /no object of tensors/],
    ['a name twice', written(one('a', 0), one('a', 8)), 16, /^x: its header: the key "a" is there twice/],
    [
      'a name twice, spelt in two ways',
      '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"\\u0061":{}}',
      8,
      /the key "a" is there twice/
    ],
    ['a key of an entry twice', '{"a":{"dtype":"F64","shape":[1],"shape":[1],"data_offsets":[0,8]}}', 8, /the key "shape" is there twice/],
    ['the same bytes', { ...one('a', 0), ...one('b', 0) }, 8, /^x: tensors a and b share bytes/],
    [
      'some of the same bytes',
      { ...one('a', 0), ...one('b', 4) },
      12,
      /^x: tensors a and b share bytes: one begins at 4, the other ends at 8/
    ],
    ['of a type that is not read too', { ...one('a', 0), ...one('b', 0, 8, 'I64') }, 8, /share bytes/],
    ['a hole', { ...one('a', 0), ...one('b', 16) }, 24, /^x: tensor b: it begins at 16, and no tensor has the bytes from 8/],
    ['a hole in front', one('a', 8), 16, /^x: tensor a: it begins at 8/],
    ['bytes at the end', one('a', 0), 11, /^x: 3 bytes at its end belong to no tensor/],
    ['no tensor at all', {}, 8, /^x: 8 bytes at its end/],
    ['beyond the end', one('a', 0), 4, /^x: tensor a: F64 \[1\] needs 8 bytes, the file has 4/],
    ['from the end to the beginning', one('a', 8, 0), 8, /^x: tensor a: it ends \(0\) before it begins \(8\)/],
    ['another length', one('a', 0, 8, 'F32', [3]), 8, /^x: tensor a: F32 \[3\] needs 12 bytes, the file has 8/],
    ['of a type that is not read', one('a', 0, 8, 'I32', [3]), 8, /^x: tensor a: I32 \[3\] needs 12 bytes/],
    ['no type', one('a', 0, 8, 'F63'), 8, /^x: tensor a: "F63" is no type of the format/],
    ['a type that objects have', one('a', 0, 8, 'constructor'), 8, /"constructor" is no type/],
    ['half a byte', one('a', 0, 1, 'F4', [3]), 1, /^x: tensor a: F4 \[3\] has no whole number of bytes/],
    ['a size below 0', one('a', 0, 8, 'F64', [-1]), 8, /^x: tensor a: no dtype, shape and data_offsets/],
    ['a size that is none', one('a', 0, 8, 'F64', [1.5]), 8, /no dtype, shape/],
    ['sizes beyond all bytes', one('a', 0, 8, 'F64', [2 ** 40, 2 ** 40]), 8, /no whole number of bytes/],
    ['one offset', { a: { dtype: 'F64', shape: [1], data_offsets: [0] } }, 8, /no dtype, shape/],
    ['an entry of null', { a: null }, 0, /no dtype, shape/],
    ['metadata that are no texts', { __metadata__: { a: 1 } }, 0, /^x: its __metadata__ is no object of texts/],
    ['a name that a terminal obeys', { '\x1b[2J': null }, 0, /^x: tensor \\u001b\[2J: no dtype/]
  ]
  for (const [what, header, count, message] of bad)
    t.throws(() => decodeTensors(file(header, data(count)), 'x'), { code: 'ERR_CHECKPOINT_CORRUPT', message }, what)
  const latin = file('{"\xe9":0}', data(0))
  latin[latin.indexOf(0xc3)] = 0x20
  t.throws(() => decodeTensors(latin, 'x'), { code: 'ERR_CHECKPOINT_CORRUPT', message: /no JSON header/ }, 'no UTF-8')
  const endless = Buffer.alloc(16)
  endless.writeBigUInt64LE(2n ** 63n, 0)
  t.throws(() => decodeTensors(endless, 'x'), { code: 'ERR_CHECKPOINT_CORRUPT', message: /not a safetensors file/ })
  // What the format allows: padding, no numbers, any order, names that objects have of their own.
  const sound = file(`${written(one('b', 8), one('none', 8, 8, 'F32', [0, 3]), one('__proto__', 0))}   `, data(16))
  t.deepEqual(Object.keys(decodeTensors(sound, 'x')), ['b', 'none', '__proto__'])
  t.is(decodeTensors(sound, 'x').none.values.length, 0)
  t.deepEqual(Object.keys(decodeTensors(file('{}', data(0)), 'x')), [])
})

test('only what the layout names has to be finite, and is decoded', (t) => {
  const unused = {
    'normalize.low': { shape: [4], values: new Float64Array(4).fill(Number.NEGATIVE_INFINITY) },
    'critic.weight': { shape: [2], values: Float64Array.of(1, Number.NaN) }
  }
  const bytes = encodeTensors({ ...torch, ...unused }, 'pt')
  const read = decodeTensors(bytes, 'p')
  t.deepEqual(importPolicy(read, torchLayout, spec()), importPolicy(torch, torchLayout, spec()))
  t.throws(() => read['critic.weight'].values, { code: 'ERR_NOT_FINITE', message: 'p: tensor critic.weight: entry 1 is NaN' })
  for (const name of ['actor.2.weight', 'actor.0.bias', 'sigma', 'rms.mean', 'rms.var'] as const) {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const values = Float64Array.from(torch[name].values)
      values[1] = value
      const wild = decodeTensors(encodeTensors({ ...torch, [name]: { ...torch[name], values } }, 'pt'), 'p')
      t.throws(() => importPolicy(wild, torchLayout, spec()), { code: 'ERR_NOT_FINITE', message: `p: tensor ${name}: entry 1 is ${value}` })
    }
  }
  // Whole numbers are no weights, and the file is sound all the same.
  const whole = decodeTensors(file({ steps: { dtype: 'I64', shape: [2], data_offsets: [0, 16] } }, Buffer.alloc(16)), 'p')
  t.throws(() => importPolicy({ ...jax, steps: whole.steps }, { ...jaxLayout, logStd: 'steps' }, spec()), {
    code: 'ERR_SPEC_INVALID',
    message: /^p: tensor steps: I64 is not read as weights; write it as one of F64, F32, F16, BF16/
  })
  // A standard deviation of next to nothing: finite in the file, and not in the policy.
  const tiny = { ...torch, 'rms.var': { shape: [4], values: new Float64Array(4).fill(5e-324) } }
  const sharp = { ...torchLayout, observation: { mean: 'rms.mean', std: 'rms.var', epsilon: 0 } }
  t.throws(() => importPolicy(tiny, sharp, spec()), { code: 'ERR_NOT_FINITE', message: /observation: .* give an epsilon/ })
})

test('a key twice in a layout is refused; JSON itself is read as ever', (t) => {
  const path = join(folder(t), 'l.json')
  writeFileSync(path, '{"layers":[],"orientation":"out-in","orientation":"in-out"}')
  t.throws(() => readLayout(path), { code: 'ERR_SPEC_INVALID', message: /it is not JSON \(the key "orientation" is there twice\)/ })
  for (const value of [null, 'a"b\\', [{ a: 1 }, { a: 1 }], { a: { a: [{ a: '","a":' }] }, b: [] }, { '': { '"': 1 }, '"': 2 }])
    t.deepEqual(parseJson(JSON.stringify(value, null, 1)), value)
  for (const text of ['{"a":1,"a":2}', '[{"b":{"c":1,"d":[1,{"e":0}],"c":2}}]', '{"":1,"":1}', '{"\\n":1,"\\u000a":1}'])
    t.throws(() => parseJson(text), { instanceOf: SyntaxError, message: /is there twice/ }, text)
})
