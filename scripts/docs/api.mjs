// `npm run docs:api`: the pages of the public API (ts/index.ts) in docs/api, which git ignores. What is exported without a docstring, or
// links to what is not exported, is an error. Twelve seconds.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { commandLine, main, root, run, step } from '../setup/terminal.mjs'

/**
 * Runs typedoc by typedoc.json, its words without colours.
 * @param {string[]} args
 */
const typedoc = (args) =>
  run(process.execPath, [join(root, 'node_modules', 'typedoc', 'bin', 'typedoc'), ...args], { env: { ...process.env, NO_COLOR: '1' } })

/** Fails where an export is not documented. */
export const checkApi = () => typedoc(['--emit', 'none'])

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  commandLine({})
  await main(() =>
    step('pages of the API', async () => {
      await typedoc([])
      return 'docs/api/index.html'
    })
  )
}
