import test from 'ava'
import {
  type Intervention,
  interventionWeights,
  judgeInterventions,
  planInterventions,
  sharedWithin,
  wholeGroups
} from '../../ts/select/index.js'
import { draws, mean } from '../../ts/statistics/index.js'

const plan = (over: Partial<Parameters<typeof planInterventions>[0]> = {}) =>
  planInterventions({
    scores: [0.1, 0, 0.5, 0, 0.4, 0, 0, 0, 0, 0],
    ties: [0, 0.1, 0, 0.9, 0, 0, 0, 0, 0, 0],
    distance: [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    top: 3,
    leaveOut: 4,
    draws: draws(1, 20, 7),
    ...over
  })

const near = (a: number, b: number, tolerance = 1e-12) => Math.abs(a - b) <= tolerance

test('the plan raises and removes the top, random others and the nearest, then leaves tasks out', (t) => {
  const all = plan()
  const of = (change: string, group: string) => all.filter((entry) => entry.change === change && entry.group === group)
  for (const change of ['raise', 'remove']) {
    t.deepEqual(of(change, 'top')[0].tasks, [0, 2, 4])
    t.deepEqual(of(change, 'nearest')[0].tasks, [7, 8, 9])
    const [{ tasks }] = of(change, 'random')
    t.is(new Set(tasks).size, 3)
    t.false(tasks.some((task) => [0, 2, 4].includes(task)))
  }
  // The same random tasks are raised and removed; ties of the ranking go by similarity (task 3).
  t.deepEqual(of('raise', 'random')[0].tasks, of('remove', 'random')[0].tasks)
  const alone = of('remove', 'single').map((entry) => entry.tasks)
  t.is(alone.length, 8)
  t.true([0, 2, 3, 4].every((task) => alone.some(([other]) => other === task)))
  t.deepEqual(plan(), all)
  t.notDeepEqual(plan({ draws: draws(2, 20, 7) }), all)
  t.throws(() => plan({ leaveOut: 6 }), { code: 'ERR_SPEC_INVALID', message: /explain\.validate: .*at most 5/ })
})

test('weights sum to one, removed tasks have none and raised ones their share', (t) => {
  const raise: Intervention = { change: 'raise', group: 'top', tasks: [1, 3] }
  const weights = interventionWeights(5, raise, 0.5)
  t.deepEqual(
    weights.map((weight) => Number(weight.toFixed(12))),
    [0.166666666667, 0.25, 0.166666666667, 0.25, 0.166666666667]
  )
  t.deepEqual(interventionWeights(4, { ...raise, change: 'remove', tasks: [0] }, 0.5), [0, 1 / 3, 1 / 3, 1 / 3])
  t.deepEqual(interventionWeights(4, undefined, 0.5), [0.25, 0.25, 0.25, 0.25])
  for (const entry of plan())
    t.true(
      near(
        interventionWeights(10, entry, 0.6).reduce((a, b) => a + b),
        1
      )
    )
})

/** Poor tasks' scores where every intervention shifts them by a known amount, beside noise that all share. */
function planted(shift: (entry: Intervention) => number, jitter: (entry: Intervention, repeat: number) => number) {
  const noise = draws(3, 20, 11)
  const base = [0, 1].map(() => Array.from({ length: 6 }, () => noise.uniform()))
  const entries = plan()
  const after = entries.map((entry) => base.map((row, repeat) => row.map((value) => value + shift(entry) + jitter(entry, repeat))))
  return { entries, base, after }
}

const WORTH = [3, 0.1, 2, 0.4, 1, 0.2, 0.3, 0, 0.5, 0.6]
const worth = (entry: Intervention) => mean(entry.tasks.map((task) => WORTH[task])) * (entry.change === 'raise' ? 1 : -1)

test('effects are the planted ones, whatever the noise that both sides share', (t) => {
  const { entries, base, after } = planted(worth, () => 0)
  const found = judgeInterventions(entries, { base, after }, [3, 0, 2, 0, 1, 0, 0, 0, 0, 0], 0)
  for (const [at, effect] of found.interventions.entries()) {
    t.true(near(effect.gain, worth(entries[at]), 1e-9) && near(effect.low, effect.high, 1e-9))
    t.true(effect.effects.every((value) => near(value, effect.gain, 1e-9)))
  }
  // raise top (3 + 2 + 1) / 3 = 2 against nearest (0 + .5 + .6) / 3; the same for removing.
  for (const change of ['raise', 'remove']) {
    const over = found.contrasts.find((entry) => entry.change === change && entry.against === 'nearest')
    t.true(over?.shown && near(over.gain, 2 - 1.1 / 3, 1e-9))
  }
  const { tasks, losses, scores, spearman, ceiling } = found.leaveOut
  t.true(tasks.every((task, at) => near(losses[at], WORTH[task], 1e-9)))
  t.deepEqual(
    scores,
    tasks.map((task) => [3, 0, 2, 0, 1, 0, 0, 0, 0, 0][task])
  )
  t.true(near(ceiling, 1) && spearman > 0.5 && spearman <= 1)
})

test('tasks raised one by one: planted gains are found, and each explanation is ranked against them', (t) => {
  const entries = plan({ raiseEach: true })
  t.is(entries.length, plan().length + 10)
  t.deepEqual(
    entries.slice(-10).map(({ change, group, tasks }) => [change, group, tasks[0]]),
    WORTH.map((_, task) => ['raise', 'single', task])
  )
  const base = [0, 1].map((repeat) => Array.from({ length: 4 }, (_, at) => at / 10 + repeat))
  const after = entries.map((entry) => base.map((row) => row.map((value) => value + worth(entry))))
  const others = [
    { arm: '', solver: 'adaptation', scores: WORTH.map((value) => value ** 3) },
    { arm: 'inverse', solver: 'implicit', scores: WORTH.map((value) => -value) }
  ]
  const { raiseEach, leaveOut } = judgeInterventions(entries, { base, after }, WORTH, 0, others)
  t.true(raiseEach?.gains.every((gain, task) => near(gain, WORTH[task], 1e-9)))
  t.deepEqual(
    raiseEach?.explanations.map(({ arm, spearman }) => [arm, Number(spearman.toFixed(9))]),
    [
      ['', 1],
      ['inverse', -1]
    ]
  )
  t.true(near(raiseEach?.ceiling ?? 0, 1))
  // What is left out one by one is judged as it is without.
  t.deepEqual(leaveOut, judgeInterventions(plan(), { base, after: after.slice(0, -10) }, WORTH, 0).leaveOut)
})

test('where repeats disagree the ceiling says so, and nothing is shown', (t) => {
  const opposite = (entry: Intervention, repeat: number) => (repeat === 0 ? 1 : -1) * worth(entry)
  const { entries, base, after } = planted(() => 0, opposite)
  const found = judgeInterventions(entries, { base, after }, WORTH, 0)
  t.true(near(found.leaveOut.ceiling, -1, 1e-9))
  t.true(found.interventions.every((effect) => near(effect.gain, 0, 1e-9)))
  t.true(found.contrasts.every((entry) => !entry.shown))
  t.throws(() => judgeInterventions(entries.slice(1), { base, after }, WORTH, 0), { code: 'ERR_SHAPE' })
})

test('near-duplicates share the mean and are chosen whole', (t) => {
  t.deepEqual(sharedWithin([1, 2, 3, 6], [0, 1, 0, 2]), [2, 2, 2, 6])
  const weights = sharedWithin([0.5, 0, 0.3, 0.2], [0, 0, 1, 1])
  t.deepEqual(weights, [0.25, 0.25, 0.25, 0.25])
  t.deepEqual(wholeGroups([3, 0], [0, 1, 0, 2]), [3, 0, 2])
  t.deepEqual(wholeGroups([0, 2], [0, 1, 0, 2]), [0, 2])
  t.deepEqual(wholeGroups([1], undefined), [1])
  t.throws(() => sharedWithin([1], [0, 0]), { code: 'ERR_SHAPE' })
})
