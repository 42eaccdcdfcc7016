/**
 * The report: one self-contained HTML file made from records alone. Pure functions from records to text; what is missing
 * (a stage that has not run) is left out and said.
 */

import { pageHtml } from '../drawing/index.js'
import { XmrlError } from '../errors.js'
import type { TableRecord } from '../records/index.js'
import { buildTable, type SeedScores } from '../select/index.js'
import type { Experiment } from '../spec/index.js'
import { headline } from './headline.js'
import { gapNotices, hasNothing } from './lacking.js'
import { reportFigures, scoresOf } from './pictures.js'
import type { ReportRun } from './run.js'
import { sections } from './sections.js'
import { answers, notices } from './summary.js'
import { Words } from './terms.js'
import { worldNotices } from './world.js'

export { tableFiles } from './files.js'
export { closing, headline, result } from './headline.js'
export { gapsText, shouldBeWhole } from './lacking.js'
export { type MatrixCell, matrixBlock, matrixFiles } from './matrix.js'
export { measureOf } from './measure.js'
export { type ReportFigures, reportFigures } from './pictures.js'
export type { ReportRun } from './run.js'
export { scoresOfStudy, studyFiles, studyOf } from './study.js'
export { blocksOf, isPreliminary, preliminaryText } from './tables/blocks.js'
export { resultBlock, resultNotes } from './tables/result.js'
export { blockLines, wrapped } from './tables/text.js'

/**
 * The report of one run, or of several with the same spec (their seeds are pooled). Pictures of single tasks are the first
 * seed's.
 * @throws XmrlError `ERR_USAGE` without a run, or where runs of different specs are to be pooled
 */
export async function renderReport(...runs: ReportRun[]): Promise<string> {
  const [first] = runs
  if (first === undefined) throw new XmrlError('ERR_USAGE', 'a report needs at least one run directory')
  const stranger = runs.find((run) => run.experiment.hash !== first.experiment.hash)
  if (stranger !== undefined) {
    throw new XmrlError(
      'ERR_USAGE',
      `a report pools runs of one spec only: ${first.experiment.hash.slice(0, 12)} and ${stranger.experiment.hash.slice(0, 12)} differ`
    )
  }
  const all = runs.flatMap((run) => run.seeds)
  const begun = all.filter(({ records }) => !hasNothing(records))
  // A seed without a record has nothing to show; what it lacks is said.
  const seeds = begun.length > 0 ? begun : all
  const scores = scoresOf(seeds)
  const { spec, hash } = first.experiment
  const table = tableOf(runs, scores, spec.retrain.define)
  // A table may leave seeds out that have not every arm yet.
  const compared = table === undefined ? scores : coveredBy(table, scores)
  const figures = await reportFigures(seeds, compared, table, spec.retrain.define)
  const [shown] = seeds
  const words = new Words()
  const said = {
    headline: headline(table, seeds),
    answers: answers(shown.records, table),
    notices: [...gapNotices(runs), ...worldNotices(spec), ...notices(shown.records, table)]
  }
  const cards = [
    ...said.answers.flatMap(({ question, verdict, text }) => [question, verdict, text]),
    ...said.notices.map(({ text }) => text)
  ]
  return pageHtml({
    title: `${spec.environment}, ${seeds.length > 1 ? `${seeds.length} seeds` : `seed ${shown.seed}`}`,
    subtitle: 'XMRL report',
    ...said,
    words: { headline: words.of(said.headline), answers: words.of(...cards) },
    facts: [],
    sections: sections({ runs, seeds, scores: compared, figures, table }, words),
    footer: `Made by xmrl ${first.manifest.package} from the records of the run directory; spec ${hash}.`
  })
}

/** The seeds of a table that have the scores of every arm in it. */
const coveredBy = ({ seeds, steps }: TableRecord, scores: readonly SeedScores[]): SeedScores[] =>
  scores.filter(({ seed, arms }) => seeds.includes(seed) && Object.keys(steps).every((arm) => arm in arms))

/**
 * The run's own table, or one over all seeds where several runs are pooled; one over the seeds that are still whole where records of
 * others are gone since.
 */
function tableOf(
  runs: readonly ReportRun[],
  scores: readonly SeedScores[],
  variants: Experiment['spec']['retrain']['define']
): TableRecord | undefined {
  if (runs.length === 1) {
    const [{ table }] = runs
    const whole = table === undefined ? [] : coveredBy(table, scores)
    if (table !== undefined && whole.length === table.seeds.length) return table
    if (whole.length > 0) return buildTable(whole, { variants })
  }
  return scores.length > 0 ? buildTable(scores, { variants }) : undefined
}
