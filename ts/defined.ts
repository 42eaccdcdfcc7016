/** Options and records whose optional keys are there or not. */

/**
 * An object without the keys that are undefined: strict schemas and comparisons tell a key that is absent from one that is undefined.
 * Its type is that of the object, whose optional keys take undefined.
 */
export function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
