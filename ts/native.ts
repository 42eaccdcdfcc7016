/**
 * The only file that names the addons. There is one addon in two builds: `core`, which does everything on the CPU with
 * derivatives written out, and `torch`, the same with libtorch beside it, which the calculus `libtorch` and CUDA need.
 */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type * as Addons from '../index.js'
import { fromNative, XmrlError } from './errors.js'
import { findLibtorch, LIBTORCH_CURE, LIBTORCH_VERSION, type LibtorchRoot } from './libtorch.js'
import { installed, metaworldFolder, ownMujoco, PLATFORMS, packageRoot, TORCH_PLATFORMS, TRIPLE } from './place.js'

/** `cuda` and `cpu` are demands; `auto` takes CUDA when the driver and a CUDA libtorch are there. */
export type DeviceChoice = 'auto' | 'cpu' | 'cuda'

/** What differentiates: derivatives written out, or libtorch. */
export type Calculus = 'fused' | 'libtorch'

/** Either build of the addon; they export the same. */
export type Addon = typeof Addons

const require = createRequire(import.meta.url)

/** The builds of the addon, by name. */
type Build = 'core' | 'torch'

/** Where a build was found. */
export interface AddonPlace {
  /** The platform package that holds it with its version, or `built here` in a checkout. */
  source: string
  file: string
}

/** The package that holds a build for this machine. */
const packageOf = (name: Build) => `xmrl-${name === 'torch' ? 'torch-' : ''}${TRIPLE}`

