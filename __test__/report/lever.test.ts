/** How a report, a table and a small record tell what trials of a lever chose. */
import test from 'ava'
import { tableLines } from '../../ts/cli/table.js'
import type { ArmRecord, TableRecord } from '../../ts/records/index.js'
import { renderReport, scoresOfStudy, studyOf, tableFiles } from '../../ts/report/index.js'
import { leverCourse, leverText } from '../../ts/report/lever.js'
import { buildTable, leverSummary, seedScores } from '../../ts/select/index.js'
import { toldRun } from './told.js'

const write = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`
/** Poor tasks at −200 before, 3.1 higher without mixed episodes and 1.2 higher with. */
const LEVER: NonNullable<ArmRecord['lever']> = {
  mixed: false,
  trial: 6,
  before: { poor: -200, other: -60 },
  without: { poor: -196.9, other: -60.5 },
  with: { poor: -198.8, other: -60.3 },
  difference: { poor: { mean: -1.9, standardError: 1.4 }, other: { mean: 0.2, standardError: 0.6 } },
  envSteps: 4_272_000
}
/** The same on a scale of successes. */
const SUCCESS: typeof LEVER = {
  ...LEVER,
  before: { poor: 0.4, other: 0.9 },
  without: { poor: 0.5, other: 0.9 },
  with: { poor: 0.45, other: 0.9 }
}

test('one retraining: what was left out or kept, and after what', (t) => {
  t.is(
    leverCourse({ lever: LEVER }, write),
    'Mixed episodes were left out after a trial of 6 iterations: checked poor tasks +3.1 without, +1.2 with (difference −1.9 ± 1.4; of the others +0.2 ± 0.6).'
  )
  t.regex(
    leverCourse({ lever: { ...LEVER, mixed: true, trial: 1 } }, write) ?? '',
    /^Mixed episodes were kept after a trial of 1 iteration:/
  )
  t.is(leverCourse({}, write), undefined)
})

test('several seeds: on how many they were kept, and means', (t) => {
  const row = { arm: 'xmrl', trial: 3, without: 3.1, with: 1.2, steps: 2_000_000, seeds: 4, mixed: 1 }
  const text = (change: Partial<typeof row>) => leverText({ levers: [{ ...row, ...change }] }, 'xmrl', write)
  t.is(
    text({}),
    'Whether XMRL goes on with mixed episodes was chosen by two trials of 3 iterations: they were kept on 1 of 4 seeds (checked poor tasks +3.1 without, +1.2 with, mean over 4 seeds). The trials took 2.0 M of its own steps a seed.'
  )
  t.regex(text({ mixed: 0 }) ?? '', /they were left out on all 4 seeds \(/)
  t.regex(text({ mixed: 4 }) ?? '', /they were kept on all 4 seeds \(/)
  t.regex(
    text({ mixed: 0, seeds: 1 }) ?? '',
    /they were left out \(checked poor tasks \+3\.1 without, \+1\.2 with\)\. The trials took 2.0 M of its own steps\.$/
  )
  t.is(leverText({ levers: [row] }, 'maml', write), undefined)
})

test('report, table, CSV and small record of a run with trials', async (t) => {
  const made = toldRun(['repair', 'repair'], 12)
  const levers = [SUCCESS, { ...SUCCESS, mixed: true, with: { poor: 0.7, other: 0.9 } }]
  const seeds = made.seeds.map(({ seed, records }, at) => ({
    seed,
    records: { ...records, arms: { ...records.arms, xmrl: { ...records.arms.xmrl, lever: levers[at] } } }
  }))
  const table: TableRecord = buildTable(
    seeds.map(({ seed, records }) => seedScores(seed, records)),
    { resamples: 100 }
  )
  const [row] = table.levers ?? []
  t.like(row, { arm: 'xmrl', trial: 6, seeds: 2, mixed: 1, steps: 4_272_000 })
  // .1 and .1 without, .05 and .3 with.
  t.true(Math.abs(row.without - 0.1) < 1e-12 && Math.abs(row.with - 0.175) < 1e-12)
  t.regex(tableLines(table).join(' '), /they were kept on 1 of 2 seeds/)
  t.regex(tableFiles(table, 'drone-planar')['table.csv'], /seeds that kept mixed episodes,xmrl,.*1/)
  const run = { ...made, seeds, table }
  const small = scoresOfStudy(studyOf(run, 'x'))
  t.deepEqual(small[1].levers, { xmrl: { ...leverSummary({ lever: levers[1] }), without: 0.1, with: 0.3 } })
  t.regex(
    await renderReport(run),
    /Mixed episodes were left out after a trial of 6 iterations: checked poor tasks \+0\.10 without, \+0\.05 with/
  )
})
