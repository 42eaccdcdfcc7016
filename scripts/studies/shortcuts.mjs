// `npm run study:shortcuts`: does a shortcut of the learner change what is learned? Trains the same tasks from the same five seeds
// with and without each, then writes docs/learning/shortcuts.json and the table docs/learning/shortcuts.md. Finished runs are
// kept in runs/shortcuts.json, so that an interrupted study goes on. Another size: --seeds 0..4 --only drone-planar
// `npm run study:preconditioner` (--study preconditioner) does the same of ten plain conjugate-gradient steps on all rows, five, and two
// preconditioned ones, from ten seeds, and writes docs/learning/preconditioner.json and .md.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from '../setup/setup.mjs'
import { commandLine, main, root } from '../setup/terminal.mjs'

const { values: options } = commandLine({
  study: { type: 'string', default: 'shortcuts' },
  seeds: { type: 'string' },
  only: { type: 'string' }
})
const { study } = options
if (!['shortcuts', 'preconditioner'].includes(study)) throw new Error(`--study ${study}: give shortcuts or preconditioner`)
const [first, last] = (options.seeds ?? (study === 'shortcuts' ? '0..4' : '0..9')).split('..').map(Number)
const SEEDS = Array.from({ length: last - first + 1 }, (_, i) => first + i)
if (!(SEEDS.length >= 2 && SEEDS.length <= 10)) throw new Error('give 2 to 10 seeds, such as --seeds 0..4')
const ALL = 1_000_000
const rows = (support, query) => [`trpo.curvatureSupportRows=${support}`, `trpo.curvatureQueryRows=${query}`]

/** Curvature on `few` and `fewer` rows a task, rows in float32, both: each beside the plain way. */
const arms = (few, fewer) => ({
  exact: ['learner.dtype=float64', ...rows(ALL, ALL)],
  [`curvature on ${few.join(' + ')} rows`]: ['learner.dtype=float64', ...rows(...few)],
  [`curvature on ${fewer.join(' + ')} rows`]: ['learner.dtype=float64', ...rows(...fewer)],
  'rows in float32': ['learner.dtype=float32', ...rows(ALL, ALL)],
  [`float32, ${few.join(' + ')} rows`]: ['learner.dtype=float32', ...rows(...few)]
})
/** What is trained, with the preset's own trust region and damping: short enough for five seeds, long enough to learn. */
const SHORTCUTS = {
  'drone-planar': {
    iterations: 80,
    metaBatchSize: 24,
    supportEpisodes: 40,
    queryEpisodes: 20,
    maxKl: 0.01,
    arms: arms([120, 100], [30, 25])
  },
  'cheetah-vel/gym': {
    iterations: 40,
    metaBatchSize: 16,
    supportEpisodes: 10,
    queryEpisodes: 10,
    maxKl: 0.06,
    arms: arms([200, 200], [50, 50])
  }
}

const body = SHORTCUTS['cheetah-vel/gym']
const PRECONDITIONER = {
  'cheetah-vel/gym': {
    ...body,
    iterations: 100,
    arms: {
      'ten plain steps': ['learner.dtype=float32', ...rows(ALL, ALL)],
      'two preconditioned steps': [
        ...['learner.dtype=float32', ...rows(ALL, ALL)],
        ...['trpo.cgIterations=2', 'trpo.preconditioner={rank: 20, rows: 50}']
      ],
      'two preconditioned steps, damping .05': [
        ...['learner.dtype=float32', ...rows(ALL, ALL)],
        ...['trpo.cgIterations=2', 'trpo.preconditioner={rank: 20, rows: 50}', 'trpo.damping=.05']
      ],
      'five plain steps': ['learner.dtype=float32', ...rows(ALL, ALL), 'trpo.cgIterations=5']
    }
  }
}
const PROBLEMS = study === 'shortcuts' ? SHORTCUTS : PRECONDITIONER

const KEPT = join(root, 'runs', `${study}.json`)
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const round = (value) => Math.round(value * 1e3) / 1e3
/** Two-sided 95 % quantiles of Student's t for 1 to 9 degrees of freedom. */
const T = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
const half = (values) => {
  const m = mean(values)
  const variance = values.reduce((sum, value) => sum + (value - m) ** 2, 0) / (values.length - 1)
  return T[values.length - 2] * Math.sqrt(variance / values.length)
}

