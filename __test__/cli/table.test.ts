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
  t.is(count, 9 * (5 + 4), 'a change for five arms and a gain for four, in nine blocks')
  const at = lines.findIndex((line) => line.startsWith('both pools, poor'))
  const null_ = table?.rows.find(
    (row) => row.arm === 'maml-null' && row.pool === 'both' && row.group === 'poor' && row.metric === 'success'
  )
  t.true(lines[at + 1].endsWith(`${Math.abs(null_?.overMaml?.gain ?? 9).toFixed(3)}`))
})

test('the result stands last, in words', (t) => {
  t.regex(lines.slice(-3).join(' '), /On 2 seeds, XMRL takes the success of the poor tasks from .* over continued MAML/)
})
