/** What the report says in words: the result, how far it can be trusted, and what stood in for what. */
import type { Interval, SeedRecords, TableRecord, TableRow } from '../run/records.js'
import { ENOUGH_SEEDS, spreadReason } from '../select/index.js'
import { type Measure, marginText, measureOf } from './measure.js'
import { count, fixed, percent, range, signed } from './svg.js'

const find = (table: TableRecord | undefined, arm: string, group: TableRow['group']) =>
  table?.rows.find((row) => row.arm === arm && row.pool === 'both' && row.group === group && row.metric === measureOf(table).metric)

/** The main result in one sentence, or that there is none yet: the poor tasks of both pools together. */
export function headline(table: TableRecord | undefined): string {
  const row = find(table, 'xmrl', 'poor')
  if (table === undefined || row === undefined) return 'This run has no result table yet; what is there is shown below.'
  const seeds = table.seeds.length === 1 ? 'one seed' : `${table.seeds.length} seeds`
  const measure = measureOf(table)
  const change = `On ${seeds}, XMRL takes the ${measure.metric} of the poor tasks from ${fixed(row.before, measure.short)} to ${fixed(row.after, measure.short)}`
  if (row.overMaml === undefined) return `${change} (${verdict(row, measure)}); without the arm maml there is nothing to compare it with.`
  const nothing =
    row.null === undefined ? '' : ` Continued MAML run again, the null, differs by ${signed(row.null.gain, measure.decimals)}.`
  return `${change}: ${verdict(row.overMaml, measure)} over continued MAML at the same steps.${nothing}`
}

function verdict(gain: Interval, { decimals, short }: Measure): string {
  return `${signed(gain.gain, decimals)} ${range(gain.low, gain.high, short)}${gain.shown ? '' : ', not shown'}`
}

/** One of the three questions a reader comes with. */
export interface Answer {
  question: string
  /** The figure that answers it. */
  figure: string
  /** One or two words. */
  verdict: string
  tone: 'good' | 'bad' | 'open'
  text: string
}

/** Was it repaired, why did it fail, did anything pay for it: what the records can answer, in that order. */
export function answers(records: SeedRecords, table: TableRecord | undefined): Answer[] {
  return [repaired(table), explained(records), unharmed(table)].filter((answer) => answer !== undefined)
}

function repaired(table: TableRecord | undefined): Answer | undefined {
  const row = find(table, 'xmrl', 'poor')
  if (table === undefined || row === undefined) return undefined
  const { metric, decimals } = measureOf(table)
  const gain = row.overMaml ?? row
  const against = row.overMaml === undefined ? 'since before the repair' : 'over continued MAML at the same steps'
  return {
    question: 'Were the poor tasks repaired?',
    figure: signed(gain.gain, decimals),
    ...(gain.shown ? (gain.gain > 0 ? { verdict: 'shown', tone: 'good' } : { verdict: 'worse', tone: 'bad' }) : OPEN),
    text: `${capital(metric)} ${against}, ${range(gain.low, gain.high, decimals)}, on the ${row.tasks} poor tasks of both pools: from ${fixed(row.before, decimals)} before to ${fixed(row.after, decimals)}.${row.null === undefined ? '' : ` The null differs by ${signed(row.null.gain, decimals)} ${range(row.null.low, row.null.high, decimals)}.`}`
  }
}

const capital = (word: string) => `${word[0].toUpperCase()}${word.slice(1)}`

const OPEN = { verdict: 'not shown', tone: 'open' } as const

