// A file system that is full, as the kernel has it: a tmpfs of n pages, and one of n files, n = 1, 2, … until the run fits. It fails by a
// typed error; with room made on the same file system, it goes on to the bytes of a run that nothing happened to. Needs the right to mount.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inFolder } from './places.mjs'
import { product } from './product.mjs'
import { leftovers, smallOutcome, smallRun, smallUnit } from './small.mjs'

const { XmrlError } = await product('errors')

export const about = 'a tmpfs that is full, of bytes or of files'

export const options = { step: { whole: 1, small: 5 } }

const WORKS = { run: { work: smallRun, run: (out) => out }, unit: { work: smallUnit, run: (out) => join(out, 'run') } }
/** What is short: options of a mount with so little of it. */
const SHORT = { pages: (count) => `size=${4096 * count}`, files: (count) => `size=64m,nr_inodes=${count + 1}` }
const ENOUGH = 'size=64m,nr_inodes=10000'
/** More than a run needs of either. */
const MOST = 2000

/** Tries both; `step` leaves sizes out. */
export async function tried({ step }, { say, fault }) {
  return await inFolder(async (place) => {
    const disk = join(place, 'disk')
    mkdirSync(disk)
    if (mount(disk, ENOUGH) !== 0) {
      say('skipped: this process may not mount')
      return { skipped: 'may not mount' }
    }
    unmount(disk)
    smallRun(join(place, 'whole'))
    const whole = smallOutcome(join(place, 'whole'))
    const failed = {}
    for (const [name, kind] of Object.entries(WORKS)) {
      for (const [short, optionsOf] of Object.entries(SHORT)) {
        const what = `${name}, ${short}`
        for (let count = 1; count < MOST && one(disk, kind, optionsOf(count), whole, `${what} ${count}`, fault); count += step)
          failed[what] = (failed[what] ?? 0) + 1
        say(`${what}: ${failed[what]} that were too few`)
      }
    }
    return { failed }
  })
}

/** One work on so small a disk; whether it failed. */
function one(disk, kind, options, whole, what, fault) {
  if (mount(disk, options) !== 0) throw new Error(`mount: ${what}`)
  try {
    const out = join(disk, 'work')
    let error
    try {
      kind.work(out)
    } catch (caught) {
      error = caught
    }
    if (error !== undefined) {
      if (!(error instanceof XmrlError)) fault(`${what}: an untyped error: ${error.stack}`)
      else if (!/^ERR_(OUTPUT|RUN_LOCKED)$/.test(error.code)) fault(`${what}: ${error.code}: ${error.message}`)
      else if (!error.message.includes(disk)) fault(`${what}: it does not name the file: ${error.message}`)
      spawnSync('mount', ['-o', `remount,${ENOUGH}`, disk])
      try {
        kind.work(out)
      } catch (again) {
        fault(`${what}: going on fails: ${again.stack}`)
        return true
      }
    }
    const run = kind.run(out)
    if (!existsSync(run) || smallOutcome(run) !== whole) fault(`${what}: the outcome differs`)
    const left = leftovers(out)
    if (left.length > 0) fault(`${what}: left ${left}`)
    return error !== undefined
  } finally {
    unmount(disk)
  }
}

const mount = (disk, options) => spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'xmrl-faults', disk]).status
const unmount = (disk) => spawnSync('umount', ['-l', disk])
