#!/usr/bin/env node
/** `xmrl`: the command line. The only room that prints and exits. */
import { Command, CommanderError } from 'commander'
import { XmrlError } from '../errors.js'
import { packageVersion } from '../run/index.js'
import { benchCommands } from './bench.js'
import { check } from './check.js'
import { data } from './data.js'
import { doctor } from './doctor.js'
import { envs } from './envs.js'
import { describe, EXIT, exitCode } from './failure.js'
import { foreignCommands } from './foreign.js'
import { init } from './init.js'
import { allowed, collect, natural } from './parse.js'
import { report } from './report.js'
import { reproduce } from './reproduce.js'
import { runCommands } from './run.js'
import { spec } from './spec.js'
import { stageCommands } from './stage.js'
import { outputFailure, watchOutputs } from './stopping.js'
import { strict } from './strict.js'
import { theory } from './theory.js'

const AFTER_HELP = `
First steps: xmrl run drone-planar --seeds 0..2    trains, repairs and measures, and writes a report
             xmrl spec drone-planar                every key of that experiment, with what it does
             xmrl init my-project                  a small project of your own

Exit codes: 0 done; 1 failed; 2 wrong usage or specification; 75 a run stopped after saving, --resume goes on (SIGINT, SIGTERM,
SIGHUP, SIGUSR1, SIGUSR2, or the reader of its output left); 130 ended at once by a second signal; 141 the reader of another
command's output left.`

function program(): Command {
  const xmrl = new Command('xmrl')
    .description('Explains why a meta-reinforcement-learning policy fails some tasks, repairs it, and shows the figures.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('-h, --help', 'print what a command takes')
    .showSuggestionAfterError()
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`ERR_USAGE: ${text.replace(/^error: /, '')}`) })
  runCommands(xmrl)
  stageCommands(xmrl)
  xmrl
    .command('spec')
    .description('every key of a specification with its value, what it does and what it may be, as YAML that runs')
    .argument(
      '[preset or spec.yaml]',
      "an environment preset, the path of a world of one's own, a file with a specification (YAML or JSON), or - for standard input"
    )
    .option('--set <key=value>', 'override one key of the specification (repeatable)', collect, [])
    .option('--schema', 'the JSON Schema of specifications instead, for editors', false)
    .option('--json', 'print the resolved specification and its hash as JSON', false)
    .action(spec)
  xmrl
    .command('init')
    .description('a small project: specification, experiment.ts, a world of your own, package.json')
    .argument('[dir]', 'a folder that is new or empty (default: this one)')
    .option('--json', 'print JSON', false)
    .action(init)
  xmrl
    .command('report')
    .description('one self-contained HTML file from the records of a run (needs no libtorch)')
    .argument('<run dir...>', 'run directories')
    .option('--out <file>', 'where to write it (default report.html in the run directory)')
    .option('--json', 'print JSON', false)
    .action(report)
  xmrl
    .command('reproduce')
    .description('every table and picture of small records made again, and compared with the files beside them')
    .argument('<record.json...>', 'small records, as xmrl table --record writes them')
    .option('--write', 'replace files that differ instead of failing', false)
    .option('--json', 'print JSON, one record a line', false)
    .action(reproduce)
  foreignCommands(xmrl)
  xmrl
    .command('envs')
    .description("environment presets and their specification, or that of a world of one's own")
    .argument('[preset]', "an environment preset, or the path of a world of one's own")
    .option('--json', 'print JSON', false)
    .action(envs)
  xmrl
    .command('check')
    .description('the contract of a world, line by line, with what to change for each that is not in order')
    .argument('<preset or own world>', 'an environment preset, or the path of a module that exports a world')
    .option('--seed <n>', 'seed of everything that is drawn', natural, 0)
    .option('--set <key=value>', 'a key of its specification, such as market.file=prices.csv (repeatable)', collect, [])
    .option('--json', 'print JSON', false)
    .action(check)
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
  strict(xmrl)
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