function explained({ poor, explanation }: SeedRecords): Answer | undefined {
  const evaluations =
    poor === undefined
      ? ''
      : `Two evaluations rank the tasks alike with a correlation of ${fixed(poor.rankCorrelation.evaluation)} (held-out ${fixed(poor.rankCorrelation['held-out'])}).`
  if (explanation === undefined) {
    if (poor === undefined) return undefined
    const tone = poor.reliable ? 'good' : 'bad'
    return {
      question: 'Are the poor tasks a fact?',
      figure: `${poor.evaluation.length} poor`,
      verdict: poor.reliable ? 'reliable' : 'unreliable',
      tone,
      text: evaluations
    }
  }
  const { solver, critical, weights, omega, low, splitHalfSpearman, topOverlap, fallback } = explanation
  const heaviest = [...critical].sort((a, b) => weights[b] - weights[a] || a - b).slice(0, 5)
  const drawn = `Critical: ${critical.length > heaviest.length ? 'first of all ' : ''}${heaviest.join(', ')}; the intervals of ${critical.filter((id) => low[id] > 0).length} leave 0 out.`
  return {
    question: 'Which training tasks mattered?',
    figure: `${critical.length} of ${omega.length}`,
    ...(fallback ? { verdict: 'does not repeat', tone: 'bad' } : { verdict: 'repeats', tone: 'good' }),
    text: `${drawn} Two independent halves rank the training tasks${solver === 'adaptation' ? ' (by similarity to the poor ones)' : ''} alike with a correlation of ${fixed(splitHalfSpearman)}, and share ${fixed(topOverlap * 100, 0)} % of the top set. ${evaluations}`
  }
}

function unharmed(table: TableRecord | undefined): Answer | undefined {
  const row = find(table, 'xmrl', 'other')
  if (table === undefined || row === undefined) return undefined
  const { metric, decimals } = measureOf(table)
  const gain = row.overMaml ?? row
  const against = row.overMaml === undefined ? 'since before the repair' : 'over continued MAML'
  const fell = (arm: string) => table.degraded.find((entry) => entry.arm === arm && entry.pool === 'both')
  const [own, ...runs] = ['xmrl', 'maml', 'maml-null'].map(fell)
  const reference = runs.flatMap((entry) => (entry === undefined ? [] : [percent(entry.share)])).join(' and ')
  const share =
    own === undefined
      ? ''
      : ` ${percent(own.share)} of them fell by more than ${marginText(own)}${reference === '' ? '' : `, against ${reference} under continued MAML and its null`}.`
  return {
    question: 'Did the other tasks pay for it?',
    figure: signed(gain.gain, decimals),
    ...(gain.shown ? (gain.gain > 0 ? { verdict: 'better', tone: 'good' } : { verdict: 'worse', tone: 'bad' }) : NO_LOSS),
    text: `${capital(metric)} ${against}, ${range(gain.low, gain.high, decimals)}, on the ${row.tasks} other tasks: from ${fixed(row.before, decimals)} before to ${fixed(row.after, decimals)}.${share}`
  }
}

const NO_LOSS = { verdict: 'no loss shown', tone: 'open' } as const

/** A statement the reader must not miss. */
export interface Notice {
  kind: 'warning' | 'note'
  text: string
}

/** Statements about one seed's explanation and about the table, in order of weight. */
export function notices(records: SeedRecords, table: TableRecord | undefined): Notice[] {
  const out: Notice[] = []
  const { poor, explanation, augmentation } = records
  if (poor !== undefined && !poor.reliable) {
    out.push({
      kind: 'warning',
      text: `Poor tasks are not identifiable at this sample size: two evaluations rank the tasks with a correlation of only ${fixed(poor.rankCorrelation.evaluation)}. What follows explains noise in part.`
    })
  }
  if (explanation?.fallback === true) {
    out.push({
      kind: 'warning',
      text: `The explanation fell back: ${explanation.reason ?? 'the tasks nearest the poor ones were taken instead'}.`
    })
  }
  const spread = explanation === undefined ? undefined : spreadReason(explanation)
  if (spread !== undefined) out.push({ kind: 'note', text: `${spread}.` })
  const gain = find(table, 'xmrl', 'poor')?.overMaml
  if (table !== undefined && gain !== undefined && table.seeds.length < ENOUGH_SEEDS) {
    const seeds = table.seeds.length === 1 ? 'this one seed' : `these ${table.seeds.length} seeds`
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
