/** The only file that names the addons: finds libtorch, opens it by absolute path, then loads what needs it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Addons from '../index.js'
import { fromNative, XmrlError } from './errors.js'

/** `cuda` and `cpu` are demands; `auto` takes CUDA when the driver and a CUDA libtorch are there. */
export type DeviceChoice = 'auto' | 'cpu' | 'cuda'

/** One place that was looked at for libtorch, in search order; `xmrl doctor` prints them. */
export interface LibtorchAttempt {
  /** Where the place was named: an option, a variable, a package. */
  source: string
  path: string
  /** True when this is the root that is (or would be) used. */
  found: boolean
  /** What was found or what is missing. */
  note: string
  /** True when a libtorch is there, of a version this package cannot use. */
  otherVersion?: boolean
}

/** A libtorch root with the libraries that are opened, in order. */
export interface LibtorchRoot {
  path: string
  version: string
  cuda: boolean
  libraries: string[]
}

type LoaderAddon = Pick<typeof Addons, 'openLibrary'>
type WorldsAddon = Pick<
  typeof Addons,
  | 'environment'
  | 'environments'
  | 'sampleTasks'
  | 'checkTask'
  | 'scene'
  | 'bodySegments'
  | 'NativeMarket'
  | 'NativeWorlds'
  | 'lockFile'
  | 'unlockFile'
  | 'endWithParent'
  | 'endOnSecondSignal'
  | 'endProcess'
>
type CoreAddon = Omit<typeof Addons, keyof LoaderAddon | keyof WorldsAddon>

/** The libtorch this package is built for; another minor is another binary interface. */
export const LIBTORCH_VERSION = '2.11.0'
const TRIPLE = 'linux-x64-gnu'
/** Where this package lies. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)

/** Loads `xmrl-<name>.<triple>.node` from the checkout or from the platform package. */
function loadAddon(name: string): unknown {
  const file = `xmrl-${name}.${TRIPLE}.node`
  const local = join(packageRoot, file)
  const request = existsSync(local) ? local : `xmrl-${TRIPLE}/${file}`
  try {
    return require(request)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND'
    throw new XmrlError(
      'ERR_ADDON_NOT_FOUND',
      missing
        ? `${file} is not here (${process.platform} ${process.arch}): in a checkout run \`npm run setup\`, else install the optional package xmrl-${TRIPLE}`
        : `${file} does not load: ${firstLine(cause)}`,
      { cause }
    )
  }
}

const firstLine = (error: unknown) => String((error as Error)?.message ?? error).split('\n')[0] ?? ''

function once<T>(make: () => T): () => T {
  let value: { it: T } | undefined
  return () => {
    value ??= { it: make() }
    return value.it
  }
}

const loader = once(() => loadAddon('loader') as LoaderAddon)

/** The torch-free addon: environments, task laws, worlds. */
export const worldsAddon = once(() => loadAddon('worlds') as WorldsAddon)

/** True when an NVIDIA driver is on this machine (no library is opened to find out). */
export const driverPresent = () => existsSync('/proc/driver/nvidia/version')

function inspect(source: string, path: string, cuda: boolean): { attempt: LibtorchAttempt; root?: LibtorchRoot } {
  const fail = (note: string) => ({ attempt: { source, path, found: false, note } })
  if (!isAbsolute(path)) path = resolve(path)
  const versionFile = [join(path, 'build-version'), join(path, 'version.py')].find((file) => existsSync(file))
  if (!existsSync(join(path, 'lib', 'libtorch_cpu.so'))) return fail('no lib/libtorch_cpu.so')
  if (!versionFile) return fail('no build-version')
  const text = readFileSync(versionFile, 'utf8')
  const full = /(\d+\.\d+\.\d+)(\+\w+)?/.exec(text)
  if (!full) return fail(`${versionFile} names no version`)
  if (full[1] !== LIBTORCH_VERSION) {
    const { attempt } = fail(`libtorch ${full[0]}, this package needs ${LIBTORCH_VERSION}`)
    return { attempt: { ...attempt, otherVersion: true } }
  }
  const hasCuda = existsSync(join(path, 'lib', 'libtorch_cuda.so'))
  if (cuda && !hasCuda) return fail(`libtorch ${full[0]} without CUDA`)
  const libraries = ['libc10.so', 'libtorch_cpu.so', ...(cuda ? ['libc10_cuda.so', 'libtorch_cuda.so'] : [])].map((file) =>
    join(path, 'lib', file)
  )
  // The self-contained root carries the libraries that libtorch_cpu.so names; a Python torch finds its own by rpath.
  const carried = ['libgomp.so.1', 'libcudart.so.13', 'libcupti.so.13']
    .map((file) => join(path, 'lib', file))
    .filter((file) => existsSync(file))
  return {
    attempt: { source, path, found: true, note: `libtorch ${full[0]}${cuda ? ' with CUDA' : ''}` },
    root: { path, version: full[0], cuda, libraries: [...(cuda ? [] : carried), ...libraries] }
  }
}

/** Where an installed Python torch lies, without importing it; undefined when there is none. */
function pythonTorch(): string | undefined {
  const code = "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
  const found = spawnSync('python3', ['-c', code], { encoding: 'utf8', timeout: 20_000 })
  return found.status === 0 && found.stdout.trim() ? found.stdout.trim() : undefined
}

/**
 * Looks for libtorch in the documented order: `XMRL_LIBTORCH`, `LIBTORCH`, (for CUDA) the installed Python torch,
 * the npm package, the checkout's `.libtorch`. A place that the user named and that does not serve ends the search.
 */
