/** What training and every arm put into their meta-batches, from which weights, and until when. */

import test, { type ExecutionContext } from 'ava'
import { ARMS, samplingOf } from '../../ts/arms/index.js'
import { findArm } from '../../ts/spec/index.js'
import { draws, PURPOSE } from '../../ts/statistics/index.js'
import { noise } from './figures.js'
import { during, idsIn, type Recorded, record, small, theta0 } from './recorded.js'

const DEFINE = {
  tight: { base: 'xmrl', maxKl: 0.001, mixedHorizon: 4, criticalShare: 1, mixedShare: 0.75 },
  few: { base: 'xmrl', criticalFraction: 0.5, law: { beta: 3 } },
  strict: { base: 'mr', weight: 0.5 },
  lot: { base: 'random', mixedShare: 0.25 },
  wide: { base: 'cvar', cvar: { alpha: 0.4 } },
  turned: { base: 'xmrl', augment: { mix: 'geodesic', repair: 'none' } }
}
const arms = [...ARMS, ...Object.keys(DEFINE)]
const SPEC = small({ retrain: { arms, define: DEFINE } })
const META_BATCH = 6
const EPISODES = 8

let run: Recorded
test.before(async () => {
  run = await record(SPEC)
  if (run.error) throw run.error
})

/** Meta-batches of an arm, as ids of training tasks with the mixed episodes of their places. */
const batches = (of: Recorded, arm: string) =>
  during(of, `retrain ${arm}`, 'metaStep').map((call) => ({
    ids: idsIn(of, 'training', call.tasks),
    mixed: call.options.mixedEpisodes ?? [],
    options: call.options
  }))

test('training goes through its phases in order, each for as many iterations as it has, with its own episodes and trust region', (t) => {
  const steps = during(run, 'train', 'metaStep')
  const [a, b, c] = run.spec.train.phases
  const expected = [a, a, b, b, b, c].map(({ metaBatchSize, supportEpisodes, queryEpisodes, maxKl }) => ({
    metaBatchSize,
    supportEpisodes,
    queryEpisodes,
    maxKl
  }))
  t.deepEqual(
    steps.map(({ tasks, options: { supportEpisodes, queryEpisodes, maxKl } }) => ({
      metaBatchSize: tasks.length,
      supportEpisodes,
      queryEpisodes,
      maxKl
    })),
    expected as unknown as ReturnType<typeof steps.map>
  )
  t.deepEqual(
    steps.map(({ options }) => [options.stream, options.iteration, options.monitor]),
    [0, 1, 2, 3, 4, 5].map((iteration) => [0, iteration, iteration === 2 || iteration === 5])
  )
})

test('a batch of training holds different tasks of the training pool, nothing is mixed or weighted, and batches differ', (t) => {
  const steps = during(run, 'train', 'metaStep')
  const ids = steps.map(({ tasks }) => idsIn(run, 'training', tasks))
  for (const [at, batch] of ids.entries()) {
    t.false(batch.includes(-1))
    t.is(new Set(batch).size, batch.length)
    t.true((steps[at].options.mixedEpisodes ?? []).every((episodes) => episodes === 0))
    t.is(steps[at].options.weights, undefined)
    t.is(steps[at].options.regularise, undefined)
  }
  t.is(new Set(ids.map(String)).size, ids.length)
  t.is(new Set(ids.flat()).size, 8, 'every task is trained on')
})

test('every meta-step takes the settings of the outer and the inner loss from the specification', async (t) => {
  const other = await record(
    small({
      train: { phases: [{ iterations: 1, metaBatchSize: 2, supportEpisodes: 3, queryEpisodes: 2 }], monitorEvery: 0 },
      adapt: { gamma: 0.91, lambda: 0.81 },
      trpo: {
        ...{ gamma: 0.91, lambda: 0.71, cgIterations: 3, damping: 0.06, lineSearchSteps: 5, lineSearchShrink: 0.6 },
        ...{ unadaptedKlWeight: 0.4, curvatureSupportRows: 21, curvatureQueryRows: 22, preconditioner: { rank: 23, rows: 24 } }
      }
    }),
    { until: 'evaluate' }
  )
  const [step] = during(other, 'train')
  t.like(step.options, {
    ...{ cgIterations: 3, damping: 0.06, lineSearchSteps: 5, lineSearchShrink: 0.6, unadaptedKlWeight: 0.4 },
    ...{ curvatureSupportRows: 21, curvatureQueryRows: 22, preconditioner: { rank: 23, rows: 24 }, monitor: false },
    advantage: { gamma: 0.91, innerLambda: 0.81, outerLambda: 0.71 }
  })
  const [measured] = during(other, 'evaluate theta_0')
  t.deepEqual(measured.options.advantage, step.options.advantage)
  t.like(measured.options, { adaptations: 2, supportEpisodes: 14, queryEpisodes: 5, steps: 1 })
})

