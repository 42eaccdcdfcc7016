/** What an explanation came to, and what arms made of it, in words. */

import { METHOD } from '../arms/index.js'
import { count, fixed, percent, range, say } from '../drawing/index.js'
import type {
  ArmRecord,
  DoseRow,
  EvaluationRecord,
  ExplanationRecord,
  ForetoldRow,
  HeldRow,
  SeedRecords,
  TableRecord
} from '../records/index.js'
import { doseTurns, taskKindsOf, weightByKind } from '../select/index.js'
import { spoken } from './arms.js'

/** `1 seed`, `3 seeds` of a sentence. */
const seedsOf = (few: number, all: number) => (few === all ? `all ${all} seeds` : `${few} of ${all} seeds`)

/** `6.2 tasks of equal weight`. */
const equalTasks = (tasks: number) => `${fixed(tasks, 1)} tasks of equal weight`

/** What an explanation of one seed came to, and what can be expected of it; undefined where nothing was judged. */
export function verdictText(records: Pick<SeedRecords, 'explanation' | 'arms' | 'tasks'>): string | undefined {
  const found = foundText(records)
  const { foretold, verdict } = records.explanation ?? {}
  return found && say(found, verdict?.finding === 'repair' && foretold !== undefined && foretoldPoor(foretold.poor))
}

/** What an explanation of one seed came to, in a sentence, two where nothing was favoured, one more where there are several kinds of task. */
export function foundText({ explanation, arms, tasks }: Pick<SeedRecords, 'explanation' | 'arms' | 'tasks'>): string | undefined {
  if (explanation?.verdict === undefined) return undefined
  const { verdict, critical, omega, effectiveTasks, splitHalfSpearman } = explanation
  const { finding } = verdict
  const method = arms[METHOD]
  const after = method?.held === undefined ? undefined : wentOn(method)
  if (finding === 'unrepeatable') {
    return say(
      `Which training tasks matter cannot be told: two halves of the measurement agree only at ${fixed(splitHalfSpearman)}.`,
      after
    )
  }
  const kinds = tasks && taskKindsOf(tasks)
  const heaviest = kinds && weightText(weightByKind(explanation.weights, kinds.training))
  const spread = effectiveTasks === undefined ? '' : `: as much as ${equalTasks(effectiveTasks)}`
  if (finding === 'spread') {
    return say(
      `Nothing is singled out: what the poor tasks lack is shared by ${critical.length} of ${omega.length} training tasks${spread}.`,
      heaviest,
      after
    )
  }
  return say(`${critical.length} of ${omega.length} training tasks share what the poor tasks lack${spread}.`, heaviest)
}

/** What an arm did that found nothing to favour, and what that cost it. */
function wentOn({ arm, chargedSteps }: ArmRecord): string {
  const cost = chargedSteps > 0 ? `for the price of explaining (${count(chargedSteps)} steps)` : 'at no cost'
  return `${capital(spoken(arm))} went on as MAML does from there on, ${cost}.`
}

/** Kinds of task that are named, and the share of the weight that must be named. */
const [KINDS, MOST_OF_IT] = [4, 0.9]

