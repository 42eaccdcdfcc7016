// `npm run study:drone`: every arm on ten seeds of drone-planar (about 20 minutes on 2 idle cores; resumes where it stopped), then
// docs/results/drone-planar.json (small record) and docs/results.md (tables made from the records alone).
// `npm run reproduce` makes the tables and pictures of each record.
// Another study: node scripts/study.mjs --seeds 10..19 --arms xmrl,maml,maml-null --record drone-planar-fresh
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { main, setUp } from './setup.mjs'
import { root, StepFailed } from './terminal.mjs'

const option = (name, fallback) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : process.argv[at + 1]
}
const SEEDS = option('seeds', '0..9')
const ARMS = option('arms', 'xmrl,maml,maml-null,ma,oracle,random').split(',')
const NAME = option('record', 'drone-planar')
const OUT = process.env.XMRL_STUDY_DIR ?? join(root, 'runs', `study-${NAME}`)
const FOLDER = join(root, 'docs', 'results')
const WHAT = ['table', 'drone-planar', '--seeds', SEEDS, '--arms', ARMS.join(','), '--set', 'explain.allowUnreliable=true']

function runAll() {
  const args = [...WHAT, '--out', OUT]
  if (existsSync(join(OUT, 'resolved.json'))) args.push('--resume')
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], { cwd: root, stdio: 'inherit' })
  process.on('SIGINT', () => {})
  return new Promise((resolve, reject) =>
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new StepFailed(`the run ended with exit code ${code}; run this again to go on`))
    )
  )
}

/** Arms in the order of tables. */
const ORDER = ['xmrl', 'maml', 'maml-null', 'ma', 'oracle', 'random']

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The small record: what every table needs, nothing else. */
async function summarise() {
  const [{ loadRun, writeFileAtomic }, { studyOf }] = await Promise.all([import('../dist/run/index.js'), import('../dist/report/index.js')])
  const record = studyOf(await loadRun(OUT), `npx xmrl ${WHAT.join(' ')}`)
  writeFileAtomic(join(FOLDER, `${NAME}.json`), `${JSON.stringify(record)}\n`)
}

const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
const interval = ({ gain, low, high }) => `${signed(gain)} [${signed(low)}, ${signed(high)}]${low <= 0 && high >= 0 ? ' not shown' : ''}`

/** Paired intervals over the seeds of one or several records. */
async function statistics(seeds) {
  const { pairedBootstrap } = await import('../dist/select/index.js')
  const POOLS = { both: ['evaluation', 'held-out'], evaluation: ['evaluation'], 'held-out': ['held-out'] }
  const member = {
    poor: (seed, pool, task) => seed.poor[pool].includes(task),
    other: (seed, pool, task) => !seed.poor[pool].includes(task),
    all: () => true
  }
  const values = (seed, arm, pools, group) =>
    POOLS[pools].flatMap((pool) =>
      (arm === 'theta_0' ? seed.theta_0 : seed.arms[arm])[pool].success.filter((_, task) => member[group](seed, pool, task))
    )
  /** arm minus the mean of the references. */
  const against = (arm, references, pools, group, list = seeds) =>
    interval(
      pairedBootstrap(
        list.map((seed) => {
          const others = references.map((reference) => values(seed, reference, pools, group))
          return values(seed, arm, pools, group).map((value, i) => value - mean(others.map((other) => other[i])))
        })
      )
    )
  return { values, against, average: (arm, pools, group) => mean(seeds.map((seed) => mean(values(seed, arm, pools, group)))) }
}

const COLUMNS = [
  ['both', 'poor'],
  ['evaluation', 'poor'],
  ['held-out', 'poor'],
  ['both', 'other']
]

