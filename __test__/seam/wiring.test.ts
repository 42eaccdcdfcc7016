/** What is asked for is what is done, and what is done is what is said: options, figures and numbers across the seam. */
import test from 'ava'
import type { NativeLearner } from '../../ts/native.js'
import { sampleTasks } from '../../ts/worlds/index.js'
import { advantage, core, EVALUATE, learner, STEP, type StepOptions, TASKS } from './learner.js'

const POOR = Float64Array.from(sampleTasks('drone-planar', 'evaluation', 0, 3).values.flat())
/** Goals so near the start that episodes end early, each after another number of steps. */
const NEAR = Float64Array.from([6.3, 5, 5, 6.4, 3.7, 4.8])
/** Adaptation that moves nothing, so that the steps of support and query episodes can be told apart. */
const STILL = { innerRate: 1e-12, learnRate: false }
const EPISODES = { ...EVALUATE, supportEpisodes: 40, queryEpisodes: 40 }

test('every use of a stream has numbers of its own: evaluations, directions, the Fisher metric, pictures', async (t) => {
  const made = learner(t, STILL)
  const [none, one] = [await made.evaluate(NEAR, { ...EPISODES, steps: 0 }), await made.evaluate(NEAR, EPISODES)]
  const support = one.envSteps - none.envSteps
  const directions = await made.directions(NEAR, EPISODES)
  const fisher = await made.fisherProducts(NEAR, EPISODES, 5, new Float64Array(made.policyParameters).fill(1))
  t.true(support > 0)
  t.is(new Set([support, directions.envSteps, fisher.envSteps]).size, 3, 'steps of the same number of support episodes, flown three times')
  const task = NEAR.slice(0, 2)
  const { lengths } = await made.episodes(task, { ...EPISODES, steps: 0 })
  const shown = lengths.reduce((sum, length) => sum + length - 1, 0)
  t.not(shown, (await made.evaluate(task, { ...EPISODES, steps: 0 })).envSteps)
})

test('a meta-iteration reads its weights, its trust region, its rows and its stream', async (t) => {
  const after = async (change: Partial<StepOptions>) => {
    const made = learner(t)
    await made.metaStep(TASKS, { ...STEP, ...change })
    return Buffer.from(made.checkpoint()).toString('base64')
  }
  const plain = await after({})
  t.is(await after({ weights: Array(6).fill(1 / 6) }), plain)
  for (const change of [
    { weights: [0.5, 0.1, 0.1, 0.1, 0.1, 0.1] },
    { unadaptedKlWeight: 5 },
    { curvatureSupportRows: 20 },
    { curvatureQueryRows: 20 },
    { cgIterations: 2, preconditioner: { rank: 6, rows: 20 } },
    { stream: 256 },
    { stream: 1 },
    { iteration: 1 }
  ])
    t.not(await after(change), plain, JSON.stringify(change))
  t.not(await after({ curvatureSupportRows: 20 }), await after({ curvatureQueryRows: 20 }))
  const two = (preconditioner?: StepOptions['preconditioner']) => after({ cgIterations: 2, ...(preconditioner && { preconditioner }) })
  const by = [await two(), await two({ rank: 6, rows: 20 }), await two({ rank: 7, rows: 20 }), await two({ rank: 6, rows: 21 })]
  t.is(new Set(by).size, 4, 'a preconditioner, its rank and its rows')
  await t.throwsAsync(two({ rank: 6.5, rows: 20 }), { message: /preconditioner\.rank: give a whole number from 0 to 10000, not 6\.5/ })
  await t.throwsAsync(two({ rank: 6, rows: 2 ** 32 }), { message: /preconditioner\.rows: give a whole number/ })
  await t.throwsAsync(two({ rank: 0, rows: 20 }), { message: /trpo\.preconditioner\.rank/ })
})

test('figures of a meta-iteration are not each other', async (t) => {
  const { returnBefore, returnAfter, kl, klUnadapted, monitor } = await learner(t).metaStep(TASKS, { ...STEP, iteration: 1, monitor: true })
  const all = [returnBefore, returnAfter, kl, klUnadapted, monitor?.frozen, monitor?.readapted]
  t.true(
    all.every((figure) => Number.isFinite(figure)),
    all.join()
  )
  t.is(new Set(all).size, all.length, all.join())
  // At a tenth of the radius the adapted policies' KL is about a tenth, and the unadapted policy's is not what is bounded.
  const small = await learner(t).metaStep(TASKS, { ...STEP, maxKl: 0.001, unadaptedKlWeight: 0 })
  t.true(small.accepted && small.kl <= 0.001 * 1.001, `${small.kl}`)
})

