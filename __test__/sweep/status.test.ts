import test from 'ava'
import { statusLines } from '../../ts/cli/sweep-status.js'
import type { SweepStatus, UnitStatus } from '../../ts/sweep/index.js'

const of = (units: UnitStatus[], secondsToGo?: number): SweepStatus => {
  const counts: SweepStatus['counts'] = {}
  for (const { state } of units) counts[state] = (counts[state] ?? 0) + 1
  return { path: '/s', units, counts, ...(secondsToGo === undefined ? {} : { secondsToGo }) }
}
const unit = (seed: number, more: Partial<UnitStatus>): UnitStatus => ({
  unit: `a/seed-${seed}`,
  cell: 'a',
  seed,
  state: 'queued',
  attempt: 0,
  ...more
})

test('a table of units, how many there are of each state, and when it ends', (t) => {
  const status = of(
    [
      unit(0, { state: 'done', attempt: 1 }),
      unit(1, { state: 'running', attempt: 2, stage: 'retrain xmrl', share: 0.5, stepsPerSecond: 1.5e6, secondsToGo: 185 }),
      unit(2, { reason: 'Resources' })
    ],
    200
  )
  t.deepEqual(statusLines(status, false), [
    'unit      state    attempt  stage         done  steps/s  to go',
    'a/seed-0  done     1',
    'a/seed-1  running  2        retrain xmrl  50 %  1.50 M   3 min 05 s',
    'a/seed-2  queued                                                     Resources',
    '',
    '3 units: 1 done, 1 running, 1 queued; about 3 min 20 s to go'
  ])
})

test('of a large sweep only what is neither done nor queued is shown, unless all is asked for; at its end it says what to do', (t) => {
  const many = of(Array.from({ length: 60 }, (_, seed) => unit(seed, { state: seed === 7 ? 'lost' : 'done', attempt: 1 })))
  const lines = statusLines(many, false)
  t.is(lines.length, 6)
  t.regex(lines[1], /^a\/seed-7 +lost +1$/)
  t.deepEqual(lines.slice(2), ['and 59 more: --all', '', '60 units: 59 done, 1 lost', 'xmrl sweep resume goes on'])
  t.is(statusLines(many, true).length, 64)
  t.is(statusLines(of([unit(0, { state: 'done' })]), false).at(-1), 'xmrl sweep collect makes the tables')
})
