// What package-lock.json asks for: its licences, hashes and hosts, what would run at install, and npm's advisories where the registry has them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run, StepFailed } from '../setup/terminal.mjs'

/** Licences that a dependency may have; anything else must be looked at by a person. */
const PERMISSIVE =
  /^(MIT|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD|Unlicense|CC0-1\.0|BlueOak-1\.0\.0|MPL-2\.0|Python-2\.0|PSF-2\.0|MIT-0)$/

/** Dependencies that bring a script for their install, and why nothing is lost since .npmrc lets none run. @type {Record<string, string>} */
const INSTALL_SCRIPTS = {
  esbuild: 'development only (tsx); its script makes the start of the command quicker, the program comes in a package of its own'
}

/** @typedef {{ version?: string, license?: string, integrity?: string, resolved?: string, link?: boolean, dev?: boolean, optional?: boolean, hasInstallScript?: boolean }} Entry */

/** `(MIT OR Apache-2.0) AND ISC`: every AND part needs one permissive OR part. @param {string | undefined} expression */
const permissive = (expression) =>
  (expression ?? '').split(/\s+AND\s+/).every((part) =>
    part
      .replace(/[()]/g, '')
      .split(/\s+OR\s+/)
      .some((name) => PERMISSIVE.test(name.trim()))
  )

/**
 * What is wrong with a lock, a line each.
 * @param {{ packages: Record<string, Entry> }} lock
 * @param {string} settings of .npmrc
 */
export function lockProblems({ packages }, settings) {
  const problems = []
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue
    const name = path.replace(/^.*node_modules\//, '')
    // What other platforms need and the registry here has not is in the lock by its version alone; npm installs none of it here.
    const absent = entry.optional && entry.license === undefined && entry.integrity === undefined
    if (!absent && !permissive(entry.license)) problems.push(`${path}: its licence is ${entry.license ?? 'not said'}`)
    if (!absent && !entry.integrity?.startsWith('sha512-')) problems.push(`${path}: no SHA-512 in package-lock.json`)
    if (entry.link) problems.push(`${path}: a link to a folder, no package of the registry`)
    if (entry.resolved)
      problems.push(
        `${path}: package-lock.json names where it came from (${entry.resolved}): keep omit-lockfile-registry-resolved in .npmrc`
      )
    if (entry.hasInstallScript && !(name in INSTALL_SCRIPTS))
      problems.push(`${path}: would run a script at install; look at it, and name it in scripts/supply/npm.mjs`)
  }
  for (const name of Object.keys(INSTALL_SCRIPTS))
    if (!Object.entries(packages).some(([path, entry]) => path.endsWith(`node_modules/${name}`) && entry.hasInstallScript))
      problems.push(`${name} brings no script for its install any more: take it out of scripts/supply/npm.mjs`)
  if (!/^ignore-scripts=true$/m.test(settings))
    problems.push('.npmrc: lacks ignore-scripts=true, so scripts of dependencies would run at install')
  return problems
}

/**
 * Keys of a package.json by which npm runs something when it is installed.
 * @param {{ scripts?: Record<string, string> }} manifest
 */
export const runsAtInstall = ({ scripts = {} }) =>
  Object.keys(scripts).filter((name) => /^(pre|post)?install$|^(pre|post)?prepare$|^dependencies$/.test(name))

/** Licences, hashes, hosts, install scripts. @returns {{ note: string }} */
export function checkLock() {
  const [lock, settings, own] = ['package-lock.json', '.npmrc', 'package.json'].map((file) => readFileSync(join(root, file), 'utf8'))
  const packages = JSON.parse(lock)
  const problems = [
    ...lockProblems(packages, settings),
    ...runsAtInstall(JSON.parse(own)).map((name) => `package.json: the script ${name} would run at install`)
  ]
  if (problems.length) throw new StepFailed(`dependencies to look at:\n${problems.join('\n')}`)
  const entries = Object.entries(/** @type {Record<string, Entry>} */ (packages.packages)).filter(([path]) => path !== '')
  return {
    note: `${entries.length} packages, ${entries.filter(([, { dev }]) => !dev).length} of them for users; none runs a script at install`
  }
}

/**
 * npm's advisories, moderate ones and worse. Some registries do not tell them.
 * @returns {Promise<{ note: string } | { skipped: string }>}
 */
export async function audit() {
  const said = await run('npm', ['audit', '--json', '--audit-level=moderate']).catch((error) => {
    if (error instanceof StepFailed) return error.message
    throw error
  })
  const refused = /(\d{3} [\w ]+) - POST \S*advisories/.exec(said)?.[1] ?? /audit endpoint returned an error/.exec(said)?.[0]
  if (refused) return { skipped: `the npm registry here tells no advisories: ${refused}` }
  if (/ (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT)/.test(said)) return { skipped: 'the npm registry cannot be reached' }
  if (!said.trimStart().startsWith('{')) throw new StepFailed(said)
  const { vulnerabilities } = JSON.parse(said).metadata
  return { note: `${vulnerabilities.total} advisories` }
}
