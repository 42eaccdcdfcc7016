/** Where libtorch is: only the torch build of the addon needs it. Nothing is opened here. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { installed, packageRoot, TRIPLE } from './place.js'

/** One place that was looked at for libtorch, in search order; `xmrl doctor` prints them. */
export interface LibtorchAttempt {
  /** Where the place was named: a variable, a package. */
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
  /** The CUDA that it was built with, as drivers count it (13000 is 13.0), where it says so. */
  builtWith?: number
  libraries: string[]
}

/** What a search came to. */
export interface LibtorchSearch {
  /** Every place that was looked at, in order. */
  attempts: LibtorchAttempt[]
  /** The first that serves. */
  root?: LibtorchRoot
  /** A place that the user named and that does not serve: it ends the search. */
  refused?: LibtorchAttempt
}

/** The libtorch that the torch build is made for; another minor is another binary interface. */
export const LIBTORCH_VERSION = '2.11.0'
/** The package that carries its CPU libraries. */
const PACKAGE = `xmrl-libtorch-cpu-${TRIPLE}`
/** How to get one. */
export const LIBTORCH_CURE = installed
  ? `npm install ${PACKAGE}, or name one by XMRL_LIBTORCH`
  : 'run `npm run setup -- --torch`, or name one by XMRL_LIBTORCH'
const require = createRequire(import.meta.url)

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
    root: { path, version: full[0], cuda, ...builtWith(text), libraries: [...(cuda ? [] : carried), ...libraries] }
  }
}

/** The CUDA of a version such as 2.11.0+cu130, or of a `version.py` with a line `cuda = '13.0'`. */
function builtWith(text: string): { builtWith?: number } {
  const found = /\+cu(\d+)(\d)\b/.exec(text) ?? /^cuda\b.*['"](\d+)\.(\d+)['"]/m.exec(text)
  return found ? { builtWith: 1000 * Number(found[1]) + 10 * Number(found[2]) } : {}
}

/** Where an installed Python torch lies, without importing it; undefined when there is none. Asked once: it takes a process. */
let python: { path: string | undefined } | undefined
function pythonTorch(): string | undefined {
  if (python === undefined) {
    const code = "import importlib.util as u; s = u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
    const found = spawnSync('python3', ['-c', code], { encoding: 'utf8', timeout: 20_000 })
    python = { path: found.status === 0 && found.stdout.trim() ? found.stdout.trim() : undefined }
  }
  return python.path
}

/**
 * Looks for libtorch in the documented order: `XMRL_LIBTORCH`, `LIBTORCH`, the npm package, a checkout's `.libtorch`, the installed
 * Python torch; for CUDA the Python torch first, as the others have none. A place that the user named and that does not serve ends
 * the search.
 */
export function findLibtorch(cuda: boolean): LibtorchSearch {
  const attempts: LibtorchAttempt[] = []
  const look = (source: string, path: string | undefined, explicit: boolean): LibtorchSearch | undefined => {
    if (!path) return undefined
    const { attempt, root } = inspect(source, path, cuda)
    attempts.push(attempt)
    return root ? { attempts, root } : explicit ? { attempts, refused: attempt } : undefined
  }
  const python = () => look('Python torch', pythonTorch(), false)
  return (
    look('XMRL_LIBTORCH', process.env.XMRL_LIBTORCH, true) ??
    look('LIBTORCH', process.env.LIBTORCH, true) ??
    (cuda ? python() : undefined) ??
    look(`npm package ${PACKAGE}`, npmPackage(), false) ??
    (installed ? undefined : look('checkout .libtorch', join(packageRoot, '.libtorch'), false)) ??
    (cuda ? undefined : python()) ?? { attempts }
  )
}

/** Where the npm package lies, as Node finds it from here. */
function npmPackage(): string | undefined {
  try {
    return dirname(require.resolve(`${PACKAGE}/package.json`))
  } catch {
    return undefined
  }
}
