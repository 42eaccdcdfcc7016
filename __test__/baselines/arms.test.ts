import test from 'ava'
import { ARM_INFO, drawSlots, type PlanInputs, planArm } from '../../ts/baselines/index.js'
import { draws } from '../../ts/select/index.js'
import { ARMS } from '../../ts/spec/index.js'

const TRAINING = 20
const SLOTS = 10
const FLIGHTS = 8
const CRITICAL = [
  { task: 3, weight: 0.7 },
  { task: 11, weight: 0.2 },
  { task: 17, weight: 0.1 }
]

const inputs = (change: Partial<PlanInputs> = {}): PlanInputs => ({
  training: TRAINING,
  critical: CRITICAL,
  rare: Array.from({ length: TRAINING }, (_, task) => task >= 18),
  criticalShare: 0.45,
  mixedShare: 0.5,
  family: 'kumaraswamy',
  phi: [0.4],
  draws: draws(7, 20, 1),
  ...change
})

/** How often each task fills a slot, and how many slots are mixed, over many meta-batches. */
function tally(plan: ReturnType<typeof planArm>, batches: number) {
  const counts = new Array<number>(TRAINING).fill(0)
  let mixed = 0
  for (let batch = 0; batch < batches; batch++) {
    const slots = drawSlots(plan, TRAINING, SLOTS, FLIGHTS, draws(1, 3, batch))
    for (const task of slots.tasks) counts[task]++
    mixed += slots.mixedEpisodes.filter((episodes) => episodes > 0).length
  }
  return { counts, mixed }
}

test('streams differ between arms and only xmrl is charged', (t) => {
  t.deepEqual(Object.keys(ARM_INFO).sort(), [...ARMS].sort())
  t.is(new Set(ARMS.map((arm) => ARM_INFO[arm].stream)).size, ARMS.length)
  t.false(
    ARMS.some((arm) => ARM_INFO[arm].stream === 0),
    '0 is the stream of training'
  )
  t.deepEqual(
    ARMS.filter((arm) => ARM_INFO[arm].charged),
    ['xmrl']
  )
})

test('xmrl: critical tasks fill their share in proportion to their weights, the rest is spread evenly', (t) => {
  const plan = planArm('xmrl', inputs())
  t.like(plan, { family: 'kumaraswamy', phi: [0.4], criticalShare: 0.45, mixedShare: 0.5, mixEverywhere: false })
  const batches = 4000
  const { counts, mixed } = tally(plan, batches)
  const critical = CRITICAL.reduce((sum, { task }) => sum + counts[task], 0)
  // 4.5 of 10 slots: 4 or 5 by one more draw. The standard error of the mean is 0.5 / sqrt(4000) = 0.008.
  t.true(Math.abs(critical / batches - 4.5) < 0.04, `${critical / batches}`)
  t.is(mixed, critical, 'a slot is mixed if and only if its task is favoured')
  for (const { task, weight } of CRITICAL) t.true(Math.abs(counts[task] / critical - weight) < 0.015, `${task}: ${counts[task] / critical}`)
  const others = counts.filter((_, task) => !CRITICAL.some((entry) => entry.task === task))
  const expected = (batches * 5.5) / 17
  for (const count of others) t.true(Math.abs(count / expected - 1) < 0.12, `${count} of ${expected}`)
})

test('a meta-batch: slots differ outside the favoured ones, mixed episodes are the share of the query flights', (t) => {
  const plan = planArm('xmrl', inputs({ criticalShare: 0.5 }))
  for (let batch = 0; batch < 50; batch++) {
    const { tasks, mixedEpisodes } = drawSlots(plan, TRAINING, SLOTS, FLIGHTS, draws(1, 3, batch))
    t.deepEqual(mixedEpisodes, [4, 4, 4, 4, 4, 0, 0, 0, 0, 0])
    t.true(tasks.slice(0, 5).every((task) => CRITICAL.some((entry) => entry.task === task)))
    t.is(new Set(tasks.slice(5)).size, 5)
    t.false(tasks.slice(5).some((task) => CRITICAL.some((entry) => entry.task === task)))
  }
  t.deepEqual(drawSlots(plan, TRAINING, SLOTS, FLIGHTS, draws(1, 3, 9)), drawSlots(plan, TRAINING, SLOTS, FLIGHTS, draws(1, 3, 9)))
  t.notDeepEqual(drawSlots(plan, TRAINING, SLOTS, FLIGHTS, draws(1, 3, 9)), drawSlots(plan, TRAINING, SLOTS, FLIGHTS, draws(2, 3, 9)))
})

