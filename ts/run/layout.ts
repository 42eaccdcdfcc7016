/**
 * Where the seeds of a run lie: each in `seed-<n>/`, with the pooled table above them. The one seed of a run that an older version made
 * lies flat in the run's own folder; it is read there, and moved into a folder of its own when somebody goes on with it.
 */
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { guardOutput, makeFolder, syncFolder } from './atomic.js'

/** The folder of a seed. */
export const seedFolder = (path: string, seed: number): string => join(path, `seed-${seed}`)

/** What tells that a seed lies flat; moved last, so that a move that was cut off is gone on with. */
const MARKS = ['checkpoints', 'metrics.jsonl'] as const

const liesFlat = (path: string): boolean => MARKS.some((name) => existsSync(join(path, name)))

/** The folder in which a seed of a run is found. */
export function placeOfSeed(path: string, seeds: readonly number[], seed: number): string {
  return seeds.length === 1 && liesFlat(path) ? path : seedFolder(path, seed)
}

/**
 * Moves the one seed of an older run into its folder, file by file; the table over the run stays. Does nothing where no seed lies flat.
 * @param path a run directory that this process has locked
 * @throws XmrlError `ERR_OUTPUT`
 */
export function unflatten(path: string, seeds: readonly number[]): void {
  if (seeds.length !== 1 || !liesFlat(path)) return
  const own = seedFolder(path, seeds[0])
  const results = join(own, 'results')
  makeFolder(results)
  guardOutput(own, () => {
    const move = (from: string, to: string) => existsSync(from) && renameSync(from, to)
    const records = existsSync(join(path, 'results')) ? readdirSync(join(path, 'results')) : []
    for (const file of records.filter((name) => name !== 'table.json')) move(join(path, 'results', file), join(results, file))
    const others = readdirSync(path).filter((name) => name === 'timing.jsonl' || /^superseded-\d+$/.test(name))
    for (const name of [...others, ...MARKS]) move(join(path, name), join(own, name))
    for (const folder of [results, own, path]) syncFolder(folder)
  })
}
