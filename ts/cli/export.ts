/** `xmrl export`: a run's policies and metrics as files that other programs read. */
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { exportOnnx, type OnnxDtype, type TensorboardOptions, tensorboardFiles } from '../exports/index.js'
import { exportPolicy } from '../policies/index.js'
import { shouldBeWhole } from '../report/index.js'
import { type LoadedRun, type LoadedSeed, loadRun, whatIs, writeFileAtomic } from '../run/index.js'
import { shownPath } from './parse.js'

/** Formats of `--format`, each with the files that it comes to and what they are called. */
export const FORMATS = ['safetensors', 'onnx', 'tensorboard'] as const

/** Flags of `xmrl export`. */
interface ExportFlags {
  format: (typeof FORMATS)[number]
  seed?: number
  arm?: string
  out?: string
  dtype?: OnnxDtype
  step?: TensorboardOptions['step']
  force: boolean
  json: boolean
}

/** What is written: where, by what name it is told, and the bytes. */
type Written = { path: string; what: string; bytes: Uint8Array | string }

/** The command's work: all is made before the first file is written. */
export async function exportRun(directory: string, flags: ExportFlags): Promise<void> {
  checkFlags(flags)
  const run = await loadRun(directory)
  const files = flags.format === 'tensorboard' ? events(run, flags) : policy(run, flags)
  for (const { path } of files) {
    if (whatIs(path) === undefined || flags.force) continue
    throw new XmrlError('ERR_OUTPUT', `${shownPath(path)} is there already; name another place with --out, or replace it with --force`)
  }
  for (const { path, bytes } of files) writeFileAtomic(path, bytes)
  if (flags.json) {
    const told = files.map(({ path, what }) => ({ what, path }))
    process.stdout.write(`${JSON.stringify({ format: flags.format, files: told })}\n`)
  } else {
    for (const { path, what } of files) process.stdout.write(`${what}: ${shownPath(path)}\n`)
    if (flags.format === 'tensorboard') process.stdout.write(`show them: tensorboard --logdir ${shownPath(logDirectory(run, flags))}\n`)
  }
  const gaps = flags.format === 'tensorboard' && shouldBeWhole(run) ? unmeasured(run, flags) : []
  if (gaps.length === 0) return
  throw new XmrlError(
    'ERR_RECORD_INVALID',
    `the files are written, but not of all that ${shownPath(run.path)} should hold: ${gaps.join('; ')}; xmrl retrain ${shownPath(run.path)} makes again what is missing`
  )
}

/** What was asked for and has no line in the metrics. */
function unmeasured({ experiment: { spec }, seeds }: LoadedRun, { seed: only, arm: one }: ExportFlags): string[] {
  return seeds.flatMap(({ seed, metrics }) => {
    if (only !== undefined && seed !== only) return []
    if (metrics.length === 0) return [`seed ${seed} has no metrics`]
    const retrained = new Set(metrics.map(({ stage }) => stage))
    const lacking = spec.retrain.arms.filter((arm) => (one ?? arm) === arm && !retrained.has(`retrain-${arm}`))
    return lacking.length === 0 ? [] : [`seed ${seed} has no metrics of ${lacking.join(', ')}`]
  })
}

/** An option that another format has is a mistake, not a wish that may be passed over. */
function checkFlags({ format, dtype, step }: ExportFlags): void {
  const [option, of] =
    dtype !== undefined && format !== 'onnx'
      ? ['--dtype', 'onnx']
      : step !== undefined && format !== 'tensorboard'
        ? ['--step', 'tensorboard']
        : []
  if (option !== undefined) throw new XmrlError('ERR_USAGE', `${option} belongs to --format ${of}, not to ${format}`)
}

const logDirectory = (run: LoadedRun, { out }: ExportFlags) => out ?? join(run.path, 'tensorboard')

function events(run: LoadedRun, flags: ExportFlags): Written[] {
  const { seed, arm, step } = flags
  const files = Object.entries(tensorboardFiles(run, { seed, arm, step }))
  return files.map(([path, bytes]) => ({ path: join(logDirectory(run, flags), path), what: 'events', bytes }))
}

/** The policy of one arm of one seed. */
function policy(run: LoadedRun, { format, seed: wanted, arm: asked, out, dtype }: ExportFlags): Written[] {
  const { spec } = run.experiment
  const seed = wanted === undefined ? run.seeds[0] : run.seeds.find((each) => each.seed === wanted)
  if (seed === undefined)
    throw new XmrlError('ERR_USAGE', `seed: ${wanted} is not one of this run's (${run.seeds.map((each) => each.seed).join(', ')})`)
  const arm = asked ?? ('retrain-xmrl' in seed.stages ? 'xmrl' : 'theta_0')
  const weights = weightsOf(run, seed, arm)
  const name = out ?? join(seed.path, `${arm}.${format}`)
  if (format === 'onnx') {
    const metadata = { arm, seed: String(seed.seed), spec: run.experiment.hash, commit: run.manifest.commit }
    return [{ path: name, what: 'model', bytes: exportOnnx(weights, spec, { dtype, metadata }) }]
  }
  const { file, layout } = exportPolicy(weights, spec)
  const beside = `${name.replace(/\.safetensors$/, '')}.layout.json`
  return [
    { path: name, what: 'weights', bytes: file },
    { path: beside, what: 'layout', bytes: `${JSON.stringify(layout, null, 2)}\n` }
  ]
}

function weightsOf(run: LoadedRun, seed: LoadedSeed, arm: string): Uint8Array {
  const weights = seed.weights(arm === 'theta_0' ? 'train' : `retrain-${arm}`)
  if (weights !== undefined) return weights
  const known = Object.keys(seed.stages).flatMap((stage) =>
    stage === 'train' ? ['theta_0'] : stage.startsWith('retrain-') ? [stage.slice('retrain-'.length)] : []
  )
  throw new XmrlError(
    'ERR_USAGE',
    `arm: seed ${seed.seed} of ${shownPath(run.path)} has no weights of "${arm}"; it has ${known.join(', ') || 'none yet'}`
  )
}
