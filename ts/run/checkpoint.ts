/**
 * Checkpoints: `checkpoints/<stage>-<iteration>/` with the stage's files and a `MANIFEST.json` written last that holds
 * size and SHA-256 of each. The folder is built under a temporary name and renamed, so one that exists is whole unless
 * something altered it later, which reading notices.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { XmrlError } from '../errors.js'
import { discard, guardInput, guardOutput, makeFolder, syncFolder, TEMPORARY, unreadable, writeDurable } from './atomic.js'

const manifest = z.strictObject({
  version: z.literal(1),
  stage: z.string(),
  iteration: z.number().int().nonnegative(),
  specHash: z.string(),
  seed: z.number().int(),
  sequence: z.number().int().nonnegative(),
  metricsBytes: z.number().int().nonnegative(),
  files: z.record(z.string(), z.strictObject({ bytes: z.number().int().nonnegative(), sha256: z.string() })),
  /** Small plain values of the stage: environment steps, phi, ... */
  state: z.record(z.string(), z.json())
})
/** Contents of a checkpoint's MANIFEST.json. */
export type CheckpointManifest = z.output<typeof manifest>

/** A checkpoint that was read and found whole. */
export interface Checkpoint<State = CheckpointManifest['state']> {
  readonly path: string
  readonly stage: string
  readonly iteration: number
  readonly manifest: CheckpointManifest
  /** Bytes by file name. */
  readonly files: Readonly<Record<string, Uint8Array>>
  /** Small plain values the stage saved with it. */
  readonly state: State
}

/** File name of the meta-parameters. */
export const WEIGHTS = 'weights.safetensors'

const NAME = /^([a-z][a-z0-9._@-]*)-(\d+)$/

/** Folder name of a checkpoint. */
function checkpointName(stage: string, iteration: number): string {
  return `${stage}-${iteration}`
}

/** Stage, iteration and folder of every checkpoint under `folder`, oldest iteration first; names only, nothing is read. */
export function listCheckpoints(folder: string): { stage: string; iteration: number; path: string }[] {
  if (!existsSync(folder)) return []
  return guardInput('ERR_CHECKPOINT_CORRUPT', folder, 'put the folder of checkpoints back', () => readdirSync(folder))
    .flatMap((name) => {
      const match = NAME.exec(name)
      return match === null ? [] : [{ stage: match[1], iteration: Number(match[2]), path: join(folder, name) }]
    })
    .sort((a, b) => (a.stage < b.stage ? -1 : a.stage > b.stage ? 1 : a.iteration - b.iteration))
}

/** Writes a checkpoint; when this returns, it survives a crash. An existing one of the same name is replaced. */
export function writeCheckpoint(
  folder: string,
  entry: Omit<CheckpointManifest, 'version' | 'files'>,
  files: Readonly<Record<string, Uint8Array>>
): string {
  const name = checkpointName(entry.stage, entry.iteration)
  const path = join(folder, name)
  const temporary = join(folder, `${TEMPORARY}${name}`)
  makeFolder(folder)
  guardOutput(path, () => {
    try {
      rmSync(temporary, { recursive: true, force: true })
      mkdirSync(temporary)
      const sums: CheckpointManifest['files'] = {}
      for (const file of Object.keys(files).sort()) {
        writeDurable(join(temporary, file), files[file])
        sums[file] = { bytes: files[file].length, sha256: sha256(files[file]) }
      }
      const body: CheckpointManifest = { version: 1, ...entry, files: sums }
      writeDurable(join(temporary, 'MANIFEST.json'), `${JSON.stringify(body, null, 2)}\n`)
      syncFolder(temporary)
      rmSync(path, { recursive: true, force: true })
      renameSync(temporary, path)
      syncFolder(folder)
    } catch (error) {
      discard(temporary)
      throw error
    }
  })
  return path
}

