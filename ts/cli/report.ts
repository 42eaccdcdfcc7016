/** `xmrl report`: from records alone. */
import { join, relative } from 'node:path'
import { renderReport } from '../report/index.js'
import { loadRun, writeFileAtomic } from '../run/index.js'

export async function report(directories: string[], flags: { out?: string; json: boolean }): Promise<void> {
  const runs = await Promise.all(directories.map((directory) => loadRun(directory)))
  for (const { seeds } of runs) for (const { notices } of seeds) for (const text of notices) process.stderr.write(`${text}\n`)
  const html = await renderReport(...runs)
  const path = writeFileAtomic(flags.out ?? join(directories[0], 'report.html'), html)
  if (flags.json) process.stdout.write(`${JSON.stringify({ type: 'report', path })}\n`)
  else process.stdout.write(`${relative(process.cwd(), path) || path}\n`)
}
