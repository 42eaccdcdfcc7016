/** What the report says in words: the result, how far it can be trusted, and what stood in for what. */

import { NULL, REFERENCE, repairsNothing } from '../arms/index.js'
import { type Answer, count, fixed, type Notice, percent, range, signed } from '../drawing/index.js'
import type { Interval, SeedRecords, TableRecord, TableRow } from '../records/index.js'
import { ENOUGH_SEEDS, leakText, spreadReason } from '../select/index.js'
import { isMethod, spoken } from './arms.js'
import { evaluationsText } from './explained.js'
import { leadingArm, rowOf, seedsText } from './headline.js'
import { decimalsFor, marginText, measureOf } from './measure.js'
import { favouredNothing, findingsText, foundText, heldText } from './verdict.js'

/** Was it repaired, why did it fail, did anything pay for it: what the records can answer, in that order. */
export function answers(records: SeedRecords, table: TableRecord | undefined): Answer[] {
  return [repaired(table), explained(records, table), unharmed(table)].filter((answer) => answer !== undefined)
}

/** Better than before, and better than just going on: a line each, and a verdict that needs both. */
function repaired(table: TableRecord | undefined): Answer | undefined {
  const arm = leadingArm(table)
  const row = rowOf(table, arm, 'poor')
  if (table === undefined || arm === undefined || row === undefined || repairsNothing(arm)) return undefined
  const decimals = decimalsOf(table, row)
  const { gain, overMaml, before, after } = row
  const nothing =
    row.null === undefined
      ? ''
      : ` A second run of MAML differs by ${signed(row.null.gain, decimals)} ${range(row.null.low, row.null.high, decimals)}.`
  const going =
    overMaml === undefined
      ? `Better than just going on (MAML)? Not known: the arm ${REFERENCE} was not run.`
      : `Better than just going on (MAML, as many steps)? ${yesOrNo(overMaml, decimals)}.${nothing}`
  const held = heldText(table, arm)
  return {
    question: 'Were the poor tasks repaired?',
    figure: signed(gain, decimals),
    ...(favouredNothing(table, arm) ? WENT_ON : repairVerdict(row)),
    text: `Better than before? ${yesOrNo(row, decimals)}: from ${fixed(before, decimals)} to ${fixed(after, decimals)} on the ${row.tasks} poor tasks of both pools${isMethod(arm) ? '' : ` under ${spoken(arm)}`}.\n${going}${held === undefined ? '' : `\n${held}`}`
  }
}

/** Good only where it is better than before and than going on as before, by more than two runs of MAML differ. */
function repairVerdict(row: TableRow): Pick<Answer, 'verdict' | 'tone'> {
  const sign = (gain: Interval | undefined) => (gain?.shown ? Math.sign(gain.gain) : 0)
  const [before, going] = [sign(row), sign(row.overMaml)]
  if (before < 0 || going < 0) return { verdict: before < 0 ? 'worse' : 'worse than MAML', tone: 'bad' }
  if (before === 0) return OPEN
  if (row.overMaml === undefined) return { verdict: 'better', tone: 'open' }
  return going > 0 && !drowned(row) ? { verdict: 'shown', tone: 'good' } : { verdict: 'not over MAML', tone: 'open' }
}

/** True where a second run of MAML differs from the first by as much as the arm does. */
const drowned = (row: TableRow) => row.null !== undefined && Math.abs(row.null.gain) >= Math.abs(row.overMaml?.gain ?? 0)

const decimalsOf = (table: TableRecord, row: TableRow) => {
  const measure = measureOf(table)
  return Math.max(measure.metric === 'success' ? measure.decimals : 0, decimalsFor(measure, row.overMaml ?? row, []))
}

/** `Yes, +0.18 [+0.06, +0.29]`. */
function yesOrNo(gain: Interval, decimals: number): string {
  return `${gain.shown ? (gain.gain > 0 ? 'Yes' : 'No, worse') : 'Not shown'}, ${signed(gain.gain, decimals)} ${range(gain.low, gain.high, decimals)}`
}

const capital = (word: string) => `${word[0].toUpperCase()}${word.slice(1)}`

const OPEN = { verdict: 'not shown', tone: 'open' } as const

function explained(records: SeedRecords, table: TableRecord | undefined): Answer | undefined {
  const { poor, explanation } = records
  if (explanation === undefined) {
    if (poor === undefined) return undefined
    return {
      question: 'Are the poor tasks a fact?',
      figure: `${poor.evaluation.length} poor`,
      verdict: poor.reliable ? 'reliable' : 'unreliable',
      tone: poor.reliable ? 'good' : 'bad',
      text: evaluationsText(poor)
    }
  }
  const { critical, omega, splitHalfSpearman } = explanation
  const verdict = foundText(records) ?? `${critical.length} of ${omega.length} training tasks matter for the poor ones.`
  const seeds = table !== undefined && table.seeds.length > 1 ? findingsText(table) : undefined
  const repeats = `Made twice from separate episodes, the explanation ranks the training tasks alike with a correlation of ${fixed(splitHalfSpearman)} (1: the same order).`
  return {
    question: 'Which training tasks mattered?',
    figure: `${critical.length} of ${omega.length}`,
    ...cameTo(explanation),
    text: [verdict, seeds, repeats].filter((line) => line !== undefined).join('\n')
  }
}

