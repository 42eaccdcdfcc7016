/** Files of tensors in the safetensors format: 8 bytes of header length, the header in JSON, the data. */
import { z } from 'zod'
import { XmrlError } from '../errors.js'
import { otherFormat } from '../run/index.js'
import { parseJson } from './json.js'

/** One tensor, its numbers as doubles in row-major order. */
export interface Tensor {
  shape: number[]
  values: Float64Array
}
/** Tensors of a file by name. */
export type Tensors = Readonly<Record<string, Tensor>>

/** How PyTorch writes what is read here. */
const AS_SAFETENSORS = "write its tensors as safetensors (PyTorch: safetensors.torch.save_file(policy.state_dict(), 'policy.safetensors'))"

/** Longest header, as the format has it: beyond it a file is taken for a trap. */
const LONGEST_HEADER = 100_000_000

/** Bits of a number of every type that the format knows. */
const BITS: Readonly<Record<string, number>> = {
  ...{ BOOL: 8, F4: 4, F6_E2M3: 6, F6_E3M2: 6, U8: 8, I8: 8, F8_E5M2: 8, F8_E4M3: 8, F8_E8M0: 8, F8_E5M2FNUZ: 8, F8_E4M3FNUZ: 8 },
  ...{ U16: 16, I16: 16, F16: 16, BF16: 16, U32: 32, I32: 32, F32: 32, U64: 64, I64: 64, F64: 64, C64: 64 }
}

/** How a number is read, of the types that policies are made of. */
const READ: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  F64: (view, at) => view.getFloat64(at, true),
  F32: (view, at) => view.getFloat32(at, true),
  F16: (view, at) => half(view.getUint16(at, true)),
  BF16: (view, at) => brain(view.getUint16(at, true))
}

const size = z.number().int().nonnegative()
const entry = z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) })
const metadata = z.record(z.string(), z.string())

interface Entry {
  name: string
  dtype: string
  shape: number[]
  from: number
  to: number
}

/**
 * The tensors of a safetensors file whose numbers are F64, F32, F16 or BF16, each decoded when its `values` are asked for. Other
 * types are not listed. The whole header is held to the format: an object, each name once, known types, lengths that fit shapes,
 * ranges that fill the data without a hole and without meeting.
 * @param name what errors call the file
 * @throws XmrlError `ERR_CHECKPOINT_CORRUPT` naming file and tensor; asking for values: `ERR_NOT_FINITE` naming the entry that is no
 * number, `ERR_SPEC_INVALID` of another type
 */
export function decodeTensors(bytes: Uint8Array, name: string): Tensors {
  const { entries, start } = readHeader(bytes, name)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const tensors: Record<string, Tensor> = {}
  for (const entry of entries) {
    let values: Float64Array | undefined
    const tensor: Tensor = {
      shape: entry.shape,
      get values() {
        values ??= decode(view, start, entry, name)
        return values
      }
    }
    // Defined, not assigned: a tensor may be called __proto__.
    Object.defineProperty(tensors, entry.name, { value: tensor, enumerable: entry.dtype in READ })
  }
  return tensors
}

function decode(view: DataView, start: number, { name, dtype, shape, from }: Entry, file: string): Float64Array {
  const read = READ[dtype]
  if (read === undefined) {
    const known = Object.keys(READ).join(', ')
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: tensor ${shown(name)}: ${dtype} is not read as weights; write it as one of ${known}`)
  }
  const bytes = BITS[dtype] / 8
  const values = new Float64Array(countOf(shape))
  for (let i = 0; i < values.length; i++) {
    values[i] = read(view, start + from + i * bytes)
    if (!Number.isFinite(values[i])) throw new XmrlError('ERR_NOT_FINITE', `${file}: tensor ${shown(name)}: entry ${i} is ${values[i]}`)
  }
  return values
}

/** A name as messages show it: nothing that a terminal would obey. */
const shown = (name: string) =>
  JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}...` : name)
    .slice(1, -1)
    .replace(/[\x7f-\x9f]/g, '?')

const countOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1)

/** Entries of the header in its order, and where the data begin. */
function readHeader(bytes: Uint8Array, name: string): { entries: Entry[]; start: number } {
  const fail = (text: string, cause?: unknown) => new XmrlError('ERR_CHECKPOINT_CORRUPT', `${name}: ${text}`, { cause })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.length >= 8 ? Number(view.getBigUint64(0, true)) : Number.NaN
  if (!(8 + length <= bytes.length) || length < 2) throw fail(`it is not a safetensors file${instead(bytes)}`)
  if (length > LONGEST_HEADER) throw fail(`its header has ${length} bytes, the format allows ${LONGEST_HEADER}`)
  const start = 8 + length
  let header: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(8, start))
    header = parseJson(text)
  } catch (cause) {
    const twice = /is there twice$/.test((cause as Error).message)
    throw fail(twice ? `its header: ${(cause as Error).message}` : 'it is not a safetensors file (no JSON header)', cause)
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header) || bytes[8] !== 0x7b)
    throw fail('its header is no object of tensors')
  const entries: Entry[] = []
  for (const [key, value] of Object.entries(header)) {
    if (key !== '__metadata__') entries.push(readEntry(key, value, bytes.length - start, fail))
    else if (!metadata.safeParse(value).success) throw fail('its __metadata__ is no object of texts')
  }
  checkRanges(entries, bytes.length - start, fail)
  return { entries, start }
}

/** What a file is instead, and what to do; empty where nobody can tell. */
function instead(bytes: Uint8Array): string {
  const found = otherFormat(bytes)
  return found === undefined ? '' : ` but ${found}; ${AS_SAFETENSORS}`
}

type Fail = (text: string, cause?: unknown) => XmrlError

function readEntry(name: string, value: unknown, length: number, fail: Fail): Entry {
  const found = entry.safeParse(value)
  if (!found.success) throw fail(`tensor ${shown(name)}: no dtype, shape and data_offsets`, found.error)
  const { dtype, shape, data_offsets } = found.data
  const [from, to] = data_offsets
  if (!Object.hasOwn(BITS, dtype)) throw fail(`tensor ${shown(name)}: ${JSON.stringify(dtype)} is no type of the format`)
  const bytes = (countOf(shape) * BITS[dtype]) / 8
  const what = `tensor ${shown(name)}: ${dtype} [${shape.join(', ')}]`
  if (!Number.isSafeInteger(bytes)) throw fail(`${what} has no whole number of bytes`)
  if (from > to) throw fail(`tensor ${shown(name)}: it ends (${to}) before it begins (${from})`)
  const there = Math.max(0, Math.min(to, length) - from)
  if (to - from !== bytes || to > length) throw fail(`${what} needs ${bytes} bytes, the file has ${there}`)
  return { name, dtype, shape, from, to }
}

/** Every byte of the data belongs to one tensor. */
function checkRanges(entries: readonly Entry[], length: number, fail: Fail): void {
  let [end, before] = [0, '']
  for (const { name, from, to } of [...entries].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from < end) throw fail(`tensors ${shown(before)} and ${shown(name)} share bytes: one begins at ${from}, the other ends at ${end}`)
    if (from > end) throw fail(`tensor ${shown(name)}: it begins at ${from}, and no tensor has the bytes from ${end}`)
    ;[end, before] = [to, name]
  }
  if (end < length) throw fail(`${length - end} bytes at its end belong to no tensor`)
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
