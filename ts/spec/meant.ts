/** What `60_000` and `yes` mean: a number and a truth where their key wants one, else the text that they are. */
import { options, schemaAt } from './shape.js'
import { isTree } from './tree.js'
import { Word } from './yaml.js'

/** A value that was read, with every word of YAML 1.1 as its key at `path` has it. */
export function meant(value: unknown, path: readonly string[] = []): unknown {
  if (value instanceof Word) return wants(path, typeof value.value) ? value.value : value.text
  if (Array.isArray(value)) return value.map((item, at) => meant(item, [...path, String(at)]))
  if (!isTree(value)) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, meant(inner, [...path, key])] as const)
  // fromEntries defines: a file may have a key __proto__.
  return Object.fromEntries(entries)
}

/** Whether a key takes a number, or true and false. */
function wants(path: readonly string[], type: string): boolean {
  return options(schemaAt(path)).some(({ def }) => def?.type === type || def?.values?.some((each) => typeof each === type))
}
