import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { LIBTORCH_VERSION } from '../../ts/libtorch.js'
import { presetNames } from '../../ts/spec/index.js'
import { type ChildOptions, folder, tinySpec, xmrl } from '../helpers.js'

/** A folder that looks like a libtorch of some version, with an empty library in it. */
function fakeLibtorch(t: ExecutionContext, version?: string, library = true): string {
  const path = folder(t)
  mkdirSync(join(path, 'lib'))
  if (library) writeFileSync(join(path, 'lib', 'libtorch_cpu.so'), '')
  if (version !== undefined) writeFileSync(join(path, 'build-version'), `${version}\n`)
  return path
}

const using = (path: string): ChildOptions => ({ env: { XMRL_LIBTORCH: path } })

/** What a learner that needs libtorch is asked for by. */
const LIBTORCH = ['--set', 'learner.calculus=libtorch']

/** Starts a run that must fail before it leaves anything behind; gives its one line. */
async function refusedRun(t: ExecutionContext, options: ChildOptions, args: string[] = LIBTORCH): Promise<string> {
  const work = folder(t)
  const out = join(work, 'run')
  const done = await xmrl(['run', tinySpec(work), '--out', out, '--json', ...args], options)
  t.is(done.code, 1, done.stderr)
  t.is(done.stdout, '')
  t.false(existsSync(out), 'nothing is left behind')
  const lines = done.stderr.trim().split('\n')
  t.is(lines.length, 1, done.stderr)
  return lines[0]
}

test.serial('no libtorch at the named place: the place and the version that is needed', async (t) => {
  const empty = folder(t)
  const line = await refusedRun(t, using(empty))
  t.regex(line, /^ERR_LIBTORCH_NOT_FOUND: /)
  t.true(line.includes(`XMRL_LIBTORCH=${empty}`) && line.includes(LIBTORCH_VERSION), line)
  const other = await refusedRun(t, { env: { LIBTORCH: empty } })
  t.true(other.includes(`LIBTORCH=${empty}`), other)
})

test.serial('a libtorch of another version is told from a missing one', async (t) => {
  const line = await refusedRun(t, using(fakeLibtorch(t, '2.10.0+cpu')))
  t.regex(line, /^ERR_LIBTORCH_VERSION: .*2\.10\.0\+cpu.*2\.11\.0/)
})

test.serial('a libtorch without a version, and one whose library does not open', async (t) => {
  t.regex(await refusedRun(t, using(fakeLibtorch(t))), /^ERR_LIBTORCH_NOT_FOUND: .*no build-version/)
  t.regex(await refusedRun(t, using(fakeLibtorch(t, LIBTORCH_VERSION))), /^ERR_LIBTORCH_NOT_FOUND: .*does not open/)
})

test.serial('a run with the derivatives written out needs none: what is named for libtorch is not looked at', async (t) => {
  const work = folder(t)
  const args = ['run', tinySpec(work), '--out', join(work, 'run'), '--until', 'train', '--json']
  const done = await xmrl(args, using(join(work, 'nothing')))
  t.is(done.code, 0, done.stderr)
  t.false(JSON.parse(readFileSync(join(work, 'run', 'manifest.json'), 'utf8')).libtorch !== undefined)
})

test.serial('help and environments need no libtorch', async (t) => {
  const missing = using(folder(t))
  const help = await xmrl(['--help'], missing)
  t.is(help.code, 0)
  for (const name of ['run', 'report', 'envs', 'doctor']) t.regex(help.stdout, new RegExp(`^  ${name} `, 'm'))
  const envs = await xmrl(['envs', '--json'], missing)
  t.is(envs.code, 0, envs.stderr)
  t.deepEqual(
    JSON.parse(envs.stdout)
      .map((spec: { preset: string }) => spec.preset)
      .sort(),
    [...presetNames].sort()
  )
  const one = await xmrl(['envs', 'drone-planar'], missing)
  t.regex(one.stdout, /query episodes of 25 steps, support episodes of 10/)
  const unknown = await xmrl(['envs', 'drone-planer'], missing)
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /^ERR_PRESET_UNKNOWN: .*drone-planar/)
})

test.serial('doctor finds everything here, and says what is missing where libtorch is not', async (t) => {
  const here = await xmrl(['doctor', '--json'])
  t.is(here.code, 0, here.stdout)
  t.true(JSON.parse(here.stdout).findings.every((finding: { good: boolean }) => finding.good))
  const empty = folder(t)
  const there = await xmrl(['doctor'], using(empty))
  t.is(there.code, 1)
  t.regex(there.stdout, /✓ addon .*learns on the CPU without libtorch/)
  t.regex(there.stdout, /✗ libtorch .*no lib\/libtorch_cpu\.so/)
  t.true(there.stdout.includes(`XMRL_LIBTORCH: ${empty}`), there.stdout)
  const wrong = await xmrl(['doctor', '--json'], using(fakeLibtorch(t, '2.10.0')))
  t.is(wrong.code, 1)
  t.like(JSON.parse(wrong.stdout).libtorch[0], { found: false, note: `libtorch 2.10.0, this package needs ${LIBTORCH_VERSION}` })
})

test.serial('a report is made from records alone', async (t) => {
  const work = folder(t)
  const out = join(work, 'run')
  const run = await xmrl(['run', tinySpec(work), '--out', out, '--json', '--threads', '2'])
  t.is(run.code, 0, run.stderr)
  const file = join(work, 'other', 'mine.html')
  const made = await xmrl(['report', out, '--out', file], { ...using(folder(t)), cwd: work })
  t.is(made.code, 0, made.stderr)
  t.is(made.stdout.trim(), join('other', 'mine.html'))
  t.true(existsSync(file))
  const none = await xmrl(['report', work], using(folder(t)))
  t.is(none.code, 1)
  t.regex(none.stderr, /^ERR_RUN_NOT_FOUND: /)
})
