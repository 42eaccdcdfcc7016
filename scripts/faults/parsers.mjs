// Everything that reads bytes which somebody else wrote, each with inputs that are good.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/terminal.mjs'
import { product } from './product.mjs'
import { Running, specFile, TINY } from './runs.mjs'
import { changedMessage, changedTensors } from './structures.mjs'

const { applyOverrides, defineExperiment, parseSeeds, parseSpec, registered } = await product('spec/index')
const { parsePrices } = await product('market/index')
const { readTaskFile } = await product('tasks/file')
const { readEvents } = await product('run/metrics')
const { readManifest } = await product('run/checkpoint')
const { readManifestFile } = await product('run/directory')
const { readRecordFile, readResolved, readStudyFile } = await (async () => ({
  ...(await product('run/store')),
  ...(await product('run/resolved')),
  ...(await product('run/files'))
}))()
const { encodeTensors, layoutOf, parseLayout, readTensors, weightsOf } = await product('policies/index')
const { exportOnnx } = await product('exports/index')
const { Learner } = await product('stages/index')
const { readSweepFile } = await product('sweep/index')

const bytesOf = (...texts) => texts.map((text) => Buffer.from(text))
const days = Array.from({ length: 12 }, (_, day) => `2020-01-${String(day + 1).padStart(2, '0')}`)

const zeros = (...shape) => ({ shape, values: new Float64Array(shape.reduce((product, size) => product * size, 1)) })
/** A policy as another program has it. */
const OTHERS = { '0.weight': zeros(8, 4), '0.bias': zeros(8), '2.weight': zeros(2, 8), '2.bias': zeros(2) }

/**
 * The parsers by name: `good` inputs, and `parse`, which throws typed errors alone. `change`: a change that keeps to the build of such a file, which
 * half of the inputs get; `names`: what every error says; `refused`: nothing is ever taken.
 * @param {string} place a folder of its own, in which a run is made whose files are good inputs
 */
