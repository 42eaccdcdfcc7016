/** The sections of a report in reading order: what happened, which tasks, why, what was done, what that did; tables and terms folded. */
import { stringify } from 'yaml'
import { METHOD, repairsNothing } from '../arms/index.js'
import { count, type Figure, factsHtml, figureHtml, foldHtml, type Html, html, lines, type Section, say, signed } from '../drawing/index.js'
import type { ArmRecord, Manifest, TableRecord } from '../records/index.js'
import { leadingMetric, type SeedScores } from '../select/index.js'
import { canMix, findArm, type Spec } from '../spec/index.js'
import { armStyle, isMethod } from './arms.js'
import { armsHtml, armsInWords } from './arms-list.js'
import { evaluationsText, explainedText, poorKindsText } from './explained.js'
import { leadingArm } from './headline.js'
import { leverCourse } from './lever.js'
import { measureOf } from './measure.js'
import type { ReportFigures } from './pictures.js'
import { poolsText } from './pools.js'
import type { ReportRun } from './run.js'
import { type StoryOf, storyText } from './story.js'
import { stepsByStage } from './summary.js'
import { blocksOf, poolBlocks } from './tables/blocks.js'
import { blockHtml } from './tables/html.js'
import type { BlockId } from './tables/model.js'
import { taskTables } from './tasks.js'
import type { Words } from './terms.js'
import { costText, stepText, verdictText } from './verdict.js'
import { worldFacts } from './world.js'

/** What the sections are made of. */
export interface Material {
  /** At least one. */
  runs: readonly ReportRun[]
  seeds: ReportRun['seeds']
  scores: readonly SeedScores[]
  figures: ReportFigures
  table: TableRecord | undefined
}

/** What is read on demand. */
interface Fold {
  summary: string
  body: Html
  id?: string
}

/** A section before its words are explained: what is in sight, and below it what is folded. */
interface Draft extends Omit<Section, 'words'> {
  folds: readonly (Fold | undefined)[]
}

/** Every section that has something to show, its words explained where they stand for the first time. */
export function sections(material: Material, words: Words): Section[] {
  const { runs, table } = material
  const { define } = runs[0].experiment.spec.retrain
  const drafts = [
    whatHappened(material),
    whichTasks(material),
    why(material),
    whatWasDone(material),
    whatItDid(material),
    compared(material)
  ]
  const told = [
    ...drafts.filter(({ body, folds }) => body.text !== '' || folds.some((fold) => fold !== undefined)),
    provenance(material)
  ].map((draft) => finished(draft, words))
  const title = table === undefined ? 'Terms' : 'Arms and terms'
  const terms: Section = {
    id: 'terms',
    title,
    lead: `What ${table === undefined ? '' : 'every arm does, and what '}every word on this page means.`,
    body: foldHtml(title, html`${table && armsHtml(table, define)}<h4>Terms</h4>${words.list()}`)
  }
  return [...told.slice(0, -1), terms, ...told.slice(-1)]
}

/** A section with its words explained: those of the folds in the folds. */
function finished({ folds, body, ...draft }: Draft, words: Words): Section {
  const met = words.of(draft.title, draft.lead, body)
  const folded = folds.map((fold) => fold && foldHtml(fold.summary, html`${words.of(fold.summary, fold.body)}${fold.body}`, fold.id))
  return { ...draft, ...(met === undefined ? {} : { words: met }), body: html`${body}${lines(folded)}` }
}

const pictures = (...figures: readonly (Figure | undefined)[]): Html => lines(figures.map((figure) => figure && figureHtml(figure)))

/** A paragraph of sentences; nothing of none. */
const paragraph = (...sentences: readonly (string | false | undefined)[]): Html | undefined => {
  const text = say(...sentences)
  return text === '' ? undefined : html`<p class="said">${text}</p>`
}

function whatHappened({ seeds, figures, table, runs }: Material): Draft {
  const [{ seed }] = seeds
  const whose = seeds.length > 1 && `Pictures of single tasks are those of seed ${seed}.`
  const { define } = runs[0].experiment.spec.retrain
  const tables = table && {
    summary: 'The figures: every arm on poor, other and all tasks',
    body: html`<p class="lead">${howTablesRead(table)}</p>${leadTables(table)}`
  }
  return {
    id: 'result',
    title: 'What happened',
    lead: say('Every arm starts from the same meta-policy and spends the same extra environment steps.', whose),
    body: html`${table && armsInWords(table, define)}${pictures(figures.gains)}`,
    folds: [tables]
  }
}

