import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { kindOf } from '../../ts/records/index.js'
import { outputError, writeAtomic } from '../../ts/run/atomic.js'
import { loadRun, openSeed, RunDirectory, readSpecFile } from '../../ts/run/index.js'
import { EventLog, readEvents, readLog } from '../../ts/run/metrics.js'
import { defineExperiment, type WrittenSpec } from '../../ts/spec/index.js'
import { experiment, folder, iterate, poor } from './helpers.js'

test('a run of another spec is never overwritten, and the message names the difference', (t) => {
  const out = folder(t)
  RunDirectory.open(out, experiment()).close()
  const other = defineExperiment({ checkpoint: { every: 4, keep: 3 }, explain: { rho: 0.1 } })
  t.throws(() => RunDirectory.open(out, other, { resume: true }), {
    code: 'ERR_RUN_EXISTS',
    message: /explain\.rho: 0\.05 there, 0\.1 asked/
  })
  t.throws(() => RunDirectory.open(out, experiment()), { code: 'ERR_RUN_EXISTS', message: /--resume/ })
  RunDirectory.open(out, experiment(), { resume: true }).close()
})

/** The run's resolved.json as an object, and a way to change it: what another version would have left. */
function resolvedFile(out: string) {
  const file = join(out, 'resolved.json')
  const read = () => JSON.parse(readFileSync(file, 'utf8'))
  return {
    read,
    change: (edit: (spec: Record<string, Record<string, unknown>>) => void) => {
      const value = read()
      edit(value.spec)
      writeFileSync(file, JSON.stringify({ ...value, hash: 'f'.repeat(64) }))
    }
  }
}

test('a difference that only the version makes is said so, and a real one first', (t) => {
  const out = folder(t)
  RunDirectory.open(out, experiment()).close()
  const { change } = resolvedFile(out)
  const resume = (given = experiment()) => RunDirectory.open(out, given, { resume: true })
  change((spec) => {
    spec.explain.bygone = 7
  })
  t.throws(() => resume(), {
    code: 'ERR_RUN_EXISTS',
    message: /a run of a version with the key explain\.bygone \(7 there\), which this one does not know/
  })
  change((spec) => {
    delete spec.explain.bygone
    delete spec.explain.rho
    delete spec.trpo.damping
  })
  t.throws(() => resume(), {
    code: 'ERR_RUN_EXISTS',
    message:
      /a run of a version without the key trpo\.damping \(0\.05 here\) and 1 more key: only that version can go on with it; choose another --out/
  })
  t.throws(() => resume(defineExperiment({ checkpoint: { every: 4, keep: 3 }, explain: { episodes: 3 } })), {
    message: /explain\.episodes: 400 there, 3 asked/
  })
})

test('a hash that another version took of the same keys does not matter', (t) => {
  const out = folder(t)
  RunDirectory.open(out, experiment()).close()
  const { change, read } = resolvedFile(out)
  change(() => {})
  RunDirectory.open(out, experiment(), { resume: true }).close()
  t.is(read().hash, experiment().hash)
})

test('arms may be added, defined ones too; resolved.json holds their union, and no definition changes', (t) => {
  const out = folder(t)
  const with_ = (arms: string[], define = {}) => defineExperiment({ retrain: { arms, define } } as WrittenSpec)
  const go = (given: ReturnType<typeof with_>) => RunDirectory.open(out, given, { resume: true }).close()
  const small = { 'xmrl-10': { base: 'xmrl' as const, criticalFraction: 0.1 } }
  RunDirectory.open(out, with_(['maml', 'xmrl'])).close()
  t.is(with_(['maml']).hash, with_(['xmrl', 'xmrl-10'], small).hash, 'arms do not enter the hash')
  go(with_(['xmrl-10', 'maml'], small))
  go(with_(['ma']))
  const { retrain } = resolvedFile(out).read().spec
  t.deepEqual([retrain.arms, retrain.define], [['maml', 'xmrl', 'xmrl-10', 'ma'], small])
  const other = { 'xmrl-10': { base: 'xmrl' as const, criticalFraction: 0.2 } }
  t.throws(() => go(with_(['xmrl-10'], other)), {
    code: 'ERR_RUN_EXISTS',
    message: /retrain\.define\.xmrl-10: .*0\.1.* there, .*0\.2.* asked/
  })
  t.throws(() => RunDirectory.open(out, with_(['maml'])), { code: 'ERR_RUN_EXISTS', message: /--resume/ })
})

test('whether unreliable poor tasks end the run can be changed: it moves no figure', (t) => {
  const out = folder(t)
  RunDirectory.open(out, defineExperiment({})).close()
  RunDirectory.open(out, defineExperiment({ explain: { allowUnreliable: true } }), { resume: true }).close()
  t.true(resolvedFile(out).read().spec.explain.allowUnreliable)
})

