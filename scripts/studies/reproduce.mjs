// `npm run reproduce -- <name>…`: every table and picture of docs/results/<name> from the committed record docs/results/<name>.json
// alone; fails where a committed file differs. Without a name: all of them. `--write` replaces what differs.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildTypes, installPackages } from '../setup/build.mjs'
import { commandLine, main, root, run, StepFailed } from '../setup/terminal.mjs'

const FOLDER = join(root, 'docs', 'results')
/** Other records (of tuning, of validation) may lie there too. */
const isTable = (file) => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')).seeds?.[0]?.theta_0 !== undefined

await main(async () => {
  const known = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.json') && isTable(file))
    .map((file) => file.slice(0, -'.json'.length))
  const { values, positionals: given } = commandLine({ write: { type: 'boolean', default: false } }, { positionals: true })
  const unknown = given.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new StepFailed(`docs/results has no record of a table ${unknown}; there are ${known.join(', ')}`)
  await installPackages()
  await buildTypes()
  const records = (given.length > 0 ? given : known).map((name) => join(FOLDER, `${name}.json`))
  const flags = values.write ? ['--write'] : []
  await run(process.execPath, [join(root, 'dist', 'cli', 'main.js'), 'reproduce', ...records, ...flags], { show: true })
})
