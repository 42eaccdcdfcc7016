/** Price files as other programs write them: read rightly, or refused by line, column and cure. */
import { gzipSync } from 'node:zlib'
import test from 'ava'
import { XmrlError } from '../../ts/errors.js'
import { parsePrices } from '../../ts/market/index.js'
import { refuseOddities } from '../../ts/market/price-table.js'

/** Weekdays from 6 January 2020. */
const day = (t: number) => new Date(Date.UTC(2020, 0, 6 + 7 * Math.floor(t / 5) + (t % 5))).toISOString().slice(0, 10)
const days = (count: number) => Array.from({ length: count }, (_, t) => day(t))

/** The table of a file in which nothing odd is allowed. */
function read(data: string | Uint8Array, file = 'prices.csv') {
  const table = parsePrices(data, file)
  refuseOddities(table.reading)
  return table
}

function refused(data: string | Uint8Array, file = 'prices.csv'): string {
  try {
    read(data, file)
  } catch (error) {
    if (XmrlError.is(error, 'ERR_PRICES')) return error.message
    throw error
  }
  throw new Error(`read without complaint: ${data}`)
}

const lines = (...rows: string[]) => `${rows.join('\n')}\n`
const closes = (data: string | Uint8Array) => Array.from(read(data).closes)

test('quoted cells: thousands, commas in names, line ends, doubled quotes; line numbers stay true', (t) => {
  const text = lines('date,"Berkshire Hathaway, B","The ""A""\nshare"', '2020-01-06,"1,234.50",50.1', '2020-01-07,"1,240",50.25')
  const table = read(text)
  t.deepEqual(table.names, ['Berkshire Hathaway, B', 'The "A"\nshare'])
  t.deepEqual(Array.from(table.closes), [1234.5, 50.1, 1240, 50.25])
  t.true(table.reading.notes.some((note) => /commas separate thousands: 1,240 is 1240/.test(note)))
  const long = (news: string, close = '2') =>
    lines('date,tic,company,news,close', `2020-01-06,A,"A, Inc.","${news}",1`, '2020-01-06,B,"B ""b""",,5', `2020-01-07,A,,x,${close}`)
  t.is(refused(long('one\nand\r\ntwo', 'x')), 'prices.csv, line 6, column 5 (close): "x" is not a number')
  const news = lines('date,tic,news,close', '2020-01-06,A,,1', '2020-01-07,A,"one', 'two",-1')
  t.is(refused(news), 'prices.csv, line 3, column 4 (close): -1 is no price; it must be above 0', 'where the row begins')
  t.regex(refused(long('"', '2')), /^prices\.csv, line \d: a quote (within a cell|opens here)/)
  t.regex(refused(lines('date,AAA', '2020-01-06,"1', '2020-01-07,2')), /^prices\.csv, line 2: a quote opens here and is never closed/)
})

test('gzip, UTF-16 in both byte orders with and without a mark, a mark of UTF-8 and Windows-1252 are read', (t) => {
  const text = lines('date;Börse;AAA', '2020-01-06;1,5;100', '2020-01-07;1,6;101')
  const little = Buffer.from(text, 'utf16le')
  const big = Buffer.from(little).swap16()
  const marked = (mark: number[], bytes: Buffer) => Buffer.concat([Buffer.from(mark), bytes])
  const files = {
    plain: Buffer.from(text),
    mark: marked([0xef, 0xbb, 0xbf], Buffer.from(text)),
    packed: gzipSync(text),
    'packed, UTF-16': gzipSync(marked([0xff, 0xfe], little)),
    'UTF-16 LE': marked([0xff, 0xfe], little),
    'UTF-16 BE': marked([0xfe, 0xff], big),
    'UTF-16 LE without a mark': little,
    'UTF-16 BE without a mark': big,
    'Windows-1252': Buffer.from(text, 'latin1')
  }
  for (const [what, bytes] of Object.entries(files)) {
    const table = read(bytes)
    t.deepEqual(
      [table.names, Array.from(table.closes)],
      [
        ['Börse', 'AAA'],
        [1.5, 100, 1.6, 101]
      ],
      what
    )
  }
})

