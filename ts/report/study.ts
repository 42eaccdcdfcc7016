/** The small record of a run, and everything that is made from one again: tables and pictures. */
import {
  type EvaluationRecord,
  type ExplanationRecord,
  type PoorRecord,
  RECORD_VERSION,
  type SeedRecords,
  type StudyRecord,
  type TransferScores,
  type ValidationRecord
} from '../records/index.js'
import { buildTable, doseSummary, leverSummary, type SeedScores, seedScores, taskKindsOf, weightByKind } from '../select/index.js'
import { criticalFigure } from './figures/critical.js'
import { gainsFigure } from './figures/gains.js'
import { improvementFigure } from './figures/improvement.js'
import { influenceFigure, influenceTable } from './figures/influence.js'
import { iqmFigure } from './figures/iqm.js'
import { kindsFigure } from './figures/kinds.js'
import { transferFigure } from './figures/transfer.js'
import { tableFiles } from './files.js'
import type { ReportRun } from './run.js'

/** Four decimals: a score of 120 episodes is known to two. */
const round = (value: number) => Math.round(value * 1e4) / 1e4
const rounded = ({ returns, success }: { returns: readonly number[]; success?: readonly number[] }) => ({
  ...(success === undefined ? {} : { success: success.map(round) }),
  returns: returns.map(round)
})

const roundedByKind = (weights: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(weights).map(([kind, weight]) => [kind, round(weight)]))

/**
 * The small record of a run: per seed the scores of every arm on the fresh stream, what they cost, and what the explanation
 * found. Seeds that have no arm yet are left out; arms are those that every kept seed has.
 */
export function studyOf(run: ReportRun, command: string): StudyRecord {
  const { spec } = run.experiment
  const complete = run.seeds.flatMap(({ seed, records }) => {
    const { poor } = records
    return poor === undefined || Object.keys(records.arms).length === 0 ? [] : [{ seed, records, poor }]
  })
  const arms = spec.retrain.arms.filter((arm) => complete.every(({ records }) => records.arms[arm] && records.evaluations[arm]))
  const define = Object.fromEntries(Object.entries(spec.retrain.define).filter(([name]) => arms.includes(name)))
  const { commit, machine } = run.manifest
  return {
    version: RECORD_VERSION,
    command,
    commit,
    machine,
    specHash: run.experiment.hash,
    environment: spec.environment,
    ...(Object.keys(define).length > 0 ? { define } : {}),
    seeds: complete.map(({ seed, records, poor }) => seedOf(seed, records, poor, arms))
  }
}

function seedOf(seed: number, records: SeedRecords, poor: PoorRecord, arms: readonly string[]): StudyRecord['seeds'][number] {
  const { tasks, explanation, validation, augmentation } = records
  const table = seedScores(seed, records)
  const rare = tasks?.pools.training.rare
  const kinds = tasks && taskKindsOf(tasks)
  const scores = (arm: string) => {
    const pools = arm === 'theta_0' ? table.before : table.arms[arm]
    const bySteps = (records.evaluations[arm] as EvaluationRecord).bySteps
    return {
      evaluation: rounded(pools.evaluation),
      heldOut: rounded(pools.heldOut),
      ...(bySteps === undefined ? {} : { bySteps: bySteps.map((entry) => ({ adaptationSteps: entry.adaptationSteps, ...rounded(entry) })) })
    }
  }
  const explained = (found: ExplanationRecord) => ({
    splitHalfSpearman: round(found.splitHalfSpearman),
    critical: found.critical.length,
    training: found.omega.length,
    fallback: found.fallback,
    ...(rare === undefined ? {} : { weightOnRare: round(found.weights.reduce((sum, weight, task) => sum + (rare[task] ? weight : 0), 0)) }),
    ...(kinds === undefined ? {} : { weightByKind: roundedByKind(weightByKind(found.weights, kinds.training)) }),
    ...(found.effectiveTasks === undefined ? {} : { effectiveTasks: round(found.effectiveTasks) }),
    ...(found.verdict === undefined ? {} : { finding: found.verdict.finding }),
    ...(found.foretold === undefined
      ? {}
      : { foretold: { evaluation: found.foretold.evaluation.map(round), heldOut: found.foretold.heldOut.map(round) } }),
    steps: found.envSteps
  })
  const ids = (flags: readonly boolean[]) => flags.flatMap((is, task) => (is ? [task] : []))
  // Rows of one's own may be marked in one pool and not in another: nothing is known of the latter.
  const [evaluation, heldOut] = [tasks?.pools.evaluation.rare, tasks?.pools.heldOut.rare]
  return {
    seed,
    ...(evaluation === undefined || heldOut === undefined ? {} : { rare: { evaluation: ids(evaluation), heldOut: ids(heldOut) } }),
    poor: { evaluation: poor.evaluation, heldOut: poor.heldOut },
    ...(kinds === undefined ? {} : { kinds: { evaluation: kinds.evaluation, heldOut: kinds.heldOut } }),
    rankCorrelation: poor.rankCorrelation,
    ...(explanation === undefined ? {} : { explanation: explained(explanation) }),
    ...(validation === undefined ? {} : { validation: checked(validation) }),
    ...(augmentation === undefined
      ? {}
      : {
          cmi: {
            value: round(augmentation.cmi),
            standardError: round(augmentation.standardError),
            null: round(augmentation.null),
            steps: augmentation.envSteps
          }
        }),
    theta_0: scores('theta_0'),
    ...(table.transfer === undefined ? {} : { transfer: transferred(table.transfer, arms) }),
    arms: Object.fromEntries(
      arms.map((arm) => {
        const own = records.ownExplanations?.[arm]
        const { extraSteps, chargedSteps, held } = records.arms[arm]
        const steered = doseSummary(records.arms[arm])
        const lever = leverSummary(records.arms[arm])
        return [
          arm,
          {
            steps: extraSteps,
            charged: chargedSteps,
            ...(own === undefined ? {} : { explanation: explained(own) }),
            ...(held === undefined ? {} : { held }),
            ...(steered === undefined ? {} : { dose: steered }),
            ...(lever === undefined ? {} : { lever: { ...lever, without: round(lever.without), with: round(lever.with) } }),
            ...scores(arm)
          }
        ]
      })
    )
  }
}

