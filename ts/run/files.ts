/** Files a user names: spec files in, reports and exports out. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { XmrlError } from '../errors.js'
import { parseSpec, type WrittenSpec } from '../spec/index.js'
import { makeFolder, writeAtomic } from './atomic.js'

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
    throw new XmrlError('ERR_SPEC_INVALID', missing ? `${file}: no such preset or spec file` : `${file}: ${(cause as Error).message}`, {
      cause
    })
  }
  return { written: parseSpec(text, file), text }
}

/**
 * Reads the weights file that a specification names under `key`.
 * @throws XmrlError `ERR_SPEC_INVALID` where it cannot be read
 */
export function readWeightsFile(key: string, file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new XmrlError('ERR_SPEC_INVALID', `${key}: ${missing ? `no file ${file}` : (cause as Error).message}`, { cause })
  }
}

/** Writes a file a user asked for (a report, an export), making its folder; returns the absolute path. */
export function writeFileAtomic(file: string, data: string | Uint8Array): string {
  const path = resolve(file)
  makeFolder(dirname(path))
  writeAtomic(path, data)
  return path
}
