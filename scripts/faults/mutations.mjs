// Inputs that somebody might hand over: good ones with bytes changed, cut, doubled, put in, and joined with others.
import { index, oneOf } from './random.mjs'

/** What is put in: numbers at the edges, words of formats, brackets without end, letters that are none. */
const PIECES = [
  ...['null', 'true', '-1', '-0', '1e309', '1e-400', '9007199254740993', '0x10', 'NaN', 'Infinity', '.inf', '1_000', '٣'],
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ':',
    ',',
    ';',
    '\t',
    '\n',
    '\r\n',
    '\0',
    '#',
    '&a',
    '*a',
    '<<: *a',
    '!!binary',
    '--- ',
    '...',
    '? ',
    '|',
    '>'
  ],
  ...[
    '{"__proto__": {"x": 1}}',
    '{"constructor": 1}',
    '"toString"',
    '\\u0000',
    '\\ud800',
    '\ufeff',
    '\ud83d',
    'é',
    '﷽',
    '%',
    '../../etc/passwd'
  ],
  ...[
    'seeds',
    'tasks',
    'retrain',
    'date',
    'close',
    'file',
    'header',
    'shape',
    'data_offsets',
    'weight',
    'stage',
    '2020-02-30',
    '31/02/2020'
  ],
  ...[
    '['.repeat(3000),
    '{"a":'.repeat(3000),
    '&a ['.repeat(200),
    'a: '.repeat(300),
    '- '.repeat(2000),
    '"'.repeat(4001),
    ','.repeat(5000),
    '9'.repeat(400)
  ],
  'a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: [*c, *c, *c, *c, *c, *c, *c, *c, *c]\n'
].map((piece) => Buffer.from(piece))

/** Ways to change bytes. */
const WAYS = [
  (bytes, random) => {
    if (bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    changed[index(random, bytes.length)] = index(random, 256)
    return changed
  },
  (bytes, random) => {
    if (bytes.length === 0) return bytes
    const changed = Buffer.from(bytes)
    changed[index(random, bytes.length)] ^= 1 << index(random, 8)
    return changed
  },
  (bytes, random) => bytes.subarray(0, index(random, bytes.length + 1)),
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  (bytes, random) => insert(bytes, oneOf(random, PIECES), random),
  (bytes, random) => insert(bytes, oneOf(random, PIECES), random),
  (bytes, random) => insert(bytes, Buffer.from(Array.from({ length: 1 + index(random, 8) }, () => index(random, 256))), random),
  // A number of the text becomes another.
  (bytes, random) => {
    const text = bytes.toString('latin1')
    const numbers = [...text.matchAll(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi)]
    if (numbers.length === 0) return bytes
    const { index: at, 0: found } = oneOf(random, numbers)
    return Buffer.concat([bytes.subarray(0, at), oneOf(random, PIECES.slice(0, 13)), bytes.subarray(at + found.length)])
  }
]

function range(bytes, random) {
  const [a, b] = [index(random, bytes.length + 1), index(random, bytes.length + 1)]
  return a < b ? [a, b] : [b, a]
}

function insert(bytes, piece, random) {
  const at = index(random, bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}

/** One of `good`, changed one to four times; now and then joined with another. */
export function mutated(good, random) {
  let bytes = oneOf(random, good)
  if (random() < 0.05) {
    const other = oneOf(random, good)
    bytes = Buffer.concat([bytes.subarray(0, index(random, bytes.length + 1)), other.subarray(index(random, other.length + 1))])
  }
  for (let times = random() < 0.5 ? 1 : 1 + index(random, 4); times > 0; times--) bytes = oneOf(random, WAYS)(bytes, random)
  return bytes
}
