import test from 'ava'
import { tableLines } from '../../ts/cli/table.js'
import { syntheticRun } from '../report/synthetic.js'

const { table } = syntheticRun([0, 1], 12)
const lines = table === undefined ? [] : tableLines(table)

test('the text table fits 110 columns', (t) => {
  t.true(lines.length > 0 && lines.every((line) => [...line].length <= 110))
})

test('tables go by pool, in parts by poor, other and all tasks; arms in one order, theta_0 and the method first', (t) => {
  const titles = lines.filter((line) => / pools?: success after adaptation/i.test(line)).map((line) => line.split(':')[0])
  t.deepEqual(titles, ['Both pools', 'Evaluation pool', 'Held-out pool'])
  const parts = lines.filter((line) => /^arm +(poor|other|all) tasks \(/.test(line)).map((line) => /(poor|other|all) tasks/.exec(line)?.[1])
  t.deepEqual(parts, ['poor', 'other', 'all', 'poor', 'other', 'all', 'poor', 'other', 'all'])
  const at = lines.findIndex((line) => line.startsWith('arm '))
  t.deepEqual(
    lines.slice(at + 1, at + 7).map((line) => line.split('  ')[0]),
    ['before repair', 'XMRL', 'MAML continued', 'MAML again (null)', 'mixup on all (MA)', 'oracle']
  )
})

test('every gain whose interval holds 0 is called not shown, and no other', (t) => {
  // A change from before the repair stands right behind its level, and is not judged.
  const interval = /(?<level>\d\.\d{3} {2})?[+−]\d\.\d{3} \[(?<low>[+−])\d\.\d{3}, (?<high>[+−])\d\.\d{3}\](?<note> not shown)?/g
  const found = [...lines.join('\n').matchAll(interval)].map(({ groups }) => groups ?? {})
  const gains = found.filter(({ level }) => level === undefined)
  for (const { low, high, note } of gains) t.is(note !== undefined, low === '−' && high === '+')
  t.is(found.length - gains.length, 9 * 5, 'a change for five arms in nine parts')
  t.is(gains.length, 9 * 4 + 3 * 4 + 2 * 2, 'a gain for four arms, three arms over both MAML runs, ablations')
})

test('the result stands last, in words', (t) => {
  t.regex(
    lines.slice(-3).join(' '),
    /^Preliminary, from 2 seeds: the poor tasks’ mean success was .* XMRL minus MAML, is .*: it is unlikely to be chance\.$/
  )
})

test('few seeds are called preliminary, ten are not', (t) => {
  t.regex(lines[0], /preliminary: 2 seeds, fewer than 10/)
  const ten = table === undefined ? [] : tableLines({ ...table, seeds: Array.from({ length: 10 }, (_, i) => i) })
  t.is(ten[0], 'success after adaptation')
})

test('long names of arms keep the columns, and the width', (t) => {
  const renamed = JSON.parse(JSON.stringify(table).replaceAll('"oracle"', '"xmrl-with-a-very-very-long-name-of-its-own"'))
  const long = tableLines(renamed)
  t.true(long.every((line) => [...line].length <= 110))
  const at = long.findIndex((line) => line.startsWith('arm '))
  t.true(long[at + 6].startsWith('xmrl-with-a-very-very-long-name…  '), long[at + 6])
  t.is(long[at + 6].indexOf('0.7'), long[at + 2].indexOf('0.7'), 'one column')
})

test('the middle of the scores and the chance to be better are tables of their own', (t) => {
  const of = (title: string, arm: string) =>
    lines.slice(lines.findIndex((line) => line.startsWith(title))).find((line) => line.startsWith(arm))
  const poor = table?.iqm?.find((row) => row.arm === 'xmrl' && row.group === 'poor')
  t.true(of('Interquartile', 'XMRL')?.includes(`${poor?.iqm.toFixed(3)} [${poor?.low.toFixed(3)}, ${poor?.high.toFixed(3)}]`))
  t.is(of('Probability', 'XMRL')?.match(/[01]\.\d\d \[[01]\.\d\d, [01]\.\d\d\]/g)?.length, 3)
  const at = lines.findIndex((line) => line.startsWith('Probability'))
  t.deepEqual(
    lines.slice(at + 2, at + 6).map((line) => line.split('  ')[0]),
    ['XMRL', 'MAML again (null)', 'mixup on all (MA)', 'oracle'],
    'the reference is not compared with itself'
  )
  for (const row of table?.improvement ?? []) {
    if (row.group === 'poor' && row.arm === 'maml-null') t.is(/\] \?/.test(lines[at + 3].slice(0, 50)), !row.shown)
  }
})
