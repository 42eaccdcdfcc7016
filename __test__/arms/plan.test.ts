import test from 'ava'
import {
  ARM_INFO,
  ARMS,
  type Arm,
  drawMetaBatch,
  hypergradientWeights,
  type PlanInputs,
  planArm,
  rankTasks,
  streamOf
} from '../../ts/arms/index.js'
import { type ArmVariant, findArm } from '../../ts/spec/index.js'
import { draws } from '../../ts/statistics/index.js'

const TRAINING = 20
const META_BATCH = 10
const EPISODES = 8
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

/** How often each task fills a place, and how many places are mixed, over many meta-batches. */
function tally(plan: ReturnType<typeof planArm>, batches: number) {
  const counts = new Array<number>(TRAINING).fill(0)
  let mixed = 0
  for (let batch = 0; batch < batches; batch++) {
    const drawn = drawMetaBatch(plan, TRAINING, META_BATCH, EPISODES, draws(1, 3, batch))
    for (const task of drawn.tasks) counts[task]++
    mixed += drawn.mixedEpisodes.filter((episodes) => episodes > 0).length
  }
  return { counts, mixed }
}

/** The plan of a variant of a built-in arm. */
const variant = (define: ArmVariant, change: Partial<PlanInputs> = {}) => planArm('mine', inputs(change), findArm('mine', { mine: define }))
const ids = (plan: ReturnType<typeof planArm>) => plan.critical.map(({ task }) => task)

test('streams differ between arms, and none of them is ever renumbered', (t) => {
  t.deepEqual(Object.keys(ARM_INFO), [...ARMS])
  const streams: Record<Arm, number> = {
    xmrl: 1,
    maml: 2,
    'maml-null': 3,
    ma: 4,
    oracle: 5,
    random: 6,
    'omega-only': 7,
    'ma-beta-0.2': 8,
    'ma-beta-0.5': 9,
    'ma-beta-2': 10,
    'ma-critical': 11,
    tw: 12,
    'tw-influence': 13,
    mr: 14,
    nearest: 15,
    hardest: 16,
    cvar: 17,
    roml: 18,
    minimax: 19,
    plr: 20,
    'hardest-10': 21
  }
  for (const arm of ARMS) t.is(ARM_INFO[arm].stream, streams[arm], arm)
  t.is(new Set(Object.values(streams)).size, ARMS.length)
})

test('an arm is charged for what it uses', (t) => {
  const charged = Object.fromEntries(ARMS.map((arm) => [arm, findArm(arm)?.charged.join(' ')]).filter(([, charges]) => charges !== ''))
  t.deepEqual(charged, {
    xmrl: 'explain augment',
    'omega-only': 'explain',
    'ma-critical': 'explain',
    tw: 'choice',
    'tw-influence': 'choice'
  })
  t.deepEqual(
    ARMS.filter((arm) => ARM_INFO[arm].charged),
    Object.keys(charged) as Arm[]
  )
  const charges = (define: ArmVariant) => findArm('mine', { mine: define })?.charged
  t.deepEqual(charges({ base: 'xmrl', law: 'uniform' }), ['explain'], 'a fixed law has nothing to learn')
  t.deepEqual(charges({ base: 'xmrl', mixedShare: 0 }), ['explain'])
  t.deepEqual(charges({ base: 'xmrl', criticalFraction: 0.1 }), ['explain', 'augment'])
  t.deepEqual(charges({ base: 'random', law: 'learned' }), ['augment'])
})

test('a defined arm: its name settles its random numbers, and no built-in arm or stage has them', (t) => {
  const names = Array.from({ length: 400 }, (_, i) => `arm-${i}`)
  for (const name of names) {
    const stream = streamOf(name)
    t.true(stream < 2 ** 20 && (stream & 255) >= 128, `${name}: ${stream}`)
    // What the draws of an iteration are keyed by stays exact in a double.
    t.true(Number.isSafeInteger(stream * 2 ** 32 + 2 ** 20))
  }
  // 400 of 2^19 values: .15 pairs are expected to meet.
  t.true(new Set(names.map(streamOf)).size >= 398)
  // FNV-1a of "a" is e40c292c (its authors' test vector).
  t.is(streamOf('a'), 128 + (0xe40c292c & 127) + ((0xe40c292c >>> 7) & 0xfff) * 256)
  const define = { mine: { base: 'xmrl', criticalFraction: 0.1 } } as const
  t.deepEqual(findArm('mine', define), findArm('mine', { ...define, other: { base: 'ma', mixedShare: 0.2 } }))
  t.is(findArm('mine', {}), undefined)
  t.is(findArm('constructor', {}), undefined)
})

