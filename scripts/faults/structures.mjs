// Changes that keep to the build of a binary file, so that they reach what lies behind its first check: the header of safetensors entry by
// entry, and the fields of a protobuf message (an ONNX model) at any depth.
import { index, oneOf } from './random.mjs'

/** Sizes that no reader may believe. */
const SIZES = [-1, -8, 0, 1, 0.5, 2 ** 31, 2 ** 32 + 2, 2 ** 53, 2 ** 53 + 2, 1e300, null, '8', [8], {}]
const TYPES = ['F64', 'F32', 'F16', 'BF16', 'F4', 'F8_E4M3', 'I64', 'BOOL', 'C64', 'f64', '', '__proto__', 8, null]

/** Ways to change the header of a safetensors file; each is told the header and one of its entries. */
const HEADER = [
  ({ entry, random }) => {
    entry.dtype = oneOf(random, TYPES)
  },
  ({ entry, random }) => {
    entry.shape[index(random, entry.shape.length)] = oneOf(random, SIZES)
  },
  ({ entry, random }) => {
    entry.shape = oneOf(random, [[], [0], [2 ** 26, 2 ** 27], Array(3000).fill(1), Array(40).fill(2), [-2, -4], 'shape', null])
  },
  ({ entry, random }) => {
    entry.data_offsets[index(random, 2)] = oneOf(random, SIZES)
  },
  ({ entry }) => {
    entry.data_offsets.reverse()
  },
  ({ entry, random }) => {
    const by = 8 * (1 + index(random, 4))
    entry.data_offsets = entry.data_offsets.map((at) => at + by)
  },
  // The same numbers under other names and types, as large as what they say.
  ({ entry, random }) => {
    const [type, size] = oneOf(random, [
      ['F32', 2],
      ['F16', 4],
      ['BF16', 4],
      ['I64', 1],
      ['U8', 8]
    ])
    entry.dtype = type
    entry.shape = [...entry.shape.slice(0, -1), (entry.shape.at(-1) ?? 1) * size]
  },
  ({ header, name, entry, random }) => {
    delete header[name]
    header[oneOf(random, ['0.weight', '4.weight', '0.bias', 'log_std', 'conv.weight', '\u001b[2J', '__metadata__', 'x'.repeat(5000)])] =
      entry
  },
  ({ header, name }) => {
    delete header[name]
  },
  ({ header, random }) => {
    header.__metadata__ = oneOf(random, [null, [], { format: 1 }, { a: { b: 'c' } }, 'pt', { format: 'pt' }])
  }
]

/** A safetensors file with one to three changes of its header, whose length is that of the header, now and then almost. */
export function changedTensors(bytes, random) {
  const start = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, start).toString('utf8'))
  for (let times = 1 + index(random, 3); times > 0; times--) {
    const names = Object.keys(header).filter((name) => Array.isArray(header[name]?.shape) && Array.isArray(header[name].data_offsets))
    if (names.length === 0) break
    const name = oneOf(random, names)
    oneOf(random, HEADER)({ header, name, entry: header[name], random })
  }
  let text = JSON.stringify(header)
  // A key that is there twice, and brackets without end.
  if (random() < 0.05) text = text.replace('{', `{"0.weight":{},`)
  if (random() < 0.05) text = text.replace(/\}$/, `,"deep":${'['.repeat(20_000)}${']'.repeat(20_000)}}`)
  const head = Buffer.from(text, 'utf8')
  const length = Buffer.alloc(8)
  const said =
    random() < 0.1
      ? oneOf(random, [0n, 1n, 2n ** 31n, 2n ** 63n, 2n ** 64n - 1n, BigInt(head.length - 1), BigInt(head.length + 1)])
      : BigInt(head.length)
  length.writeBigUInt64LE(said)
  return Buffer.concat([length, head, bytes.subarray(start, random() < 0.1 ? index(random, bytes.length + 1) : bytes.length)])
}

