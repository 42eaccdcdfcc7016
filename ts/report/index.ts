/**
 * The report: one self-contained HTML file made from records alone. Pure functions from records to text; what is missing
 * (a stage that has not run) is left out and said.
 */

import { stringify } from 'yaml'
import { METHOD } from '../arms/index.js'
import { count, type Figure, figureHtml, type Html, html, lines, pageHtml, type Section, say, signed } from '../drawing/index.js'
import { XmrlError } from '../errors.js'
import type {
  ArmRecord,
  EpisodesRecord,
  ExplanationRecord,
  Manifest,
  PoorRecord,
  SeedRecords,
  TableRecord,
  TasksRecord
} from '../records/index.js'
import { buildTable, leadingMetric, type SeedScores, seedScores } from '../select/index.js'
import { type Experiment, findArm, registered } from '../spec/index.js'
import { armStyle, type Bases } from './arms.js'
import { ascentFigure } from './figures/ascent.js'
import { criticalFigure } from './figures/critical.js'
import { curvesFigure } from './figures/curves.js'
import { doseFigure } from './figures/dose.js'
import { dumbbellFigure } from './figures/dumbbells.js'
import { episodesFigure } from './figures/episodes.js'
import { foretoldFigure } from './figures/foretold.js'
import { gainsFigure } from './figures/gains.js'
import { improvementFigure } from './figures/improvement.js'
import { iqmFigure } from './figures/iqm.js'
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
import { headline, leadingArm } from './headline.js'
import { measureOf } from './measure.js'
import type { ReportRun } from './run.js'
import type { StoryOf } from './story.js'
import { answers, notices, stepsByStage } from './summary.js'
import { armsOf, blocksOf, poolBlocks } from './tables/blocks.js'
import { blockHtml } from './tables/html.js'
import type { BlockId } from './tables/model.js'
import { costText, stepText } from './verdict.js'

export { tableFiles } from './files.js'
export { closing, headline } from './headline.js'
export { measureOf } from './measure.js'
export type { ReportRun } from './run.js'
export { scoresOfStudy, studyFiles, studyOf } from './study.js'
export { blocksOf, isPreliminary, preliminaryText } from './tables/blocks.js'
export { blockLines, wrapped } from './tables/text.js'

/** The pictures of one seed (and of all seeds, where a picture can hold them), in reading order. */
export interface ReportFigures {
  returns?: Figure
  omega?: Figure
  map?: Figure
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
  episodes?: Figure
}

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
  const seeds = runs.flatMap((run) => run.seeds)
  const scores = scoresOf(seeds)
  const table = tableOf(runs, scores, first.experiment.spec.retrain.define)
  // A table may leave seeds out that have not every arm yet.
  const compared = scores.filter((entry) => table === undefined || table.seeds.includes(entry.seed))
  const figures = await reportFigures(seeds, compared, table, first.experiment.spec.retrain.define)
  const { spec, hash } = first.experiment
  const [shown] = seeds
  const { manifest } = first
  const envSteps = Object.assign({}, ...runs.map((run) => run.manifest.envSteps))
  const total = Object.values(envSteps as Manifest['envSteps']).reduce(
    (sum, stages) => sum + Object.values(stages).reduce((a, b) => a + b, 0),
    0
  )
  return pageHtml({
    title: `${spec.environment}, ${seeds.length > 1 ? `${seeds.length} seeds` : `seed ${shown.seed}`}`,
    subtitle: 'XMRL report',
    headline: headline(table, seeds),
    answers: answers(shown.records, table),
    notices: notices(shown.records, table, storyOf(leadingArm(table), shown.seed, spec.retrain)),
    facts: [
      ['environment', spec.environment],
      [seeds.length > 1 ? 'seeds' : 'seed', seeds.map((entry) => entry.seed).join(', ')],
      ['environment steps', count(total)],
      ['spec', hash.slice(0, 12)],
      ['commit', manifest.commit.slice(0, 12)],
      ['device', `${manifest.device}, ${manifest.dtype}`]
    ],
    sections: sections(figures, table, seeds.length, shown.seed, first, envSteps),
    footer: `Made by xmrl ${manifest.package} from the records of the run directory; spec ${hash}.`
  })
}

