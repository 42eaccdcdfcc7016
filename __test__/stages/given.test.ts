/** Arms whose tasks somebody else chose: what they put into their meta-batches, what they cost, and what is no choice. */
import test from 'ava'
import { streamOf } from '../../ts/arms/index.js'
import { armStyle } from '../../ts/report/arms.js'
import { buildTable, seedScores } from '../../ts/select/index.js'
import { defineExperiment, findArm, type WrittenSpec } from '../../ts/spec/index.js'
import { draws, PURPOSE } from '../../ts/statistics/index.js'
import { during, idsIn, type Recorded, record, small } from './recorded.js'

/** Weights of eight training tasks: of four places, task 2 gets three and task 5 one. */
const WEIGHTS = [0, 0, 3, 0, 0, 1, 0, 0]
const DEFINE = {
  mine: { choose: 'given', weights: WEIGHTS },
  alike: { choose: 'given', tasks: { 5: [7, 1], 6: [0] }, criticalShare: 1, mixedShare: 0 },
  dear: { choose: 'given', tasks: [2], steps: 4000 }
}
const SEED = 5
const run = (async () => {
  const done = await record(small({ retrain: { arms: ['maml', ...Object.keys(DEFINE)], define: DEFINE } }))
  if (done.error) throw done.error
  return done
})()

const batches = (of: Recorded, arm: string) =>
  during(of, `retrain ${arm}`, 'metaStep').map(({ tasks, options }) => ({
    ids: idsIn(of, 'training', tasks),
    mixed: options.mixedEpisodes ?? [],
    family: options.family
  }))

test('the places of given tasks are those drawn by hand, in proportion to the weights; the others are different tasks of the rest', async (t) => {
  const found = batches(await run, 'mine')
  t.true(found.length > 5)
  for (const [iteration, { ids, mixed, family }] of found.entries()) {
    const source = draws(SEED, PURPOSE.metaBatch, streamOf('mine') * 2 ** 32 + iteration)
    // Half of six places: the first number settles the fraction, which is none; then one number a place.
    source.uniform()
    const places = [0, 1, 2].map(() => (source.uniform() < 3 / 4 ? 2 : 5))
    t.deepEqual(ids.slice(0, 3), places, `iteration ${iteration}`)
    // A partial shuffle of the rest, by hand.
    const rest = [0, 1, 3, 4, 6, 7]
    for (let at = 0; at < 3; at++) {
      const from = at + Math.floor(source.uniform() * (rest.length - at))
      ;[rest[at], rest[from]] = [rest[from], rest[at]]
    }
    t.deepEqual(ids.slice(3), rest.slice(0, 3), `iteration ${iteration}`)
    // Half of eight query episodes, as a control's.
    t.deepEqual(mixed, [4, 4, 4, 0, 0, 0])
    t.is(family, 'uniform')
  }
  const favoured = found.flatMap(({ ids }) => ids.slice(0, 3))
  t.true(favoured.includes(2) && favoured.includes(5))
})

test('a list for each seed: every place is one of this seed’s tasks, none is mixed', async (t) => {
  for (const { ids, mixed } of batches(await run, 'alike')) {
    t.true(ids.every((id) => id === 7 || id === 1))
    t.true(mixed.every((count) => count === 0))
  }
})

test('what is given is recorded, and what choosing took is charged', async (t) => {
  const { records, spec } = await run
  t.like(records.arms.mine, {
    chargedSteps: 0,
    choice: { by: 'given', weights: [0, 0, 0.75, 0, 0, 0.25, 0, 0], envSteps: 0 },
    favoured: [
      { task: 2, weight: 0.75 },
      { task: 5, weight: 0.25 }
    ]
  })
  t.deepEqual(records.arms.alike.choice?.weights, [0, 0.5, 0, 0, 0, 0, 0, 0.5])
  const { dear, mine } = records.arms
  t.is(dear.chargedSteps, 4000)
  const step = mine.extraSteps / mine.iterations
  for (const { extraSteps, chargedSteps } of [dear, mine]) {
    t.true(extraSteps + chargedSteps >= spec.retrain.extraSteps && extraSteps + chargedSteps < spec.retrain.extraSteps + step)
  }
  t.true(dear.iterations < mine.iterations)
})

