/**
 * One process per run directory: an advisory lock of the kernel (`flock`) on `.lock`, held by an open file. The kernel gives it
 * back when the file is closed or its process is gone, so there is no dead owner to take a lock over from, and neither process
 * ids, PID namespaces nor host names decide about it. What is written in the file is for people.
 */
import { constants, fstatSync, ftruncateSync, openSync, readFileSync, readlinkSync, rmSync, statSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { coreAddon, guarded } from '../native.js'
import { closeQuietly, discard, guardOutput } from './atomic.js'

/** A held lock. */
export interface Lock {
  /** Gives it back and removes the file. Safe to call twice. */
  release(): void
}

/** How often a lock is asked for again while its file is being replaced, and the milliseconds between two waits for an owner. */
const TRIES = 1000
const PAUSE = 20

/**
 * Takes the lock of a run directory, or of one of its seeds.
 * @param patience milliseconds to wait for an owner that is about to end
 * @throws XmrlError `ERR_RUN_LOCKED` naming the process that holds it, `ERR_OUTPUT` where the file cannot be made or locked
 */
export function takeLock(folder: string, patience = 0): Lock {
  const path = join(folder, '.lock')
  const until = performance.now() + patience
  for (let attempt = 0; attempt < TRIES; ) {
    // Node opens files with O_CLOEXEC: no child process keeps the lock of a parent that is gone.
    const handle = guardOutput(path, () => openSync(path, constants.O_RDWR | constants.O_CREAT, 0o666))
    let held = false
    try {
      if (!tryLock(handle, path)) {
        if (performance.now() >= until) throw new XmrlError('ERR_RUN_LOCKED', inUse(folder, path))
        pause(PAUSE)
        continue
      }
      // An owner removes the file before it lets go: what was locked may be a file that nobody finds any more.
      held = isAt(handle, path)
      if (!held) {
        attempt++
        continue
      }
      sign(handle, path)
      return lockOf(handle, path)
    } catch (error) {
      if (held) discard(path)
      held = false
      throw error
    } finally {
      if (!held) close(handle)
    }
  }
  throw new XmrlError('ERR_RUN_LOCKED', `${folder}: other processes keep taking ${path}`)
}

/** The kernel's answer; a file system without locks is an error. */
function tryLock(handle: number, path: string): boolean {
  try {
    return guarded(() => coreAddon().lockFile(handle))
  } catch (error) {
    throw lockError(path, error)
  }
}

/** The error of a file system that cannot lock (NFS without a lock service, Lustre mounted without `flock`). */
export function lockError(path: string, cause: unknown): unknown {
  if (!XmrlError.is(cause, 'ERR_OUTPUT')) return cause
  return new XmrlError(
    'ERR_OUTPUT',
    `cannot lock ${path}: ${cause.message}; a run needs a file system with locks, so that no two processes write it: choose another --out`,
    { cause }
  )
}

function lockOf(handle: number, path: string): Lock {
  let held = true
  return {
    release: () => {
      if (!held) return
      held = false
      try {
        // While the lock is held, and only if the file is still ours: somebody may have removed it by hand.
        if (isAt(handle, path)) rmSync(path, { force: true })
      } catch {
        // A file system that has become read-only: the file says nothing, the lock is given back all the same.
      } finally {
        close(handle)
      }
    }
  }
}

/** Gives the lock back, also where a child that is being started still holds a copy of the handle for a moment. */
function close(handle: number): void {
  coreAddon().unlockFile(handle)
  closeQuietly(handle)
}

/** Whether the open file is the one that others find at `path`. */
function isAt(handle: number, path: string): boolean {
  const [there, open] = guardOutput(path, () => [
    statSync(path, { bigint: true, throwIfNoEntry: false }),
    fstatSync(handle, { bigint: true })
  ])
  return there !== undefined && there.dev === open.dev && there.ino === open.ino
}

/** Writes who holds the lock, for the message of whoever comes next. */
function sign(handle: number, path: string): void {
  guardOutput(path, () => {
    ftruncateSync(handle)
    writeSync(handle, JSON.stringify({ pid: process.pid, host: hostname(), namespace: namespace() }), 0)
  })
}

function inUse(folder: string, path: string): string {
  let owner = 'another process'
  try {
    const { pid, host, namespace: of } = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; host: string; namespace: string }
    if (Number.isInteger(pid) && typeof host === 'string') {
      const where = host !== hostname() ? ` on ${host}` : of !== namespace() ? ' of another container' : ''
      owner = `process ${pid}${where}`
    }
  } catch {
    // Gone meanwhile, or not yet written.
  }
  return `${folder} is in use by ${owner}; wait for it, or stop it`
}

/** What process ids are counted in. */
function namespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

const waiting = new Int32Array(new SharedArrayBuffer(4))
/** Opening a run is synchronous throughout. */
const pause = (milliseconds: number) => void Atomics.wait(waiting, 0, 0, milliseconds)
