/** `xmrl report`: from records alone. */
import { join, relative } from 'node:path'
import { XmrlError } from '../errors.js'
import { gapsText, renderReport, shouldBeWhole } from '../report/index.js'
import { loadRun, writeFileAtomic } from '../run/index.js'
import { shownPath } from './parse.js'

export async function report(directories: string[], flags: { out?: string; json: boolean }): Promise<void> {
  const runs = await Promise.all(directories.map((directory) => loadRun(directory)))
  for (const { seeds } of runs) for (const { notices } of seeds) for (const text of notices) process.stderr.write(`${text}\n`)
  const html = await renderReport(...runs)
  const path = writeFileAtomic(flags.out ?? join(directories[0], 'report.html'), html)
  if (flags.json) process.stdout.write(`${JSON.stringify({ type: 'report', path })}\n`)
  else process.stdout.write(`${relative(process.cwd(), path) || path}\n`)
  const gaps = runs.flatMap((run) => {
    const text = gapsText(run)
    return text === undefined ? [] : [{ text: `${shownPath(run.path)}: ${text}`, path: shownPath(run.path), broken: shouldBeWhole(run) }]
  })
  // A run that was stopped, or is at work, claims no more than it has.
  for (const { text, broken } of gaps) if (!broken) process.stderr.write(`not finished: ${text}\n`)
  const broken = gaps.filter((gap) => gap.broken)
  if (broken.length === 0) return
  throw new XmrlError(
    'ERR_RECORD_INVALID',
    `the report is written, but not of all that the run should hold: ${broken.map(({ text }) => text).join('; ')}; xmrl retrain ${broken[0].path} makes again what is missing`
  )
}
