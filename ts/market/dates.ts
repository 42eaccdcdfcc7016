/** Days as files of prices write them. */

/** Day, month and year of a date by how it is written; times of day are left off. */
const WRITTEN: readonly (readonly [RegExp, (parts: string[], order: SlashOrder | undefined) => [string, string, string] | undefined])[] = [
  [/^(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?$/, ([y, m, d]) => [y, m, d]],
  [/^(\d{4})\/(\d{1,2})\/(\d{1,2})(?: .*)?$/, ([y, m, d]) => [y, m, d]],
  [/^(\d{4})(\d{2})(\d{2})$/, ([y, m, d]) => [y, m, d]],
  [/^(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?$/, ([d, m, y]) => [y, m, d]],
  [
    /^(\d{1,2})\/(\d{1,2})\/(\d{4})(?: .*)?$/,
    ([a, b, y], order) => (order === undefined ? undefined : order === 'month first' ? [y, a, b] : [y, b, a])
  ]
]

/** Which comes first in dates such as 03/01/2020. */
export type SlashOrder = 'day first' | 'month first'

/** What all dates of a file tell about those with slashes: a number above 12 is no month. */
export function slashOrder(cells: Iterable<string>): SlashOrder | undefined {
  let [first, second] = [0, 0]
  for (const cell of cells) {
    const match = /^(\d{1,2})\/(\d{1,2})\/\d{4}/.exec(cell)
    // A date of another kind in between: the file does not keep to one.
    if (match === null) return undefined
    first = Math.max(first, Number(match[1]))
    second = Math.max(second, Number(match[2]))
  }
  if (first > 12 === second > 12) return undefined
  return first > 12 ? 'day first' : 'month first'
}

/** A date as 2020-01-31, or undefined where the text is none. */
export function dateOf(text: string, order?: SlashOrder): string | undefined {
  for (const [shape, parts] of WRITTEN) {
    const match = shape.exec(text)
    const found = match === null ? undefined : parts(match.slice(1), order)
    if (found === undefined) continue
    const date = found.map((part) => part.padStart(2, '0')).join('-')
    const time = Date.parse(`${date}T00:00:00Z`)
    // Date.parse turns 30 February into March.
    return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === date ? date : undefined
  }
  return undefined
}

const DAY_MS = 86_400_000

/** Calendar days from one date to another. */
export const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY_MS
