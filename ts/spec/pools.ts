/** What a specification's pools of tasks are: where they come from, how many there are, and what is wrong with them. */
import { suggestion } from '../spelling.js'
import type { EnvironmentSpec, Rareness } from './registry.js'
import type { Spec } from './schema.js'
import { isTree, type Tree } from './tree.js'

/** The pools by their keys. */
export const POOL_KEYS = ['training', 'evaluation', 'heldOut'] as const
type Pools = Spec['tasks']
type PoolKey = (typeof POOL_KEYS)[number]
type Written = Pools[PoolKey]

/** A task of one's own. */
export interface TaskRow {
  readonly values: readonly number[]
  readonly rare: boolean
}

/** The settings of the law `rare`. */
export interface RareSettings {
  share: number
  part: number
  end: 'low' | 'high'
}

/** Where the tasks of a pool come from. */
export type PoolSource =
  | { from: 'law'; count: number; law?: string; rare?: RareSettings }
  | { from: 'rows'; rows: readonly TaskRow[]; marked: boolean }
  | { from: 'file'; file: string; sha256?: string | undefined; rows?: number | undefined; marked?: boolean | undefined }

/** Where the tasks of a pool come from, as a resolved specification says it; without a law, the preset's own. */
export function poolSource(written: Written): PoolSource {
  if (typeof written === 'number') return { from: 'law', count: written }
  if (Array.isArray(written)) {
    const rows = written.map((each) => (Array.isArray(each) ? { values: each, rare: false } : each))
    return { from: 'rows', rows, marked: written.some((each) => !Array.isArray(each)) }
  }
  const { law, count = 0, share, part, end, file, ...read } = written
  if (file !== undefined) return { from: 'file', file, ...read }
  const rare = share === undefined || part === undefined || end === undefined ? {} : { rare: { share, part, end } }
  return { from: 'law', count, ...(law === undefined ? {} : { law }), ...rare }
}

/** How many tasks a pool has; undefined for a file that was not read. */
export function poolSize(written: Written): number | undefined {
  const source = poolSource(written)
  return source.from === 'law' ? source.count : source.from === 'rows' ? source.rows.length : source.rows
}

/** How many tasks of a pool are the poor ones: its share, rounded, at least one. */
export const poorCount = (fraction: number, size: number): number => Math.max(1, Math.round(fraction * size))

/** A pool whose tasks would all be poor ones, so that nothing could be compared with them, in words; undefined where there is none. */
export function splitProblem(fraction: number, pools: Pools): { path: string; text: string } | undefined {
  for (const key of ['evaluation', 'heldOut'] as const) {
    const size = poolSize(pools[key])
    if (size === undefined || poorCount(fraction, size) < size) continue
    const text = `${size} ${size === 1 ? 'task' : 'tasks'}, and with poor.fraction ${fraction} none is left besides the poor ones to compare them with; give more tasks`
    return { path: `tasks.${key}`, text }
  }
  return undefined
}

/**
 * Whether it is known which training tasks are rare: by the law that they are drawn by, or by marks of their own.
 * Undefined for a file that was not read.
 */
export function knowsRare(world: EnvironmentSpec<string> | undefined, { training }: Pools): boolean | undefined {
  const source = poolSource(training)
  if (source.from !== 'law') return source.marked
  return source.law === undefined ? world?.knowsRareTasks === true : source.rare !== undefined
}

/**
 * Written pools with what a law leaves out: as many tasks as `recipe` has, and the usual settings of the law `rare`. What is no law, or is
 * wrong, stays for the schema and {@link poolProblem} to refuse.
 */
export function withUsual(world: EnvironmentSpec<string> | undefined, written: unknown, recipe: unknown): unknown {
  if (!isTree(written)) return written
  const usual = world?.rareness
  const filled = Object.entries(written).map(([key, value]) => {
    if (!isTree(value) || value.law === undefined || value.file !== undefined) return [key, value] as const
    const under = isTree(recipe) && typeof recipe[key] === 'number' ? recipe[key] : 50
    const settings = value.law === 'rare' && usual !== undefined ? { share: usual.share, part: usual.part, end: usual.end } : {}
    return [key, { count: under, ...settings, ...value }] as const
  })
  return Object.fromEntries(filled)
}

/** What is wrong with the pools of an experiment, and where; undefined where nothing is that can be seen without reading files. */
export function poolProblem(world: EnvironmentSpec<string> | undefined, pools: Pools): { path: string; text: string } | undefined {
  for (const key of POOL_KEYS) {
    const path = `tasks.${key}`
    const written = pools[key]
    if (isTree(written)) {
      const problem = mixture(written as Tree) ?? (world && lawProblem(key, written as Tree, world))
      if (problem !== undefined) return { path: problem.key === '' ? path : `${path}.${problem.key}`, text: problem.text }
    }
    const source = poolSource(written)
    if (source.from !== 'rows' || world === undefined) continue
    for (const [at, { values }] of source.rows.entries()) {
      const text = rowProblem(values, world)
      if (text !== undefined) return { path: `${path}.${at}`, text }
    }
  }
  return undefined
}