test('what is no text is named, and never printed raw', (t) => {
  const bytes = (...start: number[]) =>
    Buffer.concat([Buffer.from(start), Buffer.from(Array.from({ length: 200 }, (_, i) => (i * 37) % 256))])
  t.regex(refused(bytes(0x50, 0x4b, 0x03, 0x04)), /^prices\.csv: it is no CSV but a ZIP archive or an Excel workbook; unpack it/)
  t.regex(refused(bytes(0x50, 0x41, 0x52, 0x31)), /Parquet/)
  t.regex(refused(bytes(0x1f, 0x8b)), /packed with gzip and does not unpack/)
  t.regex(refused(bytes(1, 2, 3)), /binary, no text/)
  const bell = refused(lines('date,A\x1b[31mA', '2020-01-06,\x9b2J')) + refused(lines('date,AAA', `2020-01-06,${'9x'.repeat(500)}`))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be printed
  t.notRegex(bell, /[\0-\x1f\x7f-\x9f]/)
  t.true(bell.length < 400)
})

test('decimal marks are told by the whole file', (t) => {
  const one = (...cells: string[]) => closes(lines('date;A', ...cells.map((cell, i) => `${day(i)};${cell}`)))
  t.deepEqual(one('1.234,5', '1.240'), [1234.5, 1240])
  t.deepEqual(one('101,234', '102,250'), [101.234, 102.25], 'semicolons: commas are decimal marks')
  t.deepEqual(one('1,234.5', '1,240'), [1234.5, 1240], 'unless a point is')
  t.deepEqual(one('€ 12,5', '13 €'), [12.5, 13])
  t.deepEqual(one('1 234,5', '1\u202f240,5'), [1234.5, 1240.5])
  t.deepEqual(closes(lines('date,A', '2020-01-06,"12,50"', '2020-01-07,"13,1"')), [12.5, 13.1])
  t.deepEqual(closes(lines('date,A', '2020-01-06,$1234.5', '2020-01-07,1.3e3')), [1234.5, 1300])
  t.deepEqual(closes(lines('date\tA', '2020-01-06\t12,5', '2020-01-07\t13,25')), [12.5, 13.25])
  t.deepEqual(closes(lines('date\tA', '2020-01-06\t0,125', '2020-01-07\t0,130')), [0.125, 0.13], 'no thousands begin with 0')
  t.deepEqual(closes(lines('sep=;', 'date;A', '2020-01-06;12,5', '2020-01-07;13,25')), [12.5, 13.25])
  t.is(
    refused(lines('date\tA', '2020-01-06\t12,345', '2020-01-07\t13,250')),
    'prices.csv, line 2, column 2 (A): "12,345" may be thousands or decimals; write decimals with a point and no thousands'
  )
  t.is(
    refused(lines('date;A', '2020-01-06;12,5', '2020-01-07;13.5')),
    'prices.csv, line 3, column 2 (A): "13.5" is not a number as "12,5" in line 2 is; write all decimals with a point'
  )
  for (const text of ['0x1F', '1_000', 'Infinity', '1.2.3.4', '12%', '1,23,456.5', '--5'])
    t.regex(refused(lines('date,A', `2020-01-06,"${text}"`)), /line 2, column 2 \(A\): ".*" is not a number/, text)
})

test('columns that number rows are left out; others without a name are refused', (t) => {
  for (const head of ['', 'Unnamed: 0', 'index', 'level_0', 'id']) {
    for (const first of [0, 1]) {
      const table = read(lines(`${head},date,A`, ...days(30).map((date, i) => `${i + first},${date},${50 + (i % 7)}`)))
      t.deepEqual(table.names, ['A'], head)
      t.regex(table.reading.notes[0], /^column 1 \(.*\) numbers the rows and is left out$/)
    }
  }
  t.deepEqual(read(lines(',A', '2020-01-06,5', '2020-01-07,5.5')).names, ['A'], 'an index of days without a name')
  t.deepEqual(read(lines('Unnamed: 0,A', '2020-01-06,5', '2020-01-07,5.5')).names, ['A'])
  t.deepEqual(read(lines('date,A,', '2020-01-06,5,', '2020-01-07,5.5,')).names, ['A'], 'a delimiter at the end')
  t.regex(refused(lines('date,,A', '2020-01-06,5,6', '2020-01-07,7,8')), /line 1, column 2: a column without a name/)
  t.regex(refused(lines('Unnamed: 0,date,A', '7.5,2020-01-06,6', '8,2020-01-07,8')), /line 1, column 1: "Unnamed: 0" is no name/)
  t.regex(refused(lines('date,X,A', ...days(30).map((date, i) => `${date},${i + 1},${50 + (i % 7)}`))), /column 2: "X" counts the rows/)
})

