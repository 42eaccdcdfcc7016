/** Words of error messages: the name that was perhaps meant (of known names the one nearest to what was written), and values that were found. */

/**
 * Damerau-Levenshtein distance (optimal string alignment): the least number of insertions, deletions,
 * substitutions and swaps of neighbours that turn `a` into `b`.
 */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(substitution, last[j] + 1, row[j - 1] + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, beforeLast[j - 2] + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]
}

/**
 * The known name nearest to `name` (case ignored), or undefined where none is near enough to be a likely typo:
 * at most a third of the longer name may differ, or one name must begin with the other.
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Number.POSITIVE_INFINITY
  for (const candidate of known) {
    const other = candidate.toLowerCase()
    const distance = editDistance(wanted, other)
    const prefix = wanted.length >= 3 && (other.startsWith(wanted) || wanted.startsWith(other))
    const near = distance <= Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3))
    if ((near || prefix) && distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** `; did you mean "x"?` for an error message, or the whole list of known names where nothing is near. */
export function suggestion(name: string, known: readonly string[]): string {
  const near = nearestName(name, known)
  if (near !== undefined) return `; did you mean "${near}"?`
  return known.length > 0 ? `; known: ${known.join(', ')}` : ''
}

/** Letters of a value that a message shows. */
const SHOWN = 120

/**
 * A value as messages show it: as JSON has it, and what JSON cannot say by its name (`NaN`, `-Infinity`, `undefined`, `3n`, `a function`);
 * cut after `most` letters.
 */
export function shown(value: unknown, most = SHOWN): string {
  const text = asText(value, [])
  return text.length > most ? `${text.slice(0, most)}…` : text
}

function asText(value: unknown, above: readonly unknown[]): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value === 'number' || value === undefined) return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  // What holds itself has no end.
  if (above.includes(value) || above.length >= 8) return '…'
  const within = [...above, value]
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    const items = Array.from((value as ArrayLike<unknown>).length > SHOWN ? (value as unknown[]).slice(0, SHOWN) : (value as unknown[]))
    return `[${items.map((item) => asText(item, within)).join(',')}]`
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1)
  if (kind !== 'Object') return `a ${kind}`
  return `{${Object.entries(value)
    .slice(0, SHOWN)
    .map(([key, inner]) => `${JSON.stringify(key)}:${asText(inner, within)}`)
    .join(',')}}`
}
