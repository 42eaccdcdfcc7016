/** CRC-32C (Castagnoli, RFC 3720 B.4), by which records of event files are checked. */

/** The polynomial, its bits in reverse. */
const POLYNOMIAL = 0x82f63b78

/** Remainder of every byte. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1
  return rest
})

/** The checksum, as a whole number below 2^32. */
export function crc32c(bytes: Uint8Array): number {
  let rest = 0xffffffff
  for (const byte of bytes) rest = TABLE[(rest ^ byte) & 255] ^ (rest >>> 8)
  return ~rest >>> 0
}
