// `npm run bench:peers -- --harness <dir> --python <python> [--jax-python <python>] [--maml <checkout>]`: ours and the peers in turns on
// the same pinned cores in one run, as Markdown tables with ratios.
//   --harness     the folder with hvp_torch.py, hvp_jax.py, maml_bench.py and common.py
//   --python      an interpreter with torch, and for --maml with mujoco and gymnasium
//   --jax-python  an interpreter with jax; without it JAX is left out
//   --maml        a checkout of github.com/tristandeleu/pytorch-maml-rl; without it there is no meta-iteration
//   --sizes       0 = 20 tasks × 400 rows, 1 = 40 × 4,000 (0,1)      --dtypes  f32,f64      --cores  1,2
//   --rounds      turns of everything, one number a size (3,1); meta-iterations take the first
//   --tries       runs that may be thrown away because other programs took more than .15 of a core (5)
//   --tasks, --episodes   of the meta-iteration (40, 20)
//   --jemalloc    a libjemalloc.so: eager PyTorch with it too
//   --only        hvp or iteration
//   --who         a pattern: only contestants of the derivatives whose name it matches
//   --out         keeps every row, one JSON object a line
// The harness times peers: median of at least 3 runs of at least .3 s after a warm-up; ours do the same.
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setUp } from '../setup/setup.mjs'
import { commandLine, main, root, StepFailed } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  harness: { type: 'string' },
  python: { type: 'string' },
  'jax-python': { type: 'string' },
  maml: { type: 'string' },
  sizes: { type: 'string', default: '0,1' },
  dtypes: { type: 'string', default: 'f32,f64' },
  cores: { type: 'string', default: '1,2' },
  rounds: { type: 'string', default: '3,1' },
  tries: { type: 'string', default: '5' },
  tasks: { type: 'string', default: '40' },
  episodes: { type: 'string', default: '20' },
  jemalloc: { type: 'string' },
  only: { type: 'string' },
  who: { type: 'string', default: '' },
  out: { type: 'string' }
})
const coreCounts = options.cores.split(',').map(Number)
const rounds = options.rounds.split(',').map(Number)
const { harness, maml, tries, tasks: batch, episodes } = options
/** A program of its own path, or one on the PATH. */
const program = (name) => (name?.includes('/') ? resolve(name) : name)

const SIZES = { 0: [20, 400], 1: [40, 4000] }
const WHATS = ['gradient', 'hvp', 'kept']
/** What the peers' rows measure; of several ways to one product the quickest counts. */
const COLUMN = {
  gradient: 'gradient',
  hvp: 'hvp',
  'hvp, reverse over reverse': 'hvp',
  'hvp, graph kept': 'kept',
  'hvp, linearised once': 'kept'
}
const TUNED = { MALLOC_MMAP_THRESHOLD_: `${2 ** 32}`, MALLOC_TRIM_THRESHOLD_: `${2 ** 34}`, MALLOC_TOP_PAD_: `${2 ** 28}` }
const NETS = [
  ['64', 'tanh'],
  ['100', 'relu']
]

/** Env steps of an episode of the meta-iteration. */
const HORIZON = 200
/** Ours in the table of meta-iterations, and how their runs' names begin. */
const RECIPES = {
  'curvature on 200 + 200 rows a task': 'f',
  'on all rows': 'all',
  'on all rows, five products': 'five',
  'on all rows, preconditioned': 'two'
}

const python = program(options.python)
const jax = program(options['jax-python'])
const folder = mkdtempSync(join(tmpdir(), 'xmrl-peers-'))

/** Rows (JSON objects, one a line) of a program pinned to the first `cores` CPUs; none where it fails, which is said. */
function rows(cores, command, args, env = {}) {
  const done = spawnSync('taskset', ['-c', `0-${cores - 1}`, command, ...args], {
    // MuJoCo writes its log where it runs.
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', TRIES: tries, ...env }
  })
  const found = (done.stdout ?? '').split('\n').filter((line) => line.startsWith('{'))
  if (done.status !== 0 || found.length === 0)
    process.stderr.write(`  failed: ${args.join(' ')}: ${(done.error?.message ?? done.stderr).trim().split('\n').at(-1)}\n`)
  return found.map((line) => JSON.parse(line))
}

const keep = (row) => {
  if (options.out) appendFileSync(options.out, `${JSON.stringify(row)}\n`)
  return row
}
const xmrl = (cores, ...args) => rows(cores, process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'bench', ...args, '--json'])
const peer = (interpreter, file, args, cores, env) => rows(cores, interpreter, [join(resolve(harness), file), ...args], env)

const LONG = { f32: 'float32', f64: 'float64' }

