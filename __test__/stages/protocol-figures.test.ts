/** What the figures are measured on: which tasks, which weights, which episodes. */
import test from 'ava'
import { STREAMS } from '../../ts/stages/index.js'
import { during, freshRun, idsIn, poolOf, type Recorded, record, small, theta0 } from './recorded.js'

/**
 * Returns by task number. Tasks 2 and 5 are the worst over the two mining streams (neither stream alone says so), 5 the worst;
 * on the fresh stream 0 and 1 are far worse than any.
 */
const RETURNS: Record<number, number[]> = {
  1: [0, -1, -40, -2, -50, -60, -3, -4],
  2: [0, -1, -60, -50, -3, -41, -4, -5],
  3: [-900, -800, -10, 0, 0, 0, 0, 0]
}
/** On the fresh stream task 3 falls most under xmrl, whose meta-steps have stream 1, and task 6 less. */
const FALLS: Record<number, number> = { 3: 120, 6: 60 }
const score = ({ id, stream, weights }: { id: number; stream: number; weights: string }) =>
  (RETURNS[stream]?.[id] ?? -id) - (stream === 3 && / 1:0/.test(weights) ? (FALLS[id] ?? 0) : 0)
const LOOSE = { minimumCorrelation: -1 }

let run: Recorded
test.before(async () => {
  run = await record(
    small({
      poor: { ...LOOSE },
      evaluate: { transfer: ['drone-planar/uniform'], upToSteps: 2 },
      retrain: { arms: ['maml', 'xmrl', 'omega-only'] }
    }),
    { world: { score } }
  )
  if (run.error) throw run.error
})

test('poor tasks are mined on the two mining streams and nothing else: the fresh stream judges them', (t) => {
  t.deepEqual(run.records.poor?.evaluation, [2, 5])
  t.deepEqual(run.records.poor?.heldOut, [2])
  const [first, second, fresh] = run.records.evaluations.theta_0?.pools.evaluation.streams ?? []
  t.deepEqual([first.stream, second.stream, fresh.stream], [1, 2, 3])
  t.deepEqual(fresh.returns, RETURNS[3].slice(0, 6))
  // Spearman of the mining streams, ranks 6 5 3 4 2 1 and 6 5 1 2 4 3: 1 - 6 · 16 / (6 · 35).
  t.true(Math.abs((run.records.poor?.rankCorrelation.evaluation ?? 0) - (1 - 16 / 35)) < 1e-12)
})

test('an explanation aims at the poor tasks of the evaluation pool; the held-out pool is seen by evaluations alone', (t) => {
  const aims = during(run, 'explain', 'directions').filter((call) => poolOf(run, call) === 'evaluation')
  t.deepEqual(
    aims.map((call) => idsIn(run, 'evaluation', call.tasks)),
    [
      [2, 5],
      [2, 5]
    ]
  )
  const held = run.calls.filter(
    (call) => idsIn(run, 'heldOut', call.tasks).some((id) => id >= 0) || idsIn(run, 'heldOut', call.targets ?? []).some((id) => id >= 0)
  )
  t.deepEqual([...new Set(held.map(({ method }) => method))], ['evaluate'])
  const learned = run.calls.filter(({ method }) => method === 'metaStep' || method === 'augmentStep')
  t.deepEqual([...new Set(learned.map((call) => poolOf(run, call)))], ['training'], 'only training tasks are learned from')
})

