/** No key of the specification is without effect: another value changes what the learner is asked, or is refused. */
import test from 'ava'
import { defineExperiment, specJsonSchema, type WrittenSpec, XmrlError } from '../../ts/index.js'
import { type RecordOptions, record, small } from './recorded.js'

type Base = { [section: string]: unknown }
/** Another value of a key, and where it shows: up to which stage, in a specification with what else. */
type Case = [key: string, value: unknown, until: RecordOptions['until'] | 'end', base?: Base]

const of = (section: string, until: Case[2], values: object, base?: Base): Case[] =>
  Object.entries(values).map(([key, value]) => [`${section}.${key}`, value, until, base])
const fisher = { explain: { metric: 'fisher' } }
const implicit = { explain: { solver: 'implicit' } }
const alternating = { explain: { solver: 'alternating', alternating: { rounds: 2, supportEpisodes: 3, queryEpisodes: 4 } } }

const ROML = { retrain: { arms: ['roml'], roml: { batch: 12 } } }

/** The repair whole: an explanation of the evaluation's own adaptations, a step along its move, a steered dose. */
const repair = {
  explain: { source: 'evaluation', lengths: 'kept', adaptationSteps: 2 },
  retrain: {
    extraSteps: 60_000,
    reptileStep: {},
    dose: { every: 1 },
    arms: ['dosed'],
    define: { dosed: { base: 'omega-only', dose: 'audited' } }
  }
}

/** An arm that chooses by trials whether it mixes. */
const trials = {
  ...repair,
  augment: { family: 'uniform' },
  retrain: { ...repair.retrain, arms: ['tried'], define: { tried: { base: 'xmrl', lever: 'audited' } } }
}

const CASES: Case[] = [
  ['environment', 'drone-planar/uniform', 'train'],
  ['seeds', [6], 'train'],
  ...of('policy', 'train', { hidden: [3], activation: 'relu', logStdInit: -0.5, logStdMin: -2 }),
  ...of('learner', 'train', { calculus: 'libtorch', dtype: 'float64', rolloutDtype: 'float64' }),
  ...of('adapt', 'train', { rate: 'fixed', alpha: 3, gamma: 0.9, lambda: 0.8 }),
  ...of('train', 'train', { phases: [{ iterations: 3 }], monitorEvery: 2 }),
  ...of('trpo', 'train', { gamma: 0.9, lambda: 0.9, cgIterations: 7, damping: 0.1, lineSearchSteps: 9, lineSearchShrink: 0.7 }),
  ...of('trpo', 'train', { unadaptedKlWeight: 0.4, curvatureSupportRows: 7, curvatureQueryRows: 8 }),
  ...of('trpo', 'train', { preconditioner: { rank: 7, rows: 8 } }),
  ...of('evaluate', 'evaluate', { adaptations: 3, supportEpisodes: 9, queryEpisodes: 9, steps: 2, upToSteps: 2 }),
  ...of('evaluate', 'end', { transfer: ['drone-planar/uniform'] }),
  ...of('tasks', 'evaluate', { training: 9, evaluation: 7, heldOut: 5 }),
  ...of('poor', 'explain', { fraction: 0.5, minimumCorrelation: 1 }),
  ...of('explain', 'explain', { solver: 'gradient', metric: 'layers', adaptationSteps: 2, groupCosine: 0.9, rho: 0.1, episodes: 9 }),
  ...of('explain', 'explain', { source: 'evaluation', lengths: 'kept', commonNumbers: true }),
  ...of('explain', 'end', { verdict: { effectiveShare: 0, foretold: 99 } }, repair),
  ...of('explain', 'explain', { allowUnreliable: true }, { poor: { minimumCorrelation: 1 } }),
  ...of('explain', 'explain', { fisherEpisodes: 5, fisherRows: 6 }, fisher),
  ...of('explain', 'explain', { supportEpisodes: 9, queryEpisodes: 9, batches: 2, average: 'median', damping: 9 }, implicit),
  ...of('explain', 'explain', { maxIterations: 9, tolerance: 0.1, differenceStep: 0.1, rank: 9, criticalFraction: 0.5 }, implicit),
  ...of('explain', 'augment', { minimumReliability: 0.95 }),
  ...of('explain.alternating', 'explain', { rounds: 3, supportEpisodes: 9, queryEpisodes: 9, omegaRate: 2, thetaRate: 2 }, alternating),
  ...of('explain.alternating', 'explain', { adjointRate: 2, averageRate: 2, entropy: 1 }, alternating),
  ...of('explain.validate', 'validate', { iterations: 1, supportEpisodes: 9, queryEpisodes: 9, maxKl: 0.1, top: 1, leaveOut: 2 }),
  ...of('explain.validate', 'validate', { share: 0.4, raiseEach: true, repeats: 3 }),
  ...of('augment', 'augment', { family: 'beta', objective: 'information-gain', gradient: 'pathwise', sets: 3, tasks: 1, episodes: 4 }),
  ...of('augment', 'augment', { supportEpisodes: 9, horizon: 8, mix: 'geodesic', repair: 'none', samples: 9, steps: 2 }),
  ...of('augment', 'augment', { learningRate: 0.2, momentum: 0.1, beta: 2, delta: 9 }),
  ...of('retrain', 'end', { arms: ['maml'], extraSteps: 25_000, metaBatchSize: 5, supportEpisodes: 9, queryEpisodes: 9, maxKl: 0.1 }),
  ...of('retrain', 'end', { criticalShare: 0.9, mixedShare: 0.1, mixedHorizon: 5 }),
  ...of('retrain', 'end', { define: { mine: { base: 'ma', mixedShare: 0.25 } } }, { retrain: { arms: ['mine'], define: MINE() } }),
  ...of('retrain', 'end', { reptileStep: null, dose: { every: 1, low: 0, step: 0.5 } }, repair),
  ...of('retrain', 'end', { lever: { iterations: 1 } }, trials),
  ...of('retrain.audit', 'end', { tasks: 1, adaptations: 3, supportEpisodes: 9, queryEpisodes: 9 }, repair),
  ...of('retrain.tw', 'end', { supportEpisodes: 9, queryEpisodes: 5, rows: 4, ridge: 0.1 }, { retrain: { arms: ['tw'] } }),
  ...of('retrain.mr', 'end', { weight: 0.1, prior: 'zero', priorStd: 0.2, initialStd: 0.2 }, { retrain: { arms: ['mr'] } }),
  ...of('retrain.cvar', 'end', { alpha: 0.5 }, { retrain: { arms: ['cvar'] } }),
  ...of('retrain.roml', 'end', { alpha: 0.9, beta: 0.9, evenShare: 0.5, smoothing: 0.1, batch: 6, floor: 0.5 }, ROML),
  ...of('retrain.minimax', 'end', { rate: 2, evenShare: 0.9 }, { retrain: { arms: ['minimax'] } }),
  ...of('retrain.plr', 'end', { temperature: 9, staleness: 0.9 }, { retrain: { arms: ['plr'] } })
]

