/** Frozen pools: drawn by the law that is asked for, listed and read word for word, with where they came from; and what no world takes. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { leaksOf, leakText } from '../../ts/select/index.js'
import { defineExperiment, type WrittenSpec } from '../../ts/spec/index.js'
import { philox4x32 } from '../../ts/statistics/random.js'
import { checkTasks, freezeTasks, withTasks } from '../../ts/tasks/index.js'
import { sampleTasks } from '../../ts/worlds/index.js'
import { folder } from '../helpers.js'

const spec = (written: object) => defineExperiment(written as WrittenSpec).spec
const frozen = (written: object, seed = 0) => freezeTasks(spec(written), seed, undefined)

/** Number 0 of task `i` of a pool's stream (`crates/envs/src/rng.rs`): uniform in [0, 1), 53 bits. */
function uniform(seed: number, pool: number, i: number): number {
  const [k0, k1] = philox4x32([2, pool, 0, 0], [seed, 0])
  const [high, low] = philox4x32([0, 0, 0, i], [k0, k1])
  return (high * 2 ** 21 + (low >>> 11)) / 2 ** 53
}

test('a rare pool by hand: every second velocity from the lowest quarter, the others above; evaluation from the whole', (t) => {
  const training = { law: 'rare', share: 0.5, part: 0.25, end: 'low', count: 6 }
  const { pools, sources } = frozen(
    { environment: 'cheetah-vel/maml', tasks: { training, evaluation: 5, heldOut: { law: 'uniform', count: 4 } } },
    7
  )
  t.deepEqual(pools.training.rare, [false, true, false, true, false, true])
  for (const [i, [value]] of pools.training.values.entries()) {
    const number = uniform(7, 0, i)
    const expected = 2 * (i % 2 === 1 ? 0.25 * number : 0.25 + 0.75 * number)
    t.true(Math.abs(value - expected) < 1e-12, `${i}: ${value} is not ${expected}`)
  }
  for (const [at, pool] of (['evaluation', 'heldOut'] as const).entries()) {
    for (const [i, [value]] of pools[pool].values.entries()) {
      t.is(value, 2 * uniform(7, at + 1, i))
      t.is(pools[pool].rare?.[i], value < 0.5)
    }
  }
  const rare = { share: 0.5, part: 0.25, end: 'low', on: 'goal velocity', turns: false }
  t.deepEqual<unknown, unknown>(sources, {
    training: { from: 'law', law: 'rare', ...rare },
    evaluation: { from: 'law', law: 'uniform' },
    heldOut: { from: 'law', law: 'uniform' }
  })
})

test('counts give the preset’s own pools, bit for bit, and the law they came from', (t) => {
  for (const environment of ['drone-planar', 'drone-planar/uniform', 'cheetah-vel/rare', 'cheetah-dir/gym', 'stock/synthetic'] as const) {
    const { pools, sources } = frozen({ environment, tasks: { training: 12, evaluation: 9, heldOut: 5 } }, 3)
    t.deepEqual(pools.training, sampleTasks(environment, 'training', 3, 12), environment)
    t.deepEqual(pools.evaluation, sampleTasks(environment, 'evaluation', 3, 9), environment)
    t.deepEqual(pools.heldOut, sampleTasks(environment, 'heldOut', 3, 5), environment)
    t.is(sources?.training.law, ['drone-planar', 'cheetah-vel/rare'].includes(environment) ? 'rare' : 'uniform')
    t.deepEqual(sources?.evaluation, { from: 'law', law: 'uniform' }, 'drawn from the whole')
    t.is(leakText({ pools, sources }), undefined, 'what a law draws twice is no leak')
  }
})

test('a uniform law on a preset with a rare part marks nothing in any pool', (t) => {
  const { pools } = frozen({ environment: 'drone-planar', tasks: { training: { law: 'uniform', count: 8 }, evaluation: 6, heldOut: 4 } })
  t.deepEqual([pools.training.rare, pools.evaluation.rare, pools.heldOut.rare], [undefined, undefined, undefined])
  t.deepEqual(pools.training, sampleTasks('drone-planar/uniform', 'training', 0, 8))
  t.deepEqual(pools.evaluation.values, sampleTasks('drone-planar', 'evaluation', 0, 6).values)
})

