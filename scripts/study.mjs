// `npm run study:drone`: every arm on ten seeds of drone-planar (about 25 minutes on 2 cores; resumes where it stopped), then
// docs/results/drone-planar.json (small record) and docs/results.md (tables made from it alone).
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main, setUp } from './setup.mjs'
import { root, StepFailed } from './terminal.mjs'

const OUT = process.env.XMRL_STUDY_DIR ?? join(root, 'runs', 'study-drone')
const SEEDS = '0..9'
const ARMS = ['xmrl', 'maml', 'maml-null', 'ma', 'oracle', 'random']
const RECORD = join(root, 'docs', 'results', 'drone-planar.json')
const COMMAND = `npx xmrl run drone-planar --seeds ${SEEDS} --set retrain.arms=[${ARMS.join(',')}] --set explain.allowUnreliable=true`

function runAll() {
  const args = [
    'run',
    'drone-planar',
    '--seeds',
    SEEDS,
    '--set',
    `retrain.arms=[${ARMS.join(',')}]`,
    '--set',
    'explain.allowUnreliable=true',
    '--out',
    OUT
  ]
  if (existsSync(join(OUT, 'resolved.json'))) args.push('--resume')
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], { cwd: root, stdio: 'inherit' })
  process.on('SIGINT', () => {})
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new StepFailed(`the run ended with exit code ${code}; run this again to go on`))
    )
  )
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const round = (value) => Math.round(value * 1e4) / 1e4

/** The small record: what every table needs, nothing else. */
async function summarise() {
  const { loadRun } = await import('../dist/run/index.js')
  const run = await loadRun(OUT)
  const fresh = (record, pool) => record.pools[pool].streams.at(-1)
  // A study that was stopped is summarised over the seeds that have every arm.
  const complete = run.seeds.filter(({ records }) => ARMS.every((arm) => records.arms[arm] && records.evaluations[arm]))
  const seeds = complete.map(({ seed, records }) => {
    const { tasks, poor, explanation, augmentation, evaluations, arms } = records
    const rare = tasks.pools.training.rare
    const scores = (record) =>
      Object.fromEntries(
        ['evaluation', 'held-out'].map((pool) => [
          pool,
          { success: fresh(record, pool).success.map(round), returns: fresh(record, pool).returns.map(round) }
        ])
      )
    return {
      seed,
      rare: Object.fromEntries(
        ['evaluation', 'held-out'].map((pool) => [pool, tasks.pools[pool].rare.flatMap((is, task) => (is ? [task] : []))])
      ),
      poor: { evaluation: poor.evaluation, 'held-out': poor['held-out'] },
      rankCorrelation: poor.rankCorrelation,
      explanation: {
        splitHalfSpearman: round(explanation.splitHalfSpearman),
        critical: explanation.critical.length,
        fallback: explanation.fallback,
        weightOnRare: round(explanation.weights.reduce((sum, weight, task) => sum + (rare[task] ? weight : 0), 0)),
        steps: explanation.envSteps
      },
      cmi: {
        value: round(augmentation.cmi),
        standardError: round(augmentation.standardError),
        null: augmentation.null,
        steps: augmentation.envSteps
      },
      theta_0: scores(evaluations.theta_0),
      arms: Object.fromEntries(
        Object.entries(arms).map(([arm, record]) => [
          arm,
          { steps: record.extraSteps, charged: record.chargedSteps, ...scores(evaluations[arm]) }
        ])
      )
    }
  })
  const { commit, machine } = run.manifest
  mkdirSync(join(root, 'docs', 'results'), { recursive: true })
  const record = { command: COMMAND, commit, machine, specHash: run.experiment.hash, seeds }
  writeFileSync(RECORD, `${JSON.stringify(record)}\n`)
}

const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
const interval = ({ gain, low, high }) => `${signed(gain)} [${signed(low)}, ${signed(high)}]${low <= 0 && high >= 0 ? ' not shown' : ''}`

