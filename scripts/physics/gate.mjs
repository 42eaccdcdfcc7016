// `npm run gate:physics`: parity of the bodies with libmujoco, live. Installs the oracle in a throw-away virtual environment, records
// (45,000 states a model, 500 episodes a preset), compares, prints tables. Exit code 1 if a gate fails. About 15 minutes on 2 cores,
// and as much again for ten million steps of each preset under extreme actions.
//   --quick           5,000 states a model, 100 episodes a preset: about 4 minutes, without the extreme steps
//   --if-installable  a machine on which the oracle cannot be installed passes, with a line that says so
//   --python <path>   a Python that already has scripts/physics/requirements.txt
//   --keep <folder>   keeps the recordings and the report there
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { peerPython } from '../bench/python.mjs'
import { commandLine, root } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  quick: { type: 'boolean', default: false },
  'if-installable': { type: 'boolean', default: false },
  python: { type: 'string' },
  keep: { type: 'string' }
})
const SIZES = options.quick
  ? ['--states', '5000', '--episodes', '100', '--returns', '80']
  : ['--states', '45000', '--episodes', '500', '--returns', '200']

const run = (command, args, { cwd = root, env = {} } = {}) => {
  const { status, error } = spawnSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...env } })
  return !error && status === 0
}

const short = (value) => (value === 0 ? '0' : value.toExponential(1))
const table = (head, rows) => {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column].length)))
  for (const row of [head, ...rows]) console.log(row.map((cell, column) => cell.padEnd(widths[column])).join('  '))
  console.log('')
}

/** Prints the report beside the facts; returns what fails beyond what the comparison itself has judged. */
function judge(report, facts) {
  const failures = []
  console.log(`\nOne physics step against mujoco ${facts.mujoco} (bounds: p50 1e-13, p99.9 1e-10, max 1e-4); worst by kind of state`)
  const kinds = facts.kinds.slice(0, 6)
  table(
    ['model', 'states', 'p50', 'p99.9', 'max', ...kinds],
    report.models.map((row) => [row.model, `${row.count}`, short(row.p50), short(row.p999), short(row.max), ...row.worst.map(short)])
  )
  console.log('Episodes of 20 env steps (bound 1e-10, wider where libmujoco itself is less certain: recorded/README.md)')
  table(
    ['preset', 'env steps', 'start p99', 'state p50', 'p99', 'reward p99', 'obs. p99', 'within 1e-10', 'wider', 'misses', 'ends'],
    report.presets.map((row) => [
      row.preset,
      `${row.steps}`,
      short(row.first.p99),
      short(row.state.p50),
      short(row.state.p99),
      short(row.reward.p99),
      short(row.observation.p99),
      `${row.within}/${row.count}`,
      `${row.loose}`,
      `${row.over}`,
      `${row.ends}`
    ])
  )
  console.log('After 5 s without control (bound 1e-6 in height)')
  const heights = Object.entries(facts.rest).map(([model, theirs]) => {
    const entry = model.startsWith('ant') ? 2 : 1
    const [ours, truth] = [report.rest[model][entry], theirs[entry]]
    // The walker falls over and is still rolling: its pose is chaotic and only shown.
    const good = model === 'walker2d' || Math.abs(ours - truth) < 1e-6
    if (!good) failures.push(`${model} rests at ${ours}, libmujoco at ${truth}`)
    return [model, ours.toFixed(9), truth.toFixed(9)]
  })
  table(['model', 'ours', 'libmujoco'], heights)
  console.log('Mean returns (bound: 4 standard errors of the difference, or 1 %)')
  const rows = Object.entries(facts.returns).flatMap(([preset, theirs]) =>
    Object.entries(theirs).map(([policy, truth]) => {
      const ours = report.returns[preset][policy]
      const bound = Math.max(4 * Math.hypot(ours.error, truth.error), 0.01 * Math.abs(truth.mean))
      if (Math.abs(ours.mean - truth.mean) > bound) failures.push(`${preset}, ${policy}: return ${ours.mean}, libmujoco ${truth.mean}`)
      return [preset, policy, `${ours.mean.toFixed(2)} ± ${ours.error.toFixed(2)}`, `${truth.mean.toFixed(2)} ± ${truth.error.toFixed(2)}`]
    })
  )
  table(['preset', 'actions', 'ours', 'libmujoco'], rows)
  return failures
}

const folder = mkdtempSync(join(tmpdir(), 'xmrl-gate-'))
try {
  const python = await peerPython(folder, 'physics', options.python).catch((error) => {
    console.error(`the oracle (scripts/physics/requirements.txt) could not be installed here: ${error.message}`)
  })
  if (!python) {
    process.exitCode = options['if-installable'] ? 0 : 1
  } else {
    const out = options.keep ? resolve(options.keep) : join(folder, 'recordings')
    mkdirSync(out, { recursive: true })
    rmSync(join(out, 'report.json'), { force: true })
    const script = join(root, 'scripts', 'physics', 'oracle.py')
    const recorded = run(python, ['-W', 'ignore', script, ...SIZES, '--observe', 'all', '--out', out], { cwd: folder })
    const compared = recorded && run('cargo', ['test', '--release', '-p', 'xmrl-envs', '--test', 'parity'], { env: { XMRL_PARITY: out } })
    // Ten million extreme steps a preset.
    const robust =
      options.quick || run('cargo', ['test', '--release', '-p', 'xmrl-envs', '--test', 'contract', '--', '--ignored', '--nocapture'])
    const [report, facts] = ['report', 'facts'].map((name) => join(out, `${name}.json`))
    const failures = existsSync(report) ? judge(...[report, facts].map((path) => JSON.parse(readFileSync(path, 'utf8')))) : []
    for (const failure of failures) console.error(failure)
    console.log(compared && robust && failures.length === 0 ? 'physics gate passed' : 'physics gate FAILED')
    process.exitCode = compared && robust && failures.length === 0 ? 0 : 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
