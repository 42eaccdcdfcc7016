/** The repair of one seed in one sentence, for a reader who knows none of the method's words. */

import { NULL, REFERENCE } from '../arms/index.js'
import { count, percent } from '../drawing/index.js'
import type { ArmRecord, SeedRecords, TableRecord } from '../records/index.js'
import { doseTurns } from '../select/index.js'
import { marginText } from './measure.js'

/** What a sentence needs beside records: the arm, the share of the meta-batch that its specification gives, and whose records these are. */
export interface StoryOf {
  arm: string
  /** Absent where the specification gives none. */
  share?: number
  seed: number
}

/**
 * Which tasks were favoured, how much went to them, who fell: such as `11 of 50 training tasks share what the poor tasks lack; half of each
 * meta-batch went to them; 2 of the 80 other tasks fell by more than 0.05.` Undefined where the arm favoured no explained task.
 */
export function storyText({ explanation, arms }: SeedRecords, table: TableRecord | undefined, of: StoryOf): string | undefined {
  const record = arms[of.arm]
  if (explanation === undefined || explanation.fallback || record === undefined || record.held !== undefined) return undefined
  const { critical, omega } = explanation
  const who = table !== undefined && table.seeds.length > 1 ? `Seed ${of.seed}: ` : ''
  const lack = `${who}${critical.length} of ${omega.length} training tasks share what the poor tasks lack`
  return `${[lack, ...given(record, of.share), ...fallen(table, of.arm)].join('; ')}.`
}

/** How much went to the favoured tasks. */
function given(record: ArmRecord, share: number | undefined): string[] {
  const turns = doseTurns(record)
  if (turns === undefined) return share === undefined ? [] : [`${part(share)} of each meta-batch went to them`]
  const { flown, lowered } = turns
  // Every iteration is one meta-batch.
  const spans = flown.map(({ iteration }, i) => (flown[i + 1]?.iteration ?? record.iterations) - iteration)
  const average = flown.reduce((sum, audit, i) => sum + audit.share * spans[i], 0) / record.iterations
  const [down] = lowered
  if (down === undefined) return [`${part(average)} of the meta-batches went to them`]
  const more = lowered.length > 1 ? `, and ${lowered.length === 2 ? 'once more' : `${lowered.length - 1} more times`}` : ''
  return [`${part(average)} of the meta-batches went to them`, `their share was lowered at ${count(down.at)} steps${more}`]
}

/** `half`, `62 %`. */
function part(share: number): string {
  const words: Readonly<Record<string, string>> = { '25': 'a quarter', '50': 'half', '75': 'three quarters', '100': 'all' }
  return words[String(Math.round(100 * share))] ?? percent(share)
}

/** Other tasks that fell, beside those under continued MAML. */
function fallen(table: TableRecord | undefined, arm: string): string[] {
  const of = (name: string) => table?.degraded.find((row) => row.arm === name && row.pool === 'both')
  const own = of(arm)
  if (table === undefined || own === undefined) return []
  const single = table.seeds.length === 1
  const share = (row: { share: number; tasks: number }) => (single ? String(Math.round(row.share * row.tasks)) : percent(row.share))
  const [reference] = [REFERENCE, NULL].flatMap((name) => of(name) ?? [])
  const beside = reference === undefined ? '' : ` (${share(reference)} where MAML just went on)`
  const whose = single ? `of the ${own.tasks} other tasks` : `of the other tasks of all seeds`
  return [`${share(own)} ${whose} fell by more than ${marginText(own)}${beside}`]
}
