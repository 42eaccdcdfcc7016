/** Every picture of a report, from records alone. */
import { METHOD } from '../arms/index.js'
import type { Figure } from '../drawing/index.js'
import type { ExplanationRecord, PoorRecord, SeedRecords, TableRecord, TasksRecord } from '../records/index.js'
import { type SeedScores, seedScores } from '../select/index.js'
import { registered } from '../spec/index.js'
import type { Bases } from './arms.js'
import { ascentFigure } from './figures/ascent.js'
import { criticalFigure } from './figures/critical.js'
import { curvesFigure } from './figures/curves.js'
import { doseFigure } from './figures/dose.js'
import { dumbbellFigure } from './figures/dumbbells.js'
import { episodesFigure } from './figures/episodes.js'
import { type Flown, flownTasks } from './figures/flown.js'
import { foretoldFigure } from './figures/foretold.js'
import { gainsFigure } from './figures/gains.js'
import { handFigure } from './figures/hand.js'
import { improvementFigure } from './figures/improvement.js'
import { iqmFigure } from './figures/iqm.js'
import { kindsFigure } from './figures/kinds.js'
import { mapFigure } from './figures/map.js'
import { mixingFigure } from './figures/mixing.js'
import { omegaFigure } from './figures/omega.js'
import { returnsFigure } from './figures/returns.js'
import { stripFigure } from './figures/strip.js'
import { taskLineFigure } from './figures/taskline.js'
import { trackFigure } from './figures/track.js'
import { transferFigure } from './figures/transfer.js'
import { validationFigure } from './figures/validation.js'
import { wealthFigure } from './figures/wealth.js'
import { leadingArm } from './headline.js'
import type { ReportRun } from './run.js'

/** The pictures of one seed (and of all seeds, where a picture can hold them), in reading order. */
export interface ReportFigures {
  returns?: Figure
  omega?: Figure
  map?: Figure
  kinds?: Figure
  validation?: Figure
  mixing?: Figure
  ascent?: Figure
  gains?: Figure
  improvement?: Figure
  iqm?: Figure
  critical?: Figure
  transfer?: Figure
  foretold?: Figure
  dumbbells?: Figure
  dose?: Figure
  curves?: Figure
  /** Episodes of the worst served task. */
  episodes?: Figure
  /** Those of the most changed one, where it is another. */
  changed?: Figure
}

/** Every picture that the records allow; `bases` names the built-in arm behind each defined one. */
export async function reportFigures(
  seeds: ReportRun['seeds'],
  scores: readonly SeedScores[] = scoresOf(seeds),
  table?: TableRecord,
  bases: Bases = {}
): Promise<ReportFigures> {
  const [shown] = seeds
  const { tasks, poor, explanation, validation, augmentation, episodes, evaluations } = shown.records
  const own = scores.find((entry) => entry.seed === shown.seed)
  const before = evaluations.theta_0
  const arm = leadingArm(table) ?? METHOD
  const [worst, changed] = episodes === undefined ? [] : flownTasks(episodes)
  const all = {
    returns: before !== undefined && poor !== undefined ? await returnsFigure(before, poor, tasks) : undefined,
    omega: explanation !== undefined ? await omegaFigure(explanation, tasks) : undefined,
    map:
      tasks !== undefined && poor !== undefined && explanation !== undefined
        ? await taskMap(tasks, poor, explanation, own, arm)
        : undefined,
    kinds: table !== undefined ? await kindsFigure(table) : undefined,
    validation: validation !== undefined ? await validationFigure(validation) : undefined,
    mixing: augmentation !== undefined ? await mixingFigure(augmentation) : undefined,
    ascent: augmentation !== undefined ? await ascentFigure(augmentation) : undefined,
    gains: table !== undefined ? await gainsFigure(scores, table, bases) : undefined,
    improvement: table !== undefined ? await improvementFigure(table, bases) : undefined,
    iqm: table !== undefined ? await iqmFigure(table, bases) : undefined,
    critical: table !== undefined ? await criticalFigure(table) : undefined,
    transfer: table !== undefined ? await transferFigure(table, bases) : undefined,
    foretold:
      table !== undefined
        ? await foretoldFigure(scores, Object.fromEntries(seeds.map(({ seed, records }) => [seed, records.tasks])), table, arm, bases)
        : undefined,
    dumbbells: own !== undefined ? await dumbbellFigure(own, arm, tasks) : undefined,
    dose: await dosePicture(shown.records, arm, table),
    curves: await curvesFigure(
      seeds.flatMap((seed) => Object.values(seed.records.arms)),
      bases,
      arm
    ),
    episodes: await episodesPicture(worst, tasks),
    changed: await episodesPicture(changed, tasks)
  }
  return Object.fromEntries(Object.entries(all).filter(([, figure]) => figure !== undefined))
}

/** Tasks of one parameter against their return, tasks of two in their plane; a market's by their threshold, since pools share no period. */
function taskMap(tasks: TasksRecord, poor: PoorRecord, explanation: ExplanationRecord, scores: SeedScores | undefined, arm: string) {
  if (tasks.taskNames.length > 1 && registered(tasks.preset)?.view !== 'account') return mapFigure(tasks, poor, explanation)
  return scores === undefined ? undefined : taskLineFigure(tasks, scores, explanation, arm)
}

/** Of `arm`, or of the first arm that was steered. */
function dosePicture({ arms }: SeedRecords, arm: string, table: TableRecord | undefined): Promise<Figure | undefined> | undefined {
  const steered = [arms[arm], ...Object.values(arms)].find((record) => record?.dose !== undefined)
  return steered && doseFigure(steered, table)
}

/** A point's paths, a planar body's poses, a body's way seen from above, or a course of wealth. */
async function episodesPicture(flown: Flown | undefined, tasks: TasksRecord | undefined): Promise<Figure | undefined> {
  if (flown === undefined || tasks === undefined) return undefined
  const { view } = flown.record
  if (view === undefined) return episodesFigure(flown, tasks)
  if (view === 'wealth') return wealthFigure(flown, tasks)
  if (view === 'hand') return handFigure(flown, tasks)
  return view === 'side' ? stripFigure(flown, tasks) : trackFigure(flown, tasks)
}

/** Scores of the seeds that have an arm beside theta_0. */
export function scoresOf(seeds: ReportRun['seeds']): SeedScores[] {
  return seeds.flatMap(({ seed, records }) =>
    records.poor !== undefined && records.evaluations.theta_0 !== undefined && Object.keys(records.evaluations).length > 1
      ? [seedScores(seed, records)]
      : []
  )
}
