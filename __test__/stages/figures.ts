/** Made-up figures of the recording learner: numbers that are functions of texts, and files of weights that stand for texts. */
import { decodeTensors, encodeTensors } from '../../ts/policies/index.js'

/** A number in [0, 1) that is a function of a text. */
export function noise(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32
}

/** What weights stand for, by their numbers. */
const texts = new Map<string, string>()

/** A file of `size` weights that stand for a text. */
export function savedWeights(text: string, size: number): Uint8Array {
  const theta = Array.from({ length: size }, (_, at) => noise(`theta ${at} ${text}`))
  texts.set(theta.join(), text)
  return encodeTensors({ theta: { shape: [size], values: Float64Array.from(theta) } }, 'recording')
}

/** The text that weights stand for. Numbers that nobody saved were made of some: a step from them, or their mean. */
export function restoredWeights(bytes: Uint8Array): string {
  const theta = Array.from(decodeTensors(bytes, 'weights').theta.values).join()
  return texts.get(theta) ?? `made ${noise(theta)}`
}

/** What a learner copies to a device and back where there is none. */
export const NOTHING_CROSSED = { uploads: 0, uploaded: 0, downloads: 0, downloaded: 0 }
