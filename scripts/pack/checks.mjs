// What must hold of a tarball before anybody gets it; read from the tarball, not from what was put in.
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { SCHEMA } from '../setup/build.mjs'
import { root, StepFailed } from '../setup/terminal.mjs'
import { compareVersions, floor, readLibrary } from './elf.mjs'
import { addonFile, checkoutManifest, PACKAGES } from './packages.mjs'
import { entries } from './tarball.mjs'

/** What `npm pack` gives every entry. */
const TIME = Date.UTC(1985, 9, 26, 8, 15) / 1000

/** What a package may hold, whole paths. @type {Record<import('./packages.mjs').Package['holds'], (triple: any) => RegExp>} */
const CONTENTS = {
  main: () => /^(package\.json|README\.md|LICENSE|index\.d\.ts|crates\/python\/worker\/\w+\.py|dist\/.+(\.c?js|\.d\.c?ts|\.json))$/,
  core: (triple) => new RegExp(`^(package\\.json|README\\.md|LICENSE|${addonFile('core', triple).replaceAll('.', '\\.')})$`),
  torch: (triple) => new RegExp(`^(package\\.json|README\\.md|LICENSE|${addonFile('torch', triple).replaceAll('.', '\\.')})$`),
  libtorch: () =>
    /^(package\.json|README\.md|LICENSE|build-version|licenses\/[\w-]+\.txt|lib\/lib(c10\.so|torch_cpu\.so|gomp\.so\.1|cudart\.so\.13|cupti\.so\.13))$/
}
/** What it must hold beside package.json. @type {Record<import('./packages.mjs').Package['holds'], (triple: any) => string[]>} */
const NEEDED = {
  main: () => [
    'README.md',
    'LICENSE',
    'index.d.ts',
    'crates/python/worker/worker.py',
    'crates/python/worker/xmrl_environment.py',
    'crates/python/worker/xmrl_source.py',
    'crates/python/worker/xmrl_tasks.py',
    'dist/index.js',
    'dist/index.d.ts',
    'dist/require.cjs',
    'dist/cli/main.js',
    `dist/${SCHEMA}`
  ],
  core: (triple) => ['LICENSE', addonFile('core', triple)],
  torch: (triple) => ['LICENSE', addonFile('torch', triple)],
  libtorch: () => ['build-version', 'lib/libtorch_cpu.so', 'lib/libc10.so', 'licenses/PyTorch-LICENSE.txt', 'licenses/CUDA-EULA.txt']
}
/** Libraries that every glibc system has. */
const SYSTEM = /^(lib(c|m|dl|rt|pthread|gcc_s)\.so\.\d|ld-linux-(x86-64\.so\.2|aarch64\.so\.1))$/

/**
 * Checks a tarball; returns a line of its figures.
 * @param {import('./packages.mjs').Package} about
 * @param {string} file
 * @param {{ prebuilt?: boolean }} [how] a prebuilt addon is this machine's: neither its floor nor its paths are a release's
 */
