/** Arms on other presets of their environment, from scores that all seeds have. */

import { inArmOrder } from '../arms/index.js'
import { GROUPS, type Interval, type Metric, type TransferRow, type TransferScores } from '../records/index.js'
import { mean } from '../statistics/index.js'
import type { Bootstrap } from './bootstrap.js'
import { overBothRows } from './contrasts.js'
import { differences, type SeedScores, values } from './scores.js'

/** Rows by preset (in the order of the first seed), arm and group; what some seed lacks is left out. */
export function transferRows(seeds: readonly SeedScores[], metric: Metric, bootstrap: Bootstrap): TransferRow[] {
  const has = (seed: SeedScores, preset: string, arm: string) => seed.transfer?.[preset]?.[arm] !== undefined
  const presets = Object.keys(seeds[0].transfer ?? {}).filter((preset) => seeds.every((seed) => has(seed, preset, 'theta_0')))
  return presets.flatMap((preset) => {
    const there = seeds.map((seed) => on(seed, preset))
    const arms = inArmOrder(Object.keys(there[0].arms)).filter((arm) => seeds.every((seed) => has(seed, preset, arm)))
    const over = overBothRows(there, arms, metric, bootstrap)
    return arms.flatMap((arm) =>
      GROUPS.map((group) => {
        const of = (which: string) => there.map((seed) => values(seed, which, 'both', group, metric))
        const [before, after] = [of('theta_0'), of(arm)]
        const found = over.find((row) => row.arm === arm && row.pool === 'both' && row.group === group)
        return {
          preset,
          arm,
          group,
          before: mean(before.map(mean)),
          after: mean(after.map(mean)),
          ...bootstrap.interval(differences(after, before)),
          ...(found === undefined ? {} : { overBoth: interval(found) })
        }
      })
    )
  })
}

/** A seed as if it had been scored on another preset; its poor tasks are those of its own. */
function on(seed: SeedScores, preset: string): SeedScores {
  const { theta_0: before, ...arms } = (seed.transfer as TransferScores)[preset]
  return { ...seed, before, arms }
}

const interval = ({ gain, low, high, shown }: Interval): Interval => ({ gain, low, high, shown })
