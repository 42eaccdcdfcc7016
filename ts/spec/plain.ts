/** Plain data: what a specification is made of, and copies of it that nobody else holds. */
import { XmrlError } from '../errors.js'

/** Keys within keys; what lies deeper is a slip, and would be more than a stack holds. */
export const DEEPEST = 100

/**
 * A deep copy of what a script gave, so that a later change of its own cannot reach the experiment.
 * @param path of the value
 * @throws XmrlError `ERR_SPEC_INVALID` naming the key that holds itself, lies too deep, or is a function, a BigInt or something else that no
 * file could hold
 */
export function plainCopy<T>(value: T, path: readonly string[] = [], above: readonly unknown[] = []): T {
  if (typeof value !== 'object' || value === null) {
    const what = { function: 'a function', bigint: `the BigInt ${String(value)}n`, symbol: 'a symbol' }[typeof value as string]
    if (what === undefined) return value
    const instead = typeof value === 'bigint' ? `; write the number ${value}` : ''
    throw refused(path, `found ${what}, and a specification is plain data: numbers, texts, lists, keys and values${instead}`)
  }
  checkNesting(value, path, above)
  const within = [...above, value]
  if (Array.isArray(value)) return Array.from(value, (item, at) => plainCopy(item, [...path, String(at)], within)) as T
  if (Object.prototype.toString.call(value) === '[object Object]') {
    // fromEntries defines: there may be a key __proto__.
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainCopy(inner, [...path, key], within)])) as T
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  const instead = Symbol.iterator in value ? '; write a list, Array.from(…)' : ''
  throw refused(path, `found a ${kind}, and a specification is plain data: numbers, texts, lists, keys and values${instead}`)
}

/** Refuses a value that holds itself, or lies too deep. Errors: `ERR_SPEC_INVALID` naming its key. */
export function checkNesting(value: unknown, path: readonly string[], above: readonly unknown[], file = ''): void {
  const at = above.indexOf(value)
  if (at >= 0)
    throw refused(
      path,
      `it is the same as ${path.slice(0, path.length - above.length + at).join('.') || 'the whole'}, which so holds itself; write out what is meant`,
      undefined,
      file
    )
  if (above.length > DEEPEST) throw refused(path.slice(0, 3), `nested more than ${DEEPEST} deep`, undefined, file)
}

const refused = (path: readonly string[], text: string, cause?: unknown, file = '') =>
  new XmrlError('ERR_SPEC_INVALID', `${file === '' ? '' : `${file}: `}${path.join('.') || 'spec'}: ${text}`, { cause })
