import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { XmrlError } from '../../ts/errors.js'
import { coreAddon, guarded } from '../../ts/native.js'
import { type Lock, lockError, takeLock } from '../../ts/run/lock.js'
import { command, root } from '../helpers.js'
import { folder } from './helpers.js'

test('a lock has one holder, also within one process, and is given back once', (t) => {
  const out = folder(t)
  const first = takeLock(out)
  t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED', message: new RegExp(`in use by process ${process.pid};`) })
  first.release()
  t.false(existsSync(join(out, '.lock')))
  const second = takeLock(out)
  first.release()
  t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED' }, 'a lock that was given back takes nothing away from the next holder')
  second.release()
})

test('whatever a dead owner left in the place of the lock keeps nobody out', (t) => {
  const out = folder(t)
  const owner = (pid: number, host = hostname()) => JSON.stringify({ pid, host, start: '1' })
  const left = [owner(2 ** 22 + 1), owner(1), owner(process.pid), owner(1, 'elsewhere'), '', '{"pid":', 'null', '[]', '\0\0\0']
  for (const text of left) {
    writeFileSync(join(out, '.lock'), text)
    const lock = takeLock(out)
    t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED' }, text)
    lock.release()
    t.false(existsSync(join(out, '.lock')), text)
  }
})

test('while a lock is held its file says nothing that matters', (t) => {
  const out = folder(t)
  const lock = takeLock(out)
  const messages: [string, RegExp][] = [
    [JSON.stringify({ pid: 7, host: 'elsewhere' }), /process 7 on elsewhere/],
    [JSON.stringify({ pid: 7, host: hostname(), namespace: 'pid:[1]' }), /process 7 of another container/],
    ['null', /another process/]
  ]
  for (const [text, message] of messages) {
    writeFileSync(join(out, '.lock'), text)
    t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED', message })
  }
  lock.release()
})

test('a file that somebody put in the place of a held one is left to them', (t) => {
  const out = folder(t)
  const first = takeLock(out)
  rmSync(join(out, '.lock'))
  const second = takeLock(out)
  first.release()
  t.is(JSON.parse(readFileSync(join(out, '.lock'), 'utf8')).pid, process.pid)
  t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED' })
  second.release()
})

test.serial('a file that its owner removed after it was opened here is no lock', (t) => {
  const out = folder(t)
  const addon = coreAddon()
  const { lockFile } = addon
  t.teardown(() => {
    addon.lockFile = lockFile
  })
  let other: Lock | undefined
  addon.lockFile = (handle) => {
    addon.lockFile = lockFile
    // Between opening and locking: the owner of the moment lets go, and somebody else takes the lock.
    rmSync(join(out, '.lock'))
    other = takeLock(out)
    return lockFile(handle)
  }
  t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED' })
  other?.release()
  takeLock(out).release()
})

test('a place that cannot be locked is a typed error with the file and the cure', (t) => {
  const out = folder(t)
  mkdirSync(join(out, '.lock'))
  t.throws(() => takeLock(out), { code: 'ERR_OUTPUT', message: /\.lock: a folder is in the way/ })
  const refused = t.throws(() => guarded(() => coreAddon().lockFile(999_999)), { code: 'ERR_OUTPUT', message: /^Bad file descriptor/ })
  t.like(lockError('/net/run/.lock', refused), {
    code: 'ERR_OUTPUT',
    message:
      'cannot lock /net/run/.lock: Bad file descriptor (os error 9); a run needs a file system with locks, so that no two processes write it: choose another --out'
  })
  const other = new XmrlError('ERR_ADDON_NOT_FOUND', 'no addon')
  t.is(lockError('x', other), other)
})

/** A process that holds the lock, has a child of its own, and waits. */
const HOLDER = `
import { spawn } from 'node:child_process'
const { takeLock } = await import(process.argv[1])
takeLock(process.argv[2])
const child = spawn('sleep', ['60'], { stdio: 'ignore' })
process.stdout.write(String(child.pid) + '\\n')
setInterval(() => {}, 1000)`

/** Starts it; resolves with the process id of its child when the lock is held. */
function holder(out: string): Promise<{ owner: ChildProcess; child: number }> {
  const loader = ['--import', import.meta.resolve('tsx')]
  const args = [...loader, '--input-type=module', '--eval', HOLDER, new URL('../../ts/run/lock.ts', import.meta.url).href, out]
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    owner.on('error', reject)
    owner.stdout.once('data', (text) => resolve({ owner, child: Number(text) }))
  })
}

test('the lock goes with its process, not with a child that outlives it', async (t) => {
  const out = folder(t)
  const { owner, child } = await holder(out)
  t.teardown(() => owner.kill('SIGKILL'))
  t.throws(() => takeLock(out), { code: 'ERR_RUN_LOCKED', message: new RegExp(`process ${owner.pid};`) })
  const gone = new Promise((resolve) => owner.on('exit', resolve))
  owner.kill('SIGKILL')
  await gone
  t.true(existsSync(join(out, '.lock')), 'what the dead one wrote is still there')
  takeLock(out).release()
  t.true(process.kill(child, 'SIGKILL'), 'its child was alive all the time')
})

test('many processes contend, some are killed, some live in PID namespaces of their own: never two holders', async (t) => {
  const script = join(root, 'scripts', 'reliability', 'lock.mjs')
  const counts = ['--tries', '1500', '--processes', '4', '--namespaces', '2', '--deaths', '2']
  const done = await command(process.execPath, [script, ...counts, '--module', join(root, 'ts', 'run', 'lock.ts'), '--json'])
  t.is(done.code, 0, done.stderr)
  const result = JSON.parse(done.stdout)
  t.like(result, { double: 0, broken: 0 })
  t.true(result.tries >= 1500 && result.held > 20 && result.left > 0, done.stdout)
})
