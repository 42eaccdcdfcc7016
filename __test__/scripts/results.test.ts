/** The page of results: its comparisons are those of the tables, which another function makes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { buildTable, scoresOfStudy } from '../../ts/index.js'
import { root } from '../helpers.js'

const NAME = 'rare-drone-quadrotor'
const page = readFileSync(join(root, 'docs', 'results.md'), 'utf8')
/** Cells of the made table `name`, row by row. */
const rows = (name: string) =>
  (page.split(`<!-- made: ${name} -->\n`)[1] ?? '')
    .split('\n<!-- end -->')[0]
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
const shown = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3).replace(/^0/, '')}`
const plain = (cell: string) => cell.replaceAll('**', '')

test('the method less a rival is what the table of the world says', (t) => {
  const record = JSON.parse(readFileSync(join(root, 'docs', 'results', `${NAME}.json`), 'utf8'))
  const { ablations = [] } = buildTable(scoresOfStudy(record), { variants: record.define })
  const [head, , ...rivals] = rows('rivals')
  const column = head.findIndex((cell) => cell.includes(`results/${NAME}/`))
  let compared = 0
  for (const [, rival, ...cells] of rivals) {
    const name = rival.replaceAll('`', '')
    const expected = ['poor', 'other'].map((group) =>
      ablations.find((each) => each.arm === 'xmrl' && each.against === name && each.group === group)
    )
    if (expected.includes(undefined)) continue
    const texts = expected.map((row) => (row ? `${shown(row.gain)} [${shown(row.low)}, ${shown(row.high)}]` : ''))
    t.is(plain(cells[column - 2]), texts.join('<br>'), name)
    compared++
  }
  t.true(compared >= 5, `${compared} rivals`)
})
