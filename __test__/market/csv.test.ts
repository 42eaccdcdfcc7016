import test from 'ava'
import { XmrlError } from '../../ts/errors.js'
import { parsePrices as parse } from '../../ts/market/index.js'
import { refuseOddities } from '../../ts/market/price-table.js'

/** The numbers of a file, without how it was read; nothing odd is allowed. */
function parsePrices(text: string, file: string) {
  const { reading, ...numbers } = parse(text, file)
  refuseOddities(reading)
  return numbers
}

const WIDE = ['date,AAA,BBB', '2020-01-02,10,20.5', '2020-01-03,11,20.25', '2020-01-06,12.5,2e1']
const LONG = [
  ',date,tic,open,close,high,low',
  '0,2020-01-02,BBB,1,20.5,21,20',
  '1,2020-01-02,AAA,1,10,10.5,9.5',
  '2,2020-01-03,AAA,1,11,11,10',
  '3,2020-01-03,BBB,1,20.25,20.5,20'
]

/** The error of a file with some lines (from 1, the header) replaced. */
function refused(t: { fail(message: string): void }, lines: readonly string[], changes: Record<number, string>): string {
  const text = lines.map((line, i) => changes[i + 1] ?? line).join('\n')
  try {
    parsePrices(text, 'prices.csv')
  } catch (error) {
    if (XmrlError.is(error, 'ERR_PRICES')) return error.message
    throw error
  }
  t.fail(`read without complaint: ${text}`)
  return ''
}

test('one column a name: names, days and closes as they stand', (t) => {
  const expected = {
    names: ['AAA', 'BBB'],
    dates: ['2020-01-02', '2020-01-03', '2020-01-06'],
    closes: Float64Array.of(10, 20.5, 11, 20.25, 12.5, 20)
  }
  t.deepEqual(parsePrices(WIDE.join('\n'), 'prices.csv'), expected)
  // As other programs write it: a mark in front, quotes, carriage returns, a capital letter, times, an empty line at the end.
  const other = `\ufeff"Date", AAA ,"BBB"\r\n${WIDE.slice(1).join(' \r\n').replaceAll('2020-01-03', '"2020-01-03 00:00:00"')}\r\n\r\n`
  t.deepEqual(parsePrices(other, 'prices.csv'), expected)
})

test("FinRL's long format: by day or by name, with highs and lows or without", (t) => {
  const expected = {
    names: ['AAA', 'BBB'],
    dates: ['2020-01-02', '2020-01-03'],
    closes: Float64Array.of(10, 20.5, 11, 20.25),
    highs: Float64Array.of(10.5, 21, 11, 20.5),
    lows: Float64Array.of(9.5, 20, 10, 20)
  }
  t.deepEqual(parsePrices(LONG.join('\n'), 'prices.csv'), expected)
  t.deepEqual(parsePrices([LONG[0], LONG[1], LONG[4], LONG[2], LONG[3]].join('\n'), 'prices.csv'), expected)
  const { highs: _, lows: __, ...closes } = expected
  const narrow = LONG.map((line) => line.split(',').slice(1, 5).join(','))
  t.deepEqual(parsePrices(narrow.join('\n'), 'prices.csv'), closes)
})

