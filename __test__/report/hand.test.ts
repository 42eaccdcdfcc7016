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

test('the goal is marked in every panel, and how far from it an episode ended is said', async (t) => {
  // Beyond what hand and object reach: the panels grow to show it.
  const goal: [number, number, number] = [0.3, 0.8, 0.05]
  t.notThrows(() => recordSchemas.episodes.parse({ ...record, goal }))
  const figure = await handFigure(flownTasks({ ...record, goal })[0])
  if (figure === undefined) return t.fail('no figure')
  t.deepEqual(figure.legend.at(-1), { label: 'goal', colour: 'better', mark: 'plus' })
  t.regex(figure.caption, /The plus is the goal/)
  // By hand: before, hand and object end at (-.1, .7, .05) and half way there, (-.05, .65, .125).
  const said = (hand: number, object: number) =>
    `The goal is at (0.30, 0.80, 0.05) m; in the end the hand is ${hand.toFixed(2)} m and the object ${object.toFixed(2)} m from it.`
  t.true(figure.svg[0].includes(said(Math.hypot(0.4, 0.1), Math.hypot(0.35, 0.15, 0.075))))
  // After, both end at (.2, .8, .02).
  t.true(figure.svg[1].includes(said(Math.hypot(0.1, 0.03), Math.hypot(0.1, 0.03))))
  for (const svg of figure.svg) {
    t.is(svg.match(/stroke-width="1\.6"/g)?.length, 6)
    t.is(svg.match(/stroke-dasharray="1,3"[^>]*|<line[^>]*stroke-dasharray="1,3"/g)?.length, 3, 'a level in each of three panels')
    t.regex(svg, />0\.30?</, 'as far as the goal')
    t.false(/<script|NaN/.test(svg))
  }
  t.is(same('hand-goal-0.svg', figure.svg[1]), undefined)
})
