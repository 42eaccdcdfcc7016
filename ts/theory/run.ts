/** Measures every theorem. */

import { coreAddon, guarded, guardedJob, type TheoryPart } from '../native.js'
import { checkOptions, type Kinds, listener, seed as seeds } from '../options.js'

/** What was measured. */
export interface Theory {
  version: 1
  seed: number
  /** Whether every claim holds. */
  holds: boolean
  parts: TheoryPart[]
}

/** How to measure. */
export interface TheoryOptions {
  /** Seed of the random problems and draws; another seed, other problems. @default 0 */
  seed?: number
  /** Called with every part as it is done. */
  seen?: (part: TheoryPart) => void
}

const THEORY: Kinds<TheoryOptions> = { seed: seeds, seen: listener }

/** Theorems 1 to 3 and Lemmas 1 and 2, one after the other: a few seconds. Errors: `ERR_USAGE` for a seed that is none. */
export async function runTheory(options: TheoryOptions = {}): Promise<Theory> {
  const { seed = 0, seen } = checkOptions('runTheory', options, THEORY)
  const core = coreAddon()
  const parts: TheoryPart[] = []
  for (let index = 0; index < guarded(() => core.theoryParts()).length; index++) {
    const part = await guardedJob(() => core.measureTheory(index, seed))
    parts.push(part)
    seen?.(part)
  }
  return { version: 1, seed, holds: parts.every((part) => part.checks.every((check) => check.holds)), parts }
}
