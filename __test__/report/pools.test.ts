/** Where the tasks of a run come from, as its report says it. */
import test from 'ava'
import type { TaskSource, TasksRecord } from '../../ts/records/index.js'
import { poolsText } from '../../ts/report/pools.js'
import { notices } from '../../ts/report/summary.js'

const record = (training: TaskSource, evaluation: TaskSource, heldOut: TaskSource, rare?: boolean[]): TasksRecord => ({
  preset: 'cheetah-vel/maml',
  taskNames: ['goal velocity (m/s)'],
  taskLow: [0],
  taskHigh: [2],
  pools: {
    training: { values: [[0.5], [1.9]], ...(rare ? { rare } : {}) },
    evaluation: { values: [[0.7]] },
    heldOut: { values: [[1.9], [1], [0.1]] }
  },
  sources: { training, evaluation, heldOut }
})
const uniform: TaskSource = { from: 'law', law: 'uniform' }

test('a law is told with what it makes rare, at which end, and where a sector turns', (t) => {
  const rare = { from: 'law', law: 'rare', share: 0.1, part: 0.4, end: 'high', on: 'goal velocity', turns: false } as const
  t.is(
    poolsText(record(rare, uniform, uniform)),
    '2 training tasks drawn by the law rare, 10 % with the goal velocity in the highest 40 % of its range and the others outside of it; 1 evaluation and 3 held-out tasks drawn by the law uniform.'
  )
  const low = { ...rare, share: 0.125, end: 'low' } as const
  t.regex(poolsText(record(low, uniform, uniform)) ?? '', /12\.5 % with the goal velocity in the lowest 40 % of its range/)
  const turns = { ...rare, on: 'direction of the goal', turns: true } as const
  t.regex(
    poolsText(record(turns, uniform, uniform)) ?? '',
    /10 % with the direction of the goal in a sector of 144 degrees that turns with the seed/
  )
})

test('rows and files are told with their marks and the hash; an old record says nothing', (t) => {
  const file: TaskSource = { from: 'file', file: 'v.csv', sha256: 'abcdef0123456789'.repeat(4) }
  t.is(
    poolsText(record(file, { from: 'rows' }, uniform, [false, true])),
    '2 training tasks of the file v.csv (SHA-256 abcdef012345) (1 marked as rare); 1 evaluation task that the specification lists; 3 held-out tasks drawn by the law uniform.'
  )
  const { sources: _, ...old } = record(uniform, uniform, uniform)
  t.is(poolsText(old), undefined)
})

test('a task in two pools is a warning, which comes first', (t) => {
  const tasks = record({ from: 'rows' }, uniform, { from: 'rows' })
  const found = notices({ evaluations: {}, arms: {}, tasks } as never, undefined)
  t.deepEqual(found, [
    {
      kind: 'warning',
      text: 'Tasks are in two pools: held-out task 0 (1.9) is training task 1: what is measured on them says nothing of new tasks.'
    }
  ])
})
