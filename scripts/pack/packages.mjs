// The packages that npm users get: what each holds, for which machine, and what it may weigh.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/terminal.mjs'

/**
 * @typedef {'linux-x64-gnu' | 'linux-arm64-gnu'} Triple
 * @typedef {object} Platform a machine that binaries are built for
 * @property {string} rust the compiler's target
 * @property {string} cpu
 * @property {{ spec: string, integrity: string }} cross the npm package with gcc, binutils and the C library of glibc 2.17, and its hash
 */

/** @type {Record<Triple, Platform>} */
export const PLATFORMS = {
  'linux-x64-gnu': {
    rust: 'x86_64-unknown-linux-gnu',
    cpu: 'x64',
    cross: {
      spec: '@napi-rs/cross-toolchain-x64-target-x86_64@1.0.0',
      integrity: 'sha512-lecoghCfoTAX9MLFcIx9/nL9M8xdkZ9n8Pki8qjKUNzjiq1zbECdEbzIZAMMHRtrXxifK9dAyYuh8gSxNbr2og=='
    }
  },
  'linux-arm64-gnu': {
    rust: 'aarch64-unknown-linux-gnu',
    cpu: 'arm64',
    cross: {
      spec: '@napi-rs/cross-toolchain-x64-target-aarch64@1.0.3',
      integrity: 'sha512-EMFcy/ahFsmCY3BI1tMC3wRUYZ+cDuILg7nP1micaKXW1tO1+RvUB1CC6QYe+cv2W4Tuz9wr3qcFExWyjgWf2w=='
    }
  }
}

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {'main' | 'core' | 'torch' | 'libtorch'} holds
 * @property {Triple} [triple]
 * @property {number} most bytes of its tarball
 * @property {Record<string, string>} [floors] the newest version of each kind of symbol that its addon may ask for
 */

const MB = 1e6

/** @type {Package[]} */
export const PACKAGES = [
  { name: 'xmrl', holds: 'main', most: 1.5 * MB },
  { name: 'xmrl-linux-x64-gnu', holds: 'core', triple: 'linux-x64-gnu', most: 12 * MB, floors: { GLIBC: '2.17' } },
  { name: 'xmrl-linux-arm64-gnu', holds: 'core', triple: 'linux-arm64-gnu', most: 12 * MB, floors: { GLIBC: '2.17' } },
  // libtorch asks for glibc 2.28 by itself.
  {
    name: 'xmrl-torch-linux-x64-gnu',
    holds: 'torch',
    triple: 'linux-x64-gnu',
    most: 6 * MB,
    floors: { GLIBC: '2.28', GLIBCXX: '3.4.26' }
  },
  { name: 'xmrl-libtorch-cpu-linux-x64-gnu', holds: 'libtorch', triple: 'linux-x64-gnu', most: 130 * MB }
]

/** The file of an addon's build. @param {'core' | 'torch'} build @param {Triple} triple */
export const addonFile = (build, triple) => `xmrl-${build}.${triple}.node`

/** The checkout's package.json. @returns {Record<string, any>} */
export const checkoutManifest = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** What each kind is, in npm's list. */
const DESCRIPTIONS = {
  core: 'The native addon of xmrl for',
  torch: 'The build of xmrl’s native addon that uses libtorch, for',
  libtorch: 'The CPU libraries of libtorch 2.11.0 that xmrl’s torch build opens, for'
}

/**
 * The package.json that is published. Scripts, development dependencies and settings of tools stay in the checkout, so nothing can run
 * at install.
 * @param {Package} about
 * @param {{ files: string[], repository?: string }} more
 */
export function manifest({ name, holds, triple }, { files, repository }) {
  const own = checkoutManifest()
  const common = {
    name,
    version: own.version,
    description: triple ? `${DESCRIPTIONS[/** @type {'core'} */ (holds)]} ${triple}` : own.description,
    license: holds === 'libtorch' ? 'SEE LICENSE IN licenses' : own.license,
    ...(repository ? { repository: { type: 'git', url: `git+${repository}.git` } } : {}),
    engines: own.engines
  }
  if (holds === 'main') {
    const peers = PACKAGES.filter((each) => each.holds === 'torch' || each.holds === 'libtorch').map((each) => each.name)
    return {
      ...common,
      keywords: ['reinforcement-learning', 'meta-learning', 'maml', 'explainability', 'control', 'robotics'],
      type: own.type,
      main: own.main,
      types: own.types,
      exports: own.exports,
      bin: own.bin,
      files: own.files,
      dependencies: own.dependencies,
      optionalDependencies: Object.fromEntries(PACKAGES.filter((each) => each.holds === 'core').map((each) => [each.name, own.version])),
      // Who installs these beside it is understood also where packages see only what they name (pnpm); nobody gets them unasked.
      peerDependencies: Object.fromEntries(peers.map((peer) => [peer, own.version])),
      peerDependenciesMeta: Object.fromEntries(peers.map((peer) => [peer, { optional: true }]))
    }
  }
  const [os, , libc] = /** @type {Triple} */ (triple).split('-')
  return {
    ...common,
    os: [os],
    cpu: [PLATFORMS[/** @type {Triple} */ (triple)].cpu],
    libc: [libc === 'gnu' ? 'glibc' : libc],
    ...(holds === 'libtorch' ? {} : { main: addonFile(holds, /** @type {Triple} */ (triple)) }),
    files
  }
}
