/** Options of public functions: whoever misspells one, or gives it something else, is told so by name. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as xmrl from '../../ts/index.js'
import { TINY } from '../helpers.js'

const { XmrlError } = xmrl
const work = mkdtempSync(join(tmpdir(), 'xmrl-options-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))

const experiment = xmrl.defineExperiment({ ...TINY, seeds: [0] } as xmrl.WrittenSpec)
const { spec } = experiment
const out = join(work, 'run')
const tasks = [[8, 3]]
// Called as scripts without types call them.
// biome-ignore lint/suspicious/noExplicitAny: what is given is wrong on purpose
type Given = any

let policy: xmrl.Policy
test.before(async () => {
  await xmrl.runExperiment(experiment, { out, until: 'train' })
  policy = await xmrl.loadPolicy(out)
})

/** Every public function that takes options, called with `options` and for the rest rightly. */
const CALLS: Record<string, (options: Given) => unknown> = {
  runExperiment: (options) => xmrl.runExperiment(experiment, { out: join(work, 'none'), ...options }),
  openRun: (options) => xmrl.openRun(out, experiment, options),
  createWorlds: (options) => xmrl.createWorlds('drone-planar', { tasks, ...options }),
  loadPolicy: (options) => xmrl.loadPolicy(out, options),
  act: (options) => policy.act(new Float64Array(policy.observationSize), options),
  adapt: (options) => policy.adapt('drone-planar', tasks, options),
  checkWorld: (options) => xmrl.checkWorld('point-nav', options),
  exportOnnx: (options) => xmrl.exportOnnx(policy.checkpoint(), spec, options),
  tensorboardFiles: async (options) => xmrl.tensorboardFiles(await xmrl.loadRun(out), options),
  findLayout: (options) => xmrl.findLayout({}, spec, options),
  loadPrices: (options) => xmrl.loadPrices('drone-planar', options),
  sampleTasks: (options) => xmrl.sampleTasks('drone-planar', 'training', 0, 2, undefined, { law: 'rare', ...options }),
  buildTable: (options) => xmrl.buildTable([{ seed: 0 } as Given], options),
  pairedBootstrap: (options) => xmrl.pairedBootstrap([[1, 2]], options),
  Bootstrap: (options) => new xmrl.Bootstrap(options),
  Learner: (options) => new xmrl.Learner(spec, 0, options),
  runTheory: (options) => xmrl.runTheory(options)
}

/** What a call throws, at once or later. */
async function thrown(call: () => unknown): Promise<unknown> {
  try {
    await call()
  } catch (error) {
    return error
  }
  return undefined
}

test('a key that no public function knows is ERR_USAGE with its name and what there is', async (t) => {
  for (const [name, call] of Object.entries(CALLS)) {
    const error = await thrown(() => call({ zzqqzz: 1 }))
    t.true(XmrlError.is(error, 'ERR_USAGE'), `${name}: ${error}`)
    t.regex(String((error as Error)?.message), /^zzqqzz: no such option of [a-zA-Z ]+; known: \w+/, name)
    for (const options of [3, 'none', null, []]) {
      if (['runExperiment', 'createWorlds', 'sampleTasks'].includes(name)) continue
      const wrong = await thrown(() => call(options))
      t.true(XmrlError.is(wrong, 'ERR_USAGE'), `${name}(${JSON.stringify(options)}): ${wrong}`)
      t.regex(String((wrong as Error)?.message), /^options of \w+: give an object of \w+/, name)
    }
  }
})

test('what public functions take is what their declarations say: none with options is left out', async (t) => {
  const { readFileSync } = await import('node:fs')
  const listed = readFileSync(new URL('../../ts/index.ts', import.meta.url), 'utf8').match(/type \w+(Options|Hints|Source)\b/g) ?? []
  // ComputeOptions are Learner's; the two of policies are loadPolicy's; those of the table and the bootstrap are three calls.
  t.deepEqual(
    [...new Set(listed)].sort(),
    [
      'type ActOptions',
      'type AdaptOptions',
      'type BootstrapOptions',
      'type CheckOptions',
      'type ComputeOptions',
      'type FilePolicyOptions',
      'type LayoutHints',
      'type OnnxOptions',
      'type OpenRunOptions',
      'type PriceSource',
      'type RunOptions',
      'type RunPolicyOptions',
      'type TableOptions',
      'type TensorboardOptions',
      'type TheoryOptions',
      'type WorldsOptions'
    ],
    'a new one gets its line in CALLS above'
  )
})

