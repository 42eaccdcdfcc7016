/** Whole runs on worlds of one's own: from files and from scripts, stopped and resumed, by several processes. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { defineExperiment, defineWorld, loadPolicy, loadRun, openRun, openWorld, runExperiment, type WrittenSpec } from '../../ts/index.js'
import { folder, outcome, TINY, xmrl } from '../helpers.js'
import { counter, POINT, point } from './worlds.js'

const { environment: _, ...SMALL } = TINY
const spec = (change: object) => ({ ...SMALL, ...change }) as unknown as WrittenSpec

/** A folder with the point's module and a specification of a small run on it. */
function project(path: string, change: object = {}): string {
  mkdirSync(join(path, 'worlds'), { recursive: true })
  copyFileSync(POINT, join(path, 'worlds', 'point.mjs'))
  const file = join(path, 'spec.json')
  writeFileSync(file, JSON.stringify({ ...SMALL, environment: './worlds/point.mjs', ...change }))
  return file
}

test('a run from a spec file goes through every stage, and is the same in several processes and after a stop', async (t) => {
  const path = folder(t)
  const file = project(path, { seeds: [0, 1] })
  const [whole, shared, stopped] = ['whole', 'shared', 'stopped'].map((name) => join(path, name))
  const first = await xmrl(['run', file, '--out', whole, '--threads', '1'])
  t.is(first.code, 0, first.stderr)
  const side = await xmrl(['run', file, '--out', shared, '--jobs', '2', '--threads', '2'])
  t.is(side.code, 0, side.stderr)
  const seeds = (out: string) => [0, 1].map((seed) => outcome(join(out, `seed-${seed}`)))
  t.deepEqual(seeds(shared), seeds(whole), 'two processes of two threads')
  let iterations = 0
  const interrupted = await xmrl(['run', file, '--out', stopped, '--json'], {
    line: (text, kill) => {
      if (text.startsWith('{"type":"iteration"') && ++iterations === 5) kill('SIGINT')
    }
  })
  t.is(interrupted.code, 75, interrupted.stderr)
  const rest = await xmrl(['run', file, '--out', stopped, '--resume'])
  t.is(rest.code, 0, rest.stderr)
  t.deepEqual(seeds(stopped), seeds(whole), 'stopped and gone on with')
  const run = await loadRun(whole)
  t.is(run.experiment.spec.environment, 'point-2d')
  t.is(run.manifest.preset, 'point-2d')
  t.is(run.experiment.spec.world?.source, join(path, 'worlds', 'point.mjs'))
  t.is(run.seeds[0].records.tasks?.preset, 'point-2d')
  t.truthy(run.table)
  t.regex(readFileSync(join(whole, 'report.html'), 'utf8'), /point-2d/)
})

