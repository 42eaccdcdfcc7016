/** `xmrl bench iteration | hvp | rollout`: figures of this machine, as a small table or as JSON. */
import type { Command } from 'commander'
import {
  benchHvp,
  benchIteration,
  benchRollout,
  type Conditions,
  type HvpFigures,
  type HvpOptions,
  type IterationFigures,
  type IterationOptions,
  PHASES,
  type RolloutFigures,
  type RolloutOptions,
  type Spread
} from '../bench/index.js'
import { activation, calculus, collect, device, dtype, duration, layers, natural, positive } from './parse.js'
import { compact } from './progress.js'

/** Adds the bench commands to the program. */
export function benchCommands(xmrl: Command): void {
  const bench = xmrl.command('bench').description('how fast this machine is: medians of several runs, with their spread')
  policyCommand(bench, 'iteration', "meta-iterations of the learner with a preset's recipe: seconds, where they go, memory")
    .option('--tasks <n>', 'tasks of the meta-batch', positive)
    .option('--episodes <n>', 'episodes a task adapts on, and as many it is scored on', positive)
    .option('--dtype <type>', 'f32 or f64: number type of derivatives', dtype)
    .option('--calculus <name>', 'fused or libtorch', calculus)
    .option('--set <key=value>', 'override one key of the recipe, such as trpo.curvatureQueryRows=4000 (repeatable)', collect, [])
    .option('--device <name>', 'auto, cpu or cuda', device)
    .option('--seed <n>', 'seed of everything drawn (default: 0)', natural)
    .option('--iterations <n>', 'iterations that are timed, after one that is not (default: 5)', positive)
    .action(async ({ json, ...options }: IterationOptions & Output) => print(await benchIteration(options), json, iterationLines))
  timed(command(bench, 'hvp', 'gradient and exact Hessian-vector products of the problem that PyTorch and JAX are timed on'))
    .option('--tasks <n>', 'tasks (default: 20)', positive)
    .option('--rows <n>', 'support rows, and as many query rows, of each (default: 400)', positive)
    .option('--dtype <type>', 'f32 or f64 (default: f64)', dtype)
    .option('--calculus <name>', 'fused or libtorch (default: fused)', calculus)
    .action(async ({ json, ...options }: HvpOptions & Output) => print(await benchHvp(options), json, hvpLines))
  timed(policyCommand(bench, 'rollout', 'environment steps per second, of worlds alone and of roll-outs with a policy'))
    .requiredOption('--worlds <n>', 'worlds at a time; in roll-outs, episodes', positive)
    .option('--tasks <n>', 'tasks that share them (default: as many as divide them, up to 16)', positive)
    .option('--dtype <type>', 'f32 or f64: number type of roll-outs', dtype)
    .action(async ({ json, ...options }: RolloutOptions & Output) => print(await benchRollout(options), json, rolloutLines))
}

interface Output {
  json: boolean
}

/** A bench; all of them take these two options. */
const command = (bench: Command, name: string, description: string): Command =>
  bench
    .command(name)
    .description(description)
    .option('--threads <n>', 'threads (default: one per core)', positive)
    .option('--json', 'print JSON', false)

/** A bench of a preset with its policy, or another one. */
const policyCommand = (bench: Command, name: string, description: string): Command =>
  command(bench, name, description)
    .requiredOption('--preset <name>', 'environment preset')
    .option('--hidden <units>', 'hidden layers of the policy, such as 64,64', layers)
    .option('--activation <name>', 'tanh or relu', activation)

/** A bench whose work is repeated in runs. */
const timed = (command: Command): Command =>
  command
    .option('--runs <n>', 'runs of which the median is taken (default: 3)', positive)
    .option('--seconds <s>', 'least seconds of a run (default: 0.3)', duration)
    .option('--tries <n>', 'disturbed runs that may be repeated (default: 0)', natural)

function print<T>(figures: T, json: boolean, lines: (figures: T) => string[]): void {
  process.stdout.write(json ? `${JSON.stringify(figures)}\n` : `${lines(figures).join('\n')}\n`)
}

/** A line of a table: a name, then figures flush right. */
const row = (name: string, ...cells: string[]) => `  ${name.padEnd(12)}${cells.map((cell) => ` ${cell}`.padStart(13)).join('')}`

const digits = (value: number) => value.toPrecision(3)
const spreadCells = ({ median, min, max }: Spread, show: (value: number) => string) => [show(median), show(min), show(max)]
const layersOf = ({ hidden, activation }: { hidden: number[]; activation: string }) => `${hidden.join('-')} ${activation}`

function conditionsLine({ threads, runs, foreign, peakResidentMiB, origin }: Conditions): string {
  const others = foreign === undefined ? '' : `; other programs took ${foreign.toFixed(2)} of a core`
  const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`
  return `${count(threads, 'thread')}, ${count(runs, 'run')}, peak ${peakResidentMiB.toFixed(0)} MiB; ${origin.machine.cpu}, ${origin.machine.cores} cores${others}`
}

function iterationLines(figures: IterationFigures): string[] {
  const { preset, tasks, supportEpisodes, queryEpisodes, horizons, parameters, calculus, device, dtype, rolloutDtype, seconds } = figures
  const { curvatureRows, maxKl } = figures
  const share = (part: number) => `${Math.round((100 * part) / seconds.median)} %`
  return [
    `${preset}: ${tasks} tasks × (${supportEpisodes} episodes of ${horizons.support} steps + ${queryEpisodes} of ${horizons.query})`,
    `policy ${layersOf(figures)}, ${parameters} parameters; ${calculus} ${dtype} on ${device}, roll-outs ${rolloutDtype}`,
    `curvature on ${curvatureRows.support} + ${curvatureRows.query} rows a task, trust region ${maxKl}`,
    '',
    row('', 's', 'share'),
    ...PHASES.map((phase) => row(phase, digits(figures.phases[phase]), share(figures.phases[phase]))),
    row('iteration', digits(seconds.median), '', `${digits(seconds.min)} to ${digits(seconds.max)}`),
    row('env steps/s', compact(figures.envStepsPerSecond)),
    '',
    conditionsLine(figures)
  ]
}

function hvpLines(figures: HvpFigures): string[] {
  const { tasks, rows, dtype, calculus, digests } = figures
  const line = (name: 'gradient' | 'hvp' | 'kept', digest: number) =>
    row(name, ...spreadCells(figures[name], digits), digest.toPrecision(9))
  return [
    `${tasks} tasks × (${rows} + ${rows}) rows, policy 20-64-64-6 tanh, ${calculus} ${dtype}`,
    '',
    row('ms', 'median', 'min', 'max', 'digest'),
    line('gradient', digests.gradient),
    line('hvp', digests.hvp),
    line('kept', digests.hvp),
    '',
    conditionsLine(figures)
  ]
}

function rolloutLines(figures: RolloutFigures): string[] {
  const { preset, worlds, tasks, dtype, bare, policy } = figures
  return [
    `${preset}: ${worlds} worlds of ${tasks} tasks; policy ${layersOf(figures)}, roll-outs ${dtype}`,
    '',
    row('env steps/s', 'median', 'min', 'max'),
    row('worlds', ...spreadCells(bare, compact)),
    row('with policy', ...spreadCells(policy, compact)),
    '',
    conditionsLine(figures)
  ]
}
