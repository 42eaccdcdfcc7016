import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { loadRun, WEIGHTS } from '../../ts/run/index.js'
import { command, commandLine, type Exit, folder, TINY, tinySpec, xmrl } from '../helpers.js'

const events = (done: Exit) =>
  done.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** One or two lines that begin with the code, no stack. */
function failed(t: ExecutionContext, done: Exit, code: number, message: RegExp): void {
  t.is(done.code, code, done.stderr)
  t.regex(done.stderr, message)
  t.true(done.stderr.trim().split('\n').length <= 2, done.stderr)
  t.notRegex(done.stderr, /\n\s+at /)
}

const work = mkdtempSync(join(tmpdir(), 'xmrl-failures-'))
test.after.always(() => rmSync(work, { recursive: true, force: true }))
// Training long enough for a signal to come in time.
const train = { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 60 }] }
const spec = tinySpec(work, { train, checkpoint: { every: 2, keep: 3 } })

/** A run that was stopped in training after a few checkpoints. */
const original = (async () => {
  const out = join(work, 'stopped')
  let sent = false
  const done = await xmrl(['run', spec, '--out', out, '--json'], {
    line: (text, kill) => {
      const event = JSON.parse(text)
      if (sent || event.type !== 'iteration' || event.iteration < 6) return
      sent = true
      kill('SIGINT')
    }
  })
  if (done.code !== 75) throw new Error(`exit code ${done.code}: ${done.stderr}`)
  return out
})()

/** A copy of it to spoil, what goes on with it, and its checkpoints of training, newest first. */
async function stopped(t: ExecutionContext): Promise<{ out: string; resume: string[]; checkpoints: () => string[] }> {
  const out = join(folder(t), 'run')
  cpSync(await original, out, { recursive: true })
  const number = (name: string) => Number(name.slice(name.lastIndexOf('-') + 1))
  const checkpoints = () =>
    readdirSync(join(out, 'seed-0', 'checkpoints'))
      .filter((name) => name.startsWith('train-'))
      .sort((a, b) => number(b) - number(a))
      .map((name) => join(out, 'seed-0', 'checkpoints', name))
  return { out, resume: ['run', spec, '--out', out, '--json', '--resume'], checkpoints }
}

test.serial('a non-finite loss stops with stage, iteration, task, tensor and what can be gone on from', async (t) => {
  const place = folder(t)
  const base = ['run', spec, '--json']
  const cases: [string[], RegExp][] = [
    [['adapt.alpha=1e300'], /^ERR_DIVERGED: train, iteration 1: query: actions of task 0.*not finite.*no checkpoint of this stage yet/],
    [['policy.logStdInit=300'], /^ERR_DIVERGED: train, iteration 1: support: actions of task 0.*not finite/],
    [['policy.logStdInit=-800', 'policy.logStdMin=-900'], /^ERR_DIVERGED: train, iteration 1: adapt: inner gradient of task 0 is NaN/]
  ]
  for (const [i, [overrides, message]] of cases.entries()) {
    const out = join(place, `run-${i}`)
    const done = await xmrl([...base, '--out', out, ...overrides.flatMap((override) => ['--set', override])])
    failed(t, done, 1, message)
    t.is((await loadRun(out)).manifest.status, 'failed')
  }
})

test.serial('a run that diverges late names its last good checkpoint, which loads', async (t) => {
  const { out, resume, checkpoints } = await stopped(t)
  const [newest] = checkpoints()
  const iteration = Number(/train-(\d+)$/.exec(newest)?.[1])
  // Weights that are numbers still, but too large to fly with: what an exploded step would have saved.
  const bytes = readFileSync(join(newest, WEIGHTS))
  const from = 8 + Number(bytes.readBigUInt64LE(0))
  for (let at = from; at < bytes.length; at += 8) bytes.writeDoubleLE(bytes.readDoubleLE(at) * 1e200, at)
  writeFileSync(join(newest, WEIGHTS), bytes)
  const manifest = JSON.parse(readFileSync(join(newest, 'MANIFEST.json'), 'utf8'))
  manifest.files[WEIGHTS].sha256 = createHash('sha256').update(bytes).digest('hex')
  writeFileSync(join(newest, 'MANIFEST.json'), JSON.stringify(manifest))
  const done = await xmrl(resume)
  failed(
    t,
    done,
    1,
    new RegExp(`^ERR_DIVERGED: train, iteration ${iteration + 1}: .*task \\d+.*last good checkpoint checkpoints/train-${iteration}\\s*$`)
  )
  const run = await loadRun(out)
  t.is(run.seeds[0].checkpoint('train')?.iteration, iteration)
  t.is(run.metrics.length, iteration)
})