test('a defined arm: N_cri, shares and law replace those of its base', (t) => {
  const ranking = [9, 3, 11, ...Array.from({ length: TRAINING }, (_, task) => task).filter((task) => ![9, 3, 11].includes(task))]
  const few = variant({ base: 'xmrl', criticalFraction: 0.1 }, { ranking })
  t.like(few, { arm: 'mine', criticalShare: 0.45, mixedShare: 0.5, family: 'kumaraswamy', phi: [0.4] })
  t.deepEqual(few.critical, [
    { task: 9, weight: 0.5 },
    { task: 3, weight: 0.5 }
  ])
  t.deepEqual(ids(variant({ base: 'xmrl', criticalFraction: 1 }, { ranking })), ranking)
  t.is(variant({ base: 'xmrl', criticalFraction: 0.25, criticalShare: 'natural' }, { ranking }).criticalShare, 0.25)
  t.like(variant({ base: 'xmrl', law: 'uniform', mixedShare: 0.25 }), { family: 'uniform', phi: [], mixedShare: 0.25, critical: CRITICAL })
  t.like(variant({ base: 'ma', law: { beta: 3 } }), { family: 'beta', phi: [Math.log(3), Math.log(3)], mixEverywhere: true })
  t.is(ids(variant({ base: 'random', criticalFraction: 0.5 })).length, 10)
  t.throws(() => variant({ base: 'xmrl', criticalFraction: 0.1 }), { message: /ranking/ })
})

test('omega-only and ma-critical: the explained tasks, one without mixing, one without oversampling', (t) => {
  t.like(planArm('omega-only', inputs()), { critical: CRITICAL, criticalShare: 0.45, mixedShare: 0 })
  t.is(tally(planArm('omega-only', inputs()), 50).mixed, 0)
  const plan = planArm('ma-critical', inputs())
  t.like(plan, { critical: CRITICAL, criticalShare: 3 / 20, mixedShare: 0.5, family: 'uniform' })
  const { counts, mixed } = tally(plan, 4000)
  t.is(
    mixed,
    CRITICAL.reduce((sum, { task }) => sum + counts[task], 0)
  )
})

test('the Beta sweep mixes every place by Beta(a, a)', (t) => {
  for (const [arm, a] of [
    ['ma-beta-0.2', 0.2],
    ['ma-beta-0.5', 0.5],
    ['ma-beta-2', 2]
  ] as const) {
    t.deepEqual(planArm(arm, inputs()), { ...planArm('ma', inputs()), arm, family: 'beta', phi: [Math.log(a), Math.log(a)] })
  }
})

test('nearest and hardest: as many tasks as are critical, by distance and by score', (t) => {
  const distance = Array.from({ length: TRAINING }, (_, task) => Math.abs(task - 8.1))
  t.deepEqual(ids(planArm('nearest', inputs({ distance }))), [8, 9, 7])
  // Of equal success, the lower return; of equal return, the lower id.
  const success = Array.from({ length: TRAINING }, (_, task) => (task < 6 ? 0.5 : 0.9))
  const returns = Array.from({ length: TRAINING }, (_, task) => [-1, -3, -2, -2, -1, -1][task] ?? 0)
  t.deepEqual(ids(planArm('hardest', inputs({ scores: [success, returns] }))), [1, 2, 3])
  for (const arm of ['nearest', 'hardest']) {
    const plan = planArm(arm, inputs({ distance, scores: [success, returns] }))
    t.like(plan, { criticalShare: 0.45, mixedShare: 0.5, family: 'uniform', phi: [] })
    t.true(plan.critical.every(({ weight }) => weight === 1 / 3))
    t.throws(() => planArm(arm, inputs()), { code: 'ERR_USAGE' })
  }
})

test('hardest-10: a tenth of the tasks, whatever was found critical, evenly, nothing mixed', (t) => {
  const scores = [Array.from({ length: TRAINING }, (_, task) => (task === 13 || task === 4 ? 0.1 : 0.9))]
  const plan = planArm('hardest-10', inputs({ scores }))
  t.like(plan, { criticalShare: 0.45, mixedShare: 0 })
  t.deepEqual(plan.critical, [
    { task: 4, weight: 0.5 },
    { task: 13, weight: 0.5 }
  ])
  t.is(tally(plan, 50).mixed, 0)
})

test('tw: every place is drawn in proportion to the weights, nothing is mixed', (t) => {
  const weights = Array.from({ length: TRAINING }, (_, task) => (task === 2 ? 0.6 : task === 5 ? 0.3 : task === 19 ? 0.1 : 0))
  for (const arm of ['tw', 'tw-influence']) {
    const plan = planArm(arm, inputs({ weights, criticalShare: 0.5 }))
    const { counts, mixed } = tally(plan, 2000)
    t.is(mixed, 0)
    const drawn = 2000 * META_BATCH
    // Standard errors below .0035.
    for (const [task, weight] of weights.entries()) t.true(Math.abs(counts[task] / drawn - weight) < 0.015, `${task}`)
    t.is(counts[2] + counts[5] + counts[19], drawn)
  }
})

