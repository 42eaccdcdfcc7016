import test from 'ava'
import type { TableRecord } from '../../ts/records/index.js'
import { blocksOf, poolBlocks } from '../../ts/report/tables/blocks.js'
import { blockHtml } from '../../ts/report/tables/html.js'
import { blockLatex } from '../../ts/report/tables/latex.js'
import { blockMarkdown } from '../../ts/report/tables/markdown.js'
import { type Block, gainCell, plain } from '../../ts/report/tables/model.js'
import { blockLines } from '../../ts/report/tables/text.js'
import { syntheticRun } from './synthetic.js'

const block: Block = {
  id: 'both',
  title: 'A | title',
  note: 'a note',
  head: [{ title: 'arm' }, { title: 'after' }, { title: 'over <MAML>', joined: true }],
  rows: [
    { kind: 'base', cells: [plain('before'), plain('0.1'), plain('')] },
    {
      kind: 'main',
      cells: [plain('XM|RL'), { ...plain('0.2'), note: ['+0.1', 'of it'] }, gainCell({ gain: 0.1, low: 0.05, high: 0.2, shown: true }, 2)]
    },
    { cells: [plain('a_b'), plain('0.3'), gainCell({ gain: -0.1, low: -0.3, high: 0.2, shown: false }, 2)] }
  ]
}

test('four writers say the same figures in the same words', (t) => {
  t.deepEqual(blockMarkdown(block).slice(2), [
    '| arm | after | over <MAML> |',
    '| --- | --- | --- |',
    '| before | 0.1 |  |',
    '| XM\\|RL | 0.2 | **+0.10 [+0.05, +0.20]** |',
    '| a_b | 0.3 | −0.10 [−0.30, +0.20] not shown |',
    ''
  ])
  const latex = blockLatex(block, 'x_y').join('\n')
  t.true(latex.includes('\\caption{x\\_y. A | title.}') && latex.includes('a\\_b & 0.3 & $-$0.10 [$-$0.30, +0.20] not shown'))
  t.true(latex.includes('\\textbf{+0.10 [+0.05, +0.20]}') && latex.includes('\\begin{tabular}{lrr}'))
  t.deepEqual(blockLines(block), [
    'A | title',
    'a note',
    'arm     after            over <MAML>',
    'before  0.1',
    'XM|RL   0.2  +0.1 of it  +0.10 [+0.05, +0.20]',
    'a_b     0.3              −0.10 [−0.30, +0.20] not shown',
    ''
  ])
  const html = blockHtml(block).text
  t.true(
    html.startsWith('<div class="block"><h3>A | title</h3><p>a note</p>') &&
      html.includes('<table class="both" aria-label="A | title">') &&
      html.includes('<th scope="col" class="joined">over &lt;MAML&gt;</th>')
  )
  t.true(
    html.includes(
      '<tr class="main"><th scope="row">XM|RL</th><td>0.2<small>+0.1</small><small>of it</small></td><td class="joined"><b>+0.10</b><small>[+0.05, +0.20]</small></td></tr>'
    )
  )
  t.true(html.includes('<td class="joined"><span class="unshown">−0.10</span><small>[−0.30, +0.20]</small><small>not shown</small></td>'))
})

test('a table that is too wide goes on below itself with the names of its rows; what belongs together stays together', (t) => {
  const wide = (title: string, joined = false) => ({ title: title.padEnd(30, '.'), joined })
  const lines = blockLines({
    id: 'both',
    title: 'wide',
    head: [{ title: 'arm' }, wide('a'), wide('b', true), wide('c'), wide('d', true)],
    rows: [{ cells: [plain('mine'), plain('1'), plain('2'), plain('3'), plain('4')] }]
  })
  t.deepEqual(
    lines.map((line) => line.replace(/\.+/g, '').split(/ +/).join(' ')),
    ['wide', 'arm a b', 'mine 1 2', '', 'arm c d', 'mine 3 4', '']
  )
})

test('every table has as many cells in a row as heads, whatever metric it is of', (t) => {
  const table = syntheticRun([0, 1], 12).table as TableRecord
  const blocks = [...blocksOf(table), ...poolBlocks(table, 'return')]
  t.true(blocks.length > 8)
  for (const { id, head, rows } of blocks) for (const { cells } of rows) t.is(cells.length, head.length, id)
})

test('a table without one of its rows names the row', (t) => {
  const table = syntheticRun([0, 1], 12).table as TableRecord
  const rows = table.rows.filter((row) => !(row.arm === 'ma' && row.pool === 'evaluation' && row.group === 'poor'))
  t.throws(() => blocksOf({ ...table, rows }), {
    code: 'ERR_RECORD_INVALID',
    message: /no row of success for the arm ma, evaluation, poor/
  })
})