test.serial('a torn checkpoint is passed over with a note, and the run goes on', async (t) => {
  const { resume, checkpoints } = await stopped(t)
  const [newest, before] = checkpoints()
  truncateSync(join(newest, WEIGHTS), 100)
  const done = await xmrl(resume)
  t.is(done.code, 0, done.stderr)
  const notes = events(done).flatMap((event) => (event.type === 'note' ? [event.text] : []))
  t.true(
    notes.some(
      (text) => text.includes(`${newest}/${WEIGHTS}: it has 100 bytes`) && text.endsWith(`going on from ${before.split('/').at(-1)}`)
    ),
    notes.join('\n')
  )
})

test.serial('when every checkpoint of a stage is torn the run stops and touches nothing', async (t) => {
  const { resume, checkpoints } = await stopped(t)
  for (const path of checkpoints()) truncateSync(join(path, WEIGHTS), 100)
  const left = checkpoints()
  failed(t, await xmrl(resume), 1, /^ERR_CHECKPOINT_CORRUPT: .*train-\d+\/weights\.safetensors: it has 100 bytes/)
  t.deepEqual(checkpoints(), left)
})

/** A small file system of its own, where this machine lets us mount one; it is unmounted after the test. */
function smallDisk(t: ExecutionContext, kilobytes: number): string | undefined {
  const path = join(folder(t), 'disk')
  mkdirSync(path)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'none', path])
  if (mounted.status !== 0) return undefined
  t.teardown(() => spawnSync('umount', ['-l', path]))
  return path
}

/** Every checkpoint on disk reads back whole. */
async function intact(t: ExecutionContext, out: string): Promise<void> {
  const run = await loadRun(out)
  const stages = Object.keys(run.seeds[0].stages)
  t.true(stages.includes('train'))
  for (const stage of stages) t.truthy(run.seeds[0].checkpoint(stage), stage)
  t.deepEqual(
    readdirSync(join(out, 'seed-0', 'checkpoints')).filter((name) => name.startsWith('.tmp-')),
    []
  )
}

test.serial('a full disk stops with a typed error, keeps what was saved, and the run goes on when there is room', async (t) => {
  const disk = smallDisk(t, 96)
  const out = join(disk ?? folder(t), 'run')
  const args = ['run', spec, '--json', '--out', out]
  // Elsewhere a limit on the size of files, in blocks of 512 or 1024 bytes, has the same effect.
  const done = disk
    ? await xmrl(args)
    : await command('bash', ['-c', 'ulimit -f 8 && exec "$@"', 'bash', process.execPath, ...commandLine, ...args])
  failed(
    t,
    done,
    1,
    disk ? /^ERR_OUTPUT: cannot write .*the disk is full.*--resume.*saved so far is kept/ : /^ERR_OUTPUT: cannot write .*larger/
  )
  await intact(t, out)
  if (disk) t.is(spawnSync('mount', ['-o', 'remount,size=8m', disk]).status, 0)
  const more = await xmrl([...args, '--resume'])
  t.is(more.code, 0, more.stderr)
})

test.serial('a limit on the size of files is a typed error too', async (t) => {
  const out = join(folder(t), 'run')
  const args = ['run', spec, '--json', '--out', out]
  const done = await command('bash', ['-c', 'ulimit -f 8 && exec "$@"', 'bash', process.execPath, ...commandLine, ...args])
  failed(t, done, 1, /^ERR_OUTPUT: cannot write .*metrics\.jsonl: the file would be larger/)
  await intact(t, out)
})