async function train(preset, problem, sets, seed) {
  const { applyOverrides, defineExperiment, Learner, sampleTasks } = await import('../../dist/index.js')
  const { spec } = defineExperiment(applyOverrides({ environment: preset }, sets))
  const tasks = sampleTasks(preset, 'training', seed, problem.metaBatchSize).values
  const heldOut = sampleTasks(preset, 'heldOut', seed, 20).values
  const learner = new Learner(spec, seed, { device: 'cpu' })
  const curve = []
  let seconds = 0
  try {
    for (let iteration = 0; iteration < problem.iterations; iteration++) {
      const { supportEpisodes, queryEpisodes, maxKl } = problem
      const step = { stream: 0, iteration, tasks, supportEpisodes, queryEpisodes, maxKl, monitor: false }
      const stats = await learner.metaStep(step)
      curve.push(round(stats.returnAfter))
      seconds += stats.seconds.whole
    }
    return { curve, heldOut: round(mean((await learner.evaluate(heldOut, 3)).returns)), seconds: round(seconds) }
  } finally {
    await learner.dispose()
  }
}

/** Mean of the last tenth of a curve. */
const end = ({ curve }) => mean(curve.slice(-Math.ceil(curve.length / 10)))

function table(done) {
  const lines = []
  for (const preset of Object.keys(done)) {
    const [reference] = Object.keys(PROBLEMS[preset].arms)
    lines.push(`## ${preset}`, '', `| learner | last tenth of training | held-out tasks | paired with ${reference} | s an iteration |`)
    lines.push('| --- | --- | --- | --- | --- |')
    for (const [arm, runs] of Object.entries(done[preset])) {
      const list = SEEDS.filter((seed) => runs[seed]).map((seed) => runs[seed])
      const exact = SEEDS.filter((seed) => runs[seed]).map((seed) => done[preset][reference][seed])
      const difference = list.map((run, i) => run.heldOut - exact[i].heldOut)
      const interval = (values) => `${mean(values).toFixed(2)} ± ${half(values).toFixed(2)}`
      const paired = arm === reference ? '' : interval(difference)
      const pace = mean(list.map((run) => run.seconds / run.curve.length)).toFixed(3)
      lines.push(`| ${arm} | ${interval(list.map(end))} | ${interval(list.map((run) => run.heldOut))} | ${paired} | ${pace} |`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

await main(async () => {
  await setUp()
  const done = existsSync(KEPT) ? JSON.parse(readFileSync(KEPT, 'utf8')) : {}
  mkdirSync(join(root, 'runs'), { recursive: true })
  const { only } = options
  for (const [preset, problem] of Object.entries(PROBLEMS).filter(([name]) => only === undefined || name === only)) {
    for (const seed of SEEDS) {
      for (const [arm, sets] of Object.entries(problem.arms)) {
        done[preset] ??= {}
        done[preset][arm] ??= {}
        if (done[preset][arm][seed]) continue
        done[preset][arm][seed] = await train(preset, problem, sets, seed)
        writeFileSync(`${KEPT}.new`, JSON.stringify(done))
        renameSync(`${KEPT}.new`, KEPT)
        console.log(preset, seed, arm, done[preset][arm][seed].heldOut)
      }
    }
  }
  const folder = join(root, 'docs', 'learning')
  mkdirSync(folder, { recursive: true })
  const given = process.argv.slice(2).filter((argument) => argument !== '--study' && argument !== study)
  const command = [`npm run study:${study}`, ...(given.length > 0 ? ['--', ...given] : [])].join(' ')
  const record = { command, seeds: SEEDS, problems: PROBLEMS, runs: done }
  writeFileSync(join(folder, `${study}.json`), `${JSON.stringify(record)}\n`)
  const head = [
    study === 'shortcuts' ? '# Shortcuts of the learner' : '# Conjugate gradients with a preconditioner',
    '',
    `Made by \`npm run study:${study}\` from [${study}.json](${study}.json). Adapted return, mean over seeds ± half of its 95 %`,
    `interval (Student's t, ${SEEDS.length} seeds); the same tasks, seeds and random numbers in every row.`,
    ''
  ]
  writeFileSync(join(folder, `${study}.md`), `${head.join('\n')}\n${table(done)}`)
})
