// `npm run study -- <name>`: flies a study of scripts/studies/list.mjs (resumes where it stopped), writes its small record to
// docs/results/<name>.json and its tables and pictures beside it. `npm run study` lists them, with their commands.
// `npm run study -- --pool <record> <record>…`: gains over both continued MAML runs, all seeds of those records together.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildTypes, installPackages } from '../setup/build.mjs'
import { setUp } from '../setup/setup.mjs'
import { commandLine, follow, main, root, StepFailed } from '../setup/terminal.mjs'
import { studies } from './list.mjs'

const FOLDER = join(root, 'docs', 'results')
const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text}'`)

/** Runs `xmrl` with its output shown. */
async function xmrl(args) {
  const code = await follow([join(root, 'dist', 'cli', 'main.js'), ...args])
  if (code !== 0) throw new StepFailed(`it ended with exit code ${code}; run this again to go on`)
}

async function fly(name) {
  const study = studies[name]
  if (study === undefined) throw new StepFailed(`no study ${name}; there are ${Object.keys(studies).join(', ')}`)
  const out = join(process.env.XMRL_STUDY_DIR ?? join(root, 'runs'), `study-${name}`)
  const record = join(FOLDER, `${name}.json`)
  const resume = existsSync(join(out, 'resolved.json')) ? ['--resume'] : []
  const table = (more) => xmrl(['table', ...study.args, '--out', out, '--record', record, ...more])
  await table(resume)
  if (study.validate !== undefined) {
    await xmrl(['explain', out, '--validate', '--jobs', '2', ...study.validate.flatMap((value) => ['--set', `explain.validate.${value}`])])
    // Nothing is left to fly: the record takes in what the validation found.
    await table(['--resume'])
  }
  await xmrl(['reproduce', record, '--write'])
}

/** Paired gains over the mean of `maml` and `maml-null`, by arm, all seeds of several records together. */
async function pool(names) {
  const { buildTable, scoresOfStudy } = await import('../../dist/index.js')
  const missing = names.find((name) => !existsSync(join(FOLDER, `${name}.json`)))
  if (names.length === 0 || missing !== undefined) throw new StepFailed(`docs/results has no record ${missing ?? '(none was named)'}`)
  const records = names.map((name) => JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')))
  const seeds = records.flatMap(scoresOfStudy)
  const shared = Object.keys(seeds[0].arms).filter((arm) => seeds.every((seed) => arm in seed.arms))
  const only = (of) => Object.fromEntries(shared.map((arm) => [arm, of[arm]]))
  const table = buildTable(seeds.map(({ bySteps: _, ...seed }) => ({ ...seed, arms: only(seed.arms), steps: only(seed.steps) })))
  const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
  process.stdout.write(`${seeds.length} seeds of ${names.join(', ')}\n`)
  for (const { arm, pool: where, group, gain, low, high } of table.overBoth) {
    const shown = low > 0 || high < 0 ? '' : ' not shown'
    process.stdout.write(
      `${arm.padEnd(14)} ${group.padEnd(6)} ${where.padEnd(11)} ${signed(gain)} [${signed(low)}, ${signed(high)}]${shown}\n`
    )
  }
}

await main(async () => {
  const { values, positionals: names } = commandLine({ pool: { type: 'boolean', default: false } }, { positionals: true })
  if (names.length === 0 && !values.pool) {
    for (const [name, { what, args }] of Object.entries(studies))
      process.stdout.write(`${name}: ${what}\n  npx xmrl table ${args.map(quoted).join(' ')}\n`)
    return
  }
  if (values.pool) {
    // Records alone: nothing is flown, so nothing native is needed.
    await installPackages()
    await buildTypes()
    await pool(names)
    return
  }
  await setUp()
  for (const name of names) await fly(name)
})
