// Files that are hostile or broken: every parser gets many changed inputs, and either takes each or throws a typed error, in bounded time
// and memory. A fixed seed; what does not hold is printed with its input.

import { mutated } from './mutations.mjs'
import { parsers } from './parsers.mjs'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { generator } from './random.mjs'

const { XmrlError } = await product('errors')

export const about = 'hostile inputs to every parser'

export const options = { inputs: { whole: 100_000, small: 120 } }

/** Seconds of this process's own work that one input may take. */
const MOST_SECONDS = 2
/** MiB by which a parser may grow the process, once it is warm. */
const MOST_MIB = 64

/** Tries `inputs` inputs a parser; `only`: one parser. */
export async function tried({ inputs, seed, words }, { say, fault }) {
  return await inFolder(async (place) => {
    const figures = {}
    for (const [name, parser] of Object.entries(await parsers(place))) {
      if (words.only !== undefined && words.only !== name) continue
      figures[name] = await one(name, parser, inputs, seed, fault)
      say(`${name}: ${JSON.stringify(figures[name])}`)
    }
    return { figures }
  })
}

async function one(name, { good, parse }, inputs, seed, fault) {
  const random = generator(seed + 1)
  const found = { taken: 0, refused: 0, slowest: 0, grown: 0 }
  for (const [i, bytes] of good.entries()) {
    try {
      await parse(bytes)
    } catch (error) {
      // A manifest is none of another kind.
      if (name !== 'manifests' && name !== 'records') fault(`${name}: good input ${i} is refused: ${error.message}`)
    }
  }
  const seen = new Set()
  let before
  for (let i = 0; i < inputs; i++) {
    const bytes = mutated(good, random)
    const { user, system } = process.cpuUsage()
    try {
      await parse(bytes)
      found.taken++
    } catch (error) {
      found.refused++
      // One line a place where it breaks.
      const where =
        error instanceof XmrlError ? '' : `${error?.name} ${error?.message?.slice(0, 40)} ${String(error?.stack).split('\n')[1]}`
      if (where !== '' && !seen.has(where)) {
        seen.add(where)
        fault(
          `${name}: input ${i}: an untyped error: ${String(error?.stack).slice(0, 700)}\n  of ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`
        )
      }
    }
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
