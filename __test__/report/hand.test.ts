import test from 'ava'
import { type Episode, type EpisodesRecord, recordSchemas } from '../../ts/records/index.js'
import { flownTasks } from '../../ts/report/figures/flown.js'
import { handFigure } from '../../ts/report/figures/hand.js'
import { same } from './snapshot.js'

const STEPS = 40

/** A hand that goes from (0, .6, .2) towards `to`, and an object that goes with it for the second half where it is taken. */
function episode(to: readonly [number, number, number], taken: boolean): Episode {
  const at = (t: number): [number, number, number] => [
    (to[0] * t) / STEPS,
    0.6 + ((to[1] - 0.6) * t) / STEPS,
    0.2 + ((to[2] - 0.2) * t) / STEPS
  ]
  const times = Array.from({ length: STEPS + 1 }, (_, t) => t)
  const object = times.map((t) => at(taken && t > STEPS / 2 ? t : STEPS / 2))
  const path = (rows: [number, number, number][]) => rows.map(([x, y]): [number, number] => [x, y])
  const hand = times.map(at)
  return {
    path: path(hand),
    heights: hand.map(([, , z]) => z),
    object: { path: path(object), heights: object.map(([, , z]) => z) },
    success: taken
  }
}

const record: EpisodesRecord = {
  task: [0.05, 0.65, 0.02, 0.1, 0.8, 0.1],
  taskId: 3,
  pool: 'evaluation',
  view: 'hand',
  success: { before: 0, after: 0.5 },
  before: [episode([-0.1, 0.7, 0.05], false)],
  after: [episode([0.1, 0.7, 0.1], false), episode([0.2, 0.8, 0.02], true)]
}

test('hand and object over time before and after the repair; a solved episode where there is one', async (t) => {
  t.notThrows(() => recordSchemas.episodes.parse(record))
  const figure = await handFigure(flownTasks(record)[0])
  if (figure === undefined) return t.fail('no figure')
  t.deepEqual(
    figure.legend.map(({ label, mark }) => [label, mark]),
    [
      ['hand', 'line'],
      ['object', 'dashed']
    ]
  )
  t.true(figure.svg[0].includes('Before: 0 of 1 episodes succeed (0 %); one that did not is drawn'))
  t.true(figure.svg[1].includes('After: 1 of 2 episodes succeed (50 %); one that did is drawn'))
  for (const svg of figure.svg) {
    t.is(svg.match(/stroke-width="1\.6"/g)?.length, 6, 'two lines in each of three panels')
    t.false(/<script|NaN/.test(svg))
  }
  // The drawn one is the second: its hand ends at x = .2, beyond the first's .1, and both rows of panels end there.
  t.true(figure.svg.every((svg) => svg.includes('>0.20<')))
  t.is(same('hand-0.svg', figure.svg[1]), undefined)
  t.is(await handFigure(flownTasks({ ...record, before: [] })[0]), undefined)
})
