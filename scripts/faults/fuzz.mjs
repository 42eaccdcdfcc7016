// Files that are hostile or broken: every parser gets many changed inputs, and either takes each or throws a typed error, in bounded time
// and memory. A fixed seed; what does not hold is printed with its input.

import { StepFailed } from '../setup/terminal.mjs'
import { mutated } from './mutations.mjs'
import { parsers } from './parsers.mjs'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { generator, oneOf } from './random.mjs'

const { XmrlError } = await product('errors')

export const about = 'hostile inputs to every parser'

export const options = { inputs: { whole: 100_000, small: 120 } }

/** Seconds of this process's own work that one input may take. */
const MOST_SECONDS = 2
/** MiB by which a parser may grow the process, once it is warm. */
const MOST_MIB = 64

/** Bytes of arrays that one input may make: so many times its own, and what a small one takes anyway. */
const [MOST_TIMES, LEAST] = [16, 2 ** 20]

/** Tries `inputs` inputs a parser; `only`: one parser. */
export async function tried({ inputs, seed, words }, { say, fault }) {
  return await inFolder(async (place) => {
    const figures = {}
    const all = await parsers(place)
    if (words.only !== undefined && !(words.only in all))
      throw new StepFailed(`--only ${words.only}: one of ${Object.keys(all).join(', ')}`)
    for (const [name, parser] of Object.entries(all)) {
      if (words.only !== undefined && words.only !== name) continue
      figures[name] = await one(name, parser, inputs, seed, fault)
      say(`${name}: ${JSON.stringify(figures[name])}`)
    }
    return { figures }
  })
}

async function one(name, { good, parse, change, names = '', refused = false }, inputs, seed, fault) {
  const random = generator(seed + 1)
  const found = { taken: 0, refused: 0, slowest: 0, grown: 0, arrays: 0 }
  for (const [i, bytes] of good.entries()) {
    try {
      await parse(bytes)
    } catch (error) {
      // A manifest is none of another kind.
      if (name !== 'manifests' && name !== 'records' && !refused) fault(`${name}: good input ${i} is refused: ${error.message}`)
    }
  }
  const seen = new Set()
  let before
  for (let i = 0; i < inputs; i++) {
    const changed = change !== undefined && random() < 0.5
    const bytes = changed ? change(oneOf(random, good), random) : mutated(good, random)
    const held = process.memoryUsage().arrayBuffers
    const { user, system } = process.cpuUsage()
    try {
      await parse(bytes)
      found.taken++
      if (refused) fault(`${name}: input ${i} was taken: ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`)
    } catch (error) {
      found.refused++
      // One line a place where it breaks.
      const where =
        error instanceof XmrlError && error.message.includes(names)
          ? ''
          : `${error?.name} ${error?.message?.slice(0, 40)} ${String(error?.stack).split('\n')[1]}`
      if (where !== '' && !seen.has(where)) {
        seen.add(where)
        fault(
          `${name}: input ${i}: an error without a type, or that does not name ${names || 'it'}: ${String(error?.stack).slice(0, 700)}\n  of ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`
        )
      }
    }
    const arrays = process.memoryUsage().arrayBuffers - held
    found.arrays = Math.max(found.arrays, Math.ceil(arrays / 1024))
    if (arrays > MOST_TIMES * bytes.length + LEAST) fault(`${name}: input ${i} of ${bytes.length} bytes made arrays of ${arrays}`)
    const spent = process.cpuUsage({ user, system })
    const seconds = (spent.user + spent.system) / 1e6
    if (seconds > MOST_SECONDS) fault(`${name}: input ${i} took ${seconds} s: ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`)
    found.slowest = Math.max(found.slowest, Math.round(seconds * 1000))
    if (i === Math.floor(inputs / 5)) before = memory()
  }
  found.grown = Math.round((memory() - before) / 2 ** 20)
  // Without a collection on demand it says when V8 collected last.
  if (globalThis.gc !== undefined && found.grown > MOST_MIB) fault(`${name}: the process grew by ${found.grown} MiB`)
  return found
}

/** Bytes that are held when nothing is left to collect. */
function memory() {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
