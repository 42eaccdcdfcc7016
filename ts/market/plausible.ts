/** What prices do that no market does: jumps of a day, missing days, names that stand still. */
import { daysBetween } from './dates.js'
import { priceError, type Reading } from './price-table.js'

/** Least and largest ratio of two closes in a row that passes: a 2-for-1 split halves a close, give or take the day's own move. */
const UNADJUSTED = [0.55, 1.8] as const
/** The same where the file says that splits are taken out: what is left is a crash, a wrong tick or another currency. */
const ADJUSTED = [0.2, 5] as const
/** Ratios of splits that pass the bounds; named where a day's move comes this near to one. */
const SMALL_SPLITS: readonly (readonly [string, number])[] = [
  ['3-for-2', 2 / 3],
  ['4-for-3', 3 / 4]
]
const NEAR = 0.01
/** Calendar days after which trading days must be missing: Shanghai was closed for eleven at the New Year of 2020. */
const LONGEST_GAP = 11
/** Days from which their usual distance is asked for. */
const FEWEST_GAPS = 10
/** Closes in a row that are the same from which a name is said to stand still: a month. */
const STILL = 21

/** Closes `[T, n]` with the place in the file of each. */
export interface Checked {
  file: string
  names: readonly string[]
  dates: readonly string[]
  closes: ArrayLike<number>
  /** True where the closes are adjusted for splits. */
  adjusted: boolean
  /** Line and column of a close. */
  place(day: number, name: number): { line: number; column: string }
  /** Line and column of a day. */
  dayPlace(day: number): { line: number; column: string }
}

const percent = (ratio: number) => `${ratio < 1 ? 'falls' : 'rises'} by ${Math.abs(100 * (ratio - 1)).toPrecision(3)} %`

/** Adds to a reading what is odd about its table. */
export function check(table: Checked, reading: Reading): void {
  checkDays(table, reading)
  const { names, dates, closes, adjusted } = table
  const [least, most] = adjusted ? ADJUSTED : UNADJUSTED
  const n = names.length
  const jumps: [number, number][] = []
  const still = new Int32Array(n)
  let [fall, rise] = [
    { ratio: 1, t: 0, i: 0 },
    { ratio: 1, t: 0, i: 0 }
  ]
  for (let t = 1; t < dates.length; t++) {
    for (let i = 0; i < n; i++) {
      const ratio = closes[t * n + i] / closes[(t - 1) * n + i]
      if (ratio < fall.ratio) fall = { ratio, t, i }
      if (ratio > rise.ratio) rise = { ratio, t, i }
      if (ratio <= least || ratio >= most) jumps.push([t, i])
      else if (!adjusted) noteSmallSplit(table, reading, t, i, ratio)
      still[i] = ratio === 1 ? still[i] + 1 : 0
      if (still[i] === STILL) reading.notes.push(`${names[i]} stands still for ${STILL} days to ${dates[t]}: is its price filled in?`)
    }
  }
  const moves = [fall, rise].filter(({ t }) => t > 0).map(({ ratio, t, i }) => `${names[i]} ${percent(ratio)} on ${dates[t]}`)
  if (moves.length > 0) reading.notes.push(`largest daily moves: ${moves.join(', ')}`)
  if (jumps.length > 0) reading.oddities.jumps = jumpText(table, jumps)
}

function noteSmallSplit({ names, dates }: Checked, reading: Reading, t: number, i: number, ratio: number): void {
  const split = SMALL_SPLITS.find(([, share]) => Math.abs(ratio / share - 1) < NEAR)
  if (split !== undefined)
    reading.notes.push(`${names[i]} ${percent(ratio)} on ${dates[t]}: a ${split[0]} split? closes should be adjusted`)
}

function jumpText(table: Checked, jumps: readonly [number, number][]): string {
  const { file, names, dates, closes, adjusted, place } = table
  const n = names.length
  const [[t, i]] = jumps
  const [before, after] = [closes[(t - 1) * n + i], closes[t * n + i]]
  const what = `${names[i]} ${percent(after / before)} in a day, from ${before} on ${dates[t - 1]} to ${after} on ${dates[t]}`
  const factor = Math.max(after / before, before / after)
  const whole = Math.round(factor)
  const split = whole >= 2 && Math.abs(factor / whole - 1) < 0.06 && !adjusted
  const guess = split ? ` (a split of ${whole} for 1${after > before ? ', reversed' : ''}?)` : ''
  const more = jumps.length > 1 ? `, and ${jumps.length - 1} more such days` : ''
  const cure = adjusted ? 'correct the price' : 'give closes adjusted for splits (a column adj_close or adjcp comes before close)'
  const { line, column } = place(t, i)
  return priceError(file, line, column, `${what}${guess}${more}: no market moves like that; ${cure}`).message
}

function checkDays({ file, dates, dayPlace }: Checked, reading: Reading): void {
  const gaps = dates.slice(1).map((date, i) => daysBetween(dates[i], date))
  const [largest] = gaps.map((gap, i) => ({ gap, t: i + 1 })).filter(({ gap }) => gap > LONGEST_GAP)
  const usual = [...gaps].sort((a, b) => a - b)[(gaps.length - 1) >> 1] ?? 1
  const say = (t: number, text: string) => {
    const { line, column } = dayPlace(t)
    reading.oddities.gaps = priceError(file, line, column, text).message
  }
  if (gaps.length >= FEWEST_GAPS && usual > 2)
    say(1, `the days are ${usual} apart, so that these are no daily prices; give the closes of every trading day`)
  else if (largest !== undefined)
    say(
      largest.t,
      `days are missing: none in the ${largest.gap} days from ${dates[largest.t - 1]} to ${dates[largest.t]}; give every trading day`
    )
}
