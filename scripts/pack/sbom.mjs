// What a package is made of, as CycloneDX 1.5: npm packages by package-lock.json, crates by Cargo.lock, libtorch by its wheels. No clock,
// no random number and no path of the machine is in it: the same tarball gives the same bytes.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { WHEELS } from '../setup/libtorch.mjs'
import { root, run } from '../setup/terminal.mjs'
import { checkoutManifest, manifest, PACKAGES, PLATFORMS } from './packages.mjs'

/**
 * @typedef {object} Component
 * @property {'library'} type
 * @property {string} bom-ref
 * @property {string} name
 * @property {string} version
 * @property {'required' | 'optional' | 'excluded'} [scope] `excluded`: at work only while the package is compiled
 * @property {{ alg: string, content: string }[]} [hashes]
 * @property {unknown[]} [licenses]
 * @property {string} [purl]
 */
/** @typedef {{ components: Component[], depends: Map<string, string[]>, direct: string[] }} Parts */

/** The name of a package in a purl: a scope's `@` is escaped. @param {string} name */
const npmUrl = (name, /** @type {string} */ version) => `pkg:npm/${name.replace(/^@/, '%40')}@${version}`

/** One licence by its SPDX name, or an expression of several. @param {string | undefined | null} said */
function licences(said) {
  if (!said) return {}
  const expression = said.replaceAll('/', ' OR ')
  return { licenses: [/[ (]/.test(expression) ? { expression } : { license: { id: expression } }] }
}

/**
 * npm packages that users of the main package get. (`npm sbom --omit dev` leaves out what a development dependency needs as well.)
 * @param {{ packages: Record<string, any> }} lock
 * @returns {Parts}
 */
function npmParts({ packages }) {
  /** @type {Map<string, Component>} */
  const components = new Map()
  /** @type {Map<string, string[]>} */
  const depends = new Map()
  const ref = (/** @type {string} */ path) => `${path.replace(/^.*node_modules\//, '')}@${packages[path].version}`
  /** Where Node finds a dependency of the package at `path`: beside it, or in a folder above. @param {string} path @param {string} name */
  const find = (path, name) => {
    for (let at = path; ; at = at.replace(/\/?node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
      const place = `${at === '' ? '' : `${at}/`}node_modules/${name}`
      if (place in packages) return place
      if (at === '') return undefined
    }
  }
  const wants = (/** @type {string} */ path) => {
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[path]
    return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })
      .flatMap((name) => find(path, name) ?? [])
      .filter((place) => !packages[place].dev)
      .sort()
  }
  /** @param {string} path */
  const visit = (path) => {
    if (components.has(ref(path))) return
    const { version, license, integrity, optional } = packages[path]
    const name = path.replace(/^.*node_modules\//, '')
    components.set(ref(path), {
      type: 'library',
      'bom-ref': ref(path),
      name,
      version,
      scope: optional ? 'optional' : 'required',
      ...(integrity
        ? { hashes: [{ alg: 'SHA-512', content: Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex') }] }
        : {}),
      ...licences(license),
      purl: npmUrl(name, version)
    })
    depends.set(ref(path), wants(path).map(ref))
    wants(path).forEach(visit)
  }
  const direct = Object.keys(packages[''].dependencies).flatMap((name) => find('', name) ?? [])
  direct.forEach(visit)
  return { components: [...components.values()], depends, direct: direct.map(ref) }
}

/**
 * Crates of an addon. Those that only compile it (build scripts, macros, and what these need) are `excluded` from what runs.
 * @param {any} metadata of `cargo metadata` for one platform
 * @param {string} tree of `cargo tree`, a crate a line: which of them this addon is compiled of. Features of other crates of the workspace
 * are in the metadata too
 * @param {string} lock Cargo.lock, for the hashes
 * @returns {Parts}
 */
function crateParts(metadata, tree, lock) {
  const compiled = new Set(tree.split('\n').map((line) => line.split(' ').slice(0, 2).join('@').replace('@v', '@')))
  const hashes = new Map(
    [...lock.matchAll(/^name = "(.+)"\nversion = "(.+)"\nsource = .*\nchecksum = "(\w+)"/gm)].map(([, name, version, sum]) => [
      `${name}@${version}`,
      sum
    ])
  )
  const packages = new Map(metadata.packages.map((/** @type {any} */ each) => [each.id, each]))
  const nodes = new Map(metadata.resolve.nodes.map((/** @type {any} */ each) => [each.id, each]))
  const refOf = (/** @type {string} */ id) => `${packages.get(id).name}@${packages.get(id).version}`
  const isMacro = (/** @type {string} */ id) => packages.get(id).targets.some((/** @type {any} */ { kind }) => kind.includes('proc-macro'))
  /** Dependencies of a crate: [id, whether what it needs runs too]. @param {string} id @returns {[string, boolean][]} */
  const wants = (id) =>
    nodes
      .get(id)
      .deps.filter((/** @type {any} */ { dep_kinds }) => dep_kinds.some((/** @type {any} */ { kind }) => kind !== 'dev'))
      .filter((/** @type {any} */ { pkg }) => compiled.has(refOf(pkg)))
      .map((/** @type {any} */ { pkg, dep_kinds }) => [
        pkg,
        dep_kinds.some((/** @type {any} */ { kind }) => kind === null) && !isMacro(pkg)
      ])
  const start = metadata.packages.find((/** @type {any} */ { name }) => name === 'xmrl-node').id
  /** @type {Map<string, boolean>} crates and whether they run */
  const found = new Map()
  /** @param {string} id @param {boolean} runs */
  const visit = (id, runs) => {
    if (found.get(id) === true || found.get(id) === runs) return
    found.set(id, runs)
    for (const [each, linked] of wants(id)) visit(each, runs && linked)
  }
  visit(start, true)
  const components = [...found].map(([id, runs]) => {
    const { name, version, license, source } = packages.get(id)
    const sum = hashes.get(`${name}@${version}`)
    return /** @type {Component} */ ({
      type: 'library',
      'bom-ref': refOf(id),
      name,
      version,
      scope: runs ? 'required' : 'excluded',
      ...(sum ? { hashes: [{ alg: 'SHA-256', content: sum }] } : {}),
      ...licences(license),
      // Crates of this repository are published nowhere.
      ...(source ? { purl: `pkg:cargo/${name}@${version}` } : {})
    })
  })
  return {
    components,
    depends: new Map([...found.keys()].map((id) => [refOf(id), wants(id).map(([each]) => refOf(each))])),
    direct: [refOf(start)]
  }
}

/** The wheels that libtorch's libraries are taken from. @returns {Parts} */
function wheelParts() {
  const components = WHEELS.map(({ requirement, sha256 }) => {
    const [name, version] = requirement.split('==')
    const own = {
      type: /** @type {const} */ ('library'),
      'bom-ref': `${name}@${version}`,
      name,
      version,
      scope: /** @type {const} */ ('required')
    }
    return { ...own, hashes: [{ alg: 'SHA-256', content: sha256 }], purl: `pkg:pypi/${name}@${version}` }
  })
  return { components, depends: new Map(), direct: components.map((each) => each['bom-ref']) }
}

/** The platform packages that the main one asks for. @returns {Parts} */
function platformParts() {
  const { version, license } = checkoutManifest()
  const components = PACKAGES.filter(({ holds }) => holds === 'core').map(({ name }) => {
    const own = {
      type: /** @type {const} */ ('library'),
      'bom-ref': `${name}@${version}`,
      name,
      version,
      scope: /** @type {const} */ ('optional')
    }
    return { ...own, ...licences(license), purl: npmUrl(name, version) }
  })
  return { components, depends: new Map(), direct: components.map((each) => each['bom-ref']) }
}

/** @param {import('./packages.mjs').Package} about @returns {Promise<Parts[]>} */
async function partsOf({ holds, triple }) {
  if (holds === 'libtorch') return [wheelParts()]
  if (holds === 'main') return [npmParts(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))), platformParts()]
  const { rust } = PLATFORMS[/** @type {import('./packages.mjs').Triple} */ (triple)]
  const features = holds === 'torch' ? ['--features', 'xmrl-node/torch'] : []
  const metadata = await run('cargo', ['metadata', '--format-version', '1', '--locked', '--filter-platform', rust, ...features])
  const only = ['--package', 'xmrl-node', '--edges', 'normal,build', '--prefix', 'none']
  const tree = await run('cargo', ['tree', ...only, '--locked', '--target', rust, ...features])
  return [crateParts(JSON.parse(metadata), tree, readFileSync(join(root, 'Cargo.lock'), 'utf8'))]
}

/**
 * The bill of a tarball's materials.
 * @param {import('./packages.mjs').Package} about
 * @param {string} tarball its file: the bill says which bytes it is for
 * @returns {Promise<string>} CycloneDX, JSON
 */
export async function billOf(about, tarball) {
  const { name, version, license } = /** @type {Record<string, any>} */ (manifest(about, { files: [] }))
  const parts = await partsOf(about)
  const ref = `${name}@${version}`
  const depends = new Map([[ref, parts.flatMap(({ direct }) => direct)], ...parts.flatMap((each) => [...each.depends])])
  const sha512 = createHash('sha512').update(readFileSync(tarball)).digest('hex')
  const by = (/** @type {string} */ a, /** @type {string} */ b) => (a < b ? -1 : Number(a > b))
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.5.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      component: {
        type: 'library',
        'bom-ref': ref,
        name,
        version,
        hashes: [{ alg: 'SHA-512', content: sha512 }],
        ...(/^SEE /.test(license) ? { licenses: [{ license: { name: license } }] } : licences(license)),
        purl: npmUrl(name, version)
      }
    },
    components: parts.flatMap(({ components }) => components).sort((a, b) => by(a['bom-ref'], b['bom-ref'])),
    dependencies: [...depends].map(([each, on]) => ({ ref: each, dependsOn: [...new Set(on)].sort(by) })).sort((a, b) => by(a.ref, b.ref))
  }
  return `${JSON.stringify(bill, null, 2)}\n`
}
