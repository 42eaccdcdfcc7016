import { readFileSync } from 'node:fs'
import test from 'ava'
import { XmrlError } from '../../ts/errors.js'
import {
  applyOverrides,
  canonicalJson,
  defineExperiment,
  hashedPart,
  type Preset,
  parseSpec,
  presetNames,
  specJsonSchema,
  specOfArm,
  specSchema,
  type WrittenSpec
} from '../../ts/spec/index.js'
import { FIRST_METHOD } from '../helpers.js'

function refused(written: unknown): XmrlError {
  try {
    defineExperiment(written as WrittenSpec)
  } catch (error) {
    if (error instanceof XmrlError) return error
    throw error
  }
  throw new Error('the spec was accepted')
}

test('the main preset spends what its recipe says: 5.7 M environment steps at most', (t) => {
  const { spec } = defineExperiment({})
  t.is(spec.environment, 'drone-planar')
  const [support, query] = [10, 25]
  const most = spec.train.phases.reduce(
    (sum, p) => sum + p.iterations * p.metaBatchSize * (p.supportEpisodes * support + p.queryEpisodes * query),
    0
  )
  // Episodes end on success, so the measured 5.7 M lies below the most that could be flown.
  t.true(most >= 5.7e6 && most < 8e6, `${most}`)
  t.is(
    spec.train.phases.reduce((sum, phase) => sum + phase.iterations, 0),
    200
  )
  t.deepEqual([spec.adapt.alpha, spec.adapt.lambda, spec.trpo.lambda, spec.trpo.cgIterations, spec.trpo.damping], [2, 0.9, 1, 8, 0.05])
  t.deepEqual([spec.evaluate.adaptations, spec.evaluate.supportEpisodes, spec.evaluate.queryEpisodes], [3, 400, 40])
  t.deepEqual([spec.explain.solver, spec.explain.rho, spec.retrain.extraSteps], ['adaptation', 0.05, 6_000_000])
})

test('every preset resolves, and the uniform one has no oracle', (t) => {
  const market = { file: 'prices.csv' }
  for (const environment of presetNames) {
    const written = { environment, ...(environment === 'stock/csv' ? { market } : {}) }
    t.is(defineExperiment(written).spec.environment, environment)
  }
  t.false(defineExperiment({ environment: 'drone-planar/uniform' }).spec.retrain.arms.includes('oracle'))
})

test('the quadrotor flies twice the steps of the planar drone, and its disturbed presets take its weights', (t) => {
  const [planar, quadrotor] = (['drone-planar', 'drone-quadrotor'] as const).map((environment) => defineExperiment({ environment }).spec)
  t.deepEqual(quadrotor.train, planar.train)
  t.deepEqual([quadrotor.retrain.extraSteps, quadrotor.augment.horizon], [2 * planar.retrain.extraSteps, 2 * planar.augment.horizon])
  t.like(quadrotor.augment, { mix: 'geodesic', repair: 'reject' })
  for (const environment of presetNames.filter((name) => name.startsWith('drone-quadrotor/')))
    t.deepEqual(defineExperiment({ environment }).spec.policy, quadrotor.policy, environment)
  t.false(defineExperiment({ environment: 'drone-quadrotor/uniform' }).spec.retrain.arms.includes('oracle'))
  t.throws(() => defineExperiment({ environment: 'drone-quadrotor', augment: { gradient: 'pathwise' } }), { message: /meet contacts/ })
})

test('bodies have the settings of the reference, and a budget of twenty iterations', (t) => {
  for (const environment of presetNames.filter((name) => !/^(drone|stock|point|metaworld)|\/rare$/.test(name))) {
    const { spec } = defineExperiment({ environment })
    const horizon = environment === 'cheetah-vel/promp' ? 100 : 200
    t.like(spec.adapt, { rate: 'fixed', alpha: 0.1, gamma: 0.99, lambda: 1 }, environment)
    t.like(spec.train.phases[0], { metaBatchSize: 40, supportEpisodes: 20, queryEpisodes: 20, maxKl: 0.06 })
    t.like(spec.trpo, { gamma: 0.99, lambda: 1, cgIterations: 10 })
    t.like(spec.augment, { mix: 'geodesic', repair: 'lift', horizon })
    t.is(spec.retrain.extraSteps, 20 * 40 * 40 * horizon)
    t.is(spec.evaluate.upToSteps, 3)
    const reference = /\/maml/.test(environment) ? { hidden: [100, 100], activation: 'relu' } : { hidden: [64, 64], activation: 'tanh' }
    t.like(spec.policy, { ...reference, logStdInit: 0 } as object)
    t.throws(() => defineExperiment({ environment, retrain: { arms: ['oracle'] } }), { message: /no rare tasks/ })
  }
  t.like(defineExperiment({}).spec.augment, { mix: 'linear', repair: 'reject' })
  t.is(defineExperiment({}).spec.evaluate.upToSteps, 0)
})