function whichTasks({ seeds, scores, figures, table }: Material): Draft {
  const [{ seed, records }] = seeds
  const tables = taskTables(
    records,
    scores.find((each) => each.seed === seed),
    shownArms(table)
  )
  const which = seeds.length > 1 ? ` of seed ${seed}` : ''
  return {
    id: 'poor',
    title: 'Which tasks are poor',
    lead: say(
      'A task is poor if the meta-policy adapts badly to it, in two evaluations that share no random number.',
      records.poor && evaluationsText(records.poor),
      records.poor && poorKindsText(records.poor, records.tasks)
    ),
    body: html`${paragraph(records.tasks && poolsText(records.tasks))}${pictures(figures.returns)}`,
    folds: [tables && { summary: `The table of tasks: every task${which} by its number`, body: tables, id: 'tasks' }]
  }
}

/** The arms whose figures stand beside each task: the one that the report speaks of, and continued MAML. */
function shownArms(table: TableRecord | undefined): string[] {
  const arms = table === undefined ? [] : [...new Set(table.rows.map((row) => row.arm))]
  const leading = leadingArm(table)
  return arms.filter((arm) => arm === leading || repairsNothing(arm))
}

function why({ seeds, figures }: Material): Draft {
  const [{ records }] = seeds
  const { explanation, evaluations, tasks } = records
  const said = explanation && paragraph(verdictText(records), explainedText(explanation, tasks))
  return {
    id: 'why',
    title: 'Why: the training tasks behind them',
    lead: say(
      'The explanation weighs the training tasks by how much they matter to the poor ones.',
      costText(explanation, evaluations.theta_0)
    ),
    body: html`${said}${pictures(figures.omega, figures.map, figures.validation)}`,
    folds: []
  }
}

function whatWasDone({ runs, seeds, figures, table }: Material): Draft {
  const [{ seed, records }] = seeds
  const { spec } = runs[0].experiment
  const { retrain } = spec
  const arm = leadingArm(table) ?? METHOD
  const of = storyOf(arm, seed, retrain)
  const story = of && records.arms[arm] && storyText(records, table, of)
  const where = seeds.length > 1 ? ` on seed ${seed}` : ''
  return {
    id: 'done',
    title: 'What was done',
    lead: doneLead(arm, records.arms[arm], spec, table, where),
    body: html`${paragraph(story)}${pictures(figures.dose, figures.mixing)}`,
    folds: [folded('How the mixing law was learned', figures.ascent)]
  }
}

/** What the shown repair was, or that there was none. */
function doneLead(arm: string, record: ArmRecord | undefined, spec: Spec, table: TableRecord | undefined, where: string): string {
  if (record?.held !== undefined) return `Nothing could be singled out${where}, so meta-training went on as before.`
  const known = isMethod(arm) ? undefined : findArm(arm, spec.retrain.define)
  if (known !== undefined) return `${armStyle(arm).label}: ${known.description}.`
  const decimals = table === undefined ? 2 : measureOf(table).fall
  return say(
    `Meta-training goes on with the critical tasks oversampled${canMix(spec) ? ' and augmented' : ''}. The other tasks must not pay for it.`,
    // The picture of the dose says it too.
    record !== undefined && record.dose === undefined && stepText(record, (value) => signed(value, decimals)),
    record && leverCourse(record, (value) => signed(value, decimals))
  )
}

/** What the sentence about the shown seed's repair needs; undefined where its arm goes by no explanation. */
function storyOf(arm: string, seed: number, retrain: Spec['retrain']): StoryOf | undefined {
  const found = findArm(arm, retrain.define)
  if (found === undefined || found.choose !== 'explained') return undefined
  const share = found.criticalShare ?? retrain.criticalShare
  return { arm, seed, ...(share === 'natural' ? {} : { share }) }
}

