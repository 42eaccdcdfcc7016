/**
 * The version of the records' format, and how older records are read: every record, a run's or a committed one, passes through
 * {@link migrated} before its schema sees it. Records that say no version are of version 1. Nothing on disk is rewritten.
 */
import { XmrlError } from '../errors.js'

/** What a version calls otherwise than the version before it. */
export interface Renaming {
  /** Kinds of records, which begin the names of their files: old to new. */
  readonly kinds?: Readonly<Record<string, string>>
  /** Keys, at any depth: old to new. */
  readonly keys?: Readonly<Record<string, string>>
  /** Words, by the key (by its new name) that they stand under: old to new. */
  readonly words?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/**
 * Renamings in order: the first leads from version 1 to version 2. A rename of keys is one more entry. Tables of records of version 1
 * are those that it gave but for two words: "episodes" in the question about mixing, and `heldOut` in the column `pool` of table.csv.
 */
const RENAMINGS: readonly Renaming[] = [
  {
    kinds: { flights: 'episodes' },
    keys: { 'held-out': 'heldOut', supportFlights: 'supportEpisodes', queryFlights: 'queryEpisodes' },
    words: { pool: { 'held-out': 'heldOut' } }
  }
]

/** The version that is written. */
export const RECORD_VERSION = 1 + RENAMINGS.length

/**
 * Objects whose keys are names that somebody gave (of arms, of presets, of facts), so deep that they are: those keys stay. What
 * `define` holds was quoted from a specification and stays as a whole.
 */
const NAMED: Readonly<Record<string, number>> = {
  arms: 1,
  steps: 1,
  info: 1,
  envSteps: 2,
  presets: 2,
  transfer: 2,
  define: Number.POSITIVE_INFINITY
}

/** Solvers that gave weights when records did not say what their omega holds. */
const WEIGHTED: readonly unknown[] = ['adaptation', 'alternating']

/**
 * A record as this version would have written it, its `version` (in the `header`, where it has one) raised; one that says none says none.
 * @param value what a file holds, parsed
 * @throws XmrlError `ERR_RECORD_INVALID` for a record of a later version
 */
export function migrated(value: unknown, renamings: readonly Renaming[] = RENAMINGS): unknown {
  if (!isTree(value)) return value
  const version = versionOf(value)
  const newest = 1 + renamings.length
  if (typeof version === 'number' && version > newest) {
    throw new XmrlError(
      'ERR_RECORD_INVALID',
      `version ${version} of the records' format, and this xmrl reads up to ${newest}: use a newer xmrl`
    )
  }
  const steps = typeof version === 'number' && version >= 1 ? renamings.slice(version - 1) : []
  const renamed = steps.reduce<unknown>((tree, step) => rename(tree, step), completed(value)) as Tree
  if (steps.length === 0) return renamed
  const { header } = renamed
  if (isTree(header)) return { ...renamed, header: { ...header, version: newest } }
  return 'version' in renamed ? { ...renamed, version: newest } : renamed
}

/** The name that a record of an older version has now, such as `evaluation-maml`. */
export function currentName(name: string, renamings: readonly Renaming[] = RENAMINGS): string {
  return renamings.reduce((now, { kinds = {} }) => {
    const [kind] = now.split('-', 1)
    return Object.hasOwn(kinds, kind) ? `${kinds[kind]}${now.slice(kind.length)}` : now
  }, name)
}

/** Every name that a record has had, today's first. */
export function everyName(name: string, renamings: readonly Renaming[] = RENAMINGS): string[] {
  const names = [name]
  for (const { kinds = {} } of renamings.toReversed()) {
    const oldest = names[names.length - 1]
    const [kind] = oldest.split('-', 1)
    const former = Object.keys(kinds).find((old) => kinds[old] === kind)
    if (former !== undefined) names.push(`${former}${oldest.slice(kind.length)}`)
  }
  return names
}

type Tree = { readonly [key: string]: unknown }
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

function versionOf({ header, version }: Tree): unknown {
  return (isTree(header) ? header.version : version) ?? 1
}

/** With what records of old left to be known: whether the omega of an explanation holds weights or scores. */
function completed(value: Tree): Tree {
  const explains = 'omega' in value && 'solver' in value && value.kind === undefined
  return explains ? { ...value, kind: WEIGHTED.includes(value.solver) ? 'weights' : 'scores' } : value
}

/** A tree in the words of the next version; `named` levels of its keys are names that somebody gave. */
function rename(value: unknown, step: Renaming, named = 0): unknown {
  if (named === Number.POSITIVE_INFINITY) return value
  if (Array.isArray(value)) return value.map((each) => rename(each, step))
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([old, inner]) => {
      const key = named === 0 && step.keys !== undefined && Object.hasOwn(step.keys, old) ? step.keys[old] : old
      const words = named === 0 ? step.words?.[key] : undefined
      const word = typeof inner === 'string' && words !== undefined && Object.hasOwn(words, inner) ? words[inner] : inner
      return [key, rename(word, step, named > 0 ? named - 1 : Object.hasOwn(NAMED, old) ? NAMED[old] : 0)]
    })
  )
}
