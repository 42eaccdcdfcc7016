/** `xmrl theory`: the theorems as numbers, as a table, a record and a page. */
import { join, relative } from 'node:path'
import { makeFolder, origin, writeFileAtomic } from '../run/index.js'
import { checkText, runTheory, theoryPage } from '../theory/index.js'
import { EXIT } from './failure.js'

const NAME = 60

/** Measures, prints a line a claim, and writes theory.json and theory.html; exit code 1 where a claim fails. */
export async function theory({ out, seed, json }: { out: string; seed: number; json: boolean }): Promise<void> {
  // Before the work, which a place that cannot be written would throw away.
  makeFolder(out)
  const found = await runTheory({
    seed,
    seen: (part) => {
      if (json) {
        process.stdout.write(`${JSON.stringify({ type: 'theory', seed, part })}\n`)
        return
      }
      const lines = part.checks.map((check) => `  ${check.holds ? '✓' : '✗'} ${check.name.padEnd(NAME)} ${checkText(check)}`)
      process.stdout.write(`${[part.title, ...lines].join('\n')}\n`)
    }
  })
  const from = origin()
  writeFileAtomic(join(out, 'theory.json'), `${JSON.stringify({ ...found, origin: from }, null, 2)}\n`)
  const page = writeFileAtomic(join(out, 'theory.html'), await theoryPage(found, from))
  if (json) process.stdout.write(`${JSON.stringify({ type: 'report', path: page })}\n`)
  else process.stdout.write(`${found.holds ? 'every claim holds' : 'a claim fails'}; ${relative(process.cwd(), page) || page}\n`)
  if (!found.holds) process.exitCode = EXIT.failed
}
