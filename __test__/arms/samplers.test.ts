/** Samplers of tasks against hand computation, in their limits, and on a small bandit. */
import test, { type ExecutionContext } from 'ava'
import { type SamplerOptions, samplingOf } from '../../ts/arms/index.js'
import { minimax } from '../../ts/arms/samplers/minimax.js'
import { plr } from '../../ts/arms/samplers/plr.js'
import { quantile, roml } from '../../ts/arms/samplers/roml.js'
import type { Outcome, Sampler } from '../../ts/arms/samplers/sampler.js'
import { defineExperiment } from '../../ts/index.js'
import { draws } from '../../ts/statistics/index.js'

const NAMES = ['roml', 'minimax', 'plr'] as const
const { roml: ROML, minimax: MINIMAX, plr: PLR } = defineExperiment({}).spec.retrain

/** Equal up to a few roundings. */
function near(t: ExecutionContext, found: readonly number[], expected: readonly number[], about = '') {
  t.is(found.length, expected.length)
  for (const [at, value] of expected.entries()) t.true(Math.abs(found[at] - value) < 1e-12, `${about} ${at}: ${found[at]}, not ${value}`)
}
/** An outcome; what is left out a sampler does not look at. */
const outcome = (tasks: number[], figures: { returns?: number[]; advantages?: number[] }): Outcome => {
  const none = tasks.map(() => Number.NaN)
  return { tasks, returns: none, advantages: none, ...figures }
}

test('roml: two updates by hand', (t) => {
  // Of five places two are even ones; an update after each meta-batch.
  const sampler = roml({ alpha: 0.5, beta: 0.2, evenShare: 0.4, smoothing: 0.5, batch: 5, floor: 0.2 })
  const start = sampler.start(4)
  near(t, sampler.law(start), [1 / 4, 1 / 4, 1 / 4, 1 / 4])
  // Even places: 10 and 4, so that half of them lie at or below 4. Elite: 4, 2 and 1, of tasks 1, 2 and 3, weights 1.
  const first = sampler.learn(start, outcome([0, 1, 2, 3, 3], { returns: [10, 4, 2, 6, 1] }))
  // (1/4 + 1/3) / 2 = 7/24, of which a fifth is made even: 4/5 · 7/24 + 1/20 = 17/60.
  near(t, sampler.law(first), [3 / 20, 17 / 60, 17 / 60, 17 / 60])
  // Even places: 5 and 3, bound 3. Elite: task 0 twice, as an even place (1) and by the law (1/4 : 3/20 = 5/3), task 1 by the law (15/17).
  const second = sampler.learn(first, outcome([2, 0, 0, 1, 3], { returns: [5, 3, 2, 3, 8] }))
  const mixed = (before: number, fit: number) => 0.8 * (before / 2 + fit / 2) + 0.05
  near(t, sampler.law(second), [mixed(3 / 20, 136 / 181), mixed(17 / 60, 45 / 181), mixed(17 / 60, 0), mixed(17 / 60, 0)])
  // Where the even places are all bad, beta says how many are elite: of five places three.
  const least = roml({ alpha: 0.5, beta: 0.6, evenShare: 0.4, smoothing: 0, batch: 5, floor: 0 })
  near(t, least.law(least.learn(least.start(4), outcome([0, 1, 2, 3, 3], { returns: [-9, -8, -7, 0, 1] }))), [1 / 3, 1 / 3, 1 / 3, 0])
})

test('roml: places are gathered until there are enough for an update', (t) => {
  const sampler = roml({ ...ROML, batch: 9 })
  const first = sampler.learn(sampler.start(4), outcome([0, 1, 2, 3], { returns: [1, 2, 3, 4] }))
  const second = sampler.learn(first, outcome([0, 1, 2, 3], { returns: [1, 2, 3, 4] }))
  near(t, sampler.law(second), [1 / 4, 1 / 4, 1 / 4, 1 / 4])
  const third = sampler.learn(second, outcome([3, 3, 3, 3], { returns: [0, 0, 0, 0] }))
  t.true(sampler.law(third)[3] > 0.4)
  t.deepEqual(third.places, [])
})

test('a quantile is the least value at or below which the share lies', (t) => {
  t.deepEqual(
    [0, 0.05, 0.25, 0.26, 0.5, 0.99].map((share) => quantile([4, 1, 3, 2], share)),
    [1, 1, 1, 2, 2, 4]
  )
  // .07 · 100 is 7.000000000000001.
  t.is(
    quantile(
      Array.from({ length: 100 }, (_, i) => i),
      0.07
    ),
    6
  )
  t.is(quantile([4, 1], 1), Number.POSITIVE_INFINITY, 'nothing lies above the whole of a law')
})