/** Scores on other presets of theta_0 and the arms that are kept, rounded. */
function transferred(presets: TransferScores, arms: readonly string[]): NonNullable<StudyRecord['seeds'][number]['transfer']> {
  const kept = (of: TransferScores[string]) =>
    ['theta_0', ...arms].flatMap((arm) =>
      of[arm] === undefined ? [] : [[arm, { evaluation: rounded(of[arm].evaluation), heldOut: rounded(of[arm].heldOut) }] as const]
    )
  return Object.fromEntries(Object.entries(presets).map(([preset, of]) => [preset, Object.fromEntries(kept(of))]))
}

/** What interventions found, rounded. */
function checked({ settings, scoredBy, contrasts, leaveOut, raiseEach }: ValidationRecord): StudyRecord['seeds'][number]['validation'] {
  const all = (values: readonly number[]) => values.map(round)
  const [scores, losses] = [all(leaveOut.scores), all(leaveOut.losses)]
  return {
    settings,
    scoredBy,
    contrasts: contrasts.map((entry) => ({ ...entry, gain: round(entry.gain), low: round(entry.low), high: round(entry.high) })),
    leaveOut: { ...leaveOut, scores, losses, spearman: round(leaveOut.spearman), ceiling: round(leaveOut.ceiling) },
    ...(raiseEach === undefined
      ? {}
      : {
          raiseEach: {
            gains: all(raiseEach.gains),
            ceiling: round(raiseEach.ceiling),
            // Scores have any unit: six digits.
            explanations: raiseEach.explanations.map(({ scores, spearman, ...name }) => ({
              ...name,
              scores: scores.map((score) => Number(score.toPrecision(6))),
              spearman: round(spearman)
            }))
          }
        })
  }
}

/** What the table reads, out of a small record. */
export function scoresOfStudy({ seeds }: StudyRecord): SeedScores[] {
  return seeds.map(({ seed, poor, kinds, theta_0, arms, explanation, transfer }) => {
    const stepped = Object.entries({ theta_0, ...arms }).flatMap(([arm, { bySteps }]) => (bySteps ? [[arm, bySteps] as const] : []))
    const pools = ({ evaluation, heldOut }: typeof theta_0) => ({ evaluation, heldOut: heldOut })
    const held = Object.entries(arms).flatMap(([arm, { held: finding }]) => (finding === undefined ? [] : [[arm, finding] as const]))
    const doses = Object.entries(arms).flatMap(([arm, { dose }]) => (dose === undefined ? [] : [[arm, dose] as const]))
    const levers = Object.entries(arms).flatMap(([arm, { lever }]) => (lever === undefined ? [] : [[arm, lever] as const]))
    return {
      seed,
      poor,
      ...(kinds === undefined ? {} : { kinds }),
      before: pools(theta_0),
      arms: Object.fromEntries(Object.entries(arms).map(([arm, scores]) => [arm, pools(scores)])),
      ...(stepped.length > 0 ? { bySteps: Object.fromEntries(stepped) } : {}),
      steps: Object.fromEntries(Object.entries(arms).map(([arm, { steps, charged }]) => [arm, steps + charged])),
      ...choicesOf(explanation, arms),
      ...(held.length > 0 ? { held: Object.fromEntries(held) } : {}),
      ...(doses.length > 0 ? { doses: Object.fromEntries(doses) } : {}),
      ...(levers.length > 0 ? { levers: Object.fromEntries(levers) } : {}),
      ...(transfer === undefined ? {} : { transfer })
    }
  })
}

/** Explanations of a small record; one of an older version may lack the number of training tasks. */
function choicesOf(explanation: StudyRecord['seeds'][number]['explanation'], arms: StudyRecord['seeds'][number]['arms']) {
  const own = Object.entries(arms).map(([arm, { explanation: found }]) => [arm, found] as const)
  const choices = [['', explanation] as const, ...own].flatMap(([arm, found]) => {
    if (found?.training === undefined) return []
    const { critical, training, steps: _, ...rest } = found
    return [[arm, { ...rest, criticalFraction: critical / training }] as const]
  })
  return choices.length > 0 ? { choices: Object.fromEntries(choices) } : {}
}

/** Every table and picture of a small record, by file name; the same record gives the same bytes. */
export async function studyFiles(record: StudyRecord): Promise<Record<string, string>> {
  const scores = scoresOfStudy(record)
  const define = record.define ?? {}
  const table = buildTable(scores, { variants: define })
  const figures = await Promise.all([
    gainsFigure(scores, table, define),
    kindsFigure(table),
    iqmFigure(table, define),
    improvementFigure(table, define),
    criticalFigure(table),
    influenceFigure(record),
    transferFigure(table, define)
  ])
  const pictures = figures.flatMap((figure) =>
    figure === undefined ? [] : figure.svg.map((svg, i) => [`${figure.id}${figure.svg.length > 1 ? `-${i}` : ''}.svg`, `${svg}\n`] as const)
  )
  const influence = influenceTable(record)
  return {
    ...tableFiles(table, record.environment ?? 'drone-planar'),
    ...(influence === undefined ? {} : { 'influence.md': influence }),
    ...Object.fromEntries(pictures)
  }
}
