/** Episodes of libmujoco that are committed (crates/envs/tests/recorded; the layout stands in scripts/physics/oracle.py). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../helpers.js'

export interface Recorded {
  count: number
  steps: number
  /** `[n][K]`. */
  tasks: number[][]
  /** `[n, D]`. */
  starts: Float64Array
  /** `[n, T, A]`. */
  actions: Float64Array
  /** `[n, T]`. */
  rewards: Float64Array
  terminated: Uint8Array
  /** `[n, D]` states after T steps. */
  last: Float64Array
  /** Error that an episode may have `[n]`. */
  bounds: Float64Array
}

/** The episodes of a preset; undefined where none were recorded. */
export function recorded(preset: string): Recorded | undefined {
  const file = join(root, 'crates', 'envs', 'tests', 'recorded', `${preset.replace('/', '_')}.episodes`)
  if (!existsSync(file)) return undefined
  const bytes = readFileSync(file)
  if (bytes.subarray(0, 8).toString() !== 'XMRLFLY1') throw new Error(`${file}: another layout`)
  let at = 8
  /** `count` numbers of `width` bytes; blocks begin at multiples of 8. */
  const take = (count: number, width: number, read: (at: number) => number) => {
    const values = Float64Array.from({ length: count }, (_, i) => read(at + i * width))
    at = Math.ceil((at + count * width) / 8) * 8
    return values
  }
  const words = (count: number) => take(count, 4, (from) => bytes.readUInt32LE(from))
  const singles = (count: number) => take(count, 4, (from) => bytes.readFloatLE(from))
  const doubles = (count: number) => take(count, 8, (from) => bytes.readDoubleLE(from))
  const flags = (count: number) => take(count, 1, (from) => bytes[from])
  const [n, t, d, a, s, k, m] = words(8)
  words(m)
  flags(n)
  const tasks = doubles(n * k)
  const found = {
    count: n,
    steps: t,
    tasks: Array.from({ length: n }, (_, i) => Array.from(tasks.subarray(i * k, (i + 1) * k))),
    starts: singles(n * d),
    actions: singles(n * t * a)
  }
  doubles(n * s)
  const rewards = doubles(n * t)
  const terminated = Uint8Array.from(flags(n * t))
  const last = doubles(n * d)
  doubles(n * m * s)
  return { ...found, rewards, terminated, last, bounds: doubles(n) }
}
