/** A sweep file: what may stand in it, and the cells that its matrix comes to, each validated before anything is handed to an engine. */
import { resolve } from 'node:path'
import { z } from 'zod'
import { XmrlError } from '../errors.js'
import { SWEEP_VERSION, type SweepCell, type SweepPlan } from '../records/index.js'
import { placedFrom, placePaths, readSpecFile, readYamlFile, whatIs } from '../run/index.js'
import { applyOverrides, canonicalJson, isPreset, parseSeeds, type WrittenSpec } from '../spec/index.js'
import { shown, suggestion } from '../spelling.js'
import { experimentOf } from './experiment.js'

/** What a sweep file holds. */
const sweepFile = z.strictObject({
  /** Preset, spec file or own world. */
  base: z.string().min(1).default('drone-planar'),
  /** Paths of specification keys, each with the values it takes; the cells are all combinations. */
  matrix: z.record(z.string(), z.array(z.unknown()).min(1, 'is empty: name at least one value')).default({}),
  seeds: z.union([z.string(), z.number(), z.array(z.number())]),
  /** @default those of the base */
  arms: z.array(z.string()).min(1, 'is empty: name at least one arm').optional(),
  /** The sweep's directory. @default `runs/<name of the file>` beside the file */
  out: z.string().min(1).optional(),
  /** Units at a time. */
  jobs: z.number().int().positive().optional(),
  /** Threads of each unit. */
  threads: z.number().int().positive().optional(),
  /** How often a unit may begin after it was handed over. */
  attempts: z.number().int().positive().default(20),
  slurm: z.record(z.string(), z.unknown()).default({})
})

/** Most units of a sweep. */
const MOST_UNITS = 100_000
/** Characters of a cell's folder name. */
const LONGEST = 80

/** A sweep file that was read and found good. */
export interface SweepFile {
  /** The sweep's directory. */
  out: string
  plan: SweepPlan
  /** The file's text, which the directory keeps. */
  text: string
}

/**
 * Reads a sweep file. Paths in it (`base`, `environment`, `out`, files of the specification) count from its folder.
 * @param out the directory, where the command line names another
 * Errors: `ERR_SPEC_INVALID` naming file, key and fix, for a cell its values too
 */
export async function readSweepFile(file: string, out?: string): Promise<SweepFile> {
  const { tree, text, folder } = readYamlFile(file, 'a sweep file (YAML)')
  const fail = (said: string, cause?: unknown): never => {
    throw new XmrlError('ERR_SPEC_INVALID', `${file}: ${said}`, { cause })
  }
  const result = sweepFile.safeParse(tree)
  if (!result.success) return fail(issueText(result.error.issues[0]), result.error)
  const { base, matrix, arms, jobs, threads, attempts, slurm, ...rest } = result.data
  const seeds = seedsOf(rest.seeds, fail)
  const keys = Object.keys(matrix)
  for (const key of keys) checkKey(key, matrix[key], fail)
  const count = keys.reduce((product, key) => product * matrix[key].length, seeds.length)
  if (count > MOST_UNITS) fail(`matrix and seeds come to ${count} units, more than ${MOST_UNITS}; make several sweeps of it`)
  const under = baseOf(base, folder, fail)
  const made: MadeCell[] = []
  for (const values of combinations(keys, matrix)) made.push(await cellOf(under, { values, arms, seeds, folder }, fail))
  const twin = twins(made)
  if (twin !== undefined) fail(`matrix: two cells are the same experiment (${cellText(twin)}); leave one of the values out`)
  const optional = { ...(jobs === undefined ? {} : { jobs }), ...(threads === undefined ? {} : { threads }) }
  const name = file.replace(/^.*\//, '').replace(/\.[^.]+$/, '')
  return {
    out: out === undefined ? placedFrom(folder, rest.out ?? `runs/${name}`) : resolve(out),
    plan: { version: SWEEP_VERSION, keys, cells: named(made), seeds, ...optional, attempts, slurm },
    text
  }
}

/** A cell's values as people read them: `retrain.criticalShare=0.5, environment=drone-planar`. */
export function cellText({ values }: Pick<SweepCell, 'values'>): string {
  const all = Object.entries(values).map(([key, value]) => `${key}=${typeof value === 'string' ? value : shown(value)}`)
  return all.length === 0 ? 'the base' : all.join(', ')
}

type Fail = (said: string, cause?: unknown) => never

function issueText(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys
    return `${[...issue.path, key].join('.')}: no such key of a sweep${suggestion(key, Object.keys(sweepFile.shape))}`
  }
  if (path === 'seeds') return 'seeds: give a range such as 0..29, or a list of whole numbers'
  return `${path}: ${issue.message.replace(/^Invalid input: /, '')}`
}

function seedsOf(written: string | number | number[], fail: Fail): number[] {
  if (typeof written === 'string') {
    try {
      return parseSeeds(written)
    } catch (error) {
      return fail((error as Error).message, error)
    }
  }
  const seeds = [written].flat()
  const bad = seeds.find((seed) => !Number.isSafeInteger(seed) || seed < 0)
  if (bad !== undefined) return fail(`seeds: ${bad} is no whole number from 0`)
  if (seeds.length === 0) return fail('seeds: empty; name at least one, such as 0..9')
  if (new Set(seeds).size !== seeds.length) return fail('seeds: a seed is named twice')
  return seeds
}

