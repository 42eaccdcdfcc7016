// Where faults are tried: in memory where this machine has a folder there, because what is tried is not how fast a disk syncs.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const base = (() => {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
})()

/** A fresh folder for `work`, which is removed afterwards. */
export async function inFolder(work) {
  const place = mkdtempSync(join(base, 'xmrl-faults-'))
  try {
    return await work(place)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
