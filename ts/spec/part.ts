/** Part of a section: its keys without their defaults, each of which may be absent. */
import { z } from 'zod'

/** Any of the keys of a value, at every level; lists are whole. */
type Part<T> = T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Part<T[K]> } : T
type Outputs<S extends Record<string, z.ZodType>> = { [K in keyof S]: z.output<S[K]> }

/** A strict object of some of a section's keys: nothing is filled in, an unknown key is refused. */
export function partOf<S extends Record<string, z.ZodType>>(shape: S): z.ZodType<Part<Outputs<S>>> {
  const keys = Object.entries(shape).map(([key, schema]) => [key, bare(schema).optional()] as const)
  return z.strictObject(Object.fromEntries(keys)) as unknown as z.ZodType<Part<Outputs<S>>>
}

/** A schema without its default; an object at every level. */
function bare(schema: z.ZodType): z.ZodType {
  const inner = schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault ? (schema.unwrap() as z.ZodType) : schema
  const kept = inner instanceof z.ZodObject ? partOf(inner.shape as Record<string, z.ZodType>) : inner
  return schema.description === undefined ? kept : kept.describe(schema.description)
}
