/** Ways to name a specification, and the files that it names. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { written } from '../../ts/cli/run.js'
import { encodeTensors } from '../../ts/policies/index.js'
import { initialWeights, readSpecFile } from '../../ts/run/index.js'
import { defineExperiment } from '../../ts/spec/index.js'
import { command, commandLine, folder, xmrl } from '../helpers.js'
import { priceFile } from '../market/made.js'

const none = { set: [] }
const SPEC = 'environment: drone-planar/uniform\nexplain: { rho: .1 }\n'

test('a spec file is found by what it is: any suffix or none, UTF-16, JSON', (t) => {
  const dir = folder(t)
  const at = (name: string, content: string | Buffer = SPEC) => {
    writeFileSync(join(dir, name), content)
    return join(dir, name)
  }
  const utf16 = Buffer.from(`\ufeff${SPEC}`, 'utf16le')
  const files = [
    at('small.YAML'),
    at('small'),
    at('small.yml'),
    at('drone.conf'),
    at('small.Json', '{"environment":"drone-planar/uniform","explain":{"rho":0.1}}'),
    at('windows.yaml', utf16),
    at('big.yaml', Buffer.from(utf16).swap16()),
    at('mark.yaml', `\ufeff${SPEC}`)
  ]
  for (const file of files) {
    const { spec } = written(file, none)
    t.deepEqual(spec, { environment: 'drone-planar/uniform', explain: { rho: 0.1 } }, file)
  }
  t.is(written(files[1], none).text, SPEC)
  t.deepEqual(written('drone-planar', none), { spec: { environment: 'drone-planar' } })
  // What is no file is a preset, so that a misspelt one offers the nearest name.
  t.throws(() => defineExperiment(written('drone-planer', none).spec), {
    code: 'ERR_PRESET_UNKNOWN',
    message: /did you mean "drone-planar"/
  })
  t.throws(() => written(join(dir, 'none.YML'), none), { code: 'ERR_SPEC_INVALID', message: /none\.YML: no such preset or spec file/ })
  t.throws(() => written(dir, none), { code: 'ERR_SPEC_INVALID', message: /a folder; name a preset or a spec file/ })
  t.throws(() => written(at('p.safetensors', Buffer.from([8, 0, 0, 0, 0, 0, 0, 0])), none), {
    code: 'ERR_SPEC_INVALID',
    message: /it is binary/
  })
})

test('a specification without a key is refused: nobody asked for the default experiment', async (t) => {
  const dir = folder(t)
  for (const [name, text] of [
    ['empty.yaml', ''],
    ['null.yaml', 'null\n'],
    ['comment.yaml', '# nothing yet\n---\n'],
    ['keys.json', '{}'],
    ['aside.yaml', 'x-many: &many 3\n']
  ]) {
    writeFileSync(join(dir, name), text)
    t.throws(() => written(join(dir, name), none), {
      code: 'ERR_SPEC_INVALID',
      message: /: empty; write at least "environment: drone-planar"$/
    })
  }
  const piped = await xmrl(['run', '-', '--out', join(dir, 'out')])
  t.is(piped.code, 2)
  t.is(piped.stderr, 'ERR_SPEC_INVALID: standard input: empty; write at least "environment: drone-planar"\n')
})

/** A policy of another program for `import`, which reads a specification and needs no libtorch. */
function policy(dir: string): string {
  const tensors = { a: { shape: [4, 4], values: new Float64Array(16) }, b: { shape: [2, 4], values: new Float64Array(8) } }
  writeFileSync(join(dir, 'p.safetensors'), encodeTensors(tensors, 'pt'))
  const layers = ['a', 'b'].map((weight) => ({ weight, bias: null }))
  writeFileSync(join(dir, 'l.json'), JSON.stringify({ layers, orientation: 'out-in', activation: 'tanh', logStd: 0 }))
  return `import ${dir}/p.safetensors --layout ${dir}/l.json --out`
}

test('a specification comes through standard input, a slow pipe and a substituted process', async (t) => {
  const dir = folder(t)
  writeFileSync(join(dir, 'spec'), 'environment: drone-planar\npolicy: { hidden: [4] }\n')
  writeFileSync(join(dir, 'bad'), 'environment: drone-planar\npolicy: { hiden: [4] }\n')
  const line = [process.execPath, ...commandLine].map((word) => `'${word}'`).join(' ')
  const shell = (text: string) => command('bash', ['-c', text])
  const start = `${line} ${policy(dir)}`
  const done = await Promise.all([
    shell(`(sleep .3; cat ${dir}/spec) | ${start} ${dir}/1 --preset -`),
    shell(`cat ${dir}/spec | ${start} ${dir}/2 --preset /dev/stdin`),
    shell(`${start} ${dir}/3 --preset <(cat ${dir}/spec)`)
  ])
  // The policy is the specification's, so that no key has to be set for it.
  for (const { code, stdout, stderr } of done) t.true(code === 0 && !stdout.includes('policy.hidden'), stderr)
  const bad = await shell(`${start} ${dir}/4 --preset - < ${dir}/bad`)
  t.is(bad.code, 2)
  t.regex(bad.stderr, /^ERR_SPEC_INVALID: policy\.hiden: unknown key; did you mean "policy\.hidden"/)
})

