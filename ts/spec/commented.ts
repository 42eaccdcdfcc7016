/** A specification as YAML that explains itself: every key with what it does, what it may be, and whether it is the default. */
import { isDeepStrictEqual } from 'node:util'
import { stringify } from 'yaml'
import { type KeyInfo, specKeys } from './described.js'
import type { Spec } from './schema.js'
import { isTree, type Tree } from './tree.js'

/** Columns of a comment, its indentation aside. */
const WIDTH = 100

/**
 * Every key of a resolved specification, each under a comment: its description and, in brackets, what it may be; behind a value whether it is the
 * default, or what that would be. Reading the text gives the same specification again, with the same hash.
 */
export function commentedSpec(spec: Spec): string {
  const sections = specKeys().map((key) => keyLines(key, (spec as unknown as Tree)[key.name], ''))
  // Sections stand apart; single keys go together.
  return `${sections.flatMap((lines, at) => (at > 0 && lines.length > 2 ? ['', ...lines] : lines)).join('\n')}\n`
}

/** A key with all that is under it; nothing where it has no value. */
function keyLines(key: KeyInfo, value: unknown, indent: string): string[] {
  if (value === undefined) return []
  const { name, text, values, kind } = key
  const said = kind === 'section' && isTree(value) ? text : `${text} [${values}]`
  const comment = wrapped(said, WIDTH - indent.length).map((line) => `${indent}# ${line}`)
  const inner = `${indent}  `
  if (kind === 'section' && isTree(value)) return [...comment, `${indent}${name}:`, ...fields(key, value, inner, true)]
  if (kind === 'list' && Array.isArray(value) && value.length > 0 && value.every(isTree)) {
    const items = value.flatMap((item, at) => listed(fields(key, item, `${inner}  `, at === 0), inner))
    return [...comment, `${indent}${name}:${mark(key, value)}`, ...items]
  }
  if (kind === 'named' && isTree(value) && Object.keys(value).length > 0) {
    const entries = Object.entries(value).map(([each, what]) => `${inner}${flow(each)}: ${flow(what)}`)
    return [...comment, `${indent}${name}:`, ...entries]
  }
  return [...comment, `${indent}${name}: ${flow(value)}${mark(key, value)}`]
}

/** The keys under a key; those of the second entry of a list have been explained at the first. */
function fields({ keys }: KeyInfo, value: Tree, indent: string, explained: boolean): string[] {
  return keys.flatMap((key) => {
    const lines = keyLines(key, value[key.name], indent)
    return explained ? lines : lines.filter((line) => !line.trimStart().startsWith('#'))
  })
}

/** Lines of an entry of a list: its first key has the dash. */
function listed(lines: readonly string[], indent: string): string[] {
  const first = lines.findIndex((line) => !line.trimStart().startsWith('#'))
  return lines.map((line, at) => (at === first ? `${indent}- ${line.trimStart()}` : line))
}

/** What stands behind a value. */
function mark(key: KeyInfo, value: unknown): string {
  if (!('default' in key)) return ''
  if (isDeepStrictEqual(value, key.default)) return '  # default'
  // An empty object stands for the defaults of its keys.
  return isTree(key.default) && key.keys.length > 0 ? '' : `  # default: ${flow(key.default)}`
}

/** A value on one line. */
const flow = (value: unknown) =>
  stringify(value, { collectionStyle: 'flow', flowCollectionPadding: false, lineWidth: 0, minContentWidth: 0 })
    .replace(/\n\s*/g, ' ')
    .trim()

/** A text in lines, broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines = ['']
  for (const word of text.trim().split(/\s+/)) {
    const longer = `${lines[lines.length - 1]} ${word}`.trimStart()
    if (longer.length > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}
