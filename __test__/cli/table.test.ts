import test from 'ava'
import { tableLines } from '../../ts/cli/table.js'
import { syntheticRun } from '../report/synthetic.js'

const { table } = syntheticRun([0, 1], 12)
const lines = table === undefined ? [] : tableLines(table)

test('the text table fits 110 columns', (t) => {
  t.true(lines.length > 0 && lines.every((line) => [...line].length <= 110))
})

test('blocks go by pool, then poor, non-poor, all; arms in one order, xmrl first', (t) => {
  const titles = lines.filter((line) => line.includes(', before ')).map((line) => line.replace(/ \(.*/, ''))
  t.deepEqual(
    titles,
    ['both pools', 'evaluation pool', 'held-out pool'].flatMap((pool) =>
      ['poor', 'non-poor', 'all'].map((group) => `${pool}, ${group} tasks`)
    )
  )
  const at = lines.findIndex((line) => line.startsWith('both pools, poor'))
  t.deepEqual(
    lines.slice(at + 1, at + 6).map((line) => line.split(' ')[0]),
    ['xmrl', 'maml', 'maml-null', 'ma', 'oracle']
  )
})

test('every interval that holds 0 is called not shown, and no other; the null stands beside every gain', (t) => {
  const intervals = lines.join('\n').matchAll(/([+−])\d\.\d{3} \[([+−])\d\.\d{3}, ([+−])\d\.\d{3}\]( not shown)?/g)
  let count = 0
  for (const [text, , low, high, note] of intervals) {
    count++
    t.is(note !== undefined, low === '−' && high === '+', text)
  }
  t.is(
    count,
    9 * (5 + 4) + 2 + 2 * 3,
    'a change for five arms and a gain for four in nine blocks, ablations, three arms over both MAML runs'
  )
  const at = lines.findIndex((line) => line.startsWith('both pools, poor'))
  const null_ = table?.rows.find(
    (row) => row.arm === 'maml-null' && row.pool === 'both' && row.group === 'poor' && row.metric === 'success'
  )
  t.true(lines[at + 1].endsWith(`${Math.abs(null_?.overMaml?.gain ?? 9).toFixed(3)}`))
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
  const renamed = JSON.parse(JSON.stringify(table).replaceAll('"oracle"', '"xmrl-with-a-very-long-name"'))
  const long = tableLines(renamed)
  t.true(long.every((line) => [...line].length <= 110))
  const at = long.findIndex((line) => line.startsWith('both pools, poor'))
  t.true(long[at + 5].startsWith('xmrl-with-a-v… '), long[at + 5])
  t.is(long[at + 5].indexOf('0.7'), long[at + 1].indexOf('0.7'), 'one column')
})

test('the middle of the scores and the chance to be better stand beside each other', (t) => {
  const at = lines.findIndex((line) => line.includes('IQM, all tasks'))
  const [xmrl, maml] = [2, 3].map((row) => lines[at + row])
  const poor = table?.iqm?.find((row) => row.arm === 'xmrl' && row.group === 'poor')
  t.true(xmrl.startsWith('xmrl') && xmrl.includes(`${poor?.iqm.toFixed(3)} [${poor?.low.toFixed(3)}, ${poor?.high.toFixed(3)}]`), xmrl)
  t.is(xmrl.match(/\[[01]\.\d\d, [01]\.\d\d\]/g)?.length, 2)
  t.is(maml.match(/\[[01]\.\d\d, [01]\.\d\d\]/g), null, 'maml is not compared with itself')
})
