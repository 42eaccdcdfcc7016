import test from 'ava'
import { advantage, core, EVALUATE, learner, OPTIONS, refused, STEP, TASKS } from './learner.js'

type Call = [name: string, call: (changed: Record<string, unknown>) => unknown, counts: Record<string, number>, codes?: RegExp]

/** The whole numbers among options. */
const counts = (options: object, ...names: string[]) =>
  Object.fromEntries(Object.entries(options).filter(([key, value]) => names.includes(key) && typeof value === 'number')) as Record<
    string,
    number
  >

/** Numbers that 32 bits would cut down, and numbers that count nothing. */
const bad = (value: number) => [2 ** 32 + value, 2 ** 40, -1, value + 0.5, Number.NaN, Number.POSITIVE_INFINITY]

test('no call takes a count that 32 bits would cut down: the key is named', async (t) => {
  const made = learner(t)
  const episodes = ['supportEpisodes', 'queryEpisodes', 'stream']
  const influence = { supportEpisodes: 6, queryEpisodes: 4, batches: 1, streamA: 11, streamB: 12, maxIterations: 4, rank: 2, top: 2 }
  const rounds = { rounds: 2, supportEpisodes: 6, queryEpisodes: 4, stream: 11 }
  const mixed = { sets: 2, episodes: 2, supportEpisodes: 6, horizon: 5, samples: 2, stream: 21, iteration: 0 }
  const sampled = { stream: 5, batch: 0, supportEpisodes: 6, queryEpisodes: 4, mixedEpisodes: 1, mixedHorizon: 5 }
  const matching = { rows: 1, width: 2 }
  const calls: Call[] = [
    ['Learner', (over) => new core.Learner({ ...OPTIONS, ...over }), counts(OPTIONS, 'seed', 'threads')],
    [
      'metaStep',
      (over) => made.metaStep(TASKS, { ...STEP, mixedHorizon: 9, ...over }),
      {
        ...counts(STEP, ...episodes, 'iteration', 'cgIterations', 'lineSearchSteps', 'curvatureSupportRows', 'curvatureQueryRows'),
        mixedHorizon: 9
      }
    ],
    [
      'evaluate',
      (over) => made.evaluate(TASKS, { ...EVALUATE, ...over }),
      { ...counts(EVALUATE, ...episodes, 'adaptations', 'steps'), displacements: 0 }
    ],
    [
      'explainInfluence',
      (over) =>
        made.explainInfluence(TASKS, TASKS, {
          solver: 'gradient',
          damping: 20,
          tolerance: 1e-8,
          seed: 0,
          ...influence,
          advantage,
          ...over
        }),
      influence
    ],
    [
      'alternatingRound',
      (over) =>
        made.alternatingRound(TASKS, TASKS, {
          ...{ upperRate: 1, lowerRate: 1, adjointRate: 1, averageRate: 1, entropy: 0, damping: 20 },
          ...rounds,
          advantage,
          ...over
        }),
      rounds
    ],
    [
      'augmentStep',
      (over) =>
        made.augmentStep(TASKS, {
          ...{ family: 'uniform', phi: [], figures: false, beta: 1, delta: 20, taskIds: [0, 1, 2, 3, 4, 5] },
          ...mixed,
          advantage,
          ...over
        }),
      mixed
    ],
    ['taskGradients', (over) => made.taskGradients(TASKS, { ...sampled, advantage, ...over }), sampled],
    ['matchTasks', (over) => made.matchTasks({ train: TASKS, target: TASKS, ridge: 0.1, ...matching, ...over }), matching],
    ['fisherProducts', ({ rows }) => made.fisherProducts(TASKS, EVALUATE, rows as number, new Float64Array(0)), { rows: 4 }],
    ['transitions', ({ rows }) => made.transitions(TASKS, EVALUATE, rows as number), { rows: 4 }],
    ['measureTheory', ({ part = 0, seed = 0 }) => core.measureTheory(part as number, seed as number), { part: 0, seed: 0 }]
  ]
  let tried = 0
  for (const [name, call, keys] of calls) {
    for (const [key, value] of Object.entries(keys)) {
      for (const wrong of bad(value)) {
        // A seed and an iteration may be any word, a stream any that its packing has room for.
        const { code, message } = await refused(() => call({ [key]: wrong }))
        t.is(code, 'ERR_USAGE', `${name} with ${key} ${wrong}: ${message}`)
        t.regex(message, new RegExp(`^${key}: give a whole number from 0 to \\d+, not `), name)
        tried++
      }
    }
  }
  t.true(tried > 200, `${tried}`)
  const { message } = await refused(() => made.metaStep(TASKS, { ...STEP, mixedEpisodes: [0, 1, 2 ** 32, 0, 0, 0] }))
  t.regex(message, /^mixedEpisodes\[2\]: give a whole number/)
  const ids = await refused(() => made.evaluate(TASKS, EVALUATE, [0, 1, 2, 3, 4, -5]))
  t.regex(ids.message, /^taskIds\[5\]: give a whole number/)
  t.is((await refused(() => made.metaStep(TASKS, STEP))).code, 'none', 'the handle goes on')
})

test('episodes that no memory holds are refused before they fly', async (t) => {
  const many = new Float64Array(2 * 100_000).map((_, at) => TASKS[at % TASKS.length])
  const { code, message } = await refused(() => learner(t).metaStep(many, { ...STEP, supportEpisodes: 1_000_000 }))
  t.is(code, 'ERR_USAGE', message)
  t.regex(message, /100000 tasks × 1000000 episodes × 10 steps may need \d+\.\d GiB of memory, this process may have \d+\.\d/)
  const layers = await refused(() => new core.Learner({ ...OPTIONS, hidden: Array(64).fill(8192) }))
  t.is(layers.code, 'ERR_USAGE', layers.message)
  t.regex(layers.message, /^policy\.hidden: \d+ weights need /)
})

test('streams that would share random numbers are refused', async (t) => {
  const made = learner(t)
  const augment = {
    family: 'uniform',
    phi: [],
    samples: 2,
    figures: false,
    sets: 2,
    episodes: 2,
    supportEpisodes: 6,
    horizon: 5,
    iteration: 0
  }
  const more = { beta: 1, delta: 20, taskIds: [0, 1, 2, 3, 4, 5], advantage }
  t.is((await refused(() => made.augmentStep(TASKS, { ...augment, ...more, stream: 255 }))).code, 'none')
  t.is(
    (await refused(() => made.augmentStep(TASKS, { ...augment, ...more, stream: 256 }))).code,
    'ERR_USAGE',
    'its numbers were stream 0’s'
  )
  const far = await refused(() => made.taskGradients(TASKS, { stream: 2 ** 20, supportEpisodes: 6, queryEpisodes: 4, advantage }))
  t.is(far.code, 'ERR_USAGE', 'its numbers were a round’s of stream 1')
})
