import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { writeAtomic } from '../../ts/run/atomic.js'
import { appendJournal, readJournal } from '../../ts/run/journal.js'
import { UnitFolder } from '../../ts/run/unit.js'
import { folder, script } from '../helpers.js'

const MOST = { most: 20 }
const at = '2020-01-01T00:00:00.000Z'

test('of two entries for one place the first is kept, and the second is told', (t) => {
  const path = join(folder(t), 'journal')
  t.true(appendJournal(path, 0, { kind: 'queued', at, submission: 1 }))
  t.false(appendJournal(path, 0, { kind: 'cancelled', at }))
  t.true(appendJournal(path, 1, { kind: 'cancelled', at }))
  t.deepEqual(
    readJournal(path).map(({ kind }) => kind),
    ['queued', 'cancelled']
  )
  t.deepEqual(readdirSync(path).sort(), ['0001.json', '0002.json'], 'nothing else is left')
})

test('a journal with a gap, or an entry that is none, is an error that names the file', (t) => {
  const path = join(folder(t), 'journal')
  mkdirSync(path)
  writeFileSync(join(path, '0002.json'), JSON.stringify({ kind: 'cancelled', at }))
  t.throws(() => readJournal(path), { code: 'ERR_RECORD_INVALID', message: /0001\.json: it is missing/ })
  writeFileSync(join(path, '0001.json'), '{"kind":"began"}')
  t.throws(() => readJournal(path), { code: 'ERR_RECORD_INVALID', message: /0001\.json: / })
  writeFileSync(join(path, '0001.json'), 'x')
  t.throws(() => readJournal(path), { code: 'ERR_RECORD_INVALID', message: /0001\.json: it is not JSON/ })
})

test('an attempt takes over what was saved; the old one can neither publish nor write where the new one works', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  unit.queue(1)
  const old = unit.begin(MOST)
  t.truthy(old)
  if (old === undefined) return
  const seed = join(old.path, 'seed-0')
  mkdirSync(seed)
  writeFileSync(join(seed, 'metrics.jsonl'), '{"stage":"a"}\n{"stage":"b"}\n{"torn')
  writeFileSync(join(seed, '.lock'), 'held by the old one')
  const handle = openSync(join(seed, 'metrics.jsonl'), 'r+')
  const next = unit.begin(MOST)
  t.is(next?.number, 2)
  if (next === undefined) return
  t.is(old.givenUp(), 'superseded')
  t.is(next.givenUp(), undefined)
  const taken = join(next.path, 'seed-0')
  t.is(readFileSync(join(taken, 'metrics.jsonl'), 'utf8'), '{"stage":"a"}\n{"stage":"b"}\n')
  t.false(existsSync(join(taken, '.lock')))
  // The old one wakes up: what it holds open is no longer the unit's, and its folder may be made again by what it saves.
  writeSync(handle, 'overwritten', 0)
  closeSync(handle)
  mkdirSync(join(old.path, 'seed-0', 'checkpoints'), { recursive: true })
  t.is(readFileSync(join(taken, 'metrics.jsonl'), 'utf8'), '{"stage":"a"}\n{"stage":"b"}\n')
  t.false(old.publish())
  t.false(old.end())
  t.false(existsSync(unit.run))
  t.true(next.publish())
  t.is(unit.standing().state, 'done')
  t.true(existsSync(join(unit.run, 'seed-0', 'metrics.jsonl')))
  t.false(existsSync(old.path), 'what the old one left is swept away')
  t.false(old.publish())
  t.is(unit.begin(MOST), undefined)
  t.false(unit.queue(2))
  t.false(unit.cancel())
  t.deepEqual(
    readJournal(join(unit.path, 'journal')).map(({ kind }) => kind),
    ['queued', 'began', 'began', 'published']
  )
})

test('what a given-up attempt makes anew is not what the next one goes on from', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  const first = unit.begin(MOST)
  writeFileSync(join(first?.path ?? '', 'good'), '')
  unit.begin(MOST)
  mkdirSync(first?.path ?? '')
  const third = unit.begin(MOST)
  t.deepEqual(readdirSync(third?.path ?? ''), ['good'])
})

test('an attempt that is given up in the middle of a file writes nothing into that of the next one', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  const first = unit.begin(MOST)
  const handle = openSync(join(first?.path ?? '', '.tmp-record.json'), 'w')
  const second = unit.begin(MOST)
  const record = join(second?.path ?? '', 'record.json')
  writeAtomic(record, 'second')
  writeSync(handle, 'first!')
  closeSync(handle)
  t.is(readFileSync(record, 'utf8'), 'second')
})

test('a cancelled unit is not begun before it is queued again, and its attempt cannot publish', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  const attempt = unit.begin(MOST)
  t.true(unit.cancel())
  t.false(unit.cancel())
  t.is(attempt?.givenUp(), 'cancelled')
  t.false(attempt?.publish())
  t.is(unit.begin(MOST), undefined)
  t.true(unit.queue(2))
  t.is(unit.begin({ ...MOST, submission: 1 }), undefined, 'a job of the earlier submission')
  t.is(unit.begin({ ...MOST, submission: 2 })?.number, 2)
})

test('a unit that begins without end has failed, and says what to change; queued again it begins again', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  unit.queue(1)
  unit.begin({ most: 2 })
  unit.begin({ most: 2 })
  t.throws(() => unit.begin({ most: 2 }), { code: 'ERR_WORKER', message: /began 2 times without an end; .*attempts/ })
  t.is(unit.standing().state, 'failed')
  unit.queue(2)
  t.is(unit.begin({ most: 2 })?.number, 3)
})

test('an attempt that died between its last entry and the renaming is put in its place', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  const attempt = unit.begin(MOST)
  t.false(unit.settle())
  appendJournal(join(unit.path, 'journal'), 1, { kind: 'published', at, attempt: 1 })
  t.false(existsSync(unit.run))
  t.true(unit.settle())
  t.true(existsSync(unit.run))
  t.false(existsSync(attempt?.path ?? ''))
  t.true(unit.settle())
  rmSync(unit.run, { recursive: true })
  t.false(unit.settle(), 'a result that somebody removed is missing')
})

test('an attempt whose process is gone has failed, unless it has said a word or another has begun', (t) => {
  const unit = new UnitFolder(join(folder(t), 'unit'))
  unit.begin(MOST)
  unit.lost(1, 'killed')
  t.deepEqual(unit.standing().failure, { code: 'ERR_WORKER', message: 'killed' })
  unit.begin(MOST)
  unit.lost(1, 'again')
  t.is(unit.standing().state, 'running')
})

test('four processes race over twenty-five units: each is published once, with the files of the attempt that says so', async (t) => {
  const path = folder(t)
  const racer = fileURLToPath(new URL('./racer.ts', import.meta.url))
  const ends = await Promise.all(Array.from({ length: 4 }, () => script(racer, [path, '25', '4'])))
  for (const { code, stderr } of ends) t.is(code, 0, stderr)
  const wins = ends.flatMap(({ stdout }) =>
    stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
  )
  t.is(wins.length, 25)
  t.is(new Set(wins.map((line) => line.split(' ')[0])).size, 25)
  let raced = 0
  for (const line of wins) {
    const [unit, attempt] = line.split(' ')
    const entries = readJournal(join(path, unit, 'journal'))
    t.deepEqual([entries.at(-1)?.kind, (entries.at(-1) as { attempt: number }).attempt], ['published', Number(attempt)])
    t.is(readFileSync(join(path, unit, 'run', 'by'), 'utf8'), attempt)
    if (entries.length > 2) raced++
  }
  t.true(raced > 0, 'some were contended')
})
