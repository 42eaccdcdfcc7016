/** Scores by the kind of task, where a world has several. */
import { REFERENCE } from '../arms/index.js'
import { EVALUATED, type KindRow, type Metric } from '../records/index.js'
import { mean } from '../statistics/index.js'
import type { Bootstrap } from './bootstrap.js'
import { differences, type SeedScores, values } from './scores.js'

/** A row a kind and arm, theta_0 first, over the tasks of both pools; empty where a seed does not know its tasks' kinds. */
export function kindRows(seeds: readonly SeedScores[], arms: readonly string[], metric: Metric, bootstrap: Bootstrap): KindRow[] {
  if (seeds.some(({ kinds }) => kinds === undefined)) return []
  const tasks = seeds.map(({ kinds, poor }) =>
    EVALUATED.flatMap((pool) => (kinds?.[pool] ?? []).map((kind, id) => ({ kind, poor: poor[pool].includes(id) })))
  )
  const names = [...new Set(tasks.flatMap((own) => own.map(({ kind }) => kind)))]
  return names.flatMap((kind) => {
    const of = (arm: string) =>
      seeds.map((seed, i) => values(seed, arm, 'both', 'mean', metric).filter((_, task) => tasks[i][task].kind === kind))
    const own = tasks.flat().filter((task) => task.kind === kind)
    const compared = arms.includes(REFERENCE)
    return ['theta_0', ...arms].map((arm) => ({
      kind,
      arm,
      tasks: own.length,
      poor: own.filter(({ poor }) => poor).length,
      // Seeds that have tasks of the kind weigh the same.
      value: mean(
        of(arm)
          .filter((scores) => scores.length > 0)
          .map(mean)
      ),
      ...(compared && arm !== REFERENCE && arm !== 'theta_0' ? { overMaml: bootstrap.interval(differences(of(arm), of(REFERENCE))) } : {})
    }))
  })
}
