/** What the report says in words: the result, how far it can be trusted, and what stood in for what. */
import type { Interval, SeedRecords, TableRecord, TableRow } from '../run/records.js'
import { count, fixed, range, signed } from './svg.js'

/** The main result in one sentence, or that there is none yet. */
export function headline(table: TableRecord | undefined): string {
  const row = (arm: string, pool: TableRow['pool']) =>
    table?.rows.find((entry) => entry.arm === arm && entry.pool === pool && entry.group === 'poor' && entry.metric === 'success')
  const [mined, held] = [row('xmrl', 'evaluation'), row('xmrl', 'held-out')]
  if (table === undefined || mined === undefined || held === undefined)
    return 'This run has no result table yet; what is there is shown below.'
  const seeds = table.seeds.length === 1 ? 'one seed' : `${table.seeds.length} seeds`
  if (mined.overMaml === undefined || held.overMaml === undefined) {
    return `Success on the poor tasks goes from ${fixed(mined.before)} to ${fixed(mined.after)} (${verdict(mined)}) on ${seeds}; without the arm maml there is nothing to compare it with.`
  }
  return `On ${seeds}, XMRL takes the success of the poor tasks from ${fixed(mined.before)} to ${fixed(mined.after)}: ${verdict(mined.overMaml)} over continued MAML at the same steps. On the held-out poor tasks it goes from ${fixed(held.before)} to ${fixed(held.after)}: ${verdict(held.overMaml)}.`
}

function verdict(gain: Interval): string {
  return `${signed(gain.gain, 3)} ${range(gain.low, gain.high, 2)}${gain.shown ? '' : ', not shown'}`
}

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
  const unshown =
    table?.rows.filter((row) => row.arm === 'xmrl' && row.group === 'poor' && row.metric === 'success' && row.overMaml?.shown === false) ??
    []
  if (unshown.length > 0) {
    const pools = unshown.map((row) => (row.pool === 'evaluation' ? 'evaluation' : 'held-out')).join(' and the ')
    const few =
      table !== undefined && table.seeds.length < 10
        ? ' One seed decides little: seeds differ widely, so run ten or more before a claim.'
        : ''
    out.push({
      kind: 'note',
      text: `The gain over continued MAML on the poor tasks of the ${pools} pool is not shown: its 95 % interval holds 0.${few}`
    })
  } else if (table !== undefined && table.seeds.length < 10) {
    out.push({
      kind: 'note',
      text: `The interval speaks for the tasks of ${table.seeds.length === 1 ? 'this one seed' : `these ${table.seeds.length} seeds`}; seeds differ widely, so run ten or more before a claim.`
    })
  }
  const other = table?.rows.find(
    (row) => row.arm === 'maml-null' && row.pool === 'evaluation' && row.group === 'poor' && row.metric === 'success'
  )
  if (other?.overMaml !== undefined) {
    out.push({
      kind: 'note',
      text: `The null: a second run of continued MAML differs from the first by ${signed(other.overMaml.gain, 3)} ${range(other.overMaml.low, other.overMaml.high, 2)} on the poor tasks.`
    })
  }
  if (augmentation !== undefined && augmentation.cmi - 2 * augmentation.standardError <= augmentation.null) {
    out.push({ kind: 'note', text: 'The information that mixing adds is not above its null.' })
  }
  return out
}

/** How far evaluation and explanation repeat, in one line. */
export function reliabilityLine(records: SeedRecords): string {
  const parts: string[] = []
  if (records.poor !== undefined)
    parts.push(
      `Two evaluations rank the tasks alike with a correlation of ${fixed(records.poor.rankCorrelation.evaluation)} (held-out ${fixed(records.poor.rankCorrelation['held-out'])})`
    )
  if (records.explanation !== undefined) {
    const { splitHalfSpearman, topOverlap } = records.explanation
    parts.push(
      `two halves of the explanation with ${fixed(splitHalfSpearman)}, with ${fixed(topOverlap * 100, 0)} % of the top set in common.`
    )
  }
  return parts.length === 0 ? 'Not measured yet.' : parts.join('; ')
}

/** Environment steps by stage, summed over seeds. */
export function stepsByStage(envSteps: Readonly<Record<string, Readonly<Record<string, number>>>>): { stage: string; steps: string }[] {
  const sums = new Map<string, number>()
  for (const stages of Object.values(envSteps)) {
    for (const [stage, steps] of Object.entries(stages)) sums.set(stage, (sums.get(stage) ?? 0) + steps)
  }
  return [...sums].map(([stage, steps]) => ({ stage, steps: count(steps) }))
}
