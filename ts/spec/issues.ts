/** What is wrong with a specification, in words: the key, what was expected, what was found, and what was perhaps meant. */
import type { z } from 'zod'
import { nearestName, shown, suggestion } from '../spelling.js'
import { specSchema } from './schema.js'
import { options, schemaAt, unwrap } from './shape.js'
import { isTree, readAt, type Tree } from './tree.js'

/** An unknown key explains most other complaints (a missing or wrong neighbour), so it comes first. */
export function describeIssues(issues: readonly z.core.$ZodIssue[], written: Tree): string {
  const first = issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0]
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return `${describeIssue(first, written)}${more}`
}

/** Where one of several alternatives has the shape of what was found: what is wrong within that one. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== 'invalid_union') return issue
  const within = issue.errors.map(([first]) => first).find((inner) => inner !== undefined && inner.path.length > 0)
  return within === undefined ? issue : innermost({ ...within, path: [...issue.path, ...within.path] })
}

function describeIssue(outer: z.core.$ZodIssue, written: Tree): string {
  const issue = innermost(outer)
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') return describeUnknownKey(path, issue.keys[0])
  const where = path.join('.') || 'spec'
  const found = readAt(written, path)
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    return `${where}: unknown value "${found}"${suggestion(found, issue.values.map(String))}`
  }
  const text = issue.message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, '')
  if (found === undefined) return `${where}: ${text}`
  return `${where}: ${text.replace(/, received -?\w+$/, '')}, found ${shown(found)}${hint(issue, found)}`
}

/** How what was written would be right: without quotes, as a list, by the keys that there are. */
function hint(issue: z.core.$ZodIssue, found: unknown): string {
  if (issue.code !== 'invalid_type') return ''
  if (typeof found === 'number' && !Number.isFinite(found)) return '; write a finite number'
  if (issue.expected === 'array') return listHint(issue, found)
  if (issue.expected === 'object' && !isTree(found)) return `; its keys are ${keysAt(issue.path.map(String)).join(', ')}`
  if (typeof found !== 'string') return ''
  const bare = found.replace(/(?<=\d)[_' ,](?=\d)/g, '')
  if ((issue.expected === 'number' || issue.expected === 'int') && bare !== '' && Number.isFinite(Number(bare))) {
    return `; write ${bare}${bare === found ? ' without quotes' : ''}`
  }
  if (issue.expected !== 'boolean') return ''
  if (/^(y|yes|on|true)$/i.test(found)) return '; write true'
  return /^(n|no|off|false)$/i.test(found) ? '; write false' : ''
}

/** A range of whole numbers, which YAML has no word for. */
const RANGE = /^\s*(\d{1,9})\s*(?:\.\.|-|:)\s*(\d{1,9})\s*$/
/** Numbers of a range that a hint writes out. */
const WRITTEN_OUT = 20

/** What was written where a list belongs, as the list that was meant: only where the key takes what it would hold. */
function listHint(issue: z.core.$ZodIssue, found: unknown): string {
  const element = options(schemaAt(issue.path.map(String))).find((each) => each.element !== undefined)?.element
  const takes = (item: unknown) => (element as z.ZodType | undefined)?.safeParse(item).success === true
  if (takes(found)) return `; write [${shown(found).replaceAll('"', '')}]`
  if (typeof found !== 'string') return ''
  const [, first, last] = (RANGE.exec(found) ?? []).map(Number)
  if (last >= first && takes(first)) {
    const all = Array.from({ length: Math.min(last - first + 1, WRITTEN_OUT) }, (_, at) => first + at)
    const flag = issue.path.join('.') === 'seeds' ? `, or give --seeds ${first}..${last}` : ''
    return `; write every one, [${all.join(', ')}${all.length <= last - first ? ', …' : ''}]${flag}`
  }
  const items = found.split(',').map((item) => (item.trim() === '' || Number.isNaN(Number(item)) ? item.trim() : Number(item)))
  return items.every(takes) ? `; write [${items.join(', ')}]` : ''
}

function describeUnknownKey(path: readonly string[], key: string): string {
  const known = keysAt(path)
  const where = [...path, key].join('.')
  const near = nearestName(key, known)
  if (near !== undefined) return `${where}: unknown key; did you mean "${[...path, near].join('.')}"?`
  const elsewhere = allPaths().find((other) => other.split('.').at(-1) === key)
  if (elsewhere !== undefined) return `${where}: unknown key; did you mean "${elsewhere}"?`
  return `${where}: unknown key; known: ${known.join(', ')}`
}

/** Known keys of the object at a path. */
function keysAt(path: readonly string[]): string[] {
  const found = options(schemaAt(path)).find(({ shape }) => shape !== undefined)
  return Object.keys(found?.shape ?? {})
}

/** Every key path of two levels, for "you meant this one over there". */
function allPaths(): string[] {
  return Object.entries(specSchema.shape).flatMap(([key, child]) => [
    key,
    ...Object.keys(unwrap(child).shape ?? {}).map((sub) => `${key}.${sub}`)
  ])
}
