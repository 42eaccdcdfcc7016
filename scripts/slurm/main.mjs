// `npm run test:slurm`: xmrl sweep on a real Slurm of two nodes, started here on loopback and stopped again. Twelve units; a node dies while
// its unit is frozen, and the unit wakes up when another has taken it over; a job is preempted; the sweep is cancelled and gone on with; a job meets its
// time limit. Every table must be that of `--engine local`, byte for byte, and every unit published once. About 4 minutes.
//   --install         installs Debian's slurm-wlm and munge where they are missing (root)
//   --if-installable  a machine without Slurm passes, with a line that says that it was skipped
//   --keep <folder>   works there, and leaves it
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { commandLine, main, root, StepFailed } from '../setup/terminal.mjs'
import { Cluster, LONGEST, unable, until } from './cluster.mjs'

const { values: options } = commandLine({
  install: { type: 'boolean', default: false },
  'if-installable': { type: 'boolean', default: false },
  keep: { type: 'string' }
})

/** Of training. */
const ITERATIONS = 1200
/** Every stage, with training that is long enough to be interrupted in. */
const SPEC = {
  environment: 'drone-planar',
  tasks: { training: 8, evaluation: 6, heldOut: 4 },
  policy: { hidden: [8] },
  train: { phases: [{ iterations: ITERATIONS, metaBatchSize: 4, supportEpisodes: 8, queryEpisodes: 4 }], monitorEvery: 100 },
  evaluate: { adaptations: 1, supportEpisodes: 10, queryEpisodes: 4 },
  explain: {
    source: 'own',
    commonNumbers: false,
    lengths: 'unit',
    adaptationSteps: null,
    verdict: null,
    episodes: 10,
    allowUnreliable: true
  },
  augment: { family: 'kumaraswamy', steps: 4, sets: 2, episodes: 2, supportEpisodes: 8 },
  retrain: { reptileStep: null, dose: null, extraSteps: 24000, metaBatchSize: 8, supportEpisodes: 8, queryEpisodes: 4 },
  checkpoint: { every: 10, keep: 2 }
}
const SWEEP = `base: spec.json
matrix: { retrain.mixedShare: [0.25, 0.5] }
seeds: 0..5
arms: [xmrl, maml]
threads: 1
slurm: { partition: cpu, time: '00:30:00', cpus: 1, setup: 'export XMRL_ON_A_NODE=1' }
`
const SEEDS = [0, 1, 2, 3, 4, 5]
const CELLS = ['0.25', '0.5']
const UNITS = SEEDS.flatMap((seed) => CELLS.map((cell) => `${cell}/seed-${seed}`))
/** Seconds for a unit to begin, or to do its next thing, on a busy machine. */
const PATIENCE = 400

/** Of a set of signals in /proc. */
const USR1 = 1n << 9n

let checks = 0
/** @param {unknown} holds @param {string} what */
function check(holds, what) {
  if (!holds) throw new StepFailed(`✗ ${what}`)
  checks++
  process.stdout.write(`✓ ${what}\n`)
}

const folder = options.keep === undefined ? mkdtempSync(join(tmpdir(), 'xmrl-slurm-')) : resolve(options.keep)
const file = join(folder, 'sweep.yaml')
const sweep = join(folder, 'runs', 'sweep')

/**
 * Runs `xmrl sweep`.
 * @param {Cluster} cluster @param {string} command @param {string[]} more
 * @returns {Promise<{ code: number, out: string, error: string }>}
 */
const xmrl = ({ env }, command, ...more) =>
  new Promise((done) => {
    const args = [join(root, 'dist', 'cli', 'main.js'), 'sweep', command, file, ...more]
    execFile(process.execPath, args, { env, cwd: folder, timeout: 600_000 }, (error, out, said) =>
      done({ code: error === null ? 0 : Number(error.code ?? 1), out, error: said })
    )
  })

