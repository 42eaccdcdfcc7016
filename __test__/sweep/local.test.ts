/** Sweeps on this machine, by the command line: real units in processes that are killed, cancelled and gone on with. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { readJournal } from '../../ts/run/journal.js'
import { commandLine, folder, outcome, root, TINY, xmrl } from '../helpers.js'

const SHARES = [0.25, 0.5]
const SEEDS = [0, 3]
const UNITS = SEEDS.flatMap((seed) => SHARES.map((share) => `${share}/seed-${seed}`))
/** Training long enough to be interrupted in. */
const LONG = { ...TINY, train: { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 120 }], monitorEvery: 40 } }
const SWEEP = `base: long.json\nmatrix: { retrain.mixedShare: [${SHARES.join(', ')}] }\nseeds: ${SEEDS.join(',')}\narms: [xmrl, maml]\njobs: 2\nthreads: 1\n`

/** A sweep file, changed by lines of its own. */
function sweepFile(at: string, text = SWEEP): string {
  writeFileSync(join(at, 'long.json'), JSON.stringify(LONG))
  writeFileSync(join(at, 'sweep.yaml'), text)
  return join(at, 'sweep.yaml')
}

const work = mkdtempSync(join(tmpdir(), 'xmrl-sweep-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))

/** The cells as runs of `xmrl table`: what everything is compared with. */
const alone = (async () => {
  sweepFile(work)
  for (const share of SHARES) {
    const args = [
      '--seeds',
      SEEDS.join(','),
      '--arms',
      'xmrl,maml',
      '--set',
      `retrain.mixedShare=${share}`,
      '--jobs',
      '2',
      '--threads',
      '1'
    ]
    const done = await xmrl(['table', join(work, 'long.json'), ...args, '--out', join(work, String(share)), '--json'])
    if (done.code !== 0) throw new Error(`xmrl table failed: ${done.stderr}`)
  }
  return work
})()

const kinds = (out: string, unit: string) => readJournal(join(out, 'units', unit, 'journal')).map(({ kind }) => kind)
const published = (out: string) => UNITS.filter((unit) => kinds(out, unit).at(-1) === 'published')

/** Every unit published once, its bytes those of `xmrl table`, and so every table. */
async function equal(t: ExecutionContext, out: string): Promise<void> {
  const runs = await alone
  for (const unit of UNITS) {
    const [share, seed] = unit.split('/')
    t.is(kinds(out, unit).filter((kind) => kind === 'published').length, 1, unit)
    t.deepEqual(outcome(join(out, 'units', unit, 'run', seed)), outcome(join(runs, share, seed)), unit)
  }
  for (const share of SHARES) {
    const [own, whole] = [join(out, 'tables', String(share)), join(runs, String(share))]
    for (const name of ['table.md', 'table.tex', 'table.csv'])
      t.is(readFileSync(join(own, name), 'utf8'), readFileSync(join(whole, name), 'utf8'), name)
    t.is(readFileSync(join(own, 'table.json'), 'utf8'), readFileSync(join(whole, 'results', 'table.json'), 'utf8'))
    t.true(existsSync(join(own, 'report.html')))
  }
}

/** Starts `xmrl sweep`; `ended` gives its exit code and what it printed. */
function started(args: string[]): { child: ChildProcess; ended: Promise<{ code: number | null; stdout: string; stderr: string }> } {
  const child = spawn(process.execPath, [...commandLine, 'sweep', ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 280_000
  })
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (data) => {
    stdout += data
  })
  child.stderr?.on('data', (data) => {
    stderr += data
  })
  return { child, ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr }))) }
}

/** The newest attempt of a unit that is in its training, once it has saved something. */
async function training(out: string, unit: string, attempt = 1): Promise<{ pid: number }> {
  for (let tries = 0; tries < 800; tries++) {
    const last = readJournal(join(out, 'units', unit, 'journal')).at(-1)
    const saved = join(out, 'units', unit, `work-${attempt}`, unit.split('/')[1], 'checkpoints')
    if (
      last?.kind === 'began' &&
      last.attempt === attempt &&
      existsSync(saved) &&
      readdirSync(saved).some((name) => /^train-\d+$/.test(name))
    )
      return last
    await pause(50)
  }
  throw new Error(`${unit} did not begin attempt ${attempt}`)
}

