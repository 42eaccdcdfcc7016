/** What the presets `metaworld/…` need, and whether it is there. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { metaworldFolder, ownMujoco, TRIPLE } from '../place.js'

/** The library's file in the wheel of mujoco 3.3.0 and in the folder. */
export const LIBRARY = 'libmujoco.so.3.3.0'

/** Machines whose wheel of mujoco 3.3.0 is fetched; elsewhere `XMRL_MUJOCO` names a libmujoco 3.3.0. */
export const fetchesLibrary = TRIPLE === 'linux-x64-gnu'

/** Where things are. */
export interface MetaworldFiles {
  /** Models, meshes, licences, and the library where it is fetched. */
  folder: string
  /** libmujoco 3.3.0: the fetched one, or the user's own (`XMRL_MUJOCO`). */
  library: string
  /** Whether both are there. What they hold is checked where they are opened. */
  there: boolean
}

/** Where Meta-World's files and libmujoco are looked for. */
export function metaworldFiles(): MetaworldFiles {
  const folder = metaworldFolder()
  const library = ownMujoco() ?? join(folder, LIBRARY)
  return { folder, library, there: existsSync(folder) && existsSync(library) }
}