test('columns that are no price are refused in a file of one column a name, and passed over beside a column of names', (t) => {
  const rows = (head: string) => lines(`date,AAA,${head}`, ...days(6).map((date, i) => `${date},${50 + i},${1 + (i % 5)}`))
  for (const head of [
    'volume',
    'Vol.',
    'vix',
    '^VIX',
    'turbulence',
    'day',
    'Dividends',
    'Stock Splits',
    'Change %',
    'AAA_volume',
    'Volume AAA',
    'close',
    'rsi_30'
  ])
    t.regex(
      refused(rows(head)),
      /^prices\.csv, line 1, column 3: ".*" is no name that can be bought, and the file has one column of closes a name; leave the column out/,
      head
    )
  // Lowe's, Opendoor and Dayforce are shares.
  const shares = lines('date,LOW,DAY,HD', ...days(6).map((date, i) => `${date},${50.5 + i},${70.25 + i},${1.5 + i / 9}`))
  t.deepEqual(read(shares).names, ['LOW', 'DAY', 'HD'])
  t.deepEqual(read(lines('date,AAA,T. Rowe Price', '2020-01-06,5,6', '2020-01-07,5,6')).names, ['AAA', 'T. Rowe Price'])
  const long = lines(
    'date,open,volume,tic,day,vix,name,close',
    ...days(4).flatMap((date, i) => [`${date},x,0,B,0,,"B, Inc",${20 + i}`, `${date},,,A,0,,A,${10 + i}`])
  )
  const table = read(long)
  t.deepEqual([table.names, Array.from(table.closes.slice(0, 4)), table.highs], [['A', 'B'], [10, 20, 11, 21], undefined])
  t.like(table.reading, { layout: 'long', closes: 'close' })
})

test('open, high, low, close and volume of one share are one share, its adjusted closes first', (t) => {
  const rows = days(5).map((date, i) => `${date},${99 + i},${102 + i},${98 + i},${100 + i},${(100 + i) / 2},12345${i}`)
  const table = read(lines('Date,Open,High,Low,Close,Adj Close,Volume', ...rows), 'folder/msft.us.csv')
  t.deepEqual([table.names, Array.from(table.closes)], [['msft.us'], [50, 50.5, 51, 51.5, 52]])
  t.deepEqual(Array.from(table.highs ?? []), [51, 51.5, 52, 52.5, 53], 'highs and lows are adjusted as closes are')
  t.like(table.reading, { layout: 'one share', closes: 'Adj Close' })
  t.true(table.reading.notes.some((note) => note === 'closes are the adjusted ones of "Adj Close"; "Close" is left aside'))
  const plain = read(
    lines('Date,Open,High,Low,Close,Volume,Dividends,Stock Splits', ...rows.map((row) => row.replace(/,[^,]*,[^,]*$/, ',7,0,0')))
  )
  t.deepEqual([plain.names, Array.from(plain.closes)], [['prices'], [100, 101, 102, 103, 104]])
  const tiingo = read(
    lines(
      'date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,divCash,splitFactor',
      '2020-01-06,4,5,3,4,9,2,2.5,1.5,2,9,0,1'
    )
  )
  t.deepEqual([tiingo.closes[0], tiingo.highs?.[0], tiingo.lows?.[0]], [2, 2.5, 1.5])
  const newest = read(lines('Date,Close/Last,Volume,Open,High,Low', '01/31/2020,$12.5,1,$12,$13,$11', '01/30/2020,$12,1,$12,$13,$11'))
  t.deepEqual(
    [newest.dates, Array.from(newest.closes)],
    [
      ['2020-01-30', '2020-01-31'],
      [12, 12.5]
    ]
  )
  t.regex(refused(lines('Date,Open,High,Low', '2020-01-06,1,2,1')), /line 1, column 2: columns of one share or of none .* but no close/)
})

