/** A text of sentences. */

/** The parts that are there, one after the other: a sentence a line in the code, one paragraph for the reader. */
export function say(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== undefined && part !== '').join(' ')
}
