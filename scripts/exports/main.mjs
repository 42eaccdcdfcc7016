// `npm run check:exports`: do other programs read what we export? Makes a policy of every preset and a small run, exports them, and
// has onnx, onnxruntime, safetensors, TensorBoard's own reader and pandas read them (check.py), in a throw-away virtual environment.
// Needs the build (`npm run setup`) and, but with --python, the network. A minute.
//   --python <path>   a Python that already has scripts/exports/requirements.txt
//   --keep <folder>   keeps what was exported there
//   --record          writes __test__/exports/recorded anew: what onnxruntime makes of two small policies
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { exportOnnx } from '../../dist/exports/index.js'
import { commandLine, main, root, run, StepFailed, step } from '../setup/terminal.mjs'
import { exportRunFiles } from './files.mjs'
import { exportPreset, presets, recordedPolicies } from './policies.mjs'

const { values: options } = commandLine({
  python: { type: 'string' },
  keep: { type: 'string' },
  record: { type: 'boolean', default: false }
})

const save = (file, bytes) => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
}

/** The Python that reads. */
async function python(folder) {
  if (options.python) return options.python.includes('/') ? resolve(options.python) : options.python
  const made = join(folder, 'venv', 'bin', 'python')
  await run('python3', ['-m', 'venv', join(folder, 'venv')])
  await run(made, ['-m', 'pip', 'install', '--quiet', '-r', join(root, 'scripts', 'exports', 'requirements.txt')])
  return made
}

/** Every preset's policy, with what it did in its own worlds. */
async function policies(folder) {
  const left = []
  for (const preset of presets) {
    const made = await exportPreset(preset, folder)
    if (made === undefined) left.push(preset)
    else for (const [name, bytes] of Object.entries(made)) save(join(folder, preset.replace('/', '-'), name), bytes)
  }
  return `${presets.length - left.length} presets${left.length ? `; left out, as their prices were never fetched: ${left.join(', ')}` : ''}`
}

async function record(reader) {
  const folder = join(root, '__test__', 'exports', 'recorded')
  for (const { name, spec, weights, options } of recordedPolicies()) {
    save(join(folder, `${name}.weights.safetensors`), weights)
    save(join(folder, `${name}.onnx`), exportOnnx(weights, spec, options))
  }
  await run(reader, [join(root, 'scripts', 'exports', 'check.py'), '--record', folder])
}

await main(async () => {
  const folder = options.keep ? resolve(options.keep) : mkdtempSync(join(tmpdir(), 'xmrl-exports-'))
  try {
    let reader = ''
    await step('programs that read exports', async () => {
      reader = await python(folder)
    })
    if (options.record) return await step('recorded outputs of onnxruntime', () => record(reader))
    await step('policies of presets', () => policies(join(folder, 'policies')))
    await step('a small run', () => exportRunFiles(folder))
    const said = await run(reader, [join(root, 'scripts', 'exports', 'check.py'), folder])
    process.stdout.write(said)
    if (!said.includes('all exports are read')) throw new StepFailed('check.py ended without a verdict')
  } finally {
    if (!options.keep) rmSync(folder, { recursive: true, force: true })
  }
})
