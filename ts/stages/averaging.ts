/** The mean of a loop's iterates: meta-steps are noisy, and their mean over the last part of a stage is less so than the last of them. */
import { XmrlError } from '../errors.js'

/** File of the last iterate in checkpoints whose weights are a mean. */
export const ITERATE = 'iterate.safetensors'

/** The mean of `count` iterates, as safetensors bytes of doubles. */
export interface MeanWeights {
  bytes: Uint8Array
  count: number
}

/**
 * The mean with one more iterate, `mean + (iterate − mean) / n` number by number; the iterate itself where there is none yet.
 * @param iterate safetensors bytes of doubles whose header is that of the mean
 * @throws XmrlError `ERR_SHAPE` where the headers differ
 */
export function meanWith(mean: MeanWeights | undefined, iterate: Uint8Array): MeanWeights {
  if (mean === undefined) return { bytes: iterate, count: 1 }
  const start = dataStart(iterate)
  if (iterate.length !== mean.bytes.length || Buffer.compare(iterate.subarray(0, start), mean.bytes.subarray(0, start)) !== 0) {
    throw new XmrlError('ERR_SHAPE', 'weights of another policy than those they are to be averaged with')
  }
  const count = mean.count + 1
  const bytes = Uint8Array.from(mean.bytes)
  const [from, to] = [view(iterate), view(bytes)]
  for (let at = start; at < bytes.length; at += 8) {
    const before = to.getFloat64(at, true)
    to.setFloat64(at, before + (from.getFloat64(at, true) - before) / count, true)
  }
  return { bytes, count }
}

/** Where the numbers of a safetensors file begin: after 8 bytes that hold the header's length, and the header. */
const dataStart = (file: Uint8Array): number => 8 + Number(view(file).getBigUint64(0, true))

const view = ({ buffer, byteOffset, byteLength }: Uint8Array) => new DataView(buffer, byteOffset, byteLength)
