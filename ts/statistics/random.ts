/**
 * Counter-based random numbers: the Philox4x32-10 streams of `crates/envs/src/rng.rs`, for draws that TypeScript makes
 * (places of a meta-batch, bootstrap). A draw is a function of its key, so resuming needs no generator state.
 */

const MULTIPLIER_0 = 0xd2511f53
const MULTIPLIER_1 = 0xcd9e8d57
const WEYL_0 = 0x9e3779b9
const WEYL_1 = 0xbb67ae85

export type Words = [number, number, number, number]

/** High 32 bits of a 32 × 32 bit product, through 16-bit halves: every partial sum stays below 2³². */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const carry = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0
}

/** Philox4x32 with ten rounds (Salmon et al., SC 2011): four words from a counter and a key. */
export function philox4x32(counter: Words, key: [number, number]): Words {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0, c0)
    const high1 = multiplyHigh(MULTIPLIER_1, c2)
    const low0 = Math.imul(MULTIPLIER_0, c0) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = Math.imul(MULTIPLIER_1, c2) >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + WEYL_0) >>> 0
    k1 = (k1 + WEYL_1) >>> 0
  }
  return [c0, c1, c2, c3]
}

/** What draws are for; the numbers are part of the random-number contract (never renumber; see `rng.rs`). */
export const PURPOSE = { tasks: 2, metaBatch: 3, bootstrap: 10, controls: 20, check: 21 } as const

/** A source of uniform numbers. */
export interface Draws {
  /** The next number in [0, 1), 53 bits. */
  uniform(): number
}

/** The draws of (seed, purpose, index), in order. `index` is, for example, `stream · 2³² + iteration`. */
export function draws(seed: number, purpose: number, index: number): Draws {
  const key = philox4x32([purpose, index >>> 0, Math.floor(index / 2 ** 32) >>> 0, 0], [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0])
  let block = 0
  let left: number[] = []
  return {
    uniform() {
      if (left.length === 0) {
        const words = philox4x32([block++, 0, 0, 0], [key[0], key[1]])
        left = [unit(words[2], words[3]), unit(words[0], words[1])]
      }
      return left.pop() as number
    }
  }
}

/** 53 bits of two words as a number in [0, 1). */
const unit = (high: number, low: number) => ((high >>> 5) * 0x4000000 + (low >>> 6)) / 2 ** 53

/** An integer in [0, n). */
const integer = (from: Draws, n: number) => Math.min(n - 1, Math.floor(from.uniform() * n))

/** `count` different integers of [0, n) in random order (a partial Fisher-Yates shuffle). */
export function sampleWithoutReplacement(from: Draws, n: number, count: number): number[] {
  const all = Array.from({ length: n }, (_, i) => i)
  for (let i = 0; i < count; i++) {
    const j = i + integer(from, n - i)
    ;[all[i], all[j]] = [all[j], all[i]]
  }
  return all.slice(0, count)
}

/** An index drawn in proportion to `weights` (not negative, sum above 0). */
export function weightedIndex(from: Draws, weights: readonly number[]): number {
  let left = from.uniform() * weights.reduce((sum, weight) => sum + weight, 0)
  for (let i = 0; i < weights.length; i++) {
    left -= weights[i]
    if (left < 0) return i
  }
  return weights.findLastIndex((weight) => weight > 0)
}

/** 53 bits of two words as a number in [0, 1), as `Stream::uniform` takes them. */
const exact = (high: number, low: number) => (high * 0x200000 + (low >>> 11)) / 2 ** 53

/** Words of the newest block, so that two numbers of one block cost one. */
const newest = { key0: -1, key1: -1, task: -1, episode: -1, step: -1, block: -1, words: [0, 0, 0, 0] as Words }

/** Block `block` at a step of the draws whose key, task and episode stand in `words` from `at` on. */
function blockOf(words: Uint32Array, at: number, step: number, block: number): Words {
  const [key0, key1, task, episode] = [words[at], words[at + 1], words[at + 2], words[at + 3]]
  const same =
    newest.block === block &&
    newest.step === step &&
    newest.episode === episode &&
    newest.task === task &&
    newest.key0 === key0 &&
    newest.key1 === key1
  if (same) return newest.words
  newest.key0 = key0
  newest.key1 = key1
  newest.task = task
  newest.episode = episode
  newest.step = step
  newest.block = block
  newest.words = philox4x32([block, step, episode, task], [key0, key1])
  return newest.words
}

/** Number `k` of a step of an episode, uniform in [0, 1): `Stream::uniform` of `rng.rs`, bit for bit. */
export function uniformOf(words: Uint32Array, at: number, step: number, k: number): number {
  const block = blockOf(words, at, step, k >>> 1)
  return k % 2 === 0 ? exact(block[0], block[1]) : exact(block[2], block[3])
}

/** Number `k` of it as a standard normal: Box-Muller on block `k/2`, cosine for even k, sine for odd (`Stream::normal`, to rounding). */
export function normalOf(words: Uint32Array, at: number, step: number, k: number): number {
  const block = blockOf(words, at, step, k >>> 1)
  const radius = Math.sqrt(-2 * Math.log(1 - exact(block[0], block[1])))
  const turn = 2 * Math.PI * exact(block[2], block[3])
  return radius * (k % 2 === 0 ? Math.cos(turn) : Math.sin(turn))
}