const STOCK = `environment: stock/csv
market: { file: prices-1.csv }
tasks: { training: 4, evaluation: 3, heldOut: 3 }
policy: { hidden: [4] }
evaluate: { adaptations: 1, supportEpisodes: 2, queryEpisodes: 2 }
train: { phases: [{ iterations: 1, metaBatchSize: 2, supportEpisodes: 2, queryEpisodes: 2 }] }
`

/** A folder with a spec file and its prices, and another folder. */
function project(t: ExecutionContext): { dir: string; spec: string } {
  const dir = folder(t)
  for (const name of ['project', 'elsewhere']) mkdirSync(join(dir, name))
  priceFile(join(dir, 'project'))
  const spec = join(dir, 'project', 'stock.yaml')
  writeFileSync(spec, STOCK)
  return { dir, spec }
}

test('files of a spec file count from its folder, and a run goes on from any other', async (t) => {
  const { dir, spec } = project(t)
  const out = join(dir, 'run')
  const begun = await xmrl(['run', 'project/stock.yaml', '--until', 'train', '--out', 'run'], { cwd: dir })
  t.is(begun.code, 0, begun.stderr)
  const hash = () => JSON.parse(readFileSync(join(out, 'resolved.json'), 'utf8')).hash
  const first = hash()
  t.is(readFileSync(join(out, 'spec.yaml'), 'utf8'), STOCK)
  const on = await xmrl(['run', spec, '--until', 'train', '--out', '../run', '--resume'], { cwd: join(dir, 'elsewhere') })
  t.is(on.code, 0, on.stderr)
  // A run knows where its prices are, wherever one stands.
  const stage = await xmrl(['train', '../run'], { cwd: join(dir, 'elsewhere') })
  t.is(stage.code, 0, stage.stderr)
  t.is(hash(), first)
  writeFileSync(spec, STOCK.replace('prices-1', 'prices-2'))
  const gone = await xmrl(['run', spec, '--until', 'train', '--out', '../other'], { cwd: join(dir, 'elsewhere') })
  t.true(gone.code === 1 && gone.stderr.includes(`no file ${join(dir, 'project', 'prices-2.csv')}`), gone.stderr)
})

test('initial weights count from the spec file, those of --set from the working directory; the hash has the name as it was written', (t) => {
  const dir = folder(t)
  for (const name of ['one', 'two']) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 'p.safetensors'), name)
    writeFileSync(join(dir, name, 'spec.yaml'), 'train: { initial: p.safetensors, phases: [] }\n')
  }
  const bytes = (spec: ReturnType<typeof defineExperiment>['spec']) =>
    Buffer.from(initialWeights(spec.train.initial as string, spec.train.initialFrom, join(dir, 'run')).bytes).toString()
  const [one, two] = ['one', 'two'].map((name) => defineExperiment(readSpecFile(join(dir, name, 'spec.yaml')).written))
  t.deepEqual([bytes(one.spec), bytes(two.spec)], ['one', 'two'])
  t.is(one.hash, two.hash)
  t.is(one.hash, defineExperiment({ train: { initial: 'p.safetensors', phases: [] } }).hash)
  const flags = { set: [`train.initial=${join(dir, 'two', 'p.safetensors')}`] }
  t.is(bytes(defineExperiment(written(join(dir, 'one', 'spec.yaml'), flags).spec).spec), 'two')
  const here = written(join(dir, 'one', 'spec.yaml'), { set: ['train.initial=x/q.safetensors', 'market.file=a.csv'] }).spec
  t.is(here.train?.initialFrom, process.cwd())
  t.is(here.market?.file, join(process.cwd(), 'a.csv'))
  t.is(written(join(dir, 'one', 'spec.yaml'), { set: ['explain.rho=.2'] }).spec.train?.initialFrom, join(dir, 'one'))
  const gone = t.throws(() => initialWeights('~/xmrl no such weights', join(dir, 'one'), join(dir, 'run')))
  t.is(gone?.message, `train.initial: no file ${join(homedir(), 'xmrl no such weights')}`)
})

test('the spec.yaml that a run keeps is another run’s: its files are where the first found them', async (t) => {
  const { dir } = project(t)
  mkdirSync(join(dir, 'run'))
  const there = join(dir, 'project', 'prices-1.csv')
  const { spec } = defineExperiment(written(join(dir, 'project', 'stock.yaml'), none).spec)
  writeFileSync(join(dir, 'run', 'spec.yaml'), STOCK)
  t.is(written(join(dir, 'run', 'spec.yaml'), none).spec.market?.file, join(dir, 'run', 'prices-1.csv'), 'no run lies beside it')
  writeFileSync(join(dir, 'run', 'resolved.json'), JSON.stringify({ version: 1, hash: 'x', spec }))
  t.is(written(join(dir, 'run', 'spec.yaml'), none).spec.market?.file, there)
  writeFileSync(join(dir, 'run', 'spec.yaml'), STOCK.replace('tasks: { training: 4', 'tasks: { training: { file: goals.csv }'))
  const tasks = { ...spec.tasks, training: { file: join(dir, 'project', 'goals.csv') } }
  writeFileSync(join(dir, 'run', 'resolved.json'), JSON.stringify({ version: 1, hash: 'x', spec: { ...spec, tasks } }))
  const training = () => written(join(dir, 'run', 'spec.yaml'), none).spec.tasks?.training
  t.deepEqual(training(), { file: join(dir, 'project', 'goals.csv') })
  // What lies beside it is meant.
  writeFileSync(join(dir, 'run', 'goals.csv'), '')
  t.deepEqual(training(), { file: join(dir, 'run', 'goals.csv') })
})