test('a module that has changed is another experiment', async (t) => {
  const path = folder(t)
  const file = project(path)
  const out = join(path, 'run')
  t.is((await xmrl(['run', file, '--out', out, '--until', 'train'])).code, 0)
  const module = join(path, 'worlds', 'point.mjs')
  writeFileSync(module, readFileSync(module, 'utf8').replace('0.8', '0.9'))
  const again = await xmrl(['run', file, '--out', out, '--resume'])
  t.is(again.code, 1)
  t.regex(again.stderr, /ERR_RUN_EXISTS: .* a run of another spec \(world\.sha256/)
  const stage = await xmrl(['explain', out])
  t.is(stage.code, 1)
  t.regex(stage.stderr, /ERR_RUN_EXISTS: environment: .*point\.mjs has changed since the run began/)
  // Put back, it goes on.
  copyFileSync(POINT, module)
  t.is((await xmrl(['run', file, '--out', out, '--resume', '--until', 'evaluate'])).code, 0)
})

test('an exception in a world’s code ends the run with the user’s stack, and the run goes on when it is mended', async (t) => {
  const path = folder(t)
  const module = join(path, 'faulty.mjs')
  // What decides is read from a file, so that the source, and the experiment, stay the same.
  const broken = join(path, 'broken')
  writeFileSync(
    module,
    `import { existsSync } from 'node:fs'
import point from ${JSON.stringify(pathToFileURL(POINT).href)}
let steps = 0
export default { ...point, step(batch) {
  if (steps++ > 300 && existsSync(${JSON.stringify(broken)})) throw new TypeError('no wind today')
  point.step(batch)
} }`
  )
  const out = join(path, 'run')
  writeFileSync(broken, '')
  const run = await xmrl(['run', module, ...set(SMALL), '--out', out])
  t.is(run.code, 1)
  t.regex(run.stderr, /ERR_WORLD: .*point-2d: step threw TypeError: no wind today/)
  t.regex(run.stderr, /\n {4}at .*step.*faulty\.mjs:5:\d+/)
  writeFileSync(broken, '')
  const parallel = await xmrl(['run', module, ...set(SMALL), '--seeds', '0,1', '--jobs', '2', '--out', join(path, 'two')])
  t.is(parallel.code, 1)
  t.regex(parallel.stderr, /2 of 2 seeds failed: seed 0: .*no wind today[\s\S]*faulty\.mjs:5/)
  const { unlinkSync } = await import('node:fs')
  unlinkSync(broken)
  const mended = await xmrl(['run', module, ...set(SMALL), '--out', out, '--resume'])
  t.is(mended.code, 0, mended.stderr)
  const fresh = join(path, 'fresh')
  t.is((await xmrl(['run', module, ...set(SMALL), '--out', fresh])).code, 0)
  t.deepEqual(outcome(out), outcome(fresh), 'nothing was lost')
})

/** A specification as overrides of the command line. */
const set = (written: object) => Object.entries(written).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`])

test('a script hands a world over, adapts its policy to it, and goes on with its run', async (t) => {
  const out = join(folder(t), 'run')
  const world = defineWorld({ ...(await point()) })
  const experiment = defineExperiment(spec({ environment: world }))
  t.is(experiment.spec.world?.kind, 'object')
  const run = await runExperiment(experiment, { out, until: 'evaluate', threads: 1 })
  t.is(run.seeds[0].records.evaluations.theta_0.pools.evaluation.streams[0].returns.length, 6)
  const policy = await loadPolicy(out)
  const [adapted] = await policy.adapt(world, [[1, 1]], { episodes: 8, threads: 1 })
  t.is(adapted.act(new Float64Array(8)).length, 4)
  await t.throwsAsync(policy.adapt(world, [[9, 1]]), { code: 'ERR_TASK', message: /goal x = 9 is outside/ })
  await t.throwsAsync(async () => await (await openRun(out)).explain(), { code: 'ERR_USAGE', message: /handed over by a script/ })
  const again = await (await openRun(out, experiment)).explain()
  t.truthy(again.seeds[0].records.explanation)
  await t.throwsAsync(
    async () => await runExperiment(defineExperiment(spec({ environment: world, seeds: [0, 1] })), { out, jobs: 2, resume: true }),
    {
      code: 'ERR_USAGE',
      message: /handed over by a script.*module: import\.meta\.url/
    }
  )
})

test('states that cannot be mixed leave augmentation out, and it is said', async (t) => {
  const out = join(folder(t), 'run')
  // Without bounds, those of the tasks stand for them.
  const world = defineWorld({ ...(await point()), mix: false, task: { names: ['goal x', 'goal y'] } })
  const notes: string[] = []
  const work = runExperiment(spec({ environment: world }), { out, threads: 1 })
  for await (const event of work) if (event.type === 'note') notes.push(event.text)
  t.true(notes.some((text) => /^point-2d: states cannot be mixed, so nothing is augmented/.test(text)))
  const { seeds, table } = await work
  const { augmentation, arms, tasks } = seeds[0].records
  const goals = Object.values(tasks?.pools ?? {}).flatMap(({ values }) => values)
  t.deepEqual(
    tasks?.taskLow,
    [0, 1].map((k) => Math.min(...goals.map((goal) => goal[k])))
  )
  t.regex(readFileSync(join(out, 'report.html'), 'utf8'), /Nothing was augmented in point-2d: two states of it cannot be mixed/)
  t.is(augmentation, undefined)
  t.deepEqual(Object.keys(arms).sort(), ['maml', 'xmrl'])
  t.truthy(table)
  t.throws(() => defineExperiment(spec({ environment: world, retrain: { arms: ['xmrl', 'ma'] } })), {
    code: 'ERR_SPEC_INVALID',
    message: /retrain\.arms: states of point-2d cannot be mixed, and ma does nothing else/
  })
})

test('a mixing function of one’s own is called, and its faults end the stage', async (t) => {
  const out = folder(t)
  const lambdas = new Set<number>()
  const half = defineWorld({
    ...(await point()),
    mix(lambda, a, b, out) {
      lambdas.add(lambda)
      for (let k = 0; k < 4; k++) out[k] = lambda * a[k] + (1 - lambda) * b[k]
    },
    feasible: (state) => Math.abs(state[0]) < 1.5
  })
  const straight = defineWorld({ ...(await point()), feasible: (state) => Math.abs(state[0]) < 1.5 })
  const options = { threads: 1 }
  const own = await runExperiment(spec({ environment: half }), { ...options, out: join(out, 'own'), until: 'augment' })
  const line = await runExperiment(spec({ environment: straight }), { ...options, out: join(out, 'line'), until: 'augment' })
  t.true(lambdas.size > 10)
  t.deepEqual(own.seeds[0].records.augmentation, line.seeds[0].records.augmentation, 'the same function, the same bits')
  const faulty = defineWorld({
    ...(await point()),
    mix: () => {
      throw new Error('not today')
    }
  })
  await t.throwsAsync(
    async () => await runExperiment(spec({ environment: faulty }), { ...options, out: join(out, 'faulty'), until: 'augment' }),
    {
      code: 'ERR_WORLD',
      message: /point-2d: mix threw Error: not today/
    }
  )
})

test('where a world is not found, or is none, is said', async (t) => {
  const path = folder(t)
  const made = (name: string, text: string) => {
    const file = join(path, name)
    writeFileSync(file, text)
    return file
  }
  const refused = (place: string, message: RegExp) => t.throwsAsync(openWorld(place, path), { code: 'ERR_SPEC_INVALID', message })
  await refused('./none.mjs', /environment: no file .*none\.mjs/)
  await refused(made('empty.mjs', ''), /empty\.mjs has no default export; write: export default defineWorld/)
  await refused(made('torn.mjs', 'export default {\n  name: }'), /torn\.mjs does not load: Unexpected token '}'/)
  await refused(made('lacking.mjs', "import 'not-there-at-all'"), /Cannot find package 'not-there-at-all'/)
  await refused(
    made('line.mjs', 'export default {\n  name: "torn",\n  horizon 50\n}'),
    /line\.mjs does not load: Unexpected number \(\/.*\/line\.mjs:3\)/
  )
  await refused(
    made('around.mjs', 'import world from "./line.mjs"\nexport default world'),
    /around\.mjs does not load: Unexpected number \(\/.*\/line\.mjs:3\)/
  )
  await refused(made('three.mjs', 'export default 3'), /the default export of \/.*\/three\.mjs: a world: expected an object, found 3$/)
  const index = JSON.stringify(new URL('../../ts/index.ts', import.meta.url).href)
  await refused(
    made('key.mjs', `import { defineWorld } from ${index}\nexport default defineWorld({\n  name: 'never', mixx: 1 })`),
    /key\.mjs does not load: world "never": mixx: unknown key; did you mean "mix"\? \(file:\/\/.*\/key\.mjs:2:\d+\)$/
  )
  await refused(made('wrong.mjs', 'export default { name: "wrong" }'), /world "wrong": observation: expected an object, found undefined/)
  t.throws(() => defineExperiment({ environment: './point.mjs' }), {
    code: 'ERR_SPEC_INVALID',
    message: /await openWorld\('\.\/point\.mjs'\)/
  })
  t.throws(() => defineExperiment({ environment: 'drone-planer' as 'drone-planar' }), {
    code: 'ERR_PRESET_UNKNOWN',
    message: /drone-planar/
  })
  const missing = await xmrl(['run', './none.mjs'], { cwd: path })
  t.is(missing.code, 2)
  t.regex(missing.stderr, /no file/)
})

test('the hash of a module is of what it imports by path, too, and not of where it lies', async (t) => {
  const path = folder(t)
  const place = (name: string, text: string) => {
    mkdirSync(join(path, name))
    writeFileSync(join(path, name, 'rules.mjs'), `export const gain = ${text}`)
    const body = readFileSync(POINT, 'utf8')
      .replace('const DT', "import { gain } from './rules.mjs'\nconst DT")
      .replace('DT * 8', 'DT * gain')
    writeFileSync(join(path, name, 'point.mjs'), body)
    return join(path, name, 'point.mjs')
  }
  const [a, b, c] = [await openWorld(place('a', '8')), await openWorld(place('b', '8')), await openWorld(place('c', '9'))]
  t.is(a.record.sha256, b.record.sha256)
  t.not(a.record.sha256, c.record.sha256)
  const hash = (world: typeof a) => defineExperiment(spec({ environment: world })).hash
  t.is(hash(a), hash(b))
  t.not(hash(a), hash(c))
  t.not(hash(a), defineExperiment(spec({ environment: defineWorld(counter()) })).hash)
})