test('roml: of all tasks (alpha = 1) the even law', (t) => {
  const sampler = roml({ ...ROML, alpha: 1, batch: 24 })
  // Every task as often as the law says: even whatever the returns.
  const once = outcome(
    Array.from({ length: 24 }, (_, place) => place % 4),
    { returns: Array.from({ length: 24 }, (_, place) => place % 4) }
  )
  near(t, sampler.law(sampler.learn(sampler.start(4), once)), [1 / 4, 1 / 4, 1 / 4, 1 / 4])
  // Over many updates even on average, although the draws follow a law that wanders: the weights (1/N)/p hold it.
  const total = [0, 0, 0, 0]
  let state = sampler.start(4)
  for (let batch = 0; batch < 2000; batch++) {
    const { tasks } = sampler.draw(state, 24, draws(3, 3, batch))
    state = sampler.learn(state, outcome(tasks, { returns: tasks.map((task) => -task) }))
    for (const [task, p] of sampler.law(state).entries()) total[task] += p / 2000
  }
  for (const p of total) t.true(Math.abs(p - 0.25) < 0.02, `${total}`)
})

test('minimax: two updates by hand', (t) => {
  const ln2 = Math.log(2)
  const sampler = minimax({ rate: (4 / 3) * ln2, evenShare: 0.15 })
  const start = sampler.start(3)
  near(t, sampler.law(start), [1 / 3, 1 / 3, 1 / 3])
  // Mean 2, deviation 1: losses 1, 1, -1, -1. Over 4 places of q = 1/3 each: 3/4, 3/4 and -3/2, times the rate ln 2, ln 2 and -2 ln 2.
  const first = sampler.learn(start, outcome([0, 1, 2, 2], { returns: [1, 1, 3, 3] }))
  near(t, first.logWeights, [0, 0, -3 * ln2])
  // Weights 8 : 8 : 1, of which .15 are made even.
  near(t, sampler.law(first), [0.45, 0.45, 0.1])
  // Losses 1, -1 of task 0 (nothing in all), 1 of task 1 over 4 · .45, -1 of task 2 over 4 · .1.
  const second = sampler.learn(first, outcome([0, 0, 1, 2], { returns: [2, 4, 2, 4] }))
  near(t, second.logWeights, [(-20 / 27) * ln2, 0, (-19 / 3 - 20 / 27) * ln2])
})

test('minimax: equal scores keep the law even, the unit of returns changes nothing, and no weight is lost', (t) => {
  const sampler = minimax(MINIMAX)
  const learnt = (returns: number[], times: number) => {
    let state = sampler.start(3)
    for (let k = 0; k < times; k++) state = sampler.learn(state, outcome([0, 1, 2, 2], { returns }))
    return sampler.law(state)
  }
  t.deepEqual(learnt([-7, -7, -7, -7], 50), sampler.law(sampler.start(3)))
  near(t, learnt([1, 2, 4, 3], 5), learnt([110, 120, 140, 130], 5))
  const long = learnt([1, 2, 4, 3], 100_000)
  t.true(long[0] > long[1] && long[1] > long[2] && long[2] >= MINIMAX.evenShare / 3 - 1e-12, `${long}`)
})

test('plr: tasks never seen first, then by rank and staleness, by hand', (t) => {
  const sampler = plr({ temperature: 1, staleness: 0.25 })
  const start = sampler.start(4)
  t.is(new Set(sampler.draw(start, 3, draws(1, 3, 0)).tasks).size, 3)
  t.deepEqual(sampler.draw(start, 4, draws(1, 3, 0)).tasks.sort(), [0, 1, 2, 3])
  // Task 0 twice: the mean of both.
  const first = sampler.learn(start, outcome([2, 0, 0], { advantages: [3, 1, 2] }))
  t.deepEqual(first, { scores: [1.5, null, 3, null], age: [0, 1, 0, 1] })
  near(t, sampler.law(first), [1 / 3, 0, 2 / 3, 0])
  for (let at = 0; at < 20; at++) {
    const [a, b, ...rest] = sampler.draw(first, 5, draws(1, 3, at)).tasks
    t.deepEqual([a, b].sort(), [1, 3])
    t.true(rest.length === 3 && rest.every((task) => task === 0 || task === 2))
  }
  const second = sampler.learn(first, outcome([1, 3, 2], { advantages: [2, 6, 1] }))
  t.deepEqual(second, { scores: [1.5, 2, 1, 6], age: [1, 0, 0, 0] })
  // By rank 1/3 : 1/2 : 1/4 : 1, that is 4, 6, 3 and 12 of 25; by time task 0 alone.
  near(t, sampler.law(second), [0.75 * (4 / 25) + 0.25, 0.75 * (6 / 25), 0.75 * (3 / 25), 0.75 * (12 / 25)])
  // Ranks to the power of -10 at the authors' temperature.
  const sharp = plr({ temperature: 0.1, staleness: 0 }).law({ scores: [1, 3, 2], age: [0, 0, 0] })
  near(t, [sharp[2] / sharp[1], sharp[0] / sharp[1]], [2 ** -10, 3 ** -10])
})