test('a body preset is shrunk by overrides', (t) => {
  const overrides = [
    'train.phases.0.iterations=2',
    'train.phases.0.metaBatchSize=4',
    'tasks.training=6',
    'retrain.extraSteps=9000',
    'augment.mix=linear'
  ]
  const { spec } = defineExperiment(applyOverrides({ environment: 'cheetah-vel/maml' }, overrides))
  t.like(spec.train.phases[0], { iterations: 2, metaBatchSize: 4, supportEpisodes: 20 })
  t.deepEqual([spec.tasks.training, spec.tasks.evaluation, spec.retrain.extraSteps, spec.augment.mix], [6, 40, 9000, 'linear'])
  t.regex(refused({ augment: { repair: 'raise' } }).message, /^augment\.repair: /)
  t.regex(refused({ augment: { mix: 'geodetic' } }).message, /^augment\.mix: .*"geodesic"/)
})

test('an unknown key is refused with the nearest known one, at its path', (t) => {
  t.is(refused({ explian: {} }).code, 'ERR_SPEC_INVALID')
  t.regex(refused({ explian: {} }).message, /^explian: unknown key; did you mean "explain"\?/)
  t.regex(refused({ explain: { rhoo: 1 } }).message, /^explain\.rhoo: unknown key; did you mean "explain\.rho"\?/)
  t.regex(refused({ train: { phases: [{ iteration: 3 }] } }).message, /^train\.phases\.0\.iteration: .*"train\.phases\.0\.iterations"/)
  t.regex(refused({ rho: 1 }).message, /did you mean "explain\.rho"\?/, 'the right key in the wrong place')
})

test('an unknown preset is refused with the nearest known one', (t) => {
  t.is(refused({ environment: 'drone-planer' }).code, 'ERR_PRESET_UNKNOWN')
  t.regex(refused({ environment: 'drone-planer' }).message, /drone-planar/)
})

