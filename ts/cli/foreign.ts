/** `xmrl import` and `xmrl export`: policies of other programs in, policies of a run out. */
import { relative } from 'node:path'
import type { Command } from 'commander'
import { XmrlError } from '../errors.js'
import { importPolicy, readLayout, readTensors, writePolicy } from '../policies/index.js'
import { loadRun, writeFileAtomic } from '../run/index.js'
import { defineExperiment } from '../spec/index.js'
import { collect } from './parse.js'
import { parseSeeds, written } from './run.js'

const shown = (path: string) => relative(process.cwd(), path) || path
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
    .action(importWeights)
  xmrl
    .command('export')
    .description('the policy of a run as a file that other programs read, with its layout beside it (needs no libtorch)')
    .argument('<run dir>')
    .option('--format <name>', 'safetensors', 'safetensors')
    .option('--stage <name>', 'train (theta_0) or retrain-<arm> (default retrain-xmrl where there is one)')
    .option('--seed <n>', 'of a run with several seeds (default the first)')
    .option('--out <file>', 'where to write it (default <stage>.safetensors in the run directory)')
    .action(exportWeights)
}

interface ImportFlags {
  layout: string
  preset: string
  set: string[]
  out?: string
}

function importWeights(file: string, flags: ImportFlags): void {
  const { spec } = defineExperiment(written(flags.preset, { set: flags.set }).spec)
  const { weights, settings } = importPolicy(readTensors(file), readLayout(flags.layout), spec)
  const path = writeFileAtomic(flags.out ?? `${file.replace(/\.safetensors$/, '')}.xmrl.safetensors`, weights)
  const all = [...flags.set, ...settings, `train.initial=${shown(path)}`, 'train.phases=[]']
  const line = ['npx xmrl run', quoted(flags.preset), ...all.map((setting) => `--set ${quoted(setting)}`)].join(' ')
  process.stdout.write(`weights: ${shown(path)}\nrepair it: ${line}\n`)
}

interface ExportFlags {
  format: string
  stage?: string
  seed?: string
  out?: string
}

async function exportWeights(directory: string, flags: ExportFlags): Promise<void> {
  if (flags.format !== 'safetensors') throw new XmrlError('ERR_USAGE', `format: unknown value "${flags.format}"; known: safetensors`)
  const run = await loadRun(directory)
  const [wanted] = flags.seed === undefined ? run.experiment.spec.seeds : parseSeeds(flags.seed)
  const seed = run.seeds.find((each) => each.seed === wanted)
  if (seed === undefined)
    throw new XmrlError('ERR_USAGE', `seed: ${wanted} is not one of this run's (${run.experiment.spec.seeds.join(', ')})`)
  const stage = flags.stage ?? ('retrain-xmrl' in seed.stages ? 'retrain-xmrl' : 'train')
  const weights = seed.weights(stage)
  if (weights === undefined) {
    const stages = Object.keys(seed.stages).filter((name) => name === 'train' || name.startsWith('retrain-'))
    throw new XmrlError('ERR_USAGE', `stage: ${run.path} has no weights of "${stage}"; it has ${stages.join(', ') || 'none'}`)
  }
  const { file, layout } = writePolicy(flags.out ?? `${seed.path}/${stage}.safetensors`, weights, run.experiment.spec)
  process.stdout.write(`weights: ${shown(file)}\nlayout: ${shown(layout)}\n`)
}
