// `npm run pack -- --out <dir>`: the tarballs that are published, built, put together and checked, each with its bill of materials beside it.
//   --only <name>   one of them (repeatable)
//   --prebuilt      no cross building: the checkout's own addons (the core build; others where named), for a look at the packages and tests
//   --repository <address>  where the sources are, for npm's provenance
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildTypes, SCHEMA } from '../setup/build.mjs'
import { fetchLibtorch } from '../setup/libtorch.mjs'
import { commandLine, main, root, run, StepFailed, step } from '../setup/terminal.mjs'
import { buildAddon } from './build.mjs'
import { checkTarball } from './checks.mjs'
import { addonFile, checkoutManifest, manifest, PACKAGES } from './packages.mjs'
import { billOf } from './sbom.mjs'
import { workshop } from './toolchain.mjs'

/** The libraries of libtorch that the torch build opens. */
const LIBRARIES = ['libc10.so', 'libcudart.so.13', 'libcupti.so.13', 'libgomp.so.1', 'libtorch_cpu.so']

/** The end of the name of a tarball's bill of materials, which lies beside it. */
const BILL = '.cdx.json'

/** @typedef {{ out: string, only?: string[], prebuilt?: boolean, repository?: string }} Wanted */

/**
 * Packs; returns the tarballs' files.
 * @param {Wanted} wanted
 */
export async function pack({ out, only, prebuilt = false, repository }) {
  const unknown = only?.filter((name) => !PACKAGES.some((each) => each.name === name)) ?? []
  if (unknown.length) throw new StepFailed(`no package ${unknown.join(', ')}; there are ${PACKAGES.map(({ name }) => name).join(', ')}`)
  const here = `${process.platform}-${process.arch}-gnu`
  const chosen = PACKAGES.filter(({ name }) => only === undefined || only.includes(name)).filter(
    ({ name, holds, triple }) => !prebuilt || holds === 'main' || only?.includes(name) || (triple === here && holds === 'core')
  )
  mkdirSync(out, { recursive: true })
  /** @type {string[]} */
  const files = []
  for (const about of chosen) {
    await step(about.name, async () => {
      const file = await packOne(about, { out, prebuilt, repository })
      files.push(file)
      const note = await checkTarball(about, file, { prebuilt })
      writeFileSync(file.replace(/\.tgz$/, BILL), await billOf(about, file))
      return note
    })
  }
  return files
}

/**
 * @param {import('./packages.mjs').Package} about
 * @param {Wanted} wanted
 */
async function packOne(about, { out, prebuilt = false, repository }) {
  mkdirSync(workshop, { recursive: true })
  const stage = mkdtempSync(join(workshop, 'stage-'))
  try {
    await (about.holds === 'main' ? stageMain(stage) : stageBinaries(stage, about, prebuilt))
    const files = readdirSync(stage).sort()
    copyIfMissing(join(root, 'LICENSE'), join(stage, 'LICENSE'))
    if (about.holds !== 'main') writeFileSync(join(stage, 'README.md'), readme(about))
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifest(about, { files, repository }), null, 2)}\n`)
    const file = join(out, `${about.name}-${checkoutManifest().version}.tgz`)
    rmSync(file, { force: true })
    // npm sorts the entries, gives all of them one time and one owner: the same files are the same bytes.
    await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out, stage])
    if (!existsSync(file)) throw new StepFailed(`npm pack made no ${file}`)
    return file
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

/**
 * Compiled for the package, whatever the checkout's dist/ holds; without maps, which would point to sources that it does not hold.
 * @param {string} stage
 */
async function stageMain(stage) {
  const [compiler, dist] = [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), join(stage, 'dist')]
  await run(process.execPath, [compiler, '--project', 'tsconfig.build.json', '--outDir', dist, '--sourceMap', 'false'])
  chmodSync(join(dist, 'cli', 'main.js'), 0o755)
  // Made by running the package, whose dependencies are in the checkout.
  await buildTypes()
  copyFileSync(join(root, 'dist', SCHEMA), join(dist, SCHEMA))
  const worker = join('crates', 'python', 'worker')
  mkdirSync(join(stage, worker), { recursive: true })
  const python = readdirSync(join(root, worker)).filter((file) => file.endsWith('.py'))
  for (const file of ['index.d.ts', 'README.md', ...python.map((file) => join(worker, file))])
    copyFileSync(join(root, file), join(stage, file))
}

/**
 * @param {string} stage
 * @param {import('./packages.mjs').Package} about
 * @param {boolean} prebuilt
 */
async function stageBinaries(stage, { holds, triple }, prebuilt) {
  if (triple === undefined || holds === 'main') return
  if (holds !== 'libtorch') {
    const product = prebuilt ? join(root, addonFile(holds, triple)) : await buildAddon(holds, triple)
    if (!existsSync(product)) throw new StepFailed(`${product} is not built: run \`npm run setup\``)
    copyFileSync(product, join(stage, addonFile(holds, triple)))
    return
  }
  // A set-up of before has no licences in it.
  const own = join(root, '.libtorch')
  const from = existsSync(join(own, 'licenses')) ? own : join(workshop, 'libtorch')
  if (from !== own) await fetchLibtorch(from)
  mkdirSync(join(stage, 'lib'))
  for (const library of LIBRARIES) copyFileSync(join(from, 'lib', library), join(stage, 'lib', library))
  cpSync(join(from, 'licenses'), join(stage, 'licenses'), { recursive: true })
  copyFileSync(join(from, 'build-version'), join(stage, 'build-version'))
}

/** @param {import('./packages.mjs').Package} about */
const readme = (about) => `# ${about.name}

${manifest(about, { files: [] }).description}.

A part of the package \`xmrl\`, which is what to install and to read about.
`

/** @param {string} from @param {string} to */
const copyIfMissing = (from, to) => existsSync(to) || copyFileSync(from, to)

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(async () => {
    const { values } = commandLine({
      out: { type: 'string' },
      only: { type: 'string', multiple: true },
      prebuilt: { type: 'boolean', default: false },
      repository: { type: 'string' }
    })
    if (values.out === undefined) throw new StepFailed('say where the tarballs go: npm run pack -- --out <dir>')
    await pack({ ...values, out: resolve(values.out) })
  })
