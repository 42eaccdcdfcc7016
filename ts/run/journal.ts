/**
 * What happened to a unit of a sweep, in order: files `0001.json`, `0002.json`, … that are only ever added. A number is taken by a hard
 * link to a finished file, which a file system gives to one process alone, also across machines and on NFS; so of several processes that
 * have read the same entries exactly one writes the next, and the others see that they were too late. No lock, no clock, no guess about
 * who is alive.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import { type JournalEntry, journalEntry } from '../records/index.js'
import { discard, guardInput, guardOutput, makeFolder, outputError, syncFolder, TEMPORARY, writeDurable } from './atomic.js'

const NAME = /^(\d{4,})\.json$/
const fileOf = (folder: string, number: number) => join(folder, `${String(number).padStart(4, '0')}.json`)

/**
 * Every entry so far, oldest first; none where there is no journal.
 * @throws XmrlError `ERR_RECORD_INVALID` naming the file
 */
export function readJournal(folder: string): JournalEntry[] {
  if (!existsSync(folder)) return []
  const cure = 'it is written once and never changed: put it back'
  const numbers = guardInput('ERR_RECORD_INVALID', folder, 'put the folder back', () => readdirSync(folder))
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b)
  return numbers.map((number, before) => {
    const file = fileOf(folder, number)
    if (number !== before + 1) throw new XmrlError('ERR_RECORD_INVALID', `${fileOf(folder, before + 1)}: it is missing; ${cure}`)
    const value = guardInput('ERR_RECORD_INVALID', file, cure, () => JSON.parse(readFileSync(file, 'utf8')))
    const result = journalEntry.safeParse(value)
    if (result.success) return result.data
    const [{ path, message }] = result.error.issues
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: ${[...path, message].join(': ')}; ${cure}`, { cause: result.error })
  })
}

/**
 * Adds the entry after the first `after` ones.
 * @returns false where somebody else has added one there meanwhile; then nothing was written
 * @throws XmrlError `ERR_OUTPUT`
 */
export function appendJournal(folder: string, after: number, entry: JournalEntry): boolean {
  makeFolder(folder)
  const path = fileOf(folder, after + 1)
  const own = join(folder, `${TEMPORARY}${randomUUID()}`)
  try {
    guardOutput(path, () => writeDurable(own, `${JSON.stringify(journalEntry.parse(entry))}\n`))
    const won = linked(own, path)
    if (won) guardOutput(path, () => syncFolder(folder))
    return won
  } finally {
    discard(own)
  }
}

function linked(own: string, path: string): boolean {
  try {
    linkSync(own, path)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // NFS: the answer to a link that was made may be lost, and the second try then finds it made.
    if (code === 'EEXIST') return guardOutput(path, () => statSync(own)).nlink === 2
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'EOPNOTSUPP')
      throw new XmrlError('ERR_OUTPUT', `cannot write ${path}: this file system has no hard links; choose another out`, { cause: error })
    throw outputError(path, error)
  }
}
