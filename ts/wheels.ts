/** Wheels of PyPI, of which some files are kept: pip fetches them when they are asked for, and their hashes say whether it is they. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A wheel as it is asked for, and what it must be. */
export interface Wheel {
  /** `name==version`. */
  requirement: string
  file: string
  sha256: string
  /** The platform whose wheel it is, whatever this machine; undefined where there is one for all. */
  platform?: string
}

/** Minutes that a Python command may take. */
const MINUTES = 10
const MOST_BYTES = 64 * 2 ** 20

/**
 * Has pip fetch a wheel into a folder; where pip takes it from, its own configuration says. Nothing else of the process runs meanwhile.
 * @returns the wheel's path
 * @throws Error in one line: what pip said, or that another hash was found
 */
export function fetchWheel({ requirement, file, sha256, platform }: Wheel, into: string): string {
  const only = ['--quiet', '--no-deps', '--only-binary=:all:', '--python-version', '3.11', '--disable-pip-version-check']
  runPython(['-m', 'pip', 'download', ...only, ...(platform === undefined ? [] : ['--platform', platform]), '--dest', into, requirement])
  const path = join(into, file)
  const found = createHash('sha256').update(readFileSync(path)).digest('hex')
  if (found !== sha256) throw new Error(`${file} has sha256 ${found}, not ${sha256}`)
  return path
}

/**
 * Runs Python.
 * @returns its standard output
 * @throws Error in one line
 */
export function runPython(args: readonly string[]): Buffer {
  const done = spawnSync('python3', args, { timeout: MINUTES * 60_000, maxBuffer: MOST_BYTES })
  if (done.error !== undefined) throw new Error(`python3 does not run: ${done.error.message}`)
  if (done.status === 0) return done.stdout
  const said = done.stderr.toString('utf8').trim().split('\n').at(-1) ?? ''
  throw new Error(said === '' ? `python3 ended with ${done.signal ?? `exit code ${done.status}`}` : said)
}
