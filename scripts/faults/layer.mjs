// A layer between the product and the disk: it counts the operations on files under one folder, makes the n-th fail, or notes all of them.
// It takes the place of functions of node:fs, so it sees every operation that the product asks for by itself (ts/run is synchronous
// throughout) and none of libraries that are written in C.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { resolve, sep } from 'node:path'

/** What changes the disk, and what only reads it. */
const CHANGES = ['openSync', 'writeSync', 'fsyncSync', 'ftruncateSync', 'renameSync', 'mkdirSync', 'rmSync', 'linkSync', 'closeSync']
const READS = ['readFileSync', 'readdirSync', 'statSync', 'fstatSync']
/** What a full disk refuses. Removing and cutting works on one. */
const GROWS = new Set(['openSync', 'writeSync', 'fsyncSync', 'renameSync', 'mkdirSync', 'linkSync'])
const WORDS = { EIO: 'i/o error', ENOSPC: 'no space left on device' }

const own = Object.fromEntries([...CHANGES, ...READS].map((name) => [name, fs[name]]))

/** @typedef {{ call: string, path: string, to?: string, data?: Buffer, at?: number, made?: boolean }} Operation */

/**
 * Puts the layer in.
 *
 * `kind`: `EIO` (the operation fails once), `EIO-read` (one that reads does), `ENOSPC` (it fails, and whatever would need room from there
 * on), `short` (a write takes half of what it is given), `torn` (a write takes half, and then the disk is full).
 * @param {{ under: string, kind?: string, at?: number, note?: (operation: Operation) => void }} options `at`: which operation, from 1
 * @returns {{ count: () => number, hit: () => string | undefined, remove: () => void }} operations so far of the kind that could have failed; the one that did
 */
export function layer({ under, kind = 'none', at = Number.POSITIVE_INFINITY, note }) {
  const top = resolve(under)
  const handles = new Map()
  let count = 0
  let hit
  const inside = (path) => typeof path === 'string' && (path === top || path.startsWith(top + sep))
  const failure = (code, call, path) =>
    Object.assign(new Error(`${code}: ${WORDS[code]}, ${call} '${path}'`), { code, errno: -5, syscall: call })
  /** Whether this operation is one that the kind of failure could strike. */
  const counts = (call) => {
    if (kind === 'EIO-read') return READS.includes(call)
    if (kind === 'short' || kind === 'torn') return call === 'writeSync'
    if (kind === 'ENOSPC') return GROWS.has(call)
    return CHANGES.includes(call)
  }
  /** Whether the operation must fail now. */
  const strikes = (call, path) => {
    if (!counts(call)) return hit !== undefined && (kind === 'ENOSPC' || kind === 'torn') && GROWS.has(call)
    count++
    if (count === at) hit = `${call} ${path}`
    if (kind === 'ENOSPC' || kind === 'torn') return hit !== undefined
    return count === at
  }
  const code = () => (kind.startsWith('EIO') ? 'EIO' : 'ENOSPC')

  for (const call of [...CHANGES, ...READS]) {
    fs[call] = (first, ...rest) => {
      const path = typeof first === 'number' ? handles.get(first) : first
      if (!inside(path) || (call === 'openSync' && !writes(rest[0]))) {
        const done = own[call](first, ...rest)
        // A folder that is opened to be synced.
        if (call === 'openSync' && inside(path)) handles.set(done, path)
        return done
      }
      const made = call === 'openSync' && !fs.existsSync(path)
      if (strikes(call, path)) {
        if (call === 'closeSync') own.closeSync(first)
        if (call === 'writeSync' && (kind === 'short' || (kind === 'torn' && count === at))) {
          const [data, offset = 0, length = data.length - offset, position = null] = rest
          const half = own.writeSync(first, data, offset, Math.max(1, length >> 1), position)
          note?.({ call, path, data: Buffer.from(data.subarray(offset, offset + half)), at: position ?? undefined })
          if (kind === 'short') return half
        }
        throw failure(code(), call, path)
      }
      const done = own[call](first, ...rest)
      if (call === 'openSync') handles.set(done, path)
      if (call === 'closeSync') handles.delete(first)
      if (note !== undefined && CHANGES.includes(call)) note(described(call, path, rest, made))
      return done
    }
  }
  syncBuiltinESMExports()
  return {
    count: () => count,
    hit: () => hit,
    remove: () => {
      Object.assign(fs, own)
      syncBuiltinESMExports()
    }
  }
}

/** Whether a file is opened to be written: by letters or by flags. */
const writes = (flags) => (typeof flags === 'number' ? (flags & 3) !== 0 : /[wa+]/.test(flags ?? 'r'))

/** An operation as it is noted. */
function described(call, path, rest, made) {
  if (call === 'openSync') return { call, path, made, truncates: rest[0] === 'w' || rest[0] === 'w+' }
  if (call === 'writeSync') {
    const [data, offset = 0, length = data.length - offset, position = null] = rest
    const bytes = typeof data === 'string' ? Buffer.from(data) : Buffer.from(data.subarray(offset, offset + length))
    return { call, path, data: bytes, at: typeof data === 'string' ? (offset ?? undefined) : (position ?? undefined) }
  }
  if (call === 'ftruncateSync') return { call, path, at: rest[0] ?? 0 }
  if (call === 'renameSync' || call === 'linkSync') return { call, path, to: rest[0] }
  return { call, path }
}
