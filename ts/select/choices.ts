/** What the explanations of a table found: the run's, and those of arms that explain by themselves. */
import type { ChoiceRow, EvaluatedPool, ExplanationRecord } from '../records/index.js'
import { mean } from '../statistics/index.js'

/** What a table reads of an explanation. */
export interface ChoiceScores {
  /** Rank correlation of its two halves. */
  splitHalfSpearman: number
  /** Critical tasks as a share of the training tasks. */
  criticalFraction: number
  /** True where it did not repeat and the nearest tasks were taken. */
  fallback: boolean
  /** Weight on the training tasks that are rare, where the task law says which. */
  weightOnRare?: number
  /** Weight on the training tasks of each kind, where there are several. */
  weightByKind?: Readonly<Record<string, number>>
  /** Number of tasks that equal weights would have to be shared among to be as spread. */
  effectiveTasks?: number
  /** What it came to. */
  finding?: Finding
  /** What it foretold of each task of the pools. */
  foretold?: Readonly<Record<EvaluatedPool, readonly number[]>>
}

/** What an explanation comes to. */
export type Finding = NonNullable<ExplanationRecord['verdict']>['finding']

/** The part of an explanation's record that is read here. */
interface Explained {
  critical: readonly number[]
  omega: readonly number[]
  weights: readonly number[]
  splitHalfSpearman: number
  fallback: boolean
  effectiveTasks?: number | undefined
  verdict?: { finding: Finding } | undefined
  foretold?: Readonly<Record<EvaluatedPool, readonly number[]>> | undefined
}

/** What a table reads of an explanation's record; `rare` of the training pool where the task law says, `kinds` of it where there are several. */
export function choiceScores(found: Explained, rare: readonly boolean[] | undefined, kinds?: readonly string[]): ChoiceScores {
  const { critical, omega, weights, splitHalfSpearman, fallback, effectiveTasks, verdict, foretold } = found
  return {
    splitHalfSpearman,
    criticalFraction: critical.length / omega.length,
    fallback,
    ...(rare === undefined ? {} : { weightOnRare: weights.reduce((sum, weight, task) => sum + (rare[task] ? weight : 0), 0) }),
    ...(kinds === undefined ? {} : { weightByKind: weightByKind(weights, kinds) }),
    ...(effectiveTasks === undefined ? {} : { effectiveTasks }),
    ...(verdict === undefined ? {} : { finding: verdict.finding }),
    ...(foretold === undefined ? {} : { foretold: { evaluation: foretold.evaluation, heldOut: foretold.heldOut } })
  }
}

/** What weight lies on the tasks of each kind, kinds in the order of their tasks. */
export function weightByKind(weights: readonly number[], kinds: readonly string[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [task, kind] of kinds.entries()) sums[kind] = (sums[kind] ?? 0) + weights[task]
  return sums
}

/** Means over seeds; a kind that a seed has no task of got no weight there. */
function meanByKind(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))]
  return Object.fromEntries(names.map((name) => [name, mean(all.map((each) => each[name] ?? 0))]))
}

/** Means over seeds of every explanation that all of them have, the run's first. */
export function choiceRows(seeds: readonly { choices?: Readonly<Record<string, ChoiceScores>> }[]): ChoiceRow[] {
  const [first, ...others] = seeds.map((seed) => seed.choices ?? {})
  const names = Object.keys(first).filter((arm) => others.every((choices) => arm in choices))
  return names.sort().map((arm) => {
    const all = seeds.flatMap((seed) => (seed.choices === undefined ? [] : [seed.choices[arm]]))
    const rare = all.flatMap(({ weightOnRare }) => (weightOnRare === undefined ? [] : [weightOnRare]))
    const effective = all.flatMap(({ effectiveTasks }) => (effectiveTasks === undefined ? [] : [effectiveTasks]))
    const kinds = all.flatMap((choice) => (choice.weightByKind === undefined ? [] : [choice.weightByKind]))
    const came = (to: Finding) => all.filter(({ finding }) => finding === to).length
    return {
      arm,
      splitHalfSpearman: mean(all.map((choice) => choice.splitHalfSpearman)),
      criticalFraction: mean(all.map((choice) => choice.criticalFraction)),
      fallbacks: all.filter((choice) => choice.fallback).length,
      ...(rare.length === all.length ? { weightOnRare: mean(rare) } : {}),
      ...(kinds.length === all.length ? { weightByKind: meanByKind(kinds) } : {}),
      ...(effective.length === all.length ? { effectiveTasks: mean(effective) } : {}),
      ...(all.every(({ finding }) => finding !== undefined)
        ? { findings: { repair: came('repair'), spread: came('spread'), unrepeatable: came('unrepeatable') } }
        : {})
    }
  })
}