test('a worker is killed and its unit goes on by itself: each cell has the table of xmrl table, byte for byte', async (t) => {
  t.timeout(300_000)
  const at = folder(t)
  const file = sweepFile(at)
  const out = join(at, 'runs', 'sweep')
  const { ended } = started(['submit', file, '--json'])
  const first = await training(out, UNITS[0])
  process.kill(first.pid, 'SIGKILL')
  const done = await ended
  t.is(done.code, 0, done.stderr)
  t.deepEqual(kinds(out, UNITS[0]), ['queued', 'began', 'failed', 'began', 'published'])
  const events = done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.is(events[0].units, 4)
  t.deepEqual(
    events.filter(({ type }) => type === 'unit-failed').map(({ unit, code, again }) => [unit, code, again]),
    [[UNITS[0], 'ERR_WORKER', true]]
  )
  const collected = await xmrl(['sweep', 'collect', file])
  t.is(collected.code, 0, collected.stderr)
  t.regex(collected.stdout, /retrain\.mixedShare +arm +seeds/)
  await equal(t, out)
  const csv = readFileSync(join(out, 'tables', 'matrix.csv'), 'utf8')
    .trim()
    .split('\n')
  const parts = SHARES.map((share) =>
    readFileSync(join(out, 'tables', String(share), 'table.csv'), 'utf8')
      .trim()
      .split('\n')
  )
  t.deepEqual(csv, [
    `retrain.mixedShare,${parts[0][0]}`,
    ...SHARES.flatMap((share, place) => parts[place].slice(1).map((line) => `${share},${line}`))
  ])
  const status = JSON.parse((await xmrl(['sweep', 'status', file, '--json'])).stdout)
  t.deepEqual(status.counts, { done: 4 })
  t.regex((await xmrl(['sweep', 'submit', file])).stderr, /^ERR_RUN_EXISTS: .*holds a sweep already; go on with it by xmrl sweep resume/)
})

test('cancelled from another terminal, then resumed and stopped by a signal, then resumed: the same bytes', async (t) => {
  t.timeout(300_000)
  const at = folder(t)
  const file = sweepFile(at)
  const out = join(at, 'runs', 'sweep')
  const first = started(['submit', file])
  // Held in its training, however fast this machine is.
  const held = await training(out, UNITS[0])
  process.kill(held.pid, 'SIGSTOP')
  const status = JSON.parse((await xmrl(['sweep', 'status', file, '--json'])).stdout)
  t.is(status.counts.queued + status.counts.running + (status.counts.done ?? 0), 4)
  t.regex((await xmrl(['sweep', 'resume', file])).stderr, /^ERR_RUN_LOCKED: .* is in use by process \d+/)
  const cancelled = await xmrl(['sweep', 'cancel', file, '--json'])
  t.is(cancelled.code, 0, cancelled.stderr)
  const { units } = JSON.parse(cancelled.stdout)
  t.true(units.includes(UNITS[0]))
  process.kill(held.pid, 'SIGCONT')
  const ended = await first.ended
  t.is(ended.code, 75, ended.stderr)
  t.regex(ended.stderr, /^ERR_ABORTED: \d units were cancelled; xmrl sweep resume goes on/)
  for (const unit of units) t.is(kinds(out, unit).at(-1), 'cancelled')
  const missing = await xmrl(['sweep', 'collect', file])
  t.is(missing.code, 1)
  t.regex(missing.stderr, /^ERR_RECORD_INVALID: \d of 4 units are missing: 0\.\d+\/seed-\d \(cancelled\).*; xmrl sweep resume goes on/)
  const before = published(out)
  const second = started(['resume', file])
  const again = await training(out, UNITS[0], 2)
  process.kill(again.pid, 'SIGSTOP')
  second.child.kill('SIGINT')
  await pause(300)
  process.kill(again.pid, 'SIGCONT')
  const stopped = await second.ended
  t.is(stopped.code, 75, stopped.stderr)
  t.regex(stopped.stderr, /ERR_ABORTED: stopped after saving; xmrl sweep resume goes on/)
  t.is(kinds(out, UNITS[0]).at(-1), 'stopped')
  const third = await xmrl(['sweep', 'resume', file])
  t.is(third.code, 0, third.stderr)
  t.true(published(out).length > before.length)
  t.is((await xmrl(['sweep', 'collect', file])).code, 0)
  await equal(t, out)
})

