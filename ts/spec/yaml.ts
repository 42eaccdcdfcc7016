/**
 * YAML as spec files and `--set` have it: 1.2, with merge keys, and without anything that would be passed over in silence. What people
 * write as in YAML 1.1 (`60_000`, `yes`) is handed on as both, because only its key knows which was meant (meant.ts).
 */
import { isScalar, parseDocument, type ScalarTag, type YAMLError } from 'yaml'
import { XmrlError } from '../errors.js'
import { DEEPEST } from './plain.js'

/** A bare word of YAML 1.1: its text, and the value that it had there. */
export class Word {
  readonly text: string
  readonly value: number | boolean

  constructor(text: string, value: number | boolean) {
    this.text = text
    this.value = value
  }

  /** As a key it is its text. */
  toString(): string {
    return this.text
  }
}

/** Digits in groups: `60_000`, `-1_000.5e3`. */
const GROUPED = /^[-+]?(?=[^_]*_)(?:\d+(?:_\d+)*)?(?:\.\d+(?:_\d+)*)?(?:[eE][-+]?\d+)?$/
const YES = /^(?:y|yes|on)$/i
const NO = /^(?:n|no|off)$/i
const TRUTH = /^(?:y|yes|on|n|no|off)$/i

const number = (text: string) => Number(text.replaceAll('_', ''))

/** Words that carry no tag. */
const bare = (name: string, test: RegExp, value: (text: string) => number | boolean): ScalarTag => ({
  tag: `tag:xmrl,2026:${name}`,
  default: true,
  test,
  resolve: (text) => new Word(text, value(text)),
  identify: (item) => item instanceof Word,
  stringify: ({ value: word }) => String(word)
})

const TOO_DEEP = `nested more than ${DEEPEST} deep`

/** What is tagged says itself what it is, so it may be spelt either way, in quotes too. */
const tagged = (name: string, said: string, value: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${name}`,
  resolve: (text, fail) => {
    const found = value(text.trim())
    if (found === undefined) fail(`"${text}" is ${said}`)
    return found
  }
})

const finite = (text: string, good: (value: number) => boolean) => {
  const value = text === '' ? Number.NaN : number(text)
  return good(value) ? value : undefined
}
const truth = (text: string) => {
  if (YES.test(text) || /^true$/i.test(text)) return true
  return NO.test(text) || /^false$/i.test(text) ? false : undefined
}

const TAGS: readonly ScalarTag[] = [
  bare('number', GROUPED, number),
  bare('truth', TRUTH, (text) => YES.test(text)),
  tagged('int', 'no whole number', (text) => finite(text, Number.isInteger)),
  tagged('float', 'no number', (text) => finite(text, Number.isFinite)),
  tagged('bool', 'neither true nor false', truth)
]

/**
 * The value of a text; a bare word of YAML 1.1 is a {@link Word}.
 * @param what what errors call it
 * @throws XmrlError `ERR_SPEC_INVALID`: no YAML, several documents, a key twice, a tag that stands for nothing here
 */
export function readYaml(text: string, what: string): unknown {
  const fail = (said: string, cause: unknown) => new XmrlError('ERR_SPEC_INVALID', `${what}: ${said}`, { cause })
  const document = parsed(text.replace(/^\ufeff/, ''), fail)
  const [error] = document.errors
  if (error?.code === 'MULTIPLE_DOCS') throw fail('several documents (a line ---); give one', error)
  if (error?.code === 'TAG_RESOLVE_FAILED') throw fail(`line ${error.linePos?.[0].line ?? 1}: ${firstLine(error)}`, error)
  // The parser's own words for a text that its stack cannot hold.
  if (error !== undefined && /call stack/.test(error.message)) throw fail(TOO_DEEP, error)
  if (error !== undefined) throw fail(`not YAML: ${firstLine(error)}`, error)
  const [warning] = document.warnings
  if (warning?.code === 'TAG_RESOLVE_FAILED') throw fail(tagText(text, warning), warning)
  if (warning !== undefined) throw fail(firstLine(warning), warning)
  try {
    return document.toJS()
  } catch (cause) {
    throw fail(cause instanceof RangeError ? TOO_DEEP : `not YAML: ${firstLine(cause)}`, cause)
  }
}

function parsed(text: string, fail: (said: string, cause: unknown) => XmrlError) {
  try {
    return parseDocument(text, {
      // By their texts: two words are two objects.
      uniqueKeys: (a, b) => a === b || (isScalar(a) && isScalar(b) && String(a.value) === String(b.value)),
      merge: true,
      logLevel: 'error',
      resolveKnownTags: false,
      customTags: (tags) => [...TAGS, ...tags]
    })
  } catch (cause) {
    if (cause instanceof RangeError) throw fail(TOO_DEEP, cause)
    throw cause
  }
}

function tagText(text: string, { pos: [at], linePos }: YAMLError): string {
  const tag = /^\S+/.exec(text.slice(at))?.[0] ?? 'a tag'
  return `line ${linePos?.[0].line ?? 1}: the tag ${tag} stands for nothing here; leave it out`
}

const firstLine = (error: unknown) =>
  String((error as Error)?.message ?? error)
    .split('\n', 1)[0]
    .replace(/:$/, '')
