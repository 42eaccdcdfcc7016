/** Where this package lies, whether npm put it there, where it keeps what it fetches, and for which machine its binaries are. */
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..')
/** Whether a package manager put it there; else it is a checkout. A link into a checkout is followed, so it is one. */
export const installed = basename(dirname(packageRoot)) === 'node_modules'
/** The machine that this process needs binaries for, as napi names it: `linux-x64-gnu`. */
export const TRIPLE = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`
/** The machines that there are packages for. */
export const PLATFORMS: readonly string[] = ['linux-x64-gnu', 'linux-arm64-gnu']
/** Those of them with a libtorch. */
export const TORCH_PLATFORMS: readonly string[] = ['linux-x64-gnu']

/**
 * The folder of what is fetched on demand: `.data` of a checkout; of an installed package, which may be read-only and is replaced when
 * it is installed anew, `xmrl` in the user's cache (`XDG_CACHE_HOME`, else `~/.cache`), for a user without a home in the system's
 * temporary folder.
 */
const cacheFolder = (): string => (installed ? join(process.env.XDG_CACHE_HOME || userCache(), 'xmrl') : join(packageRoot, '.data'))

/** Where fetched data are kept: `XMRL_DATA_DIR`, else {@link cacheFolder}. */
export const dataFolder = (): string => process.env.XMRL_DATA_DIR ?? cacheFolder()

/** Where Meta-World's models and libmujoco are kept, which the presets `metaworld/…` need; `xmrl data metaworld` fetches them. */
export const metaworldFolder = (): string => join(dataFolder(), 'metaworld-3.1.1')

/** The libmujoco 3.3.0 that a user names in `XMRL_MUJOCO` in place of the one that is fetched; undefined where none is. */
export const ownMujoco = (): string | undefined => process.env.XMRL_MUJOCO || undefined

function userCache(): string {
  try {
    return join(homedir(), '.cache')
  } catch {
    return tmpdir()
  }
}
