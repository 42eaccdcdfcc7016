/**
 * A run directory that is being written: created or reopened, locked, never overwritten by another specification.
 * One seed lies flat in it; several lie in `seed-<n>/`, each laid out the same, with the pooled table above them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { XmrlError } from '../errors.js'
import { canonicalJson, type Experiment, type Spec } from '../spec/index.js'
import { guardOutput, makeFolder, TEMPORARY, writeAtomic } from './atomic.js'
import { type Lock, takeLock } from './lock.js'
import { origin } from './machine.js'
import { type Manifest, manifestSchema, type RecordHeader, type TableRecord } from './records.js'
import { SeedStore, writeRecordFile } from './store.js'

/** How a run directory is opened. */
export interface OpenOptions {
  /** Go on with what is there; without it, a folder that holds a run is refused. @default false */
  resume?: boolean
  /** The device that was chosen. @default 'cpu' */
  device?: string
  /** @default 1 */
  threads?: number
  /** Version of libtorch, where it was opened. */
  libtorch?: string
  /** Text of the spec file, kept word for word as spec.yaml. @default the written spec as YAML */
  specText?: string
}

/** What resolved.json holds. */
export interface ResolvedFile {
  hash: string
  spec: Spec
}

const OURS =
  /^(spec\.yaml|resolved\.json|manifest\.json|report\.html|metrics\.jsonl|timing\.jsonl|checkpoints|results|\.lock|\.tmp-.*|superseded-\d+|seed-\d+)$/

/** A locked run directory. */
export class RunDirectory {
  readonly path: string
  readonly experiment: Experiment
  readonly #lock: Lock
  readonly #stores = new Map<number, SeedStore>()
  #manifest: Manifest

  private constructor(path: string, experiment: Experiment, manifest: Manifest, lock: Lock) {
    this.path = path
    this.experiment = experiment
    this.#manifest = manifest
    this.#lock = lock
  }

  /**
   * Makes the directory for an experiment, or reopens the one that is there.
   * @throws XmrlError `ERR_RUN_EXISTS` (a run without `resume`, a run of another spec, foreign files), `ERR_RUN_LOCKED`,
   * `ERR_OUTPUT`, `ERR_RECORD_INVALID`
   */
  static open(out: string, experiment: Experiment, options: OpenOptions = {}): RunDirectory {
    const path = resolve(out)
    makeFolder(path)
    refuseForeign(path)
    const lock = takeLock(path)
    try {
      const found = readResolved(path)
      if (found !== undefined) checkSame(path, found, experiment, options.resume ?? false)
      const manifest = freshManifest(experiment, options, existingManifest(path))
      if (found === undefined) writeAtomic(join(path, 'spec.yaml'), options.specText ?? stringify(experiment.written))
      const directory = new RunDirectory(path, experiment, manifest, lock)
      directory.#writeManifest()
      // Last, because its presence is what says that the directory holds a run.
      const resolved: ResolvedFile = { hash: experiment.hash, spec: experiment.spec }
      if (found === undefined || found.spec.seeds.length !== experiment.spec.seeds.length) {
        writeAtomic(join(path, 'resolved.json'), `${JSON.stringify(resolved, null, 2)}\n`)
      }
      return directory
    } catch (error) {
      lock.release()
      throw error
    }
  }

  /** The store of one of the experiment's seeds; opened on first use. */
  seed(seed: number): SeedStore {
    const open = this.#stores.get(seed)
    if (open !== undefined) return open
    if (!this.experiment.spec.seeds.includes(seed))
      throw new XmrlError('ERR_USAGE', `seed ${seed} is not one of this run's seeds (${this.experiment.spec.seeds.join(', ')})`)
    const store = new SeedStore(
      seedFolder(this.path, this.experiment.spec, seed),
      seed,
      this.#origin(),
      this.experiment.spec.checkpoint.keep
    )
    this.#stores.set(seed, store)
    return store
  }

  /** The manifest as it stands. */
  get manifest(): Manifest {
    return this.#manifest
  }

  /** Notes the environment steps a stage of a seed has spent in all (not an increment: repeating it changes nothing). */
  recordSteps(seed: number, stage: string, envSteps: number): void {
    const before = this.#manifest.envSteps[seed] ?? {}
    this.#update({ envSteps: { ...this.#manifest.envSteps, [seed]: { ...before, [stage]: envSteps } } })
  }

  /** Notes how the run stands. */
  setStatus(status: Manifest['status']): void {
    this.#update({ status })
  }

