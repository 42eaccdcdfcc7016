import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import test from 'ava'
import { root } from '../helpers.js'
import { core, EVALUATE, learner, OPTIONS, STEP, TASKS } from './learner.js'
import { thread } from './thread.js'

const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const tsx = import.meta.resolve('tsx')

/** A thread that evaluates so often. */
const works = (times: number, calculus: 'fused' | 'libtorch' = 'fused') => thread('./works.ts', { times, calculus })

/** What a thread says at the end. */
const result = (worker: Worker) =>
  new Promise<number[]>((resolve, reject) => {
    worker.on('error', reject)
    worker.on('message', (said) => {
      if (said !== 'works') resolve(said as number[])
    })
  })

test.serial('a thread that ends, by itself or by force, ends nobody else’s jobs', async (t) => {
  const mine = learner(t)
  const expected = Array.from((await mine.evaluate(TASKS, EVALUATE)).returns)
  const [short, long, ended] = [works(1), works(60), works(0)]
  const [first, second] = [result(short), result(long)]
  await once(ended, 'message')
  const running = mine.metaStep(TASKS, STEP)
  t.is(await ended.terminate(), 1)
  t.deepEqual(await first, expected)
  t.true((await running).accepted)
  t.deepEqual(await second, expected, 'the long one is done after both others ended')
  // Weights have moved; a new learner of this thread is as before.
  t.deepEqual(Array.from((await learner(t).evaluate(TASKS, EVALUATE)).returns), expected)
})

test.serial('jobs of two threads run beside each other', async (t) => {
  // A job of hours in one thread: the other's are not queued behind it.
  const busy = works(0, 'libtorch')
  await once(busy, 'message')
  const from = performance.now()
  await learner(t).evaluate(TASKS, EVALUATE)
  t.true(performance.now() - from < 30_000)
  await busy.terminate()
})

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Milliseconds from when the job ran to the end. */
  after: number
}

/** Starts the child that ends in some way while its job runs. */
async function exits(way: string, calculus: 'fused' | 'libtorch'): Promise<Ended> {
  const child: ChildProcess = spawn(process.execPath, [`--import=${tsx}`, beside('exits.ts'), way, calculus], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000
  })
  let [stdout, stderr, from] = ['', '', Number.NaN]
  child.stderr?.on('data', (data) => {
    stderr += data
  })
  child.stdout?.on('data', (data) => {
    if (stdout === '') from = performance.now()
    stdout += data
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { code, signal, stdout, stderr, after: performance.now() - from }
}

/** Ways out and the exit code each must have. */
const WAYS: [way: string, code: number][] = [
  ['terminated', 0],
  ['worker-exits', 0],
  ['worker-throws', 0],
  ['main-exits', 7],
  // Three times: it is a race with the destructors of what libtorch made while it worked.
  ['main-exits-without-events', 7],
  ['main-exits-without-events', 7],
  ['main-exits-without-events', 7],
  ['main-exits-over-worker', 7],
  ['main-throws', 1],
  ['main-exits-deaf', 7],
  ['terminated-deaf', 0]
]
for (const [calculus, ways] of [
  ['libtorch', WAYS],
  ['fused', WAYS.slice(0, 1)]
] as const) {
  test.serial(`a process ends with its own exit code while a job of hours runs (${calculus})`, async (t) => {
    const ended = await Promise.all(ways.map(async ([way, code]) => ({ way, expected: code, ...(await exits(way, calculus)) })))
    for (const { way, expected, code, signal, stdout, stderr, after } of ended) {
      t.is(signal, null, `${way}: ${stderr}`)
      t.is(code, expected, `${way}: ${stderr}`)
      t.is(stdout, 'running\n', `${way}: the job was running, and was not done`)
      // .15 s until the end is asked for, .5 s of patience at most twice, and the rest for a machine at work.
      t.true(after < 20_000, `${way} took ${after} ms`)
    }
  })
}

test.serial('a disposed learner says so, and lets its threads go', async (t) => {
  const made = new core.Learner({ ...OPTIONS, threads: 3 })
  await made.dispose()
  const error = await t.throwsAsync(async () => await made.evaluate(TASKS, EVALUATE))
  t.regex(error?.message ?? '', /^ERR_DISPOSED: /)
  await t.notThrowsAsync(async () => await made.dispose())
})
