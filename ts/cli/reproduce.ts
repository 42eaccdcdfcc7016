/** `xmrl reproduce`: every table and picture of a small record again, beside it, and whether they are what lies there. */
import { basename, dirname, join, relative } from 'node:path'
import { XmrlError } from '../errors.js'
import { studyFiles } from '../report/index.js'
import { readStudyFile, readTextFile, writeFileAtomic } from '../run/index.js'

/** Makes `<name>/table.md` and the rest from `<name>.json`; a file that is there and differs is an error, unless `write`. */
export async function reproduce(records: string[], { write, json }: { write: boolean; json: boolean }): Promise<void> {
  const different: string[] = []
  for (const record of records) {
    const folder = join(dirname(record), basename(record, '.json'))
    const files = Object.entries(await studyFiles(readStudyFile(record)))
    let [made, same] = [0, 0]
    const differ: string[] = []
    for (const [name, text] of files) {
      const path = join(folder, name)
      const there = readTextFile(path)
      if (there === text) {
        same++
        continue
      }
      if (there !== undefined && !write) {
        differ.push(relative(process.cwd(), path))
        continue
      }
      writeFileAtomic(path, text)
      made++
    }
    different.push(...differ)
    const where = relative(process.cwd(), folder)
    if (json) process.stdout.write(`${JSON.stringify({ type: 'reproduced', folder: where, same, written: made, different: differ })}\n`)
    else process.stdout.write(`${where}: ${same} files as committed${made > 0 ? `, ${made} written` : ''}\n`)
  }
  if (different.length > 0) {
    throw new XmrlError(
      'ERR_RECORD_INVALID',
      `${different.join(', ')}: not what the record gives; look at the difference, then run again with --write`
    )
  }
}