export async function parsers(place) {
  const run = join(place, 'run')
  const made = new Running(['run', specFile(place), '--out', run, '--threads', '1', '--json'])
  if ((await made.ended) !== 0) throw new Error(`no run to take files from: ${made.stderr}`)
  const seed = join(run, 'seed-0')
  const read = (...names) => readFileSync(join(...names))
  const checkpoint = readdirSync(join(seed, 'checkpoints')).find((name) => name.startsWith('train-'))
  const weights = read(seed, 'checkpoints', checkpoint, 'weights.safetensors')
  const { spec } = defineExperiment(TINY)
  const learner = new Learner(spec, 0, { device: 'cpu', threads: 1 })
  const records = readdirSync(join(seed, 'results')).map((name) => name.replace('.json', ''))
  /** Work on a file whose bytes are the input. */
  const inFile = (name, work) => {
    const file = join(place, name)
    return (bytes) => {
      writeFileSync(file, bytes)
      return work(file)
    }
  }
  /** A policy of another program, as `xmrl import` reads it. */
  const imported = (file) => {
    const tensors = readTensors(file)
    const { layout } = layoutOf(file, tensors, spec, { hints: { activation: 'tanh', logStd: 0 } })
    return weightsOf(file, tensors, layout, spec)
  }
  const study = join(root, 'docs', 'results', 'ant-vel.json')
  return {
    spec: {
      good: bytesOf(
        JSON.stringify(TINY),
        'environment: drone-planar\nseeds: [0, 1, 2]\ntasks: {training: {law: rare, share: .1, part: .4, end: high, count: 40}}\n',
        '# a comment\nexplain:\n  solver: neumann\n  rho: .1\nretrain:\n  arms: [xmrl, maml]\n  define:\n    mine: {base: xmrl, criticalFraction: .1}\n'
      ),
      parse: (bytes) => defineExperiment(parseSpec(bytes.toString('utf8'), 'spec.yaml'))
    },
    overrides: {
      good: bytesOf(
        'explain.rho=0.1',
        'train.phases.0.iterations=5',
        'retrain.arms=[xmrl, maml]',
        'tasks.training={law: rare, count: 4}',
        'seeds=[0, 3]'
      ),
      parse: (bytes) => defineExperiment(applyOverrides(TINY, [bytes.toString('utf8')]))
    },
    seeds: { good: bytesOf('0..9', '1,2,5', '0..3,7'), parse: (bytes) => parseSeeds(bytes.toString('utf8')) },
    prices: {
      good: bytesOf(
        `date,A,B\n${days.map((day, i) => `${day},${100 + i},${50 - i}`).join('\n')}\n`,
        `date,tic,close\n${days.map((day, i) => `${day},A,${100 + i}\n${day},B,${50 + i}`).join('\n')}\n`,
        `Date;Open;High;Low;Close\n${days.map((day) => `${day};1,5;1,6;1,4;1,55`).join('\n')}\n`
      ),
      parse: (bytes) => parsePrices(bytes, 'prices.csv')
    },
    tasks: {
      good: bytesOf(
        'goal x (m),goal y (m)\n1,2\n3,4\n',
        'goal x (m);goal y (m);rare\n1,5;2;true\n3;4;false\n',
        '[[1, 2], [3, 4]]',
        '[{"goal x (m)": 1, "goal y (m)": 2}]'
      ),
      names: 'tasks',
      parse: inFile('tasks', (file) => readTaskFile('tasks.training', file, registered('drone-planar')))
    },
    metrics: { good: [read(seed, 'metrics.jsonl').subarray(0, 2000)], names: 'metrics.jsonl', parse: inFile('metrics.jsonl', readEvents) },
    records: {
      good: records.map((name) => read(seed, 'results', `${name}.json`)),
      names: 'record.json',
      // The header says which it was.
      parse: inFile('record.json', (file) => {
        const name = /"record":"([a-zA-Z0-9_-]+)"/.exec(readFileSync(file, 'latin1'))?.[1]
        return readRecordFile(file, records.includes(name) ? name : 'poor')
      })
    },
    manifests: {
      good: [read(run, 'manifest.json'), read(seed, 'checkpoints', checkpoint, 'MANIFEST.json'), read(run, 'resolved.json')],
      parse: (bytes) => {
        for (const name of ['manifest.json', 'MANIFEST.json', 'resolved.json']) writeFileSync(join(place, name), bytes)
        const errors = [readManifestFile, readManifest, readResolved].flatMap((reader) => {
          try {
            reader(place)
            return []
          } catch (error) {
            return [error]
          }
        })
        // Two of the three must refuse it; what is untyped comes first.
        const [error] = errors.sort((a, b) => Number('code' in a) - Number('code' in b))
        if (error !== undefined) throw error
      }
    },
    study: { good: [readFileSync(study)], names: 'study.json', parse: inFile('study.json', readStudyFile) },
    sweep: {
      good: bytesOf(
        'base: drone-planar\nmatrix: {explain.rho: [.1, .2]}\nseeds: 0..3\narms: [xmrl, maml]\n',
        'seeds: 1\nslurm: {time: "01:00:00"}\n'
      ),
      names: 'sweep.yaml',
      parse: inFile('sweep.yaml', readSweepFile)
    },
    safetensors: {
      good: [Buffer.from(encodeTensors(OTHERS, 'pt'))],
      change: changedTensors,
      names: 'weights.safetensors',
      parse: inFile('weights.safetensors', imported)
    },
    // None is read. They are what somebody tries first who wants a policy read, and begin as a safetensors file never does.
    onnx: {
      good: ['mixed', 'float32', 'float64'].map((dtype) => Buffer.from(exportOnnx(weights, spec, { dtype }))),
      change: changedMessage,
      refused: true,
      names: 'policy.onnx',
      parse: inFile('policy.onnx', imported)
    },
    // The same bytes, read by the native layer.
    checkpoint: { good: [weights], parse: (bytes) => learner.restore(bytes) },
    layout: {
      good: bytesOf(
        '{"layers": [{"weight": "a", "bias": "b"}, {"weight": "c", "bias": null}], "orientation": "out-in", "activation": "tanh", "logStd": [0, 1], "observation": {"mean": [0], "std": [1]}}'
      ),
      parse: (bytes) => parseLayout(bytes.toString('utf8'), 'layout.json')
    }
  }
}