test('two rows of headers, as yfinance writes them, and fields of names in one', (t) => {
  const cells = ',50,20,100,40,101,41,99,39,100,40,7,8'
  const heads = [
    [
      'Price,Adj Close,Adj Close,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume',
      'Ticker,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT',
      'Date,,,,,,,,,,,,'
    ],
    [
      ',Adj Close,Adj Close,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume',
      ',AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT'
    ],
    [
      'Ticker,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT,AAPL,MSFT',
      'Price,Adj Close,Adj Close,Close,Close,High,High,Low,Low,Open,Open,Volume,Volume',
      'Date,,,,,,,,,,,,'
    ]
  ]
  for (const head of heads) {
    const table = read(lines(...head, `2020-01-06${cells}`, `2020-01-07${cells}`))
    t.deepEqual(
      [table.names, Array.from(table.closes)],
      [
        ['AAPL', 'MSFT'],
        [50, 20, 50, 20]
      ],
      head[0]
    )
    t.deepEqual(Array.from(table.highs ?? []), [50.5, 20.5, 50.5, 20.5])
    t.is(table.reading.layout, 'fields')
  }
  const one = read(
    lines(
      'Price,Close,High,Low,Open,Volume',
      'Ticker,MSFT,MSFT,MSFT,MSFT,MSFT',
      'Date,,,,,',
      '2020-01-06,5,6,4,5,9',
      '2020-01-07,5.5,6,4,5,9'
    )
  )
  t.deepEqual([one.names, Array.from(one.closes), Array.from(one.lows ?? [])], [['MSFT'], [5, 5.5], [4, 4]])
  t.is(
    refused(lines(...heads[0], `2020-01-06${cells}`, '2020-01-07,50,,100,40,101,41,99,39,100,40,7,8')),
    'prices.csv, line 5, column 3 (Adj Close MSFT): no price; every name needs one on every day'
  )
  for (const [a, b] of [
    ['AAPL_close', 'AAPL_volume'],
    ['Close AAPL', 'Volume AAPL'],
    ["('Close', 'AAPL')", "('Volume', 'AAPL')"]
  ]) {
    const table = read(lines(`date,"${a}","${b}"`, '2020-01-06,5,900', '2020-01-07,5.5,800'))
    t.deepEqual([table.names, Array.from(table.closes)], [['AAPL'], [5, 5.5]], a)
  }
  t.regex(refused(lines('date,BRK.B_volume,BRK.B_open', '2020-01-06,5,9')), /BRK\.B has no close; give one/)
})