/** The tables of one study. */
async function section(name, { seeds, command, commit, machine }) {
  const { values, against, average } = await statistics(seeds)
  const arms = Object.keys(seeds[0].arms).sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
  const gains = (arm, references, label = arm) =>
    `| ${label} | ${COLUMNS.map(([pools, group]) => against(arm, references, pools, group)).join(' | ')} |`
  const spent = (arm) => {
    const of = (key) => (mean(seeds.map((seed) => seed.arms[arm][key])) / 1e6).toFixed(2)
    return `${arm} ${of('steps')}${Number(of('charged')) > 0 ? ` + ${of('charged')} charged` : ''}`
  }
  const perSeed = (seed) => {
    const covered = ['evaluation', 'held-out'].flatMap((pool) =>
      seed.theta_0[pool].success.filter((_, task) => !seed.rare[pool].includes(task))
    )
    const { explanation, rankCorrelation } = seed
    return `| ${[
      seed.seed,
      mean(values(seed, 'theta_0', 'both', 'all')).toFixed(3),
      mean(covered).toFixed(3),
      mean(values(seed, 'theta_0', 'both', 'poor')).toFixed(3),
      against('xmrl', ['maml'], 'both', 'poor', [seed]),
      against('maml-null', ['maml'], 'both', 'poor', [seed]),
      `${explanation.splitHalfSpearman.toFixed(2)}${explanation.fallback ? ' (fallback)' : ''}`,
      explanation.critical,
      explanation.weightOnRare.toFixed(2),
      rankCorrelation.evaluation.toFixed(2)
    ].join(' | ')} |`
  }
  return [
    `## ${name}: seeds ${seeds[0].seed} to ${seeds.at(-1).seed}`,
    '',
    `Commit \`${commit.slice(0, 12)}\`, ${machine.cpu}, ${machine.cores} cores. \`${command}\``,
    '',
    `[All tables](results/${name}/table.md), also as [LaTeX](results/${name}/table.tex) and [CSV](results/${name}/table.csv), with pictures beside them: \`npm run reproduce -- ${name}\`.`,
    '',
    `Million extra steps: ${arms.map(spent).join(', ')}.`,
    '',
    '| success over continued MAML | poor, both pools | poor, evaluation | poor, held-out | other tasks, both pools |',
    '| --- | --- | --- | --- | --- |',
    ...arms.filter((arm) => arm !== 'maml').map((arm) => gains(arm, ['maml'])),
    gains('xmrl', ['maml', 'maml-null'], '**xmrl over the mean of both MAML runs**'),
    '',
    '| success | poor, evaluation | poor, held-out | other, evaluation | other, held-out | all, both |',
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
          .map(([pools, group]) => average(arm, pools, group).toFixed(3))
          .join(' | ')} |`
    ),
    '',
    '| seed | theta_0, all | covered side | poor | xmrl − maml, poor | maml-null − maml, poor | split-half | critical | weight on the rare 10 % | rank correlation |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...seeds.map(perSeed),
    ''
  ]
}

/** docs/results.md from the records alone. */
async function write() {
  const names = readdirSync(FOLDER)
    .filter((name) => !name.includes('tuning')) // seeds of tuning are no result
    .filter((file) => file.endsWith('.json'))
    .sort()
  const records = names
    .map((file) => [file.slice(0, -5), JSON.parse(readFileSync(join(FOLDER, file), 'utf8'))])
    .filter(([, { environment, seeds }]) => (environment ?? 'drone-planar') === 'drone-planar' && seeds?.[0]?.theta_0 !== undefined)
  const all = records.flatMap(([, record]) => record.seeds)
  const { against } = await statistics(all)
  const line = (label, arm, references) =>
    `| ${label} | ${COLUMNS.map(([pools, group]) => against(arm, references, pools, group)).join(' | ')} |`
  const lines = [
    '# Results',
    '',
    `Made by \`node scripts/study.mjs --tables\` from the records in [results/](results); do not edit.`,
    '',
    '`drone-planar` (imbalanced training tasks). Every arm starts from the same theta_0 and spends the same extra environment steps;',
    'what explaining and augmenting took is charged to `xmrl`. Poor tasks were found on two evaluation streams; every figure is from a',
    'third, fresh one that all arms share. Intervals: 95 % paired bootstrap over seeds, then tasks; one that holds 0 is "not shown".',
    '`maml-null` is continued MAML again with other random numbers: what it differs by is what nothing differs by, so the fair',
    'reference is the mean of the two MAML runs. Single seeds differ widely: where MAML already repairs the poor tasks XMRL adds nothing.',
    '',
    `## All ${all.length} seeds`,
    '',
    '| success | poor, both pools | poor, evaluation | poor, held-out | other tasks, both pools |',
    '| --- | --- | --- | --- | --- |',
    line('**xmrl over the mean of both MAML runs**', 'xmrl', ['maml', 'maml-null']),
    line('xmrl over maml', 'xmrl', ['maml']),
    line('maml-null over maml', 'maml-null', ['maml']),
    '',
    ...(await Promise.all(records.map(([name, record]) => section(name, record)))).flat()
  ]
  writeFileSync(join(root, 'docs', 'results.md'), lines.join('\n'))
  process.stdout.write(`${lines.join('\n')}\n`)
}

await main(async () => {
  // --tables: docs/results.md from the records; --summarise: the record from the run directory, too; neither: everything.
  const [tables, summary] = ['--tables', '--summarise'].map((flag) => process.argv.includes(flag))
  if (!tables && !summary) {
    await setUp()
    await runAll()
  }
  if (!tables) await summarise()
  await write()
})
