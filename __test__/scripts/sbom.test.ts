/** Bills of materials against what npm and cargo themselves say of the same locks. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { folder, root } from '../helpers.js'

interface Component {
  name: string
  version: string
  purl?: string
  scope?: string
  hashes?: { alg: string; content: string }[]
  licenses?: unknown
}
interface Bill {
  components: (Component & { 'bom-ref': string })[]
  dependencies: { ref: string; dependsOn?: string[] }[]
  metadata: { component: Component }
}
interface Package {
  name: string
  holds: string
}
const from = async (name: string) => await import(new URL(`../../scripts/pack/${name}.mjs`, import.meta.url).href)
const { billOf } = (await from('sbom')) as { billOf: (about: Package, tarball: string) => Promise<string> }
const { PACKAGES } = (await from('packages')) as { PACKAGES: Package[] }

/** What the bill of a package says, over a tarball of some bytes. */
async function bill(t: ExecutionContext, name: string, bytes = name): Promise<Bill & { text: string }> {
  const file = join(folder(t), 'package.tgz')
  writeFileSync(file, bytes)
  const text = await billOf(PACKAGES.find((each) => each.name === name) as Package, file)
  return { ...JSON.parse(text), text }
}

/** What a program prints. */
function said(t: ExecutionContext, program: string, ...args: string[]): string {
  const done = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 })
  t.is(done.status, 0, done.stderr)
  return done.stdout
}

interface Listed {
  version?: string
  dependencies?: Record<string, Listed>
}
/** Packages of an npm listing, however deep. */
const listed = ({ dependencies = {} }: Listed): string[] =>
  Object.entries(dependencies).flatMap(([name, each]) => (each.version === undefined ? [] : [`${name}@${each.version}`, ...listed(each)]))

test('the main package is made of what npm lists for users, with its hashes and edges, and of its platform packages', async (t) => {
  const own = await bill(t, 'xmrl')
  const ours = own.components.filter(({ name }) => !name.startsWith('xmrl-'))
  const lock = ['--package-lock-only', '--offline', '--loglevel', 'error']
  const tree = JSON.parse(said(t, 'npm', 'ls', '--omit', 'dev', '--all', '--json', ...lock)) as Listed
  t.deepEqual(ours.map((each) => each['bom-ref']).sort(), [...new Set(listed(tree))].sort())
  t.true(ours.length > 60)
  const npm = JSON.parse(said(t, 'npm', 'sbom', '--sbom-format', 'cyclonedx', ...lock)) as Bill
  const told = ({ name, version, purl, hashes, licenses }: Component) => JSON.stringify([name, version, purl, hashes, licenses])
  const theirs = new Set(npm.components.map(told))
  for (const each of ours) t.true(theirs.has(told(each)), told(each))
  const known = new Set(ours.map((each) => each['bom-ref']))
  const edges = ({ dependencies }: Bill) =>
    [...new Set(dependencies.flatMap(({ ref, dependsOn = [] }) => dependsOn.map((on) => [ref, on])))]
      .filter(([ref, on]) => known.has(ref) && known.has(on))
      .map(([ref, on]) => `${ref} → ${on}`)
      .sort()
  t.deepEqual(edges(own), [...new Set(edges(npm))])
  t.deepEqual(
    own.components.flatMap(({ name, scope }) => (name.startsWith('xmrl-') ? [`${name} ${scope}`] : [])),
    ['xmrl-linux-arm64-gnu optional', 'xmrl-linux-x64-gnu optional']
  )
})

for (const [name, target] of [
  ['xmrl-linux-x64-gnu', 'x86_64-unknown-linux-gnu'],
  ['xmrl-linux-arm64-gnu', 'aarch64-unknown-linux-gnu'],
  ['xmrl-torch-linux-x64-gnu', 'x86_64-unknown-linux-gnu']
])
  test(`${name} is made of the crates that cargo tree lists`, async (t) => {
    const { components } = await bill(t, name)
    const features = name.includes('torch') ? ['--features', 'torch'] : []
    const tree = (edges: string) =>
      [
        ...new Set(
          said(t, 'cargo', 'tree', '-p', 'xmrl-node', '--locked', '--target', target, '-e', edges, '--prefix', 'none', ...features)
            .split('\n')
            .flatMap((line) => (/^\S+ v\S+/.exec(line) ? [line.split(' ').slice(0, 2).join(' ')] : []))
        )
      ].sort()
    const ours = (scope?: string) =>
      components.flatMap((each) => (scope === undefined || each.scope === scope ? [`${each.name} v${each.version}`] : [])).sort()
    t.deepEqual(ours(), tree('normal,build'))
    t.deepEqual(ours('required'), tree('normal,no-proc-macro'))
    const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8')
    for (const { name: crate, version, purl, hashes } of components) {
      const sum = new RegExp(
        `^name = "${crate}"\nversion = "${version.replace(/[.+]/g, '\\$&')}"\nsource = .*\nchecksum = "(\\w+)"`,
        'm'
      ).exec(lock)?.[1]
      t.is(hashes?.[0].content, sum, crate)
      t.is(purl === undefined, crate.startsWith('xmrl-'), crate)
    }
  })

test('a bill says which bytes it is for, and is the same twice', async (t) => {
  const [first, second, other] = [await bill(t, 'xmrl'), await bill(t, 'xmrl'), await bill(t, 'xmrl', 'other bytes')]
  t.is(first.text, second.text)
  t.deepEqual(first.metadata.component.hashes, [{ alg: 'SHA-512', content: createHash('sha512').update('xmrl').digest('hex') }])
  t.not(other.text, first.text)
  t.false(/timestamp|serialNumber/.test(first.text))
  t.false(first.text.includes(root), 'no path of this machine')
})

test('libtorch is made of the wheels that set-up checks', async (t) => {
  const { components } = await bill(t, 'xmrl-libtorch-cpu-linux-x64-gnu')
  t.deepEqual(
    components.map(({ purl }) => purl),
    ['pkg:pypi/nvidia-cuda-cupti@13.0.85', 'pkg:pypi/nvidia-cuda-runtime@13.0.96', 'pkg:pypi/torch@2.11.0']
  )
  t.true(components.every(({ hashes }) => /^[0-9a-f]{64}$/.test(hashes?.[0].content ?? '')))
})