/** What an explanation came to, in a word or two; one that was not judged repeats or does not. */
function cameTo({ verdict, fallback }: NonNullable<SeedRecords['explanation']>): Pick<Answer, 'verdict' | 'tone'> {
  switch (verdict?.finding) {
    case 'repair':
      return { verdict: 'singled out', tone: 'good' }
    case 'spread':
      return { verdict: 'nothing singled out', tone: 'open' }
    case 'unrepeatable':
      return { verdict: 'cannot be told', tone: 'bad' }
    default:
      return fallback ? { verdict: 'does not repeat', tone: 'bad' } : { verdict: 'repeats', tone: 'good' }
  }
}

function unharmed(table: TableRecord | undefined): Answer | undefined {
  const arm = leadingArm(table)
  const row = rowOf(table, arm, 'other')
  if (table === undefined || arm === undefined || row === undefined || repairsNothing(arm)) return undefined
  const { metric } = measureOf(table)
  const decimals = decimalsOf(table, row)
  const gain = row.overMaml ?? row
  const against = row.overMaml === undefined ? 'since before the repair' : 'over continued MAML'
  const fell = (which: string) => table.degraded.find((entry) => entry.arm === which && entry.pool === 'both')
  const [own, ...runs] = [arm, REFERENCE, NULL].map(fell)
  const reference = runs.flatMap((entry) => (entry === undefined ? [] : [percent(entry.share)])).join(' and ')
  const share =
    own === undefined
      ? ''
      : `\n${percent(own.share)} of them fell by more than ${marginText(own)}${reference === '' ? '' : `, against ${reference} under ${runs.every((entry) => entry !== undefined) ? 'continued MAML and its null' : 'continued MAML'}`}.`
  return {
    question: 'Did the other tasks pay for it?',
    figure: signed(gain.gain, decimals),
    ...(favouredNothing(table, arm) ? WENT_ON : gain.shown ? (gain.gain > 0 ? BETTER : WORSE) : NO_LOSS),
    text: `${capital(metric)} ${against}, ${range(gain.low, gain.high, decimals)}, on the ${row.tasks} other tasks: from ${fixed(row.before, decimals)} before to ${fixed(row.after, decimals)}.${share}`
  }
}

const BETTER = { verdict: 'better', tone: 'good' } as const
const WORSE = { verdict: 'worse', tone: 'bad' } as const
/** No difference is a repair or a harm where nothing was favoured. */
const WENT_ON = { verdict: 'went on as before', tone: 'open' } as const
const NO_LOSS = { verdict: 'no loss shown', tone: 'open' } as const

/** Statements about one seed's explanation and about the table, in order of weight. */
export function notices(records: SeedRecords, table: TableRecord | undefined): Notice[] {
  const out: Notice[] = []
  const { poor, explanation, augmentation, tasks } = records
  const leak = tasks && leakText(tasks)
  if (leak !== undefined) out.push({ kind: 'warning', text: `Tasks are in two pools: ${leak}.` })
  if (poor !== undefined && !poor.reliable) {
    out.push({
      kind: 'warning',
      text: `Poor tasks are not identifiable at this sample size: two evaluations rank the tasks with a correlation of only ${fixed(poor.rankCorrelation.evaluation)}. What follows explains noise in part.`
    })
  }
  const judged = explanation?.verdict?.finding
  // Arms that heed a judgement took no nearest tasks.
  if (explanation?.fallback === true && judged === undefined) {
    out.push({
      kind: 'warning',
      text: `The explanation fell back: ${explanation.reason ?? 'the tasks nearest the poor ones were taken instead'}.`
    })
  }
  // Where it was judged, the answers say it.
  const spread = explanation === undefined || judged !== undefined ? undefined : spreadReason(explanation)
  if (spread !== undefined) out.push({ kind: 'note', text: `${spread}.` })
  const gain = rowOf(table, leadingArm(table), 'poor')?.overMaml
  if (table !== undefined && gain !== undefined && table.seeds.length < ENOUGH_SEEDS) {
    const seeds = table.seeds.length === 1 ? 'this one seed' : `these ${seedsText(table.seeds.length)}`
    const few = 'Preliminary: seeds differ widely, so run ten or more before a claim.'
    out.push({ kind: 'note', text: `${gain.shown ? `The interval speaks for the tasks of ${seeds}.` : NOT_SHOWN} ${few}` })
  } else if (gain?.shown === false) {
    out.push({ kind: 'note', text: NOT_SHOWN })
  }
  if (augmentation !== undefined && augmentation.cmi - 2 * augmentation.standardError <= augmentation.null) {
    out.push({ kind: 'note', text: 'The information that mixing adds is not above its null.' })
  }
  return out
}

const NOT_SHOWN = 'The gain over continued MAML on the poor tasks is not shown: its 95 % interval holds 0.'

/** Environment steps by stage, summed over seeds. */
export function stepsByStage(envSteps: Readonly<Record<string, Readonly<Record<string, number>>>>): { stage: string; steps: string }[] {
  const sums = new Map<string, number>()
  for (const stages of Object.values(envSteps)) {
    for (const [stage, steps] of Object.entries(stages)) sums.set(stage, (sums.get(stage) ?? 0) + steps)
  }
  return [...sums].map(([stage, steps]) => ({ stage, steps: count(steps) }))
}
