// A Python with pinned packages for a gate or a measurement: one that is named, or a throw-away virtual environment.
import { join, resolve } from 'node:path'
import { root, run } from '../setup/terminal.mjs'

/**
 * @param {string} folder where the environment is made; what is measured runs there too, since MuJoCo writes its log where it runs
 * @param {string} room the folder of scripts/ whose requirements.txt is installed
 * @param {string} [given] a Python that already has them (`--python`)
 * @returns {Promise<string>} the Python; rejects where the packages cannot be installed
 */
export async function peerPython(folder, room, given) {
  if (given) return given.includes('/') ? resolve(given) : given
  const made = join(folder, 'venv')
  const python = join(made, 'bin', 'python')
  await run('python3', ['-m', 'venv', made], { cwd: folder })
  const requirements = join(root, 'scripts', room, 'requirements.txt')
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], { cwd: folder })
  return python
}