function whatItDid({ seeds, figures, table }: Material): Draft {
  const whose = seeds.length > 1 ? ` The pictures of single tasks are those of seed ${seeds[0].seed}.` : ''
  return {
    id: 'effect',
    title: 'What it did to each task',
    lead: `Every task before and after, on random numbers that no choice was made with.${whose}`,
    body: pictures(figures.kinds, figures.dumbbells, figures.foretold, figures.episodes, figures.changed),
    folds: [
      ...tableFolds(table, ['kinds']),
      ...tableFolds(table, ['foretold']),
      folded('Retraining, arm by arm: levels while training, which are no comparison', figures.curves)
    ]
  }
}

/** A picture in a fold. */
const folded = (summary: string, figure: Figure | undefined): Fold | undefined => figure && { summary, body: pictures(figure) }

/** Other ways to compare the arms, folded: a picture with its table. */
function compared({ figures, table }: Material): Draft {
  return {
    id: 'tables',
    title: 'Further comparisons',
    lead: 'The same runs, measured in other ways. At 95 %, one interval in twenty leaves 0 out by chance alone.',
    body: html``,
    folds: [
      ...tableFolds(table, ['over-both', 'ablations', 'choices']),
      ...tableFolds(table, ['improvement'], figures.improvement),
      ...tableFolds(table, ['iqm'], figures.iqm),
      ...tableFolds(table, ['critical-curve'], figures.critical),
      ...tableFolds(table, ['transfer'], figures.transfer),
      ...tableFolds(table, ['adaptation'])
    ]
  }
}

/** What a fold of tables is called. */
const FOLDS: Readonly<Partial<Record<BlockId, string>>> = {
  'over-both': 'Over the mean of both continued MAML runs, the fairest reference',
  kinds: 'Every kind of task: the figures',
  ablations: 'The repair against each rival',
  choices: 'How the explanations chose training tasks',
  improvement: 'Probability of improvement',
  iqm: 'Interquartile means',
  'critical-curve': 'How many tasks to call critical',
  transfer: 'On other presets, without further training',
  adaptation: 'By the number of adaptation steps',
  foretold: 'Foretold and measured: the figures'
}

/** The tables `ids` that the record allows, a fold each, under `figure`. */
function tableFolds(table: TableRecord | undefined, ids: readonly BlockId[], figure?: Figure): Fold[] {
  const blocks = table === undefined ? [] : blocksOf(table)
  return ids
    .flatMap((id) => blocks.filter((block) => block.id === id))
    .map((block) => ({ summary: FOLDS[block.id] ?? block.title, body: html`${pictures(figure)}${blockHtml(block)}` }))
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
  return html`${leading}${foldHtml('The same for returns', lines(poolBlocks(table, 'return').map(blockHtml)))}`
}

function provenance({ runs, seeds }: Material): Draft {
  const [{ manifest, experiment }] = runs
  const envSteps: Manifest['envSteps'] = Object.assign({}, ...runs.map((run) => run.manifest.envSteps))
  const total = Object.values(envSteps).reduce((sum, stages) => sum + Object.values(stages).reduce((a, b) => a + b, 0), 0)
  const facts = [
    ['environment', experiment.spec.environment],
    ...worldFacts(experiment.spec),
    [seeds.length > 1 ? 'seeds' : 'seed', seeds.map(({ seed }) => seed).join(', ')],
    ['environment steps', count(total)],
    ['spec', experiment.hash.slice(0, 12)],
    ['commit', manifest.commit.slice(0, 12)],
    ['device', `${manifest.device}, ${manifest.dtype}`]
  ] as const
  const rows = stepsByStage(envSteps).map(({ stage, steps }) => html`<tr><th scope="row">${stage}</th><td>${steps}</td></tr>`)
  const steps =
    rows.length === 0
      ? undefined
      : {
          summary: 'Environment steps, stage by stage',
          body: html`<div class="block"><h3>Environment steps</h3><div class="scroll"><table class="steps" aria-label="Environment steps">
<thead><tr><th scope="col">stage</th><th scope="col">steps</th></tr></thead><tbody>${rows}</tbody></table></div></div>`
        }
  const { cpu, cores, memoryGiB } = manifest.machine
  const libtorch = manifest.libtorch === undefined ? '' : `; libtorch ${manifest.libtorch}`
  return {
    id: 'made',
    title: 'How this was made',
    lead: `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${manifest.platform}; node ${manifest.node}; threads ${manifest.threads}${libtorch}`,
    body: factsHtml(facts),
    folds: [steps, { summary: 'Resolved specification', body: html`<pre>${stringify(experiment.spec)}</pre>` }]
  }
}
