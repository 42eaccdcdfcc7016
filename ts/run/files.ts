/** Files a user names: spec files in, reports and exports out. */
import { existsSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { XmrlError } from '../errors.js'
import { migrated, type StudyRecord, studyRecord } from '../records/index.js'
import { isModulePath, isPreset, parseSpec, type WorldPlace, type WrittenSpec } from '../spec/index.js'
import { guardInput, inFile, makeFolder, unreadable, writeAtomic } from './atomic.js'
import { readResolved } from './resolved.js'

/** Names of standard input. */
const STANDARD_INPUT = new Set(['-', '/dev/stdin', '/dev/fd/0', '/proc/self/fd/0'])

/**
 * Reads a spec file (YAML or JSON); `-` is standard input. Files that it names (`environment`, `market.file`, `tasks.….file`,
 * `train.initial`) count from its folder, those of standard input and of a pipe from the working directory, and those of
 * the spec.yaml that a run keeps are where the run found them.
 * @returns what is written, with where its files are, and the text itself, which the run directory keeps
 * @throws XmrlError `ERR_SPEC_INVALID` where it cannot be read, is not YAML or has no keys
 */
export function readSpecFile(file: string): { written: WrittenSpec; text: string } {
  let bytes: Uint8Array
  let folder = process.cwd()
  try {
    if (STANDARD_INPUT.has(file)) bytes = readStandardInput()
    else {
      if (statSync(file).isFile()) folder = dirname(resolve(file))
      bytes = readFileSync(file)
    }
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? 'no such preset or spec file' : `${unreadable(cause) ?? (cause as Error).message}; name a preset or a spec file`
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: ${why}`, { cause })
  }
  const name = STANDARD_INPUT.has(file) ? 'standard input' : file
  const text = specText(bytes, name)
  const written = parseSpec(text, name)
  // An hour of the default experiment is nothing that an empty file asks for.
  if (Object.keys(written).length === 0) {
    throw new XmrlError('ERR_SPEC_INVALID', `${name}: empty; write at least "environment: drone-planar"`)
  }
  return { written: ofRun(placePaths(written, folder), written, folder, name), text }
}

/**
 * The specification that a run keeps, whose text is word for word what was given, from elsewhere: files that do not lie in the run are
 * where the run found them.
 */
function ofRun(placed: WrittenSpec, written: WrittenSpec, folder: string, name: string): WrittenSpec {
  if (basename(name) !== 'spec.yaml' || !existsSync(join(folder, 'resolved.json'))) return placed
  const found = readResolved(folder)?.spec
  if (found === undefined) return placed
  const same = (file: unknown, there: unknown): there is string =>
    typeof file === 'string' && typeof there === 'string' && !existsSync(file) && basename(there) === basename(file)
  const { market, tasks, train, environment } = placed
  const pools = Object.entries(tasks ?? {}).map(([key, pool]) => {
    const there = found.tasks[key as 'training'] as { file?: unknown } | undefined
    return [key, isTree(pool) && same(pool.file, there?.file) ? { ...pool, file: there?.file } : pool] as const
  })
  const begins = typeof written.train?.initial === 'string' && !existsSync(placedFrom(folder, written.train.initial))
  return {
    ...placed,
    ...(isTree(tasks) ? { tasks: Object.fromEntries(pools) as typeof tasks } : {}),
    ...(market !== undefined && same(market.file, found.market?.file) ? { market: { ...market, file: found.market.file } } : {}),
    ...(begins && found.train.initialFrom ? { train: { ...train, initialFrom: found.train.initialFrom } } : {}),
    ...(same(environment, found.world?.source) ? { environment: found.world?.source as WorldPlace } : {})
  }
}

/**
 * Reads a file that is named on a command line as keys and values (YAML or JSON).
 * @returns its keys, its text, and the folder that paths in it count from
 * @throws XmrlError `ERR_SPEC_INVALID` where it cannot be read or is not YAML
 */
export function readYamlFile(file: string, what: string): { tree: Record<string, unknown>; text: string; folder: string } {
  const path = resolve(file)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    const why = missing ? 'there is no such file' : (unreadable(cause) ?? (cause as Error).message)
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: ${why}; name ${what}`, { cause })
  }
  const text = specText(bytes, file)
  return { tree: parseSpec(text, file) as Record<string, unknown>, text, folder: dirname(path) }
}

/**
 * What a path leads to: a pipe or a device counts as a file.
 * @throws XmrlError `ERR_USAGE` where that cannot be told: a name that is too long, links in a circle, no permission
 */
export function whatIs(path: string): 'file' | 'folder' | undefined {
  const found = guardInput('ERR_USAGE', path, 'name another', () => statSync(path, { throwIfNoEntry: false }))
  return found === undefined ? undefined : found.isDirectory() ? 'folder' : 'file'
}