/** Wire types of protobuf with their sizes; 3 and 4 are groups, 6 and 7 are none. */
const [VARINT, LONG, DELIMITED, SHORT] = [0, 1, 2, 5]

/** The fields of a message, or undefined where the bytes are none: `{ number, wire, value }`, the value as bytes. */
function fieldsOf(bytes) {
  const fields = []
  for (let at = 0; at < bytes.length; ) {
    const [tag, afterTag] = varint(bytes, at)
    if (afterTag === undefined || tag < 8n || tag > 2n ** 32n) return undefined
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)]
    let [from, to] = [afterTag, afterTag]
    if (wire === VARINT) to = varint(bytes, afterTag)[1]
    else if (wire === LONG) to += 8
    else if (wire === SHORT) to += 4
    else if (wire === DELIMITED) {
      const [length, afterLength] = varint(bytes, afterTag)
      if (afterLength === undefined) return undefined
      ;[from, to] = [afterLength, afterLength + Number(length)]
    } else return undefined
    if (to === undefined || to > bytes.length) return undefined
    fields.push({ number, wire, value: bytes.subarray(from, to) })
    at = to
  }
  return fields
}

function varint(bytes, from) {
  let value = 0n
  for (let at = from; at < bytes.length && at < from + 10; at++) {
    value |= BigInt(bytes[at] & 127) << BigInt(7 * (at - from))
    if (bytes[at] < 128) return [value, at + 1]
  }
  return [value, undefined]
}

function varintOf(value) {
  const bytes = []
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}

const written = ({ number, wire, value, said }) =>
  Buffer.concat([varintOf(number * 8 + wire), ...(wire === DELIMITED ? [varintOf(said ?? value.length)] : []), value])

const NUMBERS = [-1n, 0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]
const text = (number, value) => written({ number, wire: DELIMITED, value: Buffer.from(value) })
/** TensorProto: numbers that lie in another file (external_data, field 13, with data_location, field 14, EXTERNAL). */
const ELSEWHERE = Buffer.concat([
  written({ number: 13, wire: DELIMITED, value: Buffer.concat([text(1, 'location'), text(2, '../../../../etc/passwd')]) }),
  written({ number: 14, wire: VARINT, value: varintOf(1) })
])

/** Ways to change one field of a message among its fields. */
const FIELDS = [
  (fields, at, random) => {
    fields[at].value = varintOf(oneOf(random, NUMBERS))
    fields[at].wire = VARINT
  },
  (fields, at, random) => {
    fields[at].wire = index(random, 8)
  },
  (fields, at, random) => {
    fields[at].said = oneOf(random, NUMBERS)
  },
  (fields, at, random) => {
    fields[at].number = oneOf(random, [1, 2, 5, 7, 8, 9, 13, 14, 20, 2 ** 20, 2 ** 28])
  },
  (fields, at) => fields.splice(at, 1),
  (fields, at) => fields.splice(at, 0, fields[at]),
  (fields, at, random) => {
    fields[at].value = Buffer.concat([fields[at].value, ELSEWHERE])
    if (random() < 0.5) fields[at].wire = DELIMITED
  },
  // A message in a message in a message.
  (fields, at, random) => {
    const { number } = fields[at]
    for (let depth = 10 + index(random, 200); depth > 0; depth--) fields[at] = { number, wire: DELIMITED, value: written(fields[at]) }
  }
]

/** A protobuf message with one change at a random depth. */
export function changedMessage(bytes, random) {
  const fields = fieldsOf(bytes)
  if (fields === undefined || fields.length === 0) return bytes
  const at = index(random, fields.length)
  const inner = fields[at].wire === DELIMITED && fields[at].value.length > 1 ? fieldsOf(fields[at].value) : undefined
  if (inner !== undefined && inner.length > 0 && random() < 0.8) fields[at].value = changedMessage(fields[at].value, random)
  else oneOf(random, FIELDS)(fields, at, random)
  return Buffer.concat(fields.map(written))
}
