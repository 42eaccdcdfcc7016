/** Committed pictures and tables that tests compare with. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Compares with a committed picture; UPDATE_SNAPSHOTS=1 writes it anew. Open the files in a browser to review a change. */
export function same(name: string, text: string): string | undefined {
  const folder = fileURLToPath(new URL('./snapshots/', import.meta.url))
  const file = `${folder}${name}`
  if (process.env.UPDATE_SNAPSHOTS === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, `${text}\n`)
  }
  if (!existsSync(file)) return `${name} is not committed; run with UPDATE_SNAPSHOTS=1`
  return readFileSync(file, 'utf8') === `${text}\n` ? undefined : `${name} differs; look at it, then run with UPDATE_SNAPSHOTS=1`
}
