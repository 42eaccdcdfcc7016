/** Weights of other programs: safetensors files read and written, and the small JSON that says what is in them. */
import { z } from 'zod'
import { XmrlError } from '../errors.js'
import { readBytes } from './files.js'

/** One tensor, its numbers as doubles in row-major order. */
export interface Tensor {
  shape: number[]
  values: Float64Array
}
/** Tensors of a file by name. */
export type Tensors = Readonly<Record<string, Tensor>>

/** The name of a tensor, or the numbers themselves. */
const named = z.union([z.string(), z.array(z.number()).min(1), z.number()], { error: "expected a tensor's name or numbers" })

/** What a layout file says. */
const layoutSchema = z.strictObject({
  /** Affine layers in order of evaluation; a bias of null is 0. */
  layers: z.array(z.strictObject({ weight: z.string(), bias: z.string().nullable() })).min(1),
  /** `out-in`: weights are [outputs, inputs] (PyTorch). `in-out`: [inputs, outputs] (JAX, Keras). */
  orientation: z.enum(['out-in', 'in-out']),
  /** Of the hidden layers; the last layer is linear. */
  activation: z.enum(['tanh', 'relu']),
  /** Log standard deviations of the actions: one, or one an action. */
  logStd: named,
  /** Inner rates, one a layer and one for the log standard deviations, where they were learned. */
  logRates: named.optional(),
  /** Observations are standardised before the first layer: (o - mean) / (std + epsilon), or / sqrt(variance + epsilon). */
  observation: z
    .union([
      z.strictObject({ mean: named, std: named, epsilon: z.number().nonnegative().default(0) }),
      z.strictObject({ mean: named, variance: named, epsilon: z.number().nonnegative().default(0) })
    ])
    .optional()
})
/** Where the parts of a policy lie in a file of tensors. */
export type Layout = z.output<typeof layoutSchema>

/** Reads a layout file. Errors: `ERR_SPEC_INVALID` naming file and key. */
export function readLayout(file: string): Layout {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(readBytes('--layout', file)).toString('utf8'))
  } catch (cause) {
    if (cause instanceof XmrlError) throw cause
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: it is not JSON`, { cause })
  }
  const result = layoutSchema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]] : issue.path
  const text = issue.code === 'unrecognized_keys' ? 'unknown key' : issue.message.replace(/^Invalid input: /, '')
  throw new XmrlError('ERR_SPEC_INVALID', `${file}: ${key.join('.') || 'layout'}: ${text}`, { cause: result.error })
}

/** Reads every tensor of a safetensors file. Errors: `ERR_SPEC_INVALID` (no such file), `ERR_CHECKPOINT_CORRUPT`. */
export function readTensors(file: string): Tensors {
  return decodeTensors(readBytes('weights', file), file)
}

/** Bytes a number and how one is read. */
const DTYPES: Record<string, { size: number; read(view: DataView, at: number): number }> = {
  F64: { size: 8, read: (view, at) => view.getFloat64(at, true) },
  F32: { size: 4, read: (view, at) => view.getFloat32(at, true) },
  F16: { size: 2, read: (view, at) => half(view.getUint16(at, true)) },
  BF16: { size: 2, read: (view, at) => brain(view.getUint16(at, true)) }
}

const entry = z.object({
  dtype: z.string(),
  shape: z.array(z.number().int().nonnegative()),
  data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])
})

/**
 * The tensors of a safetensors file: 8 bytes of header length, the header in JSON, the data. Tensors of whole numbers or
 * truth values are left out.
 * @param name what errors call the file
 * @throws XmrlError `ERR_CHECKPOINT_CORRUPT` naming the tensor
 */
export function decodeTensors(bytes: Uint8Array, name: string): Tensors {
  const fail = (text: string, cause?: unknown): never => {
    throw new XmrlError('ERR_CHECKPOINT_CORRUPT', `${name}: ${text}`, { cause })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.NaN
  if (!(8 + length <= bytes.length)) fail('it is not a safetensors file')
  let header: Record<string, unknown> = {}
  try {
    header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString('utf8'))
  } catch (cause) {
    fail('it is not a safetensors file (no JSON header)', cause)
  }
  const tensors: Record<string, Tensor> = {}
  for (const [key, value] of Object.entries(header)) {
    if (key === '__metadata__') continue
    const found = entry.safeParse(value)
    if (!found.success) fail(`tensor ${key}: no dtype, shape and data_offsets`)
    const {
      dtype,
      shape,
      data_offsets: [from, to]
    } = found.data as z.output<typeof entry>
    const kind = DTYPES[dtype]
    if (kind === undefined) continue
    const count = shape.reduce((product, size) => product * size, 1)
    if (to - from !== count * kind.size || 8 + length + to > bytes.length) {
      fail(
        `tensor ${key}: ${dtype} [${shape.join(', ')}] needs ${count * kind.size} bytes, the file has ${Math.min(to, bytes.length - 8 - length) - from}`
      )
    }
    const values = Float64Array.from({ length: count }, (_, i) => kind.read(view, 8 + length + from + i * kind.size))
    const bad = values.findIndex((number) => !Number.isFinite(number))
    if (bad >= 0) fail(`tensor ${key}: entry ${bad} is ${values[bad]}`)
    tensors[key] = { shape, values }
  }
  return tensors
}

/** A safetensors file of doubles, tensors in the order given. */
export function encodeTensors(tensors: Tensors, format: string): Uint8Array {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: { format } }
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F64', shape, data_offsets: [offset, offset + 8 * values.length] }
    offset += 8 * values.length
  }
  // Padded so that the numbers lie on a multiple of 8.
  const text = Buffer.from(JSON.stringify(header), 'utf8')
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')])
  const bytes = Buffer.alloc(8 + padded.length + offset)
  bytes.writeBigUInt64LE(BigInt(padded.length), 0)
  padded.copy(bytes, 8)
  let at = 8 + padded.length
  for (const { values } of Object.values(tensors)) {
    for (const value of values) at = bytes.writeDoubleLE(value, at)
  }
  return bytes
}

/** IEEE 754 binary16. */
function half(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023]
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
}

/** The upper half of a binary32. */
function brain(bits: number): number {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(0, bits * 65536)
  return view.getFloat32(0)
}
