/** What docs/records.md is made of: keys, types and comments as the schemas write them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'

const { Schemas } = (await import(new URL('../../scripts/docs/schemas.mjs', import.meta.url).href)) as {
  Schemas: new (folders: string[]) => { rows(name: string): { text: string; rows: string[][] } }
}

/** Rows of the schema `x` of a file's text. */
function rows(text: string): { text: string; rows: string[][] } {
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-schemas-'))
  try {
    writeFileSync(join(folder, 'x.ts'), text)
    return new Schemas([folder]).rows('x')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('keys, types and the comments above them, through constants, lists and names', (t) => {
  const found = rows(`
    const COLOURS = ['red', 'blue'] as const
    const inner = z.strictObject({ low: z.number(), 'high-up': z.number().nullable() })
    /** A thing. */
    export const x = z.strictObject({
      /** How much,
       *  in metres. */
      size: z.number().positive().optional(),
      colour: z.enum([...COLOURS, 'none']),
      lists: z.array(inner),
      /** By who made it. */
      made: z.record(z.string(), z.strictObject({ by: z.string() })),
      pair: z.tuple([z.number(), z.number()]),
      words: z.array(z.string()),
      either: z.union([z.number(), z.boolean()])
    })`)
  t.is(found.text, 'A thing.')
  t.deepEqual(found.rows, [
    ['size?', 'number', 'How much, in metres.'],
    ['colour', '`red` or `blue` or `none`', ''],
    ['lists[].low', 'number', ''],
    ['lists[].high-up', 'number or null', ''],
    ['made.<name>', 'object by name', 'By who made it.'],
    ['made.<name>.by', 'string', ''],
    ['pair', '2 × number', ''],
    ['words', 'list of strings', ''],
    ['either', 'number or boolean', '']
  ])
})

test('what is said twice is spelt out once; shapes may be spread, extended and picked from', (t) => {
  const found = rows(`
    const part = z.strictObject({ a: z.number(), b: z.number() })
    export const x = z.strictObject({
      first: part,
      second: part.optional(),
      /** The same, flat. */
      ...part.shape,
      more: part.extend({ c: z.string() }),
      less: part.pick({ b: true })
    })`)
  t.deepEqual(
    found.rows.map(([key, type, text]) => `${key}: ${type}${text ? ` (${text})` : ''}`),
    [
      ...['first.a: number', 'first.b: number', 'second?: as `first`', 'a: number (The same, flat.)', 'b: number'],
      ...['more.a: number', 'more.b: number', 'more.c: string', 'less.b: number']
    ]
  )
})

test('a method that is not known is an error, not a guess', (t) => {
  t.throws(() => rows('export const x = z.strictObject({ a: z.string().transform(Number) })'), { message: /does not know \.transform\(\)/ })
})
