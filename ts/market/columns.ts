/** What the columns of a file of prices are: names, the open, high, low and close of one share, or things that are no price. */

/** What a column says of a name and a day. */
export type Field = 'open' | 'high' | 'low' | 'close' | 'adjusted' | 'adjusted high' | 'adjusted low' | 'other'

/** Headers by what they mean; letters are small, and `_`, `-`, `.` are spaces. */
const FIELDS: Readonly<Record<Exclude<Field, 'other'>, readonly string[]>> = {
  open: ['open', 'opening price', 'open price', 'px open'],
  high: ['high', 'high price', 'px high'],
  low: ['low', 'low price', 'px low'],
  close: ['close', 'close last', 'closing price', 'close price', 'last', 'last price', 'price', 'settle', 'px last'],
  adjusted: [
    'adj close',
    'adjclose',
    'adjusted close',
    'adjustedclose',
    'adjcp',
    'adj cp',
    'close adj',
    'close adjusted',
    'adjusted',
    'adj'
  ],
  'adjusted high': ['adj high', 'adjhigh', 'adjusted high'],
  'adjusted low': ['adj low', 'adjlow', 'adjusted low']
}

/** Headers of columns that are no price at which anything can be bought. */
const OTHERS = new Set(
  [
    'volume, vol, volumes, px volume, adj volume, adjvolume, adjusted volume, adj open, adjopen, adjusted open, amount, turnover, trades, vwap',
    'number of trades, market cap, marketcap, shares outstanding, dividend, dividends, dividend amount, divcash, ex dividend, capital gains, split, splits, split ratio, stock splits',
    'splitfactor, split factor, split coefficient, change, change %, chg, chg %, % change, pct change, return, returns, daily return',
    'day, weekday, day of week, dayofweek, month, year, week, quarter, hour, vix, ^vix, turbulence, macd, boll ub, boll lb, rsi, rsi 30',
    'cci, cci 30, dx, dx 30, close 30 sma, close 60 sma, sma, ema, atr, sentiment, news, headline, sector, industry, currency, exchange'
  ].flatMap((line) => line.split(', '))
)

/** Headers of columns that number the rows. */
const INDEX = /^(|unnamed: ?\d+( level \d+)?|index|level 0|id|row|no|nr|#)$/

/** Headers of the column that says whose price a row holds; the later ones only where it holds text. */
const WHOSE = ['tic', 'ticker', 'symbol', 'tickers', 'symbols']
const PERHAPS_WHOSE = ['name', 'asset', 'stock', 'code', 'isin', 'company']

/** Words of the lists above that shares are called by, where they are written in capitals. */
const SHARES_TOO = new Set(['LOW', 'OPEN', 'HIGH', 'DAY', 'LAST', 'VOL', 'ADJ', 'RSI', 'DX', 'CCI', 'NEWS', 'NO', 'ID', 'SPLIT'])

/** A header as the lists above have it. */
export const plain = (header: string) =>
  header
    .toLowerCase()
    .replace(/[*()]/g, '')
    .replace(/[_\-./\s]+/g, ' ')
    .trim()

/** What a header means, or undefined for the name of something. */
export function fieldOf(header: string): Field | undefined {
  const word = plain(header)
  for (const [field, words] of Object.entries(FIELDS)) if (words.includes(word)) return field as Field
  return OTHERS.has(word) ? 'other' : undefined
}

/** True for a column that numbers rows. */
export const isIndex = (header: string) => INDEX.test(plain(header))

/** True where a word of the lists may as well be a share: `LOW` is Lowe's. */
export const maybeShare = (header: string) => SHARES_TOO.has(header)

/** The column that says whose price a row holds, or -1. */
export function whoseColumn(header: readonly string[], textual: (column: number) => boolean): number {
  const words = header.map(plain)
  const sure = words.findIndex((word) => WHOSE.includes(word))
  return sure >= 0 ? sure : words.findIndex((word, column) => PERHAPS_WHOSE.includes(word) && textual(column))
}

/** A field of a name in one header, such as `Close_AAPL`, `AAPL close` or `('Close', 'AAPL')`. */
export function fieldOfName(header: string): { field: Field; name: string } | undefined {
  const text = header.replace(/^\(\s*['"](.*)['"]\s*,\s*['"](.*)['"]\s*\)$/, '$1|$2')
  const parts = text.split(/[ _.|:/-]+/)
  for (let at = 1; at < parts.length; at++) {
    // Separators belong to neither part; of several in a row (BRK_B_close) the word of the field may stand on either side.
    for (const [words, rest] of [
      [parts.slice(0, at), parts.slice(at)],
      [parts.slice(at), parts.slice(0, at)]
    ]) {
      const field = fieldOf(words.join(' '))
      if (field !== undefined && !PERHAPS_NAME.has(plain(words.join(' ')))) return { field, name: rest.join('.') }
    }
  }
  return undefined
}

/** Words that names of companies hold too: T. Rowe Price. */
const PERHAPS_NAME = new Set([
  'price',
  'last',
  'day',
  'news',
  'split',
  'change',
  'return',
  'week',
  'no',
  'id',
  'sector',
  'industry',
  'adj',
  'vol',
  'year'
])
