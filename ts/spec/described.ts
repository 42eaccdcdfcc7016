/** What every key of a specification is, in words: from the schema, for whoever lists keys. */
import { type JsonSchema, written } from './json-schema.js'

/** One key. */
export interface KeyInfo {
  name: string
  /** What it does. */
  text: string
  /** What it may be, such as `a whole number from 1 to 64`. */
  values: string
  /** Its value where nothing is written; absent where it has none. */
  default?: unknown
  /** Of a section, or of each entry of a list or of named things: its keys. */
  keys: readonly KeyInfo[]
  /** What the keys belong to: this section, each entry of its list, or each thing by its name. */
  kind: 'section' | 'list' | 'named' | 'value'
}

/** Every key of a specification, in its order. */
export const specKeys = (): KeyInfo[] => keysOf(written())

function keysOf({ properties = {} }: JsonSchema): KeyInfo[] {
  return Object.entries(properties).map(([name, schema]) => {
    const { kind, of } = insideOf(schema)
    return {
      name,
      text: schema.description ?? of?.description ?? '',
      values: valuesText(schema),
      ...('default' in schema ? { default: schema.default } : {}),
      keys: of === undefined ? [] : keysOf(of),
      kind
    }
  })
}

/** The object whose keys stand under a key. */
function insideOf(schema: JsonSchema): { kind: KeyInfo['kind']; of?: JsonSchema } {
  for (const option of schema.anyOf ?? [schema]) {
    if (option.properties !== undefined) return { kind: 'section', of: option }
    if (option.items !== undefined && hasKeys(option.items)) return { kind: 'list', of: merged(option.items) }
    const named = option.additionalProperties
    if (typeof named === 'object' && hasKeys(named)) return { kind: 'named', of: merged(named) }
  }
  return { kind: 'value' }
}

const hasKeys = (schema: JsonSchema) => merged(schema).properties !== undefined

/** An object, or several that it may be, as one that has the keys of all. */
function merged(schema: JsonSchema): JsonSchema {
  const all = (schema.anyOf ?? [schema]).filter(({ properties }) => properties !== undefined)
  if (all.length < 2) return all[0] ?? schema
  const properties = Object.fromEntries(all.toReversed().flatMap((each) => Object.entries(each.properties ?? {})))
  return { ...schema, properties }
}

/** What a schema lets through, in words. */
function valuesText(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title
  if (schema.anyOf !== undefined) return either(schema.anyOf.map(valuesText))
  if (schema.enum !== undefined) return either(schema.enum.map((value) => `\`${value}\``))
  if (schema.const !== undefined) return typeof schema.const === 'string' ? `\`${schema.const}\`` : String(schema.const)
  switch (schema.type) {
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'whole number' : 'number'}${rangeText(schema)}`
    case 'boolean':
      return '`true` or `false`'
    case 'string':
      return 'text'
    case 'null':
      return '`null`'
    case 'array':
      return `list${schema.minItems ? ` of at least ${schema.minItems}` : ''}${schema.items && !hasKeys(schema.items) ? `: ${valuesText(schema.items)}` : ''}`
    default:
      return schema.additionalProperties === false ? 'keys' : 'keys by name'
  }
}

function rangeText({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  // A bound that is the end of what a number can hold is none.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum
  const least = type === 'integer' && exclusiveMinimum !== undefined ? exclusiveMinimum + 1 : minimum
  const low = least === Number.MIN_SAFE_INTEGER ? undefined : least
  const above = type === 'integer' ? undefined : exclusiveMinimum
  if (low !== undefined && most !== undefined) return ` from ${number(low)} to ${number(most)}`
  const start = low !== undefined ? [`at least ${number(low)}`] : above !== undefined ? [`above ${number(above)}`] : []
  const end = most !== undefined ? [`at most ${number(most)}`] : exclusiveMaximum !== undefined ? [`below ${number(exclusiveMaximum)}`] : []
  const said = [...start, ...end]
  return said.length === 0 ? '' : ` ${said.join(', ')}`
}

/** 1000000 → 1,000,000. */
const number = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 20 })

const either = (options: readonly string[]) =>
  options.length < 2 ? (options[0] ?? '') : `${options.slice(0, -1).join(', ')} or ${options[options.length - 1]}`