/** What the sentence about the shown seed's repair needs; undefined where no arm is spoken of. */
function storyOf(arm: string | undefined, seed: number, retrain: Experiment['spec']['retrain']): StoryOf | undefined {
  const found = arm === undefined ? undefined : findArm(arm, retrain.define)
  if (arm === undefined || found === undefined || found.choose !== 'explained') return undefined
  const share = found.criticalShare ?? retrain.criticalShare
  return { arm, seed, ...(share === 'natural' ? {} : { share }) }
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
  const all = {
    returns: before !== undefined && poor !== undefined ? await returnsFigure(before, poor) : undefined,
    omega: explanation !== undefined ? await omegaFigure(explanation) : undefined,
    map:
      tasks !== undefined && poor !== undefined && explanation !== undefined
        ? await taskMap(tasks, poor, explanation, own, arm)
        : undefined,
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
    dumbbells: own !== undefined ? await dumbbellFigure(own, arm) : undefined,
    dose: await dosePicture(shown.records, arm, table),
    curves: await curvesFigure(
      seeds.flatMap((seed) => Object.values(seed.records.arms)),
      bases,
      arm
    ),
    episodes: episodes !== undefined && tasks !== undefined ? await episodesPicture(episodes, tasks) : undefined
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
async function episodesPicture(episodes: EpisodesRecord, tasks: TasksRecord): Promise<Figure | undefined> {
  if (episodes.view === undefined) return episodesFigure(episodes, tasks)
  if (episodes.view === 'wealth') return wealthFigure(episodes)
  return episodes.view === 'side' ? stripFigure(episodes, tasks) : trackFigure(episodes, tasks)
}

function scoresOf(seeds: ReportRun['seeds']): SeedScores[] {
  return seeds.flatMap(({ seed, records }) =>
    records.poor !== undefined && Object.keys(records.evaluations).length > 1 ? [seedScores(seed, records)] : []
  )
}

/** The run's own table, or one over all seeds where several runs are pooled. */
function tableOf(
  runs: readonly ReportRun[],
  scores: readonly SeedScores[],
  variants: Experiment['spec']['retrain']['define']
): TableRecord | undefined {
  if (runs.length === 1) {
    const [{ table }] = runs
    if (table !== undefined) return table
  }
  return scores.length > 0 ? buildTable(scores, { variants }) : undefined
}

function sections(
  figures: ReportFigures,
  table: TableRecord | undefined,
  seedCount: number,
  seed: number,
  run: ReportRun,
  envSteps: Manifest['envSteps']
): Section[] {
  const of = (...names: (keyof ReportFigures)[]) => lines(names.map((name) => figures[name] && figureHtml(figures[name])))
  const { explanation, evaluations, arms } = run.seeds[0].records
  const whose = seedCount > 1 ? ` Pictures of single tasks are those of seed ${seed}.` : ''
  const tables =
    table === undefined
      ? undefined
      : html`${leadTables(table)}
<p class="lead">${howTablesRead(table)}</p>${tablesHtml(table, ['over-both', 'adaptation', 'ablations', 'transfer', 'choices'])}`
  const all: Section[] = [
    {
      title: 'The result',
      lead: `Every arm starts from the same meta-policy and spends the same extra environment steps.${whose}`,
      body: html`${table && armsHtml(table, run.experiment.spec.retrain.define)}${of('gains')}${tables}${of('improvement', 'iqm', 'critical', 'transfer')}`
    },
    {
      title: 'Which tasks are poor',
      lead: 'A task is poor if the meta-policy adapts badly to it, in two evaluations that share no random number.',
      body: of('returns')
    },
    {
      title: 'Why: the training tasks behind them',
      lead: say(
        'The explanation weighs the training tasks by how much they matter to the poor ones.',
        costText(explanation, evaluations.theta_0)
      ),
      body: of('omega', 'map', 'validation')
    },
    {
      title: 'Augmentation',
      lead: 'Critical tasks are augmented with episodes from states that mix two visited ones.',
      body: of('mixing', 'ascent')
    },
    {
      title: 'What retraining was foretold to do, and what it did',
      lead: 'The explanation says which tasks will gain and which will lose before a step of retraining is flown. This is what came of it.',
      body: html`${of('foretold')}${table && tablesHtml(table, ['foretold'])}`
    },
    {
      title: 'Repair',
      lead: repairLead(arms[leadingArm(table) ?? METHOD], table, seedCount > 1 ? ` on seed ${seed}` : ''),
      body: of('dumbbells', 'dose', 'episodes', 'curves')
    }
  ]
  return [...all.filter((section) => section.body.text !== ''), provenance(run, envSteps)]
}

/** What the shown repair was, or that there was none. */
function repairLead(arm: ArmRecord | undefined, table: TableRecord | undefined, where: string): string {
  if (arm?.held !== undefined) return `Nothing could be singled out${where}, so meta-training went on as before.`
  const decimals = table === undefined ? 2 : measureOf(table).fall
  return say(
    'Meta-training goes on with the critical tasks oversampled and augmented. The other tasks must not pay for it.',
    // The picture of the dose says it too.
    arm !== undefined && arm.dose === undefined && stepText(arm, (value) => signed(value, decimals))
  )
}

/** How the tables of arms are read, a sentence a line. */
function howTablesRead(table: TableRecord): string {
  const { over, resamples } = table.bootstrap
  return say(
    `“Over MAML” compares with continued meta-training at the same number of steps, with a paired bootstrap interval over ${over} (${resamples} resamples).`,
    '“Not shown” means that the interval holds 0; the null is what continued MAML, run again, differs by.',
    'Both pools joins the evaluation and held-out tasks of each seed.'
  )
}

/** The leading metric, and returns folded away where success leads. */
function leadTables(table: TableRecord): Html {
  const leading = lines(poolBlocks(table).map(blockHtml))
  if (leadingMetric(table) === 'return') return leading
  return html`${leading}<details><summary>The same for returns</summary>${lines(poolBlocks(table, 'return').map(blockHtml))}</details>`
}

/** Those of the tables `ids` that the record allows, in this order. */
function tablesHtml(table: TableRecord, ids: readonly BlockId[]): Html {
  const blocks = blocksOf(table)
  return lines(ids.flatMap((id) => blocks.filter((block) => block.id === id).map(blockHtml)))
}

/** Every arm of a table and what it does, folded away. */
function armsHtml(table: TableRecord, define: Experiment['spec']['retrain']['define']): Html | undefined {
  const terms = armsOf(table).flatMap((arm) => {
    const found = findArm(arm, define)
    return found === undefined ? [] : [html`<dt>${armStyle(arm).label}</dt><dd>${found.description}</dd>`]
  })
  return terms.length > 0 ? html`<details><summary>The arms</summary><dl class="arms">${terms}</dl></details>` : undefined
}

function provenance({ manifest, experiment }: ReportRun, envSteps: Manifest['envSteps']): Section {
  const rows = stepsByStage(envSteps).map(({ stage, steps }) => html`<tr><th scope="row">${stage}</th><td>${steps}</td></tr>`)
  const steps =
    rows.length > 0 &&
    html`<div class="scroll"><table class="steps"><caption>Environment steps</caption><tbody>${rows}</tbody></table></div>`
  const { cpu, cores, memoryGiB } = manifest.machine
  const libtorch = manifest.libtorch === undefined ? '' : `; libtorch ${manifest.libtorch}`
  return {
    title: 'How this was made',
    lead: `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${manifest.platform}; node ${manifest.node}; threads ${manifest.threads}${libtorch}`,
    body: html`${steps}<details><summary>Resolved specification</summary><pre>${stringify(experiment.spec)}</pre></details>`
  }
}
