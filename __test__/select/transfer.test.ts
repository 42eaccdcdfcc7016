import test from 'ava'
import type { StudyRecord } from '../../ts/records/index.js'
import { scoresOfStudy, studyFiles } from '../../ts/report/index.js'
import { Bootstrap, buildTable, transferRows } from '../../ts/select/index.js'

const pools = (evaluation: number[], heldOut: number[]) => ({
  evaluation: { success: evaluation, returns: evaluation },
  heldOut: { success: heldOut, returns: heldOut }
})
/** Poor task 0 of each pool; on `windy` everything is half of what it is at home, but what the repair gained. */
const seed = (number: number, gain: number) => ({
  seed: number,
  poor: { evaluation: [0], heldOut: [0] },
  rankCorrelation: { evaluation: 1, heldOut: 1 },
  theta_0: pools([0.2, 0.8, 1], [0.4, 1, 0.8]),
  arms: {
    xmrl: { steps: 5, charged: 1, ...pools([0.2 + gain, 0.8, 1], [0.4 + gain, 1, 0.8]) },
    maml: { steps: 6, charged: 0, ...pools([0.2, 0.8, 1], [0.4, 1, 0.8]) },
    'maml-null': { steps: 6, charged: 0, ...pools([0.3, 0.8, 1], [0.5, 1, 0.8]) }
  },
  transfer: {
    windy: {
      theta_0: pools([0.1, 0.4, 0.5], [0.2, 0.5, 0.4]),
      xmrl: pools([0.1 + gain, 0.4, 0.5], [0.2 + gain, 0.5, 0.4]),
      maml: pools([0.1, 0.4, 0.5], [0.2, 0.5, 0.4]),
      'maml-null': pools([0.2, 0.4, 0.5], [0.3, 0.5, 0.4])
    }
  }
})
const record: StudyRecord = {
  command: 'npx xmrl table drone-planar',
  commit: 'none',
  machine: { cpu: 'none', cores: 1, memoryGiB: 1 },
  specHash: 'none',
  seeds: [seed(0, 0.3), seed(1, 0.5)]
}

test('on another preset arms are compared as at home: poor tasks stay those of home, gains are paired', (t) => {
  const rows = transferRows(scoresOfStudy(record), 'success', new Bootstrap({ resamples: 200 }))
  const of = (arm: string, group: string) => rows.find((row) => row.preset === 'windy' && row.arm === arm && row.group === group)!
  const near = (value: number | undefined, wanted: number) => t.true(Math.abs((value ?? Number.NaN) - wanted) < 1e-12, `${value}`)
  near(of('xmrl', 'poor').before, 0.15)
  near(of('xmrl', 'poor').after, 0.55)
  near(of('xmrl', 'poor').gain, 0.4)
  // Both MAML runs together have .2 on the poor tasks there.
  near(of('xmrl', 'poor').overBoth?.gain, 0.35)
  t.true(of('xmrl', 'poor').overBoth?.shown)
  near(of('xmrl', 'other').gain, 0)
  t.false(of('xmrl', 'other').shown)
  t.is(of('maml', 'poor').overBoth, undefined)
})

test('what a seed lacks is left out; a record without other presets has no such rows', async (t) => {
  const [first, second] = record.seeds
  const { xmrl: _, ...fewer } = second.transfer!.windy
  const partly = buildTable(scoresOfStudy({ ...record, seeds: [first, { ...second, transfer: { windy: fewer } }] }), { resamples: 50 })
  t.deepEqual([...new Set(partly.transfer?.map((row) => row.arm))], ['maml', 'maml-null'])
  const { transfer: __, ...without } = second
  t.is(buildTable(scoresOfStudy({ ...record, seeds: [first, without] }), { resamples: 50 }).transfer, undefined)
  const files = await studyFiles(record)
  t.regex(files['table.md'], /## On other presets, without further training: success after adaptation, both pools/)
  t.regex(files['table.md'], /\| windy \| XMRL \| 0\.550 \| 0\.150 \|/)
  t.true('transfer.svg' in files)
})