test('mining, explanation and mixing law are made at theta_0; every arm is measured where it ended', (t) => {
  const ended = (arm: string) => `${theta0(run)} ${{ maml: 2, xmrl: 1, 'omega-only': 7 }[arm]}:0+${run.records.arms[arm].iterations}`
  for (const stage of ['evaluate theta_0', 'explain', 'augment'])
    for (const call of during(run, stage)) t.is(call.weights, theta0(run), stage)
  for (const arm of ['maml', 'xmrl', 'omega-only']) for (const call of during(run, `evaluate ${arm}`)) t.is(call.weights, ended(arm))
  const abroad = during(run, 'transfer')
  t.deepEqual(
    abroad.map(({ preset, weights }) => `${preset}: ${weights}`),
    [theta0(run), theta0(run), ...['maml', 'maml', 'xmrl', 'xmrl', 'omega-only', 'omega-only'].map(ended)].map(
      (weights) => `drone-planar/uniform: ${weights}`
    )
  )
  t.deepEqual(
    abroad.map((call) => poolOf(run, call)),
    ['evaluation', 'heldOut', 'evaluation', 'heldOut', 'evaluation', 'heldOut', 'evaluation', 'heldOut']
  )
})

test('the pictures fly the task that mining found worst and the most changed one, with theta_0 and with the repaired weights', (t) => {
  const flown = run.calls.filter(({ method }) => method === 'episodes')
  const changed = 3
  t.deepEqual(
    flown.map(({ tasks }) => idsIn(run, 'evaluation', tasks)),
    [[5], [changed], [5], [changed]]
  )
  const [before, , after, ...more] = flown
  t.is(more.length, 1)
  t.deepEqual(
    flown.map(({ weights }) => weights),
    [before, before, after, after].map(({ weights }) => weights)
  )
  t.is(before.weights, theta0(run))
  t.is(after.weights, `${theta0(run)} 1:0+${run.records.arms.xmrl.iterations}`, 'of xmrl, though it is not the last arm')
  t.like(before.options, { stream: STREAMS.pictures, supportEpisodes: 14, steps: 1 })
  t.is(run.records.episodes?.taskId, 5)
  t.is(run.records.episodes?.before.length, before.options.queryEpisodes)
  t.like(run.records.episodes, { arm: 'xmrl', worstChangedMost: false })
  const { mostChanged: kept } = run.records.episodes ?? {}
  const scored = (name: string) =>
    run.records.evaluations[name].pools.evaluation.streams.find(({ stream }) => stream === STREAMS.fresh)?.success?.[changed]
  t.deepEqual([kept?.taskId, kept?.success], [changed, { before: scored('theta_0'), after: scored('xmrl') }])
})

test('without an arm xmrl the pictures show the first arm', async (t) => {
  const other = await record(small({ retrain: { arms: ['maml-null', 'maml'] } }))
  const after = other.calls.filter(({ method }) => method === 'episodes').at(-1)!
  t.is(after.weights, `${theta0(other)} 3:0+${other.records.arms['maml-null'].iterations}`)
})

test("scores by number of adaptation steps: the evaluation pool on the fresh stream, the spec's own number not flown again", (t) => {
  for (const arm of ['theta_0', 'maml', 'xmrl', 'omega-only']) {
    const extra = during(run, `evaluate ${arm}`).slice(-2)
    t.deepEqual(
      extra.map((call) => [poolOf(run, call), call.options.stream, call.options.steps]),
      [
        ['evaluation', STREAMS.fresh, 0],
        ['evaluation', STREAMS.fresh, 2]
      ]
    )
    const record = run.records.evaluations[arm]
    t.deepEqual(
      record?.bySteps?.map(({ adaptationSteps }) => adaptationSteps),
      [0, 1, 2]
    )
    t.deepEqual(record?.bySteps?.[1].returns, record?.pools.evaluation.streams.at(-1)?.returns)
  }
})

