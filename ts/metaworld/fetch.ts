/**
 * Meta-World 3.1.1 (MIT) and libmujoco 3.3.0 (Apache-2.0), from the wheels of PyPI: pip fetches them when it is asked for, their
 * hashes are checked, and of them the models, the meshes, the library and the licences are kept, 10 MB. Never part of this package.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { dataFolder } from '../place.js'
import { fetchWheel, runPython, type Wheel } from '../wheels.js'
import { fetchesLibrary, LIBRARY, type MetaworldFiles, metaworldFiles } from './files.js'

/** Packages with the hashes of their wheels. */
const METAWORLD: Wheel = {
  requirement: 'metaworld==3.1.1',
  file: 'metaworld-3.1.1-py3-none-any.whl',
  sha256: '99e25d9baf97f2f1a19ca89c0d2ca9c6a2b396d9a9be81729de64eedc683f0d3'
}
const MUJOCO: Wheel = {
  requirement: 'mujoco==3.3.0',
  platform: 'manylinux2014_x86_64',
  file: 'mujoco-3.3.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
  sha256: '1403630afb922ab2cb7aa7310b5cb596a5568ee4250f96e663c9f365353cab00'
}

/** The command that fetches them. */
const COMMAND = '`npx xmrl data metaworld`'

/** Argument 1: a wheel; argument 2: a folder; then pairs of a member's beginning and ending, and what is cut off its name. */
const UNPACK = `
import os, sys, zipfile
wheel, folder = zipfile.ZipFile(sys.argv[1]), sys.argv[2]
for rule in sys.argv[3:]:
    first, last, cut, under = rule.split('|')
    for name in wheel.namelist():
        if name.startswith(first) and name.lower().endswith(last):
            path = os.path.join(folder, under, name[len(cut):])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'wb') as file:
                file.write(wheel.read(name))
`

/** What is kept of each wheel. */
const KEPT = {
  metaworld: [
    'metaworld/assets/|.xml|metaworld/|',
    'metaworld/assets/|.stl|metaworld/|',
    'metaworld-3.1.1.dist-info/licenses/|license|metaworld-3.1.1.dist-info/licenses/|licences/metaworld'
  ],
  mujoco: [
    `mujoco/${LIBRARY}|${LIBRARY}|mujoco/|`,
    'mujoco-3.3.0.dist-info/|license|mujoco-3.3.0.dist-info/|licences/mujoco',
    'mujoco-3.3.0.dist-info/|licenses_third_party.md|mujoco-3.3.0.dist-info/|licences/mujoco'
  ]
} as const

/** Geoms that are drawn only, but observed: a sensor that nothing reads has them kept when what is only drawn is left out. */
const OBSERVED: Readonly<Record<string, string>> = {
  'sawyer_coffee.xml': 'mug',
  'sawyer_door_pull.xml': 'handle',
  'sawyer_lever_pull.xml': 'objGeom'
}

/**
 * Fetches what is not there yet; minutes in which nothing else of the process runs.
 * @returns where the files are
 * @throws XmrlError `ERR_METAWORLD` where they cannot be fetched or are not what they must be
 */
export function fetchMetaworld(): MetaworldFiles {
  const files = metaworldFiles()
  if (!existsSync(files.folder)) fetchInto(files.folder)
  if (!existsSync(files.library)) {
    const fix = fetchesLibrary
      ? `remove ${files.folder}, and ${COMMAND} fetches it anew`
      : 'name a libmujoco 3.3.0 of this machine in XMRL_MUJOCO'
    throw new XmrlError('ERR_METAWORLD', `metaworld: there is no ${files.library}: ${fix}`)
  }
  return metaworldFiles()
}

function fetchInto(folder: string): void {
  let scratch: string | undefined
  try {
    mkdirSync(dataFolder(), { recursive: true })
    scratch = mkdtempSync(join(dataFolder(), 'fetch-'))
    const made = join(scratch, 'metaworld')
    runPython(['-c', UNPACK, fetchWheel(METAWORLD, scratch), made, ...KEPT.metaworld])
    if (fetchesLibrary) runPython(['-c', UNPACK, fetchWheel(MUJOCO, scratch), made, ...KEPT.mujoco])
    writeLean(join(made, 'assets', 'sawyer_xyz'))
    // Renamed when whole, so that an interruption leaves nothing half.
    renameSync(made, folder)
  } catch (cause) {
    const what = `metaworld: its files (Python packages ${METAWORLD.requirement} and ${MUJOCO.requirement})`
    const fix = `with a network, ${COMMAND} fetches them once into ${folder}`
    throw new XmrlError('ERR_METAWORLD', `${what} could not be fetched: ${(cause as Error).message}; ${fix}`, { cause })
  } finally {
    if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
  }
}

/**
 * Beside every model one that includes it and leaves out what is only drawn: the same bits with a sixth of the memory, and no
 * pictures are read.
 */
function writeLean(folder: string): void {
  for (const file of readdirSync(folder)) {
    const observed = OBSERVED[file]
    const sensor = observed === undefined ? '' : `<sensor><framepos objtype="geom" objname="${observed}"/></sensor>`
    const text = `<mujoco><include file="${file}"/><compiler discardvisual="true"/>${sensor}</mujoco>\n`
    writeFileSync(join(folder, `lean_${file}`), text)
  }
}
