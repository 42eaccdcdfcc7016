/** Files of a run directory that are something else than what was written there: a typed error with the file and the cure. */
import { chmodSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { guardInput } from '../../ts/run/atomic.js'
import { loadRun, RunDirectory, readBytes, readSpecFile, readStudyFile, readTextFile, WEIGHTS } from '../../ts/run/index.js'
import { experiment, folder, pipeline } from './helpers.js'

/** What stands in a file's place, by name. */
const PLACED: Readonly<Record<string, (file: string) => void>> = {
  'a folder': (file) => mkdirSync(file),
  nothing: (file) => writeFileSync(file, ''),
  'half of it': (file) => writeFileSync(file, '{"header":{"rec'),
  null: (file) => writeFileSync(file, 'null\n'),
  'a number': (file) => writeFileSync(file, '7\n'),
  'a list': (file) => writeFileSync(file, '[]\n'),
  'an object of something else': (file) => writeFileSync(file, '{"spec":{"seeds":[0]},"hash":"x"}\n')
}

/** Files and what else a reader may find there; `undefined` is a run that is read all the same. */
const FILES = [
  'resolved.json',
  'manifest.json',
  'seed-0/results/poor.json',
  'seed-0/results/tasks.json',
  'seed-0/metrics.jsonl',
  'seed-0/checkpoints/train-10/MANIFEST.json',
  `seed-0/checkpoints/train-10/${WEIGHTS}`
]

test('whatever stands in the place of a file of a run is a typed error that names it, or is read as if it were not there', async (t) => {
  const good = join(folder(t), 'run')
  const run = RunDirectory.open(good, experiment())
  pipeline(run)
  run.close()
  const spoilt = join(folder(t), 'run')
  for (const file of FILES) {
    for (const [what, place] of Object.entries(PLACED)) {
      const where = `${what} in the place of ${file}`
      rmSync(spoilt, { recursive: true, force: true })
      cpSync(good, spoilt, { recursive: true })
      rmSync(join(spoilt, file), { force: true })
      place(join(spoilt, file))
      let failed = 0
      const named = (error: unknown) => {
        failed++
        const { code, message } = error as { code?: string; message: string }
        t.regex(code ?? 'an untyped error', /^ERR_(RECORD_INVALID|CHECKPOINT_CORRUPT|OUTPUT|RUN_EXISTS)$/, `${where}: ${message}`)
        t.true(message.includes(file.split('/').at(-1) as string), `${where}: ${message}`)
        t.regex(
          message,
          /; |: it has |the manifest says|is not the one|was cut|it is missing|no manifest of/,
          `${where}: what to do, or what is wrong: ${message}`
        )
        t.notRegex(message, /\bE[A-Z]{4,}\b|Cannot read|not iterable/, `${where}: in words: ${message}`)
      }
      try {
        const loaded = await loadRun(spoilt)
        loaded.seeds[0].weights()
      } catch (error) {
        named(error)
      }
      let again: RunDirectory | undefined
      try {
        again = RunDirectory.open(spoilt, experiment(), { resume: true })
        again.seed(0).checkpoint('train')
      } catch (error) {
        named(error)
      } finally {
        again?.close()
      }
      t.true(failed > 0 || /metrics|train-10/.test(file), where)
    }
  }
})

test('a file in the place of a folder of a run is a typed error too', async (t) => {
  for (const name of ['checkpoints', 'results']) {
    const out = join(folder(t), 'run')
    const run = RunDirectory.open(out, experiment())
    pipeline(run)
    run.close()
    rmSync(join(out, 'seed-0', name), { recursive: true })
    writeFileSync(join(out, 'seed-0', name), '')
    await t.throwsAsync(loadRun(out), { message: new RegExp(`${name}: it is a file where a folder belongs.*; put `) })
    const again = RunDirectory.open(out, experiment(), { resume: true })
    t.throws(() => again.seed(0), { code: 'ERR_OUTPUT', message: new RegExp(name) })
    again.close()
  }
})

test('a checkpoint of another version is refused by key', (t) => {
  const run = RunDirectory.open(join(folder(t), 'run'), experiment())
  const store = run.seed(0)
  const cases: [string, Record<string, never>, RegExp][] = [
    ['train', {} as never, /train-3\/MANIFEST\.json: state\.envSteps: .*; move .*train-3 away to repeat the stage/],
    ['retrain-ma', { envSteps: '1' } as never, /state\.envSteps/],
    ['retrain-tw', { envSteps: 1, choice: 'maml' } as never, /state\.choice/],
    ['augment', { phi: 'a' } as never, /state\.phi/],
    ['explain-xmrl@2', { omegas: [1] } as never, /state\.omegas\.0/],
    ['validate', {}, /state\.scores/]
  ]
  for (const [stage, state, message] of cases) {
    store.saveCheckpoint(stage, 3, { [WEIGHTS]: new Uint8Array(1) }, state)
    t.throws(() => store.checkpoint(stage), { code: 'ERR_CHECKPOINT_CORRUPT', message }, stage)
  }
  run.close()
})

test('files that a user names are refused with the file and what is wrong, folders among them', (t) => {
  const out = folder(t)
  t.throws(() => readSpecFile(out), { code: 'ERR_SPEC_INVALID', message: /: it is a folder; name a preset or a spec file/ })
  t.throws(() => readBytes('train.initial', out), { code: 'ERR_SPEC_INVALID', message: /^train\.initial: .*: it is a folder/ })
  t.throws(() => readStudyFile(out), { code: 'ERR_RECORD_INVALID', message: /: it is a folder; xmrl table --record writes one/ })
  t.throws(() => readTextFile(out), { code: 'ERR_RECORD_INVALID', message: /: it is a folder; move it away/ })
  t.is(readTextFile(join(out, 'none')), undefined)
})

test('a file that may not be read says so; a defect stays a defect', (t) => {
  const read = (error: unknown) => () =>
    guardInput('ERR_RECORD_INVALID', 'a.json', 'do this', () => {
      throw error
    })
  t.throws(read(Object.assign(new Error('x'), { code: 'EACCES' })), { message: 'a.json: no permission to read it; do this' })
  t.throws(read(Object.assign(new Error('x'), { code: 'ENOLCK' })), { message: 'a.json: it cannot be read (ENOLCK); do this' })
  t.throws(read(new SyntaxError('x')), { code: 'ERR_RECORD_INVALID', message: 'a.json: it is not JSON; do this' })
  const defect = new TypeError('not of the disk')
  t.is(t.throws(read(defect), { instanceOf: TypeError }), defect)
  if (process.getuid?.() !== 0) {
    const file = join(folder(t), 'a.json')
    writeFileSync(file, '{}')
    chmodSync(file, 0)
    t.throws(() => readTextFile(file), { message: /no permission to read it/ })
  }
  t.is(
    guardInput('ERR_RECORD_INVALID', 'a.json', 'do this', () => 1),
    1
  )
})