test('every arm starts at theta_0 and makes its own iterations from 0 on, on its own stream', (t) => {
  for (const arm of arms) {
    const steps = during(run, `retrain ${arm}`, 'metaStep')
    const stream = findArm(arm, run.spec.retrain.define)?.stream
    t.is(steps[0].weights, theta0(run), arm)
    t.deepEqual(
      steps.map(({ options }) => `${options.stream} ${options.iteration}`),
      steps.map((_, iteration) => `${stream} ${iteration}`)
    )
    const last = during(run, `evaluate ${arm}`)[0].weights
    t.is(last, `${theta0(run)} ${stream}:0+${steps.length}`, 'it is evaluated where it ended')
  }
})

test('maml and maml-null fly other tasks on other numbers; maml is the same whatever runs beside it, and another with another seed', async (t) => {
  const drawn = (of: Recorded, arm: string) => batches(of, arm).map(({ ids }) => ids)
  const [maml, twin] = [drawn(run, 'maml'), drawn(run, 'maml-null')]
  t.is(maml.length, twin.length)
  t.true(maml.every((batch, at) => String(batch) !== String(twin[at])))
  const alone = await record(small({ retrain: { arms: ['maml-null', 'maml'] } }))
  const calls = (of: Recorded, arm: string) => during(of, `retrain ${arm}`, 'metaStep')
  t.deepEqual(calls(alone, 'maml'), calls(run, 'maml'))
  t.deepEqual(calls(alone, 'maml-null'), calls(run, 'maml-null'))
  const other = await record({ ...small({ retrain: { arms: ['maml', 'random'] } }), seeds: [6] })
  t.notDeepEqual(drawn(other, 'maml'), maml)
  t.notDeepEqual(other.records.arms.random.favoured, run.records.arms.random.favoured, 'the lot of random is drawn seed by seed')
})

test('no two arms fly the same batches: places are keyed by the arm', (t) => {
  // Arms that favour nothing draw from one law, so that only their streams tell them apart.
  const plain = ['maml', 'maml-null', 'ma', 'ma-beta-0.2', 'ma-beta-0.5', 'ma-beta-2', 'mr', 'strict', 'cvar']
  const seen = plain.map((arm) => batches(run, arm).map(({ ids }) => String(ids)))
  t.is(new Set(seen.map(String)).size, plain.length)
})

test('arms without a choice hold different tasks in every batch; ma mixes every place, maml none', (t) => {
  for (const [arm, mixed] of [
    ['maml', 0],
    ['mr', 0],
    ['ma', EPISODES / 2],
    ['ma-beta-2', EPISODES / 2]
  ] as const) {
    for (const batch of batches(run, arm)) {
      t.is(new Set(batch.ids).size, META_BATCH, arm)
      t.deepEqual(batch.mixed, new Array(META_BATCH).fill(mixed))
    }
    t.is(run.records.arms[arm].favoured, undefined)
  }
})

/** Checks that `tasks`, and no others, fill the first places of every batch, one of `counts` many, and that these alone are mixed. */
function favours(t: ExecutionContext, arm: string, tasks: readonly number[], counts: readonly number[], mixed: number) {
  const found = new Set<number>()
  for (const { ids, mixed: episodes } of batches(run, arm)) {
    const own = ids.filter((id) => tasks.includes(id))
    t.true(counts.includes(own.length), `${arm}: ${own.length} favoured places of ${ids.length}`)
    t.deepEqual(ids.slice(0, own.length), own, arm)
    t.deepEqual(
      episodes,
      ids.map((id) => (tasks.includes(id) ? mixed : 0)),
      arm
    )
    for (const id of own) found.add(id)
    const others = ids.slice(own.length)
    t.deepEqual(new Set(others).size, others.length, arm)
  }
  t.deepEqual(
    [...found].sort((a, b) => a - b),
    [...tasks].sort((a, b) => a - b),
    `${arm}: every favoured task is flown`
  )
}