/** docs/results.md from the record alone. */
async function write() {
  const { pairedBootstrap } = await import('../dist/select/index.js')
  const record = JSON.parse(readFileSync(RECORD, 'utf8'))
  const { seeds } = record
  const POOLS = { both: ['evaluation', 'held-out'], evaluation: ['evaluation'], 'held-out': ['held-out'] }
  const member = {
    poor: (seed, pool, task) => seed.poor[pool].includes(task),
    other: (seed, pool, task) => !seed.poor[pool].includes(task),
    all: () => true
  }
  const values = (seed, arm, pools, group) =>
    pools.flatMap((pool) =>
      (arm === 'theta_0' ? seed.theta_0 : seed.arms[arm])[pool].success.filter((_, task) => member[group](seed, pool, task))
    )
  const against = (arm, other, pools, group, list = seeds) =>
    pairedBootstrap(
      list.map((seed) => values(seed, arm, POOLS[pools], group).map((value, i) => value - values(seed, other, POOLS[pools], group)[i]))
    )
  const againstBoth = (arm) =>
    pairedBootstrap(
      seeds.map((seed) => {
        const of = (which) => values(seed, which, POOLS.both, 'poor')
        const [first, second] = [of('maml'), of('maml-null')]
        return of(arm).map((value, i) => value - (first[i] + second[i]) / 2)
      })
    )
  const average = (arm, pools, group) => mean(seeds.map((seed) => mean(values(seed, arm, POOLS[pools], group))))
  const arms = ARMS.filter((arm) => arm in seeds[0].arms)
  const lines = [
    '# Results',
    '',
    'Made by `npm run study:drone` from [results/drone-planar.json](results/drone-planar.json); do not edit.',
    '',
    `${seeds.length} seeds of \`drone-planar\` (imbalanced training tasks), commit \`${record.commit.slice(0, 12)}\`, ${record.machine.cpu}, ${record.machine.cores} cores.`,
    `Command: \`${record.command}\`.`,
    '',
    'Every arm starts from the same theta_0 and spends the same extra environment steps; what explaining and augmenting took is charged',
    'to `xmrl`. Poor tasks were found on two evaluation streams; every figure below is from a third, fresh one that all arms share.',
    'Intervals: 95 % paired bootstrap over seeds, then tasks. An interval that holds 0 is "not shown".',
    '',
    '## Gain over continued MAML (success)',
    '',
    '| arm | poor, both pools | poor, evaluation | poor, held-out | non-poor, both pools | M steps + charged |',
    '| --- | --- | --- | --- | --- | --- |',
    ...arms
      .filter((arm) => arm !== 'maml')
      .map((arm) => {
        const steps = mean(seeds.map((seed) => seed.arms[arm].steps)) / 1e6
        const charged = mean(seeds.map((seed) => seed.arms[arm].charged)) / 1e6
        return `| ${arm} | ${interval(against(arm, 'maml', 'both', 'poor'))} | ${interval(against(arm, 'maml', 'evaluation', 'poor'))} | ${interval(against(arm, 'maml', 'held-out', 'poor'))} | ${interval(against(arm, 'maml', 'both', 'other'))} | ${steps.toFixed(2)} + ${charged.toFixed(2)} |`
      }),
    '',
    '`maml-null` is the same continued training with other random numbers: what it differs by is what nothing differs by. So the',
    'fair reference is both runs together. `xmrl` on the poor tasks of both pools against',
    `\`maml\`: ${interval(against('xmrl', 'maml', 'both', 'poor'))}; against \`maml-null\`: ${interval(against('xmrl', 'maml-null', 'both', 'poor'))};`,
    `against the mean of the two: **${interval(againstBoth('xmrl'))}** (oracle: ${interval(againstBoth('oracle'))}; ma: ${interval(againstBoth('ma'))}; random: ${interval(againstBoth('random'))}).`,
    '',
    '## Success before and after',
    '',
    '| arm | poor, evaluation | poor, held-out | non-poor, evaluation | non-poor, held-out | all, both |',
    '| --- | --- | --- | --- | --- | --- |',
    ...['theta_0', ...arms].map(
      (arm) =>
        `| ${arm} | ${[
          ['evaluation', 'poor'],
          ['held-out', 'poor'],
          ['evaluation', 'other'],
          ['held-out', 'other'],
          ['both', 'all']
        ]
          .map(([pool, group]) => average(arm, pool, group).toFixed(3))
          .join(' | ')} |`
    ),
    '',
    '## Each seed: xmrl − maml on the poor tasks of both pools, and what was explained',
    '',
    '| seed | theta_0 all | covered side | poor | xmrl − maml | maml-null − maml | split-half | critical | weight on the 10 % rare | rank correlation |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...seeds.map((seed) => {
      const covered = ['evaluation', 'held-out'].flatMap((pool) =>
        seed.theta_0[pool].success.filter((_, task) => !seed.rare[pool].includes(task))
      )
      const single = (arm) => interval(against(arm, 'maml', 'both', 'poor', [seed]))
      return `| ${seed.seed} | ${mean(values(seed, 'theta_0', POOLS.both, 'all')).toFixed(3)} | ${mean(covered).toFixed(3)} | ${mean(values(seed, 'theta_0', POOLS.both, 'poor')).toFixed(3)} | ${single('xmrl')} | ${single('maml-null')} | ${seed.explanation.splitHalfSpearman.toFixed(2)}${seed.explanation.fallback ? ' (fallback)' : ''} | ${seed.explanation.critical} | ${seed.explanation.weightOnRare.toFixed(2)} | ${seed.rankCorrelation.evaluation.toFixed(2)} |`
    }),
    ''
  ]
  writeFileSync(join(root, 'docs', 'results.md'), lines.join('\n'))
  process.stdout.write(`${lines.join('\n')}\n`)
}

await main(async () => {
  // --tables: docs/results.md from the record; --summarise: the record from the run directory, too; neither: everything.
  const [tables, summary] = ['--tables', '--summarise'].map((flag) => process.argv.includes(flag))
  if (!tables && !summary) {
    await setUp()
    await runAll()
  }
  if (!tables) await summarise()
  await write()
})
