/** `xmrl import` and `xmrl export`: policies of other programs in, policies of a run out. */
import type { Command } from 'commander'
import { importPolicy, readLayout, readTensors } from '../policies/index.js'
import { writeFileAtomic } from '../run/index.js'
import { defineExperiment } from '../spec/index.js'
import { exportRun, FORMATS } from './export.js'
import { collect, natural, oneOf, shownPath } from './parse.js'
import { written } from './run.js'

/** An argument as a shell takes it. */
const quoted = (text: string) => (/^[\w./=,-]+$/.test(text) ? text : `'${text}'`)

/** Adds both commands. */
export function foreignCommands(xmrl: Command): void {
  xmrl
    .command('import')
    .description('a policy of another program, as weights that a run can start from (needs no libtorch)')
    .argument('<weights.safetensors>', 'tensors of a policy with affine layers')
    .requiredOption('--layout <file>', 'JSON that says where the layers lie; see docs/foreign.md')
    .requiredOption('--preset <name>', 'the environment preset it was trained for, or a spec file')
    .option('--set <key=value>', 'override one key of the specification (repeatable)', collect, [])
    .option('--out <file>', 'where to write the weights (default <weights>.xmrl.safetensors)')
    .option('--json', 'print JSON', false)
    .action(importWeights)
  xmrl
    .command('export')
    .description("a run's policy or metrics as files that other programs read; see docs/foreign.md (needs no libtorch)")
    .argument('<run dir>')
    .option('--format <name>', `${FORMATS.slice(0, -1).join(', ')} or ${FORMATS.at(-1)}`, oneOf(...FORMATS), FORMATS[0])
    .option('--seed <n>', 'of a run with several seeds (default the first; tensorboard: all)', natural)
    .option('--arm <name>', 'an arm, or theta_0, the policy before the repair (default xmrl where there is one; tensorboard: all)')
    .option('--out <path>', 'the file, or the log directory (default <arm>.<format> beside the seed, tensorboard/ in the run)')
    .option('--dtype <name>', 'numbers of an ONNX model: mixed, float32 or float64 (default mixed)', oneOf('mixed', 'float32', 'float64'))
    .option('--step <name>', 'what steps of tensorboard count: envSteps or iteration (default envSteps)', oneOf('envSteps', 'iteration'))
    .option('--force', 'replace files that are there', false)
    .option('--json', 'print JSON', false)
    .action(exportRun)
}

interface ImportFlags {
  layout: string
  preset: string
  set: string[]
  out?: string
  json: boolean
}

function importWeights(file: string, flags: ImportFlags): void {
  const { spec } = defineExperiment(written(flags.preset, { set: flags.set }).spec)
  const { weights, settings } = importPolicy(readTensors(file), readLayout(flags.layout), spec)
  const path = writeFileAtomic(flags.out ?? `${file.replace(/\.safetensors$/, '')}.xmrl.safetensors`, weights)
  const all = [...flags.set, ...settings, `train.initial=${shownPath(path)}`, 'train.phases=[]']
  const line = ['npx xmrl run', quoted(flags.preset), ...all.map((setting) => `--set ${quoted(setting)}`)].join(' ')
  if (flags.json) return void process.stdout.write(`${JSON.stringify({ weights: path, settings: all, run: line })}\n`)
  process.stdout.write(`weights: ${shownPath(path)}\nrepair it: ${line}\n`)
}