test('xmrl and its controls: favoured tasks fill half of the places and they alone are mixed', (t) => {
  const { explanation, evaluations, tasks } = run.records
  const critical = explanation?.critical ?? []
  t.is(critical.length, 2)
  const half = [META_BATCH / 2]
  favours(t, 'xmrl', critical, half, EPISODES / 2)
  favours(t, 'omega-only', critical, half, 0)
  favours(t, 'ma-critical', critical, [1, 2], EPISODES / 2)
  favours(
    t,
    'oracle',
    (tasks?.pools.training.rare ?? []).flatMap((rare, task) => (rare ? [task] : [])),
    half,
    EPISODES / 2
  )
  const { distance } = explanation?.controls ?? { distance: [] }
  const nearest = distance.map((_, task) => task).sort((a, b) => distance[a] - distance[b])
  favours(t, 'nearest', nearest.slice(0, 2), half, EPISODES / 2)
  const [served] = evaluations.theta_0?.pools.training?.streams ?? []
  const hardest = served.returns.map((_, task) => task).sort((a, b) => (served.success?.[a] ?? 0) - (served.success?.[b] ?? 0))
  favours(t, 'hardest', hardest.slice(0, 2), half, EPISODES / 2)
  const random = run.records.arms.random.favoured?.map(({ task }) => task) ?? []
  t.is(random.length, 2)
  favours(t, 'random', random, half, EPISODES / 2)
})

test('the hardest tasks are those with the least success of theta_0; where that is alike, with the least return', async (t) => {
  const returns = [-1, -3, -2, -90, -80, -70, -60, -50]
  const world = { score: ({ id }: { id: number }) => returns[id], success: ({ id }: { id: number }) => (id < 3 ? 0.2 : 0.9) }
  const other = await record(small({ poor: { minimumCorrelation: -1 }, retrain: { arms: ['hardest'] } }), { world })
  t.is(other.error, undefined)
  t.deepEqual(other.records.arms.hardest.favoured?.map(({ task }) => task).sort(), [1, 2])
})

test('a variant of random draws a lot of its own', (t) => {
  const [lot, random] = ['lot', 'random'].map((arm) => run.records.arms[arm].favoured?.map(({ task }) => task) ?? [])
  t.is(lot.length, random.length)
  t.notDeepEqual(lot, random)
  favours(t, 'lot', lot, [META_BATCH / 2], EPISODES / 4)
})

test('critical tasks are drawn in proportion to their weights, controls evenly', (t) => {
  const { explanation, arms: records } = run.records
  const weights = explanation?.critical.map((task) => ({ task, weight: explanation.weights[task] }))
  t.deepEqual(records.xmrl.favoured, weights)
  t.deepEqual(weights?.map(({ weight }) => weight).sort(), [0.25, 0.75])
  const [heavy] = [...(weights ?? [])].sort((a, b) => b.weight - a.weight)
  const drawn = batches(run, 'omega-only').flatMap(({ ids }) => ids.slice(0, META_BATCH / 2))
  // 24 draws at .75: three standard deviations below the mean are 11.6.
  t.true(drawn.filter((id) => id === heavy.task).length > 0.5 * drawn.length)
  for (const arm of ['random', 'nearest', 'hardest'])
    t.deepEqual(
      records[arm].favoured?.map(({ weight }) => weight),
      [0.5, 0.5],
      arm
    )
})

test('tw and tw-influence fill every place by the weights that they chose, at theta_0, and mix nothing', (t) => {
  for (const arm of ['tw', 'tw-influence']) {
    const { favoured = [], choice } = run.records.arms[arm]
    const total = choice?.weights.reduce((sum, weight) => sum + weight, 0) ?? 0
    t.deepEqual(
      favoured,
      choice?.weights.flatMap((weight, task) => (weight > 0 ? [{ task, weight: weight / total }] : []))
    )
    for (const { ids, mixed } of batches(run, arm)) {
      t.true(ids.every((id) => favoured.some(({ task }) => task === id)))
      t.deepEqual(mixed, new Array(META_BATCH).fill(0))
    }
  }
  t.deepEqual(
    run.records.arms.tw.favoured?.map(({ task }) => task),
    [1, 4]
  )
  for (const call of run.calls.filter(({ stage }) => stage === '')) {
    if (call.method !== 'episodes') t.is(call.weights, theta0(run), call.method)
  }
})

