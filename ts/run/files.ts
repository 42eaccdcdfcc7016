/** Files a user names: spec files in, reports and exports out. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { XmrlError } from '../errors.js'
import { parseSpec, type WrittenSpec } from '../spec/index.js'
import { guardInput, makeFolder, unreadable, writeAtomic } from './atomic.js'
import { type StudyRecord, studyRecord } from './schemas/study.js'

/**
 * Reads a spec file (YAML or JSON).
 * @returns what is written and the text itself, which the run directory keeps
 * @throws XmrlError `ERR_SPEC_INVALID` where it cannot be read or is not YAML
 */
export function readSpecFile(file: string): { written: WrittenSpec; text: string } {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? 'no such preset or spec file' : `${unreadable(cause) ?? (cause as Error).message}; name a preset or a spec file`
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: ${why}`, { cause })
  }
  return { written: parseSpec(text, file), text }
}

/** A run's own copy of the weights that its training starts from, where the specification names a file of them. */
export const INITIAL = 'initial.safetensors'

/**
 * The weights that training starts from: the run's own copy where `out` has one, else the file that `train.initial` names.
 * @returns the bytes and the file they were read from
 * @throws XmrlError `ERR_SPEC_INVALID` where there is neither
 */
export function initialWeights(file: string, out: string): { bytes: Uint8Array; from: string } {
  const copy = join(resolve(out), INITIAL)
  const from = existsSync(copy) ? copy : file
  return { bytes: readBytes('train.initial', from), from }
}

/**
 * Reads a file that the user named under `key`.
 * @throws XmrlError `ERR_SPEC_INVALID` naming key and file where it cannot be read
 */
export function readBytes(key: string, file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new XmrlError(
      'ERR_SPEC_INVALID',
      `${key}: ${missing ? `no file ${file}` : `${file}: ${unreadable(cause) ?? (cause as Error).message}`}`,
      { cause }
    )
  }
}

/**
 * Reads the small record of a table.
 * @throws XmrlError `ERR_RECORD_INVALID` naming the file and key
 */
export function readStudyFile(file: string): StudyRecord {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? 'no such record' : (unreadable(cause) ?? 'it is not JSON')
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: ${why}; xmrl table --record writes one`, { cause })
  }
  const result = studyRecord.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new XmrlError('ERR_RECORD_INVALID', `${file}: ${issue.path.join('.')}: ${issue.message}`, { cause: result.error })
}

/**
 * Text of a file, or undefined where there is none.
 * @throws XmrlError `ERR_RECORD_INVALID` where it cannot be read
 */
export function readTextFile(file: string): string | undefined {
  if (!existsSync(file)) return undefined
  return guardInput('ERR_RECORD_INVALID', file, 'move it away', () => readFileSync(file, 'utf8'))
}

/** Writes a file a user asked for (a report, an export), making its folder; returns the absolute path. */
export function writeFileAtomic(file: string, data: string | Uint8Array): string {
  const path = resolve(file)
  makeFolder(dirname(path))
  writeAtomic(path, data)
  return path
}