/**
 * Names of what lies in a folder, in order; none where there is no such place.
 * @throws XmrlError `ERR_OUTPUT` where it is no folder, or cannot be read
 */
export function entriesOf(folder: string): string[] {
  if (!existsSync(folder)) return []
  return guardInput('ERR_OUTPUT', folder, 'name another folder', () => readdirSync(folder).sort())
}

/**
 * A specification whose files (`market.file`, `tasks.….file`, `train.initial`) are found from anywhere; relative ones count from `folder`, `~/` from the
 * home folder. The name of the initial weights stays as it was written, because it is part of the experiment's hash.
 */
export function placePaths(written: WrittenSpec, folder: string): WrittenSpec {
  const { market, train, tasks } = written
  const file =
    typeof market?.file === 'string' && market.file !== '' ? { market: { ...market, file: placedFrom(folder, market.file) } } : {}
  const counted = train?.initialFrom
  const starts = typeof train?.initial === 'string' && typeof counted !== 'string' ? { train: { ...train, initialFrom: folder } } : {}
  const pools = isTree(tasks) ? { tasks: placedPools(tasks, folder) as typeof tasks } : {}
  return { ...written, ...file, ...starts, ...pools, ...placedWorld(written.environment, folder) }
}

/** A world of one's own by its absolute path, where it is named by a path or is a package that is found from the folder. */
function placedWorld(environment: WrittenSpec['environment'], folder: string): Pick<WrittenSpec, 'environment'> {
  if (typeof environment !== 'string' || isPreset(environment) || environment.startsWith('gymnasium:')) return {}
  if (isModulePath(environment)) return { environment: placedFrom(folder, environment) as WorldPlace }
  try {
    return { environment: createRequire(join(folder, 'package.json')).resolve(environment) as WorldPlace }
  } catch {
    // A misspelt preset, which `defineExperiment` tells.
    return {}
  }
}

/** Pools of tasks whose files are found from anywhere; what is no pool stays for the schema to refuse. */
function placedPools(pools: Readonly<Record<string, unknown>>, folder: string): Record<string, unknown> {
  const placed = Object.entries(pools).map(([key, pool]) => {
    const file = isTree(pool) && typeof pool.file === 'string' && pool.file !== '' ? { file: placedFrom(folder, pool.file) } : undefined
    return [key, file === undefined ? pool : { ...(pool as object), ...file }] as const
  })
  return Object.fromEntries(placed)
}

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where a file lies that counts from a folder; `~/` is the home folder, because no shell has read what stands in a spec. */
export const placedFrom = (folder: string, file: string) => resolve(folder, /^~(?=\/|$)/.test(file) ? join(homedir(), file.slice(1)) : file)

/** Text of a spec file: UTF-8, or UTF-16 with its byte order mark. */
function specText(bytes: Uint8Array, name: string): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  const text = new TextDecoder(encoding).decode(bytes)
  if (text.includes('\0')) throw new XmrlError('ERR_SPEC_INVALID', `${name}: it is binary; a spec file is YAML or JSON`)
  return text
}

/** All of standard input; a pipe that has nothing yet is waited for. */
function readStandardInput(): Uint8Array {
  const chunks: Uint8Array[] = []
  const chunk = Buffer.alloc(65_536)
  for (;;) {
    try {
      const count = readSync(0, chunk)
      if (count === 0) return Buffer.concat(chunks)
      chunks.push(Buffer.from(chunk.subarray(0, count)))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'EOF') return Buffer.concat(chunks)
      if (code !== 'EAGAIN') throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

/** A run's own copy of the weights that its training starts from, where the specification names a file of them. */
export const INITIAL = 'initial.safetensors'

/**
 * The weights that training starts from: the run's own copy where `out` (a run directory) has one, else the file that `train.initial` names, from the
 * folder that `train.initialFrom` names.
 * @returns the bytes and the file they were read from
 * @throws XmrlError `ERR_SPEC_INVALID` where there is neither
 */
export function initialWeights(file: string, folder: string | null, out?: string): { bytes: Uint8Array; from: string } {
  const copy = out === undefined ? undefined : join(resolve(out), INITIAL)
  const place = copy !== undefined && existsSync(copy) ? copy : placedFrom(folder ?? '', file)
  return { bytes: readBytes('train.initial', place), from: place }
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
  const result = studyRecord.safeParse(inFile(file, () => migrated(value)))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const said = issue.message.replace(/^Invalid input: /, '').replace(/received undefined$/, 'which is missing')
  const why = `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${said}`
  throw new XmrlError('ERR_RECORD_INVALID', `${file}: ${why}; a small record is what xmrl table --record writes`, { cause: result.error })
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
  makeFolder(dirname(path), 'file')
  writeAtomic(path, data, 'file')
  return path
}
