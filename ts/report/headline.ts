/** What happened in one or two plain sentences: before, after, after going on as before, the difference, may it be chance. */

import { methodOf, NULL, REFERENCE, repairsNothing, roleOf } from '../arms/index.js'
import { fixed, say, signed } from '../drawing/index.js'
import { EVALUATED, type Interval, type SeedRecords, type TableRecord, type TableRow } from '../records/index.js'
import { ENOUGH_SEEDS, leadingScores, seedScores } from '../select/index.js'
import { mean } from '../statistics/index.js'
import { armStyle, isMethod, spoken } from './arms.js'
import { leverText } from './lever.js'
import { decimalsFor, measureOf } from './measure.js'
import { doseText, favouredNothing, findingsText, foretoldText, heldText } from './verdict.js'

/** The row of an arm on a group of tasks of both pools, in the leading metric. */
export function rowOf(table: TableRecord | undefined, arm: string | undefined, group: TableRow['group']): TableRow | undefined {
  if (table === undefined) return undefined
  const { metric } = measureOf(table)
  return table.rows.find((row) => row.arm === arm && row.pool === 'both' && row.group === group && row.metric === metric)
}

/**
 * The arms that are to repair something: all but those that go on as before, and without a ceiling, which knows what no method can
 * know, unless there is no other.
 */
function repairs(table: TableRecord): string[] {
  const arms = [...new Set(table.rows.map((row) => row.arm))].filter((arm) => !repairsNothing(arm))
  const methods = arms.filter((arm) => roleOf(arm) !== 'ceiling')
  return methods.length > 0 ? methods : arms
}

/**
 * The arm that a report speaks of: the method; where it was not run the one that leaves the poor tasks best served; where nothing was to
 * be repaired the arm that goes on as before.
 */
export function leadingArm(table: TableRecord | undefined): string | undefined {
  if (table === undefined) return undefined
  const served = (arm: string) => rowOf(table, arm, 'poor')?.after ?? Number.NEGATIVE_INFINITY
  const arms = repairs(table)
  const method = methodOf(arms)
  if (method !== undefined) return method
  const [first, ...others] = arms
  if (first !== undefined) return others.reduce((best, arm) => (served(arm) > served(best) ? arm : best), first)
  return [REFERENCE, NULL].find((arm) => rowOf(table, arm, 'poor') !== undefined)
}

/**
 * The main result: the poor tasks of both pools together, under the arm that {@link leadingArm} names and under continued MAML.
 * Without a table, what `seeds` know of theta_0. All figures of the text have the same number of decimals.
 */
export function headline(table: TableRecord | undefined, seeds: readonly { seed: number; records: SeedRecords }[] = []): string {
  const told = table && result(table)
  return told === undefined ? known(seeds) : say(`${told.levels} ${told.verdict}.`, told.held)
}

/** The main result in parts. */
export interface Result {
  /** How the poor tasks were served before, after, and after going on as before: a sentence. */
  levels: string
  /** The difference, and may it be chance: a sentence without its full stop. */
  verdict: string
  /** That the arm went on as before on some seeds. */
  held?: string | undefined
  /** The difference in a line of its own, which says first whether it is shown. */
  line: string
}

/** The main result of a table; undefined where it has no arm to speak of. */
export function result(table: TableRecord): Result | undefined {
  const arm = leadingArm(table)
  const row = rowOf(table, arm, 'poor')
  if (arm === undefined || row === undefined) return undefined
  const count = table.seeds.length
  const from = seedsText(count)
  const start = count < ENOUGH_SEEDS ? `Preliminary, from ${from}: the` : `On ${from}, the`
  const { metric } = measureOf(table)
  const { levels, verdict, what, why, shown } = sentences(table, arm, row)
  const first = count === 1 ? 'One seed' : shown ? 'Shown' : 'Not shown'
  return {
    levels: `${start} poor tasks’ mean ${metric} was ${levels}.`,
    verdict,
    held: heldText(table, arm),
    line: `${first}: poor tasks’ ${metric}, ${what}; ${why}.`
  }
}

