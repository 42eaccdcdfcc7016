/** `xmrl run` and `xmrl table`: from arguments to an experiment, and an experiment shown while it runs. */
import { relative } from 'node:path'
import { XmrlError } from '../errors.js'
import type { DeviceChoice } from '../native.js'
import { type RunEvent, type RunOptions, runExperiment } from '../pipeline/index.js'
import { studyOf } from '../report/index.js'
import { loadRun, placePaths, readSpecFile, whatIs, writeFileAtomic } from '../run/index.js'
import { applyOverrides, defineExperiment, type Experiment, presetNames, type WrittenSpec } from '../spec/index.js'
import { Ending } from './ending.js'
import { ParallelProgress, Progress } from './progress.js'
import { stoppable } from './stopping.js'

/** Flags of `xmrl run`. */
export interface RunFlags {
  seed?: string
  seeds?: string
  set: string[]
  out?: string
  device: DeviceChoice
  threads?: number
  jobs?: number
  resume: boolean
  until?: RunOptions['until']
  full: boolean
  json: boolean
}

/** Flags of `xmrl table`. */
export interface TableFlags extends Omit<RunFlags, 'seed' | 'until'> {
  arms?: string
  record?: string
}

/** Seeds of `--seeds 0..9` or `0,3,5`, or of `--seed 4`. */
export function parseSeeds(text: string): number[] {
  const seeds = text.split(',').flatMap((part) => {
    const range = /^(\d+)(?:\.\.(\d+))?$/.exec(part.trim())
    if (!range) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is neither a number nor a range such as 0..9`)
    const first = Number(range[1])
    const last = Number(range[2] ?? range[1])
    if (last < first || last - first > 9999) throw new XmrlError('ERR_USAGE', `seeds: "${part}" is not a range from small to large`)
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
  return [...new Set(seeds)]
}

/** The written specification that the argument and flags come to, with its text where it is a file. */
export function written(target: string, flags: Pick<RunFlags, 'seed' | 'seeds' | 'set'>): { spec: WrittenSpec; text?: string } {
  const read = isSpecFile(target) ? readSpecFile(target) : undefined
  let spec: WrittenSpec = read ? read.written : { environment: target }
  if (flags.seed !== undefined && flags.seeds !== undefined) throw new XmrlError('ERR_USAGE', 'give --seed or --seeds, not both')
  const seeds = flags.seeds ?? flags.seed
  // Files of --set count from the working directory, as every argument does.
  spec = placePaths(applyOverrides(withoutPlace(spec, flags.set), flags.set), process.cwd())
  if (seeds !== undefined) spec = { ...spec, seeds: parseSeeds(seeds) }
  return read && flags.set.length === 0 && seeds === undefined ? { spec, text: read.text } : { spec }
}

/** A written specification whose initial weights are named anew by an override, without the folder that the old ones counted from. */
function withoutPlace(spec: WrittenSpec, overrides: readonly string[]): WrittenSpec {
  if (spec.train === undefined || !overrides.some((override) => /^\s*train\.initial\s*=/.test(override))) return spec
  const { initialFrom: _, ...train } = spec.train
  return { ...spec, train }
}

/**
 * Whether an argument names a spec file: `-`, anything that is there and no folder, or what would be one by its name. The rest is a
 * preset, so that a misspelt preset offers the nearest name.
 */
function isSpecFile(target: string): boolean {
  if (presetNames.includes(target)) return false
  const found = target === '-' ? 'file' : whatIs(target)
  if (found === 'folder') {
    throw new XmrlError('ERR_SPEC_INVALID', `${target}: a folder; name a preset or a spec file (YAML or JSON, or - for standard input)`)
  }
  return found === 'file' || /\.(ya?ml|json)$/i.test(target)
}

/** `xmrl run`: every stage of every seed. */
export async function run(target: string, flags: RunFlags): Promise<void> {
  const { spec, text } = written(target, flags)
  const experiment = defineExperiment(spec)
  await follow(experiment, { ...runOptions(experiment, flags), ...(text === undefined ? {} : { specText: text }) }, flags)
}

/** `xmrl table`: every arm of every seed, seeds in processes of their own, and the table over them. */
export async function table(target: string, flags: TableFlags): Promise<void> {
  const arms = flags.arms?.split(',').map((arm) => arm.trim())
  // As YAML, so that no name is read as a number or a list.
  const set = arms === undefined ? flags.set : [...flags.set, `retrain.arms=${JSON.stringify(arms)}`]
  const { spec } = written(target, { ...flags, set })
  const experiment = defineExperiment(spec)
  const options = { jobs: 'cores' as const, ...runOptions(experiment, flags) }
  await follow(experiment, options, flags)
  if (flags.record === undefined) return
  const path = writeFileAtomic(flags.record, `${JSON.stringify(studyOf(await loadRun(options.out), commandLine(target, flags)))}\n`)
  if (flags.json) process.stdout.write(`${JSON.stringify({ type: 'record', path })}\n`)
  else process.stdout.write(`record: ${relative(process.cwd(), path) || path}\n`)
}

/** What somebody else types for the same figures: no flag that says only where and how fast. */
function commandLine(target: string, { seeds, arms, set }: TableFlags): string {
  const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`)
  return [
    'npx xmrl table',
    target,
    ...(seeds === undefined ? [] : ['--seeds', seeds]),
    ...(arms === undefined ? [] : ['--arms', arms]),
    ...set.flatMap((override) => ['--set', override])
  ]
    .map((word, i) => (i === 0 ? word : quoted(word)))
    .join(' ')
}

function runOptions({ spec }: Experiment, flags: Omit<RunFlags, 'seed'>): RunOptions {
  const { out = `runs/${spec.environment.replace('/', '-')}`, device, resume, threads, jobs, until } = flags
  return {
    out,
    device,
    resume,
    ...(until === undefined ? {} : { until }),
    ...(threads === undefined ? {} : { threads }),
    ...(jobs === undefined ? {} : { jobs })
  }
}

/**
 * Runs an experiment and shows what happens: as JSON, one event a line, or as bars and lines. The first signal stops it after
 * saving, and so does a reader of its output that leaves; the second signal ends the process at once.
 */
export async function follow(experiment: Experiment, options: RunOptions, { json, full }: { json: boolean; full: boolean }): Promise<void> {
  const { seeds } = experiment.spec
  const ending = new Ending(full)
  const progress = options.jobs !== undefined && seeds.length > 1 ? new ParallelProgress() : new Progress(seeds.length)
  const told = () => {
    progress.finish()
    if (!json) process.stderr.write('\nstopping after this step and saving (again: stop at once; nothing saved is lost)\n')
  }
  const show = (event: RunEvent, stopping: boolean) => {
    if (json) return void process.stdout.write(`${JSON.stringify(event)}\n`)
    // A bar hides the cursor, and a second signal would leave it so.
    if (!stopping || event.type !== 'iteration') progress.show(event)
    ending.show(event)
  }
  const work = async (signal: AbortSignal) => {
    try {
      for await (const event of runExperiment(experiment, { ...options, signal })) show(event, signal.aborted)
    } finally {
      progress.finish()
    }
  }
  await stoppable(work, told)
}
