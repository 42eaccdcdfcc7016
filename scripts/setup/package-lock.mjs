// Completes package-lock.json after an `npm install`: a registry mirror that lacks other platforms' binaries makes npm leave
// them out of the lock, and `npm ci` then refuses it everywhere. Their versions are exact in the packages that name them.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './terminal.mjs'

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'ppc64le', 'riscv64', 's390x', 'x64', 'wasm32']

/**
 * `os` and `cpu` of a platform package, read off its name, so that npm does not even try to fetch it elsewhere.
 * @param {string} name
 */
function platform(name) {
  const words = (name.split('/').at(-1) ?? '').split('-')
  const os = SYSTEMS.filter((system) => words.includes(system))
  const cpu = PROCESSORS.filter((processor) => words.includes(processor))
  return { ...(cpu.length ? { cpu } : {}), ...(os.length ? { os } : {}) }
}

const file = join(root, 'package-lock.json')
const lock = JSON.parse(readFileSync(file, 'utf8'))
/** @type {Record<string, object>} */
const added = {}
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`node_modules/${name}`, `${path}/node_modules/${name}`]
    if (places.some((place) => lock.packages[place] || added[place])) continue
    if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${path} names ${name} ${version}, which is no exact version`)
    const system = platform(name)
    if (!system.os && !system.cpu) throw new Error(`${path} names ${name}, whose platform cannot be read off its name`)
    added[places[0]] = { version, ...system, ...(entry.dev ? { dev: true } : {}), optional: true }
  }
}
const packages = Object.fromEntries(Object.entries({ ...lock.packages, ...added }).sort(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`)
process.stdout.write(`${Object.keys(added).length} platform packages added to package-lock.json\n`)