test('plr: at an infinite temperature every seen task alike', (t) => {
  const sampler = plr({ temperature: Number.POSITIVE_INFINITY, staleness: 0 })
  near(t, sampler.law({ scores: [5, null, 1, 2], age: [3, 9, 0, 0] }), [1 / 3, 0, 1 / 3, 1 / 3])
})

/** Ten tasks of which number 7 is the worst: the least return and the greatest advantages, with noise as wide as half of what is between it and the next. */
function bandit<State>(sampler: Sampler<State>, batches: number): { law: number[]; state: State } {
  let state = sampler.start(10)
  for (let batch = 0; batch < batches; batch++) {
    const from = draws(11, 3, batch)
    const { tasks } = sampler.draw(state, 12, from)
    const bad = tasks.map((task) => (task === 7 ? 3 : task / 10) + 2 * (from.uniform() - 0.5))
    state = sampler.learn(state, { tasks, returns: bad.map((value) => -value), advantages: bad })
  }
  return { law: sampler.law(state), state }
}

test('every sampler finds the worst task of a bandit', (t) => {
  // The floors leave .2 and .1 of the law to others, staleness a tenth.
  for (const [name, sampler] of [
    ['roml', roml({ ...ROML, alpha: 0.1, batch: 24 })],
    ['minimax', minimax(MINIMAX)],
    ['plr', plr(PLR)]
  ] as const) {
    const { law } = bandit(sampler as Sampler<unknown>, 100)
    t.true(Math.abs(law.reduce((sum, p) => sum + p, 0) - 1) < 1e-12, name)
    t.true(law[7] > 0.6, `${name}: ${law.map((p) => p.toFixed(2))}`)
    t.true(
      law.every((p, task) => task === 7 || p < 0.2),
      `${name}: ${law.map((p) => p.toFixed(2))}`
    )
  }
})

test('places are drawn as the law says', (t) => {
  for (const [name, sampler] of [
    ['minimax', minimax(MINIMAX)],
    ['plr', plr({ temperature: 1, staleness: 0.5 })],
    ['roml', roml({ ...ROML, batch: 24 })]
  ] as const) {
    const { law, state } = bandit(sampler as Sampler<unknown>, 6)
    const counts = law.map(() => 0)
    for (let batch = 0; batch < 2000; batch++) {
      const { tasks } = (sampler as Sampler<unknown>).draw(state, 10, draws(12, 3, batch))
      t.is(tasks.length, 10)
      // The first two places of roml are even ones.
      for (const task of name === 'roml' ? tasks.slice(2) : tasks) counts[task]++
    }
    const places = counts.reduce((sum, count) => sum + count, 0)
    // Standard errors below .0036.
    for (const [task, p] of law.entries())
      t.true(Math.abs(counts[task] / places - p) < 0.015, `${name} ${task}: ${counts[task] / places} ${p}`)
  }
  const first = new Array<number>(10).fill(0)
  const { state } = bandit(roml({ ...ROML, batch: 24 }), 6)
  for (let batch = 0; batch < 2000; batch++) {
    const [a, b] = roml(ROML).draw(state, 10, draws(12, 3, batch)).tasks
    t.not(a, b)
    first[a]++
    first[b]++
  }
  // 400 each, standard deviation 18.
  for (const count of first) t.true(Math.abs(count - 400) < 90, `${first}`)
})

test('a state that went through JSON goes on as the one that stayed', (t) => {
  const options: SamplerOptions = { roml: { ...ROML, batch: 20 }, minimax: MINIMAX, plr: PLR }
  for (const name of NAMES) {
    const stayed = samplingOf(name, options, 7)
    const step = (sampling: typeof stayed, batch: number) => {
      const from = draws(2, 3, batch)
      const { tasks } = sampling.draw(6, from)
      const figures = tasks.map((task) => task + from.uniform())
      sampling.learn({ tasks, returns: figures, advantages: figures })
      return tasks
    }
    for (let batch = 0; batch < 5; batch++) step(stayed, batch)
    const saved = samplingOf(name, options, 7)
    saved.restore(JSON.parse(JSON.stringify(stayed.state())))
    for (let batch = 5; batch < 15; batch++) t.deepEqual(step(saved, batch), step(stayed, batch), `${name} ${batch}`)
    t.deepEqual(saved.state(), stayed.state())
    for (const state of [null, {}, 7])
      t.throws(() => saved.restore(state), { code: 'ERR_CHECKPOINT_CORRUPT', message: /for 7 training tasks/ })
    t.throws(() => saved.restore(samplingOf(name, options, 8).state()), { code: 'ERR_CHECKPOINT_CORRUPT', message: /8 entries for 7/ })
  }
})