/** What is said beside the result: what the explanation came to, whether it foretold what came, how shares were steered. */
export function closing(table: TableRecord): string[] {
  const arm = leadingArm(table)
  const said = [
    findingsText(table),
    arm === undefined ? undefined : foretoldText(table, arm),
    ...(table.doses ?? []).map((row) => doseText(table, row.arm)),
    ...(table.levers ?? []).map((row) => leverText(table, row.arm, (value) => signed(value, measureOf(table).fall)))
  ]
  return said.filter((text) => text !== undefined)
}

/** Levels, and what to think of their difference: as a sentence, and in its parts. */
interface Sentences {
  levels: string
  verdict: string
  /** Which difference it is, and how large. */
  what: string
  why: string
  /** False where it may be chance. */
  shown: boolean
}

function sentences(table: TableRecord, arm: string, row: TableRow): Sentences {
  const measure = measureOf(table)
  const idle = repairsNothing(arm)
  const going = idle ? undefined : (rowOf(table, REFERENCE, 'poor') ?? rowOf(table, NULL, 'poor'))
  // Absent without the reference.
  const judged = going === undefined ? undefined : row.overMaml
  const gain = going === undefined ? row : judged
  const decimals = decimalsFor(
    measure,
    gain ?? row,
    going === undefined ? [row.after, row.before, row.gain] : [row.after, going.after, row.after - going.after]
  )
  const at = (value: number) => fixed(value, decimals)
  const others = repairs(table).length - 1
  // An arm that was picked for its result owes a part of it to the pick.
  const picked = !isMethod(arm) && !idle && others > 0 ? `the best of ${others + 1}` : undefined
  const flattered = picked === undefined ? undefined : `though picking ${picked} flatters it`
  const own = idle ? GOING_ON : `${spoken(arm)}${picked === undefined ? '' : ` (${picked})`}`
  if (going === undefined) {
    const open = idle ? 'no repair was tried' : 'what going on as before (MAML) would have given was not measured'
    const levels = `${at(row.before)} before ${idle ? 'any' : 'the'} repair and ${at(row.after)} after ${own}`
    const said = interval(row, table, decimals)
    const why = chance(row, table, arm, flattered)
    const shown = row.shown && !favouredNothing(table, arm)
    return { levels, verdict: `The change is ${said}: ${why}; ${open}`, what: `after ${own} minus before: ${said}`, why, shown }
  }
  const levels = `${at(row.before)} before the repair, ${at(row.after)} after ${own} and ${at(going.after)} after ${GOING_ON} with as many steps`
  const name = isMethod(arm) ? armStyle(arm).label : arm
  const difference = `The difference, ${name} minus MAML, is`
  const minus = `${name} minus going on as before (MAML):`
  if (judged === undefined) {
    const figure = signed(row.after - going.after, decimals)
    const why = `without the arm ${REFERENCE} it has no interval: it may be chance`
    return { levels, verdict: `${difference} ${figure}; ${why}`, what: `${minus} ${figure}`, why, shown: false }
  }
  const nothing = row.null?.gain
  // A second run of nothing new that differs by as much takes away what the interval seems to show.
  const drowned = nothing !== undefined && judged.gain !== 0 && Math.abs(nothing) >= Math.abs(judged.gain)
  const why = drowned
    ? 'it is no more than those two differ by, so it may be chance'
    : judged.gain === 0 && judged.low === 0 && judged.high === 0
      ? 'the two do not differ'
      : chance(judged, table, arm, judged.gain < 0 ? `and ${spoken(arm)} is the worse of the two` : flattered)
  const beside = nothing === undefined ? '' : `; two runs of MAML differ by ${at(Math.abs(nothing))}`
  return {
    levels,
    verdict: `${difference} ${interval(judged, table, decimals, beside)}: ${why}`,
    what: `${minus} ${interval(judged, table, decimals)}`,
    // A line of its own has not named the two runs.
    why: drowned ? `two runs of MAML differ by ${at(Math.abs(nothing))}, so it may be chance` : why,
    shown: judged.shown && !drowned && !favouredNothing(table, arm)
  }
}