test('each of several seeds is locked for itself', (t) => {
  const out = folder(t)
  const run = RunDirectory.open(out, defineExperiment({ seeds: [0, 1] }))
  const other = openSeed(run.place(1))
  t.throws(() => run.seed(1), { code: 'ERR_RUN_LOCKED', message: /seed-1 is in use by process/ })
  run.seed(0)
  other.close()
  run.seed(1)
  run.close()
  t.false(existsSync(join(out, 'seed-1', '.lock')) || existsSync(join(out, '.lock')))
})

test('a folder with foreign files is refused and left alone', (t) => {
  const out = folder(t)
  writeFileSync(join(out, 'thesis.tex'), 'precious')
  t.throws(() => RunDirectory.open(out, experiment()), { code: 'ERR_RUN_EXISTS', message: /thesis\.tex/ })
  t.false(existsSync(join(out, '.lock')))
})

test('one process per directory; what a dead one left keeps nobody out', (t) => {
  const out = folder(t)
  const run = RunDirectory.open(out, experiment())
  t.throws(() => RunDirectory.open(out, experiment(), { resume: true }), {
    code: 'ERR_RUN_LOCKED',
    message: new RegExp(String(process.pid))
  })
  run.close()
  for (const owner of [
    { pid: 2 ** 22 + 1, host: hostname(), start: '1' },
    { pid: process.pid, host: hostname(), start: 'another start' },
    { pid: 1, host: 'elsewhere', start: '' }
  ]) {
    writeFileSync(join(out, '.lock'), JSON.stringify(owner))
    RunDirectory.open(out, experiment(), { resume: true }).close()
    t.false(existsSync(join(out, '.lock')))
  }
})

test('an output place that cannot be made is a typed error', (t) => {
  const out = folder(t)
  writeFileSync(join(out, 'file'), '')
  t.throws(() => RunDirectory.open(join(out, 'file', 'run'), experiment()), { code: 'ERR_OUTPUT', message: /a part of the path is a file/ })
  t.throws(() => RunDirectory.open(join(out, 'file'), experiment()), { code: 'ERR_OUTPUT' })
  t.throws(() => RunDirectory.open('/proc/xmrl-run', experiment()), { code: 'ERR_OUTPUT', message: /\/proc\/xmrl-run/ })
})

test('a read-only folder is a typed error and what was saved stays', async (t) => {
  const out = folder(t)
  const run = RunDirectory.open(out, experiment())
  const store = run.seed(0)
  iterate(store, 'train', 4)
  if (process.getuid?.() === 0) {
    // Permissions do not stop root: put something else where the folder was.
    rmSync(join(out, 'seed-0', 'results'), { recursive: true })
    writeFileSync(join(out, 'seed-0', 'results'), '')
    t.teardown(() => rmSync(join(out, 'seed-0', 'results'), { force: true }))
  } else {
    chmodSync(join(out, 'seed-0', 'results'), 0o500)
    t.teardown(() => chmodSync(join(out, 'seed-0', 'results'), 0o700))
  }
  t.throws(() => store.writeRecord('poor', poor), { code: 'ERR_OUTPUT', message: /results\/poor\.json/ })
  run.close()
  if (process.getuid?.() === 0) rmSync(join(out, 'seed-0', 'results'))
  const loaded = await loadRun(out)
  t.is(loaded.seeds[0].checkpoint('train')?.iteration, 4)
  t.is(loaded.seeds[0].records.poor, undefined)
})

test('a full disk is a typed error that says how to go on', (t) => {
  const out = folder(t)
  const path = join(out, 'metrics.jsonl')
  symlinkSync('/dev/full', path)
  const log = EventLog.open(path)
  t.throws(() => log.append({ stage: 'train' }), { code: 'ERR_OUTPUT', message: /disk is full.*--resume/ })
  log.close()
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
  t.like(outputError('x', full), { code: 'ERR_OUTPUT', cause: full })
  const bug = new TypeError('not a disk error')
  t.is(outputError('x', bug), bug)
})

test('a failed atomic write leaves the old file and no rest', (t) => {
  const out = folder(t)
  const path = join(out, 'a.json')
  writeAtomic(path, 'old')
  mkdirSync(join(out, 'b.json'))
  writeFileSync(join(out, 'b.json', 'inside'), '')
  t.throws(() => writeAtomic(join(out, 'b.json'), 'new'), { code: 'ERR_OUTPUT' })
  t.false(existsSync(join(out, '.tmp-b.json')))
  t.is(readFileSync(path, 'utf8'), 'old')
})

