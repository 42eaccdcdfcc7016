// Mutants that ava's tests must notice: those of ts/, which need no build, and those of the addons' sources.
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { root, StepFailed } from '../setup/terminal.mjs'
import { watched } from './processes.mjs'
import { broken } from './switch.mjs'

/** Seconds after which a test file counts as hanging, where it does not take long without a mutant. */
const LIMIT = 120

/**
 * Compiles the copy to plain JavaScript, which starts faster than sources do, and checks its types: what does not compile would
 * fail every test, and look noticed. Returns the folder to run in. Errors: the mutants on the lines in question.
 * @param {string} copy
 * @param {import('./sources.mjs').Changed} changed
 */
export async function compile(copy, changed) {
  const out = `${copy}-js`
  rmSync(out, { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = ['--noEmit', 'false', '--outDir', out, '--rootDir', '.', '--noUnusedLocals', 'false', '--noUnusedParameters', 'false']
  const { code, text } = await watched(process.execPath, [tsc, '-p', 'tsconfig.json', ...options], {
    cwd: copy,
    env: process.env,
    seconds: 600
  })
  if (code !== 0) {
    const lines = [...text.matchAll(/^(ts\/\S+?)\((\d+),\d+\): (error .*)$/gm)]
    throw new StepFailed(
      [...new Set(lines.map(([, file, line, what]) => `${atLine(changed, file, Number(line))}: ${what}`))].join('\n') || text
    )
  }
  // What tests read besides: fixtures, packages, addons (themselves, for tests that put others in their place), documents; and the
  // sources, for those that start one.
  cpSync(join(copy, '__test__'), join(out, '__test__'), { recursive: true, filter: (path) => !path.endsWith('.ts') })
  for (const top of ['ts', '__test__'])
    for (const file of readdirSync(join(copy, top), { recursive: true, encoding: 'utf8' }))
      if (/(?<!\.test)\.ts$/.test(file)) symlinkSync(join(copy, top, file), join(out, top, file))
  for (const name of readdirSync(copy)) {
    if (name.endsWith('.node')) copyFileSync(join(copy, name), join(out, name))
    else if (!existsSync(join(out, name)) && name !== 'package.json') symlinkSync(join(copy, name), join(out, name))
  }
  const { ava, ...about } = JSON.parse(readFileSync(join(copy, 'package.json'), 'utf8'))
  const { extensions: _, nodeArguments: __, ...settings } = ava
  writeFileSync(join(out, 'package.json'), JSON.stringify({ ...about, ava: { ...settings, files: ['__test__/**/*.test.js'] } }))
  return out
}

/**
 * Which mutants stand on a line, for a compiler's error.
 * @param {import('./sources.mjs').Changed} changed
 * @param {string} file
 * @param {number} line
 */
export function atLine(changed, file, line) {
  const names = (changed[file]?.places ?? []).filter(({ from, to }) => from <= line && line <= to).map(({ name }) => `mutant "${name}"`)
  return `${[...new Set(names)].join(', ') || 'no mutant'} (${file}:${line})`
}

/**
 * Files of a pattern such as `__test__/stages/protocol-*.test.ts`.
 * @param {string} copy
 * @param {string} pattern
 */
function filesOf(copy, pattern) {
  const [folder, [before, after]] = [dirname(pattern), basename(pattern).split('*')]
  if (after === undefined) return existsSync(join(copy, pattern)) ? [pattern] : []
  const found = readdirSync(join(copy, folder)).sort()
  return found.filter((file) => file.startsWith(before) && file.endsWith(after)).map((file) => `${folder}/${file}`)
}

/**
 * Runs ava's tests of `patterns` with a mutant on (or none), in `copy` or what was compiled of it.
 * @typedef {{ ok: boolean, how: string, missing?: boolean, seconds?: number, text?: string }} Outcome
 * @param {string} copy
 * @param {string[]} patterns
 * @param {string | undefined} mutant
 * @param {number} [usual] seconds that they take without one, or more
 * @returns {Promise<Outcome>}
 */
export async function runAva(copy, patterns, mutant, usual = 0) {
  const found = patterns.flatMap((pattern) => filesOf(copy, copy.endsWith('-js') ? pattern.replace(/\.ts$/, '.js') : pattern))
  if (found.length === 0) return { ok: true, missing: true, how: `no test file ${patterns.join(' ')}` }
  const limit = mutant ? Math.max(LIMIT, 5 * usual) : 30 * LIMIT
  const from = performance.now()
  const { code, signal, text, late } = await watched(
    process.execPath,
    [join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs'), '--tap', ...(mutant ? ['--fail-fast'] : []), ...found],
    { cwd: copy, env: { ...process.env, XMRL_MUTANT: mutant ?? '', FORCE_COLOR: '0' }, seconds: limit }
  )
  const seconds = (performance.now() - from) / 1000
  if (late) return { ok: false, how: `no end after ${limit.toFixed(0)} s`, seconds, text }
  const failed = /^not ok \d+ - (.*)$/m.exec(text)?.[1]
  if (code === 0 && !/^# pass [1-9]/m.test(text)) throw broken(mutant ?? 'none', `no test ran in ${found.join(' ')}`)
  return { ok: code === 0, how: failed ?? (signal ? `ended by ${signal}` : `ava ended with exit code ${code}`), seconds, text }
}