test('the engine is killed: its units end with it, are lost, and are gone on with; a seed more is added', async (t) => {
  t.timeout(300_000)
  const at = folder(t)
  const file = sweepFile(at, SWEEP.replace(/seeds: .*/, 'seeds: 3'))
  const out = join(at, 'runs', 'sweep')
  const { child, ended } = started(['submit', file])
  const { pid } = await training(out, '0.25/seed-3')
  child.kill('SIGKILL')
  await ended
  for (let tries = 0; tries < 100 && existsSync(`/proc/${pid}`); tries++) await pause(20)
  t.false(existsSync(`/proc/${pid}`))
  const status = JSON.parse((await xmrl(['sweep', 'status', file, '--json'])).stdout)
  const found = status.units.find(({ unit }: { unit: string }) => unit === '0.25/seed-3')
  t.deepEqual([found.state, found.reason], ['lost', 'its engine ended'])
  sweepFile(at)
  const resumed = await xmrl(['sweep', 'resume', file])
  t.is(resumed.code, 0, resumed.stderr)
  t.is((await xmrl(['sweep', 'collect', file])).code, 0)
  await equal(t, out)
})

test('a unit that fails by its own error is named once and does not stop the others', async (t) => {
  const at = folder(t)
  const spec = { ...TINY, explain: { ...TINY.explain, allowUnreliable: false }, poor: { minimumCorrelation: 0.999 } }
  writeFileSync(join(at, 'long.json'), JSON.stringify(spec))
  const file = join(at, 'sweep.yaml')
  writeFileSync(file, 'base: long.json\nmatrix: { poor.minimumCorrelation: [-1, 0.999] }\nseeds: 0\narms: [maml]\njobs: 2\n')
  const done = await xmrl(['sweep', 'submit', file])
  t.is(done.code, 1)
  t.regex(done.stderr, /^ERR_WORKER: 1 of 2 units failed: 0\.999\/seed-0: ERR_UNRELIABLE: .*; xmrl sweep resume goes on/)
  const out = join(at, 'runs', 'sweep')
  t.deepEqual(kinds(out, '0.999/seed-0'), ['queued', 'began', 'failed'])
  const missing = await xmrl(['sweep', 'collect', file, '--json'])
  t.is(missing.code, 1)
  const told = JSON.parse(missing.stdout)
  t.deepEqual(
    told.cells.map(({ name }: { name: string }) => name),
    ['cell-1']
  )
  t.regex(told.missing[0].reason, /^ERR_UNRELIABLE: /)
  t.regex((await xmrl(['sweep', 'status', file])).stdout, /0\.999\/seed-0 +failed +1 .*ERR_UNRELIABLE/)
})

test('what is no sweep, and an engine that is not here, are one line', async (t) => {
  const at = folder(t)
  const file = sweepFile(at)
  for (const command of ['status', 'resume', 'cancel', 'collect']) {
    const done = await xmrl(['sweep', command, file])
    t.is(done.code, 1)
    t.regex(done.stderr, /^ERR_RUN_NOT_FOUND: .*runs\/sweep holds no sweep \(no sweep\.json\); xmrl sweep submit begins one\n$/)
  }
  const wrong = await xmrl(['sweep', 'submit', sweepFile(at, `${SWEEP}slurm: { array: 1 }\n`), '--engine', 'slurm'])
  t.is(wrong.code, 2)
  t.regex(wrong.stderr, /^ERR_SPEC_INVALID: .*slurm\.array: /)
  t.false(existsSync(join(at, 'runs')))
  const none = await xmrl(['sweep', 'submit', sweepFile(at), '--engine', 'slurm'], { env: { PATH: '/nowhere' } })
  t.is(none.code, 1)
  t.regex(none.stderr, /^ERR_SCHEDULER: s\w+: no such command on this machine; .*--engine local\n$/)
})