function MINE() {
  return { mine: { base: 'ma', mixedShare: 0.5 } }
}

/** Keys that are shown elsewhere: where files come from, and how often they are written (e2e and run tests). */
const ELSEWHERE = /^(train\.initial|market\.|checkpoint\.|world$)/

/** Key paths of the schema down to what is no section. */
function keysOf(schema: Base, under = ''): string[] {
  return Object.entries((schema.properties ?? {}) as Record<string, Base>).flatMap(([key, value]) =>
    value.properties === undefined ? [`${under}${key}`] : keysOf(value, `${under}${key}.`)
  )
}

/** A specification with one key set; sections above it are copied. */
function withKey(written: WrittenSpec, path: string, value: unknown): WrittenSpec {
  const [key, ...rest] = path.split('.')
  const below = (written as Base)[key]
  return { ...written, [key]: rest.length === 0 ? value : withKey((below ?? {}) as WrittenSpec, rest.join('.'), value) }
}

/** Everything that a learner was asked; or the refusal of the specification. */
async function asked(written: WrittenSpec, until: Case[2]): Promise<string> {
  try {
    defineExperiment(written)
  } catch (error) {
    if (XmrlError.is(error, 'ERR_SPEC_INVALID')) return error.message
    throw error
  }
  const { tape, error } = await record(written, until === 'end' ? {} : { until })
  return JSON.stringify([tape, error?.code])
}

test('every key is looked at here', (t) => {
  const known = keysOf(specJsonSchema()).filter((key) => !ELSEWHERE.test(key))
  const tried = new Set(CASES.map(([key]) => key))
  t.deepEqual(
    known.filter((key) => !tried.has(key)),
    [],
    'a new key needs a line in CASES: another value, and the stage in which it shows'
  )
  t.deepEqual(
    [...tried].filter((key) => !known.includes(key)),
    []
  )
})

test('another value of any key changes what the learner is asked', async (t) => {
  const plain = new Map<string, string>()
  const refused: string[] = []
  for (const [key, value, until, base = {}] of CASES) {
    const written = small(base)
    const about = JSON.stringify([base, until])
    const before = plain.get(about) ?? (await asked(written, until))
    plain.set(about, before)
    t.true(before.startsWith('['), before)
    const after = await asked(withKey(written, key, value), until)
    if (after.startsWith('trpo.gamma: ')) refused.push(key)
    else t.true(after.startsWith('['), after)
    t.not(after, before, `${key} = ${JSON.stringify(value)} changes nothing`)
  }
  t.deepEqual(refused, ['adapt.gamma', 'trpo.gamma'], 'there is one discount, so that one alone cannot be set')
})
