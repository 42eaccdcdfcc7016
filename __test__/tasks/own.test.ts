/** Pools of a world of one's own: its laws by their names, rows that the world itself checks, and a run on both. */
import { join } from 'node:path'
import test from 'ava'
import { defineExperiment, defineWorld, loadRun, runExperiment, sampleTasks, type WrittenSpec } from '../../ts/index.js'
import { checkTasks, freezeTasks } from '../../ts/tasks/index.js'
import { folder, TINY } from '../helpers.js'
import { counter } from '../own/worlds.js'

const world = defineWorld(
  counter({
    laws: {
      uniform: (random, count) => Array.from({ length: count }, () => [random()]),
      // The pool is told: training tasks lie above those that are measured on.
      hard: (random, count, pool) => Array.from({ length: count }, () => [(pool === 'training' ? 5 : 2) + random()])
    },
    task: { names: ['from'], low: [0], high: [10], check: ([from]) => (from === 7 ? 'seven is not asked' : undefined) }
  })
)
const written = (tasks: object) => ({ ...TINY, environment: world, tasks }) as unknown as WrittenSpec

test('pools are drawn by the law that each names, the first where none is; the record says which', (t) => {
  const { spec } = defineExperiment(written({ training: { law: 'hard', count: 6 }, evaluation: 5, heldOut: { law: 'hard', count: 4 } }))
  const { pools, sources } = freezeTasks(spec, 3, undefined)
  const between = (pool: readonly number[][], low: number) => pool.every(([from]) => from >= low && from < low + 1)
  t.deepEqual([pools.training.values.length, pools.evaluation.values.length, pools.heldOut.values.length], [6, 5, 4])
  t.true(between(pools.training.values, 5) && between(pools.evaluation.values, 0) && between(pools.heldOut.values, 2))
  t.is(new Set(Object.values(pools).flatMap(({ values }) => values.map(([from]) => from % 1))).size, 15, 'each pool has its own stream')
  t.deepEqual(freezeTasks(spec, 3, undefined).pools, pools)
  t.notDeepEqual(freezeTasks(spec, 4, undefined).pools.training, pools.training)
  t.deepEqual(sampleTasks(world, 'training', 3, 6, undefined, 'hard').values, pools.training.values)
  t.deepEqual<unknown, unknown>(sources, {
    training: { from: 'law', law: 'hard' },
    evaluation: { from: 'law', law: 'uniform' },
    heldOut: { from: 'law', law: 'hard' }
  })
})

test('a law that the world does not have, and tasks that it does not take, are refused', (t) => {
  const refused = (tasks: object, message: string) =>
    t.throws(() => checkTasks(defineExperiment(written(tasks)).spec, undefined), { message: new RegExp(message) })
  refused({ training: { law: 'hart' } }, '^tasks\\.training\\.law: unknown law "hart" of counter; did you mean "hard"\\?$')
  refused({ training: { law: 'rare' } }, '^tasks\\.training\\.law: unknown law "rare" of counter')
  refused({ training: { law: 'hard', share: 0.1 } }, '^tasks\\.training\\.share: is a setting of the law rare, not of hard$')
  refused({ evaluation: [[1], [11]] }, '^tasks\\.evaluation\\.1: from is 11; counter takes finite numbers from 0 to 10$')
  refused({ heldOut: [[1], [7]] }, 'tasks\\.heldOut\\.1: seven is not asked$')
  t.throws(() => sampleTasks(world, 'training', 0, 3, undefined, 'hart'), { code: 'ERR_USAGE', message: /did you mean "hard"/ })
})

test('a run on a law of the world’s and on rows', async (t) => {
  const out = join(folder(t), 'run')
  const evaluation = [[0.5], [2], [4], { values: [9], rare: true }]
  const training = [[1], [3], { values: [6], rare: true }, [2]]
  const spec = { ...written({ training, evaluation, heldOut: { law: 'hard', count: 3 } }), seeds: [2] }
  await runExperiment(
    { ...spec, train: { phases: [{ iterations: 2, metaBatchSize: 3, supportEpisodes: 6, queryEpisodes: 4 }] } },
    { out, until: 'evaluate' }
  )
  const [{ records }] = (await loadRun(out)).seeds
  t.deepEqual(records.tasks?.pools.evaluation, { values: [[0.5], [2], [4], [9]], rare: [false, false, false, true] })
  t.deepEqual(records.tasks?.pools.training.rare, [false, false, true, false])
  t.true(records.tasks?.pools.heldOut.values.every(([from]) => from >= 2 && from < 3))
  t.is(records.evaluations.theta_0.pools.evaluation.streams[0].returns.length, 4)
})
