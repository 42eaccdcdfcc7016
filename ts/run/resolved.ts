/** resolved.json: which experiment a run directory holds, and whether another specification may go on with it. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { XmrlError } from '../errors.js'
import {
  canonicalJson,
  completedSpec,
  type Experiment,
  hashedPart,
  migratedSpec,
  SPEC_VERSION,
  type Spec,
  sameDefinition
} from '../spec/index.js'
import { guardInput } from './atomic.js'

/** What resolved.json holds. */
export interface ResolvedFile {
  /** Of the specification; a file that says none is of version 1. */
  version: number
  hash: string
  /** As used; arms, definitions and presets of transfer of every command that worked in the directory. */
  spec: Spec
}

/** resolved.json of a directory in today's words, or undefined where it holds no run. */
export function readResolved(path: string): ResolvedFile | undefined {
  const file = join(path, 'resolved.json')
  if (!existsSync(file)) return undefined
  const cure = 'put back the one that the run was begun with'
  const value: unknown = guardInput('ERR_RECORD_INVALID', file, cure, () => JSON.parse(readFileSync(file, 'utf8')))
  const { version = 1, hash, spec: found } = isTree(value) ? value : {}
  if (typeof version === 'number' && version > SPEC_VERSION) {
    throw new XmrlError(
      'ERR_RECORD_INVALID',
      `${file}: version ${version} of specifications, and this xmrl reads up to ${SPEC_VERSION}: use a newer xmrl`
    )
  }
  const spec = isTree(found) && typeof version === 'number' ? completedSpec(migratedSpec(found), version) : found
  const whole =
    typeof hash === 'string' &&
    isTree(spec) &&
    Array.isArray(spec.seeds) &&
    isTree(spec.retrain) &&
    Array.isArray(spec.retrain.arms) &&
    [spec.explain, spec.evaluate, spec.augment].every(isTree)
  if (!whole) throw new XmrlError('ERR_RECORD_INVALID', `${file}: no resolved specification; ${cure}`)
  return { version: SPEC_VERSION, hash, spec: spec as unknown as Spec }
}

/**
 * The experiment that is worked on when `experiment` is asked for in a directory: itself in a fresh one; where a run is, with the seeds,
 * the arms and their definitions, and the presets of transfer that are there already. A run so grows, and nothing of it is forgotten.
 * @throws XmrlError `ERR_RUN_EXISTS` where the directory holds another experiment, another definition of an arm, or a run that was not
 * asked to go on
 */
export function grown(path: string, experiment: Experiment, resume: boolean): Experiment {
  const found = readResolved(path)
  if (found === undefined) return experiment
  const { spec } = experiment
  const refuse = (text: string): never => {
    throw new XmrlError('ERR_RUN_EXISTS', `${path} holds ${text}; choose another --out`)
  }
  // Compared by content: the hash of an older version may have been taken of other keys.
  const [there, asked] = [hashedPart(found.spec), hashedPart(spec)]
  if (canonicalJson(there) !== canonicalJson(asked)) refuse(otherSpec(migratedSpec(there), migratedSpec(asked)))
  const [defined, wanted] = [definitions(found.spec), definitions(spec)]
  const define = { ...defined, ...wanted }
  const equal = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b)
  for (const name of Object.keys(wanted).filter((each) => each in defined)) {
    // A choice of tasks by seed grows with the seeds.
    const both = sameDefinition(defined[name], wanted[name], equal)
    if (both !== undefined) define[name] = both
    else
      refuse(`another arm ${name} (retrain.define.${name}: ${JSON.stringify(defined[name])} there, ${JSON.stringify(wanted[name])} asked)`)
  }
  if (!resume) throw new XmrlError('ERR_RUN_EXISTS', `${path} holds a run already; add --resume to go on with it, or choose another --out`)
  // Who names no seeds or arms means those of the run, not the defaults.
  const { written } = experiment
  const seeds = written.seeds === undefined ? found.spec.seeds : withAll(found.spec.seeds, spec.seeds)
  const arms = written.retrain?.arms === undefined ? found.spec.retrain.arms : withAll(found.spec.retrain.arms, spec.retrain.arms)
  const transfer = withAll(found.spec.evaluate.transfer ?? [], spec.evaluate.transfer)
  const retrain = { ...spec.retrain, arms, define }
  return { ...experiment, spec: { ...spec, seeds, evaluate: { ...spec.evaluate, transfer }, retrain } }
}

/** What was asked for in its order, where it holds all that is there; else what is there, and then what is new. */
function withAll<T>(there: readonly T[], asked: readonly T[]): T[] {
  return there.every((each) => asked.includes(each)) ? [...asked] : [...new Set([...there, ...asked])]
}

/** Definitions of arms by name; none in a run of an older version. */
const definitions = ({ retrain }: Spec): Spec['retrain']['define'] => retrain.define ?? {}

type Tree = { [key: string]: unknown }
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value)

interface Difference {
  path: string
  /** Absent: the specification of that side has no such key. */
  there?: unknown
  asked?: unknown
}

/** What tells two specifications apart, in words: a value before a key that only one version knows. */
function otherSpec(there: unknown, asked: unknown): string {
  const all = differences(there, asked)
  const value = all.find((each) => 'there' in each && 'asked' in each)
  if (value !== undefined)
    return `a run of another spec (${value.path}: ${JSON.stringify(value.there)} there, ${JSON.stringify(value.asked)} asked)`
  const [{ path, there: gone, asked: now }] = all
  const more = all.length > 1 ? ` and ${all.length - 1} more ${all.length > 2 ? 'keys' : 'key'}` : ''
  if (now !== undefined)
    return `a run of a version without the key ${path} (${JSON.stringify(now)} here)${more}: only that version can go on with it`
  return `a run of a version with the key ${path} (${JSON.stringify(gone)} there)${more}, which this one does not know`
}

function differences(there: unknown, asked: unknown, path = ''): Difference[] {
  if (!isTree(there) || !isTree(asked)) return canonicalJson(there) === canonicalJson(asked) ? [] : [{ path, there, asked }]
  return [...new Set([...Object.keys(there), ...Object.keys(asked)])].flatMap((key) => {
    const at = path === '' ? key : `${path}.${key}`
    if (!(key in there)) return [{ path: at, asked: asked[key] }]
    if (!(key in asked)) return [{ path: at, there: there[key] }]
    return differences(there[key], asked[key], at)
  })
}
