/** Arithmetic on weights as the learner saves them: safetensors bytes of doubles. */
import { XmrlError } from '../errors.js'

/**
 * Weights whose policy is moved: `theta + length · move`; whatever else stands there (learned inner rates) stays.
 * @param move `[P]`
 * @throws XmrlError `ERR_SHAPE` where the policy has another number of parameters
 */
export function movedAlong(weights: Uint8Array, move: Float64Array, length: number): Uint8Array {
  const { start, header } = headerOf(weights)
  const [from, to] = header.theta.data_offsets
  if (to - from !== 8 * move.length) {
    throw new XmrlError('ERR_SHAPE', `weights of ${(to - from) / 8} parameters cannot be moved along ${move.length}`)
  }
  const bytes = Uint8Array.from(weights)
  const numbers = view(bytes)
  for (const [at, value] of move.entries()) {
    const place = start + from + 8 * at
    numbers.setFloat64(place, numbers.getFloat64(place, true) + length * value, true)
  }
  return bytes
}

/** The policy's parameters `[P]`. */
export function policyOf(weights: Uint8Array): Float64Array {
  const { start, header } = headerOf(weights)
  const [from, to] = header.theta.data_offsets
  const numbers = view(weights)
  return Float64Array.from({ length: (to - from) / 8 }, (_, at) => numbers.getFloat64(start + from + 8 * at, true))
}

/** Where the numbers of a safetensors file begin, after 8 bytes that hold the header's length and the header, and where theta lies. */
function headerOf(file: Uint8Array): { start: number; header: { theta: { data_offsets: [number, number] } } } {
  const start = 8 + Number(view(file).getBigUint64(0, true))
  return { start, header: JSON.parse(Buffer.from(file.subarray(8, start)).toString('utf8')) }
}

const view = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)
