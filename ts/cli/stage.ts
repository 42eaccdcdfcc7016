/** `xmrl train | evaluate | explain | augment | retrain <run dir>`: goes on with a run up to one stage. */
import type { Command } from 'commander'
import { XmrlError } from '../errors.js'
import type { RunOptions } from '../pipeline/index.js'
import { loadRun } from '../run/index.js'
import { applyOverrides, defineExperiment, type Experiment, hashSpec, type WrittenSpec } from '../spec/index.js'
import { STOPS } from '../stages/index.js'
import { type ComputingFlags, computed, computing } from './computing.js'
import { collect } from './parse.js'
import { follow } from './run.js'

interface StageFlags extends ComputingFlags {
  full: boolean
  json: boolean
  validate?: boolean
  set?: string[]
}

/** What each command says, and where it stops. */
const STAGES: readonly (readonly [string, string, RunOptions['until'] | undefined])[] = [
  ...STOPS.map(({ name, title }) => [name, title, name] as const),
  ['retrain', 'the whole rest: every arm retrained and measured, table and report', undefined]
]

/** The run's experiment, with other settings of its validation where they are given. */
function changed(experiment: Experiment, overrides: readonly string[]): Experiment {
  if (overrides.length === 0) return experiment
  const stranger = overrides.find((override) => !override.startsWith('explain.validate.'))
  const { spec } = defineExperiment(applyOverrides(experiment.spec as WrittenSpec, overrides))
  if (stranger !== undefined || hashSpec(spec) !== hashSpec(experiment.spec)) {
    throw new XmrlError('ERR_USAGE', `--set ${stranger ?? overrides[0]}: of a run that exists only explain.validate.* can be set anew`)
  }
  return { ...experiment, spec }
}

async function goOn(directory: string, until: RunOptions['until'] | undefined, flags: StageFlags): Promise<void> {
  const { experiment } = await loadRun(directory)
  const stop = flags.validate ? 'validate' : until
  const options: RunOptions = {
    out: directory,
    resume: true,
    ...computed(flags),
    ...(stop === undefined ? {} : { until: stop })
  }
  await follow(changed(experiment, flags.set ?? []), options, flags)
}

/** Adds the commands. */
export function stageCommands(xmrl: Command): void {
  for (const [name, description, until] of STAGES) {
    const command = xmrl
      .command(name)
      .description(`go on with a run: ${description}; what is done already is kept`)
      .argument('<run dir>', 'a run directory')
    computing(command, 'one after the other in this one')
      .option('--full', 'end with every table, not only the result', false)
      .option('--json', 'print events as JSON, one a line', false)
    if (name === 'explain') {
      command
        .option('--validate', 'check the explanation: what raising and leaving out its tasks really does (not charged to any arm)', false)
        .option('--set <explain.validate.key=value>', 'how much is done for that (repeatable)', collect, [])
    }
    command.action((directory: string, flags: StageFlags) => goOn(directory, until, flags))
  }
}
