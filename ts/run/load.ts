/** Reading a run directory back: everything the records say, no lock, nothing changed, no addon needed. */

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { XmrlError } from '../errors.js'
import { checkArgument, path as paths } from '../options.js'
import { kindOf, type Manifest, type RecordKind, type SeedRecords, type TableRecord } from '../records/index.js'
import { type Experiment, specSchema, type WrittenSpec } from '../spec/index.js'
import { type Checkpoint, listCheckpoints, newestCheckpoint, WEIGHTS } from './checkpoint.js'
import { readManifestFile, readWritten } from './directory.js'
import { placeOfSeed } from './layout.js'
import { type MetricLine, readLog } from './metrics.js'
import { readResolved } from './resolved.js'
import { readFolder, readRecordFile, recordNameOf } from './store.js'

/** One seed of a loaded run. */
export interface LoadedSeed {
  seed: number
  path: string
  records: SeedRecords
  /** Lines of metrics.jsonl. */
  metrics: MetricLine[]
  /** What reading left out, in words: the torn last line of a run that was killed, or is writing it now. */
  notices: string[]
  /** Stages that have a checkpoint, with the newest iteration's number. */
  stages: Record<string, number>
  /** Newest good checkpoint of a stage (`train` is theta_0, `retrain-xmrl` the repaired one). */
  checkpoint(stage: string): Checkpoint | undefined
  /** safetensors bytes of the meta-parameters of a stage. */
  weights(stage?: string): Uint8Array | undefined
}

/** A loaded run. */
export interface LoadedRun {
  path: string
  experiment: Experiment
  manifest: Manifest
  /** In the order of the specification. */
  seeds: LoadedSeed[]
  /** Table over the seeds, where it was written. */
  table?: TableRecord
  /** Lines of every seed's metrics.jsonl, seed after seed, each with its seed. */
  readonly metrics: (MetricLine & { seed: number })[]
}

/**
 * Loads a run directory.
 * @throws XmrlError `ERR_RUN_NOT_FOUND`, `ERR_RECORD_INVALID` naming the file and key, `ERR_USAGE` for what is no path
 */
export async function loadRun(directory: string): Promise<LoadedRun> {
  const path = resolve(checkArgument('directory', directory, paths))
  const resolved = existsSync(path) ? readResolved(path) : undefined
  if (resolved === undefined) throw new XmrlError('ERR_RUN_NOT_FOUND', `${path} is not a run directory (no resolved.json)`)
  const parsed = specSchema.safeParse(resolved.spec)
  if (!parsed.success) {
    throw new XmrlError(
      'ERR_RECORD_INVALID',
      `${join(path, 'resolved.json')}: made by another version (${parsed.error.issues[0].path.join('.')})`,
      {
        cause: parsed.error
      }
    )
  }
  const spec = parsed.data
  const seeds = spec.seeds.map((seed) => loadSeed(placeOfSeed(path, spec.seeds, seed), seed))
  const tableFile = join(path, 'results', 'table.json')
  const table = existsSync(tableFile) ? readRecordFile(tableFile, 'table').body : undefined
  return {
    path,
    experiment: { written: readWritten(path) as WrittenSpec, spec, hash: resolved.hash },
    manifest: readManifestFile(path),
    seeds,
    ...(table === undefined ? {} : { table }),
    // Made when it is asked for: it is all of the seeds' lines once more.
    get metrics() {
      return seeds.flatMap(({ seed, metrics }) => metrics.map((line) => ({ seed, ...line })))
    }
  }
}

function loadSeed(path: string, seed: number): LoadedSeed {
  const checkpoints = join(path, 'checkpoints')
  const checkpoint = (stage: string) => newestCheckpoint(checkpoints, stage).checkpoint
  const file = join(path, 'metrics.jsonl')
  const { lines, torn } = readLog(file)
  return {
    seed,
    path,
    records: loadRecords(join(path, 'results')),
    metrics: lines,
    notices: torn === 0 ? [] : [`${file}: its last line is not whole: ${torn} bytes are left out`],
    stages: Object.fromEntries(listCheckpoints(checkpoints).map((entry) => [entry.stage, entry.iteration])),
    checkpoint,
    weights: (stage = 'train') => checkpoint(stage)?.files[WEIGHTS]
  }
}

function loadRecords(folder: string): SeedRecords {
  const records: SeedRecords = { evaluations: {}, arms: {} }
  if (!existsSync(folder)) return records
  for (const file of readFolder(folder).sort()) {
    const name = recordNameOf(file)
    // The table of a seed that lies flat is the run's.
    if (name === undefined || name === 'table') continue
    const kind = kindOf(name) as Exclude<RecordKind, 'table'>
    const { body } = readRecordFile(join(folder, file), name)
    const of = name.slice(kind.length + 1)
    if (kind === 'evaluation') records.evaluations[of] = body as never
    else if (kind === 'arm') records.arms[of] = body as never
    else if (kind === 'explanation' && of !== '') records.ownExplanations = { ...records.ownExplanations, [of]: body as never }
    else if (kind === 'augmentation' && of !== '') records.ownAugmentations = { ...records.ownAugmentations, [of]: body as never }
    else records[kind] = body as never
  }
  return records
}
