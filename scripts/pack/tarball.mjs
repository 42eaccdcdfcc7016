// Reads the tarballs that npm makes: gzip over ustar, whole in memory but for what is skipped.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const field = (/** @type {Buffer} */ header, /** @type {number} */ from, /** @type {number} */ length) =>
  header.toString('utf8', from, from + length).replace(/\0.*$/s, '')

/**
 * @param {string} file
 * @returns {{ name: string, mode: number, time: number, data: Buffer }[]} `name` without the leading `package/`
 */
export function entries(file) {
  const data = gunzipSync(readFileSync(file))
  const found = []
  for (let at = 0; at + 512 <= data.length && data[at] !== 0; ) {
    const header = data.subarray(at, at + 512)
    const size = Number.parseInt(field(header, 124, 12), 8)
    const prefix = field(header, 345, 155)
    const name = `${prefix ? `${prefix}/` : ''}${field(header, 0, 100)}`
    found.push({
      name: name.replace(/^package\//, ''),
      mode: Number.parseInt(field(header, 100, 8), 8),
      time: Number.parseInt(field(header, 136, 12), 8),
      data: data.subarray(at + 512, at + 512 + size)
    })
    at += 512 + Math.ceil(size / 512) * 512
  }
  return found
}
