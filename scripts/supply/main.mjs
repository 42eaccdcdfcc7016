// `npm run supply`: what XMRL is made of and whom it trusts (docs/supply-chain.md). Each part ends with a line.
//   --advisories <folder>   a clone of RustSec's advisory-db, for the crates' advisories
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkReach } from '../checks/reach.mjs'
import { commandLine, main, root, StepFailed } from '../setup/terminal.mjs'
import { denyAdvised, denyCrates } from './deny.mjs'
import { audit, checkLock } from './npm.mjs'

/** What needs no database. @type {Record<string, () => Promise<{ note: string } | { skipped: string }> | { note: string }>} */
export const SUPPLY = {
  'npm packages (licences, hashes, scripts)': checkLock,
  'crates (licences, sources, bans, build scripts)': denyCrates,
  'what the code may reach': () => {
    const { problems, files } = checkReach(root)
    if (problems.length) throw new StepFailed(problems.join('\n'))
    return { note: `${files} files: no code is made of text, the network is reached from the named ones alone` }
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(async () => {
    const { values } = commandLine({ advisories: { type: 'string' } })
    const parts = {
      ...SUPPLY,
      'advisories for npm packages': audit,
      'advisories for crates': () => denyAdvised(values.advisories && resolve(values.advisories))
    }
    const failed = []
    for (const [name, part] of Object.entries(parts)) {
      try {
        const said = await part()
        process.stdout.write('note' in said ? `✓ ${name}: ${said.note}\n` : `${name}: skipped (${said.skipped})\n`)
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error
        failed.push(name)
        process.stdout.write(`✗ ${name}\n${error.message}\n`)
      }
    }
    if (failed.length) throw new StepFailed(`not as it must be: ${failed.join(', ')}`)
  })
