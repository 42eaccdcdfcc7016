// Mutants that cargo's tests must notice: one build of every test program that is needed, which are then run by themselves.
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { announce, root, StepFailed } from '../setup/terminal.mjs'
import { atLine } from './ava.mjs'
import { watched } from './processes.mjs'
import { broken } from './switch.mjs'

/** Seconds after which a test program counts as hanging, whatever it takes without a mutant. */
const LIMIT = 120
const TARGET = join(root, 'target', 'mutants')
/** Crate → the build of the addon that ava's tests load. @type {Record<string, string>} */
const ADDONS = { 'xmrl-node': 'xmrl-core' }

/** The repository's own libtorch by the same path: another one would compile the bindings anew. */
const environment = (more = {}) => ({ LIBTORCH: join(root, '.libtorch'), ...process.env, CARGO_TARGET_DIR: TARGET, ...more })

/**
 * `xmrl-meta:suite trpo` → crate, target (`lib` or a test's name), filters.
 * @param {string} tests
 */
export function parseTests(tests) {
  const [place, ...filters] = tests.split(' ')
  const [crate, target] = place.split(':')
  return { crate, target, filters }
}

/** A first build begins with what `npm test` has compiled of other people's crates. */
function seed() {
  const [from, to] = [join(root, 'target', 'debug'), join(TARGET, 'debug')]
  if (existsSync(to) || !existsSync(from)) return
  for (const folder of ['.fingerprint', 'build', 'deps']) {
    if (!existsSync(join(from, folder))) continue
    mkdirSync(join(to, folder), { recursive: true })
    // Not ours, and no test programs, which have no dot in their names.
    for (const entry of readdirSync(join(from, folder)))
      if (!/^(lib)?xmrl[-_]/.test(entry) && (folder !== 'deps' || entry.includes('.')))
        cpSync(join(from, folder, entry), join(to, folder, entry), { recursive: true, preserveTimestamps: true })
  }
}

/**
 * Runs cargo and reads its messages. Errors: the mutants whose lines do not compile.
 * @param {string} copy
 * @param {string[]} args
 * @param {import('./sources.mjs').Changed} changed
 */
async function cargo(copy, args, changed) {
  const { code, out, text } = await watched('cargo', [...args, '--locked', '--message-format=json'], {
    cwd: copy,
    env: environment(),
    seconds: 3600
  })
  const messages = out.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []))
  if (code === 0) return messages
  const errors = messages.flatMap(({ message }) => (message?.level === 'error' && message.spans.length > 0 ? [message] : []))
  const named = errors.map(({ message, spans }) => {
    const { file_name, line_start } = spans.find((/** @type {{ is_primary: boolean }} */ span) => span.is_primary) ?? spans[0]
    return `${atLine(changed, file_name, line_start)}: ${message}`
  })
  throw new StepFailed(named.join('\n') || text.slice(-3000))
}

/**
 * Builds the test programs of the crates that `tests` name, and the addons. Both builds select the same packages: with others, cargo
 * would choose other features of what they depend on, and compile everything twice.
 * @typedef {Record<string, { program: string, cwd: string }>} Programs such as `xmrl-meta:suite`
 * @param {string} copy
 * @param {string[]} tests
 * @param {import('./sources.mjs').Changed} changed
 * @returns {Promise<Programs>}
 */
export async function build(copy, tests, changed) {
  seed()
  announce('compiling tests and the addon with every mutant in them (minutes; the next time only what changed)')
  const crates = [...new Set([...tests.map((each) => parseTests(each).crate), ...Object.keys(ADDONS)])]
  const packages = crates.flatMap((crate) => ['-p', crate])
  /** @type {Programs} */
  const programs = {}
  for (const { reason, executable, target, manifest_path } of await cargo(copy, ['test', '--no-run', '--tests', ...packages], changed)) {
    if (reason !== 'compiler-artifact' || !executable) continue
    const cwd = dirname(manifest_path)
    programs[`${crateOf(cwd)}:${target.kind.includes('test') ? target.name : 'lib'}`] = { program: executable, cwd }
  }
  for (const { reason, target, filenames } of await cargo(copy, ['build', '--lib', ...packages], changed)) {
    if (reason !== 'compiler-artifact' || !target.kind.includes('cdylib')) continue
    const addon = ADDONS[target.name.replaceAll('_', '-')]
    const library = filenames.find((/** @type {string} */ file) => file.endsWith('.so'))
    // Where ava's tests look for it.
    if (addon && library) cpSync(library, join(copy, `${addon}.linux-x64-gnu.node`))
  }
  // Tests that compare with libtorch take the checkout's build of it, in which no mutant is.
  const torch = 'xmrl-torch.linux-x64-gnu.node'
  cpSync(join(root, torch), join(copy, torch))
  return programs
}

/** The package's name: its folder's, but for the crate that bears the project's. */
const crateOf = (/** @type {string} */ path) => (path.endsWith('/xmrl') ? 'xmrl-core' : `xmrl-${path.split('/').at(-1)}`)

/**
 * Runs a test program with a mutant on (or none).
 * @param {Programs} programs
 * @param {string} tests
 * @param {string | undefined} mutant
 * @param {number} [usual] seconds that they take without one
 * @returns {Promise<import('./ava.mjs').Outcome>}
 */
export async function runCargo(programs, tests, mutant, usual = 0) {
  const { crate, target, filters } = parseTests(tests)
  const found = programs[`${crate}:${target}`]
  if (found === undefined) return { ok: true, missing: true, how: `no test target ${crate}:${target}` }
  const limit = Math.max(LIMIT, 10 * usual)
  const from = performance.now()
  const { code, signal, text, late, stopped } = await watched(
    join(root, 'scripts', 'setup', 'with-libtorch'),
    [found.program, '--test-threads', '1', ...filters],
    // With a mutant on, the first test that fails says enough.
    {
      cwd: found.cwd,
      env: environment({ XMRL_MUTANT: mutant ?? '' }),
      seconds: limit,
      ...(mutant ? { stop: /^test .* \.\.\. FAILED$/m } : {})
    }
  )
  const seconds = (performance.now() - from) / 1000
  if (late) return { ok: false, how: `no end after ${limit.toFixed(0)} s`, seconds }
  const failed = /^test (\S+) \.\.\. FAILED$/m.exec(text)?.[1]
  if (stopped || failed !== undefined) return { ok: false, how: failed ?? 'a test failed', seconds, text }
  if (code === 0 && !/^test result: ok\. [1-9]/m.test(text)) throw broken(mutant ?? 'none', `no test is called ${tests}`)
  return { ok: code === 0, how: signal ? `ended by ${signal}` : text.slice(-300), seconds, text }
}
