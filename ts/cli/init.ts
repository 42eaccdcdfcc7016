/** `xmrl init [dir]`: a small project that runs. */
import { basename, join, resolve } from 'node:path'
import { defined } from '../defined.js'
import { XmrlError } from '../errors.js'
import { entriesOf, whatIs, writeFileAtomic } from '../run/index.js'
import { dependency } from './dependency.js'
import { projectFiles } from './project.js'

/** What may lie in a folder already: a fresh repository has nothing else. */
const HARMLESS = new Set(['.git'])
/** So many names are enough to know a folder by. */
const NAMED = 4

/**
 * Writes the project.
 * @throws XmrlError `ERR_USAGE` where the folder holds something, which is named; `ERR_OUTPUT` where it cannot be written
 */
export function init(directory: string | undefined, { json }: { json: boolean }): void {
  const folder = resolve(directory ?? '.')
  const shown = directory ?? '.'
  if (whatIs(folder) === 'file') throw new XmrlError('ERR_USAGE', `${shown}: a file; name a folder that is new or empty`)
  const there = entriesOf(folder).filter((name) => !HARMLESS.has(name))
  if (there.length > 0) {
    const more = there.length > NAMED ? ` and ${there.length - NAMED} more` : ''
    throw new XmrlError(
      'ERR_USAGE',
      `${shown}: not empty (${there.slice(0, NAMED).join(', ')}${more}); name a folder that is new or empty: npx xmrl init my-project`
    )
  }
  const { packages, note } = dependency(folder)
  const files = projectFiles(packageName(basename(folder)), packages)
  for (const [name, text] of Object.entries(files)) writeFileAtomic(join(folder, name), text)
  if (json) {
    process.stdout.write(`${JSON.stringify({ type: 'project', path: folder, files: Object.keys(files), ...defined({ note }) })}\n`)
    return
  }
  const enter = shown === '.' ? '' : `cd ${/^[\w./-]+$/.test(shown) ? shown : `'${shown}'`} && `
  const said = note === undefined ? '' : `note: ${note}\n`
  process.stdout.write(`${shown}: ${Object.keys(files).join(', ')}\n${said}next: ${enter}npm install && npx xmrl run spec.yaml\n`)
}

/** A name that npm takes. */
const packageName = (folder: string) =>
  folder
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'experiment'
