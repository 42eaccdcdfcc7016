// `npm run docs:specification`: writes the tables of docs/specification.md from the schema of specifications, its descriptions, defaults
// and bounds. They stand between `<!-- keys -->` and `<!-- end -->`; the rest of the page is written by hand.
//   --check   writes nothing; exit code 1 if the page would change
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { tsImport } from 'tsx/esm/api'
import { commandLine, main, root, StepFailed } from '../setup/terminal.mjs'

const PAGE = join(root, 'docs', 'specification.md')

/** @typedef {import('../../ts/spec/described.js').KeyInfo} KeyInfo */

const cell = (/** @type {string} */ text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const code = (/** @type {unknown} */ value) => `\`${JSON.stringify(value).replaceAll(',', ', ').replaceAll('"', '')}\``

/**
 * A row for a key, then those of what is under it, unless a key beside it has the same under it.
 * @param {KeyInfo} key
 * @param {string} before
 * @param {KeyInfo[]} beside those before it
 * @returns {string[]}
 */
function rows(key, before, beside = []) {
  const path = `${before}${key.name}`
  const end = key.kind === 'list' ? '[]' : key.kind === 'named' ? '.<name>' : ''
  // Keys that replace others, where any of them is written, are described where those are.
  const partial = before.includes('<name>') && key.keys.every((inner) => !('default' in inner))
  const same = key.keys.length === 0 ? undefined : beside.find(({ keys }) => isDeepStrictEqual(keys, key.keys))
  const inside = partial || same ? [] : key.keys.flatMap((inner) => rows(inner, `${path}${end}.`))
  // An empty object stands for the defaults of its keys.
  const standard =
    'default' in key && (typeof key.default !== 'object' || key.default === null || key.kind !== 'section') ? code(key.default) : ''
  const values = key.kind === 'section' && inside.length > 0 && key.values === 'keys' ? '' : key.values
  const text = same ? `${key.text} Keys as those of \`${before}${same.name}\`.` : key.text
  return [`| \`${path}\` | ${cell(values)} | ${cell(standard)} | ${cell(text)} |`, ...inside]
}

/** @param {string[]} lines */
const table = (lines) => ['| key | may be | default | what it does |', '| --- | --- | --- | --- |', ...lines].join('\n')

/**
 * The tables: keys that stand alone, then a section each.
 * @param {KeyInfo[]} keys
 */
function tables(keys) {
  const single = keys.filter(({ kind }) => kind !== 'section')
  const sections = keys.filter(({ kind }) => kind === 'section')
  return [
    table(single.flatMap((key) => rows(key, ''))),
    ...sections.map(
      (key) =>
        `## ${key.name}\n\n${key.text}\n\n${table(key.keys.flatMap((inner, at) => rows(inner, `${key.name}.`, [...key.keys.slice(0, at)])))}`
    )
  ].join('\n\n')
}

/** The page as it is, and as the schema has it. */
async function pages() {
  const page = readFileSync(PAGE, 'utf8')
  const { specKeys } = await tsImport('../../ts/spec/described.ts', import.meta.url)
  const made = page.replace(/(<!-- keys -->\n)[\s\S]*?(<!-- end -->)/, (_, begin, end) => `${begin}\n${tables(specKeys())}\n\n${end}`)
  return { page, made }
}

/** Fails where docs/specification.md is not what the schema says. */
export async function checkSpecification() {
  const { page, made } = await pages()
  if (page !== made) throw new StepFailed('docs/specification.md is not what ts/spec says: run `npm run docs:specification` and commit it')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = commandLine({ check: { type: 'boolean', default: false } })
  await main(async () => (values.check ? checkSpecification() : writeFileSync(PAGE, (await pages()).made)))
}