test('hypergradient weights: one step of a standard deviation, whatever the unit', (t) => {
  const weights = hypergradientWeights([1, 2, 3, 4])
  t.true(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-15)
  // Scores 1..4 have variance 5/4.
  const step = Math.exp(1 / Math.sqrt(1.25))
  for (let i = 1; i < 4; i++) t.true(Math.abs(weights[i] / weights[i - 1] - step) < 1e-12)
  for (const [i, weight] of hypergradientWeights([-7, -5, -3, -1]).entries()) t.true(Math.abs(weight - weights[i]) < 1e-15)
  t.deepEqual(hypergradientWeights([3, 3]), [0.5, 0.5])
})

test('a ranking goes by omega, then by similarity; by distance where the explanation did not repeat', (t) => {
  const explanation = { omega: [0, 0.3, 0, 0.7, 0], similarity: [0.1, 0.2, 0.5, 0.9, 0.5], distance: [1, 5, 2, 4, 3] }
  t.deepEqual(rankTasks({ ...explanation, fallback: false }), [3, 1, 2, 4, 0])
  t.deepEqual(rankTasks({ ...explanation, fallback: true }), [0, 2, 4, 3, 1])
  t.deepEqual(rankTasks({ omega: [1, 4, 4], distance: [0, 0, 0], fallback: false }), [1, 2, 0])
})

test('xmrl: critical tasks fill their share in proportion to their weights, the rest is spread evenly', (t) => {
  const plan = planArm('xmrl', inputs())
  t.like(plan, { family: 'kumaraswamy', phi: [0.4], criticalShare: 0.45, mixedShare: 0.5, mixEverywhere: false })
  const batches = 4000
  const { counts, mixed } = tally(plan, batches)
  const critical = CRITICAL.reduce((sum, { task }) => sum + counts[task], 0)
  // 4.5 of 10 metaBatchSize: 4 or 5 by one more draw. The standard error of the mean is 0.5 / sqrt(4000) = 0.008.
  t.true(Math.abs(critical / batches - 4.5) < 0.04, `${critical / batches}`)
  t.is(mixed, critical, 'a place is mixed if and only if its task is favoured')
  for (const { task, weight } of CRITICAL) t.true(Math.abs(counts[task] / critical - weight) < 0.015, `${task}: ${counts[task] / critical}`)
  const others = counts.filter((_, task) => !CRITICAL.some((entry) => entry.task === task))
  const expected = (batches * 5.5) / 17
  for (const count of others) t.true(Math.abs(count / expected - 1) < 0.12, `${count} of ${expected}`)
})

test('a meta-batch: places differ outside the favoured ones, mixed episodes are the share of the query episodes', (t) => {
  const plan = planArm('xmrl', inputs({ criticalShare: 0.5 }))
  for (let batch = 0; batch < 50; batch++) {
    const { tasks, mixedEpisodes } = drawMetaBatch(plan, TRAINING, META_BATCH, EPISODES, draws(1, 3, batch))
    t.deepEqual(mixedEpisodes, [4, 4, 4, 4, 4, 0, 0, 0, 0, 0])
    t.true(tasks.slice(0, 5).every((task) => CRITICAL.some((entry) => entry.task === task)))
    t.is(new Set(tasks.slice(5)).size, 5)
    t.false(tasks.slice(5).some((task) => CRITICAL.some((entry) => entry.task === task)))
  }
  t.deepEqual(
    drawMetaBatch(plan, TRAINING, META_BATCH, EPISODES, draws(1, 3, 9)),
    drawMetaBatch(plan, TRAINING, META_BATCH, EPISODES, draws(1, 3, 9))
  )
  t.notDeepEqual(
    drawMetaBatch(plan, TRAINING, META_BATCH, EPISODES, draws(1, 3, 9)),
    drawMetaBatch(plan, TRAINING, META_BATCH, EPISODES, draws(2, 3, 9))
  )
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

test('ma: every task alike, every place mixed by U(0,1)', (t) => {
  const plan = planArm('ma', inputs())
  t.like(plan, { family: 'uniform', phi: [], mixEverywhere: true, critical: [] })
  const { counts, mixed } = tally(plan, 2000)
  t.is(mixed, 2000 * META_BATCH)
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

test('more places than tasks: the pool is used up before a task comes again', (t) => {
  const { tasks } = drawMetaBatch(planArm('maml', inputs()), 4, 10, EPISODES, draws(1, 3, 0))
  t.is(tasks.length, 10)
  t.is(new Set(tasks.slice(0, 4)).size, 4)
  t.is(new Set(tasks.slice(4, 8)).size, 4)
})

test('when every task is favoured, unfavoured places still find tasks', (t) => {
  const all = Array.from({ length: 4 }, (_, task) => ({ task, weight: 0.25 }))
  const plan = planArm('xmrl', inputs({ training: 4, critical: all, criticalShare: 0.5 }))
  const { tasks } = drawMetaBatch(plan, 4, 6, EPISODES, draws(1, 3, 0))
  t.is(tasks.length, 6)
  t.true(tasks.every((task) => task >= 0 && task < 4))
})
