/** No process of a world in Python outlives what it was started for, however that ends, nor does what the environment has started. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { commandLine, folder, root, TINY } from '../helpers.js'
import { HERE, PYTHON, point, processesWith, within } from './python.js'

const { environment: _, ...SMALL } = TINY
const LONG = { ...SMALL, train: { phases: [{ iterations: 5000, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }] } }

/** Starts a long run of an environment that starts a process of its own; gives the run, and the numbers of what Python started. */
async function begun(t: ExecutionContext, args: string[]) {
  const path = folder(t)
  const noted = join(path, 'noted')
  const set = Object.entries(LONG).flatMap(([key, value]) => ['--set', `${key}=${JSON.stringify(value)}`])
  const child = spawn(
    process.execPath,
    [...commandLine, ...args, point('breeding'), ...set, '--out', join(path, 'run'), '--threads', '2'],
    {
      cwd: HERE,
      env: { ...process.env, ...PYTHON, NODE_OPTIONS: '', XMRL_TEST_NOTED: noted },
      stdio: 'ignore'
    }
  )
  t.teardown(() => child.kill('SIGKILL'))
  const numbers = () => (existsSync(noted) ? readFileSync(noted, 'utf8').trim().split('\n') : [])
  const trains = () =>
    existsSync(join(path, 'run', 'seed-0', 'metrics.jsonl')) && readFileSync(join(path, 'run', 'seed-0', 'metrics.jsonl')).length > 0
  t.true(await within(60_000, () => trains() && numbers().length >= 4), 'it trains')
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)))
  return { child, numbers, ended }
}

const alive = (number: string) =>
  existsSync(join('/proc', number)) && !/^State:\s+Z/m.test(readFileSync(join('/proc', number, 'status'), 'utf8'))

async function gone(t: ExecutionContext, numbers: string[]) {
  t.true(numbers.length >= 4)
  t.true(await within(5000, () => !numbers.some(alive)), `still there: ${numbers.filter(alive).join(', ')}`)
}

const CASES: [string, string[], (kill: (signal: NodeJS.Signals) => void) => void, unknown][] = [
  ['Ctrl-C', ['run'], (kill) => kill('SIGINT'), 75],
  [
    'Ctrl-C twice',
    ['run'],
    (kill) => {
      kill('SIGINT')
      setTimeout(() => kill('SIGINT'), 10)
    },
    undefined
  ],
  ['SIGKILL', ['run'], (kill) => kill('SIGKILL'), 'SIGKILL'],
  ['SIGKILL of a table of several processes', ['table', '--seeds', '0,1', '--jobs', '2'], (kill) => kill('SIGKILL'), 'SIGKILL']
]

for (const [name, args, end, code] of CASES)
  test.serial(name, async (t) => {
    const { child, numbers, ended } = await begun(t, args)
    end((signal) => child.kill(signal))
    const left = await ended
    if (code !== undefined) t.is(left, code as number)
    await gone(t, numbers())
  })

test.serial('a script that ends by itself, by process.exit and by an exception', async (t) => {
  for (const last of ['', 'process.exit(3)', 'throw new Error("enough")']) {
    const noted = join(folder(t), 'noted')
    const text = `
      const { createWorlds, openWorld } = await import(${JSON.stringify(join(root, 'ts/index.ts'))})
      const world = await openWorld('${point('breeding')}', ${JSON.stringify(HERE)})
      createWorlds(world, { tasks: [[0, 0]], worldsPerTask: 4, threads: 2 }).step(new Float64Array(8))
      ${last}`
    const child = spawn(process.execPath, ['--import=tsx', '--input-type=module', '-e', text], {
      cwd: root,
      env: { ...process.env, ...PYTHON, XMRL_TEST_NOTED: noted },
      stdio: 'ignore'
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    t.is(code, last === '' ? 0 : last.startsWith('process') ? 3 : 1)
    await gone(t, readFileSync(noted, 'utf8').trim().split('\n'))
  }
  t.deepEqual(processesWith('point:breeding'), [])
})