/** Who is timed at a cell: name → rows of (what, ms, digest). */
function contestants(size, dtype, cores) {
  const [tasks, perTask] = SIZES[size]
  const args = ['--dtype', LONG[dtype], '--size', `${size}`, '--cores', `${cores}`]
  const ours = (calculus) => () =>
    xmrl(
      cores,
      'hvp',
      ...['--tasks', `${tasks}`, '--rows', `${perTask}`, '--dtype', dtype, '--threads', `${cores}`],
      ...['--calculus', calculus, '--tries', tries]
    ).flatMap((row) =>
      WHATS.map((what) => ({ what, ...row[what], digest: row.digests[what === 'gradient' ? 'gradient' : 'hvp'], foreign: row.foreign }))
    )
  const theirs = (interpreter, file, more, env) => () =>
    peer(interpreter, file, [...args, ...more], cores, env).map(({ what, value, min, max, digest, contaminated, foreign }) => ({
      what: COLUMN[what],
      median: value,
      min,
      max,
      digest,
      contaminated,
      foreign
    }))
  const torch = (mode, env) => theirs(python, 'hvp_torch.py', ['--mode', mode], env)
  const jemalloc = { LD_PRELOAD: options.jemalloc, MALLOC_CONF: 'dirty_decay_ms:-1,muzzy_decay_ms:-1,thp:always' }
  return {
    'xmrl fused': ours('fused'),
    'xmrl libtorch': ours('libtorch'),
    'torch eager, bmm': torch('eager'),
    'torch eager, bmm, glibc tuned': torch('eager', TUNED),
    ...(options.jemalloc ? { 'torch eager, bmm, jemalloc': torch('eager', jemalloc) } : {}),
    'torch eager, task loop': torch('loop'),
    'torch.func': torch('func'),
    ...(jax ? { 'jax jit, vmap': theirs(jax, 'hvp_jax.py', []), 'jax jit, lax.map': theirs(jax, 'hvp_jax.py', ['--map']) } : {})
  }
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b)
  const last = sorted.length - 1
  return (sorted[Math.floor(last / 2)] + sorted[Math.ceil(last / 2)]) / 2
}
const short = (value) => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3))
const ratio = (value) => `${value.toFixed(value >= 10 ? 1 : 2)} ×`
const table = (head, body) => console.log([head, head.map(() => '---'), ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n'))

/** Median over rounds of the quickest way of each column, by contestant: `found[cores][who][what]`. */
function cell(size, dtype, cores) {
  const found = {}
  const digests = { gradient: [], hvp: [] }
  const chosen = new RegExp(options.who)
  const people = Object.fromEntries(Object.entries(contestants(size, dtype, cores)).filter(([who]) => chosen.test(who)))
  for (let round = 0; round < (rounds[size] ?? rounds.at(-1)); round++) {
    for (const [who, run] of Object.entries(people)) {
      process.stderr.write(`  ${SIZES[size]} ${dtype} ${cores} cores, round ${round + 1}: ${who}\n`)
      const best = {}
      for (const row of run()) {
        keep({ item: 'hvp', who, size: SIZES[size], dtype, cores, round, ...row })
        if (best[row.what] === undefined || row.median < best[row.what].median) best[row.what] = row
        digests[row.what === 'gradient' ? 'gradient' : 'hvp'].push([who, row.digest])
      }
      for (const what of WHATS) {
        if (!best[what]) continue
        found[who] ??= {}
        found[who][what] ??= { values: [], disturbed: false }
        found[who][what].values.push(best[what].median)
        found[who][what].disturbed ||= best[what].contaminated === true || best[what].foreign > 0.15
      }
    }
  }
  return { found, digests }
}

/** Says which digests lie further from the middle one than the number type explains. */
function checkDigest(what, entries, dtype) {
  const tolerance = dtype === 'f32' ? 1e-3 : 1e-7
  const middle = median(entries.map(([, digest]) => digest))
  const wrong = entries.filter(([, digest]) => !(Math.abs(digest - middle) <= tolerance * Math.abs(middle)))
  const verdict = wrong.length ? `DIFFERENT: ${wrong.map(([who, digest]) => `${who} ${digest}`).join(', ')}` : 'all agree'
  console.log(`Digest of the ${what}: ${middle?.toPrecision(8) ?? 'none'}; ${verdict}.`)
}

function derivatives(size, dtype, coreCounts) {
  const cells = coreCounts.map((cores) => cell(size, dtype, cores))
  const people = [...new Set(cells.flatMap(({ found }) => Object.keys(found)))]
  const value = (index, who, what) => {
    const entry = cells[index].found[who]?.[what]
    return entry && median(entry.values)
  }
  const each = (what, show) => coreCounts.map((_, index) => show(index, what)).join(' / ')
  const shown = (who) => (index, what) => {
    const entry = cells[index].found[who]?.[what]
    return entry ? `${short(median(entry.values))}${entry.disturbed ? '*' : ''}` : '–'
  }
  const [tasks, perTask] = SIZES[size]
  const ours = people.filter((who) => who.startsWith('xmrl'))
  const theirs = people.filter((who) => !who.startsWith('xmrl'))
  const against = (them) => (index, what) => {
    const mine = Math.min(...ours.flatMap((who) => value(index, who, what) ?? []))
    const other = Math.min(...them.flatMap((who) => value(index, who, what) ?? []))
    return Number.isFinite(mine) && Number.isFinite(other) ? ratio(other / mine) : '–'
  }
  console.log(`\n### (${tasks}, ${perTask}), ${dtype}: ms, ${coreCounts.join(' / ')} cores\n`)
  table(
    ['', ...WHATS],
    [
      ...people.map((who) => [who, ...WHATS.map((what) => each(what, shown(who)))]),
      ['best peer / ours', ...WHATS.map((what) => each(what, against(theirs)))],
      ['plain eager bmm / ours', ...WHATS.map((what) => each(what, against(['torch eager, bmm'])))]
    ]
  )
  console.log('')
  for (const what of ['gradient', 'hvp'])
    checkDigest(
      what,
      cells.flatMap(({ digests }) => digests[what]),
      dtype
    )
}

/** A meta-iteration of HalfCheetah, episodes of 200 steps, beside the peer's, in turns. */
function iterations(cores) {
  const body = []
  for (const [units, activation] of NETS) {
    const hidden = `${units},${units}`
    const ours = (...more) =>
      xmrl(
        cores,
        'iteration',
        ...['--preset', 'cheetah-vel/gym', '--tasks', batch, '--episodes', episodes, '--hidden', hidden, '--activation', activation],
        ...['--device', 'cpu', '--threads', `${cores}`, ...more]
      ).map((row) => ({ median: row.seconds.median, foreign: row.foreign, phases: row.phases, peakResidentMiB: row.peakResidentMiB }))
    const theirs = () =>
      peer(
        python,
        'maml_bench.py',
        [
          ...['--tasks', batch, '--episodes', episodes, '--hidden', units, '--act', activation],
          ...['--mode', 'whole', '--iters', '1', '--cores', `${cores}`, '--workers', `${cores}`]
        ],
        cores,
        { MAML_RL_PATH: resolve(maml) }
      ).map(({ value, foreign }) => ({ median: value, foreign }))
    // The peer's recipe: curvature on every row, its trust region and damping; and the same with two preconditioned products for its ten.
    const rowsOfTask = Number(episodes) * HORIZON
    const recipe = [
      `trpo.curvatureSupportRows=${rowsOfTask}`,
      `trpo.curvatureQueryRows=${rowsOfTask}`,
      'trpo.damping=1e-5',
      'train.phases.0.maxKl=.01'
    ]
    const two = ['trpo.cgIterations=2', 'trpo.preconditioner={rank: 20, rows: 50}']
    const set = (keys) => keys.flatMap((key) => ['--set', key])
    const people = {
      f64: () => ours('--dtype', 'f64'),
      f32: () => ours('--dtype', 'f32'),
      all64: () => ours('--dtype', 'f64', ...set(recipe)),
      all32: () => ours('--dtype', 'f32', ...set(recipe)),
      five64: () => ours('--dtype', 'f64', ...set([...recipe, 'trpo.cgIterations=5'])),
      five32: () => ours('--dtype', 'f32', ...set([...recipe, 'trpo.cgIterations=5'])),
      two64: () => ours('--dtype', 'f64', ...set([...recipe, ...two])),
      two32: () => ours('--dtype', 'f32', ...set([...recipe, ...two])),
      peer: theirs
    }
    const found = {}
    for (let round = 0; round < rounds[0]; round++) {
      for (const [who, run] of Object.entries(people)) {
        process.stderr.write(`  iteration ${hidden} ${activation} ${cores} cores, round ${round + 1}: ${who}\n`)
        for (const row of run()) {
          keep({ item: 'iteration', who, hidden, activation, cores, round, ...row })
          found[who] ??= []
          found[who].push(row)
        }
      }
    }
    const seconds = (who) => found[who] && median(found[who].map((row) => row.median))
    const shown = (who) =>
      found[who] ? `${seconds(who).toPrecision(3)}${found[who].some(({ foreign }) => foreign > 0.15) ? '*' : ''}` : '–'
    const over = (who) => (found[who] && found.peer ? ratio(seconds('peer') / seconds(who)) : '–')
    const net = `${units}-${units} ${activation}`
    body.push([`${net}, pytorch-maml-rl`, shown('peer'), '', '', ''])
    for (const [what, who] of Object.entries(RECIPES))
      body.push([`${net}, xmrl, ${what}`, ...[`${who}64`, `${who}32`].flatMap((one) => [shown(one), over(one)])])
  }
  console.log(`\n### Meta-iteration, ${batch} tasks × (${episodes} + ${episodes}) episodes × ${HORIZON} steps, ${cores} cores: s\n`)
  table(['', 'float64 (the peer: float32)', 'peer / this', 'float32', 'peer / this'], body)
}

await main(async () => {
  try {
    if (!harness || !python) throw new StepFailed('give --harness <dir with hvp_torch.py> and --python <interpreter with torch>')
    await setUp()
    const { only } = options
    if (only !== 'iteration') {
      for (const size of options.sizes.split(',')) for (const dtype of options.dtypes.split(',')) derivatives(size, dtype, coreCounts)
    }
    if (maml && only !== 'hvp') iterations(Math.max(...coreCounts))
    console.log('\n`*`: other programs took more than .15 of a core in a run that counts: a peer that spins for its threads suffers most.')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
