// `npm run study:reference -- cheetah-vel/maml`: MAML alone on a body, long enough to stand beside its authors' figures. Trains,
// measures before and after 1 to 3 adaptation steps (resumes where it stopped), then writes the small record
// docs/reference/<name>.json with the learning curve and the policy docs/reference/<name>.safetensors.
//   --set key=value   changes the recipe (repeatable)          --name <name>   of the record (the preset's)
//   --out <dir>       the run directory                        --record-only   writes the record of a finished run
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setUp } from '../setup/setup.mjs'
import { commandLine, follow, main, root, StepFailed } from '../setup/terminal.mjs'

const { values: options, positionals } = commandLine(
  {
    set: { type: 'string', multiple: true, default: [] },
    name: { type: 'string' },
    out: { type: 'string' },
    'record-only': { type: 'boolean', default: false }
  },
  { positionals: true }
)
const [preset] = positionals
const name = options.name ?? preset?.replace('/', '-')
const out = resolve(options.out ?? join(root, 'runs', `reference-${name}`))
const sets = options.set
const folder = join(root, 'docs', 'reference')

async function run() {
  const args = ['run', preset, '--until', 'evaluate', '--out', out, ...sets.flatMap((value) => ['--set', value])]
  if (existsSync(join(out, 'resolved.json'))) args.push('--resume')
  const code = await follow([join(root, 'dist', 'cli', 'main.js'), ...args])
  if (code !== 0) throw new StepFailed(`the run ended with exit code ${code}; run this again to go on`)
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
const round = (value, digits = 2) => Number(value.toFixed(digits))
const lines = (folder, file) =>
  readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Pearson's correlation. */
function correlation(x, y) {
  const [a, b] = [mean(x), mean(y)]
  const sum = (of) => x.reduce((total, _, i) => total + of(x[i] - a, y[i] - b), 0)
  return sum((u, v) => u * v) / Math.sqrt(sum((u) => u * u) * sum((_, v) => v * v))
}

async function summarise() {
  const { loadRun } = await import('../../dist/index.js')
  const loaded = await loadRun(out)
  const [{ path, records }] = loaded.seeds
  const evaluation = records.evaluations.theta_0
  const fresh = (pool) => evaluation.pools[pool].streams.at(-1).returns
  const successes = (pool) => evaluation.pools[pool].streams.at(-1).success
  const values = (pool) => records.tasks.pools[pool].values
  const pool = (which) => {
    const returns = fresh(which)
    const worst = [...returns].sort((a, b) => a - b).slice(0, Math.round(returns.length / 5))
    const success = successes(which)
    return {
      mean: round(mean(returns)),
      worstFifth: round(mean(worst)),
      ...(success && { success: round(mean(success), 4), solvedAlways: success.filter((share) => share === 1).length / success.length }),
      // A task of several numbers has no one goal to hold its return against.
      ...(values(which)[0].length === 1 && {
        correlationWithGoal: round(
          correlation(
            values(which).map(([goal]) => goal),
            returns
          )
        )
      })
    }
  }
  const training = lines(path, 'metrics.jsonl').filter((line) => line.stage === 'train')
  // Iterations that a crash made the run repeat are timed twice; the last time is the one that counts.
  const timed = lines(path, 'timing.jsonl').filter((line) => line.stage === 'train')
  const seconds = [...new Map(timed.map((line) => [line.iteration, line])).values()]
  if (training.length === 0) throw new StepFailed('the run has no training iteration to summarise: give it at least one phase')
  const every = Math.max(1, Math.round(training.length / 100))
  const record = {
    preset,
    command: `npm run study:reference -- ${preset}${sets.map((value) => ` --set '${value}'`).join('')}`,
    commit: loaded.manifest.commit,
    threads: loaded.manifest.threads,
    seed: loaded.seeds[0].seed,
    iterations: training.length,
    envSteps: training.at(-1).envSteps,
    secondsOfTraining: round(
      seconds.reduce((sum, line) => sum + line.seconds, 0),
      0
    ),
    returnsBySteps: Object.fromEntries(evaluation.bySteps.map((entry) => [entry.adaptationSteps, round(mean(entry.returns))])),
    ...(evaluation.bySteps[0]?.success && {
      successBySteps: Object.fromEntries(evaluation.bySteps.map((entry) => [entry.adaptationSteps, round(mean(entry.success), 4)]))
    }),
    pools: { evaluation: pool('evaluation'), heldOut: pool('heldOut') },
    curve: training
      .filter((_, i) => i % every === 0 || i === training.length - 1)
      .map(({ envSteps, returnBefore, returnAfter, successAfter }) => ({
        ...{ envSteps, before: round(returnBefore), after: round(returnAfter) },
        ...(successAfter !== undefined && { successAfter: round(successAfter, 4) })
      }))
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(record, null, 1)}\n`)
  const checkpoint = readdirSync(join(path, 'checkpoints')).find((entry) => entry === `train-${training.length}`)
  copyFileSync(join(path, 'checkpoints', checkpoint, 'weights.safetensors'), join(folder, `${name}.safetensors`))
  const { curve: _, ...shown } = record
  console.log(JSON.stringify(shown, null, 1))
}

await main(async () => {
  if (preset === undefined) throw new StepFailed('name a preset, such as cheetah-vel/maml')
  if (!options['record-only']) {
    await setUp()
    await run()
  }
  await summarise()
})
