/** Where this package lies, and for which machine its binaries are. */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of package.json. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..')
/** The machine that the addons are built for, as napi names it. */
export const TRIPLE = 'linux-x64-gnu'
