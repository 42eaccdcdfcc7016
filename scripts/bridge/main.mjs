// `npm run bench:bridge`: HalfCheetah-v5 in two processes, through the bridge and without it, in turns in one run; ratios.
// `npm run bench:bridge -- --published`: environments that others published go through a small run, every stage of it.
// Needs the build (`npm run setup`); without --python it makes a virtual environment with requirements.txt, which is kept.
//   --python <path>   a Python that has scripts/bridge/requirements.txt
//   --rows <n>        worlds of the bridge, over two processes (64)
//   --seconds <s>     of each measurement (4)         --rounds <n>   turns of everything (3)
//   --only <name>     one of the published environments
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { commandLine, main, root, run, StepFailed, step } from '../setup/terminal.mjs'

const here = join(root, 'scripts', 'bridge')
const { values: options } = commandLine({
  python: { type: 'string' },
  published: { type: 'boolean', default: false },
  rows: { type: 'string', default: '64' },
  seconds: { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  only: { type: 'string' }
})

/** Environments of published.py, and how much of each a small run flies: their steps differ in cost a thousandfold. */
const PUBLISHED = {
  pendulum: { episodes: 6, iterations: 3 },
  racetrack: { episodes: 2, iterations: 1 },
  reach: { episodes: 2, iterations: 2 },
  cheetah: { episodes: 4, iterations: 2 }
}
/** Steps of a flight: a quarter of an episode. */
const FLIGHT = 250
const PROCESSES = 2

/** The Python that worlds run on, made where none is given. */
async function python() {
  if (options.python) return options.python.includes('/') ? resolve(options.python) : options.python
  const folder = join(root, '.setup', 'bridge')
  const made = join(folder, 'bin', 'python')
  await step('Python with the packages of scripts/bridge/requirements.txt', async () => {
    if (!existsSync(made)) await run('python3', ['-m', 'venv', folder])
    await run(made, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', join(here, 'requirements.txt')])
  })
  return made
}

/**
 * @param {string} program
 * @param {string} kind
 * @param {number} count
 */
function peer(program, kind, count) {
  const { stdout, stderr, status } = spawnSync(program, [join(here, 'peers.py'), kind, `${count}`, options.seconds], { encoding: 'utf8' })
  if (status !== 0) throw new StepFailed(`peers.py ${kind}: ${stderr.trim().split('\n').at(-1)}`)
  return Number(stdout)
}

/** Numbers in [-1, 1) of a linear congruential generator: what they are does not matter, only that there are enough of them. */
function random(count) {
  let state = 1
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

async function speed(program) {
  const { createWorlds, openWorld } = await import('../../dist/index.js')
  const world = await openWorld('gymnasium:published:plain', here)
  const rows = Number(options.rows)
  const worlds = createWorlds(world, { tasks: [[0]], worldsPerTask: rows, threads: PROCESSES })
  const size = rows * world.spec.actionSize
  const moves = random(FLIGHT * size)
  /** Env steps a second where `fly` takes a flight's steps. @param {() => void} fly */
  const rate = (fly) => {
    let [steps, from] = [0, performance.now()]
    while (performance.now() - from < Number(options.seconds) * 1000) {
      // An episode is four flights long.
      if (steps % (4 * FLIGHT * rows) === 0) worlds.reset()
      fly()
      steps += FLIGHT * rows
    }
    return (steps / (performance.now() - from)) * 1000
  }
  const single = Array.from({ length: FLIGHT }, (_, t) => moves.subarray(t * size, (t + 1) * size))
  const flights = () => rate(() => worlds.rollout(moves))
  const steps = () =>
    rate(() => {
      for (const actions of single) worlds.step(actions)
    })
  const contestants = {
    [`bridge, ${rows} environments in ${PROCESSES} processes, worlds.rollout of ${FLIGHT} steps`]: flights,
    'the same, worlds.step': steps,
    'bare loops, 2 environments in 2 processes': () => peer(program, 'bare', PROCESSES),
    [`bare loops, ${rows} environments in ${PROCESSES} processes`]: () => peer(program, 'bare', rows),
    'AsyncVectorEnv, 2 environments in 2 processes': () => peer(program, 'async', PROCESSES),
    [`AsyncVectorEnv, ${rows} environments in ${rows} processes`]: () => peer(program, 'async', rows)
  }
  flights()
  const taken = Object.fromEntries(Object.keys(contestants).map((name) => [name, /** @type {number[]} */ ([])]))
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [name, measure] of Object.entries(contestants)) taken[name].push(measure())
  }
  worlds.dispose()
  const median = (/** @type {number[]} */ of) => [...of].sort((a, b) => a - b)[Math.floor(of.length / 2)]
  const [first] = Object.values(taken)
  console.log(`\nHalfCheetah-v5, env steps/s, medians of ${options.rounds} turns; ratios are medians of those within a turn\n`)
  console.log('| | env steps/s | first ÷ this |\n| --- | --- | --- |')
  for (const [name, rates] of Object.entries(taken)) {
    const ratio = median(rates.map((rate, turn) => first[turn] / rate))
    console.log(`| ${name} | ${(median(rates) / 1000).toFixed(1)} k | ${ratio.toFixed(2)} |`)
  }
}

async function published() {
  const { runExperiment } = await import('../../dist/index.js')
  const folder = mkdtempSync(join(tmpdir(), 'xmrl-bridge-'))
  const names = options.only ? [options.only] : Object.keys(PUBLISHED)
  try {
    for (const name of names) {
      const { episodes, iterations } = PUBLISHED[/** @type {keyof typeof PUBLISHED} */ (name)] ?? { episodes: 2, iterations: 1 }
      await step(name, async () => {
        const at = process.cwd()
        process.chdir(here)
        const done = await runExperiment(small(name, episodes, iterations), { out: join(folder, name), threads: PROCESSES })
        process.chdir(at)
        const { records } = done.seeds[0]
        const { world } = done.experiment.spec
        const mean = (/** @type {number[]} */ of) => (of.reduce((sum, x) => sum + x, 0) / of.length).toPrecision(4)
        const returns = records.evaluations.theta_0.pools.evaluation.streams[0].returns
        const mixes =
          world?.setState && world.mixes ? 'states can be mixed' : 'states cannot be set: explained and retrained without mixed episodes'
        return `tasks of ${world?.taskNames.join(', ')}; ${world?.deterministic ? 'deterministic' : 'not deterministic'}; ${mixes}; mean return ${mean(returns.flat())}`
      })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A run of every stage, as small as can be. */
const small = (/** @type {string} */ name, /** @type {number} */ episodes, /** @type {number} */ iterations) =>
  /** @type {import('../../dist/index.js').WrittenSpec} */ ({
    environment: `gymnasium:published:${name}`,
    tasks: { training: 4, evaluation: 4, heldOut: 3 },
    policy: { hidden: [8] },
    train: { phases: [{ iterations, metaBatchSize: 2, supportEpisodes: episodes, queryEpisodes: episodes }], monitorEvery: iterations },
    evaluate: { adaptations: 1, supportEpisodes: episodes, queryEpisodes: 2, upToSteps: 2 },
    explain: { episodes: Math.max(4, episodes), allowUnreliable: true },
    augment: { sets: 2, episodes: 2, supportEpisodes: episodes, horizon: 20 },
    retrain: {
      arms: ['xmrl', 'maml'],
      extraSteps: 4000,
      metaBatchSize: 2,
      supportEpisodes: episodes,
      queryEpisodes: Math.max(2, episodes),
      reptileStep: null,
      dose: null
    }
  })

await main(async () => {
  const program = await python()
  process.env.XMRL_PYTHON = program
  await (options.published ? published() : speed(program))
})