const versionOf = (manifest: string) => (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version

/** This package's own version: its platform packages have the same. */
const version = () => versionOf(join(packageRoot, 'package.json'))

/**
 * `xmrl-<name>.<triple>.node` of the checkout, else of the platform package, as Node finds it from here: beside this package, or
 * where pnpm links it.
 * @throws XmrlError `ERR_ADDON_NOT_FOUND` where the package is of another version than this one
 */
export function findAddon(name: Build): AddonPlace | undefined {
  const file = `xmrl-${name}.${TRIPLE}.node`
  const local = join(packageRoot, file)
  if (existsSync(local)) return { source: 'built here', file: local }
  const from = packageOf(name)
  let manifest: string
  try {
    manifest = require.resolve(`${from}/package.json`)
  } catch {
    return undefined
  }
  const found = versionOf(manifest)
  if (found !== version())
    throw new XmrlError(
      'ERR_ADDON_NOT_FOUND',
      `${from} is ${found}, xmrl is ${version()}: they must be the same; npm install ${from}@${version()}`
    )
  return { source: `${from} ${found}`, file: join(dirname(manifest), file) }
}

/** Where a build can be had. */
const platformsOf = (name: Build) => (name === 'torch' ? TORCH_PLATFORMS : PLATFORMS)

/** Whether this Node is linked with musl: there is no glibc then that the addon could use. */
function hasMusl(): boolean {
  if (process.platform !== 'linux' || process.report === undefined) return false
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return header.glibcVersionRuntime === undefined
}

/** What is missing of a build that is not here, and what to do. */
function missing(name: Build): string {
  const what = name === 'torch' ? 'the torch build of the addon' : 'the native addon'
  const platforms = platformsOf(name).join(', ')
  if (!platformsOf(name).includes(TRIPLE) || hasMusl())
    return `${what} is not made for ${process.platform} ${process.arch}${hasMusl() ? ' with musl' : ''}; it is for ${platforms}`
  if (!installed) return `${what} is not built: run \`npm run setup${name === 'torch' ? ' -- --torch' : ''}\``
  const why = name === 'core' ? ' (npm leaves it out with --omit=optional, or by a package-lock.json of another machine)' : ''
  return `${what}, package ${packageOf(name)}, is not installed${why}: npm install ${packageOf(name)}@${version()}; there are packages for ${platforms}`
}

/**
 * Throws where the core build is not installed: the package says so when it is imported, not in the middle of a script.
 * @throws XmrlError `ERR_ADDON_NOT_FOUND`
 */
export function requireAddon(): AddonPlace {
  const place = findAddon('core')
  if (place === undefined) throw new XmrlError('ERR_ADDON_NOT_FOUND', missing('core'))
  return place
}

function loadAddon(name: Build): unknown {
  const place = findAddon(name)
  if (place === undefined) throw new XmrlError('ERR_ADDON_NOT_FOUND', missing(name))
  try {
    return require(place.file)
  } catch (cause) {
    throw new XmrlError('ERR_ADDON_NOT_FOUND', `${place.file} does not load: ${firstLine(cause)}`, { cause })
  }
}

/** What is wrong with the torch build and how to get it; undefined where it is here. Nothing is loaded to find out. */
export function torchBuildMissing(): string | undefined {
  try {
    return findAddon('torch') === undefined ? missing('torch') : undefined
  } catch (error) {
    return firstLine(error)
  }
}

const firstLine = (error: unknown) => String((error as Error)?.message ?? error).split('\n')[0] ?? ''

/** An addon that this process has loaded; a main thread that is told to exit cleans up nothing, but says so first. */
function ready(loaded: unknown): Addon {
  const addon = loaded as Addon
  // A thread of ours inside a long call while the process ends would crash it. The addon stops this thread's jobs when its
  // environment is cleaned up, and here.
  process.once('exit', () => addon.shutDown())
  addon.useMetaworld(metaworldFolder(), ownMujoco())
  return addon
}

let core: Addon | undefined

/** The default build: worlds, learning with derivatives written out, locks. Needs no libtorch. */
export function coreAddon(): Addon {
  core ??= ready(loadAddon('core'))
  return core
}

let torch: { addon: Addon; root: LibtorchRoot } | undefined

/** The CPU half of a libtorch whose CUDA half did not open: no other may be opened in this process any more. */
let half: LibtorchRoot | undefined

/**
 * The torch build, opening libtorch on the first call. CUDA must be asked for first: libtorch decides once per process
 * whether it has a CUDA half.
 */
function torchAddon(device: 'cpu' | 'cuda'): Addon {
  if (torch) {
    if (device === 'cuda' && !torch.root.cuda)
      throw new XmrlError('ERR_DEVICE', 'libtorch is already open without CUDA in this process: ask for device cuda first')
    return torch.addon
  }
  const root = device === 'cpu' && half !== undefined ? half : rootFor(device)
  // libgomp reads its thread counts when it is opened; torch and our own pool take turns, so one per core is right.
  process.env.OMP_NUM_THREADS ??= String(availableParallelism())
  process.env.MKL_NUM_THREADS ??= process.env.OMP_NUM_THREADS
  for (const library of root.libraries) {
    try {
      coreAddon().openLibrary(library)
    } catch (cause) {
      const why = firstLine(fromNative(cause))
      const cure = /lib(cu|nv|nccl)\w*\.so/.test(why)
        ? `; CUDA's own libraries come with the Python torch (python3 -m pip install torch==${LIBTORCH_VERSION}), or lie beside libtorch's`
        : ''
      throw new XmrlError('ERR_LIBTORCH_NOT_FOUND', `${root.path} does not open: ${why}${cure}`, { cause })
    }
    if (device === 'cuda' && library.endsWith('libtorch_cpu.so')) {
      const own = root.libraries.slice(0, root.libraries.indexOf(library) + 1)
      half = { ...root, cuda: false, libraries: own }
    }
  }
  torch = { addon: ready(loadAddon('torch')), root }
  return torch.addon
}

/** The libtorch to open. Errors: `ERR_LIBTORCH_NOT_FOUND`, `ERR_LIBTORCH_VERSION`, with every place that was looked at. */
function rootFor(device: 'cpu' | 'cuda'): LibtorchRoot {
  const { attempts, root, refused } = findLibtorch(device === 'cuda')
  if (refused)
    throw new XmrlError(
      refused.otherVersion ? 'ERR_LIBTORCH_VERSION' : 'ERR_LIBTORCH_NOT_FOUND',
      `${refused.source}=${refused.path}: ${refused.note}; unset it or name a libtorch ${LIBTORCH_VERSION}`
    )
  if (root) return root
  const looked = attempts.map((attempt) => `${attempt.source} (${attempt.note})`).join('; ')
  throw new XmrlError(
    attempts.some((attempt) => attempt.otherVersion) ? 'ERR_LIBTORCH_VERSION' : 'ERR_LIBTORCH_NOT_FOUND',
    `no libtorch ${LIBTORCH_VERSION}: looked at ${looked || 'nothing'}; ${LIBTORCH_CURE}`
  )
}

/** The build that learns with this calculus on this device. CUDA is libtorch's: the derivatives written out are CPU code. */
export function learningAddon(device: 'cpu' | 'cuda', calculus: Calculus): Addon {
  return device === 'cuda' || calculus === 'libtorch' ? torchAddon(device) : coreAddon()
}

/** The device that a choice comes to on this machine, with one line that says why. `auto` never throws. */
export function chooseDevice(choice: DeviceChoice): { device: 'cpu' | 'cuda'; note: string } {
  if (choice === 'cpu') return { device: 'cpu', note: 'CPU, as asked' }
  const why = noCuda()
  if (why === undefined) return { device: 'cuda', note: `CUDA, ${choice === 'auto' ? 'found' : 'as asked'}` }
  if (choice === 'cuda') throw new XmrlError('ERR_DEVICE', `device cuda: ${why}; use --device cpu`)
  return { device: 'cpu', note: `CPU: ${why}` }
}

/** What the NVIDIA driver of this machine says (`libcuda.so.1`, or the library that `XMRL_LIBCUDA` names). */
export const cudaDriver = (): Addons.CudaDriver => guarded(() => coreAddon().cudaDriver())

/**
 * What is wrong for CUDA, and what to do; undefined where nothing is. Cheap things are looked at first, and libtorch is opened last: only
 * then is it known whether its CUDA half is whole.
 */
function noCuda(): string | undefined {
  try {
    if (torch?.root.cuda && torch.addon.cudaAvailable()) return undefined
    const driver = cudaDriver()
    if (driver.problem !== undefined) return driver.problem
    const build = torchBuildMissing()
    if (build !== undefined) return build
    const { attempts, root } = findLibtorch(true)
    if (root === undefined) {
      const looked = attempts.map(({ source, path, note }) => `${source}: ${path} (${note})`).join('; ')
      return `no libtorch ${LIBTORCH_VERSION} with CUDA: looked at ${looked || 'nothing'}; python3 -m pip install torch==${LIBTORCH_VERSION} brings one`
    }
    const { builtWith = 0 } = root
    // A driver runs what was built for its major version, or an older one.
    if (driver.cuda !== 0 && Math.floor(builtWith / 1000) > Math.floor(driver.cuda / 1000))
      return `the NVIDIA driver (${driver.library}) is for CUDA ${cudaVersion(driver.cuda)}, and libtorch at ${root.path} needs ${cudaVersion(builtWith)}: install a newer driver`
    if (torchAddon('cuda').cudaAvailable()) return undefined
    return `libtorch at ${root.path} is open and sees no device, though the driver has ${driver.device}: is it built for CUDA ${cudaVersion(driver.cuda)}?`
  } catch (error) {
    return firstLine(error)
  }
}

/** A CUDA version as drivers count them, as it is written: 12040 is 12.4. */
export const cudaVersion = (counted: number) => `${Math.floor(counted / 1000)}.${Math.floor((counted % 1000) / 10)}`

/** The libtorch that this process has opened, for manifests; undefined where none was needed. */
export const openedLibtorch = (): LibtorchRoot | undefined => torch?.root

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
/** Prices as a build of the addon holds them. */
export type NativeMarket = Addons.NativeMarket
/** A world of one's own as a build of the addon holds it, what went wrong in one, and arrays that rows of one cross in. */
export type NativeWorld = Addons.NativeWorld
/** What a meta-iteration came to, and how it is regularised; a theorem with its measured claims and its picture. */
export type {
  MonitorFigures,
  NativeFault,
  PosteriorFigures,
  RegulariseSettings,
  SeatViews,
  StepSeconds,
  StepStats,
  StepTransfers,
  TheoryCheck,
  TheoryCurve,
  TheoryPart,
  TheorySeries
} from '../index.js'

/** How a bench times natively, and what it found. */
export type BenchPlan = Addons.BenchPlan
export type Timing = Addons.Timing
