/** What the schema of a specification has at a key: for errors, and for words whose key decides what they mean. */
import { currentPath } from './migration.js'
import { specSchema } from './schema.js'

/** The parts of a schema that are looked at, its defaults and other wrappers left out. */
export interface Shape {
  /** Of an object: the schema of every key. */
  shape?: Record<string, unknown>
  /** Of a list: the schema of every element. */
  element?: unknown
  /** Of a record: the schema of every value. */
  valueType?: unknown
  /** Of a union: the schemas that are allowed. */
  options?: readonly unknown[]
  def?: { type?: string; innerType?: unknown; values?: readonly unknown[] }
}

/** Strips defaults and other wrappers off a schema. */
export function unwrap(schema: unknown): Shape {
  let node = schema as Shape | undefined
  while (node?.shape === undefined && node?.def?.innerType !== undefined) node = node.def.innerType as Shape
  return node ?? {}
}

/** The schemas that a value may have: one, or those of a union. */
export function options(schema: unknown): Shape[] {
  const node = unwrap(schema)
  return node.options === undefined ? [node] : node.options.flatMap(options)
}

/** The schema of a key of an object, a name of a record or an element of a list; undefined where there is none. */
function inside(schema: unknown, key: string): unknown {
  for (const { shape, element, valueType } of options(schema)) {
    const found = shape?.[key] ?? valueType ?? (/^\d+$/.test(key) ? element : undefined)
    if (found !== undefined) return found
  }
  return undefined
}

/** The schema at a path, which may use old names of keys. */
export const schemaAt = (path: readonly string[]): unknown =>
  currentPath(path).reduce<unknown>((schema, key) => (schema === undefined ? undefined : inside(schema, key)), specSchema)
