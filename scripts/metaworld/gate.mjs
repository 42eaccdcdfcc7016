// `npm run gate:metaworld`: Meta-World here against Meta-World's own Python package, live. Installs the oracle in a throw-away virtual
// environment, records 880 steps of each of the 50 environments and the tasks of several seeds, compares, and prints what was compared. Fetches
// Meta-World's files first (`xmrl data metaworld`). Exit code 1 if the gate fails. About ten minutes on 2 idle cores, most of it Python.
//   --if-installable  a machine on which the oracle cannot be installed passes, with a line that says so
//   --python <path>   a Python that already has scripts/metaworld/requirements.txt
//   --keep <folder>   keeps the recordings and the report there
//   --recorded <folder>  compares with what --keep kept, and records nothing
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { peerPython } from '../bench/python.mjs'
import { commandLine, root } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  'if-installable': { type: 'boolean', default: false },
  python: { type: 'string' },
  keep: { type: 'string' },
  recorded: { type: 'string' }
})

const run = (command, args, { cwd = root, env = {} } = {}) => {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } })
  return !error && status === 0
}

/** What it cannot be installed for is said. */
const unavailable = (error) => {
  console.error(`the oracle (scripts/metaworld/requirements.txt) could not be installed here: ${error.message}`)
}

const folder = mkdtempSync(join(tmpdir(), 'xmrl-metaworld-'))
try {
  const python = options.recorded ? undefined : await peerPython(folder, 'metaworld', options.python).catch(unavailable)
  if (!python && !options.recorded) {
    process.exitCode = options['if-installable'] ? 0 : 1
  } else {
    const kept = options.recorded ?? options.keep
    const out = kept ? resolve(kept) : join(folder, 'recordings')
    mkdirSync(out, { recursive: true })
    const report = join(out, 'report')
    rmSync(report, { force: true })
    const script = (name, ...args) => run(python, ['-W', 'ignore', join(root, 'scripts', 'metaworld', name), ...args], { cwd: folder })
    const fetched = run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'data', 'metaworld'])
    // What is generated is what the package and the headers say.
    const recorded =
      options.recorded || (['layout.py', 'table.py'].every((name) => script(name, '--check')) && script('oracle.py', '--out', out))
    const test = ['test', '-p', 'xmrl-envs', '--test', 'metaworld', '--test', 'metaworld_missing']
    const compared = fetched && recorded && run('cargo', test, { env: { XMRL_METAWORLD_RECORDED: out } })
    if (existsSync(report)) console.log(`\n${readFileSync(report, 'utf8')}`)
    const good = compared && existsSync(report)
    console.log(good ? 'metaworld gate passed' : 'metaworld gate FAILED')
    process.exitCode = good ? 0 : 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