test('tables hold it beside the others, against the method; it has a name, a colour and a line of its own', async (t) => {
  const { records, spec } = await record(small({ retrain: { arms: ['xmrl', 'maml', 'mine'], define: DEFINE } }))
  const table = buildTable([seedScores(SEED, records)], { variants: spec.retrain.define })
  t.true(table.rows.some(({ arm, overMaml }) => arm === 'mine' && overMaml !== undefined))
  t.true(
    table.ablations?.some(
      ({ arm, against, question }) => arm === 'xmrl' && against === 'mine' && question === 'explained against given tasks'
    )
  )
  t.like(armStyle('mine', spec.retrain.define), { label: 'mine (given tasks)', colour: 'rival' })
  t.notDeepEqual(armStyle('mine', spec.retrain.define).dash, armStyle('dear', spec.retrain.define).dash)
  t.is(findArm('mine', spec.retrain.define)?.description, '2 given training tasks oversampled')
  t.is(findArm('alike', spec.retrain.define)?.description, '1 or 2 given training tasks oversampled, with criticalShare 1, mixedShare 0')
})

test('what is no choice is refused by key, with the shape that is asked for', (t) => {
  const refused = (mine: object, arms = ['mine'], seeds = [5]): string => {
    const written = small({ seeds, retrain: { arms, define: { mine } } }) as WrittenSpec
    return t.throws(() => defineExperiment(written), { code: 'ERR_SPEC_INVALID' })?.message ?? ''
  }
  const given = (keys: object) => ({ choose: 'given', ...keys })
  const cases: [object, RegExp][] = [
    [{}, /^retrain\.define\.mine: an arm has a base .*or choose: given/],
    [given({}), /^retrain\.define\.mine: choose given takes tasks or weights; give one/],
    [given({ tasks: [1], weights: WEIGHTS }), /both are there; give one/],
    [given({ weights: [0.5, 0.5] }), /^retrain\.define\.mine\.weights: shape \[2\], and there are \[8\] training tasks/],
    [given({ weights: Array(8).fill(0) }), /^retrain\.define\.mine\.weights: every weight is 0/],
    [given({ weights: [-1, 1, 1, 1, 1, 1, 1, 1] }), /^retrain\.define\.mine\.weights/],
    [given({ tasks: [8] }), /^retrain\.define\.mine\.tasks: there is no training task 8: tasks\.training is 8, so ids go from 0 to 7/],
    [given({ tasks: [3, 3] }), /^retrain\.define\.mine\.tasks: training task 3 is named twice/],
    [given({ tasks: [] }), /^retrain\.define\.mine\.tasks/],
    [given({ tasks: { 5: [1], 7: [9] } }), /^retrain\.define\.mine\.tasks\.7: there is no training task 9/],
    [given({ tasks: { five: [1] } }), /^retrain\.define\.mine\.tasks\.five: expected the number of a seed/],
    [given({ weights: { 5: [1, 1, 1, 1, 1, 1, 1, -0.5] } }), /^retrain\.define\.mine\.weights\.5\.7: .*found -0\.5/],
    [given({ tasks: { 7: [1] } }), /^retrain\.define\.mine\.tasks: seed 5 has none; give every seed its own/],
    [given({ tasks: [1], base: 'xmrl' }), /^retrain\.define\.mine\.choose: given tasks are in place of those that xmrl favours/],
    [
      given({ tasks: [1], criticalFraction: 0.1 }),
      /^retrain\.define\.mine\.criticalFraction: an arm of given tasks chooses no number of tasks/
    ],
    [{ base: 'xmrl', tasks: [1] }, /^retrain\.define\.mine\.tasks: xmrl is given no tasks/],
    [{ choose: 'gven', tasks: [1] }, /^retrain\.define\.mine\.choose: unknown value "gven"; did you mean "given"/]
  ]
  for (const [mine, message] of cases) t.regex(refused(mine), message)
  t.notThrows(
    () => defineExperiment(small({ retrain: { arms: ['maml'], define: { mine: given({ tasks: { 7: [1] } }) } } })),
    'it is not run'
  )
})
