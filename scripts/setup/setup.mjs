// What a checkout needs: packages, the addon, dist; with `--torch` (as `npm test` has it) also libtorch, the build that
// uses it, and what Python needs in tests. Each step can be interrupted and repeated.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildNative, buildTorch, buildTypes, installPackages } from './build.mjs'
import { fetchLibtorch } from './libtorch.mjs'
import { installPython } from './python.mjs'
import { commandLine, main, root, step } from './terminal.mjs'

/** @param {{ torch?: boolean }} [wanted] */
export async function setUp({ torch = false } = {}) {
  mkdirSync(join(root, '.setup'), { recursive: true })
  await step('npm packages', installPackages)
  if (torch) await step('libtorch', fetchLibtorch)
  if (torch) await step('Python packages of the tests', installPython)
  await step('native build', buildNative)
  if (torch) await step('native build with libtorch', buildTorch)
  await step('TypeScript', buildTypes)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = commandLine({ torch: { type: 'boolean', default: false } })
  await main(() => setUp(values))
}
