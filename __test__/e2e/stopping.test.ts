/** Every way in which a run can be told to stop: real processes, signals and pipes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { loadRun } from '../../ts/run/index.js'
import { takeLock } from '../../ts/run/lock.js'
import { command, commandLine, folder, root, TINY, tinySpec } from '../helpers.js'

const work = mkdtempSync(join(tmpdir(), 'xmrl-stopping-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))
// Training long enough to be stopped in, and saved only when the run is told to stop.
const train = { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 400 }] }
const spec = tinySpec(work, { train, checkpoint: { every: 400, keep: 2 } })

/** A process that is watched while it works. */
class Watched {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly ended: Promise<number | null>
  #waiting: (() => void)[] = []

  constructor(args: string[], stdio: ('pipe' | 'ignore')[] = ['ignore', 'pipe', 'pipe']) {
    const { LIBTORCH: _, XMRL_LIBTORCH: __, ...env } = process.env
    this.child = spawn(process.execPath, [...commandLine, ...args], {
      cwd: root,
      env: { ...env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
      stdio,
      timeout: 110_000,
      killSignal: 'SIGKILL'
    })
    this.child.stdout?.on('data', (data) => {
      this.stdout += data
      this.#changed()
    })
    this.child.stderr?.on('data', (data) => {
      this.stderr += data
      this.#changed()
    })
    this.ended = new Promise((resolve) => {
      // Not `exit`, which may come before the last of what it has printed.
      this.child.on('close', (code) => {
        resolve(code)
        this.#changed()
      })
    })
  }

  events(): Record<string, unknown>[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1)
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
  }

  /** Resolves when what it has printed is so; fails when it ends before. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error(`it ended too early: ${this.stderr}`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }

  iterated = (seed: number, least: number) =>
    this.until(() => this.events().some((event) => event.type === 'iteration' && event.seed === seed && Number(event.iteration) >= least))
}

/** Newest saved iteration of training. */
function saved(path: string): number {
  return Math.max(0, ...readdirSync(join(path, 'checkpoints')).map((name) => Number(/^train-(\d+)$/.exec(name)?.[1] ?? 0)))
}

/** What every stop that saves leaves: a checkpoint off the grid, the status, no lock. */
async function stoppedWell(t: ExecutionContext, out: string, least: number, what: string): Promise<void> {
  const at = saved(join(out, 'seed-0'))
  t.true(at >= least, `${what}: saved at ${at}`)
  t.is((await loadRun(out)).manifest.status, 'stopped', what)
  t.false(existsSync(join(out, '.lock')), what)
}

for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)
  test(`${signal} stops a run after saving, with exit code 75`, async (t) => {
    const out = join(folder(t), 'run')
    const run = new Watched(['run', spec, '--out', out, '--until', 'train', '--json'])
    await run.iterated(0, 3)
    run.child.kill(signal)
    t.is(await run.ended, 75, run.stderr)
    t.regex(run.stderr, /^ERR_ABORTED: stopped after saving; .*--resume[^\n]*\n$/)
    await stoppedWell(t, out, 3, signal)
  })

test('a reader of the events that leaves stops the run after saving, without a stack', async (t) => {
  const out = join(folder(t), 'run')
  const run = new Watched(['run', spec, '--out', out, '--until', 'train', '--json'])
  await run.iterated(0, 3)
  run.child.stdout?.destroy()
  t.is(await run.ended, 75)
  t.regex(run.stderr, /^ERR_ABORTED: [^\n]*\n$/)
  await stoppedWell(t, out, 3, 'a closed standard output')
})

test('a reader of the progress that leaves stops the run after saving, though the last line cannot be written', async (t) => {
  const out = join(folder(t), 'run')
  // The second seed's lines come after the reader has left.
  const short = tinySpec(folder(t), { train: { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 4 }] } })
  const run = new Watched(['run', short, '--seeds', '0..9', '--out', out, '--until', 'train'])
  await run.until(() => run.stderr.includes('threads'))
  run.child.stderr?.destroy()
  t.is(await run.ended, 75)
  const { manifest, seeds } = await loadRun(out)
  t.is(manifest.status, 'stopped')
  t.false('train' in seeds[9].stages, 'the last seed was never begun')
  t.false(existsSync(join(out, '.lock')))
})

test('any other command whose reader is gone ends quietly, with the exit code of SIGPIPE', async (t) => {
  for (const args of [['envs'], ['envs', '--json'], ['doctor'], ['theory', '--json', '--out', join(folder(t), 'theory')]]) {
    const done = new Watched(args)
    done.child.stdout?.destroy()
    t.is(await done.ended, 141, args.join(' '))
    t.is(done.stderr, '', args.join(' '))
  }
})

test('an output that cannot be written is a line, not a stack; a run has saved by then', async (t) => {
  const full = (args: string[]) => command('bash', ['-c', 'exec "$@" > /dev/full', 'bash', process.execPath, ...commandLine, ...args])
  const envs = await full(['envs', '--json'])
  t.deepEqual([envs.code, envs.stderr], [1, 'ERR_OUTPUT: cannot write standard output: the disk is full\n'])
  const out = join(folder(t), 'run')
  const run = await full(['run', spec, '--out', out, '--until', 'train', '--json'])
  t.is(run.code, 1)
  t.regex(run.stderr, /^ERR_OUTPUT: cannot write standard output: the disk is full; stopped after saving; [^\n]*--resume[^\n]*\n$/)
  await stoppedWell(t, out, 0, 'a full disk behind the events')
})

