/** Seeds as people write them. */
import { XmrlError } from '../errors.js'

/** Seeds of `0..9` or `0,3,5`, each once, in the order written. @throws XmrlError `ERR_USAGE` */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const range = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim())
    if (!range) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is neither a number nor a range such as 0..9`)
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (last < first || last - first > 9999) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is not a range from small to large`)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
  return [...new Set(seeds)]
}
