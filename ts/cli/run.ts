/** `xmrl run` and `xmrl table`: from arguments to an experiment, and an experiment shown while it runs. */
import { relative } from 'node:path'
import type { Command } from 'commander'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import { withOpenedWorld } from '../own/index.js'
import { type RunEvent, type RunOptions, runExperiment } from '../pipeline/index.js'
import { studyOf } from '../report/index.js'
import { loadRun, placePaths, readSpecFile, whatIs, writeFileAtomic } from '../run/index.js'
import {
  applyOverrides,
  defineExperiment,
  type Experiment,
  everyArm,
  isPreset,
  parseSeeds,
  type WrittenSpec,
  withArms
} from '../spec/index.js'
import { STOPS } from '../stages/index.js'
import { withTasks } from '../tasks/index.js'
import { type ComputingFlags, computed, computing } from './computing.js'
import { Ending } from './ending.js'
import { collect, natural, oneOf } from './parse.js'
import { ParallelProgress, Progress } from './progress.js'
import { stoppable } from './stopping.js'

/** Flags of `xmrl run` and `xmrl table`. */
interface RunFlags extends ComputingFlags {
  seed?: string
  seeds?: string
  arms?: string
  set: string[]
  out?: string
  resume: boolean
  until?: RunOptions['until']
  record?: string
  full: boolean
  json: boolean
}

/** Adds both commands, which are one: `table` has every arm, and seeds side by side, where `run` has those of the specification, one after the other. */
export function runCommands(xmrl: Command): void {
  const commands = [
    [
      'run',
      'train, evaluate, explain, augment, retrain every arm of the specification, evaluate, report',
      'one after the other in this one'
    ],
    ['table', 'the same with every arm that there is (unless the specification or --arms names some), seeds side by side', 'one a core']
  ] as const
  for (const [name, description, jobs] of commands) {
    const command = xmrl
      .command(name)
      .description(description)
      .argument(
        '<preset or spec.yaml>',
        "an environment preset, the path of a world of one's own, a file with a specification (YAML or JSON), or - for standard input"
      )
      .option('--seed <n>', 'one seed', (text) => String(natural(text)))
      .option('--seeds <list>', 'seeds, such as 0..9 or 0,3,5; more can be added later with --resume')
      .option('--arms <list>', 'arms, such as xmrl,maml,maml-null; more can be added later with --resume')
      .option('--set <key=value>', 'override one key of the specification (repeatable)', collect, [])
      .option('--out <dir>', 'run directory (default runs/<preset>)')
    computing(command, jobs)
      .option('--resume', 'go on with the run that is in the directory: all of it, and the seeds and arms that are new', false)
      .option(
        '--until <stage>',
        `stop after a stage: ${STOPS.map((stop) => stop.name).join(', ')} (evaluate: theta_0 is measured)`,
        oneOf(...STOPS.map((stop) => stop.name))
      )
      .option('--record <file>', "also write the table's small record, from which npm run reproduce makes it again")
      .option('--full', 'end with every table, not only the result', false)
      .option('--json', 'print events as JSON, one a line', false)
      .action((target: string, flags: RunFlags) => run(name, target, flags))
  }
}

/** The written specification that the argument and flags come to, with its text where it is a file and nothing else was said. */
export function written(target: string, flags: Pick<RunFlags, 'seed' | 'seeds' | 'arms' | 'set'>): { spec: WrittenSpec; text?: string } {
  const read = isSpecFile(target) ? readSpecFile(target) : undefined
  if (flags.seed !== undefined && flags.seeds !== undefined) throw new XmrlError('ERR_USAGE', 'give --seed or --seeds, not both')
  const seeds = flags.seeds ?? flags.seed
  const arms = flags.arms?.split(',').map((arm) => arm.trim())
  // As YAML, so that no name is read as a number or a list.
  const set = arms === undefined ? flags.set : [...flags.set, `retrain.arms=${JSON.stringify(arms)}`]
  const given = read?.written ?? ({ environment: target } as WrittenSpec)
  // Files of --set count from the working directory, as every argument does.
  const spec = placePaths(applyOverrides(withoutPlace(given, set), set), process.cwd())
  const text = set.length === 0 && seeds === undefined ? read?.text : undefined
  return defined({ spec: seeds === undefined ? spec : { ...spec, seeds: parseSeeds(seeds) }, text })
}

/** {@link written} with its world, where that is one of the user's own. */
export async function opened(target: string, flags: Parameters<typeof written>[1]): Promise<ReturnType<typeof written>> {
  const { spec, ...rest } = written(target, flags)
  return { spec: await withOpenedWorld(spec), ...rest }
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
  if (isPreset(target) || target.startsWith('gymnasium:')) return false
  const found = target === '-' ? 'file' : whatIs(target)
  if (found === 'folder') {
    throw new XmrlError('ERR_SPEC_INVALID', `${target}: a folder; name a preset or a spec file (YAML or JSON, or - for standard input)`)
  }
  return !/\.[cm]?[jt]s$/.test(target) && (found === 'file' || /\.(ya?ml|json)$/i.test(target))
}

/** `xmrl run` or `xmrl table`: every stage of every arm and seed, and the table over them. */
async function run(name: 'run' | 'table', target: string, flags: RunFlags): Promise<void> {
  const { spec, text } = await opened(target, flags)
  const asked = withTasks(defineExperiment(spec))
  const experiment = name === 'table' && spec.retrain?.arms === undefined ? withArms(asked, everyArm(asked.spec)) : asked
  const options = {
    ...(name === 'table' ? { jobs: 'cores' as const } : {}),
    ...runOptions(experiment, flags),
    ...defined({ specText: text })
  }
  await follow(experiment, options, flags)
  if (flags.record === undefined) return
  const study = studyOf(await loadRun(options.out), commandLine(name, target, flags))
  const path = writeFileAtomic(flags.record, `${JSON.stringify(study)}\n`)
  if (flags.json) process.stdout.write(`${JSON.stringify({ type: 'record', path })}\n`)
  else process.stdout.write(`record: ${relative(process.cwd(), path) || path}\n`)
}

/** What somebody else types for the same figures: no flag that says only where and how fast. */
function commandLine(name: string, target: string, { seed, seeds = seed, arms, set }: RunFlags): string {
  const quoted = (text: string) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`)
  return [
    `npx xmrl ${name}`,
    target,
    ...(seeds === undefined ? [] : ['--seeds', seeds]),
    ...(arms === undefined ? [] : ['--arms', arms]),
    ...set.flatMap((override) => ['--set', override])
  ]
    .map((word, i) => (i === 0 ? word : quoted(word)))
    .join(' ')
}

function runOptions({ spec }: Experiment, flags: RunFlags): RunOptions {
  const { out = `runs/${spec.environment.replace(/[/:]/g, '-')}`, resume, until } = flags
  return {
    out,
    resume,
    ...computed(flags),
    ...(until === undefined ? {} : { until })
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
