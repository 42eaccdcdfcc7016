/**
 * What one seed keeps on disk: metrics, checkpoints, records. Every checkpoint and every record is a **commit**: it carries
 * a sequence number and the length of metrics.jsonl at that moment. Opening the store cuts the metrics to the last commit,
 * so the stages that go on from there write the same bytes again.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { z } from 'zod'
import { XmrlError } from '../errors.js'
import {
  currentName,
  everyName,
  kindOf,
  migrated,
  RECORD_VERSION,
  type RecordBody,
  type RecordHeader,
  type RecordName,
  recordHeader,
  recordSchemas,
  type StateOf,
  stateSchema
} from '../records/index.js'
import { guardInput, guardOutput, inFile, makeFolder, syncFolder, TEMPORARY, writeAtomic } from './atomic.js'
import {
  type Checkpoint,
  type CheckpointManifest,
  dropCheckpoints,
  listCheckpoints,
  type NewestCheckpoint,
  newestCheckpoint,
  pruneCheckpoints,
  readManifest,
  writeCheckpoint
} from './checkpoint.js'
import { INITIAL } from './files.js'
import { EventLog } from './metrics.js'

/** What every record of the seed says about its origin. */
export type StoreOrigin = Pick<RecordHeader, 'specHash' | 'preset' | 'commit' | 'device' | 'dtype'>

/** One seed's part of a run directory. */
export class SeedStore {
  readonly path: string
  readonly seed: number
  /** Deterministic events: no wall-clock values here. */
  readonly metrics: EventLog
  /** Wall-clock events. */
  readonly timing: EventLog
  /** What opening had to put right, in words for the user (a torn checkpoint passed over, ...). */
  readonly notices: readonly string[]
  readonly #origin: StoreOrigin
  readonly #keep: number
  #sequence: number
  /** Length of the metrics at the last commit. */
  #committed: number

  /** Opens (or makes) the store; use {@link RunDirectory.seed}. */
  constructor(path: string, seed: number, origin: StoreOrigin, keep: number) {
    this.path = path
    this.seed = seed
    this.#origin = origin
    this.#keep = keep
    makeFolder(join(path, 'checkpoints'))
    makeFolder(join(path, 'results'))
    const state = recover(path)
    this.notices = state.notices
    this.#sequence = state.sequence
    this.#committed = state.metricsBytes
    this.metrics = EventLog.open(join(path, 'metrics.jsonl'), state.metricsBytes)
    this.timing = EventLog.open(join(path, 'timing.jsonl'))
  }

