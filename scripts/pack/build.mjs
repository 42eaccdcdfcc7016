// The addons that are published: built for one machine against glibc 2.17, without a path of this machine in them.
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fetchLibtorch } from '../setup/libtorch.mjs'
import { announce, root, run } from '../setup/terminal.mjs'
import { addonFile, PLATFORMS } from './packages.mjs'
import { crossGcc, rustCompiler, workshop } from './toolchain.mjs'

/** Kept between builds, apart from the checkout's own: other flags make other files. */
const TARGET = join(root, 'target', 'pack')

/** Where crates of the registry lie, and this checkout: what stands for them in panics and debug paths. */
function remapped() {
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'registry', 'src')
  return [...readdirSync(sources).map((index) => [join(sources, index), '/crates']), [root, '/xmrl']]
}

/**
 * Builds an addon; returns its file.
 * @param {'core' | 'torch'} build
 * @param {import('./packages.mjs').Triple} triple
 */
export async function buildAddon(build, triple) {
  const platform = PLATFORMS[triple]
  const target = platform.rust
  const gcc = await crossGcc(platform)
  const compiler = await rustCompiler(target)
  // What a fresh machine lacks is fetched first, so that the paths that are hidden are known.
  await run('cargo', ['fetch', '--locked'])
  const paths = remapped()
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: TARGET,
    CARGO_ENCODED_RUSTFLAGS: paths.map(([from, to]) => `--remap-path-prefix=${from}=${to}`).join('\x1f'),
    [`CARGO_TARGET_${target.toUpperCase().replaceAll('-', '_')}_LINKER`]: gcc,
    ...(compiler ? { RUSTC: compiler } : {})
  }
  announce(`compiling ${addonFile(build, triple)} (minutes the first time)`)
  const common = ['rustc', '--package', 'xmrl-node', '--lib', '--release', '--locked', '--target', target]
  if (build === 'torch') {
    await fetchLibtorch()
    const flags = paths.map(([from, to]) => `-ffile-prefix-map=${from}=${to}`).join(' ')
    await run('cargo', [...common, '--features', 'torch', '--', ...(await linkTorch())], { env: { ...env, CXXFLAGS: flags } })
  } else await run('cargo', common, { env })
  const product = join(workshop, addonFile(build, triple))
  mkdirSync(dirname(product), { recursive: true })
  copyFileSync(join(TARGET, target, 'release', 'libxmrl_node.so'), product)
  return product
}

/**
 * What the torch build is linked with beside the rest. Its C++ is compiled by this machine's compiler, since libtorch's headers want
 * C++17: with the libstdc++ that goes with it, of which only symbols are taken that old ones have, too.
 */
async function linkTorch() {
  const folder = join(workshop, 'cxx')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  // libgomp is asked for by torch-sys and used by nothing: the linker looks for it and leaves it out.
  for (const library of ['libstdc++.so', 'libgomp.so'])
    symlinkSync((await run('c++', [`-print-file-name=${library}`])).trim(), join(folder, library))
  const object = join(folder, 'single_threaded.o')
  await run('cc', ['-c', '-O1', '-fPIC', '-o', object, join(root, 'scripts', 'pack', 'single_threaded.c')])
  return ['-C', `link-arg=-L${folder}`, '-C', `link-arg=${object}`]
}
