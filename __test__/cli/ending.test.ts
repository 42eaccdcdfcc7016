/** How a run ends on a terminal. */
import { PassThrough } from 'node:stream'
import test from 'ava'
import { Ending, endingLines } from '../../ts/cli/ending.js'
import type { TableRecord } from '../../ts/records/index.js'
import { headline, result } from '../../ts/report/index.js'
import { syntheticRun } from '../report/synthetic.js'

const table = syntheticRun([0, 1], 12).table as TableRecord
const tenSeeds = { ...table, seeds: Array.from({ length: 10 }, (_, i) => i) }
const lines = endingLines(table, 'runs/x/report.html', false)

/** The table with an arm of many names. */
const many = (count: number): TableRecord => {
  const copies = Array.from({ length: count }, (_, i) => `tried-${i}`)
  const more = <T extends { arm: string }>(rows: readonly T[] = []) => [
    ...rows,
    ...copies.flatMap((arm) => rows.filter((row) => row.arm === 'oracle').map((row) => ({ ...row, arm })))
  ]
  return { ...table, rows: more(table.rows), degraded: more(table.degraded) }
}

test('an ending is at most 25 lines of 110 columns, its last line aside, however many arms there are', (t) => {
  for (const of of [table, tenSeeds, many(3), many(30)]) {
    const found = endingLines(of, 'runs/x/report.html', false)
    t.true(found.length < 25, `${found.length} lines:\n${found.join('\n')}`)
    t.true(found.slice(0, -1).every((line) => [...line].length <= 110))
  }
  const found = endingLines(many(30), 'runs/x/report.html', false)
  t.regex(found.find((line) => line.startsWith('and ')) ?? '', /^and \d+ more arms$/)
  const rows = found.filter((line) => /^(before repair|XMRL|MAML|mixup|oracle|tried-\d+) /.test(line))
  t.is(rows.length - 1 + Number(/\d+/.exec(found.find((line) => line.startsWith('and ')) ?? '')?.[0]), 5 + 30, 'no arm is lost')
})

test('it has poor and other tasks of both pools as the table has them', (t) => {
  const row = (arm: string, group: string) =>
    table.rows.find((each) => each.arm === arm && each.pool === 'both' && each.group === group && each.metric === 'success')
  const [poor, other] = [row('xmrl', 'poor'), row('xmrl', 'other')]
  const line = lines.find((each) => each.startsWith('XMRL ')) ?? ''
  const sign = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  for (const each of [poor, other]) {
    t.true(line.includes(` ${each?.after.toFixed(3)} `), line)
    const gain = each?.overMaml
    t.true(line.includes(`${sign(gain?.gain ?? 0)} [${sign(gain?.low ?? 0)}, ${sign(gain?.high ?? 0)}]${gain?.shown ? '' : ' ?'}`), line)
  }
  const fell = table.degraded.find((each) => each.arm === 'xmrl' && each.pool === 'both')
  t.true(line.endsWith(` ${Math.round(100 * (fell?.share ?? 0))} %`), line)
  t.true((lines.find((each) => each.startsWith('before repair')) ?? '').includes(poor?.before.toFixed(3) ?? '?'))
})

test('the report’s place is the last line but one, and the last says whether a difference is shown', (t) => {
  t.is(lines.at(-2), 'report: runs/x/report.html')
  t.is(lines.at(-1), result(table)?.line)
  t.regex(
    lines.at(-1) ?? '',
    /^Shown: poor tasks’ success, XMRL minus going on as before \(MAML\): \+0\.\d+ \(95 % interval \+.* to \+.*\); it is unlikely to be chance\.$/
  )
  // The same figures as the sentence of the report.
  const [interval] = /\(95 % interval [^;)]*/.exec(lines.at(-1) ?? '') ?? []
  t.true(headline(table).includes(interval as string))
})

test('what may be chance, one seed and a larger null are never called shown', (t) => {
  const change = (overMaml: { gain: number; low: number; high: number; shown: boolean }, nothing?: number, seeds = 10) => {
    const rows = table.rows.map((row) =>
      row.arm === 'xmrl' ? { ...row, overMaml, ...(nothing === undefined ? {} : { null: { ...overMaml, gain: nothing } }) } : row
    )
    return result({ ...tenSeeds, seeds: tenSeeds.seeds.slice(0, seeds), rows })?.line ?? ''
  }
  t.regex(change({ gain: 0.05, low: -0.01, high: 0.1, shown: false }), /^Not shown: .*\+0\.05 .*; it may be chance\.$/)
  t.regex(change({ gain: 0.05, low: 0.01, high: 0.1, shown: true }, 0.01), /^Shown: .*unlikely to be chance\.$/)
  t.regex(change({ gain: 0.05, low: 0.01, high: 0.1, shown: true }, 0.07), /^Not shown: .*it may be chance\.$/)
  t.regex(change({ gain: -0.05, low: -0.1, high: -0.01, shown: true }, 0.01), /^Shown: .*−0\.05 .*the worse of the two\.$/)
  t.regex(change({ gain: 0.05, low: 0.01, high: 0.1, shown: true }, 0.01, 1), /^One seed: .*one seed cannot say whether it repeats\.$/)
})

test('--full has every table, and ends the same way', (t) => {
  const full = endingLines(table, 'runs/x/report.html', true)
  t.true(full.length > 60)
  t.true(full.some((line) => line.startsWith('Held-out pool')))
  t.deepEqual(full.slice(-2), lines.slice(-2))
})

test('it is printed with the report, which comes last; without a table only the report’s place is', (t) => {
  const text = (events: Parameters<Ending['show']>[0][]) => {
    const out = new PassThrough()
    const ending = new Ending(false, out)
    for (const event of events) ending.show(event)
    return String(out.read() ?? '')
  }
  const report = { type: 'report' as const, path: 'runs/x/report.html' }
  t.is(text([report]), '\nreport: runs/x/report.html\n')
  t.is(text([{ type: 'table', seeds: [0, 1], table }]), '')
  t.is(text([{ type: 'table', seeds: [0, 1], table }, report]), `\n${lines.join('\n')}\n`)
})
