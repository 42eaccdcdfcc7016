/** What a part of the method is worth: arms compared with one another, and the gain against the number of critical tasks. */
import { METHOD, NULL, questions, REFERENCE } from '../arms/index.js'
import { type AblationRow, type CriticalPoint, type Group, type Metric, type OverBothRow, TABLE_POOLS } from '../records/index.js'
import { mean } from '../statistics/index.js'
import type { Bootstrap } from './bootstrap.js'
import { averaged } from './poor.js'
import { differences, type SeedScores, values } from './scores.js'

/** An arm that a specification defines: a built-in one with some of its data replaced; without a base, one whose tasks are given. */
export interface Variant {
  readonly base?: string | undefined
  readonly criticalFraction?: number
  readonly criticalShare?: unknown
}

const GROUPS: readonly Group[] = ['poor', 'other']

/** Every arm against the mean, task by task, of the reference and its null; empty where one of them was not run. */
export function overBothRows(seeds: readonly SeedScores[], arms: readonly string[], metric: Metric, bootstrap: Bootstrap): OverBothRow[] {
  const references = [REFERENCE, NULL]
  if (!references.every((name) => arms.includes(name))) return []
  return arms
    .filter((arm) => !references.includes(arm))
    .flatMap((arm) =>
      TABLE_POOLS.flatMap((pool) =>
        GROUPS.map((group) => {
          const of = (seed: SeedScores, which: string) => values(seed, which, pool, group, metric)
          const reference = seeds.map((seed) => averaged(references.map((name) => of(seed, name))))
          const own = seeds.map((seed) => of(seed, arm))
          return { arm, pool, group, ...bootstrap.interval(differences(own, reference)) }
        })
      )
    )
}

/** Every comparison that the arms allow; a defined arm is compared with the one it varies, one of given tasks with the method. */
export function ablationRows(
  seeds: readonly SeedScores[],
  arms: readonly string[],
  variants: Readonly<Record<string, Variant>>,
  metric: Metric,
  bootstrap: Bootstrap
): AblationRow[] {
  const varied = Object.entries(variants).map(([arm, variant]) =>
    variant.base === undefined
      ? { question: 'explained against given tasks', arm: METHOD, against: arm }
      : { question: changes(variant), arm, against: variant.base }
  )
  return [...questions(), ...varied]
    .filter(({ arm, against }) => arms.includes(arm) && arms.includes(against))
    .flatMap(({ question, arm, against }) =>
      GROUPS.map((group) => {
        const of = (which: string) => seeds.map((seed) => values(seed, which, 'both', group, metric))
        return { question, arm, against, group, ...bootstrap.interval(differences(of(arm), of(against))) }
      })
    )
}

/** What a variant changes, such as `criticalFraction 0.1, explain.solver implicit`. */
function changes({ base: _, ...changed }: Variant): string {
  const texts = (keys: object, under = ''): string[] =>
    Object.entries(keys)
      .filter(([, value]) => value !== undefined)
      .flatMap(([key, value]) =>
        typeof value === 'object' && value !== null ? texts(value, `${under}${key}.`) : [`${under}${key} ${value}`]
      )
  return texts(changed).join(', ')
}

/**
 * The N_cri curve: the method and its variants that set nothing but the share of critical tasks, by that share. Empty where fewer
 * than two of them, or no reference, were run.
 */
export function criticalCurve(
  seeds: readonly SeedScores[],
  arms: readonly string[],
  variants: Readonly<Record<string, Variant>>,
  metric: Metric,
  bootstrap: Bootstrap
): CriticalPoint[] {
  const set = Object.entries(variants).flatMap(([arm, { base, criticalFraction, ...others }]) =>
    base === METHOD && criticalFraction !== undefined && Object.values(others).every((value) => value === undefined) && arms.includes(arm)
      ? [{ arm, criticalFraction, set: true }]
      : []
  )
  const settled = seeds.flatMap(({ choices }) => (choices?.[''] === undefined ? [] : [choices[''].criticalFraction]))
  const own = arms.includes(METHOD) && settled.length === seeds.length ? [{ arm: METHOD, criticalFraction: mean(settled), set: false }] : []
  const points = [...own, ...set].sort((a, b) => a.criticalFraction - b.criticalFraction)
  if (set.length === 0 || points.length < 2 || !arms.includes(REFERENCE)) return []
  return points.flatMap((point) =>
    GROUPS.map((group) => {
      const of = (which: string) => seeds.map((seed) => values(seed, which, 'both', group, metric))
      const after = of(point.arm)
      return { ...point, group, after: mean(after.map(mean)), overMaml: bootstrap.interval(differences(after, of(REFERENCE))) }
    })
  )
}