/** Keys that are the sweep's own. */
const OWN: Readonly<Record<string, string>> = { seeds: 'seeds', 'retrain.arms': 'arms', arms: 'arms' }

function checkKey(key: string, values: readonly unknown[], fail: Fail): void {
  const own = OWN[key]
  if (own !== undefined) fail(`matrix.${key}: every cell has the same ${own}; write them as ${own}: at the top of the file`)
  const texts = values.map((value) => canonicalJson(value))
  const twice = texts.find((text, place) => texts.indexOf(text) !== place)
  if (twice !== undefined) fail(`matrix.${key}: ${twice} stands there twice`)
}

/** What every cell varies. */
function baseOf(base: string, folder: string, fail: Fail): WrittenSpec {
  if (isPreset(base)) return { environment: base }
  const path = placedFrom(folder, base)
  const found = whatIs(path)
  if (found === 'folder') return fail(`base: ${base} is a folder; name a preset, a spec file or an own world`)
  if (!/\.(ya?ml|json)$/i.test(base)) return { environment: worldOf(base, folder) as never }
  try {
    return readSpecFile(path).written
  } catch (error) {
    return fail(`base: ${(error as Error).message}`, error)
  }
}

/** The name of a world, or the place of one of the user's own, wherever the unit runs. */
const worldOf = (environment: string, folder: string) =>
  /^(\.{1,2}|~)?\//.test(environment) ? placedFrom(folder, environment) : environment

/** All combinations of the values, the last key the fastest. */
function combinations(keys: readonly string[], matrix: Readonly<Record<string, readonly unknown[]>>): Record<string, unknown>[] {
  return keys.reduce<Record<string, unknown>[]>(
    (cells, key) => cells.flatMap((cell) => matrix[key].map((value) => ({ ...cell, [key]: value }))),
    [{}]
  )
}

interface Wanted {
  values: Record<string, unknown>
  arms: string[] | undefined
  seeds: readonly number[]
  folder: string
}

async function cellOf(base: WrittenSpec, { values, arms, seeds, folder }: Wanted, fail: Fail): Promise<MadeCell> {
  try {
    const { train, ...others } = base
    const again = train !== undefined && 'train.initial' in values
    // Weights that are named anew count from the sweep file, not from where the old ones did.
    const under = again ? { ...others, train: { ...train, initialFrom: undefined } } : base
    const overrides = Object.entries(values).map(([key, value]) => {
      const placed = key === 'environment' && typeof value === 'string' ? worldOf(value, folder) : value
      return `${key}=${flow(placed)}`
    })
    const more = arms === undefined ? [] : [`retrain.arms=${JSON.stringify(arms)}`]
    const { seeds: _, ...written } = placePaths(applyOverrides(plain(under), [...overrides, ...more]), folder)
    const { hash, spec } = await experimentOf({ ...written, seeds: [...seeds] } as WrittenSpec)
    const cell = { values, written: plain(written) as Record<string, unknown>, hash, arms: [...spec.retrain.arms] }
    return { cell, text: canonicalJson(spec) }
  } catch (error) {
    if (!(error instanceof XmrlError)) throw error
    return fail(`${Object.keys(values).length === 0 ? '' : `matrix, cell ${cellText({ values })}: `}${error.message}`, error)
  }
}

/** A cell without its name, and all of its specification as one text. */
interface MadeCell {
  cell: Omit<SweepCell, 'name'>
  text: string
}

/** A value as YAML has it in one line: JSON, with a word for what JSON has none for. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf'
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)}: ${flow(inner)}`)
    .join(', ')}}`
}

/** Without keys that are undefined, as a file has it. */
const plain = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value))

/** Cells with names: their values, and a number where values read alike. */
function named(cells: readonly MadeCell[]): SweepCell[] {
  const taken = new Set<string>()
  return cells.map(({ cell }) => {
    const stem = slug(Object.values(cell.values))
    let name = stem
    for (let more = 2; taken.has(name); more++) name = `${stem}-${more}`
    taken.add(name)
    return { name, ...cell }
  })
}

function slug(values: readonly unknown[]): string {
  const texts = values.map((value) => {
    const text = typeof value === 'string' ? value.replace(/^.*\/(?=[^/]*\.\w+$)/, '') : JSON.stringify(value)
    return text.replace(/[^A-Za-z0-9.-]+/g, '_').replace(/^[^A-Za-z0-9-]+|_+$/g, '')
  })
  const name = texts
    .filter((text) => text !== '')
    .join('+')
    .slice(0, LONGEST)
  return /^[A-Za-z0-9]/.test(name) ? name : `cell${name}`
}

/** The first cell that is what another is already. */
function twins(cells: readonly MadeCell[]): Omit<SweepCell, 'name'> | undefined {
  const texts = cells.map(({ text }) => text)
  return cells.find(({ text }, place) => texts.indexOf(text) !== place)?.cell
}