  /** Writes the table over all seeds (`results/table.json` of the run itself). With one seed use the seed's own record. */
  writeTable(table: TableRecord): void {
    const folder = join(this.path, 'results')
    makeFolder(folder)
    const header: RecordHeader = { record: 'table', version: 1, ...this.#origin(), seed: null, sequence: 0, metricsBytes: 0 }
    writeRecordFile(join(folder, 'table.json'), 'table', header, table)
  }

  /** Writes report.html (or another file name) and returns its path. */
  writeReport(html: string, name = 'report.html'): string {
    const path = join(this.path, name)
    writeAtomic(path, html)
    return path
  }

  /** Closes every file and gives the lock back. Safe to call twice. */
  close(): void {
    for (const store of this.#stores.values()) store.close()
    this.#stores.clear()
    this.#lock.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #origin(): Omit<RecordHeader, 'record' | 'version' | 'seed' | 'sequence' | 'metricsBytes'> {
    const { commit, device, dtype } = this.#manifest
    return { specHash: this.experiment.hash, preset: this.experiment.spec.environment, commit, device, dtype }
  }

  #update(change: Partial<Manifest>): void {
    this.#manifest = { ...this.#manifest, ...change, updated: new Date().toISOString() }
    this.#writeManifest()
  }

  #writeManifest(): void {
    writeAtomic(join(this.path, 'manifest.json'), `${JSON.stringify(this.#manifest, null, 2)}\n`)
  }
}

/** Where a seed lies in a run directory. */
export function seedFolder(path: string, spec: Spec, seed: number): string {
  return spec.seeds.length === 1 ? path : join(path, `seed-${seed}`)
}

/** resolved.json of a directory, or undefined where it holds no run. */
export function readResolved(path: string): ResolvedFile | undefined {
  const file = join(path, 'resolved.json')
  if (!existsSync(file)) return undefined
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as ResolvedFile
    if (typeof value.hash !== 'string' || !Array.isArray(value.spec?.seeds)) throw new Error('no hash or no spec')
    return value
  } catch (cause) {
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: ${(cause as Error).message}`, { cause })
  }
}

/** spec.yaml of a directory, as written. */
export function readWritten(path: string): object {
  const file = join(path, 'spec.yaml')
  try {
    return existsSync(file) ? (parse(readFileSync(file, 'utf8')) ?? {}) : {}
  } catch (cause) {
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: it is not YAML`, { cause })
  }
}

/** manifest.json of a directory. */
export function readManifestFile(path: string): Manifest {
  const file = join(path, 'manifest.json')
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch (cause) {
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: not a manifest of this version`, { cause })
  }
}

function existingManifest(path: string): Manifest | undefined {
  return existsSync(join(path, 'manifest.json')) && existsSync(join(path, 'resolved.json')) ? readManifestFile(path) : undefined
}

function freshManifest(experiment: Experiment, options: OpenOptions, before: Manifest | undefined): Manifest {
  const now = new Date().toISOString()
  const { spec } = experiment
  return {
    version: 1,
    specHash: experiment.hash,
    preset: spec.environment,
    seeds: [...spec.seeds],
    ...origin(),
    device: options.device ?? before?.device ?? 'cpu',
    dtype: `${spec.learner.dtype} (roll-outs ${spec.learner.rolloutDtype})`,
    threads: options.threads ?? before?.threads ?? 1,
    ...(options.libtorch !== undefined ? { libtorch: options.libtorch } : {}),
    created: before?.created ?? now,
    updated: now,
    status: 'running',
    envSteps: before?.envSteps ?? {}
  }
}

function refuseForeign(path: string): void {
  if (existsSync(join(path, 'resolved.json'))) return
  const foreign = guardOutput(path, () => readdirSync(path)).filter((name) => !OURS.test(name) && !name.startsWith(TEMPORARY))
  if (foreign.length > 0) {
    throw new XmrlError(
      'ERR_RUN_EXISTS',
      `${path} holds files that are no run (${foreign[0]}${foreign.length > 1 ? ', ...' : ''}); choose another --out`
    )
  }
}

function checkSame(path: string, found: ResolvedFile, experiment: Experiment, resume: boolean): void {
  if (found.hash !== experiment.hash) {
    const difference = firstDifference(found.spec, experiment.spec)
    throw new XmrlError('ERR_RUN_EXISTS', `${path} holds a run of another spec (${difference}); choose another --out`)
  }
  const before = found.spec.seeds
  const now = experiment.spec.seeds
  const grows = before.length > 1 && before.every((seed) => now.includes(seed))
  if (!grows && canonicalJson(before) !== canonicalJson(now)) {
    throw new XmrlError('ERR_RUN_EXISTS', `${path} holds seeds ${before.join(', ')}, not ${now.join(', ')}; choose another --out`)
  }
  if (!resume) throw new XmrlError('ERR_RUN_EXISTS', `${path} holds a run already; add --resume to go on with it, or choose another --out`)
}

function firstDifference(a: unknown, b: unknown, path = ''): string {
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      if (path === '' && key === 'seeds') continue
      const x = (a as Record<string, unknown>)[key]
      const y = (b as Record<string, unknown>)[key]
      if (canonicalJson(x ?? null) !== canonicalJson(y ?? null)) return firstDifference(x, y, path === '' ? key : `${path}.${key}`)
    }
  }
  return `${path || 'spec'}: ${JSON.stringify(a)} there, ${JSON.stringify(b)} asked`
}