test('metrics refuse NaN by key, and a torn last line is not read', (t) => {
  const out = folder(t)
  const path = join(out, 'metrics.jsonl')
  const log = EventLog.open(path)
  log.append({ stage: 'train', kl: 0.01 })
  t.throws(() => log.append({ stage: 'train', rates: [1, Number.NaN] }), { code: 'ERR_NOT_FINITE', message: /train\.rates\.1/ })
  log.close()
  t.throws(() => log.append({ stage: 'train' }), { code: 'ERR_DISPOSED' })
  writeFileSync(path, `${readFileSync(path, 'utf8')}{"stage":"tr`)
  t.deepEqual(readEvents(path), [{ stage: 'train', kl: 0.01 }])
})

test('a file of metrics is decoded piece by piece, whole lines at a time: a text of all of it may be longer than Node knows', (t) => {
  const path = join(folder(t), 'metrics.jsonl')
  const whole = [{ stage: 'train', note: 'über' }, { stage: 'a line longer than a piece' }, { stage: 'ß' }]
  writeFileSync(path, `${whole.map((line) => JSON.stringify(line)).join('\n')}\n\n{"stage":"tr`)
  for (const piece of [1, 2, 19, 20, 40, 1 << 20]) t.deepEqual(readLog(path, piece), { lines: whole, torn: 12 }, `${piece}`)
  // The line's own number, with the empty one before it.
  writeFileSync(path, '{"stage":"a"}\n\n{"stage":1}\n')
  for (const piece of [1, 1 << 20]) t.throws(() => readLog(path, piece), { message: /metrics\.jsonl:3: no event with a stage/ })
})

test('records are checked on the way in and on the way out', async (t) => {
  const out = folder(t)
  const run = RunDirectory.open(out, experiment())
  const store = run.seed(0)
  t.throws(() => store.writeRecord('poor', { ...poor, fraction: Number.NaN }), {
    code: 'ERR_RECORD_INVALID',
    message: /poor\.json: fraction/
  })
  t.throws(() => store.writeRecord('poor', { ...poor, extra: 1 } as never), { code: 'ERR_RECORD_INVALID', message: /extra/ })
  store.writeRecord('poor', poor)
  t.deepEqual(store.record('poor'), poor)
  t.like(JSON.parse(readFileSync(join(out, 'seed-0', 'results', 'poor.json'), 'utf8')).header, {
    record: 'poor',
    seed: 0,
    specHash: experiment().hash
  })
  run.close()
  writeFileSync(join(out, 'seed-0', 'results', 'poor.json'), '{}')
  await t.throwsAsync(loadRun(out), { code: 'ERR_RECORD_INVALID', message: /poor\.json: header/ })
})

test('seeds lie in folders of their own; more can be added, and those that are there are gone on with', async (t) => {
  const out = folder(t)
  const run = RunDirectory.open(out, defineExperiment({ seeds: [0, 1] }))
  run.seed(1).metrics.append({ stage: 'train' })
  t.throws(() => run.seed(2), { code: 'ERR_USAGE' })
  run.recordSteps(1, 'train', 100)
  run.recordSteps(1, 'explain', 5)
  run.close()
  t.true(existsSync(join(out, 'seed-1', 'metrics.jsonl')))
  const fewer = RunDirectory.open(out, defineExperiment({ seeds: [1] }), { resume: true })
  t.deepEqual(fewer.experiment.spec.seeds, [0, 1])
  t.deepEqual(fewer.manifest.seeds, [0, 1])
  fewer.close()
  RunDirectory.open(out, defineExperiment({ seeds: [0, 1, 2] }), { resume: true }).close()
  const loaded = await loadRun(out)
  t.deepEqual(
    loaded.seeds.map((seed) => seed.metrics.length),
    [0, 1, 0]
  )
  t.deepEqual(loaded.manifest.envSteps, { 1: { train: 100, explain: 5 } })
})

test('the spec file is kept word for word; a missing one is an error that names it', (t) => {
  const out = folder(t)
  const file = join(out, 'mine.yaml')
  writeFileSync(file, '# my experiment\nexplain: { rho: .1 }\n')
  const { written, text } = readSpecFile(file)
  const run = RunDirectory.open(join(out, 'run'), defineExperiment(written), { specText: text })
  run.close()
  t.is(readFileSync(join(out, 'run', 'spec.yaml'), 'utf8'), text)
  t.throws(() => readSpecFile(join(out, 'none.yaml')), { code: 'ERR_SPEC_INVALID', message: /none\.yaml/ })
})

test('record names', (t) => {
  t.is(kindOf('evaluation-theta_0'), 'evaluation')
  t.is(kindOf('arm-maml-null'), 'arm')
  t.is(kindOf('poor'), 'poor')
  for (const name of ['evaluation', 'evaluation-', 'poor-x', 'toString', 'other']) t.is(kindOf(name), undefined, name)
})