/** A unit's journal. @param {string} unit @param {string} [of] @returns {{ kind: string, attempt: number, pid: number, job: string }[]} */
function journal(unit, of = sweep) {
  const at = join(of, 'units', unit, 'journal')
  if (!existsSync(at)) return []
  const files = readdirSync(at)
    .filter((name) => /^\d+\.json$/.test(name))
    .sort()
  return files.map((name) => JSON.parse(readFileSync(join(at, name), 'utf8')))
}
const kinds = (/** @type {string} */ unit) => journal(unit).map(({ kind }) => kind)
/** Sends a signal to what may be over by now. @param {number} pid @param {NodeJS.Signals} name */
function signal(pid, name) {
  if (alive(pid)) process.kill(pid, name)
}
const alive = (/** @type {number} */ pid) => existsSync(`/proc/${pid}`)
/** A line of /proc/<pid>/status. @param {number} pid @param {string} key */
function stat(pid, key) {
  try {
    return new RegExp(`^${key}:\\s*(\\S+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  } catch {
    // Gone meanwhile.
    return '0'
  }
}

/** Newest saved iteration of an attempt's training. @param {string} unit @param {number} attempt */
function trained(unit, attempt) {
  const at = join(sweep, 'units', unit, `work-${attempt}`, `seed-${unit.split('-').at(-1)}`, 'checkpoints')
  return existsSync(at) ? Math.max(0, ...readdirSync(at).map((name) => Number(/^train-(\d+)$/.exec(name)?.[1] ?? 0))) : 0
}

/**
 * A unit that is in its training on a node and has saved something, frozen there: what happens to it happens in the middle of its work,
 * however fast this machine is.
 * @param {Cluster} cluster
 * @param {string} node its name, or '' for any
 * @param {(unit: string) => boolean} taken whether a unit will do
 */
const frozenOn = (cluster, node, taken = () => true) =>
  until(`a unit that has saved something runs on ${node || 'a node'}`, PATIENCE, async () => {
    cluster.hurry()
    const tasks = cluster.queue().filter((task) => task.node.startsWith(node) && task.word === 'RUNNING')
    for (const unit of UNITS.filter(taken)) {
      const last = journal(unit).at(-1)
      if (last?.kind !== 'began' || !tasks.some(({ task }) => task === last.job) || !alive(last.pid)) continue
      signal(last.pid, 'SIGSTOP')
      // It goes on in short steps until there is something to go on from.
      while (trained(unit, last.attempt) === 0 && kinds(unit).at(-1) === 'began') {
        signal(last.pid, 'SIGCONT')
        await pause(20)
        signal(last.pid, 'SIGSTOP')
      }
      if (trained(unit, last.attempt) <= ITERATIONS - 100 && kinds(unit).at(-1) === 'began') return { ...last, unit }
      signal(last.pid, 'SIGCONT')
    }
    return undefined
  })

/** Everything of a folder of tables but the reports, which name threads and times. @param {string} of @returns {Record<string, string>} */
function tables(of) {
  const files = readdirSync(join(of, 'tables'), { recursive: true, encoding: 'utf8' }).filter((name) => /\.(md|tex|csv|json)$/.test(name))
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(of, 'tables', name), 'utf8')]))
}

/**
 * The last task of the newest array is ended by its time limit: its number is also the array's, so that what is done to it may not be done to
 * the others.
 * @param {Cluster} cluster
 */
async function timeLimit(cluster) {
  const newest = Math.max(...readdirSync(join(sweep, 'submissions')).map((name) => Number.parseInt(name, 10)))
  const last = JSON.parse(readFileSync(join(sweep, 'submissions', `${newest}.json`), 'utf8')).units.at(-1)
  const slow = await frozenOn(cluster, '', (unit) => unit === last)
  const others = UNITS.filter((unit) => unit !== last)
  await until('the other units are done', PATIENCE, () => others.every((unit) => kinds(unit).at(-1) === 'published'))
  const begun = () => others.map((unit) => kinds(unit).length).join()
  const before = begun()
  const from = kinds(last).length
  const since = () => kinds(last).slice(from)
  const began = Date.parse(cluster.ask('squeue', '--noheader', '--array', `--jobs=${slow.job}`, '--format=%S').trim())
  // Whole minutes from its start: the first that leaves Slurm half a minute to warn in.
  const limit = Math.ceil(((Date.now() - began) / 1000 + 40) / 60)
  cluster.ask('scontrol', 'update', `JobId=${slow.job}`, `TimeLimit=${limit}`)
  // It makes no step until Slurm's warning is there, then it saves and is queued again.
  await until('Slurm warns of the time limit, and the unit saves', 240, () => {
    // Woken by the warning, or by us where it only waits there.
    if (alive(slow.pid) && (BigInt(`0x${stat(slow.pid, 'ShdPnd')}`) & USR1) !== 0n) process.kill(slow.pid, 'SIGCONT')
    return since().includes('stopped')
  })
  await until(`${last} goes on after its time limit`, PATIENCE, () => {
    cluster.hurry()
    for (const { task } of cluster.queue()) if (task !== slow.job) throw new StepFailed(`✗ ${task} is queued again with ${slow.job}`)
    return since().includes('began')
  })
  check(begun() === before, `${last} saved before its time limit, was queued again alone and went on`)
}

/** @param {Cluster} cluster */
async function scenario(cluster) {
  const submitted = await xmrl(cluster, 'submit', '--engine', 'slurm')
  check(
    submitted.code === 0 && /12 units handed to slurm, jobs \d+, \d+/.test(submitted.out),
    `12 units in arrays of at most ${LONGEST}: ${submitted.error || submitted.out.trim()}`
  )
  check((await xmrl(cluster, 'submit', '--engine', 'slurm')).code === 1, 'a second submit is refused')

  const frozen = await frozenOn(cluster, 'n2')
  const other = await frozenOn(cluster, 'n1', (unit) => unit !== frozen.unit)
  check(true, `both nodes work: ${other.unit} on n1, ${frozen.unit} on n2`)
  const told = JSON.parse((await xmrl(cluster, 'status', '--json')).out)
  // A unit may have been done before both could be held.
  const { running, queued, done = 0 } = told.counts
  check(running === 2 && queued + done === 10, `status counts ${JSON.stringify(told.counts)}`)

  // A node dies: its daemon and the job's step at once. The unit itself is only frozen, as on a machine that has lost its network; it is woken
  // until the step is dead, because the kernel hangs up on a process that is stopped when its parent dies.
  const step = Number(stat(frozen.pid, 'PPid'))
  cluster.killNode('n2')
  process.kill(frozen.pid, 'SIGCONT')
  process.kill(step, 'SIGKILL')
  while (alive(step) && stat(step, 'State') !== 'Z') await pause(1)
  process.kill(frozen.pid, 'SIGSTOP')

  // A job is preempted: an urgent one takes its node. Slurm wakes what is stopped before it tells it to end.
  const urgent = cluster.ask('sbatch', '--parsable', '--partition=urgent', '--nodelist=n1', '--output=/dev/null', '--wrap=sleep 3').trim()
  await until(`${other.unit} is preempted after saving`, PATIENCE, () => kinds(other.unit).includes('stopped'))
  check(true, `${other.unit} was preempted by job ${urgent}, and saved`)
  // Until the dead node's unit may begin elsewhere the living one does nothing, so that units are left for what follows, however fast they are.
  const held = await frozenOn(cluster, 'n1', (unit) => unit !== frozen.unit)
  await until('Slurm gives the dead node up', 120, () => /State=DOWN/.test(cluster.try('scontrol', 'show', 'node', 'n2')))
  process.kill(held.pid, 'SIGCONT')
  await until(`${frozen.unit} begins again`, PATIENCE, () => {
    cluster.hurry()
    return journal(frozen.unit).some(({ kind, attempt }) => kind === 'began' && attempt === 2)
  })
  check(alive(frozen.pid) && stat(frozen.pid, 'State') === 'T', 'the old attempt of the dead node is still there, frozen')
  process.kill(frozen.pid, 'SIGCONT')
  await until('the old attempt ends by itself', PATIENCE, () => !alive(frozen.pid))
  check(
    !journal(frozen.unit).some(({ kind, attempt }) => attempt === 1 && kind !== 'began'),
    `the old attempt of ${frozen.unit} woke up, and wrote and published nothing`
  )

  cluster.startNode('n2')

  // Cancelled and gone on with.
  const last = await frozenOn(cluster, 'n1')
  process.kill(last.pid, 'SIGCONT')
  const cancelled = await xmrl(cluster, 'cancel')
  check(cancelled.code === 0, `cancel: ${cancelled.out.trim()}`)
  await until('nothing is left in the queue', PATIENCE, () => cluster.queue().length === 0)
  check(
    UNITS.every((unit) => ['published', 'cancelled'].includes(kinds(unit).at(-1) ?? '')),
    'every unit is published or cancelled'
  )
  const missing = await xmrl(cluster, 'collect')
  check(
    missing.code === 1 && /^ERR_RECORD_INVALID: \d+ of 12 units are missing: /.test(missing.error),
    `collect says what is missing: ${missing.error.slice(0, 100)}`
  )

  const resumed = await xmrl(cluster, 'resume')
  check(resumed.code === 0 && /units handed to slurm/.test(resumed.out), `resume: ${resumed.out.trim()}`)

  await timeLimit(cluster)
  await until('every unit is published', 600, () => {
    cluster.hurry()
    return UNITS.every((unit) => kinds(unit).at(-1) === 'published')
  })
  check(
    UNITS.every((unit) => kinds(unit).filter((kind) => kind === 'published').length === 1),
    'every unit is published once'
  )
  const collected = await xmrl(cluster, 'collect')
  check(collected.code === 0, `collect: ${collected.error || 'complete'}`)

  const alone = join(folder, 'local')
  const local = await xmrl(cluster, 'submit', '--engine', 'local', '--out', alone)
  check(local.code === 0, `the same by --engine local: ${local.error || 'done'}`)
  await xmrl(cluster, 'collect', '--out', alone)
  const [ours, theirs] = [tables(sweep), tables(alone)]
  check(Object.keys(ours).length === 11, `${Object.keys(ours).length} files of tables`)
  for (const name of Object.keys(theirs)) {
    if (ours[name] === theirs[name]) continue
    const [own, other] = [ours[name], theirs[name]].map((text) => (text ?? '').split('\n'))
    const at = own.findIndex((line, k) => line !== other[k])
    throw new StepFailed(`✗ ${name}, line ${at + 1}: ${own[at]} is ${other[at]} by --engine local`)
  }
  check(true, 'every table equals that of --engine local, byte for byte')
  for (const unit of UNITS) {
    const seed = `seed-${unit.split('-').at(-1)}`
    const metrics = (/** @type {string} */ of) => readFileSync(join(of, 'units', unit, 'run', seed, 'metrics.jsonl'), 'utf8')
    if (metrics(sweep) !== metrics(alone)) throw new StepFailed(`✗ ${unit}: metrics.jsonl differs from --engine local`)
  }
  check(true, 'and so does every metrics.jsonl')
}

await main(async () => {
  const why = unable(options.install)
  if (why !== undefined) {
    const skipped = `xmrl sweep on Slurm: skipped (${why})\n`
    if (!options['if-installable']) throw new StepFailed(skipped.trim())
    process.stdout.write(skipped)
    return
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'spec.json'), JSON.stringify(SPEC))
  writeFileSync(file, SWEEP)
  const cluster = new Cluster(mkdtempSync(join(folder, 'cluster-')))
  const from = performance.now()
  try {
    await cluster.start()
    await scenario(cluster)
    process.stdout.write(`xmrl sweep on Slurm: ${checks} checks passed (${Math.round((performance.now() - from) / 1000)} s)\n`)
  } catch (error) {
    process.stdout.write(
      `${UNITS.map(
        (unit) =>
          `${unit}: ${journal(unit)
            .map(({ kind, attempt }) => `${kind} ${attempt ?? ''}`)
            .join(', ')}`
      ).join('\n')}\n${cluster.logs()}\n`
    )
    throw error
  } finally {
    await cluster.stop()
    // What the scenario froze, and may not have woken.
    for (const unit of UNITS) for (const { kind, pid } of journal(unit)) if (kind === 'began' && ours(pid)) process.kill(pid, 'SIGKILL')
    if (options.keep === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})

/** Whether a process is a unit of this sweep. @param {number} pid */
function ours(pid) {
  const at = `/proc/${pid}/cmdline`
  return existsSync(at) && readFileSync(at, 'utf8').includes(sweep)
}