/**
 * Reads a checkpoint and checks every file against the manifest.
 * @throws XmrlError `ERR_CHECKPOINT_CORRUPT` naming the file and what is wrong with it
 */
function readCheckpoint(path: string): Checkpoint {
  const body = readManifest(path)
  const files: Record<string, Uint8Array> = {}
  for (const [name, expected] of Object.entries(body.files)) {
    const file = join(path, name)
    const bytes = readBytes(file)
    if (bytes.length !== expected.bytes) throw corrupt(file, `it has ${bytes.length} bytes, the manifest says ${expected.bytes}`)
    if (sha256(bytes) !== expected.sha256) throw corrupt(file, 'its SHA-256 is not the one in the manifest')
    files[name] = bytes
  }
  return { path, stage: body.stage, iteration: body.iteration, manifest: body, files, state: body.state }
}

/** Reads MANIFEST.json alone. */
export function readManifest(path: string): CheckpointManifest {
  const file = join(path, 'MANIFEST.json')
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(readBytes(file)).toString('utf8'))
  } catch (error) {
    throw error instanceof XmrlError ? error : corrupt(file, 'it is not JSON', error)
  }
  const result = manifest.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw corrupt(file, `it is no manifest of a checkpoint (${[...issue.path, ''].join('.').replace(/\.$/, ': ')}${issue.message})`)
}

/** What was found for a stage: the newest good checkpoint and the newer ones that are not. */
export interface NewestCheckpoint {
  checkpoint?: Checkpoint
  skipped: { path: string; error: XmrlError }[]
}

/** How often a reader lists the checkpoints again while whoever works on the run makes new ones and removes the oldest. */
const TRIES = 100

/** The newest good checkpoint of a stage, with the reasons why newer ones were passed over. */
export function newestCheckpoint(folder: string, stage: string): NewestCheckpoint {
  for (let tries = 1; ; tries++) {
    const { removed, ...found } = newestListed(folder, stage)
    if (!removed || tries === TRIES) return found
  }
}

/** The same of those that are there now; `removed`: one was no more when it was read. */
function newestListed(folder: string, stage: string): NewestCheckpoint & { removed: boolean } {
  const skipped: NewestCheckpoint['skipped'] = []
  const candidates = listCheckpoints(folder).filter((entry) => entry.stage === stage)
  for (const { path } of candidates.reverse()) {
    try {
      return { checkpoint: readCheckpoint(path), skipped, removed: false }
    } catch (error) {
      if (!XmrlError.is(error, 'ERR_CHECKPOINT_CORRUPT')) throw error
      if (!existsSync(path)) return { skipped, removed: true }
      skipped.push({ path, error })
    }
  }
  return { skipped, removed: false }
}

/** Removes every checkpoint of a stage, each as a whole: half a one would be taken for one that was torn. */
export function dropCheckpoints(folder: string, stage: string): void {
  for (const entry of listCheckpoints(folder).filter((each) => each.stage === stage)) {
    const aside = join(folder, `${TEMPORARY}${checkpointName(stage, entry.iteration)}`)
    guardOutput(entry.path, () => {
      rmSync(aside, { recursive: true, force: true })
      renameSync(entry.path, aside)
      rmSync(aside, { recursive: true, force: true })
    })
  }
}

/** Removes all but the newest `keep` checkpoints of a stage. */
export function pruneCheckpoints(folder: string, stage: string, keep: number): void {
  const all = listCheckpoints(folder).filter((entry) => entry.stage === stage)
  for (const { path } of all.slice(0, Math.max(0, all.length - keep))) {
    guardOutput(path, () => rmSync(path, { recursive: true, force: true }))
  }
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw corrupt(file, (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is missing' : (unreadable(cause) ?? String(cause)), cause)
  }
}

function corrupt(file: string, what: string, cause?: unknown): XmrlError {
  return new XmrlError('ERR_CHECKPOINT_CORRUPT', `${file}: ${what}`, { cause })
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
