// Every check that is not a test: format, lint, types, arrows, generated files, supply chain. `npm run ready` and .ci/run call it.
import { join } from 'node:path'
import { checkApi } from '../docs/api.mjs'
import { checkRecords } from '../docs/records.mjs'
import { checkResults } from '../docs/results.mjs'
import { checkSpecification } from '../docs/specification.mjs'
import { REGISTRY } from '../setup/registry.mjs'
import { main, root, run, StepFailed } from '../setup/terminal.mjs'
import { SUPPLY } from '../supply/main.mjs'
import { checkArrows } from './arrows.mjs'
import { deadExports } from './exports.mjs'
import { checkPaths } from './paths.mjs'

const bin = (/** @type {string} */ name, /** @type {string[]} */ ...path) => join(root, 'node_modules', name, ...path)

/** @type {Record<string, () => unknown>} What a check says in `note` stands in its line, why it was skipped in `skipped`. */
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
  ...SUPPLY,
  'known-bad variants (TypeScript)': async () => {
    const said = await run(process.execPath, [join(root, 'scripts', 'mutants', 'main.mjs'), '--ts', '--quick'])
    return { note: said.trim().split('\n').at(-1) }
  },
  'kernels are made from these sources': () => run('python3', [join(root, 'scripts', 'cuda', 'kernels.py'), '--check']),
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
      if (said instanceof Object && 'skipped' in said) {
        process.stdout.write(`${name}: skipped (${said.skipped})\n`)
        continue
      }
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
