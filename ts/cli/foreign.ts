/** `xmrl import` and `xmrl export`: policies of other programs in, policies of a run out. */
import type { Command } from 'commander'
import { defined } from '../defined.js'
import { type LayoutHints, layoutOf, readTensors, weightsOf } from '../policies/index.js'
import { writeFileAtomic } from '../run/index.js'
import { defineExperiment } from '../spec/index.js'
import { exportRun, FORMATS } from './export.js'
import { activation, collect, natural, oneOf, shownPath } from './parse.js'
import { written } from './run.js'

/** An argument as a shell takes it. */
const quoted = (text: string) => (/^[\w./=,-]+$/.test(text) ? text : `'${text}'`)

const LAYOUT_HELP = `
A layout says where the layers lie, in order; a bias may be null, orientation in-out, activation relu, logStd a tensor's name or numbers:
  { "layers": [{ "weight": "net.0.weight", "bias": "net.0.bias" }, { "weight": "net.2.weight", "bias": "net.2.bias" }],
    "orientation": "out-in", "activation": "tanh", "logStd": "log_std" }
It may also have "observation": { "mean": "rms.mean", "variance": "rms.var", "epsilon": 1e-8 }, by which observations are standardised.`

/** Adds both commands. */
export function foreignCommands(xmrl: Command): void {
  xmrl
    .command('import')
    .description('a policy of another program, as weights that a run can start from (needs no libtorch)')
    .argument('<weights.safetensors>', 'tensors of a policy with affine layers')
    .option('--layout <file>', "JSON that says where the layers lie (default <weights>.layout.json, else the tensors' names say it)")
    .option('--activation <name>', 'tanh or relu: of the hidden layers, which names do not say', activation)
    .option('--log-std <value>', "log standard deviations: a tensor's name, a number, or numbers with commas", logStd)
    .option('--orientation <name>', 'out-in (PyTorch) or in-out: which way round weights lie', oneOf('out-in', 'in-out'))
    .option('--raw-observations', "the file's statistics of observations are not used", false)
    .requiredOption('--preset <name>', 'the environment preset it was trained for, or a spec file')
    .option('--set <key=value>', 'override one key of the specification (repeatable)', collect, [])
    .option('--out <file>', 'where to write the weights (default <weights>.xmrl.safetensors)')
    .option('--json', 'print JSON', false)
    .addHelpText('after', LAYOUT_HELP)
    .action(importWeights)
  xmrl
    .command('export')
    .description("a run's policy or metrics as files that other programs read (needs no libtorch)")
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

/** Log standard deviations as the command line has them. */
function logStd(text: string): string | number | number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (numbers.some(Number.isNaN)) return text
  return numbers.length === 1 ? numbers[0] : numbers
}

interface ImportFlags extends Omit<LayoutHints, 'observation'> {
  rawObservations: boolean
  layout?: string
  preset: string
  set: string[]
  out?: string
  json: boolean
}

function importWeights(file: string, flags: ImportFlags): void {
  const { spec } = defineExperiment(written(flags.preset, { set: flags.set }).spec)
  const { activation, logStd, orientation } = flags
  const observation = flags.rawObservations ? ('raw' as const) : undefined
  const hints = defined({ activation, logStd, orientation, observation })
  const tensors = readTensors(file)
  const reading = { layout: flags.layout, ...(Object.keys(hints).length > 0 ? { hints } : {}) }
  const { layout, program, notes } = layoutOf(file, tensors, spec, reading)
  const { weights, settings } = weightsOf(file, tensors, layout, spec)
  const path = writeFileAtomic(flags.out ?? `${file.replace(/\.safetensors$/, '')}.xmrl.safetensors`, weights)
  const all = [...flags.set, ...settings, `train.initial=${shownPath(path)}`, 'train.phases=[]']
  const line = ['npx xmrl run', quoted(flags.preset), ...all.map((setting) => `--set ${quoted(setting)}`)].join(' ')
  if (flags.json) return void process.stdout.write(`${JSON.stringify({ weights: path, settings: all, run: line, program, notes })}\n`)
  const said = [`read as: ${program}`, ...notes.map((note) => `note: ${note}`), `weights: ${shownPath(path)}`, `repair it: ${line}`]
  process.stdout.write(`${said.join('\n')}\n`)
}
