import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folder, root } from '../helpers.js'

interface Package {
  name: string
  holds: 'main' | 'core' | 'torch' | 'libtorch'
  triple?: string
  most: number
  floors?: Record<string, string>
}
interface Library {
  needed: string[]
  versions: string[]
  nodelete: boolean
  symbols: { name: string; weak: boolean; defined: boolean; version?: string }[]
}
const from = async (name: string) => await import(new URL(`../../scripts/pack/${name}.mjs`, import.meta.url).href)
const { checkTarball } = (await from('checks')) as {
  checkTarball: (about: Package, file: string, how?: { prebuilt: boolean }) => Promise<string>
}
const { compareVersions, floor, readLibrary } = (await from('elf')) as {
  compareVersions: (a: string, b: string) => number
  floor: (library: { versions: string[] }, kind: string) => string | undefined
  readLibrary: (path: string) => Library
}
const { manifest, PACKAGES } = (await from('packages')) as {
  manifest: (about: Package, more: { files: string[] }) => Record<string, unknown>
  PACKAGES: Package[]
}
const { entries } = (await from('tarball')) as { entries: (file: string) => { name: string }[] }

const addon = join(root, `xmrl-core.linux-${process.arch}-gnu.node`)
const readelf = (...args: string[]) => spawnSync('readelf', ['--wide', ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 }).stdout
const libraries = [addon, '/lib/x86_64-linux-gnu/libc.so.6', '/lib/x86_64-linux-gnu/libm.so.6'].filter(existsSync)

for (const file of libraries)
  test(`what ${file.split('/').at(-1)} asks for is what readelf finds`, (t) => {
    const library = readLibrary(file)
    const dynamic = readelf('--dynamic', file)
    t.deepEqual(
      library.needed,
      [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name)
    )
    t.is(library.nodelete, /NODELETE/.test(dynamic))
    const versions = /Version needs section[\s\S]*/.exec(readelf('--version-info', file))?.[0] ?? ''
    t.deepEqual([...library.versions].sort(), [...new Set([...versions.matchAll(/Name: (\S+) +Flags/g)].map(([, name]) => name))].sort())
    // Num: Value Size Type Bind Vis Ndx Name@Version (number)
    const wanted = [...readelf('--dyn-syms', file).matchAll(/ (GLOBAL|WEAK) +\S+ +UND (\S+?)(?:@(\S+))?(?: \(\d+\))?$/gm)]
    t.deepEqual(
      library.symbols.filter(({ defined }) => !defined).map(({ name, weak, version }) => `${name} ${weak} ${version}`),
      wanted.map(([, bind, name, version]) => `${name} ${bind === 'WEAK' ? 'true' : 'false'} ${version}`)
    )
  })

test('versions are numbers between dots, and the floor is the newest of its kind', (t) => {
  t.is(floor({ versions: ['GLIBC_2.2.5', 'GLIBC_2.17', 'GLIBCXX_3.4.26', 'GLIBC_2.3'] }, 'GLIBC'), '2.17')
  t.is(floor({ versions: ['GCC_3.0'] }, 'GLIBC'), undefined)
  t.true(compareVersions('2.17', '2.3') > 0 && compareVersions('3.4', '3.4.1') < 0 && compareVersions('2.28', '2.28') === 0)
})

/** A tarball of files by their names, with npm's times; `tar` is quicker. */
function tarball(t: ExecutionContext, files: Record<string, string | Buffer>): string {
  const [from, file] = [folder(t), join(folder(t), 'package.tgz')]
  for (const [name, data] of Object.entries(files)) {
    mkdirSync(dirname(join(from, name)), { recursive: true })
    writeFileSync(join(from, name), data)
  }
  const how = ['--format=ustar', '--mtime=1985-10-26T08:15:00Z', '--transform=s,^,package/,', '--use-compress-program=gzip -1']
  const done = spawnSync('tar', ['-c', ...how, '-f', file, '-C', from, ...Object.keys(files)], { encoding: 'utf8' })
  t.is(done.status, 0, done.stderr)
  return file
}

