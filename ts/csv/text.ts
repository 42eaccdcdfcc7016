/** From the bytes of a file to its text: packed or not, in any of the encodings that spreadsheets write. */
import { gunzipSync } from 'node:zlib'
import { type ErrorCode, XmrlError } from '../errors.js'

/** Most bytes that a packed file may come to. */
const MOST_BYTES = 2 ** 30
/** Bytes that are looked at to tell what a file is. */
const SAMPLE = 4096
/** Longest text of a cell that a message shows. */
const LONGEST = 40

/** How files begin that are no text, what they are, and what to do. */
const OTHERS: readonly (readonly [number[], string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook; save the sheet as CSV'],
  [[0x50, 0x41, 0x52, 0x31], 'a Parquet file; write it as CSV'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed with zstd; unpack it, or pack it with gzip'],
  [[0x42, 0x5a, 0x68], 'packed with bzip2; unpack it, or pack it with gzip'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'packed with xz; unpack it, or pack it with gzip'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF; save its table as CSV'],
  [[0x89, 0x48, 0x44, 0x46], 'an HDF5 file; write it as CSV']
]

const begins = (data: Uint8Array, bytes: readonly number[]) => bytes.every((byte, i) => data[i] === byte)

/**
 * The text of a file: gzip is unpacked, UTF-8 and UTF-16 (with a byte order mark or without) are read, and what is neither is
 * taken for Windows-1252.
 * @param code of errors: what the file is for
 * @throws XmrlError of that code, naming what the file is and what to do
 */
export function textOf(data: Uint8Array, file: string, code: ErrorCode): string {
  const fail = (what: string, cause?: unknown) => new XmrlError(code, `${file}: ${what}`, { cause })
  if (begins(data, [0x1f, 0x8b])) {
    let unpacked: Uint8Array
    try {
      unpacked = gunzipSync(data, { maxOutputLength: MOST_BYTES })
    } catch (cause) {
      throw fail(`it is packed with gzip and does not unpack (${(cause as Error).message}); fetch or pack it anew`, cause)
    }
    return textOf(unpacked, file, code)
  }
  const other = OTHERS.find(([bytes]) => begins(data, bytes))
  if (other !== undefined) throw fail(`it is no CSV but ${other[1]}`)
  const text = new TextDecoder(encodingOf(data)).decode(data).replace(/^\ufeff/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what no text has
  if (/[\0-\x08\x0e-\x1a\x1c-\x1f]/.test(text)) throw fail('it is binary, no text; write it as CSV')
  return text
}

function encodingOf(data: Uint8Array): string {
  if (begins(data, [0xff, 0xfe])) return 'utf-16le'
  if (begins(data, [0xfe, 0xff])) return 'utf-16be'
  // The digits and commas of UTF-16 have a zero in every second byte.
  const zeros = [0, 0]
  const sample = data.subarray(0, SAMPLE)
  for (const [i, byte] of sample.entries()) if (byte === 0) zeros[i % 2]++
  const [first, second] = zeros.map((count) => count > 0.3 * (sample.length / 2))
  if (first !== second) return first ? 'utf-16be' : 'utf-16le'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(data)
    return 'utf-8'
  } catch {
    return 'windows-1252'
  }
}

/** A cell's text as a message shows it: nothing that a terminal would obey, and not all of a long one. */
export function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be printed
  const plain = text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]/g, (mark) => {
    return mark === '\n' ? '\\n' : mark === '\t' ? '\\t' : `\\x${mark.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}...` : plain
}
