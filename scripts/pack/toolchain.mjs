// What cross building needs, fetched once into `.setup/pack`: a gcc with glibc 2.17 for each machine (npm packages, checked by hash), and
// a Rust compiler with that machine's standard library.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { announce, root, run, StepFailed } from '../setup/terminal.mjs'
import { compareVersions } from './elf.mjs'

/** Where all that packing fetches and makes lies. */
export const workshop = join(root, '.setup', 'pack')

/**
 * Makes a folder of the workshop whole or not at all.
 * @param {string} name
 * @param {(folder: string) => Promise<void>} fill
 */
export async function once(name, fill) {
  const place = join(workshop, name)
  if (existsSync(place)) return place
  mkdirSync(workshop, { recursive: true })
  const fresh = mkdtempSync(join(workshop, 'new-'))
  chmodSync(fresh, 0o755)
  try {
    await fill(fresh)
    renameSync(fresh, place)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return place
}

/**
 * An npm package's folder, of one version, checked by hash where one is given. Nothing of it is run.
 * @param {string} spec
 * @param {string} [integrity]
 */
export function npmPackage(spec, integrity) {
  return once(spec.replace(/[@/]+/g, '-').replace(/^-/, ''), async (folder) => {
    announce(`fetching ${spec} (once)`)
    const [packed] = JSON.parse(await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, spec]))
    const file = join(folder, packed.filename)
    const got = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (integrity !== undefined && got !== integrity) throw new StepFailed(`${spec}: ${got}, expected ${integrity}`)
    await run('tar', ['xzf', file, '-C', folder, '--strip-components=1', '--no-same-owner'])
    rmSync(file)
    for (const inner of readdirSync(folder).filter((name) => name.endsWith('.tar.xz'))) {
      await run('tar', ['xJf', join(folder, inner), '-C', folder, '--no-same-owner'])
      rmSync(join(folder, inner))
    }
  })
}

/**
 * Debian packages of any machine, unpacked into a folder and not installed. The system's own lists are left alone; apt checks hashes.
 * @param {string} name of the folder
 * @param {string[]} packages `name` or `name:arm64`
 */
export function debianPackages(name, packages) {
  return once(name, async (folder) => {
    announce(`fetching ${packages.join(', ')} (Debian, once)`)
    const state = join(folder, '.apt')
    for (const inner of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(state, inner), { recursive: true })
    const own = [`Dir::State::lists=${state}/lists`, `Dir::Cache=${state}/cache`, 'APT::Sandbox::User=root', 'APT::Architectures::=arm64']
    const options = own.flatMap((option) => ['-o', option])
    await run('apt-get', [...options, '-qq', 'update'])
    await run('apt-get', [...options, '-qq', 'download', ...packages], { cwd: folder })
    for (const deb of readdirSync(folder).filter((file) => file.endsWith('.deb'))) {
      await run('dpkg', ['-x', join(folder, deb), folder])
      rmSync(join(folder, deb))
    }
    rmSync(state, { recursive: true })
    // Links that lead nowhere, which other tools trip over.
    rmSync(join(folder, 'usr', 'share', 'doc'), { recursive: true, force: true })
  })
}

/** @param {import('./packages.mjs').Platform} platform */
export async function crossGcc({ rust, cross }) {
  const folder = await npmPackage(cross.spec, cross.integrity)
  return join(folder, 'bin', `${rust}-gcc`)
}

/**
 * The Rust compiler for a target: the one at hand where it has the target's standard library, else Debian's, which can be had with one
 * for every machine of Debian's. Returns a path for `RUSTC`; undefined stands for the one at hand.
 * @param {string} target
 */
export async function rustCompiler(target) {
  const libraries = (await run('rustc', ['--print', 'target-libdir', '--target', target])).trim()
  if (existsSync(libraries) && readdirSync(libraries).some((file) => /^libstd-.*\.rlib$/.test(file))) return undefined
  const advice = `Rust has no standard library for ${target}: run \`rustup target add ${target}\``
  if (target !== 'aarch64-unknown-linux-gnu' || process.arch !== 'x64') throw new StepFailed(advice)
  const newest = await run('apt-cache', ['show', 'rustc-web']).catch(() => '')
  const version = /^Version: (\d+\.\d+)/m.exec(newest)?.[1]
  const least = /^rust-version = "(.+)"/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))?.[1] ?? '0'
  if (version === undefined || compareVersions(version, least) < 0) throw new StepFailed(advice)
  // Host and target each need theirs; LLVM is the compiler's.
  const parts = ['rustc-web', 'libstd-rust-web-dev', 'libstd-rust-web-dev:arm64', `libstd-rust-web-${version}`]
  const llvm = await run('apt-cache', ['depends', `libstd-rust-web-${version}`])
  const folder = await debianPackages(`rust-${version}`, [...parts, /** @type {RegExpExecArray} */ (/libllvm\d+/.exec(llvm))[0], 'libz3-4'])
  const wrapper = join(folder, 'rustc')
  const own = join(folder, 'usr')
  writeFileSync(wrapper, `#!/bin/sh\nLD_LIBRARY_PATH='${own}/lib/x86_64-linux-gnu' exec '${own}/bin/rustc' "$@"\n`)
  chmodSync(wrapper, 0o755)
  return wrapper
}
