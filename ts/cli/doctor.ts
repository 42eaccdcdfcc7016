/** `xmrl doctor`: what was found, what is missing, and what to do about it. */
import { spawnSync } from 'node:child_process'
import { availableParallelism, totalmem } from 'node:os'
import { XmrlError } from '../errors.js'
import { findLibtorch, LIBTORCH_CURE, LIBTORCH_VERSION } from '../libtorch.js'
import { metaworldFiles } from '../metaworld/index.js'
import { chooseDevice, cudaDriver, cudaVersion, findAddon, learningAddon, requireAddon, torchBuildMissing } from '../native.js'
import { pythonProgram } from '../own/index.js'
import { installed, packageRoot } from '../place.js'
import { origin } from '../run/index.js'
import { environments } from '../worlds/index.js'
import { EXIT } from './failure.js'

interface Finding {
  what: string
  good: boolean
  note: string
}

const attempt = (what: string, check: () => string): Finding => {
  try {
    return { what, good: true, note: check() }
  } catch (error) {
    return { what, good: false, note: error instanceof XmrlError ? error.message : String((error as Error).message) }
  }
}

/** How this package came here: what can be done about what is missing follows from it. */
const howInstalled = () => `xmrl ${origin().package}, ${installed ? 'installed' : 'a checkout'}: ${packageRoot}`

/** The addon's build, loaded. */
function addon(): string {
  const { source, file } = requireAddon()
  return `${environments().length} environment presets; learns on the CPU without libtorch (${source}: ${file})`
}

/** The NVIDIA driver and its first device, which only CUDA needs: what is wrong with them is no fault. */
function driver(): string {
  const { library, problem, cuda, devices, device, memory, free } = cudaDriver()
  const gib = (bytes: number) => (bytes / 2 ** 30).toFixed(1)
  if (problem !== undefined) return `not used, needed only for CUDA: ${problem}`
  return `${library}, for CUDA ${cudaVersion(cuda)}; ${devices} of ${device}, ${gib(free)} of ${gib(memory)} GiB free`
}

/** Whether a driver has a device: otherwise nobody looks for a libtorch with CUDA. */
function driven(): boolean {
  try {
    return cudaDriver().problem === undefined
  } catch {
    return false
  }
}

/** The torch build, which only `learner.calculus: libtorch` and CUDA need: that it is not there is no fault. */
function torchBuild(): string {
  const missing = torchBuildMissing()
  const { root, refused } = findLibtorch(false)
  const unneeded = 'needed only for learner.calculus: libtorch and for CUDA'
  if (missing !== undefined) return `none, ${unneeded}: ${missing}`
  if (root === undefined && refused === undefined) return `no libtorch ${LIBTORCH_VERSION}, ${unneeded}: ${LIBTORCH_CURE}`
  learningAddon('cpu', 'libtorch')
  return `libtorch ${LIBTORCH_VERSION} opened (torch build: ${findAddon('torch')?.source})`
}

/** The Python of worlds in Python, which nothing else needs: that it is not there is no fault. */
function python(): string {
  const program = pythonProgram()
  const unneeded = 'needed only for worlds in Python (environment: gymnasium:module:factory)'
  const ask = `import sys
from importlib.metadata import version, PackageNotFoundError
def of(name):
    try: return name + ' ' + version(name)
    except PackageNotFoundError: return 'no ' + name
print('Python ' + sys.version.split()[0] + ', ' + of('numpy') + ', ' + of('gymnasium'))`
  const { error, status, stdout, stderr } = spawnSync(program, ['-c', ask], { encoding: 'utf8', timeout: 20_000 })
  if (error !== undefined) return `none called ${program}; ${unneeded}; XMRL_PYTHON names another`
  if (status !== 0) return `${program} does not start: ${stderr.trim().split('\n').at(-1) ?? ''}; ${unneeded}`
  const said = stdout.trim()
  return `${program}: ${said}${/no (numpy|gymnasium)/.test(said) ? `; ${unneeded}: ${program} -m pip install numpy gymnasium` : ''}`
}

/** Meta-World's files, which only its presets need: that they are not there is no fault. */
function metaworld(): string {
  const { folder, library, there } = metaworldFiles()
  if (there) return `${folder}; ${library}`
  return 'none, needed only for the presets metaworld/…: `npx xmrl data metaworld` fetches them once'
}

export function doctor(flags: { json: boolean }): void {
  const { attempts } = findLibtorch(false)
  const findings: Finding[] = [
    attempt('node', () => {
      const [major, minor] = process.versions.node.split('.').map(Number)
      if (major < 20 || (major === 20 && minor < 17)) throw new Error(`${process.version}: 20.17 or newer is needed`)
      return process.version
    }),
    {
      what: 'machine',
      good: true,
      note: `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB, ${process.platform} ${process.arch}`
    },
    attempt('package', howInstalled),
    attempt('addon', addon),
    attempt('cuda driver', driver),
    attempt('device', () => chooseDevice('auto').note),
    attempt('libtorch', torchBuild),
    attempt('python', python),
    attempt('metaworld', metaworld)
  ]
  const cuda = driven() ? findLibtorch(true).attempts : []
  const failed = findings.some((finding) => !finding.good)
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ findings, libtorch: attempts, cuda }, null, 2)}\n`)
  } else {
    for (const finding of findings) process.stdout.write(`${finding.good ? '✓' : '✗'} ${finding.what.padEnd(14)} ${finding.note}\n`)
    process.stdout.write('\nlibtorch was looked for at\n')
    for (const place of [...attempts, ...cuda])
      process.stdout.write(`  ${place.found ? '✓' : '·'} ${place.source}: ${place.path} (${place.note})\n`)
    if (attempts.length === 0) process.stdout.write(`  nothing: ${LIBTORCH_CURE}\n`)
  }
  if (failed) process.exitCode = EXIT.failed
}