test('halves of an explanation in adaptation space come back under their own names', async (t) => {
  const made = learner(t)
  const half = async (stream: number) => [
    (await made.directions(TASKS, { ...EVALUATE, stream })).directions,
    (await made.directions(POOR, { ...EVALUATE, stream }, [6, 7, 8])).directions
  ]
  const [[trainA, poorA], [trainB, poorB]] = [await half(11), await half(12)]
  const shared = { parameters: made.policyParameters, rho: 0.05, top: 2, seed: 0 }
  const found = await core.explainAdaptation({ ...shared, trainA, trainB, poorA, poorB })
  const alone = await core.explainAdaptation({ ...shared, trainA, trainB: trainA, poorA, poorB: poorA })
  const far = (a: readonly number[], b: readonly number[]) => Math.max(...a.map((weight, task) => Math.abs(weight - b[task])))
  t.true(far(found.omegaA, alone.omega) < 1e-6, `${found.omegaA} ${alone.omega}`)
  t.true(far(found.omegaB, alone.omega) > 1e-3)
})

test('halves of an influence explanation fly on their own numbers, and the damping in use covers negative curvature', async (t) => {
  const settings: Parameters<NativeLearner['explainInfluence']>[2] = {
    solver: 'implicit',
    supportEpisodes: 20,
    queryEpisodes: 10,
    streamA: 11,
    streamB: 12,
    damping: 1e-3,
    maxIterations: 200,
    tolerance: 1e-6,
    top: 2,
    seed: 0,
    advantage
  }
  const run = (change: Partial<typeof settings>) => learner(t).explainInfluence(TASKS, POOR, { ...settings, ...change })
  const found = await run({})
  t.notDeepEqual(found.scoresA, found.scoresB)
  const exchanged = await run({ streamA: 12, streamB: 11 })
  t.deepEqual([exchanged.scoresA, exchanged.scoresB], [found.scoresB, found.scoresA])
  for (const { info, asked } of [
    { info: found.info, asked: 1e-3 },
    { info: (await run({ damping: 300 })).info, asked: 300 }
  ]) {
    const least = Math.max(0, -(info.lambdaMin ?? 0))
    t.true((info.damping ?? 0) >= asked && (info.damping ?? 0) > least, `${info.damping} for ${asked} and ${info.lambdaMin}`)
    if (least === 0 || asked > 2 * least) t.true(Math.abs((info.damping ?? 0) - asked) < 1e-9, `${info.damping}`)
  }
})

test('alternating rounds go on from where they stood, not from theta_0', async (t) => {
  const rounds = { upperRate: 1, lowerRate: 1, adjointRate: 1, averageRate: 1, entropy: 0.1, damping: 20 }
  const settings = { ...rounds, rounds: 2, supportEpisodes: 10, queryEpisodes: 6, stream: 11, advantage }
  const made = learner(t)
  const first = await made.alternatingRound(TASKS, POOR, settings)
  const second = await made.alternatingRound(TASKS, POOR, { ...settings, rounds: 1 }, first.state)
  const tensor = (state: Uint8Array, name: string) => {
    const bytes = Buffer.from(state)
    const size = Number(bytes.readBigUInt64LE(0))
    const [from, to] = JSON.parse(bytes.toString('utf8', 8, 8 + size))[name].data_offsets as [number, number]
    return Array.from({ length: (to - from) / 8 }, (_, i) => bytes.readDoubleLE(8 + size + from + 8 * i))
  }
  const [before, after] = [tensor(first.state, 'theta'), tensor(second.state, 'theta')]
  const moved = Math.hypot(...after.map((value, i) => value - before[i]))
  t.true(moved > 0 && moved < 0.05 * Math.hypot(...before), `${moved} of ${Math.hypot(...before)}`)
})

test('an evaluation of a mixing law charges every episode, and reads the posterior that it is given', async (t) => {
  const settings: Parameters<NativeLearner['augmentStep']>[1] = {
    family: 'uniform',
    phi: [],
    samples: 4,
    figures: false,
    sets: 3,
    episodes: 4,
    supportEpisodes: 12,
    horizon: 25,
    beta: 1,
    delta: 20,
    stream: 21,
    iteration: 0,
    taskIds: [0, 1],
    advantage
  }
  const run = (change: Partial<typeof settings>) => learner(t, STILL).augmentStep(TASKS.slice(0, 4), { ...settings, ...change })
  const [few, many] = [await run({}), await run({ supportEpisodes: 24 })]
  t.true(many.envSteps > few.envSteps, 'what the tasks adapt on is flown too')
  t.not((await run({ beta: 4 })).cmi, few.cmi)
  t.not((await run({ delta: 40 })).cmi, few.cmi)
})

test('task weighting reads its ridge', async (t) => {
  const made = learner(t)
  const rows = 40
  const train = await made.transitions(TASKS, EVALUATE, rows)
  const target = await made.transitions(POOR, EVALUATE, rows, [6, 7, 8])
  const weights = async (ridge: number) =>
    (await made.matchTasks({ train: train.values, target: target.values, rows, width: train.width, ridge })).weights
  // A ridge that outweighs every difference spreads the weight evenly.
  const even = await weights(1e6)
  t.true(
    even.every((weight) => Math.abs(weight - 1 / 6) < 1e-4),
    `${even}`
  )
  t.notDeepEqual(await weights(0), await weights(0.01))
})
