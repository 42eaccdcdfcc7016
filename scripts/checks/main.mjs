// Every check that is not a test: format, lint, types, arrows, generated files, licences. `npm run ready` and .ci/run call it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkApi } from '../docs/api.mjs'
import { checkRecords } from '../docs/records.mjs'
import { checkResults } from '../docs/results.mjs'
import { checkSpecification } from '../docs/specification.mjs'
import { REGISTRY } from '../setup/registry.mjs'
import { main, root, run, StepFailed } from '../setup/terminal.mjs'
import { checkArrows } from './arrows.mjs'
import { deadExports } from './exports.mjs'
import { checkPaths } from './paths.mjs'

const bin = (/** @type {string} */ name, /** @type {string[]} */ ...path) => join(root, 'node_modules', name, ...path)

/** Licences that a dependency may have; anything else must be looked at by a person. */
const PERMISSIVE =
  /^(MIT|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD|Zlib|Unicode-3\.0|Unlicense|CC0-1\.0|BlueOak-1\.0\.0|CC-BY-4\.0|MPL-2\.0|Python-2\.0|PSF-2\.0|MIT-0|BSL-1\.0|WTFPL)$/

/**
 * `(MIT OR Apache-2.0) AND Unicode-3.0`: every AND part needs one permissive OR part.
 * @param {string | undefined} expression
 */
function permissive(expression) {
  if (!expression) return false
  return expression.split(/\s+AND\s+/).every((part) =>
    part
      .replace(/[()]/g, '')
      .split(/\s+OR\s+|\//)
      .some((name) => PERMISSIVE.test(name.split(/\s+WITH\s+/)[0].trim()))
  )
}

async function licences() {
  const bad = []
  const metadata = JSON.parse(await run('cargo', ['metadata', '--format-version', '1', '--locked']))
  for (const { name, version, license, source } of metadata.packages)
    if (source && !permissive(license)) bad.push(`crate ${name} ${version}: ${license ?? 'no licence'}`)
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path && !entry.optional && entry.license !== undefined && !permissive(entry.license)) bad.push(`${path}: ${entry.license}`)
    if (entry.resolved) bad.push(`${path}: package-lock.json names the host it came from (keep omit-lockfile-registry-resolved in .npmrc)`)
  }
  if (bad.length) throw new StepFailed(`dependencies to look at:\n${bad.join('\n')}`)
}

/** @type {Record<string, () => Promise<unknown>>} What a check says in `note` stands in its line. */
const CHECKS = {
  'cargo fmt': () => run('cargo', ['fmt', '--all', '--check']),
  'biome (format, lint)': () => run(process.execPath, [bin('@biomejs/biome', 'bin', 'biome'), 'check', '.']),
  types: async () => {
    for (const project of ['tsconfig.json', 'scripts/tsconfig.json'])
      await run(process.execPath, [bin('typescript', 'bin', 'tsc'), '-p', project])
  },
  'arrows and invariants': async () => {
    const problems = checkArrows()
    if (problems.length) throw new StepFailed(problems.join('\n'))
  },
  'exports that somebody takes': async () => {
    const dead = deadExports(root)
    if (dead.length) throw new StepFailed(`exported, and taken by no other file:\n${dead.join('\n')}`)
  },
  'paths that prose names': async () => {
    const problems = checkPaths(root)
    if (problems.length) throw new StepFailed(problems.join('\n'))
  },
  'docs/records.md is what the schemas say': async () => checkRecords(),
  'docs/results.md is what its records say': checkResults,
  'every export is documented (typedoc)': checkApi,
  'docs/specification.md is what the schema says': checkSpecification,
  'index.d.ts and the registry are what the build makes': async () => {
    const changed = await run('git', ['status', '--porcelain', '--', 'index.d.ts', REGISTRY])
    if (process.env.CI && changed.trim())
      throw new StepFailed(`index.d.ts or ${REGISTRY} differs from the committed one: run \`npm run setup\` and commit it`)
  },
  licences,
  'known-bad variants (TypeScript)': async () => {
    const said = await run(process.execPath, [join(root, 'scripts', 'mutants', 'main.mjs'), '--ts', '--quick'])
    return { note: said.trim().split('\n').at(-1) }
  },
  'lanes and physics without std': () =>
    run('cargo', ['check', '-p', 'xmrl-lanes', '-p', 'xmrl-physics', '--no-default-features', '--locked']),
  'Rust docs': () =>
    run('cargo', ['doc', '--workspace', '--no-deps', '--locked', '--quiet'], { env: { ...process.env, RUSTDOCFLAGS: '-D warnings' } }),
  clippy: () => run('cargo', ['clippy', '--workspace', '--all-targets', '--locked', '--', '-D', 'warnings'])
}

await main(async () => {
  const failed = []
  for (const [name, check] of Object.entries(CHECKS)) {
    const from = performance.now()
    try {
      const said = await check()
      const note = said instanceof Object && 'note' in said ? said.note : undefined
      process.stdout.write(`✓ ${name}${note ? `: ${note}` : ''} (${((performance.now() - from) / 1000).toFixed(1)} s)\n`)
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error
      failed.push(name)
      process.stdout.write(`✗ ${name}\n${error.message}\n`)
    }
  }
  if (failed.length) throw new StepFailed(`checks failed: ${failed.join(', ')}`)
})
