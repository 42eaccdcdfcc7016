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

/** A value as messages show it, of at most `most` characters: as JSON, but with the numbers that JSON has no word for, and functions by what they are. */
export function shown(value: unknown, most = 60): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'symbol') return String(value)
  const words: string[] = []
  let text: string | undefined
  try {
    // JSON writes null for NaN and infinity: places are kept for them, which no written text can have.
    text = JSON.stringify(value, (_, each) => {
      const isPlain = typeof each !== 'bigint' && !(typeof each === 'number' && !Number.isFinite(each))
      return isPlain ? each : `\u0000${words.push(String(each)) - 1}\u0000`
    })
  } catch {
    // What holds itself is no JSON.
  }
  return (text ?? String(value)).replace(/"\\u0000(\d+)\\u0000"/g, (_, at) => words[Number(at)]).slice(0, most)
}