test('a key that is misspelt, or holds something else, says what was perhaps meant', async (t) => {
  const cases: [call: keyof typeof CALLS, options: Given, message: RegExp][] = [
    ['runExperiment', { until: 'trian' }, /^until: give "train", .*, not "trian"; did you mean "train"\?$/],
    ['runExperiment', { device: 'gpu' }, /^device: give "auto", "cpu" or "cuda", not "gpu"$/],
    ['runExperiment', { jobs: -1 }, /^jobs: give a whole number from 1 to \d+, or "cores", not -1$/],
    ['runExperiment', { jobs: 1.5 }, /^jobs: .*, not 1\.5$/],
    ['runExperiment', { out: 3 }, /^out: give a path, not 3$/],
    ['runExperiment', { out: undefined }, /^out: runExperiment needs it; out: give a path$/],
    ['runExperiment', { signal: 3 }, /^signal: give the signal of an AbortController, not 3$/],
    ['runExperiment', { resume: 'yes' }, /^resume: give true or false, not "yes"$/],
    ['runExperiment', { rollouts: 'auto' }, /^rollouts: /],
    ['openRun', { jobs: 'core' }, /^jobs: .* not "core"; did you mean "cores"\?$/],
    ['openRun', { until: 'train' }, /^until: no such option of openRun/],
    ['act', { means: true }, /^means: no such option of act; did you mean "mean"\?$/],
    ['act', { mean: 1 }, /^mean: give true or false, not 1$/],
    ['loadPolicy', { arms: 'xmrl' }, /^arms: no such option of loadPolicy; did you mean "arm"\?$/],
    ['loadPolicy', { arm: 3 }, /^arm: give a text, not 3$/],
    ['adapt', { episode: 20 }, /^episode: no such option of adapt; did you mean "episodes"\?$/],
    ['adapt', { episodes: 1.5 }, /^episodes: give a whole number/],
    ['adapt', { ids: 3 }, /^ids: give a list/],
    ['createWorlds', { thread: 2 }, /^thread: no such option of createWorlds; did you mean "threads"\?$/],
    ['createWorlds', { threads: '2' }, /^threads: give a whole number from 1 to \d+, not "2"$/],
    ['createWorlds', { tasks: undefined }, /^tasks: createWorlds needs it; tasks: give one row of task parameters per task$/],
    ['Learner', { device: 'gpu' }, /^device: /],
    ['exportOnnx', { dtype: 'float16' }, /^dtype: give "mixed", "float32" or "float64", not "float16"/],
    ['tensorboardFiles', { step: 'steps' }, /^step: /],
    ['pairedBootstrap', { level: 95 }, /^level: give a number between 0 and 1, not 95$/],
    ['sampleTasks', { end: 'hihg' }, /^end: give "low" or "high", not "hihg"; did you mean "high"\?$/],
    ['runTheory', { seen: 3 }, /^seen: give a function, not 3$/]
  ]
  for (const [call, options, message] of cases) {
    const error = await thrown(() => CALLS[call](options))
    t.true(XmrlError.is(error, 'ERR_USAGE'), `${call} ${JSON.stringify(options)}: ${error}`)
    t.regex(String((error as Error)?.message), message)
  }
})

test('arguments that are none of what a function takes are an XmrlError too', async (t) => {
  const any: Given = xmrl
  const cases: [call: () => unknown, message: RegExp][] = [
    [() => any.runExperiment(experiment), /^options of runExperiment: give an object with at least out, not undefined$/],
    [() => any.runExperiment('drone-planar', { out }), /^experiment: give what defineExperiment gives, .*, not "drone-planar"$/],
    [() => any.runExperiment(undefined, { out }), /^experiment: .*, not undefined$/],
    [() => any.openRun(3), /^out: give a path, not 3$/],
    [() => any.openRun(out, 'drone-planar'), /^experiment: /],
    [() => any.createWorlds('drone-planar'), /^options of createWorlds: give an object with at least tasks, not undefined$/],
    [() => any.createWorlds(undefined, { tasks }), /^where: give an environment preset or a world of one's own, not undefined$/],
    [() => any.createWorlds({}, { tasks }), /^where: /],
    [() => any.loadPolicy(3), /^path: give a path, not 3$/],
    [() => any.loadPolicy(), /^path: give a path, not undefined$/],
    [() => any.loadRun(), /^directory: give a path, not undefined$/],
    [() => any.sampleTasks(undefined, 'training', 0, 1), /^where: /],
    [() => any.sampleTasks('drone-planar', 'trainig', 0, 1), /^pool: .*did you mean "training"\?$/],
    [() => any.market(3), /^preset: give an environment preset, not 3$/],
    [() => any.loadPrices(3), /^preset: give an environment preset, not 3$/],
    [() => policy.adapt(3 as Given, tasks), /^where: /],
    [() => new any.Learner(undefined, 0), /^spec: give what defineExperiment gives as spec, not undefined$/]
  ]
  for (const [call, message] of cases) {
    const error = await thrown(call)
    t.true(XmrlError.is(error, 'ERR_USAGE'), `${message}: ${error}`)
    t.regex(String((error as Error)?.message), message)
  }
})

test('keys that are undefined are as absent', (t) => {
  t.notThrows(() => xmrl.createWorlds('drone-planar', { tasks, threads: undefined, zzqqzz: undefined } as Given).dispose())
})
