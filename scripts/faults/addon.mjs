// The addon inside Node under AddressSanitizer: the package's own tests of it, with a build of the core in which every access is looked at.
// The sanitizer's runtime must be in the process before anything else, so gcc's is preloaded: it takes what rustc writes (interface 8 of both).
// Leaks are not asked for: V8 ends without giving back what it has.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup/terminal.mjs'

const CORE = 'xmrl-core.linux-x64-gnu.node'
const TORCH = 'xmrl-torch.linux-x64-gnu.node'
/** Tests that go through the addon, start no compiler, no Python and no fake driver, and do not look at the memory that is held. */
const TESTS = [
  '__test__/worlds/*.test.ts',
  '__test__/policies/*.test.ts',
  '__test__/stages/*.test.ts',
  '__test__/theory/*.test.ts',
  '__test__/own/{drone,runs,stepping,threads}.test.ts',
  '__test__/seam/{counts,ending,learner,solvers,stages,threads,weighting,wiring,worlds}.test.ts'
]
const ONE_TOO_FAR = `#[unsafe(no_mangle)]
pub extern "C" fn napi_register_module_v1(_: *const u8, exports: *const u8) -> *const u8 {
    let length = std::env::args().count() + 9;
    let bytes = std::hint::black_box(vec![1u8; length]);
    println!("{}", unsafe { std::hint::black_box(*bytes.as_ptr().add(length)) });
    exports
}
`

/** Why it cannot be tried here, or undefined. */
export function unable() {
  if (!existsSync(join(root, TORCH)) || !existsSync(join(root, '.libtorch')))
    return 'no libtorch, which some tests compare with: npm run setup -- --torch'
  return existsSync(runtime()) ? undefined : "no libasan.so of gcc's"
}

const runtime = () => spawnSync('gcc', ['-print-file-name=libasan.so'], { encoding: 'utf8' }).stdout?.trim() ?? ''

/**
 * Runs those tests; how many passed, and whether an addon that reads one byte too far is noticed.
 * @param {{ place: string, environment: NodeJS.ProcessEnv, target: string, flag: string }} where a folder to work in, and how cargo is asked
 * @param {(text: string) => void} fault
 */
export async function addon({ place, environment, target, flag }, fault) {
  const env = {
    ...process.env,
    LD_PRELOAD: runtime(),
    ASAN_OPTIONS: `detect_leaks=0:allocator_may_return_null=1:log_path=${join(place, 'report')}`
  }
  if (!witness(place, environment, flag, env)) fault('an addon that reads one byte too far is not noticed')
  execFileSync('cargo', ['build', '--target', target, '-p', 'xmrl-node'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  const copy = join(place, 'copy')
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }).split(
    '\n'
  )
  for (const file of [...files, ...built('dist'), TORCH]) {
    if (file === '' || !existsSync(join(root, file))) continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    copyFileSync(join(root, file), join(copy, file))
  }
  for (const folder of ['node_modules', '.libtorch']) symlinkSync(join(root, folder), join(copy, folder))
  copyFileSync(join(environment.CARGO_TARGET_DIR, target, 'debug', 'libxmrl_node.so'), join(copy, CORE))
  // One after another: each holds what it frees for a while.
  const args = [join('node_modules', 'ava', 'entrypoints', 'cli.mjs'), '--concurrency=1', '--timeout=10m', ...TESTS]
  const child = spawn(process.execPath, args, { cwd: copy, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (text += data))
  await new Promise((resolve) => child.on('close', resolve))
  for (const report of readdirSync(place).filter((name) => name.startsWith('report.')))
    fault(`addon: ${readFileSync(join(place, report), 'utf8').split('\n').slice(0, 12).join('\n    ')}`)
  for (const [line] of text.matchAll(/^.*✘ \[fail\].*$/gm)) fault(`addon: ${line.trim()}`)
  const passed = [...text.matchAll(/✔/g)].length
  if (passed === 0) fault(`addon: no test ran: ${text.slice(-500)}`)
  return passed
}

/** Files below a folder that git does not list. @param {string} folder */
const built = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath.slice(root.length + 1), entry.name))

/** Whether a read past an allocation of an addon is reported inside Node. */
function witness(place, environment, flag, env) {
  const [source, library] = [join(place, 'far.rs'), join(place, 'far.node')]
  writeFileSync(source, ONE_TOO_FAR)
  const made = spawnSync('rustc', ['--edition', '2024', '--crate-type', 'cdylib', flag, source, '-o', library], {
    cwd: root,
    env: environment
  })
  if (made.status !== 0) return false
  const to = join(place, 'witness')
  const options = env.ASAN_OPTIONS.replace(/log_path=.*/, `log_path=${to}`)
  spawnSync(process.execPath, ['-e', `require(${JSON.stringify(library)})`], { env: { ...env, ASAN_OPTIONS: options } })
  return readdirSync(place).some(
    (name) => name.startsWith('witness.') && readFileSync(join(place, name), 'utf8').includes('heap-buffer-overflow')
  )
}
