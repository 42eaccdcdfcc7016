/** Seeds as people write them. */
import { XmrlError } from '../errors.js'

/** Most seeds of a range: more are a slip of the hand. */
const MOST = 10_000

/** Seeds of `0..9` or `0,3,5`, each once, in the order written. @throws XmrlError `ERR_USAGE` */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const range = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim())
    if (!range) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is neither a number nor a range such as 0..9`)
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (last < first) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is not a range from small to large; write ${last}..${first}`)
    if (last - first >= MOST)
      throw new XmrlError('ERR_USAGE', `seeds: "${part}" is ${last - first + 1} seeds, each a whole run; give at most ${MOST}`)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
  return [...new Set(seeds)]
}