export function findLibtorch(cuda: boolean): { attempts: LibtorchAttempt[]; root?: LibtorchRoot; refused?: LibtorchAttempt } {
  const attempts: LibtorchAttempt[] = []
  const look = (source: string, path: string | undefined, explicit: boolean) => {
    if (!path) return undefined
    const { attempt, root } = inspect(source, path, cuda)
    attempts.push(attempt)
    return root ? { attempts, root } : explicit ? { attempts, refused: attempt } : undefined
  }
  let npm: string | undefined
  try {
    npm = dirname(require.resolve(`xmrl-libtorch-cpu-${TRIPLE}/package.json`))
  } catch {
    npm = undefined
  }
  return (
    look('XMRL_LIBTORCH', process.env.XMRL_LIBTORCH, true) ??
    look('LIBTORCH', process.env.LIBTORCH, true) ??
    (cuda ? look('Python torch', pythonTorch(), false) : undefined) ??
    look(`npm package xmrl-libtorch-cpu-${TRIPLE}`, npm, false) ??
    look('checkout .libtorch', join(packageRoot, '.libtorch'), false) ?? { attempts }
  )
}

/** The device that a choice comes to on this machine, with one line that says why. */
export function chooseDevice(choice: DeviceChoice): { device: 'cpu' | 'cuda'; note: string } {
  if (choice === 'cpu') return { device: 'cpu', note: 'CPU, as asked' }
  const driver = driverPresent()
  const found = driver ? findLibtorch(true).root !== undefined : false
  if (driver && found) return { device: 'cuda', note: `CUDA, ${choice === 'auto' ? 'found' : 'as asked'}` }
  const why = driver
    ? `no libtorch ${LIBTORCH_VERSION} with CUDA (install torch==${LIBTORCH_VERSION} for Python)`
    : 'no NVIDIA driver on this machine'
  if (choice === 'cuda') throw new XmrlError('ERR_DEVICE', `device cuda: ${why}; use --device cpu`)
  return { device: 'cpu', note: `CPU: ${why}` }
}

let core: { addon: CoreAddon; root: LibtorchRoot } | undefined

/**
 * Loads the learning addon on `device`, opening libtorch on the first call. CUDA must be asked for first:
 * libtorch decides once per process whether it has a CUDA half.
 */
export function coreAddon(device: 'cpu' | 'cuda'): CoreAddon {
  if (core) {
    if (device === 'cuda' && !core.root.cuda)
      throw new XmrlError('ERR_DEVICE', 'libtorch is already open without CUDA in this process: ask for device cuda first')
    return core.addon
  }
  const { attempts, root, refused } = findLibtorch(device === 'cuda')
  if (refused)
    throw new XmrlError(
      refused.otherVersion ? 'ERR_LIBTORCH_VERSION' : 'ERR_LIBTORCH_NOT_FOUND',
      `${refused.source}=${refused.path}: ${refused.note}; unset it or name a libtorch ${LIBTORCH_VERSION}`
    )
  if (!root) {
    const looked = attempts.map((attempt) => `${attempt.source} (${attempt.note})`).join('; ')
    throw new XmrlError(
      attempts.some((attempt) => attempt.otherVersion) ? 'ERR_LIBTORCH_VERSION' : 'ERR_LIBTORCH_NOT_FOUND',
      `no libtorch ${LIBTORCH_VERSION}: looked at ${looked || 'nothing'}; in a checkout run \`npm run setup\``
    )
  }
  // libgomp reads its thread counts when it is opened; torch and our own pool take turns, so one per core is right.
  process.env.OMP_NUM_THREADS ??= String(availableParallelism())
  process.env.MKL_NUM_THREADS ??= process.env.OMP_NUM_THREADS
  try {
    for (const library of root.libraries) loader().openLibrary(library)
  } catch (cause) {
    throw new XmrlError('ERR_LIBTORCH_NOT_FOUND', `${root.path} does not open: ${firstLine(cause)}`, { cause })
  }
  const addon = loadAddon('core') as CoreAddon
  // A thread of ours inside libtorch while the process ends would crash it. The addon stops this thread's jobs when its
  // environment is cleaned up; a main thread that is told to exit cleans up nothing, but says so first.
  process.once('exit', () => addon.shutDown())
  core = { addon, root }
  return addon
}

/** Versions and places for manifests and `doctor`; opens nothing. */
export function describeLibtorch(): { opened?: LibtorchRoot; version: string } {
  return core ? { opened: core.root, version: core.root.version } : { version: LIBTORCH_VERSION }
}

/** Runs a native call; its errors come out as {@link XmrlError}. */
export function guarded<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw fromNative(error)
  }
}

/** Awaits a native job; its errors come out as {@link XmrlError}. */
export async function guardedJob<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw fromNative(error)
  }
}

/** The native learner's handle, and what its jobs return. */
export type NativeLearner = Addons.Learner
/** Prices as either addon holds them. */
export type NativeMarket = Addons.NativeMarket
export type LearnerMarket = Addons.LearnerMarket
export type StepStats = Addons.StepStats
export type RegulariseSettings = Addons.RegulariseSettings

/** A theorem with its measured claims and its picture. */
export type TheoryPart = Addons.TheoryPart
export type TheoryCheck = Addons.TheoryCheck
export type TheoryCurve = Addons.TheoryCurve

/** How a bench times natively, and what it found. */
export type BenchPlan = Addons.BenchPlan
export type Timing = Addons.Timing
