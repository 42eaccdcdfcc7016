// Numbers that a seed fixes, so that what was found once is found again.

/** A generator of numbers in [0, 1) (mulberry32). */
export function generator(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A whole number from 0 to `below` - 1. */
export const index = (random, below) => Math.floor(random() * below)

/** One of some. */
export const oneOf = (random, values) => values[index(random, values.length)]
