#!/usr/bin/env node
/** `xmrl`: the command line. The only room that prints and exits. */
import { Command, CommanderError } from 'commander'
import { XmrlError } from '../errors.js'
import { benchCommands } from './bench.js'
import { doctor } from './doctor.js'
import { envs } from './envs.js'
import { describe, EXIT, exitCode } from './failure.js'
import { collect, device, oneOf, positive } from './parse.js'
import { report } from './report.js'
import { run } from './run.js'

function program(): Command {
  const xmrl = new Command('xmrl')
    .description('Explains why a meta-reinforcement-learning policy fails some tasks, repairs it, and shows the figures.')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`ERR_USAGE: ${text.replace(/^error: /, '')}`) })
  xmrl
    .command('run')
    .description('train, evaluate, explain, augment, retrain every arm, evaluate, report')
    .argument('<preset or spec.yaml>', 'an environment preset, or a file with a specification')
    .option('--seed <n>', 'one seed', (text) => text)
    .option('--seeds <list>', 'seeds, such as 0..9 or 0,3,5')
    .option('--set <key=value>', 'override one key of the specification (repeatable)', collect, [])
    .option('--out <dir>', 'run directory (default runs/<preset>)')
    .option('--device <name>', 'auto, cpu or cuda', device, 'auto')
    .option('--threads <n>', 'threads; results do not depend on it', positive)
    .option('--resume', 'go on with the run that is in the directory', false)
    .option('--until <stage>', 'stop after theta_0 is trained (train) or also measured (evaluate)', oneOf('train', 'evaluate'))
    .option('--json', 'print events as JSON, one a line', false)
    .action(run)
  xmrl
    .command('report')
    .description('one self-contained HTML file from the records of a run (needs no libtorch)')
    .argument('<run dir...>', 'run directories')
    .option('--out <file>', 'where to write it (default report.html in the run directory)')
    .action(report)
  xmrl
    .command('envs')
    .description('environment presets and their specification')
    .argument('[preset]')
    .option('--json', 'print JSON', false)
    .action(envs)
  benchCommands(xmrl)
  xmrl
    .command('doctor')
    .description('what was found on this machine and what is missing')
    .option('--json', 'print JSON', false)
    .action(doctor)
  return xmrl
}

try {
  await program().parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  } else {
    process.stderr.write(`${describe(error)}\n`)
    if (!(error instanceof XmrlError)) process.stderr.write('this is a defect in xmrl: please report it\n')
    process.exitCode = exitCode(error)
  }
}