const core = PACKAGES.find(({ name }) => name === `xmrl-linux-${process.arch}-gnu`) as Package
const file = `xmrl-core.linux-${process.arch}-gnu.node`
const own = manifest(core, { files: [file, 'notes.txt'] })
const whole = (): Record<string, string | Buffer> => ({
  'package.json': JSON.stringify(own),
  LICENSE: 'MIT',
  'README.md': 'a part of xmrl',
  [file]: readFileSync(addon)
})

test('a platform package of this very build passes but for what a release must not have: each is named', async (t) => {
  t.regex(await checkTarball(core, tarball(t, whole()), { prebuilt: true }), / MB, 4 files, .*GLIBC \d/)
  const cases: [RegExp, Record<string, string | Buffer>][] = [
    [/holds notes\.txt, which is not on its list/, { 'notes.txt': 'left over' }],
    [/package\.json has scripts/, { 'package.json': JSON.stringify({ ...own, scripts: { postinstall: 'node evil.js' } }) }],
    [/does not say for which os, cpu and libc/, { 'package.json': JSON.stringify({ ...own, libc: undefined }) }],
    [/says .* 9\.9\.9, not /, { 'package.json': JSON.stringify({ ...own, version: '9.9.9' }) }]
  ]
  for (const [problem, change] of cases) {
    const error = await t.throwsAsync(checkTarball(core, tarball(t, { ...whole(), ...change }), { prebuilt: true }))
    t.regex(error?.message ?? '', problem)
  }
  const { [file]: _, ...without } = whole()
  t.regex((await t.throwsAsync(checkTarball(core, tarball(t, without))))?.message ?? '', /lacks xmrl-core/)
  const heavy = await t.throwsAsync(checkTarball({ ...core, most: 1000 }, tarball(t, whole()), { prebuilt: true }))
  t.regex(heavy?.message ?? '', /\d+ bytes, more than 1000/)
})

test('a path of this machine, a newer glibc and another processor do not get through', async (t) => {
  const left = Buffer.concat([readFileSync(addon), Buffer.from(`\0${root}crates/node/src/lib.rs\0`)])
  const error = await t.throwsAsync(checkTarball({ ...core, floors: { GLIBC: '2.3' } }, tarball(t, { ...whole(), [file]: left })))
  t.regex(error?.message ?? '', /has a path of this machine: .*crates\/node\/src\/lib\.rs/)
  t.regex(error?.message ?? '', /asks for GLIBC_2\.\d+, newer than 2\.3/)
  const other = PACKAGES.find(({ holds, name }) => holds === 'core' && name !== core.name) as Package
  const misnamed = { ...whole(), 'package.json': JSON.stringify(manifest(other, { files: [`xmrl-core.${other.triple}.node`] })) }
  const wrong = await t.throwsAsync(
    checkTarball(other, tarball(t, { ...misnamed, [`xmrl-core.${other.triple}.node`]: readFileSync(addon) }), { prebuilt: true })
  )
  t.regex(wrong?.message ?? '', new RegExp(`is for ${process.arch}, not `))
})

test('the main package asks for its platform packages at its own version, and for nothing to run', (t) => {
  const said = manifest(PACKAGES[0], { files: [] }) as Record<string, Record<string, string> | undefined> & { version: string }
  t.deepEqual(said.optionalDependencies, { 'xmrl-linux-x64-gnu': said.version, 'xmrl-linux-arm64-gnu': said.version })
  t.deepEqual(Object.keys(said.peerDependenciesMeta ?? {}), Object.keys(said.peerDependencies ?? {}), 'who does not ask gets no libtorch')
  for (const key of ['scripts', 'devDependencies', 'private', 'ava', 'napi']) t.false(key in said, key)
})

test('entries of a tarball are what tar lists', (t) => {
  const path = tarball(t, {
    'package.json': '{"name":"x","version":"1.0.0"}',
    [`deep/${'long'.repeat(20)}/${'name'.repeat(15)}.txt`]: 'ab'
  })
  const listed = spawnSync('tar', ['tzf', path], { encoding: 'utf8' }).stdout.trim().split('\n')
  t.deepEqual(
    entries(path).map(({ name }) => `package/${name}`),
    listed
  )
})