export async function checkTarball(about, file, { prebuilt = false } = {}) {
  const found = entries(file)
  const problems = [...shape(about, file, found), ...manifestProblems(about, found)]
  if (!prebuilt || about.holds === 'main') problems.push(...paths(about, found))
  const note = [`${(statSync(file).size / 1e6).toFixed(2)} MB`, `${found.length} files`]
  const addon = found.find(({ name }) => name.endsWith('.node'))
  if (addon && about.triple) {
    const said = addonProblems(about, addon.data, prebuilt)
    problems.push(...said.problems)
    note.push(said.note)
  }
  if (problems.length) throw new StepFailed(`${basename(file)}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
  return note.join(', ')
}

/** @typedef {ReturnType<typeof entries>} Entries */

/**
 * Its weight, its list of files, and that nothing in it tells when it was made.
 * @param {import('./packages.mjs').Package} about @param {string} file @param {Entries} found
 */
function shape({ holds, triple, most }, file, found) {
  const names = found.map(({ name }) => name)
  const size = statSync(file).size
  return [
    ...(size > most ? [`${size} bytes, more than ${most}`] : []),
    ...names.filter((name) => !CONTENTS[holds](triple).test(name)).map((name) => `holds ${name}, which is not on its list`),
    ...NEEDED[holds](triple)
      .filter((name) => !names.includes(name))
      .map((name) => `lacks ${name}`),
    ...found.filter(({ time }) => time !== TIME).map(({ name }) => `${name} has a time of its own`)
  ]
}

/** @param {import('./packages.mjs').Package} about @param {Entries} found */
function manifestProblems(about, found) {
  const text = found.find(({ name }) => name === 'package.json')?.data.toString('utf8')
  if (text === undefined) return ['lacks package.json']
  const said = JSON.parse(text)
  const { version } = checkoutManifest()
  const problems = []
  if (said.name !== about.name || said.version !== version) problems.push(`says ${said.name} ${said.version}, not ${about.name} ${version}`)
  for (const key of ['scripts', 'devDependencies', 'private', 'gypfile', 'binary'])
    if (key in said) problems.push(`package.json has ${key}`)
  for (const list of ['optionalDependencies', 'peerDependencies'])
    for (const [name, wanted] of Object.entries(said[list] ?? {}))
      if (wanted !== version || !PACKAGES.some((each) => each.name === name)) problems.push(`${list} names ${name} ${wanted}`)
  for (const [name, wanted] of Object.entries(said.dependencies ?? {}))
    if (!/^\d+\.\d+\.\d+$/.test(/** @type {string} */ (wanted))) problems.push(`dependency ${name} ${wanted} is no exact version`)
  if (about.holds !== 'main' && !(said.os?.[0] === 'linux' && said.cpu?.length === 1 && said.libc?.[0] === 'glibc'))
    problems.push('does not say for which os, cpu and libc it is')
  return problems
}

/**
 * Paths of the machine that it was built on.
 * @param {import('./packages.mjs').Package} about @param {Entries} found
 */
function paths({ holds }, found) {
  // libtorch's libraries are what their wheel has.
  if (holds === 'libtorch') return []
  const own = [...new Set([root, homedir(), process.env.CARGO_HOME].filter((path) => path !== undefined && path.length > 1))]
  return found.flatMap(({ name, data }) =>
    own.flatMap((path) => {
      const at = data.indexOf(`${path}/`)
      return at < 0 ? [] : [`${name} has a path of this machine: ${data.toString('latin1', at, at + 120).split(/[\0\n]/)[0]}`]
    })
  )
}

/**
 * @param {import('./packages.mjs').Package} about @param {Buffer} data @param {boolean} prebuilt
 */
function addonProblems({ holds, triple, floors = {} }, data, prebuilt) {
  const scratch = mkdtempSync(join(tmpdir(), 'xmrl-pack-'))
  try {
    const file = join(scratch, 'addon.node')
    writeFileSync(file, data)
    const library = readLibrary(file)
    const problems = []
    const kinds = Object.keys(floors)
    if (!prebuilt)
      for (const kind of kinds) {
        const needs = floor(library, kind)
        if (needs !== undefined && compareVersions(needs, floors[kind]) > 0)
          problems.push(`asks for ${kind}_${needs}, newer than ${floors[kind]}`)
      }
    const cpu = /** @type {string} */ (triple).split('-')[1]
    if (library.machine !== cpu) problems.push(`is for ${library.machine}, not ${cpu}`)
    if (!library.nodelete) problems.push('may be unloaded (not linked with -z nodelete)')
    if (library.searchPath) problems.push(`looks for libraries in ${library.searchPath}`)
    const others = library.needed.filter((name) => !SYSTEM.test(name))
    const wanted = holds === 'torch' ? ['libstdc++.so.6', 'libtorch_cpu.so', 'libc10.so'] : []
    for (const name of others.filter((each) => !wanted.includes(each))) problems.push(`needs ${name}`)
    // What has no version is bound to whatever is loaded: nothing in the core build, C++ of libtorch in the torch build.
    const loose = library.symbols.filter(({ defined, weak, version }) => !defined && !weak && version === undefined)
    for (const { name } of loose.filter((each) => holds !== 'torch' || !/^_Z.*(2at|3c10|5torch|6caffe2)/.test(each.name)))
      problems.push(`asks for ${name} of no version`)
    const note = kinds.map((kind) => `${kind} ${floor(library, kind) ?? 'any'}`).join(', ')
    return { problems, note: `${(data.length / 1e6).toFixed(1)} MB unpacked, ${note}` }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