test('the CMI that is reported is measured at the last phi, on evaluations that phi was not learned on', (t) => {
  const steps = during(run, 'augment', 'augmentStep')
  const { augmentation } = run.records
  const [ascent, fresh] = [steps.filter(({ options }) => !options.figures), steps.filter(({ options }) => options.figures)]
  t.is(ascent.length, run.spec.augment.steps)
  t.true(fresh.length >= 2, 'a standard error needs two')
  const seen = steps.map(({ options }) => options.iteration)
  t.is(new Set(seen).size, steps.length, 'no evaluation flies the numbers of another')
  for (const { options } of fresh) t.deepEqual(options.phi, augmentation?.phi)
  // Each step was taken from where the last one led, by the mean of gradients; evaluations of the end moved nothing.
  t.is(run.tape.ascents.length, ascent.length)
  for (const [at, { options }] of ascent.entries()) t.deepEqual(options.phi, run.tape.ascents[at].phi)
  const rates = run.tape.ascents.map(({ rate }) => rate / run.spec.augment.learningRate)
  t.deepEqual(
    rates.map((rate) => rate.toFixed(6)),
    [1, Math.SQRT1_2, 1 / Math.sqrt(3)].map((rate) => rate.toFixed(6))
  )
  t.true((augmentation?.cmi ?? 0) >= 0.2 && (augmentation?.cmi ?? 0) < 0.21)
})

test('the mixing law is learned on the critical tasks, keyed by their own numbers, with the keys of augment', async (t) => {
  const critical = run.records.explanation?.critical ?? []
  for (const call of during(run, 'augment')) {
    t.deepEqual(idsIn(run, 'training', call.tasks), critical)
    t.deepEqual(call.ids, critical)
    const { advantage: _, ...options } = call.options
    t.like(options, { stream: STREAMS.augment, family: 'kumaraswamy', sets: 2, episodes: 3, supportEpisodes: 18, horizon: 9 })
  }
  const bounded = await record(small({ augment: { tasks: 1 } }), { until: 'augment' })
  const { weights = [] } = bounded.records.explanation ?? {}
  for (const call of during(bounded, 'augment')) t.deepEqual(call.ids, [weights.indexOf(Math.max(...weights))])
})

test('a law without a parameter is measured and never ascended', async (t) => {
  const plain = await record(small({ augment: { family: 'uniform' } }), { until: 'augment' })
  t.is(plain.tape.ascents.length, 0)
  t.true(during(plain, 'augment').every(({ options }) => options.figures && options.family === 'uniform' && options.phi?.length === 0))
})

test('an intervention retrains from theta_0 on every training task; only its weights differ from the unchanged retraining', async (t) => {
  const out = freshRun()
  const spec = small({ poor: { ...LOOSE } })
  const validated = await record(spec, { out, until: 'validate', world: { score } })
  t.is(validated.error, undefined)
  const { iterations, repeats, share } = validated.spec.explain.validate
  const steps = during(validated, 'validate', 'metaStep')
  const judged = during(validated, 'validate', 'evaluate')
  t.is(steps.length, judged.length * iterations)
  const units = judged.map((call, unit) => ({ call, steps: steps.slice(unit * iterations, (unit + 1) * iterations) }))
  for (const [unit, { call, steps: own }] of units.entries()) {
    t.is(own[0].weights, theta0(validated))
    t.is(call.weights, `${theta0(validated)} ${own[0].options.stream}:0+${iterations}`)
    t.deepEqual(idsIn(validated, 'evaluation', call.tasks), validated.records.poor?.evaluation)
    for (const { tasks, options } of own) {
      t.deepEqual(idsIn(validated, 'training', tasks), [0, 1, 2, 3, 4, 5, 6, 7])
      t.like(options, { supportEpisodes: 17, queryEpisodes: 7, maxKl: 0.04, monitor: false })
      const weights = options.weights ?? []
      t.true(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-12)
      if (unit % (units.length / repeats) === 0) t.deepEqual(weights, new Array(8).fill(1 / 8), 'the first of a repeat changes nothing')
    }
  }
  // Raised tasks share `share` of the objective, removed ones have none.
  const changed = units.slice(1, units.length / repeats).map(({ steps: [{ options }] }) => options.weights ?? [])
  t.is(new Set(changed.map(String)).size, changed.length)
  const { omega = [] } = validated.records.explanation ?? {}
  const top = omega.flatMap((weight, task) => (weight > 0 ? [task] : []))
  t.true(
    changed.some((weights) =>
      weights.every((weight, task) => Math.abs(weight - (top.includes(task) ? share / 2 : (1 - share) / 6)) < 1e-12)
    )
  )
  t.true(changed.some((weights) => weights.every((weight, task) => Math.abs(weight - (top.includes(task) ? 0 : 1 / 6)) < 1e-12)))
  // It changes nothing that comes after it, and nobody pays for it.
  const after = await record(spec, { out, world: { score } })
  const without = await record(spec, { world: { score } })
  t.deepEqual(after.records.arms, without.records.arms)
  t.deepEqual(after.calls, without.calls.slice(without.calls.length - after.calls.length))
})

