#!/usr/bin/env node
/** `xmrl`: the command line. The only room that prints and exits. */
import { Command, CommanderError } from 'commander'
import { XmrlError } from '../errors.js'
import { benchCommands } from './bench.js'
import { data } from './data.js'
import { doctor } from './doctor.js'
import { envs } from './envs.js'
import { describe, EXIT, exitCode } from './failure.js'
import { foreignCommands } from './foreign.js'
import { allowed, natural } from './parse.js'
import { report } from './report.js'
import { reproduce } from './reproduce.js'
import { runCommands } from './run.js'
import { stageCommands } from './stage.js'
import { outputFailure, watchOutputs } from './stopping.js'
import { theory } from './theory.js'

const EXIT_CODES = `
Exit codes: 0 done; 1 failed; 2 wrong usage or specification; 75 a run stopped after saving, --resume goes on (SIGINT, SIGTERM,
SIGHUP, SIGUSR1, SIGUSR2, or the reader of its output left); 130 ended at once by a second signal; 141 the reader of another
command's output left.`

function program(): Command {
  const xmrl = new Command('xmrl')
    .description('Explains why a meta-reinforcement-learning policy fails some tasks, repairs it, and shows the figures.')
    .showSuggestionAfterError()
    .addHelpText('after', EXIT_CODES)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`ERR_USAGE: ${text.replace(/^error: /, '')}`) })
  runCommands(xmrl)
  stageCommands(xmrl)
  xmrl
    .command('report')
    .description('one self-contained HTML file from the records of a run (needs no libtorch)')
    .argument('<run dir...>', 'run directories')
    .option('--out <file>', 'where to write it (default report.html in the run directory)')
    .action(report)
  xmrl
    .command('reproduce')
    .description('every table and picture of small records made again, and compared with the files beside them')
    .argument('<record.json...>', 'small records, as xmrl table --record writes them')
    .option('--write', 'replace files that differ instead of failing', false)
    .action(reproduce)
  foreignCommands(xmrl)
  xmrl
    .command('envs')
    .description('environment presets and their specification')
    .argument('[preset]')
    .option('--json', 'print JSON', false)
    .action(envs)
  xmrl
    .command('data')
    .description('prices of a stock preset: fetches those of stock/sp20 once, checks a file for stock/csv')
    .argument('<preset>', 'stock/sp20 or stock/csv')
    .option('--file <csv>', 'the file of stock/csv')
    .option('--allow <kind>', 'accept jumps (moves that no market makes) or gaps (missing days); repeatable', allowed, [])
    .option('--json', 'print JSON', false)
    .action(data)
  xmrl
    .command('theory')
    .description('the theorems as numbers, each measured on a problem whose truth is known')
    .option('--out <dir>', 'where theory.json and theory.html go', 'runs/theory')
    .option('--seed <n>', 'seed of the problems and draws', natural, 0)
    .option('--json', 'print JSON, one part a line', false)
    .action(theory)
  benchCommands(xmrl)
  xmrl
    .command('doctor')
    .description('what was found on this machine and what is missing')
    .option('--json', 'print JSON', false)
    .action(doctor)
  return xmrl
}

watchOutputs()
try {
  await program().parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage
  } else {
    const output = XmrlError.is(error, 'ERR_ABORTED') ? outputFailure() : undefined
    process.stderr.write(`${output === undefined ? describe(error) : `${output}; ${(error as Error).message}`}\n`)
    if (!(error instanceof XmrlError)) process.stderr.write('this is a defect in xmrl: please report it\n')
    process.exitCode = output === undefined ? exitCode(error) : EXIT.failed
  }
}
