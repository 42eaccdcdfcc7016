/** Files of weights that are not ours, told by what they begin with. */

/** What other programs' files begin with. A model of ONNX begins with its IR version (field 1) and its producer or graph. */
const OTHERS: readonly (readonly [string, (bytes: Uint8Array) => boolean])[] = [
  ['a zip archive, as torch.save and numpy.savez write', ([a, b, c, d]) => a === 0x50 && b === 0x4b && c === 3 && d === 4],
  ['a pickle', ([a, b]) => a === 0x80 && b >= 2 && b <= 5],
  ['an HDF5 file', ([a, b, c, d]) => a === 0x89 && b === 0x48 && c === 0x44 && d === 0x46],
  ['an ONNX model', ([a, b, c]) => a === 8 && b >= 3 && b < 32 && (c === 0x12 || c === 0x1a || c === 0x3a || c === 0x42)]
]

/** What a file is, where it is one of another program's formats that are no safetensors. */
export const otherFormat = (bytes: Uint8Array): string | undefined => OTHERS.find(([, begins]) => begins(bytes))?.[0]

/** Names of tensors that a message lists. */
const LISTED = 4
/** Longest header that is looked at. */
const LONGEST = 1_000_000

/**
 * What a file of weights is that holds no weights of ours, in words: another format, or safetensors of another program. Undefined where it
 * may be ours, or nobody can tell.
 */
export function foreignWeights(bytes: Uint8Array): string | undefined {
  const format = otherFormat(bytes)
  if (format !== undefined || bytes.length < 8) return format
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  if (length > LONGEST || 8 + length > bytes.length) return undefined
  try {
    const header: unknown = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString('utf8'))
    if (typeof header !== 'object' || header === null) return undefined
    const names = Object.keys(header).filter((name) => name !== '__metadata__')
    if (names.length === 0 || names.includes('theta')) return undefined
    const shown = names.slice(0, LISTED).map((name) => name.slice(0, 40).replace(/[^\w.-]/g, '?'))
    return `a safetensors file of another program (its tensors: ${shown.join(', ')}${names.length > LISTED ? ', …' : ''})`
  } catch {
    return undefined
  }
}