test('what is wrong with a file is told with line and column', (t) => {
  const wide: [Record<number, string>, string][] = [
    [{ 3: '2020-01-03,,20' }, 'line 3, column 2 (AAA): no price; every name needs one on every day'],
    [{ 3: '2020-01-03,11,abc' }, 'line 3, column 3 (BBB): "abc" is not a number'],
    [{ 3: '2020-01-03,11,NaN' }, 'line 3, column 3 (BBB): "NaN" is not a number'],
    [{ 4: '2020-01-06,0,20' }, 'line 4, column 2 (AAA): 0 is no price; it must be above 0'],
    [{ 4: '2020-01-06,12,-3.5' }, 'line 4, column 3 (BBB): -3.5 is no price; it must be above 0'],
    [{ 3: '2020-01-02,11,20' }, 'line 3, column 1 (date): 2020-01-02 is there twice; leave one of them out'],
    [{ 4: '2020-01-01,11,20' }, 'line 4, column 1 (date): 2020-01-01 comes after 2020-01-03; sort the days, oldest first'],
    [
      { 4: '2020-02-03,11,20' },
      "line 4, column 1 (date): days are missing: none in the 31 days from 2020-01-03 to 2020-02-03; give every trading day; where that is true, allow it: --set 'market.allow=[gaps]' (xmrl data: --allow gaps)"
    ],
    [{ 3: '03/01/2020,11,20' }, 'line 3, column 1 (date): "03/01/2020" is not a date such as 2020-01-31'],
    [{ 3: '2020-02-30,11,20' }, 'line 3, column 1 (date): "2020-02-30" is not a date such as 2020-01-31'],
    [{ 3: '2020-01-03,11' }, 'line 3, column 3: 2 cells, the header has 3'],
    [
      { 1: 'x,AAA,BBB', 2: 'a,1,2' },
      'line 1, column 1: no date column in the header (x, AAA, BBB); name one "date", with days such as 2020-01-31'
    ],
    [{ 1: 'date,AAA,AAA' }, 'line 1, column 3: the name AAA is there twice'],
    [{ 1: 'date,,BBB' }, 'line 1, column 2: a column without a name']
  ]
  for (const [changes, message] of wide) t.is(refused(t, WIDE, changes), `prices.csv, ${message}`)
  const long: [Record<number, string>, string][] = [
    [{ 4: '' }, 'line 5, column 2 (date): AAA has no row on 2020-01-03; every name needs one on every day'],
    [{ 4: '2,2020-01-02,AAA,1,11,11,10' }, 'line 4, column 2 (date): 2020-01-02 is there twice for AAA; leave one of them out'],
    [{ 3: '1,2020-01-02,AAA,1,10,9,9.5' }, 'line 3, column 6 (high): the high 9 lies below the low 9.5'],
    [{ 3: '1,2020-01-02,AAA,1,10,10.5,' }, 'line 3, column 7 (low): no price; every name needs one on every day'],
    [{ 3: '1,2020-01-02,,1,10,10.5,9' }, 'line 3, column 3 (tic): a row without a name'],
    [
      { 1: ',date,tic,open,worth,high,low' },
      'line 1, column 1: date and tic in the header, but no close; call the column of prices "close" (or "adj_close")'
    ],
    [{ 1: ',date,tic,open,close,high,x' }, 'line 1, column 6: high and low come together or not at all']
  ]
  for (const [changes, message] of long) t.is(refused(t, LONG, changes), `prices.csv, ${message}`)
  t.is(refused(t, [], {}), 'prices.csv: empty; expected a header with a date column')
  t.is(refused(t, WIDE.slice(0, 1), {}), 'prices.csv: a header and no days')
})

test('files of one share: the column that is not known is named, and letters that stand for open, high, low and close are no four shares', (t) => {
  const days = (header: string, rows: string) => parse(`${header}\n2020-01-02,${rows}\n2020-01-03,${rows}\n`, 'x.csv')
  const vantage = days('timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient', '1,2,1,1.5,1.4,100,0,1')
  t.deepEqual([vantage.names, vantage.reading.layout], [['x'], 'one share'])
  t.throws(() => days('date,open,high,low,close,foo_bar', '1,2,1,1.5,3'), {
    message: /column 6: "foo_bar" is not known beside open, high, low, close/
  })
  t.throws(() => days('Date,O,H,L,C', '1,2,1,1.5'), { code: 'ERR_PRICES', message: /of one share .*; call them Open, High, Low, Close$/ })
  t.throws(() => days('Date,c,h,l,o,v', '1,2,1,1.5,9'), { message: /call them Open, High, Low, Close$/ })
  // Realty Income, Hyatt, Loews and Citigroup are shares too.
  t.deepEqual(days('Date,O,H,L,C', '50,20,60,70').names, ['O', 'H', 'L', 'C'])
})
