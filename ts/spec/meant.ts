/** What `60_000` and `yes` mean: a number and a truth where their key wants one, else the text that they are. */
import { checkNesting } from './plain.js'
import { options, schemaAt } from './shape.js'
import { isTree } from './tree.js'
import { Word } from './yaml.js'

/**
 * A value that was read, with every word of YAML 1.1 as its key at `path` has it.
 * @param file what errors call it
 * @throws XmrlError `ERR_SPEC_INVALID` naming the key of an alias that stands within its own anchor
 */
export function meant(value: unknown, file: string, path: readonly string[] = [], above: readonly unknown[] = []): unknown {
  if (value instanceof Word) return wants(path, typeof value.value) ? value.value : value.text
  if (!Array.isArray(value) && !isTree(value)) return value
  checkNesting(value, path, above, file)
  const within = [...above, value]
  if (Array.isArray(value)) return value.map((item, at) => meant(item, file, [...path, String(at)], within))
  const entries = Object.entries(value).map(([key, inner]) => [key, meant(inner, file, [...path, key], within)] as const)
  // fromEntries defines: a file may have a key __proto__.
  return Object.fromEntries(entries)
}

/** Whether a key takes a number, or true and false. */
function wants(path: readonly string[], type: string): boolean {
  return options(schemaAt(path)).some(({ def }) => def?.type === type || def?.values?.some((each) => typeof each === type))
}