test('the natural share is N_cri / N', (t) => {
  t.is(planArm('xmrl', inputs({ criticalShare: 'natural' })).criticalShare, 3 / 20)
  t.is(planArm('oracle', inputs({ criticalShare: 'natural' })).criticalShare, 2 / 20)
  t.is(planArm('xmrl', inputs({ critical: [] })).criticalShare, 0)
})

test('maml and maml-null: every task alike, nothing mixed, the same plan', (t) => {
  const { arm: _, ...maml } = planArm('maml', inputs())
  const { arm: __, ...control } = planArm('maml-null', inputs())
  t.deepEqual(maml, control)
  const { counts, mixed } = tally(planArm('maml', inputs()), 2000)
  t.is(mixed, 0)
  for (const count of counts) t.true(Math.abs(count / 1000 - 1) < 0.12, `${count}`)
})

test('ma: every task alike, every slot mixed by U(0,1)', (t) => {
  const plan = planArm('ma', inputs())
  t.like(plan, { family: 'uniform', phi: [], mixEverywhere: true, critical: [] })
  const { counts, mixed } = tally(plan, 2000)
  t.is(mixed, 2000 * SLOTS)
  for (const count of counts) t.true(Math.abs(count / 1000 - 1) < 0.12, `${count}`)
})

test('oracle: the rare tasks evenly; refused where the law knows none', (t) => {
  const { counts } = tally(planArm('oracle', inputs({ criticalShare: 0.5 })), 2000)
  t.is(counts[18] + counts[19], 2000 * 5)
  t.true(Math.abs(counts[18] / 5000 - 1) < 0.06, `${counts[18]}`)
  const { rare: _, ...unknown } = inputs()
  t.throws(() => planArm('oracle', unknown), { code: 'ERR_SPEC_INVALID', message: /oracle/ })
  t.throws(() => planArm('oracle', inputs({ rare: new Array(TRAINING).fill(false) })), { code: 'ERR_SPEC_INVALID' })
})

test('random: as many tasks as are critical, chosen by the seed, evenly over seeds', (t) => {
  const chosen = (seed: number) => planArm('random', inputs({ draws: draws(seed, 20, 6) })).critical
  t.deepEqual(chosen(4), chosen(4))
  const counts = new Array<number>(TRAINING).fill(0)
  for (let seed = 0; seed < 2000; seed++) {
    const critical = chosen(seed)
    t.is(new Set(critical.map(({ task }) => task)).size, CRITICAL.length)
    t.true(critical.every(({ weight }) => weight === 1 / CRITICAL.length))
    for (const { task } of critical) counts[task]++
  }
  // 300 expected each, standard deviation 16.
  for (const count of counts) t.true(Math.abs(count - 300) < 75, `${count}`)
})

test('more slots than tasks: the pool is used up before a task comes again', (t) => {
  const { tasks } = drawSlots(planArm('maml', inputs()), 4, 10, FLIGHTS, draws(1, 3, 0))
  t.is(tasks.length, 10)
  t.is(new Set(tasks.slice(0, 4)).size, 4)
  t.is(new Set(tasks.slice(4, 8)).size, 4)
})

test('when every task is favoured, unfavoured slots still find tasks', (t) => {
  const all = Array.from({ length: 4 }, (_, task) => ({ task, weight: 0.25 }))
  const plan = planArm('xmrl', inputs({ training: 4, critical: all, criticalShare: 0.5 }))
  const { tasks } = drawSlots(plan, 4, 6, FLIGHTS, draws(1, 3, 0))
  t.is(tasks.length, 6)
  t.true(tasks.every((task) => task >= 0 && task < 4))
})