test('a sampler fills every place by the law that it learned so far, and mixes nothing; it ends as its record says', (t) => {
  for (const name of ['roml', 'minimax', 'plr'] as const) {
    const pool = run.records.tasks?.pools.training.values ?? []
    const sampling = samplingOf(name, run.spec.retrain, pool.length)
    const stream = findArm(name)?.stream ?? Number.NaN
    for (const [iteration, { ids, mixed }] of batches(run, name).entries()) {
      const { tasks } = sampling.draw(META_BATCH, draws(5, PURPOSE.metaBatch, stream * 2 ** 32 + iteration))
      t.deepEqual(ids, tasks, `${name} ${iteration}`)
      t.deepEqual(mixed, new Array(META_BATCH).fill(0))
      // As the recording learner has it.
      const weights = `${theta0(run)} ${stream}:0+${iteration + 1}`
      sampling.learn({
        tasks,
        returns: ids.map((id) => -100 * noise(`${pool[id]}`) - noise(`${weights} ${pool[id]}`)),
        advantages: ids.map((id) => noise(`size ${pool[id]}`))
      })
    }
    const law = sampling.law().flatMap((weight, task) => (weight > 0 ? [{ task, weight }] : []))
    t.deepEqual(run.records.arms[name].favoured, law, name)
  }
})

test('the law of lambda: what was learned for xmrl, U(0,1) or a Beta for the others', (t) => {
  const { augmentation, ownAugmentations = {} } = run.records
  const law = (arm: string) => {
    const laws = new Set(batches(run, arm).map(({ options }) => `${options.family} ${options.phi}`))
    t.is(laws.size, 1, arm)
    return [...laws][0]
  }
  const learned = `kumaraswamy ${augmentation?.phi}`
  t.not(augmentation?.phi[0], 0.5, 'phi moved')
  t.is(law('xmrl'), learned)
  t.is(law('tight'), learned)
  t.is(law('turned'), `kumaraswamy ${ownAugmentations.turned.phi}`)
  for (const arm of ['ma', 'ma-critical', 'random', 'oracle', 'nearest', 'hardest']) t.is(law(arm), 'uniform ', arm)
  for (const [arm, a] of [
    ['ma-beta-0.2', 0.2],
    ['ma-beta-0.5', 0.5],
    ['ma-beta-2', 2],
    ['few', 3]
  ] as const)
    t.is(law(arm), `beta ${Math.log(a)},${Math.log(a)}`)
})

test('each arm has the episodes of retraining and its own trust region, penalty, mixed horizon and way of mixing', (t) => {
  const { mr } = run.spec.retrain
  const { mix, repair } = run.spec.augment
  for (const arm of arms) {
    const [{ options, ids }] = batches(run, arm)
    t.like(options, { supportEpisodes: 19, queryEpisodes: 8, maxKl: arm === 'tight' ? 0.001 : 0.05, monitor: false }, arm)
    t.is(ids.length, META_BATCH)
    t.is(options.tail, arm === 'cvar' ? 0.05 : arm === 'wide' ? 0.4 : undefined, arm)
    t.is(options.weights, undefined, 'places weigh the same: weights act by how often a task is drawn')
    t.is(options.mixedHorizon, arm === 'tight' ? 4 : undefined, arm)
    t.deepEqual(options.regularise, arm === 'mr' ? mr : arm === 'strict' ? { ...mr, weight: 0.5 } : undefined, arm)
    t.like(options, arm === 'turned' ? { mix: 'geodesic', repair: 'none' } : { mix, repair }, arm)
  }
})

test('a defined arm: its shares and its number of tasks replace those of its base', (t) => {
  for (const { ids, mixed } of batches(run, 'tight')) {
    t.true(ids.every((id) => run.records.explanation?.critical.includes(id)))
    t.deepEqual(mixed, new Array(META_BATCH).fill(6))
  }
  const { favoured = [] } = run.records.arms.few
  t.deepEqual(
    favoured.map(({ weight }) => weight),
    [0.25, 0.25, 0.25, 0.25]
  )
  favours(
    t,
    'few',
    favoured.map(({ task }) => task),
    [META_BATCH / 2],
    EPISODES / 2
  )
  t.true(
    run.records.explanation?.critical.every((task) => favoured.some((entry) => entry.task === task)),
    'the best-ranked are among them'
  )
})

test('a key of retraining that no arm replaces holds for all of them', async (t) => {
  const other = await record(small({ retrain: { arms: ['xmrl', 'ma'], criticalShare: 'natural', mixedShare: 0.25, mixedHorizon: 7 } }))
  for (const { ids, mixed, options } of batches(other, 'xmrl')) {
    const own = ids.filter((id) => other.records.explanation?.critical.includes(id)).length
    t.true(own === 1 || own === 2, 'a quarter of six places')
    t.deepEqual(mixed, [...new Array(own).fill(2), ...new Array(META_BATCH - own).fill(0)])
    t.is(options.mixedHorizon, 7)
  }
  for (const { mixed } of batches(other, 'ma')) t.deepEqual(mixed, new Array(META_BATCH).fill(2))
})
