// A soak: whole runs one after the other in one process, every stage of them, for so many minutes; the process's memory is looked at
// after each, and each has the bytes of the first.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { outcome, TINY } from './runs.mjs'

const { runExperiment } = await product('index')

export const about = 'whole runs one after the other in one process, its memory flat'

export const options = { minutes: { whole: 60, small: 0.05 } }

/** MiB by which the median of the last quarter may lie above that of the second. */
const MOST = 32

/** Runs until the time is over, at least four times. */
export async function tried({ minutes }, { say, fault }) {
  return await inFolder(async (place) => {
    const until = performance.now() + minutes * 60_000
    const sizes = []
    let first
    for (let runs = 0; performance.now() < until || runs < 4; runs++) {
      const out = join(place, `run-${runs}`)
      for await (const _ of runExperiment(TINY, { out, threads: 2 }));
      const found = outcome(out)
      first ??= found
      if (found !== first) fault(`run ${runs}: not the bytes of the first`)
      rmSync(out, { recursive: true, force: true })
      globalThis.gc?.()
      sizes.push(process.memoryUsage.rss() / 2 ** 20)
      if (runs % 20 === 19) say(`${runs + 1} runs, ${Math.round(sizes.at(-1))} MiB`)
    }
    const quarter = (k) => median(sizes.slice(Math.floor((sizes.length * k) / 4), Math.floor((sizes.length * (k + 1)) / 4)))
    const grown = Math.round((quarter(3) - quarter(1)) * 10) / 10
    if (grown > MOST) fault(`the process grew by ${grown} MiB`)
    return { runs: sizes.length, MiB: { first: Math.round(sizes[0]), second: Math.round(quarter(1)), last: Math.round(quarter(3)) }, grown }
  })
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
