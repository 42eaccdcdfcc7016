// The tests of every crate with `unsafe` in it under AddressSanitizer: a read or write past an allocation, after it was freed or twice
// freed, on the stack as on the heap, and memory that nobody can reach any more at the end. The compiler of the repository does it; its
// unstable option is asked for by RUSTC_BOOTSTRAP. That the sanitizer sees anything at all is tried first, by a program that reads one byte
// too far.
import { spawn, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup/terminal.mjs'
import { addon, unable } from './addon.mjs'
import { inFolder } from './places.mjs'

export const about = 'crates with unsafe code, and the addon inside Node, under AddressSanitizer'

/** `crates`: so many of the list, from its beginning. */
export const options = { crates: { whole: 10, small: 1 } }

/** Crates with `unsafe` (and those whose tests go through most of it), the quickest to compile first; at last the addon. */
const CRATES = ['threads', 'lanes', 'mujoco', 'policy', 'physics', 'python', 'envs', 'rollout', 'meta', 'addon']
/** What is freed is kept for a time, to notice who still uses it, so how much the process holds says nothing here. */
const SKIPPED = ['memory_does_not_grow']
const TARGET = 'x86_64-unknown-linux-gnu'
const FLAG = '-Zsanitizer=address'
const ONE_TOO_FAR = `fn main() {
    let length = std::env::args().count() + 9;
    let bytes = std::hint::black_box(vec![1u8; length]);
    println!("{}", unsafe { std::hint::black_box(*bytes.as_ptr().add(length)) });
}
`
/** Lines of a report that are shown. */
const SHOWN = 12

/** Runs the tests of the first `crates` crates, or of the one that `--only` names. */
export async function tried({ crates, words }, { say, fault }) {
  if (process.arch !== 'x64') return skipped('not on x86-64', say)
  if (spawnSync('cargo', ['--version']).status !== 0) return skipped('no cargo', say)
  const sees = await inFolder(async (place) => witness(place))
  if (sees === undefined) return skipped('this compiler has no AddressSanitizer', say)
  if (!sees) fault('a program that reads one byte too far is not noticed')
  const tests = {}
  for (const crate of words.only === undefined ? CRATES.slice(0, crates) : [words.only]) {
    const why = crate === 'addon' ? unable() : undefined
    if (why !== undefined) {
      say(`addon: skipped (${why})`)
      continue
    }
    tests[crate] =
      crate === 'addon'
        ? await inFolder((place) => addon({ place, environment: environment(), target: TARGET, flag: FLAG }, fault))
        : await under(crate, fault)
    say(`${crate}: ${tests[crate]} tests`)
  }
  return { tests, witness: Number(sees) }
}

function skipped(why, say) {
  say(`skipped: ${why}`)
  return { skipped: why }
}

const environment = () => ({
  ...process.env,
  RUSTC_BOOTSTRAP: '1',
  RUSTFLAGS: FLAG,
  // What is built so cannot be linked with what is not.
  CARGO_TARGET_DIR: join(root, 'target', 'address'),
  // A failed allocation is an error of Rust's, not the sanitizer's end of the process.
  ASAN_OPTIONS: 'allocator_may_return_null=1'
})

/** Whether a read past an allocation is reported; undefined where nothing can be compiled so. */
function witness(place) {
  const [source, program] = [join(place, 'far.rs'), join(place, 'far')]
  writeFileSync(source, ONE_TOO_FAR)
  const { status } = spawnSync('rustc', ['--edition', '2024', FLAG, source, '-o', program], { cwd: root, env: environment() })
  if (status !== 0) return undefined
  const { stderr } = spawnSync(program, [], { encoding: 'utf8' })
  return stderr.includes('AddressSanitizer: heap-buffer-overflow')
}

/** How many tests of a crate passed; what did not, or was reported, is a fault. */
async function under(crate, fault) {
  const args = [
    'test',
    '--target',
    TARGET,
    '-p',
    `xmrl-${crate}`,
    '--lib',
    '--tests',
    '--no-fail-fast',
    '--',
    ...SKIPPED.flatMap((name) => ['--skip', name])
  ]
  const child = spawn('cargo', args, { cwd: root, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data))
  const code = await new Promise((resolve) => child.on('close', resolve))
  const lines = text.split('\n')
  const reports = lines.flatMap((line, at) => (/ERROR: (Address|Leak)Sanitizer/.test(line) ? [at] : []))
  for (const at of reports) fault(`${crate}: ${lines.slice(at, at + SHOWN).join('\n    ')}`)
  const passed = [...text.matchAll(/^test result: .* (\d+) passed/gm)].reduce((sum, [, count]) => sum + Number(count), 0)
  const failed = [...text.matchAll(/^test (\S+) \.\.\. FAILED/gm)].map(([, name]) => name)
  if (code !== 0 && reports.length === 0)
    fault(`${crate}: ${failed.length > 0 ? `failed: ${failed.join(', ')}` : `exit code ${code}: ${lines.slice(-SHOWN).join('\n    ')}`}`)
  if (code === 0 && passed === 0) fault(`${crate}: no test ran`)
  return passed
}
