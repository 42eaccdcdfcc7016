import test from 'ava'
import { Command, CommanderError } from 'commander'
import { benchHvp, benchIteration, benchRollout, type Spread } from '../../ts/bench/index.js'
import { benchCommands } from '../../ts/cli/bench.js'
import { describe, exitCode } from '../../ts/cli/failure.js'
import { xmrl } from '../helpers.js'

const QUICK = { runs: 1, seconds: 0, threads: 1 }
const ordered = ({ median, min, max }: Spread) => 0 < min && min <= median && median <= max

test('an iteration: seconds, their split, env steps and memory', async (t) => {
  const figures = await benchIteration({
    preset: 'cheetah-vel/gym',
    tasks: 2,
    episodes: 3,
    hidden: [8, 4],
    activation: 'relu',
    threads: 1,
    iterations: 2,
    device: 'cpu',
    seed: 3
  })
  t.like(figures, {
    bench: 'iteration',
    preset: 'cheetah-vel/gym',
    tasks: 2,
    supportEpisodes: 3,
    queryEpisodes: 3,
    horizons: { support: 200, query: 200 },
    hidden: [8, 4],
    activation: 'relu',
    // 20·8+8 + 8·4+4 + 4·6+6 + 6
    parameters: 240,
    calculus: 'fused',
    device: 'cpu',
    threads: 1,
    runs: 2,
    seed: 3,
    envSteps: 2 * (3 + 3) * 200
  })
  t.true(ordered(figures.seconds))
  const phases = Object.values(figures.phases)
  t.is(phases.length, 8)
  t.true(phases.every((part) => part >= 0) && phases.reduce((sum, part) => sum + part, 0) < 2 * figures.seconds.max)
  t.true(figures.envStepsPerSecond > 0 && figures.peakResidentMiB >= figures.residentMiB && figures.residentMiB > 10)
})

test('what is left out of an iteration is the last phase of the recipe', async (t) => {
  const figures = await benchIteration({ preset: 'drone-planar', tasks: 2, iterations: 1, threads: 1, device: 'cpu' })
  t.like(figures, { supportEpisodes: 160, queryEpisodes: 20, hidden: [32, 32], horizons: { support: 10, query: 25 } })
})

test('derivatives: the digests that PyTorch finds, recorded from problem.py and torch.autograd in float64', async (t) => {
  for (const calculus of ['fused', 'libtorch'] as const) {
    for (const [dtype, tolerance] of [
      ['float64', 1e-10],
      ['float32', 1e-4]
    ] as const) {
      const figures = await benchHvp({ tasks: 2, rows: 30, dtype, calculus, ...QUICK })
      t.true(ordered(figures.gradient) && ordered(figures.hvp) && ordered(figures.kept))
      t.true(Math.abs(figures.digests.gradient / 3.1462701206126895 - 1) < tolerance)
      t.true(Math.abs(figures.digests.hvp / -2.4430375329083667 - 1) < tolerance)
    }
  }
})

test('roll-outs: worlds alone and with a policy', async (t) => {
  const figures = await benchRollout({ preset: 'drone-planar', worlds: 24, hidden: [8], dtype: 'float64', ...QUICK })
  t.like(figures, { preset: 'drone-planar', worlds: 24, tasks: 12, dtype: 'float64', hidden: [8], activation: 'tanh', threads: 1 })
  t.true(ordered(figures.bare) && ordered(figures.policy))
})

test('the command line: JSON, or a small table', async (t) => {
  const args = ['bench', 'rollout', '--preset', 'drone-planar', '--worlds', '8', '--runs', '1', '--seconds', '0', '--threads', '1']
  const [json, table] = await Promise.all([xmrl([...args, '--dtype', 'f32', '--json']), xmrl(args)])
  t.like(JSON.parse(json.stdout), { bench: 'rollout', worlds: 8, tasks: 8, dtype: 'float32', runs: 1 })
  t.regex(table.stdout, /^drone-planar: 8 worlds of 8 tasks; policy 32-32 tanh, roll-outs float32\n/)
  t.regex(table.stdout, /\n {2}worlds +[\d.]+ [kM] /)
})

test('wrong input is a usage error with the fix', async (t) => {
  const cases: [string[], RegExp][] = [
    [['iteration'], /required option '--preset <name>'/],
    [['iteration', '--preset', 'cheetah-vel'], /ERR_PRESET_UNKNOWN: .*did you mean/],
    [['iteration', '--preset', 'drone-planar', '--tasks', '0'], /--tasks.*at least 1/],
    [['iteration', '--preset', 'drone-planar', '--hidden', '64,x'], /--hidden.*such as 64,64/],
    [['iteration', '--preset', 'drone-planar', '--activation', 'gelu'], /give tanh or relu/],
    [['iteration', '--preset', 'drone-planar', '--hidden', '9000'], /--hidden.*1 to 8192/],
    [['iteration', '--preset', 'drone-planar', '--set', 'trpo.dampin=1'], /ERR_SPEC_INVALID: .*trpo\.damping/],
    [['rollout', '--preset', 'cheetah-vel/gym', '--worlds', '4000000'], /ERR_USAGE: worlds: .*at most 1342177/],
    [['hvp', '--dtype', 'f16'], /give f32 or f64/],
    [['hvp', '--tasks', '100000', '--rows', '100000'], /ERR_USAGE: tasks × rows: give a whole number/],
    [['hvp', '--seconds', '-1'], /--seconds/],
    [['rollout', '--preset', 'drone-planar'], /required option '--worlds <n>'/],
    [['rollout', '--preset', 'drone-planar', '--worlds', '7', '--tasks', '2'], /ERR_USAGE: worlds: give a multiple of the 2 tasks, not 7/],
    [['rollout', '--preset', 'drone-planer', '--worlds', '7'], /ERR_PRESET_UNKNOWN/],
    [['speed'], /unknown command/]
  ]
  for (const [args, message] of cases) {
    let said = ''
    const keep = (text: string) => {
      said += text
    }
    const program = new Command().exitOverride().configureOutput({ writeOut: keep, writeErr: keep })
    benchCommands(program)
    const error = await program.parseAsync(['node', 'xmrl', 'bench', ...args]).catch((thrown: unknown) => thrown)
    t.true(error instanceof Error, args.join(' '))
    t.regex(`${said}\n${describe(error)}`, message, args.join(' '))
    // main.ts turns every error of commander's that is one into the same code.
    if (error instanceof CommanderError) t.not(error.exitCode, 0, args.join(' '))
    else t.is(exitCode(error), 2, args.join(' '))
  }
  const { code, stderr } = await xmrl(['bench', 'hvp', '--dtype', 'f16'])
  t.is(code, 2)
  t.regex(stderr, /^ERR_USAGE: option '--dtype <type>' argument 'f16' is invalid\. give f32 or f64\./)
})
