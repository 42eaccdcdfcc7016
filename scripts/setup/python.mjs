// What the tests' worlds in Python need: numpy and gymnasium, pinned by hash, in a folder of their own that a Python is pointed to.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { announce, root, run } from './terminal.mjs'

const REQUIREMENTS = join(root, 'scripts', 'setup', 'python.txt')
const FOLDER = join(root, '.setup', 'python')
const STAMP = join(root, '.setup', 'python.stamp')

/** Installs them where they are not there yet. */
export async function installPython() {
  const wanted = readFileSync(REQUIREMENTS, 'utf8')
  if (existsSync(FOLDER) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return null
  announce('fetching numpy and gymnasium with pip (18 MB)')
  rmSync(FOLDER, { recursive: true, force: true })
  // Wheels only: nothing of a package runs while it is installed.
  const how = ['--quiet', '--disable-pip-version-check', '--require-hashes', '--only-binary=:all:', '--no-deps', '--target', FOLDER]
  await run('python3', ['-m', 'pip', 'install', ...how, '-r', REQUIREMENTS])
  writeFileSync(STAMP, wanted)
  return 'numpy, gymnasium'
}