test.serial('a read-only output folder is refused, with what lies in it untouched', async (t) => {
  const { out, resume } = await stopped(t)
  const disk = process.getuid?.() === 0 ? smallDisk(t, 512) : undefined
  let place = out
  if (disk) {
    place = join(disk, 'run')
    t.is(spawnSync('cp', ['-r', out, place]).status, 0)
    t.is(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0)
  } else if (process.getuid?.() === 0) {
    t.log('root that may not mount: permissions cannot be tested here')
    return t.pass()
  } else {
    chmodSync(out, 0o500)
    t.teardown(() => chmodSync(out, 0o700))
  }
  const before = readdirSync(place)
  const args = resume.map((arg) => (arg === out ? place : arg))
  failed(t, await xmrl(args), 1, /^ERR_OUTPUT: cannot write .*(read-only|no permission)/)
  t.deepEqual(readdirSync(place), before)
  await intact(t, place)
  const fresh = await xmrl(['run', spec, '--out', join(disk ?? out, 'new')])
  failed(t, fresh, 1, /^ERR_OUTPUT: /)
})

test.serial('what is wrong with the command line or the specification is exit code 2, with the nearest name', async (t) => {
  const place = folder(t)
  const out = ['--out', join(place, 'run')]
  const cases: [string[], RegExp][] = [
    [['run', 'drone-planer', ...out], /^ERR_PRESET_UNKNOWN: .*drone-planer.*drone-planar/],
    [['run', tinySpec(place, { explian: { rho: 1 } }), ...out], /^ERR_SPEC_INVALID: explian: unknown key.*"explain"/],
    [['run', 'drone-planar', '--set', 'explain.rhoo=1', ...out], /^ERR_SPEC_INVALID: explain\.rhoo.*"explain\.rho"/],
    [['run', join(place, 'none.yaml'), ...out], /^ERR_SPEC_INVALID: .*none\.yaml: no such preset or spec file/],
    [['run', 'drone-planar', '--seeds', '3..1', ...out], /^ERR_USAGE: seeds/],
    [['run', 'drone-planar', '--device', 'tpu', ...out], /^ERR_USAGE: .*auto, cpu or cuda/],
    [['rum'], /^ERR_USAGE: unknown command 'rum'[\s\S]*run/]
  ]
  for (const [args, message] of cases) failed(t, await xmrl(args), 2, message)
  t.false(existsSync(join(place, 'run')), 'nothing is made for a run that cannot start')
})

test.serial('an existing run is not run over without --resume, nor resumed as another', async (t) => {
  const { out } = await stopped(t)
  failed(t, await xmrl(['run', spec, '--out', out]), 1, /^ERR_RUN_EXISTS: .*--resume/)
  failed(t, await xmrl(['run', spec, '--out', out, '--resume', '--set', 'explain.rho=0.7']), 1, /^ERR_RUN_EXISTS: .*explain\.rho/)
  await intact(t, out)
})

test.serial('--json prints one object a line from the first stage to the report; people get a table', async (t) => {
  const place = folder(t)
  const done = await xmrl(['run', spec, '--json', '--out', join(place, 'a')])
  t.is(done.code, 0, done.stderr)
  t.is(done.stderr, '')
  const all = events(done)
  const stages = all.flatMap((event) => (event.type === 'stage-finished' ? [event.arm ? `${event.stage} ${event.arm}` : event.stage] : []))
  const arms = ['xmrl', 'maml'].flatMap((arm) => [`retrain ${arm}`, `evaluate ${arm}`])
  t.deepEqual(stages, ['train', 'evaluate theta_0', 'explain', 'augment', ...arms])
  t.deepEqual(
    all.slice(-2).map((event) => event.type),
    ['table', 'report']
  )
  t.true(existsSync(all.at(-1).path))
  const people = await xmrl(['run', spec, '--out', join(place, 'b')])
  t.is(people.code, 0, people.stderr)
  t.regex(people.stdout, /poor tasks[^\n]*\nbefore repair[^\n]*\nXMRL +0\.\d{3}/)
  t.regex(people.stdout, /report: .*report\.html/)
  for (const stage of ['train', 'evaluate theta_0', 'explain', 'augment', 'retrain xmrl'])
    t.true(people.stderr.includes(`✓ ${stage}`), stage)
})