  /**
   * Saves a checkpoint of a stage and prunes its oldest ones. Metrics appended so far become durable with it.
   * @param files bytes by name; the meta-parameters are `WEIGHTS`
   * @param state small plain values to go on from (environment steps, phi, ...)
   * @param aside it is kept beside a record that is yet to be written, and nothing goes on from it: lines of metrics since the last commit
   * wait for the record, or a stage that is cut off between the two would write them again
   */
  saveCheckpoint<S extends string>(
    stage: S,
    iteration: number,
    files: Readonly<Record<string, Uint8Array>>,
    state: StateOf<S>,
    { aside = false } = {}
  ): void {
    if (!aside) this.#committed = this.metrics.sync()
    const metricsBytes = this.#committed
    const { specHash } = this.#origin
    writeCheckpoint(
      join(this.path, 'checkpoints'),
      { stage, iteration, specHash, seed: this.seed, sequence: this.#sequence, metricsBytes, state: state as CheckpointManifest['state'] },
      files
    )
    this.#sequence++
    pruneCheckpoints(join(this.path, 'checkpoints'), stage, this.#keep)
  }

  /** Removes the checkpoints of a stage that nothing goes on from any more. @throws XmrlError `ERR_OUTPUT` */
  dropCheckpoints(stage: string): void {
    dropCheckpoints(join(this.path, 'checkpoints'), stage)
  }

  /**
   * The newest checkpoint of a stage, checked, with what its state holds of what the stage goes on from; undefined where it has none.
   * @throws XmrlError `ERR_CHECKPOINT_CORRUPT` where the newest is not whole, or where the stage cannot go on from what it holds
   */
  checkpoint<S extends string>(stage: S): Checkpoint<StateOf<S>> | undefined {
    const { checkpoint, skipped } = newestOrThrow(join(this.path, 'checkpoints'), stage)
    // Opening set aside what was torn, with everything that was built on it. What cannot be read now must not be passed over alone:
    // its iterations would stand in the metrics twice.
    if (skipped.length > 0) {
      const [{ error }] = skipped
      const text = `${error.message}, though it was whole when the run was opened; run again with --resume to go on from what is whole`
      throw new XmrlError('ERR_CHECKPOINT_CORRUPT', text, { cause: error })
    }
    if (checkpoint === undefined) return undefined
    const result = stateSchema(stage)?.safeParse(checkpoint.state)
    if (result === undefined || result.success) return { ...checkpoint, state: (result?.data ?? checkpoint.state) as StateOf<S> }
    const [{ path, message }] = result.error.issues
    throw new XmrlError(
      'ERR_CHECKPOINT_CORRUPT',
      `${join(checkpoint.path, 'MANIFEST.json')}: ${['state', ...path].join('.')}: ${message}: a checkpoint of another version; move ${checkpoint.path} away to repeat the stage`,
      { cause: result.error }
    )
  }

  /** The run's copy of the weights that training starts from; undefined where `train.initial` names none. */
  initial(): Uint8Array | undefined {
    const file = join(dirname(this.path), INITIAL)
    if (!existsSync(file)) return undefined
    return guardInput('ERR_CHECKPOINT_CORRUPT', file, 'put the file back that the run began with', () => readFileSync(file))
  }

  /**
   * Writes a record, with its header.
   * @throws XmrlError `ERR_RECORD_INVALID` where the body does not satisfy its schema (a NaN among them), `ERR_OUTPUT`
   */
  writeRecord<N extends RecordName>(name: N, body: RecordBody<N>): void {
    const metricsBytes = this.metrics.sync()
    this.#committed = metricsBytes
    const header: RecordHeader = {
      record: name,
      version: RECORD_VERSION,
      ...this.#origin,
      seed: this.seed,
      sequence: this.#sequence,
      metricsBytes
    }
    writeRecordFile(join(this.path, 'results', `${name}.json`), name, header, body)
    this.#sequence++
  }

  /** A record's body, or undefined where the stage has not written it. */
  record<N extends RecordName>(name: N): RecordBody<N> | undefined {
    const files = everyName(name).map((each) => join(this.path, 'results', `${each}.json`))
    const path = files.find((file) => existsSync(file))
    return path === undefined ? undefined : readRecordFile(path, name).body
  }

  close(): void {
    this.metrics.close()
    this.timing.close()
  }
}

/** A record file's header and body, both checked. */
export function readRecordFile<N extends RecordName>(path: string, name: N): { header: RecordHeader; body: RecordBody<N> } {
  const kind = kindOf(name)
  if (kind === undefined) throw new XmrlError('ERR_RECORD_INVALID', `${path}: "${name}" is not a record`)
  const value: unknown = guardInput('ERR_RECORD_INVALID', path, REMADE, () => JSON.parse(readFileSync(path, 'utf8')))
  if (typeof value !== 'object' || value === null) throw new XmrlError('ERR_RECORD_INVALID', `${path}: no record; ${REMADE}`)
  const { header, ...body } = inFile(path, () => migrated(value)) as { header?: unknown }
  return {
    header: check(path, recordHeader, header, 'header', `; ${REMADE}`),
    body: check(path, recordSchemas[kind] as unknown as z.ZodType<RecordBody<N>>, body, '', `; ${REMADE}`)
  }
}

/** Writes a record file after checking it. */
export function writeRecordFile(path: string, name: RecordName, header: RecordHeader, body: unknown): void {
  const kind = kindOf(name)
  if (kind === undefined) throw new XmrlError('ERR_RECORD_INVALID', `${path}: "${name}" is not a record`)
  const good = check(path, recordSchemas[kind] as z.ZodType<object>, body)
  writeAtomic(path, `${JSON.stringify({ header, ...good })}\n`)
}

/** The name (without `.json`) by which a file of a folder of records is a record; undefined where it is none. */
export function recordNameOf(file: string): RecordName | undefined {
  const name = file.endsWith('.json') ? currentName(file.slice(0, -'.json'.length)) : ''
  return kindOf(name) === undefined ? undefined : (name as RecordName)
}

/** What helps where a record cannot be read. */
const REMADE = 'remove it to have it made again'

function check<T>(path: string, schema: z.ZodType<T>, value: unknown, prefix = '', cure = ''): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const key = [...(prefix === '' ? [] : [prefix]), ...issue.path].join('.')
  throw new XmrlError('ERR_RECORD_INVALID', `${path}: ${key === '' ? '' : `${key}: `}${issue.message}${cure}`, { cause: result.error })
}

interface Commit {
  path: string
  sequence: number
  metricsBytes: number
}

/** Finds the last commit to go on from; sets aside what came after a checkpoint that turned out bad. */
function recover(path: string): { sequence: number; metricsBytes: number; notices: string[] } {
  const checkpoints = join(path, 'checkpoints')
  const results = join(path, 'results')
  for (const folder of [path, checkpoints, results]) removeTemporary(folder)
  const notices: string[] = []
  const bad: string[] = []
  let last = Number.POSITIVE_INFINITY
  for (const stage of new Set(listCheckpoints(checkpoints).map((entry) => entry.stage))) {
    const { checkpoint, skipped } = newestOrThrow(checkpoints, stage)
    if (skipped.length === 0 || checkpoint === undefined) continue
    last = Math.min(last, checkpoint.manifest.sequence)
    bad.push(...skipped.map((entry) => entry.path))
    notices.push(`${skipped[0].error.message}; going on from ${basename(checkpoint.path)}`)
  }
  const commits = [...checkpointCommits(checkpoints, bad), ...recordCommits(results)]
  const later = commits.filter((commit) => commit.sequence > last)
  if (bad.length + later.length > 0) setAside(path, [...bad, ...later.map((commit) => commit.path)])
  const kept = commits.filter((commit) => commit.sequence <= last)
  return {
    sequence: kept.reduce((next, commit) => Math.max(next, commit.sequence + 1), 0),
    metricsBytes: kept.reduce((bytes, commit) => Math.max(bytes, commit.metricsBytes), 0),
    notices
  }
}

function newestOrThrow(folder: string, stage: string): NewestCheckpoint {
  const found = newestCheckpoint(folder, stage)
  if (found.checkpoint === undefined && found.skipped.length > 0) {
    const { error, path } = found.skipped[0]
    throw new XmrlError(
      'ERR_CHECKPOINT_CORRUPT',
      `${error.message}; no earlier checkpoint of ${stage} is good, move ${path} away to repeat the stage`,
      {
        cause: error
      }
    )
  }
  return found
}

function checkpointCommits(folder: string, bad: readonly string[]): Commit[] {
  return listCheckpoints(folder)
    .filter((entry) => !bad.includes(entry.path))
    .flatMap(({ path }) => {
      try {
        const { sequence, metricsBytes } = readManifest(path)
        return [{ path, sequence, metricsBytes }]
      } catch (error) {
        // An old checkpoint that nobody will read; its newer neighbours are good.
        if (XmrlError.is(error, 'ERR_CHECKPOINT_CORRUPT')) return []
        throw error
      }
    })
}

/** Names in a folder of records. */
export function readFolder(folder: string): string[] {
  return guardInput('ERR_RECORD_INVALID', folder, "put the run's own folder back", () => readdirSync(folder))
}

function recordCommits(folder: string): Commit[] {
  return readFolder(folder)
    .map((file) => ({ path: join(folder, file), name: recordNameOf(file) }))
    .flatMap(({ path, name }) => {
      if (name === undefined) return []
      const { header } = readRecordFile(path, name)
      return [{ path, sequence: header.sequence, metricsBytes: header.metricsBytes }]
    })
}

function removeTemporary(folder: string): void {
  for (const name of readFolder(folder)) {
    if (name.startsWith(TEMPORARY)) guardOutput(folder, () => rmSync(join(folder, name), { recursive: true, force: true }))
  }
}

/** Moves files into a fresh `superseded-<n>/`: they will be made again, but nothing is thrown away. */
function setAside(path: string, files: readonly string[]): void {
  let n = 1
  while (existsSync(join(path, `superseded-${n}`))) n++
  const folder = join(path, `superseded-${n}`)
  makeFolder(folder)
  guardOutput(folder, () => {
    for (const file of files) renameSync(file, join(folder, basename(file)))
    syncFolder(folder)
  })
}
