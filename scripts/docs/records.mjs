// `npm run docs:records`: writes the tables of docs/records.md from the schemas in ts/records and the comments above their keys.
// A table stands between `<!-- keys of <schema> -->` and `<!-- end -->`; the rest of the page is written by hand.
//   --check   writes nothing; exit code 1 if the page would change
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandLine, main, root, StepFailed } from '../setup/terminal.mjs'
import { Schemas } from './schemas.mjs'

const PAGE = join(root, 'docs', 'records.md')

/** The page as it is, and as the schemas have it. */
function pages() {
  const page = readFileSync(PAGE, 'utf8')
  const schemas = new Schemas(['records', 'spec'].map((room) => join(root, 'ts', room)))
  const made = page.replace(/(<!-- keys of (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin, name, end) => {
    const { rows } = schemas.rows(name)
    const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|')
    const lines = rows.map(([key, type, text]) => `| \`${key}\` | ${cell(type)} | ${cell(text)} |`)
    return `${begin}| key | holds | |\n| --- | --- | --- |\n${lines.join('\n')}\n${end}`
  })
  return { page, made }
}

/** Fails where docs/records.md is not what the schemas say. */
export function checkRecords() {
  const { page, made } = pages()
  if (page !== made) throw new StepFailed('docs/records.md is not what ts/records says: run `npm run docs:records` and commit it')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = commandLine({ check: { type: 'boolean', default: false } })
  await main(() => (values.check ? checkRecords() : writeFileSync(PAGE, pages().made)))
}
