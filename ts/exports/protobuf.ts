/**
 * Protocol buffers, as far as files of ours need them: fields are appended in the order in which they are given.
 * Format: https://protobuf.dev/programming-guides/encoding.
 *
 * Written here rather than by a library, because that is a page of code, and every library on hand would be a dependency of every
 * installation (and wants the schemas of ONNX and TensorBoard as generated code). Libraries read the files in the tests.
 */

/** How a field's bytes are delimited. */
const WIRE = { varint: 0, double: 1, length: 2, float: 5 } as const

const utf8 = new TextEncoder()

/** A message that is being written. */
export class Message {
  readonly #parts: Uint8Array[] = []

  /** A whole number from 0 to 2^53: int64, int32, uint64, uint32, an enum or a boolean. */
  whole(field: number, value: number): this {
    return this.#add(field, WIRE.varint, varint(value))
  }

  double(field: number, value: number): this {
    const bytes = new Uint8Array(8)
    new DataView(bytes.buffer).setFloat64(0, value, true)
    return this.#add(field, WIRE.double, bytes)
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setFloat32(0, value, true)
    return this.#add(field, WIRE.float, bytes)
  }

  /** Bytes, a text in UTF-8, or a message. */
  bytes(field: number, value: Uint8Array | string | Message): this {
    const bytes = value instanceof Message ? value.finish() : typeof value === 'string' ? utf8.encode(value) : value
    return this.#add(field, WIRE.length, varint(bytes.length), bytes)
  }

  /** The message so far. */
  finish(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#parts))
  }

  #add(field: number, wire: number, ...parts: Uint8Array[]): this {
    this.#parts.push(varint(field * 8 + wire), ...parts)
    return this
  }
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function varint(value: number): Uint8Array {
  const bytes = []
  let rest = value
  // Not by shifts: those know 32 bits.
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