/** Keys that do not go together. */
function mixture(written: Tree): { key: string; text: string } | undefined {
  const has = (...keys: string[]) => keys.find((key) => written[key] !== undefined)
  const [law, file] = [has('law'), has('file')]
  if (law !== undefined && file !== undefined) return { key: '', text: 'a law and a file; give one of them' }
  if (law === undefined && file === undefined)
    return { key: '', text: 'no law and no file; write {law: uniform, count: 50} or {file: tasks.csv}' }
  const idle = law === undefined ? has('count', 'share', 'part', 'end') : has('sha256', 'rows', 'marked')
  if (idle === undefined) return undefined
  return { key: idle, text: law === undefined ? 'a file has as many tasks as it has rows, and no law' : 'is said of files; leave it out' }
}

function lawProblem(pool: PoolKey, written: Tree, world: EnvironmentSpec<string>): { key: string; text: string } | undefined {
  const { law } = written
  if (typeof law !== 'string') return undefined
  const isPreset = world.abilities === undefined
  if (law === 'rare' && isPreset && !world.taskLaws.includes(law)) {
    const why = `its tasks (${world.taskNames.join(', ')}) are no range of which a part could be rare`
    return { key: 'law', text: `${world.preset} has no law rare: ${why}; its laws are ${world.taskLaws.join(', ')}` }
  }
  if (!world.taskLaws.includes(law))
    return { key: 'law', text: `unknown law "${law}" of ${world.preset}${suggestion(law, world.taskLaws)}` }
  const isRare = law === 'rare' && world.rareness !== undefined
  if (isRare && pool !== 'training')
    return {
      key: 'law',
      text: 'rare is a law of the training pool; tasks that are measured on are drawn from the whole: write uniform, or a count'
    }
  const setting = ['share', 'part', 'end'].find((key) => written[key] !== undefined)
  return isRare || setting === undefined ? undefined : { key: setting, text: `is a setting of the law rare, not of ${law}` }
}

/** What is wrong with one task, in words: its width, or a number that its world does not take. */
export function rowProblem(
  values: readonly number[],
  { preset, taskNames, taskLow, taskHigh }: Pick<EnvironmentSpec<string>, 'preset' | 'taskNames' | 'taskLow' | 'taskHigh'>
): string | undefined {
  if (values.length !== taskNames.length)
    return `${values.length} ${values.length === 1 ? 'number' : 'numbers'}, and a task of ${preset} has ${taskNames.length} (${taskNames.join(', ')})`
  const at = values.findIndex((value, k) => !(value >= taskLow[k] && value <= taskHigh[k]) || !Number.isFinite(value))
  if (at < 0) return undefined
  const bounds = Number.isFinite(taskLow[at]) || Number.isFinite(taskHigh[at]) ? ` from ${taskLow[at]} to ${taskHigh[at]}` : ''
  return `${taskNames[at]} is ${values[at]}; ${preset} takes finite numbers${bounds}`
}

/**
 * What is rare under a law, in words: `10 % with the goal velocity in the highest 40 % of its range`.
 * @param law on what of a task it acts, and its settings
 */
export function rareText({ on, turns, share: rare, part, end }: Rareness): string {
  const percent = (value: number) => `${Number((100 * value).toFixed(1))} %`
  const degrees = `a sector of ${Number((360 * part).toFixed(1))} degrees`
  // Where a turn begins is drawn with the seed, so that its ends differ in nothing but where they are.
  const where = turns
    ? `in ${degrees} that turns with the seed`
    : `in the ${end === 'high' ? 'highest' : 'lowest'} ${percent(part)} of its range`
  return `${percent(rare)} with the ${on} ${where}`
}

/**
 * The pools as an experiment is hashed by: of a file what it holds, not where it is; of the preset's own law the count alone, as it
 * was said before laws had names.
 */
export function hashedPools(world: EnvironmentSpec<string> | undefined, pools: Pools): Tree {
  const own = world && { law: world.taskLaws[0], rare: world.knowsRareTasks ? world.rareness : undefined }
  return Object.fromEntries(
    Object.entries(pools).map(([key, written]) => {
      const source = poolSource(written)
      if (source.from === 'file') return [key, { sha256: source.sha256 ?? null }]
      if (source.from === 'rows' || source.law === undefined || source.law !== own?.law) return [key, written]
      const { rare } = source
      const usual = rare === undefined || (['share', 'part', 'end'] as const).every((setting) => rare[setting] === own.rare?.[setting])
      return [key, usual ? source.count : written]
    })
  )
}
