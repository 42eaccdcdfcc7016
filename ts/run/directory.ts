/** A run directory that is being written: created or reopened, locked, never overwritten by another specification. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse, stringify } from 'yaml'
import { XmrlError } from '../errors.js'
import { type Manifest, manifestSchema, migrated, RECORD_VERSION, type RecordHeader, type TableRecord } from '../records/index.js'
import { canonicalJson, type Experiment, SPEC_VERSION, type Spec } from '../spec/index.js'
import { guardInput, guardOutput, inFile, makeFolder, TEMPORARY, writeAtomic } from './atomic.js'
import { INITIAL } from './files.js'
import { seedFolder, unflatten } from './layout.js'
import { type Lock, takeLock } from './lock.js'
import { origin } from './machine.js'
import { grown, type ResolvedFile, readResolved } from './resolved.js'
import { SeedStore, type StoreOrigin, writeRecordFile } from './store.js'

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
  /** The weights that training starts from, where `train.initial` names some; the run keeps a copy. */
  initial?: Uint8Array
}

/** Where a seed of a run lies and what its records say of their origin: plain data, so that another process can open it. */
export interface SeedPlace {
  path: string
  seed: number
  origin: StoreOrigin
  /** Checkpoints kept per stage. */
  keep: number
}

/** A seed's files, held by this process until `close`. */
export interface OpenSeed {
  readonly store: SeedStore
  close(): void
}

/** Milliseconds that the worker of a parent which was killed may take to be gone. */
const LAST_WORDS = 500

/**
 * Opens a seed of a run whose directory this process or its parent holds.
 * @throws XmrlError `ERR_RUN_LOCKED` where another process works on the seed, `ERR_CHECKPOINT_CORRUPT`, `ERR_OUTPUT`
 */