test('a run that is done but cannot show its result has failed, as every other command whose last line is lost', async (t) => {
  const work = folder(t)
  const lost = 'ERR_OUTPUT: cannot write standard output: the disk is full'
  const full = (args: string[]) => command('bash', ['-c', 'exec "$@" > /dev/full', 'bash', process.execPath, ...commandLine, ...args])
  const [run, table] = [join(work, 'run'), join(work, 'table')]
  for (const args of [
    ['run', tinySpec(work), '--out', run],
    ['retrain', run],
    ['table', tinySpec(work), '--arms', 'maml', '--seeds', '0,1', '--jobs', '2', '--out', table]
  ]) {
    const done = await full(args)
    t.is(done.code, 1, args[0])
    t.is(done.stderr.trimEnd().split('\n').at(-1), `${lost}; what went there is lost, the files are written`, args[0])
    t.is((await loadRun(args[0] === 'table' ? table : run)).manifest.status, 'done', args[0])
  }
  for (const args of [['--version'], ['--help'], ['run', '--help'], ['report', run]]) {
    const done = await full(args)
    t.deepEqual([done.code, done.stderr], [1, `${lost}\n`], args.join(' '))
  }
})

/** One iteration takes half a minute of one core. */
const slow = (() => {
  mkdirSync(join(work, 'slow'))
  const phases = [{ iterations: 3, metaBatchSize: 40, supportEpisodes: 1000, queryEpisodes: 200 }]
  return tinySpec(join(work, 'slow'), { policy: { hidden: [512, 512] }, train: { phases } })
})()

const alive = (pid: number) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}

/** Waits for what must come soon. */
async function soon(holds: () => boolean, milliseconds: number): Promise<boolean> {
  for (const until = performance.now() + milliseconds; performance.now() < until; ) {
    if (holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return holds()
}

test('a second signal ends the process at once, and its workers, whatever native job they are in', async (t) => {
  const out = join(folder(t), 'run')
  const run = new Watched(['run', slow, '--seeds', '0,3', '--jobs', '2', '--threads', '1', '--out', out, '--until', 'train', '--json'])
  const started = (seed: number) => run.events().some((event) => event.type === 'stage-started' && event.seed === seed)
  await run.until(() => started(0) && started(3))
  const workers = [0, 3].map((seed) => JSON.parse(readFileSync(join(out, `seed-${seed}`, '.lock'), 'utf8')).pid as number)
  await new Promise((resolve) => setTimeout(resolve, 500))
  run.child.kill('SIGINT')
  await new Promise((resolve) => setTimeout(resolve, 300))
  t.is(run.child.exitCode, null, 'the first signal waits for the step')
  // A worker that crashes meanwhile is no failure of the run, but it is said.
  process.kill(workers[1], 'SIGKILL')
  const noted = new RegExp(`^seed 3 worker process ${workers[1]} was killed by SIGKILL`)
  await run.until(() => run.events().some((event) => event.type === 'note' && noted.test(String(event.text))))
  const second = performance.now()
  run.child.kill('SIGTERM')
  t.is(await run.ended, 130)
  const took = performance.now() - second
  // A second by rights; a machine that other tests keep busy gets more.
  t.true(took < 5000, `it took ${took} ms`)
  t.true(await soon(() => !workers.some(alive), 5000), 'no worker outlives its parent')
  // A process that is gone from the list may still be closing its files.
  for (const path of [out, ...[0, 3].map((seed) => join(out, `seed-${seed}`))]) takeLock(path, 2000).release()
  t.is((await loadRun(out)).manifest.status, 'running', 'it was ended, not stopped')
})

test('a worker that somebody ends is a failure of its seed; the others go on', async (t) => {
  const out = join(folder(t), 'run')
  const args = ['run', spec, '--seeds', '0,3', '--jobs', '2', '--out', out, '--until', 'train', '--json']
  const run = new Watched(args)
  await run.iterated(3, 3)
  const worker = JSON.parse(readFileSync(join(out, 'seed-3', '.lock'), 'utf8')).pid as number
  process.kill(worker, 'SIGTERM')
  t.is(await run.ended, 1)
  t.regex(
    run.stderr,
    new RegExp(`^ERR_WORKER: 1 of 2 seeds failed: seed 3: worker process ${worker} was told to end by SIGTERM, and saved; .*--resume`)
  )
  t.true(run.events().some((event) => event.type === 'note' && event.seed === 3 && /^seed 3 failed: ERR_WORKER: /.test(String(event.text))))
  const { manifest, seeds } = await loadRun(out)
  t.is(manifest.status, 'failed')
  t.is(seeds[0].stages.train, 400)
  t.true(saved(join(out, 'seed-3')) >= 3 && seeds[1].stages.train < 400)
})

test('a signal to every process of a run is a stop of the run', async (t) => {
  const out = join(folder(t), 'run')
  const run = new Watched(['run', spec, '--seeds', '0,3', '--jobs', '1', '--out', out, '--until', 'train', '--json'])
  await run.iterated(0, 2)
  const worker = JSON.parse(readFileSync(join(out, 'seed-0', '.lock'), 'utf8')).pid as number
  process.kill(worker, 'SIGTERM')
  // Its parent hears of it after it has saved, and after it has seen it go.
  t.true(await soon(() => !existsSync(`/proc/${worker}`), 30_000))
  await new Promise((resolve) => setTimeout(resolve, 100))
  run.child.kill('SIGTERM')
  t.is(await run.ended, 75, run.stderr)
  t.false(run.events().some((event) => event.type === 'note' && /failed/.test(String(event.text))))
  t.is((await loadRun(out)).manifest.status, 'stopped')
  t.true(saved(join(out, 'seed-0')) >= 2)
})
