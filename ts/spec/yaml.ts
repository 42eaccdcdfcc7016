/** YAML as spec files and `--set` have it: 1.2, with merge keys, and without anything that would be passed over in silence. */
import { parseDocument, type YAMLError } from 'yaml'
import { XmrlError } from '../errors.js'

/**
 * The value of a text.
 * @param what what errors call it
 * @throws XmrlError `ERR_SPEC_INVALID`: no YAML, several documents, a key twice, a tag that stands for nothing here
 */
export function readYaml(text: string, what: string): unknown {
  const fail = (said: string, cause: unknown) => new XmrlError('ERR_SPEC_INVALID', `${what}: ${said}`, { cause })
  const document = parseDocument(text.replace(/^\ufeff/, ''), { uniqueKeys: true, merge: true, logLevel: 'error' })
  const [error] = document.errors
  if (error?.code === 'MULTIPLE_DOCS') throw fail('several documents (a line ---); give one', error)
  if (error !== undefined) throw fail(`not YAML: ${firstLine(error)}`, error)
  const [warning] = document.warnings
  if (warning?.code === 'TAG_RESOLVE_FAILED') throw fail(tagText(text, warning), warning)
  if (warning !== undefined) throw fail(firstLine(warning), warning)
  try {
    return document.toJS()
  } catch (cause) {
    throw fail(`not YAML: ${firstLine(cause)}`, cause)
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
