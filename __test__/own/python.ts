/** What tests of worlds in Python share: where their environments and packages are, and which processes are left. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { root } from '../helpers.js'

/** The folder of point.py. */
export const HERE = join(root, '__test__', 'own', 'python')

/** What a Python of the tests is told: numpy and gymnasium are where the set-up has put them. */
export const PYTHON = { PYTHONPATH: join(root, '.setup', 'python'), PYTHONDONTWRITEBYTECODE: '1' }

/** A world of point.py. */
export const point = (factory: string) => `gymnasium:point:${factory}` as const

/** Processes whose command line holds a text. */
export function processesWith(text: string): string[] {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
  return numbers.filter((number) => {
    try {
      return readFileSync(join('/proc', number, 'cmdline'), 'utf8').includes(text)
    } catch {
      return false
    }
  })
}

/** Waits until a condition holds; whether it came to hold in so many milliseconds. */
export async function within(milliseconds: number, holds: () => boolean): Promise<boolean> {
  for (let waited = 0; waited < milliseconds; waited += 50) {
    if (holds()) return true
    await wait(50)
  }
  return holds()
}
