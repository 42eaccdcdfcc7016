/** The hash that names an experiment in every record: what it is taken of, and in which words. */
import { createHash } from 'node:crypto'
import { asFirstSaid } from './migration.js'
import { isMarket } from './registry.js'
import type { Spec } from './schema.js'
import { isTree, type Tree } from './tree.js'

/** SHA-256 (hex) of the canonical JSON of what makes an experiment's results; see {@link hashedPart}. */
export function hashSpec(spec: Spec): string {
  return createHash('sha256')
    .update(canonicalJson(hashedPart(spec)))
    .digest('hex')
}

/**
 * The part of a resolved spec that says how results are made. Left out is what says which of them: seeds, arms and the arms
 * that are defined, whether to go on where poor tasks are not identifiable, how an explanation is checked, and on which other
 * presets arms are scored. Each result is the same with or without others.
 * Of a world of one's own it holds the name and the hash of its source, not where that is.
 * Of prices it holds what they are, not where, and by which rules they are traded; an experiment without any has no such part.
 * Of the weights that training starts from it holds the file's name as it was written, not the folder that it counts from.
 * It is in the words in which the experiment could first be said; see {@link asFirstSaid}.
 */
export function hashedPart(spec: Spec): Tree {
  // A run of an older version has no `market`, or none with `rules`.
  const { seeds: _seeds, market, world, ...rest } = spec as Omit<Spec, 'market' | 'world'> & Partial<Pick<Spec, 'market' | 'world'>>
  const prices = { ...(market?.sha256 ? { sha256: market.sha256 } : {}), ...rulesOf(spec.environment, market?.rules) }
  const { arms: _arms, define: _define, ...retrain } = spec.retrain
  const { allowUnreliable: _allowed, validate: _validate, ...explain } = spec.explain
  const { transfer: _transfer, ...evaluate } = spec.evaluate
  const { initialFrom: _from, ...train } = spec.train
  const traded = Object.keys(prices).length === 0 ? {} : { market: prices }
  const own = world ? { world: { sha256: world.sha256 } } : {}
  return asFirstSaid({ ...rest, ...own, ...traded, train, evaluate, explain, retrain })
}

/** The rules of a market beyond the first, which had no number. */
const rulesOf = (environment: string, rules = 1) => (isMarket(environment) && rules > 1 ? { rules } : {})

/** JSON with keys sorted at every level and no white space: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (isTree(value)) {
    const entries = Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`)
    return `{${entries.join(',')}}`
  }
  return JSON.stringify(value)
}