export function openSeed({ path, seed, origin, keep }: SeedPlace): OpenSeed {
  makeFolder(path)
  const lock = takeLock(path, LAST_WORDS)
  try {
    const store = new SeedStore(path, seed, origin, keep)
    return {
      store,
      close: () => {
        store.close()
        lock.release()
      }
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

const OURS =
  /^(spec\.yaml|resolved\.json|manifest\.json|report\.html|initial\.safetensors|table\.(md|tex|csv)|metrics\.jsonl|timing\.jsonl|checkpoints|results|\.lock|\.tmp-.*|superseded-\d+|seed-\d+)$/

/** A locked run directory. */
export class RunDirectory {
  readonly path: string
  /** What is worked on: what was asked for, and the seeds, arms and presets of transfer that were in the directory already. */
  readonly experiment: Experiment
  readonly #lock: Lock
  readonly #seeds = new Map<number, OpenSeed>()
  /** How the run stood when it was opened; undefined for a new one. */
  readonly before: Pick<Manifest, 'status' | 'seeds'> | undefined
  #manifest: Manifest

  private constructor(path: string, experiment: Experiment, before: Manifest | undefined, manifest: Manifest, lock: Lock) {
    this.path = path
    this.experiment = experiment
    this.before = before
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
      const whole = grown(path, experiment, options.resume ?? false)
      const before = existingManifest(path)
      const manifest = freshManifest(whole, options, before)
      if (options.initial !== undefined) keepInitial(path, options.initial, before, manifest)
      if (found === undefined) writeAtomic(join(path, 'spec.yaml'), options.specText ?? stringify(experiment.written))
      else unflatten(path, found.spec.seeds)
      const directory = new RunDirectory(path, whole, before, manifest, lock)
      directory.#writeManifest()
      // Last, because its presence is what says that the directory holds a run.
      const resolved: ResolvedFile = { version: SPEC_VERSION, hash: whole.hash, spec: whole.spec }
      if (canonicalJson(found) !== canonicalJson(resolved)) {
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
    const open = this.#seeds.get(seed) ?? openSeed(this.place(seed))
    this.#seeds.set(seed, open)
    return open.store
  }

  /** What another process needs to open one of the experiment's seeds. */
  place(seed: number): SeedPlace {
    const { spec } = this.experiment
    if (!spec.seeds.includes(seed))
      throw new XmrlError('ERR_USAGE', `seed ${seed} is not one of this run's seeds (${spec.seeds.join(', ')})`)
    return {
      path: seedFolder(this.path, seed),
      seed,
      origin: this.#origin(),
      keep: spec.checkpoint.keep
    }
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

  /** Writes the table over the run's seeds, `results/table.json` of the run itself. */
  writeTable(table: TableRecord): void {
    const folder = join(this.path, 'results')
    makeFolder(folder)
    const header: RecordHeader = { record: 'table', version: RECORD_VERSION, ...this.#origin(), seed: null, sequence: 0, metricsBytes: 0 }
    writeRecordFile(join(folder, 'table.json'), 'table', header, table)
  }

  /** Writes a file of the run itself (`report.html`, `table.md`) and returns its path. */
  writeFile(name: string, text: string): string {
    const path = join(this.path, name)
    writeAtomic(path, text)
    return path
  }

  /** Closes every file and gives the lock back. Safe to call twice. */
  close(): void {
    for (const seed of this.#seeds.values()) seed.close()
    this.#seeds.clear()
    this.#lock.release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #origin(): StoreOrigin {
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

/** spec.yaml of a directory, as written. */
export function readWritten(path: string): object {
  const file = join(path, 'spec.yaml')
  if (!existsSync(file)) return {}
  const text = guardInput('ERR_RECORD_INVALID', file, 'put back what the run was begun with', () => readFileSync(file, 'utf8'))
  try {
    return parse(text) ?? {}
  } catch (cause) {
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: it is not YAML; put back what the run was begun with`, { cause })
  }
}

/** manifest.json of a directory. */
export function readManifestFile(path: string): Manifest {
  const file = join(path, 'manifest.json')
  if (!existsSync(file)) {
    throw new XmrlError('ERR_RECORD_INVALID', `${file}: there is no such file; run the experiment again with --resume: it is made anew`)
  }
  const cure = 'remove it and run again with --resume: it is made anew'
  const value = guardInput('ERR_RECORD_INVALID', file, cure, () => JSON.parse(readFileSync(file, 'utf8')))
  const result = manifestSchema.safeParse(inFile(file, () => migrated(value)))
  if (result.success) return result.data
  const key = result.error.issues[0].path.join('.')
  throw new XmrlError('ERR_RECORD_INVALID', `${file}: not a manifest of this version${key === '' ? '' : ` (${key})`}; ${cure}`, {
    cause: result.error
  })
}

function existingManifest(path: string): Manifest | undefined {
  return existsSync(join(path, 'manifest.json')) && existsSync(join(path, 'resolved.json')) ? readManifestFile(path) : undefined
}

function freshManifest(experiment: Experiment, options: OpenOptions, before: Manifest | undefined): Manifest {
  const now = new Date().toISOString()
  const { spec } = experiment
  return {
    version: RECORD_VERSION,
    specHash: experiment.hash,
    preset: spec.environment,
    seeds: [...spec.seeds],
    ...origin(),
    device: options.device ?? before?.device ?? 'cpu',
    dtype: `${spec.learner.dtype} (roll-outs ${spec.learner.rolloutDtype})`,
    threads: options.threads ?? before?.threads ?? 1,
    ...(options.libtorch !== undefined ? { libtorch: options.libtorch } : {}),
    ...initialOf(spec, options.initial),
    created: before?.created ?? now,
    updated: now,
    status: 'running',
    envSteps: before?.envSteps ?? {}
  }
}

/** What the manifest says of the weights that training starts from. */
function initialOf({ train }: Spec, bytes: Uint8Array | undefined): Pick<Manifest, 'initial'> {
  if (train.initial === null || bytes === undefined) return {}
  return { initial: { file: train.initial, sha256: createHash('sha256').update(bytes).digest('hex') } }
}

/** Copies the weights that training starts from into a new run; in an old one they must be those it was begun with. */
function keepInitial(path: string, bytes: Uint8Array, before: Manifest | undefined, { initial }: Manifest): void {
  const file = join(path, INITIAL)
  if (before?.initial !== undefined && before.initial.sha256 !== initial?.sha256)
    throw new XmrlError(
      'ERR_CHECKPOINT_CORRUPT',
      `${file}: its SHA-256 is not the one in the manifest; put the file back that the run began with`
    )
  if (!existsSync(file)) writeAtomic(file, bytes)
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
