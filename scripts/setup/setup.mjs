// Everything `npm start` and `npm test` need: packages, libtorch, addons, dist. Each step can be interrupted and repeated.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildNative, buildTypes, installPackages } from './build.mjs'
import { fetchLibtorch } from './libtorch.mjs'
import { main, root, step } from './terminal.mjs'

export async function setUp() {
  mkdirSync(join(root, '.setup'), { recursive: true })
  await step('npm packages', installPackages)
  await step('libtorch', fetchLibtorch)
  await step('native build', buildNative)
  await step('TypeScript', buildTypes)
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main(setUp)