/** `Of its weight 0.42 lies on pick-place, 0.31 on push and 0.24 on peg-insert-side.`: the heaviest kinds; undefined where there is but one. */
export function weightText(weightByKind: Readonly<Record<string, number>> | undefined): string | undefined {
  const kinds = Object.entries(weightByKind ?? {})
  const total = kinds.reduce((sum, [, weight]) => sum + weight, 0)
  if (kinds.length < 2 || total <= 0) return undefined
  const named: [string, number][] = []
  for (const entry of kinds.filter(([, weight]) => weight > 0).sort(([, a], [, b]) => b - a)) {
    if (named.length === KINDS || named.reduce((sum, [, weight]) => sum + weight, 0) >= MOST_OF_IT * total) break
    named.push(entry)
  }
  const parts = named.map(([kind, weight], at) => `${fixed(weight / total)} ${at === 0 ? 'lies ' : ''}on ${kind}`)
  return `Of its weight ${parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}` : parts[0]}.`
}

/** How far the poor tasks are foretold to gain. */
const foretoldPoor = (gain: number) =>
  gain > 0
    ? `Training on them moves the policy the way the poor tasks adapt next, by ${fixed(gain)} of a usual step on average, so they can be expected to gain.`
    : `Training on them does not move the policy the way the poor tasks adapt next (${fixed(gain)} of a usual step on average).`

const capital = (text: string) => `${text[0].toUpperCase()}${text.slice(1)}`

/** What the run's explanations came to over the seeds of a table; undefined where nothing was judged. */
export function findingsText({ choices = [], seeds }: Pick<TableRecord, 'choices' | 'seeds'>): string | undefined {
  const row = choices.find(({ arm }) => arm === '')
  if (row?.findings === undefined) return undefined
  const { repair, spread, unrepeatable } = row.findings
  const tasks = `${percent(row.criticalFraction)} of the training tasks${row.effectiveTasks === undefined ? '' : `, as much as ${equalTasks(row.effectiveTasks)}`}`
  if (seeds.length === 1) {
    if (repair === 1) return say(`The explanation singles out what the poor tasks lack: ${tasks}.`, weightText(row.weightByKind))
    return spread === 1
      ? `The explanation singles nothing out: what the poor tasks lack is shared by ${tasks}.`
      : `The explanation cannot tell which training tasks matter: its two halves agree only at ${fixed(row.splitHalfSpearman)}.`
  }
  const found = [
    ...(repair > 0 ? [`a few training tasks are singled out on ${seedsOf(repair, seeds.length)}`] : []),
    ...(spread > 0 ? [`nothing is singled out on ${seedsOf(spread, seeds.length)}`] : []),
    ...(unrepeatable > 0 ? [`two halves of the measurement disagree on ${seedsOf(unrepeatable, seeds.length)}`] : [])
  ]
  return `${capital(found.join('; '))}.`
}

/** True for an arm that went on as before on every seed, so that no difference is a repair. */
export function favouredNothing({ held = [], seeds }: Pick<TableRecord, 'held' | 'seeds'>, arm: string): boolean {
  const row = held.find((each) => each.arm === arm)
  return row !== undefined && row.spread + row.unrepeatable === seeds.length
}

/** That an arm went on as before where nothing was singled out; undefined of an arm that never did. */
export function heldText({ held = [], seeds }: Pick<TableRecord, 'held' | 'seeds'>, arm: string): string | undefined {
  const row = held.find((each) => each.arm === arm)
  if (row === undefined) return undefined
  const { spread, unrepeatable } = row
  const who = spoken(arm)
  const all = favouredNothing({ held, seeds }, arm)
  const where = all ? '' : `On ${seedsOf(spread + unrepeatable, seeds.length)} `
  const subject = where === '' ? capital(who) : who
  if (unrepeatable === 0) return `${where}${subject} found nothing to single out and went on as before.`
  if (spread === 0) return `${where}${subject} could not tell which training tasks matter and went on as before.`
  return `${where}${subject} went on as before: it found nothing to single out on ${spread}, and could not tell which training tasks matter on ${unrepeatable}.`
}

/** The same in a note under a table, of every arm that did. */
export function heldNotes(table: Pick<TableRecord, 'held' | 'seeds'>, label: (arm: string) => string): string[] {
  const reasons = ({ spread, unrepeatable }: HeldRow) =>
    [
      ...(spread > 0 ? [`nothing was singled out${unrepeatable > 0 ? ` (${spread})` : ''}`] : []),
      ...(unrepeatable > 0 ? [`its explanation did not repeat${spread > 0 ? ` (${unrepeatable})` : ''}`] : [])
    ].join(', ')
  return (table.held ?? []).map((row) => {
    const where = table.seeds.length === 1 ? '' : ` on ${seedsOf(row.spread + row.unrepeatable, table.seeds.length)}`
    return `${label(row.arm)} went on as MAML does${where}, since ${reasons(row)}.`
  })
}

/** How closely two rankings of the tasks agree, as what they do. */
export function agreementText(spearman: number): string {
  if (spearman >= 0.7) return 'rank the tasks closely alike'
  if (spearman >= 0.4) return 'rank the tasks roughly alike'
  if (spearman >= 0.2) return 'rank the tasks a little alike'
  return spearman > -0.2 ? 'do not rank the tasks alike' : 'rank the tasks the other way round'
}

/** `0.74 [+0.61, +0.83]`, said to be not shown where 0 lies inside. */
export const correlationText = ({ spearman, low, high, shown }: Pick<ForetoldRow, 'spearman' | 'low' | 'high' | 'shown'>): string =>
  `${fixed(spearman)} ${range(low, high)}${shown ? '' : ' (not shown)'}`

/** What was foretold of an arm held against what it did; undefined where nothing was foretold. */
export function foretoldText({ foretold = [] }: Pick<TableRecord, 'foretold'>, arm: string): string | undefined {
  const of = (group: ForetoldRow['group']) => foretold.find((row) => row.arm === arm && row.group === group)
  const [all, other] = [of('mean'), of('other')]
  if (all === undefined) return undefined
  const over = all.seeds > 1 ? `, mean over ${all.seeds} seeds` : ''
  const alone = other === undefined ? '' : `; among the tasks that are not poor alone ${correlationText(other)}`
  return `Before it was flown, the explanation foretold which tasks would gain under ${spoken(arm)}: rank correlation with what came ${correlationText(all)}${over}${alone}.`
}

/** How the share of an arm's critical tasks was steered, over the seeds of a table; undefined where it was not. */
export function doseText({ doses = [] }: Pick<TableRecord, 'doses'>, arm: string): string | undefined {
  const row = doses.find((each) => each.arm === arm)
  if (row === undefined) return undefined
  const { first, last, steps } = row
  const over = row.seeds > 1 ? `, mean over ${row.seeds} seeds` : ''
  return `The share of the meta-batch that ${spoken(arm)} gave to its critical tasks was set by checks of poor and other tasks along the way: ${percent(first)} at first, ${percent(last)} at the end${over}; ${loweredText(row)}. The checks took ${count(Math.round(steps))} of its own steps${row.seeds > 1 ? ' a seed' : ''}.`
}

function loweredText({ lowered, seeds, loweredAt }: DoseRow): string {
  if (loweredAt === undefined) return 'never lowered'
  return seeds === 1
    ? `lowered at ${count(loweredAt)} steps, when other tasks fell`
    : `lowered on ${seedsOf(lowered, seeds)} when other tasks fell, first at ${count(loweredAt)} steps`
}

/** The course of one retraining's share in a sentence; `fall` writes a change of the others. */
export function doseCourse(record: ArmRecord, fall: (value: number) => string): string | undefined {
  const turns = doseTurns(record)
  if (turns === undefined) return undefined
  const { first, last, lowered, raised } = turns
  const what = 'The share of the meta-batch that the critical tasks got'
  if (lowered.length + raised.length === 0) return `${what} stayed at ${percent(first)}.`
  const [down] = lowered
  if (down === undefined) return `${what} rose from ${percent(first)} to ${percent(last)} and was never lowered.`
  const before = Math.max(first, ...raised.filter(({ iteration }) => iteration < down.iteration).map(({ share }) => share))
  const start = before > first ? `rose from ${percent(first)} to ${percent(before)}` : `began at ${percent(first)}`
  const times = lowered.length > 1 ? `${lowered.length} times, first ` : ''
  const when =
    down.change < 0 ? `when the others had fallen by ${fall(-down.change)} ± ${fall(down.standardError)}` : 'for the others’ sake'
  const end = raised.some(({ iteration }) => iteration > down.iteration) || lowered.length > 1
  return `${what} ${start}, was lowered ${times}at ${count(down.at)} steps (to ${percent(down.share)}) ${when}${end ? `, and ended at ${percent(last)}` : ''}.`
}

/** The step with which a repair began, and what its checks saw; `write` writes a change. Undefined where none was tried. */
export function stepText({ arm, reptileStep: step }: ArmRecord, write: (value: number) => string): string | undefined {
  const [first] = step?.tried ?? []
  if (step === undefined || first === undefined) return undefined
  const lengths = step.tried.length - 1
  const taken = step.tried.find(({ length }) => length === step.length)
  if (step.length === 0 || taken === undefined) {
    return `Before its meta-iterations, ${spoken(arm)} tried a step along the foretold move (${lengths} ${lengths === 1 ? 'length' : 'lengths'}) and took none: no length made the checked poor tasks better and the others no worse.`
  }
  return `Before its meta-iterations, ${spoken(arm)} took one step along the foretold move, ${fixed(step.length, 2)} of the move that the explanation foretells: the checked poor tasks changed by ${write(taken.poor - first.poor)}, the others by ${write(taken.change)} ± ${write(taken.standardError).replace('+', '')}.`
}

/** What the explanation cost, where it reads the evaluation of theta_0; undefined where it flew episodes of its own. */
export function costText(explanation: ExplanationRecord | undefined, before: EvaluationRecord | undefined): string | undefined {
  if (explanation?.source !== 'evaluation' || before === undefined) return undefined
  const further = before.furtherSteps === undefined ? '' : `, of which ${count(before.furtherSteps)} are further adaptation steps`
  return `The explanation took no steps of its own: it reads the adaptations of the evaluation of the initial policy, which no arm is charged for (${count(before.envSteps)} steps${further}).`
}
