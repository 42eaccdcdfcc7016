/**
 * One process per run directory: `.lock` holds the owner's process id and start time. A lock whose owner is gone
 * (kill -9, power cut) is taken over; one from another machine is not, since its owner cannot be asked.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { guardOutput } from './atomic.js'

interface Owner {
  pid: number
  host: string
  /** Kernel's start time of the process (clock ticks since boot), so that a recycled process id is not taken for the owner. */
  start: string
}

/** A held lock. */
export interface Lock {
  release(): void
}

/**
 * Takes the lock of a run directory.
 * @throws XmrlError `ERR_RUN_LOCKED` naming the process that holds it, `ERR_OUTPUT`
 */
export function takeLock(folder: string): Lock {
  const path = join(folder, '.lock')
  const me: Owner = { pid: process.pid, host: hostname(), start: startTime(process.pid) }
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryCreate(path, me)) {
      return {
        release: () => {
          if (sameOwner(readOwner(path), me)) rmSync(path, { force: true })
        }
      }
    }
    const owner = readOwner(path)
    if (owner !== undefined && isAlive(owner)) {
      const where = owner.host === me.host ? `process ${owner.pid}` : `process ${owner.pid} on ${owner.host}`
      throw new XmrlError('ERR_RUN_LOCKED', `${folder} is in use by ${where}; wait for it, or remove ${path} if it is gone`)
    }
    guardOutput(path, () => rmSync(path, { force: true }))
  }
  throw new XmrlError('ERR_RUN_LOCKED', `${folder}: another process keeps taking ${path}`)
}

function tryCreate(path: string, owner: Owner): boolean {
  let handle: number
  try {
    handle = openSync(path, 'wx')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    return guardOutput(path, () => {
      throw error
    })
  }
  try {
    guardOutput(path, () => writeSync(handle, JSON.stringify(owner)))
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  } finally {
    closeSync(handle)
  }
  return true
}

function readOwner(path: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Owner
  } catch {
    return undefined // gone meanwhile, or torn by the crash of its owner
  }
}

function sameOwner(a: Owner | undefined, b: Owner): boolean {
  return a !== undefined && a.pid === b.pid && a.host === b.host && a.start === b.start
}

function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return startTime(owner.pid) === owner.start
}

function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return ''
  }
}
