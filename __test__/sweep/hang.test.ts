/** A unit whose process hangs: the engine `local` notices, replaces it, and the unit's bytes are those of a run that nothing happened to. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test from 'ava'
import { readJournal } from '../../ts/run/journal.js'
import { readSweepFile, type SweepEvent, submitSweep } from '../../ts/sweep/index.js'
import { folder, outcome, TINY, xmrl } from '../helpers.js'

/** Milliseconds between two signs of life, of which thirty must be missing. */
const BEAT = 300
/** Training long enough to be struck in. */
const LONG = { ...TINY, train: { ...TINY.train, phases: [{ ...TINY.train.phases[0], iterations: 60 }] } }

/** The process of the unit's first attempt, once it has saved something. */
async function working(unit: string): Promise<number> {
  const saved = join(unit, 'work-1', 'seed-0', 'checkpoints')
  for (let tries = 0; tries < 4000; tries++) {
    const last = existsSync(join(unit, 'journal')) ? readJournal(join(unit, 'journal')).at(-1) : undefined
    if (last?.kind === 'began' && existsSync(saved) && readdirSync(saved).some((name) => /^train-\d+$/.test(name))) return last.pid
    await pause(20)
  }
  throw new Error('the unit did not begin')
}

test('a unit that hangs is ended, named, and begun again from where it stood', async (t) => {
  t.timeout(300_000)
  const at = folder(t)
  writeFileSync(join(at, 'long.json'), JSON.stringify(LONG))
  writeFileSync(join(at, 'sweep.yaml'), 'base: long.json\nseeds: 0\narms: [xmrl, maml]\njobs: 1\nthreads: 1\n')
  const file = await readSweepFile(join(at, 'sweep.yaml'))
  const events: SweepEvent[] = []
  const { signal } = new AbortController()
  const told = (event: SweepEvent) => events.push(event)
  const over = submitSweep(file, { engine: 'local', program: { node: process.execPath, args: [] }, signal, told, beat: BEAT })
  const [cell] = file.plan.cells
  const unit = join(file.out, 'units', cell.name, 'seed-0')
  process.kill(await working(unit), 'SIGSTOP')
  await over
  const failed = events.filter((event) => event.type === 'unit-failed')
  t.is(failed.length, 1)
  t.like(failed[0], { unit: `${cell.name}/seed-0`, code: 'ERR_WORKER', again: true })
  t.regex(failed[0].message, /^worker process \d+ said nothing for 30 beats and was ended: it hung/)
  t.deepEqual(
    readJournal(join(unit, 'journal')).map(({ kind }) => kind),
    ['queued', 'began', 'failed', 'began', 'published']
  )
  const alone = await xmrl(['run', join(at, 'long.json'), '--seeds', '0', '--arms', 'xmrl,maml', '--out', join(at, 'alone'), '--json'])
  t.is(alone.code, 0, alone.stderr)
  t.deepEqual(outcome(join(unit, 'run', 'seed-0')), outcome(join(at, 'alone', 'seed-0')))
})