test('every other solver is asked with the keys of its section, about training and poor tasks', async (t) => {
  const explain = { supportEpisodes: 31, queryEpisodes: 32, damping: 7, criticalFraction: 0.25 }
  const influence = await record(
    small({
      explain: {
        ...explain,
        solver: 'nystrom',
        batches: 3,
        average: 'median',
        maxIterations: 9,
        tolerance: 1e-3,
        differenceStep: 1e-2,
        rank: 4,
        groupCosine: 0.9
      }
    }),
    { until: 'explain' }
  )
  const [call, ...none] = during(influence, 'explain')
  t.is(none.length, 0)
  t.like(call.options, {
    ...{ solver: 'nystrom', supportEpisodes: 31, queryEpisodes: 32, batches: 3, average: 'median', damping: 7, maxIterations: 9 },
    ...{ tolerance: 1e-3, differenceStep: 1e-2, rank: 4, groupCosine: 0.9, top: 2, seed: 5 }
  })
  t.is(influence.records.explanation?.critical.length, 2)
  const alternating = {
    rounds: 3,
    supportEpisodes: 33,
    queryEpisodes: 34,
    omegaRate: 2,
    thetaRate: 3,
    adjointRate: 4,
    averageRate: 5,
    entropy: 0.5
  }
  const rounds = await record(small({ explain: { ...explain, solver: 'alternating', alternating } }), { until: 'explain' })
  for (const { options } of during(rounds, 'explain'))
    t.like(options, {
      rounds: 3,
      supportEpisodes: 33,
      queryEpisodes: 34,
      upperRate: 2,
      lowerRate: 3,
      adjointRate: 4,
      averageRate: 5,
      entropy: 0.5,
      damping: 7
    })
  t.is(during(rounds, 'explain').length, 6)
  const space = await record(small({ explain: { metric: 'layers', adaptationSteps: 2, rho: 0.3, groupCosine: 0.8 } }), { until: 'explain' })
  for (const { options } of during(space, 'explain')) t.like(options, { supportEpisodes: 15, steps: 2 })
  t.like(space.tape.spaces[0], { rho: 0.3, layers: [2, 1, 1], groupCosine: 0.8, seed: 5, parameters: 4 })
})

test('a learner is made of the policy, the learner and the adaptation that the specification names', async (t) => {
  const made = await record(
    {
      ...small({ policy: { hidden: [3, 4], activation: 'relu', logStdInit: -0.4, logStdMin: -3 }, adapt: { rate: 'fixed', alpha: 0.3 } }),
      learner: { calculus: 'libtorch', dtype: 'float64', rolloutDtype: 'float64' }
    },
    { until: 'train' }
  )
  t.deepEqual(
    made.tape.learners.map(({ threads: _, ...options }) => options),
    [
      {
        ...{ preset: 'drone-planar', seed: 5, device: 'cpu', dtype: 'float64', calculus: 'libtorch', rolloutDtype: 'float64' },
        ...{ hidden: [3, 4], activation: 'relu', logStdInit: -0.4, logStdMin: -3, innerRate: 0.3, learnRate: false }
      }
    ]
  )
})