test('adjusted closes come before plain ones, whatever they are called', (t) => {
  for (const head of ['adjcp', 'Adj Close', 'adj_close', 'AdjClose', 'Adjusted Close', 'Adj Close**']) {
    const table = read(
      lines(
        `date,tic,close,${head},high,low`,
        ...days(3).map((date, i) => `${date},A,${i < 1 ? 400 : 100},100,${i < 1 ? 410 : 102},${i < 1 ? 390 : 99}`)
      )
    )
    t.deepEqual(Array.from(table.closes), [100, 100, 100], head)
    t.deepEqual(
      Array.from(table.highs ?? []).map((high) => Math.round(high * 1e6) / 1e6),
      [102.5, 102, 102]
    )
    t.like(table.reading, { closes: head })
  }
  t.deepEqual(closes(lines('date,tic,close,adjcp', '2020-01-06,A,400,100', '2020-01-07,A,100,101')), [100, 101], 'closes alone')
  // FinRL's own files: the close is adjusted already, highs and lows are not.
  const mixed = read(lines('date,tic,close,high,low', ...days(3).map((date) => `${date},A,50,101,99`)))
  t.is(mixed.highs, undefined)
  t.true(mixed.reading.notes.some((note) => /3 of 3 closes lie outside of their day's high and low \(first A on 2020-01-06\)/.test(note)))
})

test('moves of a day that no market makes are refused by name, day and cure, unless they are allowed', (t) => {
  const moved = (before: number, after: number, head = 'close') =>
    lines(`date,tic,${head}`, ...days(40).flatMap((date, i) => [`${date},AAA,${10 + (i % 3)}`, `${date},BBB,${i < 20 ? before : after}`]))
  t.is(
    refused(moved(400, 100)),
    "prices.csv, line 43, column 3 (close): BBB falls by 75.0 % in a day, from 400 on 2020-01-31 to 100 on 2020-02-03 (a split of 4 for 1?): no market moves like that; give closes adjusted for splits (a column adj_close or adjcp comes before close); where that is true, allow it: --set 'market.allow=[jumps]' (xmrl data: --allow jumps)"
  )
  t.regex(refused(moved(400, 203)), /falls by 49\.3 % .*\(a split of 2 for 1\?\)/)
  t.regex(refused(moved(10, 100)), /BBB rises by 900 % .*\(a split of 10 for 1, reversed\?\)/)
  t.regex(refused(moved(100, 17)), /falls by 83\.0 % /)
  const table = parsePrices(moved(400, 100), 'prices.csv')
  t.notThrows(() => refuseOddities(table.reading, ['jumps']))
  t.throws(() => refuseOddities(table.reading, ['gaps']), { code: 'ERR_PRICES' })
  // Adjusted closes have no splits; a crash of 60 % is one, a wrong currency is not.
  t.notThrows(() => read(moved(100, 40, 'adj_close')))
  t.regex(refused(moved(100, 10_000, 'adj_close')), /rises by .* correct the price/)
  // What is only suspicious is said.
  const small = read(moved(300, 200)).reading.notes
  t.true(small.some((note) => /BBB falls by 33\.3 % on 2020-02-03: a 3-for-2 split\?/.test(note)))
  t.true(small.some((note) => /largest daily moves: BBB falls by 33\.3 % on 2020-02-03, AAA rises/.test(note)))
  t.true(small.some((note) => /BBB stands still for 21 days|BBB stands still/.test(note)) === false)
  t.true(read(moved(300, 299)).reading.notes.every((note) => !/split/.test(note)))
})

test('days that are missing, weekly prices, days twice and days in disorder are refused; a file from the newest is turned', (t) => {
  const rows = (dates: readonly string[]) => lines('date,A', ...dates.map((date, i) => `${date},${50 + (i % 4)}`))
  const all = days(60)
  t.regex(refused(rows([...all.slice(0, 20), ...all.slice(40)])), /line 22, column 1 \(date\): days are missing: none in the 31 days/)
  t.regex(
    refused(rows(all.filter((_, i) => i % 5 === 0))),
    /line 3, column 1 \(date\): the days are 7 apart, so that these are no daily prices/
  )
  t.regex(refused(rows([...all.slice(0, 9), all[8], ...all.slice(9)])), /line 11, .*2020-01-16 is there twice; leave one of them out/)
  t.regex(refused(rows([all[1], all[0], ...all.slice(2)])), /line 3, .* comes after .*; sort the days/)
  t.deepEqual(read(rows([...all].reverse())).dates, all)
  t.notThrows(() => refuseOddities(parsePrices(rows([...all.slice(0, 20), ...all.slice(40)]), 'p').reading, ['gaps']))
  const still = read(lines('date,A,B', ...all.map((date, i) => `${date},${i < 30 ? 50 : 51},${60 + (i % 2)}`))).reading.notes
  t.true(still.some((note) => note.startsWith(`A stands still for 21 days to ${all[21]}`)))
})

test('days are read in the ways that are clear', (t) => {
  const dates = (...cells: string[]) => read(lines('date,A', ...cells.map((cell) => `${cell},5`))).dates
  t.deepEqual(dates('2020-01-30', '2020-01-31 00:00:00-05:00'), ['2020-01-30', '2020-01-31'])
  t.deepEqual(dates('2020-01-30T00:00:00.000Z', '2020-01-31'), ['2020-01-30', '2020-01-31'])
  t.deepEqual(dates('20200130', '20200131'), ['2020-01-30', '2020-01-31'])
  t.deepEqual(dates('30.01.2020', '31.1.2020'), ['2020-01-30', '2020-01-31'])
  t.deepEqual(dates('2020/01/30', '2020/1/31'), ['2020-01-30', '2020-01-31'])
  t.deepEqual(dates('01/30/2020', '02/03/2020'), ['2020-01-30', '2020-02-03'], 'no month is 30')
  t.deepEqual(dates('30/01/2020', '03/02/2020'), ['2020-01-30', '2020-02-03'])
  for (const bad of ['03/01/2020', '2020-13-01', '2020-02-30', '2020', 'yesterday', ''])
    t.regex(refused(lines('date,A', `${bad},5`)), /line 2, column 1 \(date\): ".*" is not a date such as 2020-01-31/, bad)
})

test('every table that is written is read back, whatever the dialect', (t) => {
  let state = 7
  const random = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const names = ['AAA', 'B, Inc', 'C "c"']
  const table = days(30).map((date) => ({ date, values: names.map((_, i) => (i === 1 ? 1200 : 20) + Math.round(1e4 * random()) / 1e3) }))
  for (const delimiter of [',', ';', '\t', '|']) {
    for (const mark of ['.', ',']) {
      for (const group of ['', mark === '.' ? ',' : '.']) {
        const number = (x: number) => {
          const [whole, rest] = x.toFixed(2).split('.')
          return `${whole.replace(/(?=(?:\d{3})+$)(?!^)/g, group)}${mark}${rest}`
        }
        const quoted = (cell: string) => (/[",;|\t]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
        const rows = [['date', ...names], ...table.map(({ date, values }) => [date, ...values.map(number)])]
        const text = rows.map((row) => row.map(quoted).join(delimiter)).join('\r\n')
        const back = read(text)
        t.deepEqual(back.names, names)
        t.deepEqual(
          Array.from(back.closes),
          table.flatMap(({ values }) => values.map((x) => Number(x.toFixed(2)))),
          `${delimiter} ${mark} ${group}`
        )
      }
    }
  }
})