test('a wrong value names its key path and what was found', (t) => {
  const cases: [unknown, RegExp][] = [
    [{ explain: { rho: -1 } }, /^explain\.rho: .*-1/],
    [{ explain: { solver: 'adaption' } }, /^explain\.solver: .*"adaptation"/],
    [{ seeds: 'all' }, /^seeds: /],
    [{ seeds: [0.5] }, /^seeds\.0: /],
    [{ seeds: [1, 1] }, /^seeds: .*twice/],
    [{ poor: { fraction: 1 } }, /^poor\.fraction: /],
    [{ evaluate: { transfer: ['drone-planer/uniform'] } }, /^evaluate\.transfer: unknown preset.*drone-planar\/uniform/],
    [{ evaluate: { transfer: ['drone-planar'] } }, /^evaluate\.transfer: drone-planar is what the run is scored on anyway$/],
    [{ evaluate: { transfer: ['drone-quadrotor'] } }, /^evaluate\.transfer: drone-quadrotor is another environment than drone-planar$/],
    [{ evaluate: { transfer: ['drone-planar/uniform', 'drone-planar/uniform'] } }, /^evaluate\.transfer: a preset is named twice$/],
    [{ environment: 'stock/synthetic', evaluate: { transfer: ['stock/sp20'] } }, /^evaluate\.transfer: a stock preset's tasks/],
    [{ retrain: { criticalShare: 'most' } }, /^retrain\.criticalShare: .*natural/],
    [{ policy: { hidden: [0] } }, /^policy\.hidden\.0: /],
    [{ adapt: { alpha: Number.NaN } }, /^adapt\.alpha: /],
    [{ policy: { logStdInit: -5 } }, /^policy\.logStdInit: -5 must lie above policy\.logStdMin \(-2\.3\)/],
    [{ retrain: { mixedShare: 1 } }, /^retrain\.mixedShare: 1 mixes all 20 query episodes/],
    [{ train: { phases: [] } }, /^train\.phases: empty.*train\.initial/],
    [{ environment: 'drone-planar/uniform', retrain: { arms: ['oracle'] } }, /^retrain\.arms: .*oracle/],
    [{ augment: { repair: 'lift' } }, /^augment\.repair: drone-planar has no body/],
    [null, /^spec: /],
    [[], /^spec: /]
  ]
  for (const [written, message] of cases) {
    const error = refused(written)
    t.is(error.code, 'ERR_SPEC_INVALID')
    t.regex(error.message, message)
  }
})

test('arms are named with the nearest known one, and variants must vary something', (t) => {
  const retrain = (written: object) => ({ retrain: written })
  const cases: [unknown, RegExp][] = [
    [retrain({ arms: ['maml', 'mmal'] }), /^retrain\.arms\.1: unknown arm "mmal"; did you mean "maml"\?/],
    [retrain({ arms: ['xmrl-1O'], define: { 'xmrl-10': { base: 'xmrl', criticalFraction: 0.1 } } }), /did you mean "xmrl-10"\?/],
    [retrain({ arms: [] }), /^retrain\.arms: /],
    [retrain({ arms: ['tw-influence'], tw: { queryEpisodes: 3 } }), /^retrain\.tw\.queryEpisodes: 3 are too few/],
    [retrain({ arms: ['ma', 'ma'] }), /^retrain\.arms: an arm is named twice/],
    [retrain({ define: { ma: { base: 'ma', mixedShare: 0.1 } } }), /^retrain\.define\.ma: a built-in arm has this name/],
    [retrain({ define: { 'A/b': { base: 'ma', mixedShare: 0.1 } } }), /^retrain\.define\.A\/b: a name is small letters/],
    [retrain({ define: { mine: { base: 'xmlr', mixedShare: 0.1 } } }), /^retrain\.define\.mine\.base: .*"xmrl"/],
    [retrain({ define: { mine: { base: 'xmrl' } } }), /^retrain\.define\.mine: it changes nothing of xmrl/],
    [
      retrain({ define: { mine: { base: 'xmrl', criticalFractio: 0.1 } } }),
      /^retrain\.define\.mine\.criticalFractio: unknown key.*criticalFraction/
    ],
    [
      retrain({ define: { mine: { base: 'maml', criticalFraction: 0.1 } } }),
      /^retrain\.define\.mine\.criticalFraction: maml chooses no number/
    ],
    [retrain({ define: { mine: { base: 'ma', criticalShare: 0.1 } } }), /^retrain\.define\.mine\.criticalShare: ma favours no tasks/],
    [retrain({ define: { mine: { base: 'mr', mixedShare: 0.1 } } }), /^retrain\.define\.mine\.mixedShare: mr mixes no episodes/],
    [
      retrain({ define: { mine: { base: 'omega-only', mixedHorizon: 5 } } }),
      /^retrain\.define\.mine\.mixedHorizon: omega-only mixes no episodes/
    ],
    [retrain({ define: { mine: { base: 'xmrl', weight: 0.1 } } }), /^retrain\.define\.mine\.weight: xmrl is not regularised/],
    [retrain({ define: { mine: { base: 'ma', law: { beta: 99 } } } }), /^retrain\.define\.mine\.law/],
    [
      retrain({ define: { mine: { base: 'maml', cvar: { alpha: 0.1 } } } }),
      /^retrain\.define\.mine\.cvar: maml learns from whole meta-batches/
    ],
    [retrain({ define: { mine: { base: 'plr', roml: { beta: 0.1 } } } }), /^retrain\.define\.mine\.roml: plr does not draw by roml/],
    [retrain({ define: { mine: { base: 'cvar', plr: { staleness: 0.2 } } } }), /^retrain\.define\.mine\.plr: cvar does not draw by plr/],
    [
      retrain({ define: { mine: { base: 'minimax', criticalShare: 0.2 } } }),
      /^retrain\.define\.mine\.criticalShare: minimax favours no tasks/
    ],
    [retrain({ define: { mine: { base: 'roml', roml: { alpha: 0 } } } }), /^retrain\.define\.mine\.roml\.alpha/],
    [retrain({ define: { mine: { base: 'roml', roml: { betta: 1 } } } }), /^retrain\.define\.mine\.roml\.betta: unknown key.*beta/],
    [retrain({ cvar: { alpha: 1.1 } }), /^retrain\.cvar\.alpha/],
    [retrain({ define: { mine: { base: 'ma', explain: { rho: 0.1 } } } }), /^retrain\.define\.mine\.explain: ma uses no explanation/],
    [retrain({ define: { mine: { base: 'maml', rounds: 2 } } }), /^retrain\.define\.mine\.rounds: maml uses no explanation/],
    [
      retrain({ define: { mine: { base: 'omega-only', augment: { family: 'beta' } } } }),
      /^retrain\.define\.mine\.augment: omega-only mixes by no learned law/
    ],
    [
      retrain({ define: { mine: { base: 'xmrl', explain: { solvr: 'implicit' } } } }),
      /^retrain\.define\.mine\.explain\.solvr: unknown key; did you mean "retrain\.define\.mine\.explain\.solver"/
    ],
    [
      retrain({ define: { mine: { base: 'xmrl', explain: { alternating: { round: 3 } } } } }),
      /^retrain\.define\.mine\.explain\.alternating\.round: unknown key; did you mean .*rounds"/
    ],
    [
      retrain({ define: { mine: { base: 'xmrl', explain: { solver: 'implict' } } } }),
      /explain\.solver: unknown value "implict"; did you mean "implicit"/
    ],
    [
      retrain({ define: { mine: { base: 'xmrl', explain: { solver: 'alternating', groupCosine: 0.9 } } } }),
      /^retrain\.define\.mine\.explain\.groupCosine: the solver alternating/
    ],
    [
      retrain({ define: { mine: { base: 'xmrl', augment: { repair: 'lift' } } } }),
      /^retrain\.define\.mine\.augment\.repair: drone-planar has no body/
    ],
    [retrain({ define: { mine: { base: 'ma', mixedShare: 1 } } }), /^retrain\.define\.mine\.mixedShare: 1 mixes all 20/],
    [
      { environment: 'cheetah-vel/maml', ...retrain({ arms: ['mine'], define: { mine: { base: 'oracle', criticalShare: 0.2 } } }) },
      /^retrain\.arms: .*no rare tasks, so there is no mine arm/
    ]
  ]
  for (const [written, message] of cases) {
    const error = refused(written)
    t.is(error.code, 'ERR_SPEC_INVALID')
    t.regex(error.message, message)
  }
  const { spec } = defineExperiment({ retrain: { arms: ['mine', 'maml'], define: { mine: { base: 'mr', weight: 1e-6 } } } })
  t.deepEqual(spec.retrain.define, { mine: { base: 'mr', weight: 1e-6 } })
  t.is(defineExperiment({}).hash, defineExperiment({ retrain: { define: { mine: { base: 'ma', mixedShare: 0.1 } } } }).hash)
  // Nothing is filled in: a variant holds the keys that it replaces.
  const own = { base: 'xmrl', explain: { solver: 'implicit', damping: 5 }, rounds: 2 } as const
  const variant = defineExperiment({ retrain: { define: { own } } }).spec
  t.deepEqual(variant.retrain.define, { own })
  t.like(specOfArm(variant, own).explain, { solver: 'implicit', damping: 5, rho: 0.05, alternating: { rounds: 15 } })
})

test('the hash follows the values used, not how they were written, and not the seeds', (t) => {
  const plain = defineExperiment({})
  t.regex(plain.hash, /^[0-9a-f]{64}$/)
  t.is(defineExperiment({ explain: { rho: 0.05 } }).hash, plain.hash, 'a default written out')
  t.is(defineExperiment({ seeds: [0, 1, 2] }).hash, plain.hash)
  t.not(defineExperiment({ explain: { rho: 0.06 } }).hash, plain.hash)
})

test('canonical JSON does not depend on key order', (t) => {
  t.is(canonicalJson({ b: [1, { d: 2, c: 3 }], a: null }), '{"a":null,"b":[1,{"c":3,"d":2}]}')
  t.is(canonicalJson({ a: undefined, b: 0.1 }), '{"b":0.1}')
})

test('an experiment is frozen and detached from what the caller wrote', (t) => {
  const written: WrittenSpec = { seeds: [3] }
  const experiment = defineExperiment(written)
  written.seeds?.push(4)
  t.deepEqual(experiment.spec.seeds, [3])
  t.throws(() => {
    ;(experiment.spec.explain as { rho: number }).rho = 1
  })
})

test('overrides reach into objects and lists, their values are YAML', (t) => {
  const written = applyOverrides({ explain: { episodes: 100 } }, [
    'explain.rho=.1',
    'seeds=[0,1]',
    'train.phases.0.iterations=3',
    'learner.calculus=libtorch'
  ])
  const { spec } = defineExperiment(written)
  t.deepEqual([spec.explain.rho, spec.explain.episodes, spec.learner.calculus], [0.1, 100, 'libtorch'])
  t.deepEqual(spec.seeds, [0, 1])
  t.is(spec.train.phases[0].iterations, 3)
  t.is(spec.train.phases.length, 3, 'the other phases of the recipe stay')
})

test('an override that cannot be applied says why', (t) => {
  for (const [override, message] of [
    ['explain.rho', /key\.path=value/],
    ['seeds.0.x=1', /no keys/],
    ['train.phases.9.iterations=1', /not an index of a list of 3/],
    ['explain.rho=[', /not YAML/],
    ['a.__proto__.b=1', /forbidden/]
  ] as [string, RegExp][]) {
    const error = t.throws(() => applyOverrides({ seeds: [0] }, [override]), { instanceOf: XmrlError })
    t.is(error?.code, 'ERR_SPEC_INVALID')
    t.regex(error?.message ?? '', message)
  }
})

test('a spec file is YAML with keys; other texts are refused with the file name', (t) => {
  t.deepEqual(parseSpec('explain: { rho: .1 }\n'), { explain: { rho: 0.1 } })
  t.deepEqual(parseSpec(''), {})
  t.regex(t.throws(() => parseSpec('- a\n- b', 'x.yaml'))?.message ?? '', /^x\.yaml: .*a list/)
  t.regex(t.throws(() => parseSpec('a: [', 'x.yaml'))?.message ?? '', /^x\.yaml: not YAML/)
  t.regex(t.throws(() => parseSpec('a: 1\na: 2', 'x.yaml'))?.message ?? '', /unique/)
})

test('merge keys are merged, what they point at may stand under x-, and no tag is passed over', (t) => {
  const phases = (text: string) => (parseSpec(text, 'x.yaml') as { train: { phases: object[] } }).train.phases
  const first = '    - &first { iterations: 2, metaBatchSize: 6 }\n'
  t.deepEqual(phases(`train:\n  phases:\n${first}    - { <<: *first, iterations: 3 }\n    - { metaBatchSize: 7, <<: *first }\n`), [
    { iterations: 2, metaBatchSize: 6 },
    { iterations: 3, metaBatchSize: 6 },
    { metaBatchSize: 7, iterations: 2 }
  ])
  const far =
    'x-base: &base { iterations: 9 }\nx-more: &more { metaBatchSize: 4, iterations: 1 }\ntrain: { phases: [{ <<: [*base, *more] }] }\n'
  t.deepEqual(parseSpec(far), { train: { phases: [{ iterations: 9, metaBatchSize: 4 }] } })
  const cases: [string, RegExp][] = [
    ['policy:\n  hidden: !!python/tuple [16, 16]\n', /^x\.yaml: line 2: the tag !!python\/tuple stands for nothing here; leave it out$/],
    ['policy: !mine { hidden: [4] }', /^x\.yaml: line 1: the tag !mine stands for nothing here/],
    ['a: 1\n---\na: 2\n', /^x\.yaml: several documents/],
    ['explain: *gone\n', /^x\.yaml: not YAML: .*gone/],
    ['explain: { <<: 3 }\n', /^x\.yaml: not YAML: .*[Mm]erge/],
    ['explain: { rho: 1, rho: 2 }', /^x\.yaml: not YAML: .*unique/]
  ]
  for (const [text, message] of cases) t.throws(() => parseSpec(text, 'x.yaml'), { code: 'ERR_SPEC_INVALID', message }, text)
  t.throws(() => applyOverrides({}, ['policy.hidden=!!python/tuple [4]']), {
    code: 'ERR_SPEC_INVALID',
    message: /^--set policy\.hidden=.*: line 1: the tag !!python\/tuple stands for nothing here/
  })
})

test('every option has a default and a doc', (t) => {
  const schema = specJsonSchema() as { properties: Record<string, { properties?: Record<string, object>; description?: string }> }
  for (const [key, group] of Object.entries(schema.properties)) {
    t.truthy(group.description, key)
    for (const [name, option] of Object.entries(group.properties ?? {})) {
      t.true('description' in option, `${key}.${name} has no description`)
      t.true('default' in option, `${key}.${name} has no default`)
    }
  }
  t.true(specSchema.safeParse({}).success)
})

test('keys that came later leave the hash of an older experiment as it was', (t) => {
  // The record was flown before there were batches, averages and bounds on mixed episodes.
  const { specHash } = JSON.parse(readFileSync(new URL('../../docs/results/drone-planar-mild.json', import.meta.url), 'utf8'))
  const { hash } = defineExperiment({ environment: 'drone-planar', ...FIRST_METHOD })
  t.is(hash, specHash)
  for (const change of [
    { explain: { batches: 2 } },
    { explain: { average: 'median' } },
    { explain: { lengths: 'kept' } },
    { explain: { source: 'evaluation' } },
    { explain: { commonNumbers: true } },
    { explain: { verdict: {} } },
    { augment: { tasks: 3 } },
    { retrain: { mixedHorizon: 9 } },
    { retrain: { dose: {} } },
    { retrain: { reptileStep: {} } },
    { retrain: { lever: null } },
    { retrain: { lever: { iterations: 4 } } },
    { retrain: { audit: { tasks: 3 } } }
  ] as { explain?: object; retrain?: object; augment?: object }[]) {
    const explain = { ...FIRST_METHOD.explain, ...change.explain }
    const retrain = { ...FIRST_METHOD.retrain, ...change.retrain }
    t.not(defineExperiment({ environment: 'drone-planar', ...change, explain, retrain }).hash, hash)
  }
})

test('the hash covers what prices are, not where, and is as it was where there are none', (t) => {
  const of = (market: object, environment: Preset = 'stock/csv') => defineExperiment({ environment, market }).hash
  const [one, other] = ['1'.repeat(64), '2'.repeat(64)]
  t.is(of({ file: 'a.csv', sha256: one }), of({ file: 'b/c.csv', sha256: one }))
  t.not(of({ file: 'a.csv', sha256: one }), of({ file: 'a.csv', sha256: other }))
  t.false('market' in hashedPart(defineExperiment({}).spec))
  t.is(canonicalJson(hashedPart(defineExperiment({ environment: 'stock/sp20' }).spec)).includes('5f769c6d'), true)
  // What is allowed changes no number; by which rules prices are traded does, and older records had the first.
  t.is(of({ file: 'a.csv', sha256: one, allow: ['jumps'] }), of({ file: 'a.csv', sha256: one }))
  const [first, second] = [1, 2].map((rules) =>
    hashedPart(defineExperiment({ environment: 'stock/synthetic', market: { rules } } as object).spec)
  )
  t.false('market' in first)
  t.deepEqual((second as { market: object }).market, { rules: 2 })
  t.is(of({ rules: 1 }, 'drone-planar'), of({}, 'drone-planar'))
  t.regex(refused({ environment: 'stock/csv' }).message, /market\.file: stock\/csv needs the name of a CSV file/)
  t.regex(refused({ environment: 'stock/sp20', market: { file: 'a.csv' } }).message, /market\.file: stock\/sp20 reads no file/)
  t.regex(refused({ environment: 'stock/csv', market: { file: 'a.csv', sha256: 'abc' } }).message, /market\.sha256: .*64 hexadecimal/)
})