const GOING_ON = 'going on as before (MAML)'

/** May a difference be chance: it is where the arm only went on as before; that its interval leaves 0 out is said of the tasks alone where there is one seed. */
function chance(gain: Interval, table: TableRecord, arm: string, more?: string): string {
  if (favouredNothing(table, arm)) return `${spoken(arm)} favoured no task, so it is chance or the price of explaining`
  if (gain.gain === 0 && gain.low === 0 && gain.high === 0) return 'nothing changed'
  if (!gain.shown) return 'it may be chance'
  const add = more === undefined ? '' : `, ${more}`
  if (table.seeds.length === 1) return `it is unlikely to be chance among these tasks${add}, but one seed cannot say whether it repeats`
  return `it is unlikely to be chance${add}`
}

/** `+0.06 (95 % interval −0.05 to +0.18)`, with what stands `beside` it; an end that rounds to 0 keeps its sign, which decides whether 0 lies inside. */
function interval({ gain, low, high }: Interval, table: TableRecord, decimals: number, beside = ''): string {
  const end = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(decimals)}`
  return `${signed(gain, decimals)} (${Math.round(100 * table.bootstrap.level)} % interval ${end(low)} to ${end(high)}${beside})`
}

/** `one seed`, `3 seeds`. */
export const seedsText = (count: number): string => (count === 1 ? 'one seed' : `${count} seeds`)

/** What is known where no arm has been scored: how theta_0 serves all tasks and, once they are found, the poor ones. */
function known(seeds: readonly { seed: number; records: SeedRecords }[]): string {
  const scored = seeds.flatMap(({ seed, records }) => {
    const { theta_0 } = records.evaluations
    if (theta_0 === undefined) return []
    const poor = records.poor ?? { evaluation: [], heldOut: [] }
    // The last stream: poor tasks were chosen on the others, which flatter their opposite.
    const { before } = seedScores(seed, { evaluations: { theta_0 }, poor, arms: {} })
    return [{ before, poor, found: records.poor !== undefined }]
  })
  if (scored.length === 0) return 'No policy of this run has been evaluated yet.'
  const metric = scored.every(({ before }) => EVALUATED.every((pool) => before[pool].success !== undefined)) ? 'success' : 'return'
  const of = ({ before, poor }: (typeof scored)[number], poorOnly: boolean) =>
    EVALUATED.flatMap((pool) => {
      const chosen = new Set(poor[pool])
      const values = metric === 'success' ? leadingScores(before[pool]) : before[pool].returns
      return values.filter((_, id) => !poorOnly || chosen.has(id))
    })
  const found = scored.every((each) => each.found)
  const all = mean(scored.map((each) => mean(of(each, false))))
  const poorest = found ? mean(scored.map((each) => mean(of(each, true)))) : undefined
  const spread = { gain: 0, low: Math.min(all, poorest ?? all), high: Math.max(all, poorest ?? all), shown: false }
  const decimals = decimalsFor(measureOf({ rows: [{ metric }] }), poorest === undefined ? { ...spread, low: 0 } : spread, [])
  const tasks = (poorOnly: boolean) => scored.reduce((sum, each) => sum + of(each, poorOnly).length, 0)
  const start = `Before any repair, from ${seedsText(scored.length)}: mean ${metric} is ${fixed(all, decimals)} over all ${tasks(false)} tasks`
  return poorest === undefined
    ? `${start}. Which of them are poor is not known yet, and nothing has been retrained.`
    : `${start} and ${fixed(poorest, decimals)} over the ${tasks(true)} poor ones. Nothing has been retrained yet, so there is no repair to judge.`
}