test('rows and files are frozen as they are, for every seed alike, with their marks', (t) => {
  const file = join(folder(t), 'goals.csv')
  writeFileSync(file, 'goal x;goal y;rare\n2,5;8;1\n8;3;0\n')
  const written = {
    environment: 'drone-planar',
    tasks: { training: { file }, evaluation: [[1, 1], { values: [9, 9], rare: true }], heldOut: 3 },
    retrain: { arms: ['maml', 'oracle'] }
  } as WrittenSpec
  const plain = defineExperiment(written)
  const { spec, hash } = withTasks(plain)
  t.not(hash, plain.hash)
  const { sha256, rows, marked } = spec.tasks.training as { sha256: string; rows: number; marked: boolean }
  t.deepEqual([rows, marked, sha256.length], [2, true, 64])
  for (const seed of [0, 5]) {
    const { pools, sources } = freezeTasks(spec, seed, undefined)
    t.deepEqual(pools.training, {
      values: [
        [2.5, 8],
        [8, 3]
      ],
      rare: [true, false]
    })
    t.deepEqual(pools.evaluation, {
      values: [
        [1, 1],
        [9, 9]
      ],
      rare: [false, true]
    })
    // The preset's own side is not rare in these rows.
    t.deepEqual(pools.heldOut, { values: sampleTasks('drone-planar', 'heldOut', seed, 3).values })
    t.deepEqual<unknown, unknown>(sources, {
      training: { from: 'file', file: 'goals.csv', sha256 },
      evaluation: { from: 'rows' },
      heldOut: { from: 'law', law: 'uniform' }
    })
  }
  writeFileSync(file, 'goal x,goal y\n2.5,8\n8,3\n')
  t.throws(() => withTasks(plain), { code: 'ERR_SPEC_INVALID', message: /^retrain\.arms: no row of tasks\.training is marked as rare/ })
  t.throws(() => freezeTasks(spec, 1, undefined), { code: 'ERR_SPEC_INVALID', message: /it is not the file of this experiment$/ })
})

test('a task that the world does not take is refused with its place, also on presets of transfer', (t) => {
  const dir = folder(t)
  const refused = (written: object, message: string | RegExp, code = 'ERR_TASK') => {
    const experiment = defineExperiment(written as WrittenSpec)
    t.throws(() => checkTasks(withTasks(experiment).spec, undefined), { code, message })
  }
  const file = join(dir, 'v.csv')
  writeFileSync(file, 'goal velocity\n1\n2.5\n')
  refused(
    { environment: 'cheetah-vel/maml', tasks: { evaluation: { file } } },
    'v.csv, line 3: goal velocity (m/s) is 2.5; cheetah-vel/maml takes finite numbers from 0 to 2'
  )
  refused(
    { environment: 'cheetah-vel/promp', tasks: { evaluation: [[1], [2.5]] }, evaluate: { transfer: ['cheetah-vel/maml'] } },
    'tasks.evaluation.1: on cheetah-vel/maml of evaluate.transfer: goal velocity (m/s) is 2.5; cheetah-vel/maml takes finite numbers from 0 to 2'
  )
  const { values } = sampleTasks('stock/synthetic', 'training', 0, 1)
  refused(
    { environment: 'stock/synthetic', tasks: { training: [values[0], [values[0][0], 2.5]] } },
    'tasks.training.1: period = 2.5 is not a whole number'
  )
  const count = { retrain: { define: { mine: { choose: 'given', weights: [1, 1, 1] } }, arms: ['mine'] } }
  writeFileSync(file, 'goal velocity\n1\n2\n')
  refused(
    { environment: 'cheetah-vel/maml', tasks: { training: { file } }, ...count },
    'retrain.define.mine.weights: shape [3], and there are [2] training tasks (tasks.training)',
    'ERR_SPEC_INVALID'
  )
})

test('a task in two pools is told with its numbers, once and with how many more there are', (t) => {
  const leak = (tasks: object) => leakText(frozen({ environment: 'cheetah-vel/maml', tasks }))
  t.is(leak({ training: [[0.2], [0.4]], evaluation: [[0.3], [0.6]], heldOut: 3 }), undefined)
  t.is(
    leak({ training: [[0.2], [0.4]], evaluation: [[0.3], [0.4]], heldOut: 3 }),
    'evaluation task 1 (0.4) is training task 1: what is measured on them says nothing of new tasks'
  )
  t.is(
    leak({ training: [[0.2], [0.4]], evaluation: [[0.4], [0.3]], heldOut: [[0.3], [0.2]] }),
    'evaluation task 0 (0.4) is training task 1, and 2 more tasks are in two pools: what is measured on them says nothing of new tasks'
  )
  const { pools, sources } = frozen({
    environment: 'cheetah-vel/maml',
    tasks: { training: [[0], [0.4]], evaluation: [[-0], [0.7]], heldOut: [[0], [0.8]] }
  })
  t.deepEqual(
    leaksOf({ pools, sources }).map(({ pools, ids }) => [...pools, ...ids]),
    [
      ['training', 'evaluation', 0, 0],
      ['training', 'heldOut', 0, 0],
      ['evaluation', 'heldOut', 0, 0]
    ]
  )
  t.is(leakText({ pools }), undefined, 'an old record does not say where its tasks came from')
})
