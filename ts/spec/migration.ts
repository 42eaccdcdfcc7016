/**
 * Versions of the specification: what each calls otherwise and what it added. One list serves both ways. Forwards, a specification of
 * any version is read in today's words. Backwards, an experiment is hashed in the words in which it could first be said, so that it
 * keeps its hash, and its run directories and committed records stay its own, whatever its keys are called later.
 */
import { isDeepStrictEqual } from 'node:util'
import { XmrlError } from '../errors.js'
import { isTree, type Tree } from './tree.js'

/** What a version brought. */
export interface SpecVersion {
  /** Keys that it calls otherwise, at any depth: old to new. A new name is one that no key has had, so that the way back is the same. */
  readonly renamed?: Readonly<Record<string, string>>
  /** Keys that it added, by section, each with the value under which everything is as it was before. */
  readonly added?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/** Versions in order, the first of them version 1. A rename or a key that came later is one more entry. */
const VERSIONS: readonly SpecVersion[] = [
  // The first runs were made before these keys.
  { added: { explain: { batches: 1, average: 'mean' }, augment: { tasks: null }, retrain: { mixedHorizon: null } } },
  // The field's words.
  {
    renamed: {
      flights: 'episodes',
      supportFlights: 'supportEpisodes',
      queryFlights: 'queryEpisodes',
      fisherFlights: 'fisherEpisodes',
      slots: 'metaBatchSize'
    }
  },
  // Lengths of adaptation directions, and the evaluation's own; arms with a law of tasks of their own.
  {
    added: {
      explain: { source: 'own', commonNumbers: false, lengths: 'unit', verdict: null },
      retrain: {
        audit: { tasks: 10, adaptations: 1, supportEpisodes: 40, queryEpisodes: 20 },
        reptileStep: null,
        dose: null,
        cvar: { alpha: 0.05 },
        roml: { alpha: 0.05, beta: 0.2, evenShare: 0.2, smoothing: 0.5, batch: 128, floor: 0.02 },
        minimax: { rate: 0.05, evenShare: 0.1 },
        plr: { temperature: 0.1, staleness: 0.1 }
      }
    }
  },
  // Settings of trials that only an arm with `lever: audited` makes, and no arm before had.
  { added: { retrain: { lever: { iterations: 3, margin: 2, tolerance: 1 } } } },
  // A quicker way to the same direction.
  { added: { trpo: { preconditioner: null } } }
]

/** The version that is written. */
export const SPEC_VERSION = VERSIONS.length

/** Objects under these paths have names that somebody gave for keys, which stay as they are. */
const NAMED: readonly string[] = ['retrain.define']

/**
 * A specification of any version, written or resolved, in today's words. A written one says no version: what it calls by an old name is
 * what that name meant.
 * @throws XmrlError `ERR_SPEC_INVALID` where a key is there by both its names
 */
export function migrated(spec: Tree, versions: readonly SpecVersion[] = VERSIONS): Tree {
  return versions.reduce((tree, { renamed = {} }) => (Object.keys(renamed).length === 0 ? tree : (rename(tree, renamed) as Tree)), spec)
}

/** The path of a key in today's words, such as that of an override. */
export function currentPath(path: readonly string[], versions: readonly SpecVersion[] = VERSIONS): string[] {
  return versions.reduce<string[]>(
    (now, { renamed = {} }) =>
      now.map((key, at) => (NAMED.includes(now.slice(0, at).join('.')) || !Object.hasOwn(renamed, key) ? key : renamed[key])),
    [...path]
  )
}

/**
 * A resolved specification (or the part of it that is hashed) in the words in which it could first be said: without keys that came
 * later and change nothing, under the names that keys had at first.
 */
export function asFirstSaid(spec: Tree, versions: readonly SpecVersion[] = VERSIONS): Tree {
  return versions.reduceRight((tree, { renamed = {}, added = {} }) => {
    const sections = Object.entries(tree).map(([section, keys]) => [section, isTree(keys) ? without(keys, added[section] ?? {}) : keys])
    const back = Object.fromEntries(Object.entries(renamed).map(([old, now]) => [now, old]))
    return rename(Object.fromEntries(sections), back) as Tree
  }, spec)
}

/**
 * A resolved specification of a version with the keys that came after it, at the values under which everything is as it was: what a run
 * was made with, not what is the default now.
 */
export function completed(spec: Tree, version: number, versions: readonly SpecVersion[] = VERSIONS): Tree {
  const whole = { ...spec }
  for (const { added = {} } of versions.slice(version)) {
    for (const [section, keys] of Object.entries(added)) {
      const there = whole[section]
      if (isTree(there)) whole[section] = { ...keys, ...there }
    }
  }
  return whole
}

/** The entries of a section without those keys that have the value under which they change nothing. */
function without(section: Tree, neutral: Readonly<Record<string, unknown>>): Tree {
  return Object.fromEntries(
    Object.entries(section).filter(([key, value]) => !(Object.hasOwn(neutral, key) && isDeepStrictEqual(neutral[key], value)))
  )
}

function rename(value: unknown, names: Readonly<Record<string, string>>, path = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => rename(each, names, path))
  if (!isTree(value)) return value
  const out: Tree = {}
  for (const [old, inner] of Object.entries(value)) {
    const key = NAMED.includes(path) || !Object.hasOwn(names, old) ? old : names[old]
    if (key !== old && Object.hasOwn(value, key)) {
      const at = path === '' ? '' : `${path}.`
      throw new XmrlError('ERR_SPEC_INVALID', `${at}${old}: this is ${at}${key} by its old name, and both are there; give one`)
    }
    // Defined, not assigned: a file may have a key __proto__.
    Object.defineProperty(out, key, {
      value: rename(inner, names, path === '' ? key : `${path}.${key}`),
      ...{ enumerable: true, writable: true, configurable: true }
    })
  }
  return out
}
