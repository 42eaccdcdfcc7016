/**
 * Durable writes: a reader sees the old file or the new one, never a part, and a crash after the return loses nothing.
 * Every failure of the disk becomes `ERR_OUTPUT`, with the temporary file removed.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { type ErrorCode, XmrlError } from '../errors.js'

/** Prefix of files and folders that are not finished; whatever carries it may be removed when no process holds the lock. */
export const TEMPORARY = '.tmp-'

/** Writes `data` to `path` atomically: temporary file, fsync, rename, fsync of the folder. */
export function writeAtomic(path: string, data: string | Uint8Array, owner?: Owner): void {
  const temporary = join(dirname(path), `${TEMPORARY}${basename(path)}`)
  const write = () => {
    try {
      writeDurable(temporary, data)
      renameSync(temporary, path)
      syncFolder(dirname(path))
    } catch (error) {
      discard(temporary)
      throw error
    }
  }
  guardOutput(path, write, owner)
}

/** Writes and fsyncs a file that nobody reads yet (an existing one is replaced); disk errors come as they are. */
export function writeDurable(path: string, data: string | Uint8Array): void {
  const handle = anew(path)
  try {
    writeAll(handle, typeof data === 'string' ? Buffer.from(data) : data)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/**
 * Opens a file that nobody else has open. One that is there may be: by an attempt at a unit of a sweep that was given up, whose next bytes
 * would end in this one.
 */
function anew(path: string): number {
  try {
    return openSync(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    rmSync(path, { force: true })
    return openSync(path, 'wx')
  }
}

/** Writes every byte (a single write may stop early), from `position` of the file or where it stands. */
export function writeAll(handle: number, data: Uint8Array, position?: number): void {
  let done = 0
  while (done < data.length) {
    done += writeSync(handle, data, done, data.length - done, position === undefined ? null : position + done)
  }
}

/** Makes the entries of a folder durable. */
export function syncFolder(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Makes a new entry durable, as far as its folder lets itself be opened: one that may be written need not be readable. */
function syncParent(path: string): void {
  try {
    syncFolder(dirname(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
}

/** Removes what is left of a failed write. Its own failure must not hide the first one; the next opening tries again. */
export function discard(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    // Named `.tmp-`, so it is never read.
  }
}

/**
 * Makes a folder and its parents; those that were made survive a power cut, so that what is synced inside them does.
 * (Node's own `recursive` never returns where the kernel answers ENOENT, as under /proc.)
 */
export function makeFolder(path: string, owner?: Owner): void {
  const make = () => {
    const missing: string[] = []
    let at = path
    while (!existsSync(at) && dirname(at) !== at) {
      missing.push(at)
      at = dirname(at)
    }
    for (const folder of missing.reverse()) {
      makeOne(folder)
      syncParent(folder)
    }
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'ENOTDIR' })
  }
  guardOutput(path, make, owner)
}

/** Makes one folder, also where another process has just made it. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(folder).isDirectory()) throw error
  }
}

/**
 * Closes a file of which everything that matters is synced: what the kernel may yet have to say of the rest (NFS, quotas) changes nothing,
 * and must not keep a lock from being given back.
 */
export function closeQuietly(handle: number): void {
  try {
    closeSync(handle)
  } catch {
    // Linux frees the handle whatever it answers.
  }
}

/** Runs a disk action; a failure of the operating system becomes `ERR_OUTPUT` that names the path and the fix. */
export function guardOutput<T>(path: string, action: () => T, owner?: Owner): T {
  try {
    return action()
  } catch (error) {
    throw outputError(path, error, owner)
  }
}

/**
 * Runs a disk action that reads; a failure of the operating system becomes a typed error that names the file, what is wrong with it
 * and the cure, and so does content that is no JSON (or whatever `action` parses).
 * @param code what the error is to programs
 * @param cure what the user can do, such as `remove it to have it made again`
 */
export function guardInput<T>(code: ErrorCode, path: string, cure: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw inputError(code, path, cure, error)
  }
}

/** What the operating system says of a file that cannot be read, in words; undefined where it is no error of the system. */
export function unreadable(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException)?.code
  if (error instanceof XmrlError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return undefined
  return READING[code] ?? `it cannot be read (${code})`
}

function inputError(code: ErrorCode, path: string, cure: string, error: unknown): unknown {
  const why = unreadable(error) ?? (error instanceof SyntaxError ? 'it is not JSON' : undefined)
  return why === undefined ? error : new XmrlError(code, `${path}: ${why}; ${cure}`, { cause: error })
}

const READING: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  ENOTDIR: 'it is a file where a folder belongs, or lies under one',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this machine has too many files open',
  EIO: 'the disk reports an input/output error'
}

/** What a failure is, and whether another place would do. */
const REASONS: Readonly<Record<string, { text: string; cure?: 'room' | 'place' | 'way' }>> = {
  ENOSPC: { text: 'the disk is full', cure: 'room' },
  EDQUOT: { text: 'the disk quota is used up', cure: 'room' },
  EROFS: { text: 'the file system is read-only', cure: 'place' },
  EACCES: { text: 'no permission to write', cure: 'place' },
  EPERM: { text: 'no permission to write', cure: 'place' },
  ENOTDIR: { text: 'a part of the path is a file', cure: 'place' },
  EEXIST: { text: 'a file is in the way', cure: 'place' },
  EISDIR: { text: 'a folder is in the way', cure: 'way' },
  ENOENT: { text: 'the place does not exist and cannot be made', cure: 'place' },
  EIO: { text: 'the disk reports an input/output error' },
  EFBIG: { text: 'the file would be larger than this process may write' }
}

/** Whose file it is that cannot be written: a run's, of which more is saved, or a lone one that somebody asked for. */
export type Owner = 'run' | 'file'

const CURES = {
  run: { room: 'free some space and run again with --resume', place: 'choose another --out', way: 'remove it or choose another --out' },
  file: { room: 'free some space', place: 'choose another place', way: 'remove it or choose another place' }
} as const

/** The typed form of a disk error; an error that is no disk error passes through. */
export function outputError(path: string, error: unknown, owner: Owner = 'run'): unknown {
  const code = (error as NodeJS.ErrnoException)?.code
  if (error instanceof XmrlError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error
  const { text = code, cure = undefined } = REASONS[code] ?? {}
  const what = [text, ...(cure === undefined ? [] : [CURES[owner][cure]]), ...(owner === 'run' ? ['everything saved so far is kept'] : [])]
  return new XmrlError('ERR_OUTPUT', `cannot write ${path}: ${what.join('; ')}`, { cause: error })
}

/** Work on what a file holds, whose errors name the file. */
export function inFile<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw XmrlError.is(error, 'ERR_RECORD_INVALID')
      ? new XmrlError('ERR_RECORD_INVALID', `${path}: ${error.message}`, { cause: error })
      : error
  }
}
